//! The simulator's list of accepted messages held against the ledger, recipient by recipient.

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt::Debug,
};

use comfy_table::{Table, presets};
use drumbeat_common::{CampaignId, Channel, Counts, LedgerByte, Progress, Redis, State, ledger};

use crate::house::House;

/// Of a long list of people, these many are shown.
const SHOWN: usize = 12;

/// What one campaign came to. Everything but the doubts has to be empty.
pub(crate) struct Audit {
    progress: Progress,
    /// How many times each was accepted, by index; who never was is not in it.
    accepted: BTreeMap<u32, usize>,
    pub(crate) in_doubt: BTreeSet<u32>,
    pub(crate) twice: BTreeSet<u32>,
    /// Sent by the ledger, and never accepted; pending or being sent to in a campaign that is over.
    pub(crate) lost: BTreeSet<u32>,
    /// Accepted, and neither sent nor in doubt by the ledger.
    pub(crate) unknown: BTreeSet<u32>,
    miscounts: Vec<String>,
}

impl Audit {
    pub(crate) async fn of(house: &House, id: CampaignId) -> Self {
        Self::with_resent(house, id, &BTreeSet::new()).await
    }

    /// An audit of a campaign in which some were sent to again on demand: these may have been accepted twice.
    pub(crate) async fn with_resent(house: &House, id: CampaignId, resent: &BTreeSet<u32>) -> Self {
        let (progress, ledger) = at_rest(house, id).await;
        let mut accepted = BTreeMap::new();
        for message in house.messages().await.into_iter().filter(|message| message.campaign_id == id) {
            *accepted.entry(message.recipient).or_default() += 1;
        }
        let mut audit = Self {
            miscounts: miscounts(&progress, &ledger),
            progress,
            accepted,
            in_doubt: BTreeSet::new(),
            twice: BTreeSet::new(),
            lost: BTreeSet::new(),
            unknown: BTreeSet::new(),
        };
        for (index, byte) in (0..).zip(&ledger) {
            audit.hold(index, byte.state, resent.contains(&index));
        }
        let beyond = audit.accepted.keys().filter(|index| **index as usize >= ledger.len());
        audit.unknown.extend(beyond.copied().collect::<Vec<_>>());
        audit
    }

    fn hold(&mut self, index: u32, state: State, resent: bool) {
        let accepted = self.times_accepted(index);
        if accepted > 1 + usize::from(resent) {
            self.twice.insert(index);
        }
        match state {
            State::Sent | State::Delivered | State::Undelivered | State::Read => {
                if accepted == 0 {
                    self.lost.insert(index);
                }
            }
            State::InDoubt => {
                self.in_doubt.insert(index);
            }
            State::Pending | State::Sending => {
                self.lost.insert(index);
            }
            State::Failed | State::Skipped | State::Cancelled => {
                if accepted > 0 {
                    self.unknown.insert(index);
                }
            }
        }
    }

    fn times_accepted(&self, index: u32) -> usize {
        self.accepted.get(&index).copied().unwrap_or_default()
    }

    pub(crate) const fn counts(&self) -> &Counts {
        &self.progress.counts
    }

    /// How many people the simulator accepted a message for.
    pub(crate) fn reached(&self) -> usize {
        self.accepted.len()
    }

    pub(crate) fn messages(&self) -> usize {
        self.accepted.values().sum()
    }

    /// Those in doubt whom the simulator accepted a message for.
    pub(crate) fn in_doubt_and_reached(&self) -> usize {
        self.in_doubt.iter().filter(|index| self.times_accepted(**index) > 0).count()
    }

    /// Whether nobody was sent to twice, nobody was skipped, and all that is counted is so.
    pub(crate) fn holds(&self) -> bool {
        self.twice.is_empty() && self.lost.is_empty() && self.unknown.is_empty() && self.miscounts.is_empty()
    }

    /// Fails with a table of all that was found, unless "once" held.
    pub(crate) fn pass(&self) {
        assert!(self.holds(), "\"once\" was not kept:\n{}", self.table());
    }

    pub(crate) fn table(&self) -> Table {
        let mut table = Table::new();
        table.load_style(presets::UTF8_FULL_CONDENSED);
        let Progress { campaign_id, status, .. } = &self.progress;
        table.set_header([format!("campaign {campaign_id}"), status.to_string(), String::new()]);
        let miscounts = self.miscounts.join("\n");
        for (what, count, who) in [
            ("people that a message was accepted for", self.reached(), String::new()),
            ("messages accepted", self.messages(), String::new()),
            ("in doubt", self.in_doubt.len(), some(&self.in_doubt)),
            ("in doubt and accepted", self.in_doubt_and_reached(), String::new()),
            ("ACCEPTED TWICE", self.twice.len(), some(&self.twice)),
            ("LOST: sent but never accepted, or left over", self.lost.len(), some(&self.lost)),
            ("ACCEPTED, but neither sent nor in doubt", self.unknown.len(), some(&self.unknown)),
            ("MISCOUNTED", self.miscounts.len(), miscounts),
        ] {
            table.add_row([what, &count.to_string(), &who]);
        }
        table.add_row(["counters", "", &format!("{:?}", self.progress.counts)]);
        table
    }
}

fn some<T: Debug>(people: &BTreeSet<T>) -> String {
    let mut text: Vec<_> = people.iter().take(SHOWN).map(|index| format!("{index:?}")).collect();
    if people.len() > SHOWN {
        text.push("…".to_owned());
    }
    text.join(" ")
}

/// The progress and the ledger of one moment: an answer that comes late may still move somebody who is in doubt.
async fn at_rest(house: &House, id: CampaignId) -> (Progress, Vec<LedgerByte>) {
    let redis = Redis::connect(house.stack.redis_url()).await.unwrap();
    loop {
        let before = house.progress(id).await;
        let ledger = ledger::read(&redis, id).await.unwrap();
        if house.progress(id).await.counts == before.counts {
            return (before, ledger);
        }
    }
}

/// Where the counters are not the histogram of the ledger.
fn miscounts(progress: &Progress, ledger: &[LedgerByte]) -> Vec<String> {
    let all = ("all", progress.counts, histogram(ledger.iter()));
    let channels = Channel::ALL.map(|channel| {
        let of_channel = ledger.iter().filter(|byte| byte.channel == channel);
        (channel.as_str(), *progress.channels.get(channel), histogram(of_channel))
    });
    let counts = [all].into_iter().chain(channels);
    let wrong = counts.filter(|(_, told, found)| told != found);
    wrong.map(|(whose, told, found)| format!("{whose}: told {told:?}, found {found:?}")).collect()
}

fn histogram<'a>(ledger: impl Iterator<Item = &'a LedgerByte>) -> Counts {
    let mut counts = Counts::default();
    for byte in ledger {
        counts.total += 1;
        match byte.state {
            State::Pending => counts.pending += 1,
            State::Sending => counts.sending += 1,
            State::Sent => counts.sent += 1,
            State::Failed => counts.failed += 1,
            State::InDoubt => counts.in_doubt += 1,
            State::Skipped => counts.skipped += 1,
            State::Cancelled => counts.cancelled += 1,
            State::Delivered => {
                counts.sent += 1;
                counts.delivered += 1;
            }
            State::Undelivered => {
                counts.sent += 1;
                counts.undelivered += 1;
            }
            State::Read => {
                counts.sent += 1;
                counts.delivered += 1;
                counts.read += 1;
            }
        }
    }
    counts
}
