//! DynamoDB is away, and then short of room: what was sent is told all the same, and sending does not feel it.

use std::time::Duration;

use drumbeat::stack::Signal;
use drumbeat_common::CampaignId;
use rand::{RngExt, SeedableRng, rngs::StdRng};
use tokio::time::sleep;

use crate::{
    counter::Service,
    courier::{bring, reports_of},
    house::Accepted,
    scene::{Scene, until},
    stand_in::python,
};

/// How many, and how many a second, of a build that is not optimised, beside other tests. Moto copies the whole table
/// whenever it is read.
fn load() -> (u32, u32) {
    if python().is_some() { (2_000, 25) } else { (10_000, 125) }
}

const AWAY: Duration = Duration::from_secs(60);

/// Messages a second between the first and the last.
fn rate(messages: &[Accepted]) -> f64 {
    let times: Vec<_> = messages.iter().map(|message| message.at_us).collect();
    let span = times.iter().max().unwrap() - times.iter().min().unwrap();
    (times.len() - 1) as f64 * 1e6 / span as f64
}

async fn under_way(scene: &Scene, id: CampaignId) {
    scene.house.until(id, |progress| progress.counts.sent * 20 > progress.counts.total).await;
}

/// Takes DynamoDB away once the campaign is well on its way, and gives half of it back.
async fn break_it(scene: &Scene, id: CampaignId) {
    under_way(scene, id).await;
    scene.counter.becomes(Service::Closed);
    sleep(AWAY).await;
    assert!(scene.counter.refused() > 0, "nobody wrote while DynamoDB was away");
    assert!(scene.house.progress(id).await.untracked > 0, "nothing waits for the table");
    scene.counter.becomes(Service::Crowded);
}

#[tokio::test]
async fn every_message_is_told_although_dynamodb_was_away() {
    let (scene, (messages, tps)) = (Scene::open(2).await, load());
    let id = scene.house.send(messages, tps.into()).await;
    break_it(&scene, id).await;
    scene.house.completed(id).await;
    let counts = scene.check(id).await;
    assert_eq!((counts.sent, counts.total), (messages.into(), messages.into()));
    let rate = rate(&scene.house.messages().await);
    println!("{rate:.2} of {tps} messages a second while DynamoDB was away for {AWAY:?}");
    // On a busy machine; had it waited for DynamoDB, it would be less than six tenths.
    assert!(rate > f64::from(tps) * 0.75, "{rate} messages a second");
    scene.house.stack.stop().await;
}

#[tokio::test]
async fn every_message_is_told_although_workers_are_killed_too() {
    let (mut scene, (messages, tps)) = (Scene::open(2).await, load());
    let id = scene.house.send(messages, tps.into()).await;
    let mut dice = StdRng::seed_from_u64(20_260_501);
    under_way(&scene, id).await;
    scene.counter.becomes(Service::Closed);
    for _ in 0..6 {
        sleep(AWAY / 6).await;
        let victim = dice.random_range(0..scene.house.stack.workers.len());
        scene.house.stack.workers[victim].kill(Signal::SIGKILL).unwrap();
        scene.house.stack.workers[victim].wait().await.unwrap();
        scene.house.stack.workers[victim].restart().await.unwrap();
    }
    scene.counter.becomes(Service::Crowded);
    scene.house.completed(id).await;
    prove_doubts(&scene, id).await;
    let counts = scene.check(id).await;
    assert_eq!((counts.sent, counts.in_doubt), (messages.into(), 0));
    scene.house.stack.stop().await;
}

/// Reports tell of every message that was accepted; whoever is in doubt after that got none, and is sent to again.
async fn prove_doubts(scene: &Scene, id: CampaignId) {
    let failures = scene.house.failures(id).await;
    let in_doubt: Vec<_> = failures.iter().map(|failure| failure.index).collect();
    let messages = scene.house.messages().await;
    let accepted: Vec<_> = messages.iter().filter(|m| in_doubt.contains(&m.recipient)).collect();
    let account = scene.stand_in.account();
    let reports: Vec<_> = accepted.iter().flat_map(|message| reports_of(account, message)).collect();
    bring(&scene.stand_in, &reports).await;
    let unproven = (in_doubt.len() - accepted.len()) as u64;
    until("the reports settle the doubts", async || {
        scene.house.progress(id).await.counts.in_doubt == unproven
    })
    .await;
    if unproven > 0 {
        scene.house.client.resolve_in_doubt(id, drumbeat_common::Resolve::Resend).await.unwrap();
        scene.house.completed(id).await;
    }
}
