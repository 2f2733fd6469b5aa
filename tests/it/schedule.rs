use drumbeat::client::ClientError;
use drumbeat_common::{CampaignId, CampaignOptions, Counts, Status, Tps};
use jiff::{SignedDuration, Timestamp};

use crate::{house::House, people::person};

const SECOND_US: u64 = 1_000_000;

impl House {
    /// A campaign of fifty people, and when it is to start.
    async fn schedule(&self, ahead: SignedDuration) -> (CampaignId, Timestamp) {
        let start_at = Timestamp::from_millisecond((Timestamp::now() + ahead).as_millisecond()).unwrap();
        let options = CampaignOptions { start_at: Some(start_at), ..CampaignOptions::new("Later") };
        let people: Vec<_> = (0..50).map(|index| person(index, None)).collect();
        (self.write(&options, &people).await, start_at)
    }
}

#[tokio::test]
async fn a_scheduled_campaign_is_seen_before_and_starts_on_time() {
    let house = House::open_alone(1).await;
    let (id, start_at) = house.schedule(SignedDuration::from_secs(3)).await;
    let progress = house.progress(id).await;
    assert_eq!((progress.status, progress.start_at), (Status::Scheduled, Some(start_at)));
    assert_eq!((progress.counts.pending, progress.eta_seconds), (50, Some(5)));
    assert_eq!(house.client.campaign(id).await.unwrap().start_at, Some(start_at));
    let listed = house.client.campaigns(0).await.unwrap().campaigns.remove(0);
    assert_eq!((listed.campaign_id, listed.status), (id, Status::Scheduled));
    house.client.set_tps(id, Tps::try_from(100.0).unwrap()).await.unwrap();
    assert!(matches!(house.client.pause(id).await, Err(ClientError::Problem(why)) if why.status == 409));

    let progress = house.completed(id).await;
    assert_eq!(progress.counts, Counts { total: 50, sent: 50, ..Counts::default() });
    let start_us = u64::try_from(start_at.as_microsecond()).unwrap();
    let first = house.messages().await[0].at_us;
    assert!((start_us..start_us + SECOND_US).contains(&first), "{} us late", first as i64 - start_us as i64);
}

#[tokio::test]
async fn a_campaign_cancelled_before_its_start_sends_nothing() {
    let house = House::open(1).await;
    let (id, _) = house.schedule(SignedDuration::from_secs(2)).await;
    house.client.cancel(id).await.unwrap();
    // Another one of the same time shows that it has come.
    let (other, _) = house.schedule(SignedDuration::from_secs(2)).await;
    house.completed(other).await;
    let progress = house.progress(id).await;
    assert_eq!(progress.status, Status::Cancelled);
    assert_eq!(progress.counts, Counts { total: 50, cancelled: 50, ..Counts::default() });
    assert!(house.messages().await.iter().all(|message| message.campaign_id == other));
    house.until_forgotten(id).await;
}

#[tokio::test]
async fn a_scheduled_campaign_that_is_resumed_starts_now() {
    let house = House::open(1).await;
    let (id, start_at) = house.schedule(SignedDuration::from_hours(24)).await;
    house.client.resume(id).await.unwrap();
    let progress = house.completed(id).await;
    assert_eq!(progress.counts.sent, 50);
    assert_eq!(progress.start_at, Some(start_at));
    assert!(progress.started_at < progress.start_at);
}

#[tokio::test]
async fn a_campaign_whose_time_came_while_redis_was_away_starts_when_it_is_back() {
    let mut house = House::open(1).await;
    let (id, start_at) = house.schedule(SignedDuration::from_secs(2)).await;
    house.stack.redis.kill(drumbeat::stack::Signal::SIGKILL).unwrap();
    house.stack.redis.wait().await.unwrap();
    while Timestamp::now() <= start_at {
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
    }
    house.stack.redis.restart().await.unwrap();
    while house.client.progress(id).await.is_err() {}
    assert_eq!(house.completed(id).await.counts.sent, 50);
}
