use std::time::Duration;

use drumbeat_common::{Counts, Progress, Status};
use tokio::time::{MissedTickBehavior, interval};

use crate::house::House;

fn finished(counts: &Counts) -> [u64; 5] {
    [counts.sent, counts.failed, counts.in_doubt, counts.skipped, counts.cancelled]
}

fn check(before: &Progress, now: &Progress) {
    let channels = [now.channels.sms, now.channels.whatsapp, now.channels.email];
    for counts in [now.counts].iter().chain(&channels) {
        let open = counts.pending + counts.sending;
        assert_eq!(open + finished(counts).iter().sum::<u64>(), counts.total, "{counts:?}");
    }
    assert_eq!(now.counts.total, 1_000);
    assert_eq!(channels.iter().map(|counts| counts.total).sum::<u64>(), 1_000);
    for (before, now) in finished(&before.counts).into_iter().zip(finished(&now.counts)) {
        assert!(now >= before, "{before} became {now}");
    }
}

#[tokio::test]
async fn counts_always_add_up_and_never_fall() {
    let house = House::open(2).await;
    let id = house.send(1_000, 150.0).await;
    let mut ticks = interval(Duration::from_millis(20));
    ticks.set_missed_tick_behavior(MissedTickBehavior::Skip);
    let (mut last, mut looks) = (house.progress(id).await, 0);
    while last.status != Status::Completed {
        ticks.tick().await;
        let now = house.progress(id).await;
        check(&last, &now);
        last = now;
        looks += 1;
    }
    assert_eq!(last.counts.sent, 1_000);
    assert!(looks > 50, "only {looks} looks");
}
