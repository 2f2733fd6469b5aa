use std::collections::{BTreeSet, HashMap};

use drumbeat::stack::Signal;
use drumbeat_common::{Batch, CampaignId, Counts, Redis, State, Status, ledger};
use redis::AsyncCommands;
use tokio::time::timeout;

use crate::{
    audit::Audit,
    house::{House, PATIENCE, campaign},
    scene::stop_workers,
};

const TOTAL: u32 = 100_000;

/// Waits until some of the campaign is in Redis; which it is, and how many.
async fn partly_taken(house: &House) -> (CampaignId, u32) {
    let mut redis = house.connection().await;
    let looking = async {
        loop {
            let ids: Vec<String> = redis.zrange("drumbeat:campaigns", 0, -1).await.unwrap();
            for id in ids {
                let total: Option<u32> = redis.hget(format!("{{{id}}}:campaign"), "total").await.unwrap();
                if let Some(total) = total {
                    return (id.parse().unwrap(), total);
                }
            }
        }
    };
    timeout(PATIENCE, looking).await.expect("the campaign never came")
}

/// Every index that a batch in the queue stands for.
async fn queued(house: &House, id: CampaignId) -> Vec<u32> {
    let mut redis = house.connection().await;
    let jobs: Vec<String> = redis.lrange(format!("{{{id}}}:active"), 0, -1).await.unwrap();
    let data: HashMap<String, Vec<u8>> = redis.hgetall(format!("{{{id}}}:data")).await.unwrap();
    assert_eq!((jobs.len(), data.len()), (1_000, 1_000));
    jobs.iter()
        .flat_map(|job| {
            let batch = Batch::unpack(&data[job]).unwrap();
            batch.first().get()..batch.first().get() + batch.len()
        })
        .collect()
}

#[tokio::test]
async fn a_campaign_whose_api_is_killed_runs_whole_or_not_at_all() {
    let mut house = House::open(1).await;
    let (client, body, key) = (house.client.clone(), campaign(TOTAL, 1_000.0).to_string(), "spring");
    let posting = tokio::spawn({
        let (client, body) = (client.clone(), body.clone());
        async move { client.send_once(body, key).await }
    });
    let (id, taken) = partly_taken(&house).await;
    house.stack.api.kill(Signal::SIGKILL).unwrap();
    assert!(posting.await.unwrap().is_err());
    assert!(taken < TOTAL, "the kill came too late");

    house.stack.api.restart().await.unwrap();
    let half = house.progress(id).await;
    assert_eq!(half.status, Status::Loading);
    assert!(half.counts.total < TOTAL.into(), "the kill came too late");
    assert_eq!(
        half.counts,
        Counts { total: half.counts.total, pending: half.counts.total, ..Counts::default() }
    );
    // The worker looked through all campaigns, more than once; now it shall not touch the whole one.
    stop_workers(&mut house).await;
    assert_eq!(house.stats().await.total, 0);

    let answer = client.send(body, key).await.unwrap();
    assert_eq!((answer.campaign_id, answer.total, answer.batches), (id, TOTAL.into(), 1_000));
    let whole = house.progress(id).await;
    assert_eq!(whole.status, Status::Running);
    assert_eq!((whole.counts.total, whole.batches.total), (TOTAL.into(), 1_000));
    let redis = Redis::connect(house.stack.redis_url()).await.unwrap();
    let ledger = ledger::read(&redis, id).await.unwrap();
    assert_eq!(ledger.len(), TOTAL as usize);
    assert!(ledger.iter().all(|byte| byte.state == State::Pending));
    let queued = queued(&house, id).await;
    assert_eq!(queued.len(), TOTAL as usize);
    assert_eq!(queued.into_iter().collect::<BTreeSet<_>>(), (0..TOTAL).collect());

    client.cancel(id).await.unwrap();
    let audit = Audit::of(&house, id).await;
    audit.pass();
    let cancelled = Counts { total: TOTAL.into(), cancelled: TOTAL.into(), ..Counts::default() };
    assert_eq!((audit.counts(), audit.reached()), (&cancelled, 0));
    house.stack.stop().await;
}
