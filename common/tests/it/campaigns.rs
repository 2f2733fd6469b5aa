use drumbeat_common::{
    CampaignId, Counts, Status,
    catalog::{self, OpenCampaigns, Transition},
    queue::{self, PushError},
};
use redis::AsyncCommands;

use crate::server::{Server, batches};

#[tokio::test]
async fn a_batch_pushed_twice_is_one_batch() {
    let server = Server::start().await;
    let (id, batches) = server.load(250, 10.0).await;
    queue::push(&server.redis, id, &batches).await.unwrap();
    let campaign = server.get(id).await;
    assert_eq!((campaign.total, campaign.batches), (250, 3));
    let progress = server.progress(id).await;
    assert_eq!(progress.counts, Counts { total: 250, pending: 250, ..Counts::default() });
    let queued: usize = server.connection().llen(format!("{{{id}}}:active")).await.unwrap();
    assert_eq!(queued, 3);
}

#[tokio::test]
async fn only_a_loading_campaign_takes_batches() {
    let server = Server::start().await;
    let (id, _) = server.campaign(10, 10.0).await;
    let more = batches(id, 300);
    assert!(matches!(queue::push(&server.redis, id, &more[1..]).await, Err(PushError::NotLoading)));
    assert_eq!(server.get(id).await.total, 10);
}

#[tokio::test]
async fn statuses_change_as_they_may_and_say_why_not() {
    let server = Server::start().await;
    let redis = &server.redis;
    let (id, _) = server.load(10, 10.0).await;
    assert_eq!(catalog::pause(redis, id, None).await.unwrap(), Transition::Refused(Status::Loading));
    assert_eq!(catalog::start(redis, id).await.unwrap(), Transition::Done(Status::Running));
    assert_eq!(catalog::start(redis, id).await.unwrap(), Transition::Refused(Status::Running));
    assert_eq!(catalog::pause(redis, id, Some("asked")).await.unwrap(), Transition::Done(Status::Paused));
    assert_eq!(server.get(id).await.status_reason.as_deref(), Some("asked"));
    assert_eq!(catalog::resume(redis, id).await.unwrap(), Transition::Done(Status::Running));
    assert_eq!(server.get(id).await.status_reason, None);
    assert_eq!(catalog::cancel(redis, id).await.unwrap(), Transition::Done(Status::Cancelled));
    assert_eq!(catalog::resume(redis, id).await.unwrap(), Transition::Refused(Status::Cancelled));
    assert_eq!(catalog::cancel(redis, CampaignId::generate()).await.unwrap(), Transition::Unknown);
    assert_eq!(catalog::open(redis).await.unwrap().0, OpenCampaigns::default());
    let open: Vec<String> = server.connection().smembers("drumbeat:open").await.unwrap();
    assert!(open.is_empty());
}

#[tokio::test]
async fn campaigns_are_listed_newest_first() {
    let server = Server::start().await;
    let mut ids = Vec::new();
    for _ in 0..5 {
        ids.insert(0, server.load(1, 10.0).await.0);
        tokio::time::sleep(std::time::Duration::from_millis(2)).await;
    }
    let page: Vec<_> =
        catalog::list(&server.redis, 1, 3).await.unwrap().into_iter().map(|campaign| campaign.id).collect();
    assert_eq!(page, ids[1..4]);
    assert_eq!(catalog::count(&server.redis).await.unwrap(), 5);
}

#[tokio::test]
async fn a_campaign_that_nobody_can_complete_any_more_is_cancelled() {
    let server = Server::start().await;
    let (id, _) = server.load(100, 10.0).await;
    assert_eq!(catalog::open(&server.redis).await.unwrap().0, OpenCampaigns::default());
    assert_eq!(server.get(id).await.status, Status::Loading);

    let posted = server.get(id).await.created_at - jiff::SignedDuration::from_hours(26);
    let record = format!("{{{id}}}:campaign");
    let _: () = server.connection().hset(record, "created_us", posted.as_microsecond()).await.unwrap();
    catalog::open(&server.redis).await.unwrap();
    let campaign = server.get(id).await;
    assert_eq!(campaign.status, Status::Cancelled);
    assert!(campaign.status_reason.unwrap().starts_with("it was never taken in full"));
    assert_eq!(server.progress(id).await.counts.cancelled, 100);
}

#[tokio::test]
async fn a_record_that_cannot_be_read_stops_no_other_campaign() {
    let server = Server::start().await;
    let (id, _) = server.campaign(1, 10.0).await;
    let (broken, _) = server.campaign(1, 10.0).await;
    let _: () = server.connection().hset(format!("{{{broken}}}:campaign"), "tps", "fast").await.unwrap();
    assert_eq!(catalog::open(&server.redis).await.unwrap().0.running.into_keys().collect::<Vec<_>>(), [id]);
}
