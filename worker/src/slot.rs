use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use drumbeat_common::ledger::OVERDUE;

use crate::{
    campaign_run::Batches,
    lateness::Lateness,
    provider::{Departure, READ_TIMEOUT},
};

/// A claim older than this is not sent any more: this process was frozen, and the batch may be another's by now.
pub(crate) const CLAIM_AGE: Duration = Duration::from_secs(3);
// Whoever takes a batch over relies on it.
const _: () = assert!(CLAIM_AGE.as_secs() + READ_TIMEOUT.as_secs() <= OVERDUE.as_secs());

/// A message is made ready this long before its slot: long enough to render and sign it on a busy machine, and short
/// enough that the messages of one lease are not all made ready at once, in the way of those that are due.
const PREPARATION: Duration = Duration::from_millis(5);

/// The moment at which one message may leave.
#[derive(Clone)]
pub(crate) struct Slot {
    pub(crate) batches: Arc<Batches>,
    pub(crate) at: Instant,
    /// The time to the next one.
    pub(crate) interval: Duration,
    pub(crate) claimed_at: Instant,
}

impl Slot {
    /// Waits until it is time to make the message ready. Answers whether that still makes sense.
    pub(crate) async fn nears(&self) -> bool {
        let at = self.at.checked_sub(PREPARATION).unwrap_or(self.at);
        self.batches.process.metronome.wait(at).await;
        !Lateness::is_hopeless(self.at.elapsed(), self.interval)
    }

    /// Waits for the moment. Answers whether the message may leave: the rate still allows it, it is not too late, and the
    /// claim holds.
    pub(crate) async fn comes(self) -> bool {
        let metronome = &self.batches.process.metronome;
        metronome.wait(self.at).await;
        let Batches { pace, lateness, .. } = &*self.batches;
        if !pace.allows(self.interval) || !lateness.allows(self.at.elapsed(), self.interval) {
            return false;
        }
        metronome.wait(self.batches.spread.next(Instant::now(), self.interval)).await;
        self.claimed_at.elapsed() < CLAIM_AGE
    }

    pub(crate) fn departure(&self) -> Departure {
        let slot = self.clone();
        Departure::when(move || slot.clone().comes())
    }
}
