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
