use std::time::Duration;

use drumbeat_common::{Counts, Status, Tps};
use tokio::time::sleep;

use crate::house::{House, now_us};

/// What a change may take until the simulator feels it, on a machine that stalls; a calm one takes less than half.
const FELT_US: u64 = 1_000_000;

#[tokio::test]
async fn a_new_rate_a_pause_and_a_resume_are_felt_at_once() {
    let house = House::open_alone(2).await;
    let id = house.send(1_500, 50.0).await;
    house.until(id, |progress| progress.counts.sent >= 50).await;

    house.client.set_tps(id, Tps::try_from(200.0).unwrap()).await.unwrap();
    let faster = now_us();
    sleep(Duration::from_secs(2)).await;

    house.client.pause(id).await.unwrap();
    let paused = now_us();
    let progress = house.until(id, |progress| progress.counts.sending == 0).await;
    assert_eq!(progress.status, Status::Paused);
    sleep(Duration::from_secs(2)).await;

    let resumed = now_us();
    house.client.resume(id).await.unwrap();
    house.until(id, |p| p.counts.sent > progress.counts.sent).await;

    let times = house.times(id).await;
    let between = |from, to| times.iter().filter(|at| (from..to).contains(*at)).count();
    let at_new_rate = between(faster + FELT_US, faster + FELT_US + 1_000_000);
    assert!((100..=240).contains(&at_new_rate), "{at_new_rate} messages in a second at 200");
    assert_eq!(between(paused + FELT_US, resumed), 0);
    let first = times.iter().find(|at| **at > resumed).unwrap();
    assert!(first - resumed < FELT_US, "resumed after {} us", first - resumed);
}

#[tokio::test]
async fn a_slow_campaign_never_stands_in_front_of_another() {
    let house = House::open_alone(2).await;
    let slow = house.send(20_000, 10.0).await;
    house.until(slow, |progress| progress.counts.sent > 0).await;
    let posted = now_us();
    let second = house.send(30, 50.0).await;
    house.completed(second).await;
    let first = house.times(second).await[0];
    assert!(first - posted < 2 * FELT_US, "the first message came after {} us", first - posted);
    assert_eq!(house.progress(slow).await.status, Status::Running);
}

#[tokio::test]
async fn a_cancelled_campaign_sends_no_more_and_its_counts_add_up() {
    let house = House::open(2).await;
    let id = house.send(1_000, 100.0).await;
    house.until(id, |progress| progress.counts.sent > 100).await;
    house.client.cancel(id).await.unwrap();
    let cancelled = now_us();
    let progress = house.until(id, |progress| progress.counts.sending == 0).await;
    let Counts { sent, cancelled: taken_back, .. } = progress.counts;
    assert_eq!((progress.status, sent + taken_back), (Status::Cancelled, 1_000));
    assert_eq!(house.stats().await.total, sent);
    assert!(house.times(id).await.into_iter().all(|at| at < cancelled + FELT_US));
    house.until_forgotten(id).await;
}
