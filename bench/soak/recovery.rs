//! How long it takes until messages go out again.

use std::{
    collections::{BTreeMap, BTreeSet},
    time::Duration,
};

use drumbeat_common::{Batch, CampaignId};

use crate::{fault::Fault, house::Accepted};

/// A fault, and what has to be accepted for it to be over: the campaign's first message after `from_us`. That is the
/// moment when the cause was gone (Redis back, lines good, campaign resumed), and where a worker was killed or frozen the
/// moment when that happened; then only people count who are in its batches and were not in its hands.
pub(crate) struct Struck {
    pub(crate) fault: Fault,
    pub(crate) campaign: CampaignId,
    pub(crate) from_us: u64,
    pub(crate) hands: Option<BTreeSet<u32>>,
}

impl Struck {
    fn recovery(&self, messages: &[Accepted]) -> Option<Duration> {
        let again = messages.iter().find(|message| {
            message.campaign_id == self.campaign
                && message.at_us > self.from_us
                && self.hands.as_ref().is_none_or(|hands| is_beside(message.recipient, hands))
        });
        again.map(|message| Duration::from_micros(message.at_us - self.from_us))
    }
}

fn is_beside(index: u32, hands: &BTreeSet<u32>) -> bool {
    let batch = index / Batch::SIZE;
    !hands.contains(&index) && hands.range(batch * Batch::SIZE..(batch + 1) * Batch::SIZE).next().is_some()
}

/// How many of a kind there were, and how long those took after which anything was left to be sent.
#[derive(Default)]
pub(crate) struct Recoveries {
    pub(crate) faults: usize,
    pub(crate) times: Vec<Duration>,
}

pub(crate) fn by_fault(struck: &[Struck], messages: &mut [Accepted]) -> BTreeMap<Fault, Recoveries> {
    messages.sort_by_key(|message| message.at_us);
    let mut recoveries = BTreeMap::<_, Recoveries>::new();
    for struck in struck {
        let of_kind = recoveries.entry(struck.fault).or_default();
        of_kind.faults += 1;
        of_kind.times.extend(struck.recovery(messages));
    }
    for of_kind in recoveries.values_mut() {
        of_kind.times.sort_unstable();
    }
    recoveries
}
