//! What the machine itself does to whoever wants to be punctual on it.

use std::{
    fmt, thread,
    time::{Duration, Instant},
};

/// The place of the stolen time in a line of /proc/stat; what follows it is counted before already.
const STEAL: usize = 7;

/// The time between two messages at 500 a second.
const INTERVAL: Duration = Duration::from_millis(2);
const WAKES: usize = 5_000;

/// How late the machine wakes a thread that sleeps: what no sender that sleeps can do better than.
pub(crate) struct Lateness {
    /// In order.
    late: Vec<Duration>,
}

/// Sleeps as a sender does that has nothing else to do, on a machine that has nothing else to do.
pub(crate) fn lateness() -> Lateness {
    let mut due = Instant::now();
    let mut late: Vec<_> = (0..WAKES)
        .map(|_| {
            due += INTERVAL;
            thread::sleep(due.saturating_duration_since(Instant::now()));
            due.elapsed()
        })
        .collect();
    late.sort_unstable();
    Lateness { late }
}

impl fmt::Display for Lateness {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [p50, p99, max] = [WAKES / 2, WAKES * 99 / 100, WAKES - 1].map(|place| self.late[place]);
        let by_more = self.late.iter().filter(|late| **late > INTERVAL).count();
        write!(
            f,
            "p50 {p50:.1?}, p99 {p99:.1?}, max {max:.1?}; {by_more} of {WAKES} by more than {INTERVAL:?}, an interval at 500 TPS"
        )
    }
}

/// What became of the processors' time since the start, in the system's ticks. Nothing where it does not tell.
pub(crate) struct Processors {
    stolen: f64,
    all: f64,
}

impl Processors {
    pub(crate) fn now() -> Self {
        let stat = std::fs::read_to_string("/proc/stat").unwrap_or_default();
        let of_all_cores = stat.lines().next().unwrap_or_default();
        let ticks = of_all_cores.split_whitespace().skip(1).take(STEAL + 1);
        let ticks: Vec<f64> = ticks.map(|ticks| ticks.parse().unwrap()).collect();
        Self { stolen: ticks.get(STEAL).copied().unwrap_or_default(), all: ticks.iter().sum() }
    }

    /// The share of the time since then that the host of a virtual machine kept for others.
    pub(crate) fn stolen_since(&self) -> f64 {
        let now = Self::now();
        (now.stolen - self.stolen) / (now.all - self.all).max(f64::MIN_POSITIVE)
    }
}
