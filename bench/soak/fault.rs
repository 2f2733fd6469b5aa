use std::{fmt, time::Duration};

use rand::{RngExt, rngs::StdRng};

/// What is done to a running campaign.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Fault {
    WorkerKilled,
    WorkerFrozen,
    WorkerStopped,
    RedisKilled,
    RedisCut,
    RedisStalled,
    ProviderCut,
    ProviderStalled,
    ProviderFaulty,
    Throttled,
    Paused,
    Cancelled,
}

impl Fault {
    pub(crate) const ALL: [Self; 12] = [
        Self::WorkerKilled,
        Self::WorkerFrozen,
        Self::WorkerStopped,
        Self::RedisKilled,
        Self::RedisCut,
        Self::RedisStalled,
        Self::ProviderCut,
        Self::ProviderStalled,
        Self::ProviderFaulty,
        Self::Throttled,
        Self::Paused,
        Self::Cancelled,
    ];

    /// How long it lasts: around what is waited for somewhere, so that both sides of it are met.
    pub(crate) fn lasts(self, chance: &mut StdRng) -> Duration {
        let seconds = match self {
            Self::WorkerKilled | Self::RedisKilled | Self::Paused => 0.0..4.0,
            // Taken over after 6 s, in doubt after 13 s.
            Self::WorkerFrozen => 0.5..20.0,
            Self::WorkerStopped | Self::ProviderFaulty | Self::Throttled => 1.0..6.0,
            // Redis is given up after 5 s.
            Self::RedisCut | Self::RedisStalled => 0.5..10.0,
            // Connecting is given up after 3 s, an answer after 10 s.
            Self::ProviderCut | Self::ProviderStalled => 0.5..9.0,
            Self::Cancelled => 0.0..0.1,
        };
        Duration::from_secs_f64(chance.random_range(seconds))
    }

    /// Whether it befalls one worker, and not all.
    pub(crate) const fn has_worker(self) -> bool {
        matches!(self, Self::WorkerKilled | Self::WorkerFrozen | Self::WorkerStopped)
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::WorkerKilled => "worker killed",
            Self::WorkerFrozen => "worker frozen",
            Self::WorkerStopped => "worker stopped and started",
            Self::RedisKilled => "Redis killed",
            Self::RedisCut => "lines to Redis cut",
            Self::RedisStalled => "lines to Redis stalled",
            Self::ProviderCut => "lines to providers cut",
            Self::ProviderStalled => "lines to providers stalled",
            Self::ProviderFaulty => "providers cut, fail and are late",
            Self::Throttled => "throttled",
            Self::Paused => "paused and resumed",
            Self::Cancelled => "cancelled",
        })
    }
}
