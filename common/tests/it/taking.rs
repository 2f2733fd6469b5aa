//! A campaign while its list is being taken.

use drumbeat_common::{
    CampaignId, Counts, RecipientIndex, Rejected, Status, catalog, discard,
    idempotency::{self, Binding},
    queue::{self, PushError},
    rejected, skip,
};
use redis::AsyncCommands;

use crate::server::{Server, batches};

#[tokio::test]
async fn an_idempotency_key_belongs_to_one_campaign_and_one_body() {
    let server = Server::start().await;
    let (redis, first, second) = (&server.redis, CampaignId::generate(), CampaignId::generate());
    let bound = Binding { campaign: first, body: None };
    assert_eq!(idempotency::bind(redis, "k", first).await.unwrap(), bound);
    assert_eq!(idempotency::bind(redis, "k", second).await.unwrap(), bound);
    idempotency::fix(redis, "k", first, "a").await.unwrap();
    let fixed = Binding { campaign: first, body: Some("a".to_owned()) };
    assert_eq!(idempotency::bind(redis, "k", second).await.unwrap(), fixed);
    let seconds: i64 = server.connection().ttl("drumbeat:idempotency:k").await.unwrap();
    assert!((86_000..=86_400).contains(&seconds), "{seconds}");
    idempotency::forget(redis, "k").await.unwrap();
    assert_eq!(idempotency::bind(redis, "k", second).await.unwrap().campaign, second);
}

#[tokio::test]
async fn a_batch_that_is_another_is_told_apart() {
    let server = Server::start().await;
    let (id, of_this) = server.load(100, 10.0).await;
    queue::push(&server.redis, id, &of_this).await.unwrap();
    let mut other = of_this.clone();
    other[0].recipients[7].customer_id = "CUST-other".to_owned();
    assert!(matches!(queue::push(&server.redis, id, &other).await, Err(PushError::Differs)));
    assert_eq!(server.get(id).await.total, 100);
}

#[tokio::test]
async fn who_is_passed_over_is_never_pending_again_and_counts() {
    let server = Server::start().await;
    let (id, _) = server.load(250, 10.0).await;
    // The whole of the second batch, and a few others; twice.
    let skipped: Vec<_> = (100..200).chain([0, 249]).map(RecipientIndex::new).collect();
    for _ in 0..2 {
        skip(&server.redis, id, &skipped).await.unwrap();
    }
    let progress = server.progress(id).await;
    assert_eq!(progress.counts, Counts { total: 250, pending: 148, skipped: 102, ..Counts::default() });
    assert_eq!(progress.batches.done, 1);
    catalog::start(&server.redis, id).await.unwrap();
    assert!(matches!(skip(&server.redis, id, &skipped).await, Err(PushError::NotLoading)));
}

#[tokio::test]
async fn a_campaign_in_which_everybody_is_passed_over_is_completed_by_its_start() {
    let server = Server::start().await;
    let (id, _) = server.load(3, 10.0).await;
    let all: Vec<_> = (0..3).map(RecipientIndex::new).collect();
    skip(&server.redis, id, &all).await.unwrap();
    catalog::start(&server.redis, id).await.unwrap();
    assert_eq!(server.get(id).await.status, Status::Completed);
}

#[tokio::test]
async fn of_a_list_that_came_to_nothing_nothing_stays() {
    let server = Server::start().await;
    let (id, _) = server.load(12_345, 10.0).await;
    let row = Rejected { line: 2, customer_id: None, reason: "phone is missing".to_owned() };
    rejected::keep(&server.redis, id, 0, &[row]).await.unwrap();
    assert!(discard(&server.redis, id).await.unwrap());
    let keys: Vec<String> = server.connection().keys("*").await.unwrap();
    assert!(keys.is_empty(), "{keys:?}");
    assert!(matches!(queue::push(&server.redis, id, &batches(id, 1)).await, Err(PushError::NotLoading)));
}

#[tokio::test]
async fn what_runs_is_not_discarded() {
    let server = Server::start().await;
    let (id, _) = server.campaign(100, 10.0).await;
    assert!(!discard(&server.redis, id).await.unwrap());
    assert_eq!(server.progress(id).await.counts.pending, 100);
}

#[tokio::test]
async fn rejected_rows_come_back_block_by_block() {
    let server = Server::start().await;
    let (id, _) = server.load(1, 10.0).await;
    let rows = |from: u64| -> Vec<_> {
        let row = |line| Rejected {
            line,
            customer_id: Some(format!("CUST-{line}")),
            reason: "phone is missing: an sms recipient needs one".to_owned(),
        };
        (from..from + 1_000).map(row).collect()
    };
    for number in 0..2 {
        rejected::keep(&server.redis, id, number, &rows(u64::from(number) * 1_000)).await.unwrap();
    }
    assert_eq!(rejected::block(&server.redis, id, 1).await.unwrap().unwrap(), rows(1_000));
    assert_eq!(rejected::block(&server.redis, id, 2).await.unwrap(), None);
    let bytes: u64 = redis::cmd("MEMORY")
        .arg("USAGE")
        .arg(format!("{{{id}}}:rejected"))
        .query_async(&mut server.connection())
        .await
        .unwrap();
    assert!(bytes < 2_000 * 20, "{bytes} bytes for 2,000 rows");
}
