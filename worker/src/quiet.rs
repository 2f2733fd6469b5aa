use std::collections::HashMap;

use drumbeat_common::{Batch, LocalClock, QuietHours, RecipientIndex};
use jiff::Timestamp;

use crate::slot::CLAIM_AGE;

/// Who in a batch is not to be sent to at the moment, by their own clocks.
pub(crate) struct Quiet {
    hours: Option<QuietHours>,
    clocks: HashMap<LocalClock, Vec<RecipientIndex>>,
    resting: Vec<RecipientIndex>,
    until: Option<Timestamp>,
}

impl Quiet {
    pub(crate) fn new(batch: &Batch, hours: Option<QuietHours>) -> Self {
        let mut clocks: HashMap<_, Vec<_>> = HashMap::new();
        for (index, recipient) in (batch.first().get()..).zip(&batch.recipients) {
            if let Some(clock) = &recipient.clock {
                clocks.entry(clock.clone()).or_default().push(RecipientIndex::new(index));
            }
        }
        Self { hours, clocks, resting: Vec::new(), until: None }
    }

    /// Looks at all clocks. Who is claimed now may be sent to for as long as the claim is good: quiet hours that begin
    /// within that time have begun.
    pub(crate) fn look(&mut self, now: Timestamp) {
        (self.resting, self.until) = (Vec::new(), None);
        let Some(hours) = self.hours else { return };
        for (clock, recipients) in &self.clocks {
            let until =
                [now, now + CLAIM_AGE].into_iter().find_map(|moment| hours.quiet_until(clock, moment));
            if let Some(until) = until {
                self.resting.extend(recipients);
                self.until = Some(self.until.map_or(until, |earlier| earlier.min(until)));
            }
        }
    }

    /// Those who are in quiet hours, by the last look.
    pub(crate) fn resting(&self) -> &[RecipientIndex] {
        &self.resting
    }

    /// When the first of them may be sent to; none where nobody is.
    pub(crate) const fn until(&self) -> Option<Timestamp> {
        self.until
    }
}

#[cfg(test)]
mod tests {
    use drumbeat_common::{Address, CampaignId, Content, Recipient};

    use super::*;

    fn batch(clocks: &[Option<&str>]) -> Batch {
        let recipient = |zone: &Option<&str>| Recipient {
            customer_id: "CUST-1".to_owned(),
            address: Address::Sms("+14155550100".to_owned().try_into().unwrap()),
            content: Content::Message { subject: None, body: "Hello".to_owned() },
            clock: zone.map(|name| LocalClock::of_zone(name).unwrap()),
        };
        Batch {
            campaign: CampaignId::generate(),
            number: 2,
            recipients: clocks.iter().map(recipient).collect(),
        }
    }

    fn look(hours: Option<&str>, now: &str) -> (Vec<u32>, Option<Timestamp>) {
        let batch = batch(&[Some("UTC"), None, Some("Europe/Berlin"), Some("UTC"), Some("Asia/Tokyo")]);
        let mut quiet = Quiet::new(&batch, hours.map(|hours| hours.parse().unwrap()));
        quiet.look(now.parse().unwrap());
        let mut resting: Vec<_> = quiet.resting().iter().map(|index| index.get()).collect();
        resting.sort_unstable();
        (resting, quiet.until())
    }

    #[test]
    fn those_whose_clock_shows_quiet_hours_rest_until_the_first_of_them_need_not() {
        let at = |time: &str| Some(time.parse().unwrap());
        let hours = Some("21:00-08:00");
        assert_eq!(look(hours, "2026-01-15T20:30:00Z"), (vec![202, 204], at("2026-01-15T23:00:00Z")));
        assert_eq!(look(hours, "2026-01-15T23:00:00Z"), (vec![200, 202, 203], at("2026-01-16T07:00:00Z")));
        assert_eq!(look(hours, "2026-01-15T11:00:00Z"), (vec![], None));
        assert_eq!(look(None, "2026-01-15T23:00:00Z"), (vec![], None));
    }

    #[test]
    fn who_could_be_sent_to_only_after_quiet_hours_have_begun_rests_already() {
        let hours = Some("20:15-20:45");
        assert_eq!(look(hours, "2026-01-15T20:14:56.9Z"), (vec![], None));
        let end = Some("2026-01-15T20:45:00Z".parse().unwrap());
        assert_eq!(look(hours, "2026-01-15T20:14:57Z"), (vec![200, 203], end));
    }
}
