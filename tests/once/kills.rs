use std::{collections::BTreeSet, time::Duration};

use drumbeat::stack::Signal;
use drumbeat_common::{Counts, Resolve, Status};
use rand::seq::IndexedMutRandom;
use tokio::time::interval;

use crate::{audit::Audit, house::House, scene::claimed_by, seed::Seed};

#[tokio::test]
async fn who_is_in_doubt_after_twenty_kills_is_exactly_who_was_being_sent_to() {
    let seed = Seed::draw();
    let mut chance = seed.chance();
    let mut house = House::open(3).await;
    // Twenty kills, one a second: at this rate all of them meet workers that send.
    let id = house.send(5_000, 250.0).await;
    house.until(id, |progress| progress.counts.sent > 0).await;
    let mut unanswered = BTreeSet::new();
    let mut second = interval(Duration::from_secs(1));
    for _ in 0..20 {
        second.tick().await;
        let worker = house.stack.workers.choose_mut(&mut chance).unwrap();
        let pid = worker.pid().unwrap();
        worker.kill(Signal::SIGKILL).unwrap();
        worker.restart().await.unwrap();
        unanswered.extend(claimed_by(&house, id, pid).await);
    }
    let counts = house.completed(id).await.counts;
    assert_eq!((counts.total, counts.failed), (5_000, 0));
    let audit = Audit::of(&house, id).await;
    audit.pass();
    assert!(!unanswered.is_empty());
    assert_eq!(audit.in_doubt, unanswered, "{}", audit.table());

    house.client.resolve_in_doubt(id, Resolve::Resend).await.unwrap();
    house.until(id, |progress| progress.status == Status::Completed && progress.counts.in_doubt == 0).await;
    let audit = Audit::with_resent(&house, id, &unanswered).await;
    audit.pass();
    assert_eq!(audit.counts(), &Counts { total: 5_000, sent: 5_000, ..Counts::default() });
    assert_eq!(audit.reached(), 5_000);
    house.stack.stop().await;
}
