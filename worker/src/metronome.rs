use std::{
    cmp::Reverse,
    collections::BinaryHeap,
    io,
    sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError},
    thread,
    time::Instant,
};

use core_affinity::CoreId;
use tokio::sync::oneshot;

use crate::lane::stay_on;

/// Wakes tasks at exact moments. The runtime's own timer counts whole milliseconds, half a slot at 500 messages a
/// second; a thread of its own is woken within a tenth of one.
#[derive(Debug)]
pub(crate) struct Metronome {
    shared: Arc<Shared>,
}

#[derive(Debug, Default)]
struct Shared {
    beats: Mutex<Beats>,
    changed: Condvar,
}

#[derive(Debug, Default)]
struct Beats {
    due: BinaryHeap<Reverse<Beat>>,
    /// Tells apart beats of the same moment.
    next_number: u64,
    stopped: bool,
}

#[derive(Debug)]
struct Beat {
    at: Instant,
    number: u64,
    waiter: oneshot::Sender<()>,
}

impl Metronome {
    /// Starts the thread, on one processor if that is told; it ends when the metronome is dropped.
    ///
    /// # Errors
    /// When the system gives no thread.
    pub(crate) fn start(core: Option<CoreId>) -> io::Result<Self> {
        let shared = Arc::new(Shared::default());
        let ticking = shared.clone();
        thread::Builder::new().name("metronome".to_owned()).spawn(move || {
            stay_on(core);
            ticking.run();
        })?;
        Ok(Self { shared })
    }

    /// Returns at that moment, or at once when it has passed.
    pub(crate) async fn wait(&self, at: Instant) {
        if at <= Instant::now() {
            return;
        }
        let (waiter, woken) = oneshot::channel();
        self.shared.add(at, waiter);
        // An error means that the thread is gone, which only the metronome's own end does.
        let _ = woken.await;
    }
}

impl Drop for Metronome {
    fn drop(&mut self) {
        self.shared.lock().stopped = true;
        self.shared.changed.notify_one();
    }
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, Beats> {
        self.beats.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn add(&self, at: Instant, waiter: oneshot::Sender<()>) {
        let mut beats = self.lock();
        let number = beats.next_number;
        beats.next_number += 1;
        let is_first = beats.due.peek().is_none_or(|Reverse(first)| at < first.at);
        beats.due.push(Reverse(Beat { at, number, waiter }));
        drop(beats);
        if is_first {
            self.changed.notify_one();
        }
    }

    fn run(&self) {
        let mut beats = self.lock();
        while !beats.stopped {
            let Some(Reverse(first)) = beats.due.peek() else {
                beats = self.changed.wait(beats).unwrap_or_else(PoisonError::into_inner);
                continue;
            };
            let wait = first.at.saturating_duration_since(Instant::now());
            if wait.is_zero() {
                if let Some(Reverse(beat)) = beats.due.pop() {
                    // Nobody waits any more: fine.
                    let _ = beat.waiter.send(());
                }
            } else {
                beats = self.changed.wait_timeout(beats, wait).unwrap_or_else(PoisonError::into_inner).0;
            }
        }
    }
}

impl PartialEq for Beat {
    fn eq(&self, other: &Self) -> bool {
        self.key() == other.key()
    }
}

impl Eq for Beat {}

impl PartialOrd for Beat {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Beat {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        self.key().cmp(&other.key())
    }
}

impl Beat {
    const fn key(&self) -> (Instant, u64) {
        (self.at, self.number)
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[tokio::test]
    async fn wakes_in_the_order_of_the_moments_and_never_early() {
        let metronome = Metronome::start(None).unwrap();
        let start = Instant::now();
        let beat = async |ms: u64| {
            let at = start + Duration::from_millis(ms);
            metronome.wait(at).await;
            assert!(Instant::now() >= at);
            ms
        };
        let mut order = Vec::new();
        tokio::join!(
            biased;
            async { order.push(beat(1).await) },
            async { assert_eq!(beat(40).await, 40) },
        );
        metronome.wait(start).await;
        assert_eq!(order, [1]);
    }
}
