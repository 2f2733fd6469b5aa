use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use drumbeat_common::ledger::OVERDUE;

use crate::{
    beat::{Beat, Leaving},
    campaign_run::Batches,
    lane::Lane,
    provider::{Departure, READ_TIMEOUT},
};

/// A claim older than this is not sent any more: this process was frozen, and the batch may be another's by now.
pub(crate) const CLAIM_AGE: Duration = Duration::from_secs(3);
// Whoever takes a batch over relies on it.
const _: () = assert!(CLAIM_AGE.as_secs() + READ_TIMEOUT.as_secs() <= OVERDUE.as_secs());

/// A message is made ready this long before its slot: long enough to render and sign it on a busy machine, and for some to
/// be ready in each lane while another one stands still; short enough that the messages of one lease are not all made ready
/// at once, in the way of those that are due.
const PREPARATION: Duration = Duration::from_millis(10);

/// The moment at which one message may leave.
#[derive(Clone)]
pub(crate) struct Slot {
    pub(crate) batches: Arc<Batches>,
    pub(crate) lane: Arc<Lane>,
    pub(crate) at: Instant,
    /// The time to the next one of the campaign.
    pub(crate) interval: Duration,
    pub(crate) beat: Beat,
    pub(crate) claimed_at: Instant,
}

impl Slot {
    /// Waits until it is time to make the message ready. Answers whether that still makes sense.
    pub(crate) async fn nears(&self) -> bool {
        let at = self.at.checked_sub(PREPARATION).unwrap_or(self.at);
        self.lane.metronome.wait(at).await;
        !self.beat.is_hopeless(self.at)
    }

    /// Waits for the moment of departure: this slot's, or that of an earlier one whose message was held up. Answers nothing
    /// where the message may not leave: the rate does not allow it any more, it is too late, or the claim is too old.
    pub(crate) async fn comes(self) -> Option<Leaving> {
        let Batches { pace, lag, .. } = &*self.batches;
        let leaving = self.beat.lets_go(self.at, &self.lane).await?;
        lag.note(self.at.elapsed());
        if !pace.allows(self.interval) || self.claimed_at.elapsed() >= CLAIM_AGE {
            leaving.stays();
            return None;
        }
        Some(leaving)
    }

    pub(crate) fn departure(&self) -> Departure {
        let slot = self.clone();
        Departure::when(move || slot.clone().comes())
    }
}
