mod open_slots;
mod provider_bucket;
mod stream;

use std::{
    mem,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Instant,
};

use tokio::sync::Notify;

use crate::lane::{self, Lane};
use open_slots::OpenSlot;
use stream::{Look, Stream};

pub(crate) use stream::Due;

/// Shapes one stream of messages. Each leaves at its slot, or a little later, when those before it, some of which were late
/// themselves, have left room for it in the provider's bucket; what is lost by that is made up for by slots, which lie a
/// little further apart than the provider asks for. Where it is too much for that, to send a message all the same bunches
/// messages, and to give its slot up costs the rate. Towards a provider that forgives nothing the first is never right,
/// and else the second is better as long as it is rare.
#[derive(Debug, Clone, Default)]
pub(crate) struct Shaper(Arc<Shared>);

#[derive(Debug, Default)]
struct Shared {
    stream: Mutex<Stream>,
    /// Held by the message that is next in its lane.
    next: [tokio::sync::Mutex<()>; lane::MOST],
    /// Tells it that a message was written to its connection.
    written: [Notify; lane::MOST],
}

impl Shaper {
    /// What is known of the stream.
    pub(crate) fn stream(&self) -> MutexGuard<'_, Stream> {
        self.0.stream.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Waits until a message may leave that is ready. Answers whether it may; [`Self::left`] or [`Self::stays`] is to be told
    /// then.
    pub(crate) async fn lets_go(&self, due: Due, lane: &Lane) -> bool {
        let ready = Ready { shaper: self, message: self.stream().open(due.slot) };
        let _next = self.0.next[lane.number].lock().await;
        loop {
            let look = self.stream().look(due, ready.message, Instant::now());
            match look {
                Look::Leaves => return ready.used_a_slot(true),
                Look::GivesUp => return ready.used_a_slot(false),
                Look::Again(at) => tokio::select! {
                    () = lane.metronome.wait(at) => {}
                    () = self.0.written[lane.number].notified() => {}
                },
            }
        }
    }

    /// Takes note that a message which was let go was written to its connection.
    pub(crate) fn left(&self, due: Due) {
        let is_awaited = self.stream().left(due, Instant::now());
        self.tell(is_awaited);
    }

    /// Takes note that a message which was let go does not leave.
    pub(crate) fn stays(&self, due: Due) {
        let is_awaited = self.stream().stays(due);
        self.tell(is_awaited);
    }

    fn tell(&self, is_awaited: bool) {
        if is_awaited {
            self.0.written.iter().for_each(Notify::notify_one);
        }
    }
}

/// A message that is ready, until it has used a slot or is gone.
struct Ready<'a> {
    shaper: &'a Shaper,
    message: OpenSlot,
}

impl Ready<'_> {
    fn used_a_slot(self, leaves: bool) -> bool {
        mem::forget(self);
        leaves
    }
}

impl Drop for Ready<'_> {
    fn drop(&mut self) {
        self.shaper.stream().close(self.message);
    }
}

#[cfg(test)]
mod tests {
    use std::{sync::mpsc, time::Duration};

    use aws_config::{BehaviorVersion, SdkConfig};
    use futures_util::FutureExt;

    use super::*;
    use crate::{Config, provider::Providers};

    const INTERVAL: Duration = Duration::from_millis(2);

    fn lane(number: usize) -> Lane {
        let aws = SdkConfig::builder().behavior_version(BehaviorVersion::latest()).build();
        Lane::start(number, None, Providers::new(&aws, &Config::default())).unwrap()
    }

    /// The slots of a stream that starts now.
    fn slots() -> impl Fn(u32) -> Due {
        let start = Instant::now();
        move |number| Due { slot: start + INTERVAL * number, interval: INTERVAL, is_strict: true }
    }

    #[tokio::test]
    async fn messages_leave_one_after_the_other() {
        let (shaper, lane, due) = (Shaper::default(), lane(0), slots());
        assert!(shaper.lets_go(due(0), &lane).await);
        assert!(shaper.lets_go(due(1), &lane).await);
        let third = shaper.lets_go(due(2), &lane);
        let written = async {
            tokio::task::yield_now().await;
            let now = Instant::now();
            shaper.left(due(0));
            now
        };
        let (third, written) = tokio::join!(third, written);
        assert!(third && Instant::now() > written);
    }

    #[tokio::test]
    async fn the_messages_of_another_worker_come_first() {
        let (shaper, lane, due) = (Shaper::default(), lane(0), slots());
        let others_end = due(4).slot;
        shaper.stream().follows(others_end, INTERVAL);
        assert!(shaper.lets_go(due(0), &lane).await);
        assert!(Instant::now() >= others_end);
    }

    /// Two lanes, a message of the stream ready in each, and one of the lanes stands still until the test is done.
    #[tokio::test]
    async fn a_lane_that_stands_still_holds_up_nobody_else() {
        let (shaper, still, awake, due) = (Shaper::default(), Arc::new(lane(0)), lane(1), slots());
        let held_up = {
            let (shaper, lane, due) = (shaper.clone(), still.clone(), due(5));
            still.runtime.spawn(async move { shaper.lets_go(due, &lane).await })
        };
        while shaper.stream().is_empty() {
            tokio::task::yield_now().await;
        }
        let (go_on, stands_still) = mpsc::channel::<()>();
        still.runtime.spawn(async move { stands_still.recv() });
        let last = due(6).slot;
        assert!(shaper.lets_go(due(6), &awake).await);
        shaper.left(due(6));
        assert!(!held_up.is_finished());
        assert!(shaper.stream().first_slot() == Some(last), "the message used the slot of the other one");
        drop(go_on);
        assert!(held_up.await.unwrap() && shaper.stream().is_empty());
    }

    #[tokio::test]
    async fn a_message_that_goes_away_takes_its_slot_with_it() {
        let (shaper, lane, due) = (Shaper::default(), lane(0), slots());
        assert!(shaper.lets_go(due(10_000), &lane).now_or_never().is_none());
        assert!(shaper.stream().is_empty());
    }
}
