use std::time::Duration;

use drumbeat::stack::Signal;
use drumbeat_common::Counts;
use rand::RngExt;
use tokio::time::sleep;

use crate::{audit::Audit, house::House, scene::stop_workers, seed::Seed};

#[tokio::test]
async fn a_worker_that_was_frozen_sends_to_nobody_whom_another_took_over() {
    let seed = Seed::draw();
    let mut house = House::open(2).await;
    let id = house.send(5_000, 1_000.0).await;
    let sent = seed.chance().random_range(500..2_500);
    house.until(id, |progress| progress.counts.sent > sent).await;
    let number = house.sender(id).await;
    let worker = &house.stack.workers[number];
    let frozen = worker.pid().unwrap();
    worker.kill(Signal::SIGSTOP).unwrap();
    // It is to be met with people in its hands; for a moment it may have none.
    while house.claimed_by(id, frozen).await.is_empty() {
        worker.kill(Signal::SIGCONT).unwrap();
        sleep(Duration::from_millis(1)).await;
        worker.kill(Signal::SIGSTOP).unwrap();
    }
    // The other one takes its batches over, and sends to all who are not in the frozen one's hands.
    tokio::join!(sleep(Duration::from_secs(15)), house.until(id, |progress| progress.counts.pending == 0));
    house.stack.workers[number].kill(Signal::SIGCONT).unwrap();
    let counts = house.completed(id).await.counts;
    assert_eq!((counts.total, counts.failed), (5_000, 0));
    stop_workers(&mut house).await;
    Audit::of(&house, id).await.pass();
    house.stack.stop().await;
}

#[tokio::test]
async fn workers_that_are_stopped_for_a_minute_leave_no_doubt() {
    let seed = Seed::draw();
    let mut house = House::open(3).await;
    let id = house.send(5_000, 1_000.0).await;
    let sent = seed.chance().random_range(500..2_500);
    house.until(id, |progress| progress.counts.sent > sent).await;
    stop_workers(&mut house).await;
    let between = house.progress(id).await;
    assert_eq!((between.counts.sending, between.counts.in_doubt), (0, 0));
    assert!(between.counts.pending > 0, "the stop came too late");
    // The length of the absence is what is tested: everything that expires has expired.
    sleep(Duration::from_secs(60)).await;
    assert_eq!(house.progress(id).await.counts, between.counts);
    for worker in &mut house.stack.workers {
        worker.restart().await.unwrap();
    }
    let counts = house.completed(id).await.counts;
    assert_eq!(counts, Counts { total: 5_000, sent: 5_000, ..Counts::default() });
    stop_workers(&mut house).await;
    Audit::of(&house, id).await.pass();
    house.stack.stop().await;
}
