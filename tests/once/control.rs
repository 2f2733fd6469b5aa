use std::time::Duration;

use drumbeat::stack::Signal;
use drumbeat_common::{CampaignId, Status};
use rand::{
    RngExt,
    rngs::StdRng,
    seq::{IndexedMutRandom, IndexedRandom},
};
use tokio::time::sleep;

use crate::{
    audit::Audit,
    house::House,
    scene::{in_time, resume, stop_workers},
    seed::Seed,
};

const WISHES: usize = 200;
const TOTAL: u32 = 1_000;

async fn new_campaign(house: &House) -> CampaignId {
    house.send(TOTAL, 100.0).await
}

/// Pauses, resumes or, now and then, cancels one of the campaigns; another one takes the place of a cancelled one.
async fn wish(house: &House, campaigns: &mut Vec<CampaignId>, chance: &mut StdRng) {
    let id = *campaigns.choose(chance).unwrap();
    match chance.random_range(0..100) {
        0..3 => {
            in_time(house.client.cancel(id).await);
            campaigns.push(new_campaign(house).await);
        }
        3..45 => in_time(house.client.pause(id).await),
        _ => resume(house, id).await,
    }
}

#[tokio::test]
async fn two_hundred_wishes_while_workers_are_killed_double_and_lose_nobody() {
    let seed = Seed::draw();
    let mut chance = seed.chance();
    let mut house = House::open(3).await;
    let mut campaigns = Vec::new();
    for _ in 0..5 {
        campaigns.push(new_campaign(&house).await);
    }
    for made in 0..WISHES {
        sleep(Duration::from_millis(chance.random_range(0..200))).await;
        if made % 20 == 10 {
            let worker = house.stack.workers.choose_mut(&mut chance).unwrap();
            worker.kill(Signal::SIGKILL).unwrap();
            worker.restart().await.unwrap();
        }
        wish(&house, &mut campaigns, &mut chance).await;
    }
    for id in &campaigns {
        if house.progress(*id).await.status == Status::Paused {
            resume(&house, *id).await;
        }
    }
    for id in &campaigns {
        house.until(*id, |progress| progress.status.is_final() && progress.counts.open() == 0).await;
    }
    stop_workers(&mut house).await;
    for id in &campaigns {
        let audit = Audit::of(&house, *id).await;
        audit.pass();
        assert_eq!((audit.counts().total, audit.counts().failed), (TOTAL.into(), 0));
    }
    house.stack.stop().await;
}
