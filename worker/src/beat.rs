use std::time::{Duration, Instant};

use crate::lateness::{Decision, Lateness};

/// The stream of messages that one message is a part of, as the provider sees it.
#[derive(Debug, Clone)]
pub(crate) struct Beat {
    pub(crate) lateness: Lateness,
    /// The time between two slots.
    pub(crate) interval: Duration,
    /// Whether the provider is known to forgive nothing.
    pub(crate) is_strict: bool,
}

impl Beat {
    pub(crate) fn is_hopeless(&self, slot: Instant) -> bool {
        self.lateness.is_hopeless(slot, Instant::now(), self.interval, self.is_strict)
    }

    pub(crate) fn decide(&self, slot: Instant) -> Decision {
        self.lateness.decide(slot, Instant::now(), self.interval, self.is_strict)
    }

    pub(crate) fn give_up(&self, slot: Instant) {
        self.lateness.give_up(slot, self.interval);
    }

    pub(crate) fn throttled(&self) {
        self.lateness.throttled(Instant::now(), self.interval);
    }
}

/// Held by a message that was let go until it is written to its connection.
#[derive(Debug, Default)]
pub(crate) struct Leaving(Option<(Beat, Instant)>);

impl Leaving {
    /// Tells the beat of the slot when it is dropped.
    pub(crate) const fn at(beat: Beat, slot: Instant) -> Self {
        Self(Some((beat, slot)))
    }
}

impl Drop for Leaving {
    fn drop(&mut self) {
        if let Some((Beat { lateness, interval, .. }, slot)) = self.0.take() {
            lateness.left(slot, Instant::now(), interval);
        }
    }
}
