use drumbeat_common::{
    CampaignId, CampaignOptions, Counts, Status,
    catalog::{self, OpenCampaigns, Transition},
    queue,
    slot::SlotTime,
};
use jiff::{SignedDuration, Timestamp};
use redis::AsyncCommands;

use crate::server::{Server, batches};

impl Server {
    /// A loaded campaign that is to start so long from now, and when that is.
    async fn load_for(&self, ahead: SignedDuration) -> (CampaignId, Timestamp) {
        let (id, start_at) = (CampaignId::generate(), Timestamp::now() + ahead);
        let options = CampaignOptions { start_at: Some(start_at), ..CampaignOptions::new("spring") };
        catalog::create(&self.redis, id, &options, &[]).await.unwrap();
        queue::push(&self.redis, id, &batches(id, 10)).await.unwrap();
        (id, start_at)
    }

    async fn start_campaign(&self, id: CampaignId) -> Status {
        match catalog::start(&self.redis, id).await.unwrap() {
            Transition::Done(status) => status,
            other => panic!("{other:?}"),
        }
    }

    async fn look(&self) -> OpenCampaigns {
        catalog::open(&self.redis).await.unwrap().0
    }

    /// As if its start lay a second back.
    async fn becomes_due(&self, id: CampaignId) {
        let due = (Timestamp::now() - SignedDuration::from_secs(1)).as_microsecond();
        let _: () = self.connection().hset(format!("{{{id}}}:campaign"), "start_us", due).await.unwrap();
    }
}

const HOUR: SignedDuration = SignedDuration::from_hours(1);

#[tokio::test]
async fn what_starts_later_is_scheduled_and_what_is_due_runs() {
    let server = Server::start().await;
    for ahead in [-HOUR, SignedDuration::ZERO, SignedDuration::from_hours(-24 * 365 * 100)] {
        let (id, _) = server.load_for(ahead).await;
        assert_eq!(server.start_campaign(id).await, Status::Running);
    }
    let (later, _) = server.load_for(HOUR * 2).await;
    let (sooner, start_at) = server.load_for(HOUR).await;
    for id in [later, sooner] {
        assert_eq!(server.start_campaign(id).await, Status::Scheduled);
    }
    let open = server.look().await;
    assert_eq!((open.running.len(), open.next_start), (3, Some(SlotTime::from(start_at))));
    let campaign = server.get(sooner).await;
    assert_eq!((campaign.status, campaign.started_at), (Status::Scheduled, None));
    let progress = server.progress(sooner).await;
    assert_eq!((progress.start_at, progress.eta_seconds), (campaign.options.start_at, Some(1)));
    assert_eq!(progress.counts, Counts { total: 10, pending: 10, ..Counts::default() });
}

#[tokio::test]
async fn whoever_looks_starts_what_is_due_and_it_starts_once() {
    let server = Server::start().await;
    let (id, _) = server.load_for(HOUR).await;
    server.start_campaign(id).await;
    server.becomes_due(id).await;
    let looks = tokio::join!(server.look(), server.look(), server.look());
    assert!([looks.0, looks.1, looks.2].iter().any(|open| open.running.contains_key(&id)));
    let started_at = server.get(id).await.started_at.unwrap();
    let open = server.look().await;
    assert_eq!((open.running.contains_key(&id), open.next_start), (true, None));
    assert_eq!(server.get(id).await.started_at, Some(started_at));

    // One that somebody pauses just after stays paused.
    catalog::pause(&server.redis, id, None).await.unwrap();
    assert_eq!(server.look().await, OpenCampaigns::default());
    assert_eq!(server.get(id).await.status, Status::Paused);
}

#[tokio::test]
async fn a_scheduled_campaign_can_be_cancelled_and_started_now_but_not_paused() {
    let server = Server::start().await;
    let redis = &server.redis;
    let (id, _) = server.load_for(HOUR).await;
    server.start_campaign(id).await;
    assert_eq!(catalog::pause(redis, id, None).await.unwrap(), Transition::Refused(Status::Scheduled));
    let tps = "80".parse().unwrap();
    assert_eq!(catalog::set_tps(redis, id, tps).await.unwrap(), Transition::Done(Status::Scheduled));
    assert_eq!(catalog::resume(redis, id).await.unwrap(), Transition::Done(Status::Running));
    assert!(server.get(id).await.started_at.is_some());
    assert_eq!(server.look().await.running.get(&id), Some(&tps));

    let (id, _) = server.load_for(HOUR).await;
    server.start_campaign(id).await;
    assert_eq!(catalog::cancel(redis, id).await.unwrap(), Transition::Done(Status::Cancelled));
    let progress = server.progress(id).await;
    assert_eq!(progress.counts, Counts { total: 10, cancelled: 10, ..Counts::default() });
    server.becomes_due(id).await;
    assert!(!server.look().await.running.contains_key(&id));
    assert!(!server.is_on_list(id).await);
}
