use std::time::Duration;

use drumbeat_common::CampaignId;
use rand::RngExt;
use tokio::time::sleep;

use crate::{
    audit::Audit,
    house::House,
    line::{Line, Lines, Quality},
    scene::{completed_after_trouble, stop_workers},
    seed::Seed,
};

/// Longer than it takes to be held for dead, shorter than the longest that an answer can take.
const TROUBLE: Duration = Duration::from_secs(8);

/// Two workers in mid-run, each behind lines of its own.
async fn running() -> (House, [Lines; 2], CampaignId) {
    let seed = Seed::draw();
    let mut house = House::open(0).await;
    let lines = [Lines::of_new_worker(&mut house.stack).await, Lines::of_new_worker(&mut house.stack).await];
    let id = house.send(5_000, 1_000.0).await;
    let sent = seed.chance().random_range(500..2_500);
    house.until(id, |progress| progress.counts.sent > sent).await;
    (house, lines, id)
}

async fn trouble<'a>(lines: impl IntoIterator<Item = &'a Line> + Clone, quality: Quality) {
    lines.clone().into_iter().for_each(|line| line.becomes(quality));
    sleep(TROUBLE).await;
    lines.into_iter().for_each(|line| line.becomes(Quality::Good));
}

async fn audit(mut house: House, id: CampaignId) -> Audit {
    completed_after_trouble(&house, id).await;
    stop_workers(&mut house).await;
    let audit = Audit::of(&house, id).await;
    audit.pass();
    assert_eq!(audit.counts().total, 5_000);
    house.stack.stop().await;
    audit
}

#[tokio::test]
async fn a_worker_that_loses_redis_leaves_its_batches_to_the_other() {
    let (house, lines, id) = running().await;
    trouble([&lines[0].redis], Quality::Cut).await;
    assert_eq!(audit(house, id).await.counts().failed, 0);
}

#[tokio::test]
async fn a_worker_whose_words_to_redis_are_held_back_undoes_nothing_with_them() {
    let (house, lines, id) = running().await;
    trouble([&lines[0].redis], Quality::Stalled).await;
    assert_eq!(audit(house, id).await.counts().failed, 0);
}

#[tokio::test]
async fn a_provider_that_cannot_be_reached_costs_nobody_a_second_message() {
    let (house, lines, id) = running().await;
    trouble([&lines[0].provider, &lines[1].provider], Quality::Cut).await;
    audit(house, id).await;
}
