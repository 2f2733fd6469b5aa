use std::time::{Duration, Instant};

use crate::{
    lane::Lane,
    shaper::{Due, Shaper},
};

/// The stream of messages that one message is a part of, as the provider sees it.
#[derive(Debug, Clone)]
pub(crate) struct Beat {
    pub(crate) shaper: Shaper,
    /// The time between two slots.
    pub(crate) interval: Duration,
    /// Whether the provider is known to forgive nothing.
    pub(crate) is_strict: bool,
}

impl Beat {
    pub(crate) fn is_hopeless(&self, slot: Instant) -> bool {
        self.shaper.stream().is_too_late(self.due(slot), Instant::now())
    }

    /// Waits until a message that is ready may leave. Answers nothing where it may not; else what is to be held until it is
    /// written to its connection.
    pub(crate) async fn lets_go(self, slot: Instant, lane: &Lane) -> Option<Leaving> {
        let due = self.due(slot);
        let may_leave = self.shaper.lets_go(due, lane).await;
        may_leave.then(|| Leaving { shaper: self.shaper, due, stays: false })
    }

    pub(crate) fn follows(&self, others_end: Instant) {
        self.shaper.stream().follows(others_end, self.interval);
    }

    pub(crate) fn accepted(&self, slot: Instant) {
        self.shaper.stream().accepted(self.due(slot), Instant::now());
    }

    pub(crate) fn throttled(&self, slot: Instant) {
        self.shaper.stream().throttled(self.due(slot), Instant::now());
    }

    const fn due(&self, slot: Instant) -> Due {
        Due { slot, interval: self.interval, is_strict: self.is_strict }
    }
}

/// Held by a message that was let go until it is written to its connection.
#[derive(Debug)]
pub(crate) struct Leaving {
    shaper: Shaper,
    due: Due,
    stays: bool,
}

impl Leaving {
    /// The message does not leave after all.
    pub(crate) fn stays(mut self) {
        self.stays = true;
    }
}

impl Drop for Leaving {
    fn drop(&mut self) {
        if self.stays {
            self.shaper.stays(self.due);
        } else {
            self.shaper.left(self.due);
        }
    }
}
