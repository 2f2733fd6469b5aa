use std::{
    sync::atomic::{AtomicU64, Ordering},
    time::Duration,
};

/// How long after its slot a campaign's last message left here.
#[derive(Debug, Default)]
pub(crate) struct Lag(AtomicU64);

impl Lag {
    pub(crate) fn note(&self, lag: Duration) {
        // Whoever is late by ages is as late as one can say.
        self.0.store(lag.as_micros().try_into().unwrap_or(u64::MAX), Ordering::Relaxed);
    }

    pub(crate) fn get(&self) -> Duration {
        Duration::from_micros(self.0.load(Ordering::Relaxed))
    }
}
