use std::collections::{BTreeMap, HashMap, HashSet};

use drumbeat_common::{CampaignId, Channel, RecipientRef};
use serde::{Deserialize, Serialize};

use crate::{
    PerService, ReceiptStats,
    message_log::{Message, MessageLog},
    tally::Tally,
};

/// What happened so far, as `GET /simulator/stats` answers it. Times are Unix microseconds by the simulator's clock.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Stats {
    /// Messages accepted, all services together.
    pub total: u64,
    /// Accepted messages beyond the first for the same recipient of a campaign or, where the sender did not say whom a
    /// message was for, for the same address at the same service.
    pub duplicates: u64,
    /// The most messages accepted in any one second, `[t, t + 1 s)`, wherever it starts.
    pub busiest_second: u64,
    /// By service.
    pub services: PerService<ServiceStats>,
    /// By campaign, where the sender said which.
    pub campaigns: BTreeMap<String, CampaignStats>,
    /// What was told of the messages afterwards.
    pub receipts: ReceiptStats,
}

/// What happened at one service. `calls` = `accepted` + `rejected` + `throttled` + `server_errors` + those calls of
/// `cut` that were not accepted.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct ServiceStats {
    /// Calls answered or cut; dry runs do not count.
    pub calls: u64,
    /// Messages accepted.
    pub accepted: u64,
    /// Calls refused as invalid, or because of the recipient.
    pub rejected: u64,
    /// Calls refused because there were too many.
    pub throttled: u64,
    /// Calls answered 5xx.
    pub server_errors: u64,
    /// Calls whose connection was closed without an answer, accepted or not.
    pub cut: u64,
    /// See [`Stats::duplicates`].
    pub duplicates: u64,
    /// When the first accepted message arrived.
    pub first_at_us: Option<u64>,
    /// When the last accepted message arrived.
    pub last_at_us: Option<u64>,
    /// See [`Stats::busiest_second`].
    pub busiest_second: u64,
}

/// What happened to one campaign.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct CampaignStats {
    /// Messages accepted.
    pub accepted: u64,
    /// Messages beyond the first for the same recipient.
    pub duplicates: u64,
    /// Messages accepted by each service.
    pub by_service: PerService<u64>,
    /// When the first accepted message arrived.
    pub first_at_us: Option<u64>,
    /// When the last accepted message arrived.
    pub last_at_us: Option<u64>,
    /// Messages a second from the first to the last; none before there are two.
    pub rate: Option<f64>,
    /// See [`Stats::busiest_second`].
    pub busiest_second: u64,
}

const SECOND_US: u64 = 1_000_000;

impl Stats {
    pub(crate) fn of(log: &MessageLog, tallies: &PerService<Tally>, receipts: ReceiptStats) -> Self {
        let mut seen = HashSet::new();
        let mut all = Flow::default();
        let mut services = PerService::<Flow>::default();
        let mut campaigns = HashMap::<CampaignId, (Flow, PerService<u64>)>::new();
        for message in log.iter() {
            let again = !seen.insert(Addressee::of(message));
            all.add(message.at_us, again);
            services.get_mut(message.service).add(message.at_us, again);
            if let Some(recipient) = message.recipient {
                let (flow, by_service) = campaigns.entry(recipient.campaign).or_default();
                flow.add(message.at_us, again);
                *by_service.get_mut(message.service) += 1;
            }
        }
        all.sort();
        Self {
            total: all.accepted(),
            duplicates: all.duplicates,
            busiest_second: all.busiest_second(),
            services: PerService::from_fn(|service| {
                ServiceStats::of(std::mem::take(services.get_mut(service)), tallies.get(service))
            }),
            campaigns: campaigns
                .into_iter()
                .map(|(id, (flow, by_service))| (id.to_string(), CampaignStats::of(flow, by_service)))
                .collect(),
            receipts,
        }
    }
}

impl ServiceStats {
    fn of(mut flow: Flow, tally: &Tally) -> Self {
        flow.sort();
        let Tally { calls, accepted, rejected, throttled, server_errors, cut } = *tally;
        Self {
            calls,
            accepted,
            rejected,
            throttled,
            server_errors,
            cut,
            duplicates: flow.duplicates,
            first_at_us: flow.first(),
            last_at_us: flow.last(),
            busiest_second: flow.busiest_second(),
        }
    }
}

impl CampaignStats {
    fn of(mut flow: Flow, by_service: PerService<u64>) -> Self {
        flow.sort();
        Self {
            accepted: flow.accepted(),
            duplicates: flow.duplicates,
            by_service,
            first_at_us: flow.first(),
            last_at_us: flow.last(),
            rate: flow.rate(),
            busiest_second: flow.busiest_second(),
        }
    }
}

/// Who gets a message, as far as the simulator can tell.
#[derive(PartialEq, Eq, Hash)]
enum Addressee<'a> {
    Recipient(RecipientRef),
    Address(Channel, &'a str),
}

impl<'a> Addressee<'a> {
    fn of(message: &'a Message) -> Self {
        message.recipient.map_or(Self::Address(message.service, &message.to), Self::Recipient)
    }
}

/// Messages as moments.
#[derive(Debug, Default)]
struct Flow {
    times: Vec<u64>,
    duplicates: u64,
}

impl Flow {
    fn add(&mut self, at_us: u64, again: bool) {
        self.times.push(at_us);
        self.duplicates += u64::from(again);
    }

    /// Acceptance follows arrival only nearly: a body may take longer to read than the next one.
    fn sort(&mut self) {
        self.times.sort_unstable();
    }

    fn accepted(&self) -> u64 {
        self.times.len() as u64
    }

    fn first(&self) -> Option<u64> {
        self.times.first().copied()
    }

    fn last(&self) -> Option<u64> {
        self.times.last().copied()
    }

    fn rate(&self) -> Option<f64> {
        let span = self.last()? - self.first()?;
        (span > 0).then(|| (self.accepted() - 1) as f64 * SECOND_US as f64 / span as f64)
    }

    fn busiest_second(&self) -> u64 {
        let mut first = 0;
        let mut busiest = 0;
        for (last, at) in self.times.iter().enumerate() {
            while at - self.times[first] >= SECOND_US {
                first += 1;
            }
            busiest = busiest.max(last - first + 1);
        }
        busiest as u64
    }
}

#[cfg(test)]
mod tests {
    use drumbeat_common::RecipientIndex;

    use super::*;
    use crate::{message_id::MessageId, submission::Submission};

    fn busiest(times: impl IntoIterator<Item = u64>) -> u64 {
        let mut flow = Flow { times: times.into_iter().collect(), duplicates: 0 };
        flow.sort();
        flow.busiest_second()
    }

    #[test]
    fn the_second_excludes_its_end() {
        assert_eq!(busiest([]), 0);
        assert_eq!(busiest([5]), 1);
        assert_eq!(busiest([5, 1_000_005]), 1);
        assert_eq!(busiest([5, 1_000_004]), 2);
        assert_eq!(busiest([7, 7, 7]), 3);
    }

    #[test]
    fn the_second_starts_anywhere_and_order_does_not_matter() {
        assert_eq!(busiest([2_400_000, 900_000, 1_000_000, 1_100_000, 0, 1_899_999]), 4);
    }

    #[test]
    fn agrees_with_counting_from_every_message() {
        let mut at = 0_u64;
        let times: Vec<u64> = (0..2_000_u64)
            .map(|n| {
                at += n.wrapping_mul(2_654_435_761) % 20_011;
                at
            })
            .collect();
        let counted = times
            .iter()
            .map(|from| times.iter().filter(|at| (*from..from + SECOND_US).contains(at)).count() as u64)
            .max();
        assert_eq!(Some(busiest(times)), counted);
    }

    #[test]
    fn exactly_paced_messages_fill_a_second_exactly() {
        assert_eq!(busiest((0..500).map(|n| n * 20_000)), 50);
        let flow = Flow { times: (0..500).map(|n| n * 20_000).collect(), duplicates: 0 };
        assert_eq!(flow.rate(), Some(50.0));
    }

    #[test]
    fn duplicates_are_by_recipient_where_known_else_by_address() {
        let campaign = CampaignId::generate();
        let recipient = |index| Some(RecipientRef { campaign, index: RecipientIndex::new(index) });
        let mut log = MessageLog::default();
        for (service, to, recipient) in [
            (Channel::Sms, "+14155550100", recipient(0)),
            (Channel::Sms, "+14155550100", recipient(1)), // another recipient with the same number
            (Channel::Email, "ana@example.com", recipient(0)), // the same one by another way
            (Channel::Sms, "+14155550100", None),
            (Channel::Whatsapp, "+14155550100", None), // another service
            (Channel::Sms, "+14155550100", None),
        ] {
            let submission = Submission::new(to, "", recipient);
            log.push(Message::new(service, MessageId::new(service, 0), submission, 1));
        }
        let stats = Stats::of(&log, &PerService::default(), ReceiptStats::default());
        assert_eq!((stats.total, stats.duplicates, stats.busiest_second), (6, 2, 6));
        assert_eq!((stats.services.sms.duplicates, stats.services.email.duplicates), (1, 1));
        let campaign = &stats.campaigns[&campaign.to_string()];
        assert_eq!((campaign.accepted, campaign.duplicates, campaign.rate), (3, 1, None));
        assert_eq!(campaign.by_service, PerService { sms: 2, whatsapp: 0, email: 1 });
    }
}
