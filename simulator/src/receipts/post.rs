use std::{
    collections::BTreeMap,
    pin::pin,
    sync::{Arc, Mutex},
};

use tokio::sync::Notify;

use super::{event::Event, stats::ReceiptStats};
use crate::{clock::Moment, lock::lock, simulator::Simulator};

/// Events on their way, by the time at which they arrive.
#[derive(Debug, Default)]
pub(crate) struct Post {
    bag: Mutex<Bag>,
    /// Woken when something has to be delivered sooner than what there was.
    sooner: Notify,
}

#[derive(Debug, Default)]
struct Bag {
    /// By when they are due, and in their order where they are at the same time.
    letters: BTreeMap<(Moment, u64), Letter>,
    next: u64,
    /// Taken out, and not yet in the queue.
    in_hand: u64,
    stats: ReceiptStats,
}

/// An event, to be put into its queue at a time.
#[derive(Debug)]
pub(crate) struct Letter {
    due: Moment,
    event: Arc<Event>,
    is_copy: bool,
}

/// What there is to deliver.
enum Due {
    Letters(Vec<Letter>),
    Later(Moment),
    Nothing,
}

/// As many as fit into some hundred megabytes; of what happens beyond them nothing is told.
const MOST_WAITING: usize = 1_000_000;
/// Senders do not wait longer than for so many.
const AT_ONCE: usize = 256;

impl Letter {
    pub(super) const fn new(due: Moment, event: Arc<Event>, is_copy: bool) -> Self {
        Self { due, event, is_copy }
    }
}

impl Post {
    pub(crate) fn take(&self, letters: Vec<Letter>) {
        let mut bag = lock(&self.bag);
        if bag.letters.len() + letters.len() > MOST_WAITING {
            bag.stats.lost += letters.len() as u64;
            return;
        }
        let first = bag.first_due();
        for letter in letters {
            let place = bag.next;
            bag.next += 1;
            bag.letters.insert((letter.due, place), letter);
        }
        if bag.first_due() != first {
            self.sooner.notify_one();
        }
    }

    pub(crate) fn stats(&self) -> ReceiptStats {
        let bag = lock(&self.bag);
        ReceiptStats { waiting: bag.letters.len() as u64 + bag.in_hand, ..bag.stats.clone() }
    }

    pub(crate) fn forget(&self) {
        let forgotten = std::mem::take(&mut *lock(&self.bag));
        drop(forgotten);
    }

    fn due(&self, now: Moment) -> Due {
        let mut bag = lock(&self.bag);
        let mut due = Vec::new();
        while due.len() < AT_ONCE
            && bag.first_due().is_some_and(|first| first <= now)
            && let Some((_, letter)) = bag.letters.pop_first()
        {
            due.push(letter);
        }
        bag.in_hand = due.len() as u64;
        match bag.first_due() {
            _ if !due.is_empty() => Due::Letters(due),
            Some(first) => Due::Later(first),
            None => Due::Nothing,
        }
    }

    fn delivered(&self, letters: Vec<(Letter, bool)>) {
        let mut bag = lock(&self.bag);
        bag.in_hand = 0;
        for (letter, found_queue) in letters {
            bag.stats.count(&letter, found_queue);
        }
    }
}

impl Bag {
    fn first_due(&self) -> Option<Moment> {
        self.letters.first_key_value().map(|((due, _), _)| *due)
    }
}

impl ReceiptStats {
    fn count(&mut self, letter: &Letter, found_queue: bool) {
        if !found_queue {
            self.lost += 1;
        } else if letter.is_copy {
            self.copies += 1;
        } else {
            let (service, kind) = letter.event.kind();
            *self.told.get_mut(service).entry(kind.to_owned()).or_default() += 1;
        }
    }
}

/// Puts into the queues what is due, for as long as the simulator runs.
pub(crate) async fn deliver(simulator: Arc<Simulator>) {
    let post = &simulator.post;
    loop {
        let mut sooner = pin!(post.sooner.notified());
        // From here on nothing that comes is missed, whatever happens between the look and the wait.
        sooner.as_mut().enable();
        let now = simulator.clock.now();
        match post.due(now) {
            Due::Letters(letters) => {
                let send = |letter: Letter| {
                    let found = simulator.sqs.send(&letter.event.queue, &letter.event.text(), now);
                    (letter, found)
                };
                post.delivered(letters.into_iter().map(send).collect());
                tokio::task::yield_now().await;
            }
            Due::Later(first) => tokio::select! {
                () = sooner => {}
                () = tokio::time::sleep(first - now) => {}
            },
            Due::Nothing => sooner.await,
        }
    }
}
