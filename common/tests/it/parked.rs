use std::time::{SystemTime, UNIX_EPOCH};

use drumbeat_common::{
    CampaignId, State, Status, catalog, ledger,
    queue::{self, Woken},
    slot::SlotTime,
};
use redis::AsyncCommands;

use crate::{
    queue::Worker,
    server::{Server, claim_all, new_claimer, settled, settlements},
};

const PAST: SlotTime = SlotTime::from_micros(1);

fn in_an_hour() -> SlotTime {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
    SlotTime::from_micros(now.as_micros() as u64 + 3_600_000_000)
}

impl Server {
    pub(crate) async fn park(&self, id: CampaignId, batch: u32, until: SlotTime) {
        queue::park(&self.redis, id, batch, until).await.unwrap();
    }

    async fn wake(&self, id: CampaignId) -> Woken {
        queue::wake(&self.redis, id).await.unwrap()
    }

    async fn parked(&self, id: CampaignId) -> Vec<(u32, u64)> {
        self.connection().zrange_withscores(format!("{{{id}}}:parked"), 0, -1).await.unwrap()
    }
}

#[tokio::test]
async fn a_parked_batch_comes_back_when_its_time_has_come_as_a_job_that_never_was() {
    let server = Server::start().await;
    let (id, batches) = server.campaign(300, 10_000.0).await;
    server.work_off(id).await;
    let later = in_an_hour();
    server.park(id, 0, PAST).await;
    server.park(id, 2, later).await;
    assert_eq!(queue::clean(&server.redis, id).await.unwrap(), 3);
    assert_eq!(server.wake(id).await, Woken { batches: 1, next: Some(later) });
    assert_eq!(server.wake(id).await, Woken { batches: 0, next: Some(later) });
    assert_eq!(server.queued(id).await, ["0-1"]);

    let mut worker = Worker::start(&server.redis, id, 1);
    assert_eq!(worker.next().await, 0);
    // It is parked again while its job is still in hand.
    server.park(id, 0, PAST).await;
    assert_eq!(server.wake(id).await.batches, 1);
    worker.permits.add_permits(1);
    assert_eq!(worker.next().await, 0);
    worker.stop().await;
    assert_eq!(server.queued(id).await, ["0-2"]);
    server.end(id, &batches, |_| State::Sent).await;
    assert_eq!(server.get(id).await.status, Status::Completed);
}

#[tokio::test]
async fn a_batch_is_parked_until_the_first_of_two_times_and_only_while_somebody_is_pending() {
    let server = Server::start().await;
    let (id, batches) = server.campaign(200, 10_000.0).await;
    let later = in_an_hour();
    for until in [later, PAST, later] {
        server.park(id, 0, until).await;
    }
    assert_eq!(server.parked(id).await, [(0, PAST.as_micros())]);

    server.end(id, &batches[1..], |index| if index == 150 { State::Failed } else { State::Sent }).await;
    server.park(id, 1, PAST).await;
    assert_eq!(server.parked(id).await.len(), 1);

    // Whoever was pending is sent to meanwhile, by another job.
    let queued = server.queued(id).await;
    server.end(id, &batches[..1], |_| State::Sent).await;
    assert_eq!(server.wake(id).await, Woken { batches: 1, next: None });
    assert_eq!(server.queued(id).await, queued);
}

#[tokio::test]
async fn a_batch_comes_back_whose_last_people_an_earlier_holder_is_sending_to() {
    let server = Server::start().await;
    let (id, batches) = server.campaign(100, 10_000.0).await;
    server.work_off(id).await;
    server.park(id, 0, PAST).await;
    let claimed = claim_all(&server.redis, &batches[0], new_claimer()).await;
    assert_eq!((claimed.len(), server.wake(id).await.batches), (100, 1));
    assert_eq!(server.queued(id).await, ["0-1"]);
    server.work_off(id).await;
    server.park(id, 0, PAST).await;
    let put_back = settlements(&claimed, |index| settled(index, State::Pending));
    ledger::settle(&server.redis, id, &put_back).await.unwrap();
    assert_eq!(server.wake(id).await.batches, 1);
    assert_eq!(server.queued(id).await, ["0-2"]);
}

#[tokio::test]
async fn a_batch_whose_recipients_are_lost_is_woken_to_be_given_up() {
    let server = Server::start().await;
    let (id, _) = server.campaign(100, 10_000.0).await;
    server.work_off(id).await;
    server.park(id, 0, PAST).await;
    let data = format!("{{{id}}}:data");
    let _: () = server.connection().hdel(&data, 0).await.unwrap();
    assert_eq!(server.wake(id).await.batches, 1);
    let packed: Option<Vec<u8>> = server.connection().hget(&data, "0-1").await.unwrap();
    assert_eq!(packed, Some(Vec::new()));
}

#[tokio::test]
async fn many_that_are_due_at_once_come_back_as_there_is_room_for_them() {
    let server = Server::start().await;
    let (id, _) = server.campaign(120_000, 10_000.0).await;
    let active = format!("{{{id}}}:active");
    let _: () = server.connection().del(&active).await.unwrap();
    for batch in 0..1_200 {
        server.park(id, batch, PAST).await;
    }
    assert_eq!(server.wake(id).await, Woken { batches: 1_000, next: None });
    assert_eq!(server.wake(id).await.batches, 0);
    let _: () = server.connection().ltrim(&active, 150, -1).await.unwrap();
    assert_eq!(server.wake(id).await.batches, 150);
    let _: () = server.connection().del(&active).await.unwrap();
    assert_eq!(server.wake(id).await.batches, 50);
    assert_eq!(server.parked(id).await, []);
}

#[tokio::test]
async fn nothing_is_left_of_the_parked_batches_of_a_cancelled_campaign() {
    let server = Server::start().await;
    let (id, batches) = server.campaign(10_000, 10_000.0).await;
    server.work_off(id).await;
    for batch in 0..100 {
        server.park(id, batch, in_an_hour()).await;
    }
    let claimed = claim_all(&server.redis, &batches[7], new_claimer()).await;
    assert_eq!(claimed.len(), 100);
    queue::clean(&server.redis, id).await.unwrap();
    assert_eq!((server.parked(id).await.len(), server.kept(id).await.len()), (100, 100));

    catalog::cancel(&server.redis, id).await.unwrap();
    assert_eq!(queue::clean(&server.redis, id).await.unwrap(), 100);
    assert_eq!(server.parked(id).await, []);
    // Whoever is being sent to may turn out to be in doubt, and then a person decides.
    assert_eq!(server.kept(id).await.into_iter().collect::<Vec<_>>(), ["7"]);
}

#[tokio::test]
async fn progress_tells_of_parked_batches_and_foresees_nothing() {
    let server = Server::start().await;
    let (id, _) = server.campaign(300, 10.0).await;
    server.park(id, 1, SlotTime::from_micros(1_800_000_000_000_000)).await;
    server.park(id, 2, SlotTime::from_micros(1_900_000_000_000_000)).await;
    let reason = server.progress(id).await.status_reason.unwrap();
    assert_eq!(
        reason,
        "batches that wait for the end of quiet hours: 2, the first until 2027-01-15T08:00:00Z"
    );
    catalog::pause(&server.redis, id, Some("asked")).await.unwrap();
    assert_eq!(server.progress(id).await.status_reason.as_deref(), Some("asked"));
}
