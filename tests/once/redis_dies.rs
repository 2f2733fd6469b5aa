use std::time::Duration;

use drumbeat::stack::Signal;
use rand::RngExt;
use tokio::time::sleep;

use crate::{
    audit::Audit,
    house::House,
    scene::{completed_after_trouble, stop_workers},
    seed::Seed,
};

#[tokio::test]
async fn a_redis_that_is_killed_in_mid_run_forgets_nobody() {
    let seed = Seed::draw();
    let mut house = House::open(2).await;
    let id = house.send(5_000, 1_000.0).await;
    let sent = seed.chance().random_range(500..3_000);
    house.until(id, |progress| progress.counts.sent > sent).await;
    house.stack.redis.kill(Signal::SIGKILL).unwrap();
    house.stack.redis.wait().await.unwrap();
    sleep(Duration::from_secs(2)).await;
    house.stack.redis.restart().await.unwrap();
    let counts = completed_after_trouble(&house, id).await.counts;
    assert_eq!((counts.sent + counts.in_doubt, counts.failed), (5_000, 0), "{counts:?}");
    stop_workers(&mut house).await;
    Audit::of(&house, id).await.pass();
    house.stack.stop().await;
}
