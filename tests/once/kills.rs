use std::{collections::BTreeSet, time::Duration};

use drumbeat::stack::Signal;
use drumbeat_common::{Batch, Counts, Resolve, Status};
use rand::seq::IndexedMutRandom;
use tokio::time::interval;

use crate::{
    audit::Audit,
    house::{House, now_us},
    scene::FASTEST,
    seed::Seed,
};

/// Twenty kills, one a second: with so many people all of them meet workers that send.
const PEOPLE: u32 = FASTEST * 20;

#[tokio::test]
async fn who_is_in_doubt_after_twenty_kills_is_exactly_who_was_being_sent_to() {
    let seed = Seed::draw();
    let mut chance = seed.chance();
    let mut house = House::open(3).await;
    let id = house.send(PEOPLE, FASTEST.into()).await;
    house.until(id, |progress| progress.counts.sent > 0).await;
    let mut unanswered = BTreeSet::new();
    let mut second = interval(Duration::from_secs(1));
    for _ in 0..20 {
        second.tick().await;
        let worker = house.stack.workers.choose_mut(&mut chance).unwrap();
        let pid = worker.pid().unwrap();
        worker.kill(Signal::SIGKILL).unwrap();
        worker.restart().await.unwrap();
        unanswered.extend(house.claimed_by(id, pid).await);
    }
    let counts = house.completed(id).await.counts;
    assert_eq!((counts.total, counts.failed), (PEOPLE.into(), 0));
    let audit = Audit::of(&house, id).await;
    audit.pass();
    assert!(!unanswered.is_empty());
    assert_eq!(audit.in_doubt, unanswered, "{}", audit.table());

    house.client.resolve_in_doubt(id, Resolve::Resend).await.unwrap();
    house.until(id, |progress| progress.status == Status::Completed && progress.counts.in_doubt == 0).await;
    let audit = Audit::with_resent(&house, id, &unanswered).await;
    audit.pass();
    assert_eq!(audit.counts(), &Counts { total: PEOPLE.into(), sent: PEOPLE.into(), ..Counts::default() });
    assert_eq!(audit.reached(), PEOPLE as usize);
    house.stack.stop().await;
}

#[tokio::test]
async fn a_dead_workers_batches_are_taken_over_within_ten_seconds() {
    const LONGEST: Duration = Duration::from_secs(10);
    let house = House::open_alone(2).await;
    // Two batches for each: the other one has soon done with its own.
    let id = house.send(4 * Batch::SIZE, 50.0).await;
    let worker = &house.stack.workers[house.sender(id).await];
    let mut hands = BTreeSet::new();
    while hands.is_empty() {
        // At a standstill it is sending to the same people when it is killed.
        worker.kill(Signal::SIGSTOP).unwrap();
        hands = house.claimed_by(id, worker.pid().unwrap()).await;
        if hands.is_empty() {
            worker.kill(Signal::SIGCONT).unwrap();
        }
    }
    worker.kill(Signal::SIGKILL).unwrap();
    let killed_us = now_us();
    let batches: BTreeSet<_> = hands.iter().map(|index| index / Batch::SIZE).collect();
    let taken_over_us = loop {
        let messages = house.messages().await;
        let by_another = messages.iter().find(|message| {
            let index = message.recipient;
            message.at_us > killed_us && batches.contains(&(index / Batch::SIZE)) && !hands.contains(&index)
        });
        if let Some(message) = by_another {
            break message.at_us;
        }
        assert!(now_us() - killed_us < LONGEST.as_micros() as u64 * 2, "the batches stay where they are");
    };
    let after = Duration::from_micros(taken_over_us - killed_us);
    assert!(after < LONGEST, "taken over after {after:?}");
    house.client.cancel(id).await.unwrap();
    house.stack.stop().await;
}
