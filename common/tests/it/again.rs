use std::collections::BTreeSet;

use drumbeat_common::{
    CampaignId, Counts, RecipientIndex, Resolve, State, Status, catalog, failures, ledger,
    queue::{self, Again, Requeued, requeue},
};
use redis::AsyncCommands;

use crate::{
    queue::Worker,
    server::{Server, claim_all, new_claimer, settled, settlements},
};

const RESEND: Again = Again::InDoubt(Resolve::Resend);
const AS_SENT: Again = Again::InDoubt(Resolve::Sent);

impl Server {
    /// Takes recipients up again over the whole campaign; answers how many.
    async fn again(&self, id: CampaignId, again: Again) -> u64 {
        let (mut all, mut start) = (0, Some(0));
        while let Some(batch) = start {
            match requeue(&self.redis, id, again, batch).await.unwrap() {
                Requeued::Moved { recipients, next } => (all, start) = (all + recipients, next),
                other => panic!("{other:?}"),
            }
        }
        all
    }

    async fn counts(&self, id: CampaignId) -> Counts {
        self.progress(id).await.counts
    }

    async fn listed(&self, id: CampaignId) -> Vec<u32> {
        let page = failures(&self.redis, id, None, 1_000).await.unwrap();
        page.failures.into_iter().map(|failure| failure.index).collect()
    }

    pub(crate) async fn queued(&self, id: CampaignId) -> Vec<String> {
        self.connection().lrange(format!("{{{id}}}:active"), 0, -1).await.unwrap()
    }

    pub(crate) async fn kept(&self, id: CampaignId) -> BTreeSet<String> {
        self.connection().hkeys(format!("{{{id}}}:data")).await.unwrap()
    }

    /// Empties the queue as a worker does that finds nobody left to be sent to.
    pub(crate) async fn work_off(&self, id: CampaignId) {
        let jobs = self.queued(id).await.len();
        let mut worker = Worker::start(&self.redis, id, 2);
        worker.permits.add_permits(jobs);
        for _ in 0..jobs {
            worker.next().await;
        }
        worker.stop().await;
        assert_eq!(self.queued(id).await, Vec::<String>::new());
    }

    pub(crate) async fn is_on_list(&self, id: CampaignId) -> bool {
        self.connection().sismember("drumbeat:open", id.to_string()).await.unwrap()
    }
}

fn keys<const N: usize>(names: [&str; N]) -> BTreeSet<String> {
    names.into_iter().map(str::to_owned).collect()
}

#[tokio::test]
async fn exactly_those_who_failed_are_pending_again_in_jobs_of_their_batches() {
    let server = Server::start().await;
    let (id, batches) = server.campaign(250, 10_000.0).await;
    server.work_off(id).await;
    server
        .end(id, &batches, |index| match index {
            7 | 205 => State::Failed,
            8 | 110 => State::InDoubt,
            _ => State::Sent,
        })
        .await;
    assert_eq!(server.get(id).await.status, Status::Completed);
    assert!(!server.is_on_list(id).await);
    assert_eq!(queue::clean(&server.redis, id).await.unwrap(), 3);

    assert_eq!(server.again(id, Again::Failed).await, 2);
    let campaign = server.get(id).await;
    assert_eq!((campaign.status, campaign.finished_at, campaign.batches), (Status::Running, None, 3));
    assert!(server.is_on_list(id).await);
    let progress = server.progress(id).await;
    assert_eq!(
        progress.counts,
        Counts { total: 250, pending: 2, sent: 246, in_doubt: 2, ..Counts::default() }
    );
    assert_eq!((progress.batches.total, progress.batches.done), (3, 1));
    assert_eq!(server.listed(id).await, [8, 110]);
    assert_eq!(server.queued(id).await, ["0-1", "2-1"]);

    // A caller that heard no answer asks again.
    assert_eq!(server.again(id, Again::Failed).await, 0);
    let same = server.progress(id).await;
    assert_eq!((same.counts, same.batches), (progress.counts, progress.batches));
    assert_eq!(server.queued(id).await.len(), 2);

    server.end(id, &batches, |_| State::Sent).await;
    let progress = server.progress(id).await;
    assert_eq!((progress.status, progress.batches.done), (Status::Completed, 3));
    assert_eq!(progress.counts, Counts { total: 250, sent: 248, in_doubt: 2, ..Counts::default() });
}

#[tokio::test]
async fn those_in_doubt_are_sent_to_again_or_count_as_sent() {
    let server = Server::start().await;
    let (id, batches) = server.campaign(200, 10_000.0).await;
    server.work_off(id).await;
    server.end(id, &batches, |index| if index == 50 { State::Failed } else { State::InDoubt }).await;
    assert_eq!(server.again(id, RESEND).await, 199);
    assert_eq!(server.queued(id).await, ["0-1", "1-1"]);
    server.end(id, &batches, |_| State::InDoubt).await;

    assert_eq!(server.again(id, AS_SENT).await, 199);
    assert_eq!(server.get(id).await.status, Status::Completed);
    assert_eq!(server.counts(id).await, Counts { total: 200, sent: 199, failed: 1, ..Counts::default() });
    assert_eq!(server.listed(id).await, [50]);
    assert_eq!(server.queued(id).await.len(), 2, "the queue is as it was");
    for again in [AS_SENT, RESEND] {
        assert_eq!(server.again(id, again).await, 0);
        assert!(!server.is_on_list(id).await);
    }
}

#[tokio::test]
async fn a_paused_campaign_stays_paused_and_others_may_not() {
    let server = Server::start().await;
    let redis = &server.redis;
    let (id, batches) = server.load(100, 10_000.0).await;
    for again in [Again::Failed, RESEND, AS_SENT] {
        let none = requeue(redis, CampaignId::generate(), again, 0).await.unwrap();
        assert_eq!(none, Requeued::Unknown);
        assert_eq!(requeue(redis, id, again, 0).await.unwrap(), Requeued::Refused(Status::Loading));
    }
    catalog::start(redis, id).await.unwrap();
    let claimer = new_claimer();
    let claimed = claim_all(redis, &batches[0], claimer).await;
    let to =
        |index: RecipientIndex| settled(index, [State::Failed, State::InDoubt][index.get() as usize % 2]);
    ledger::settle(redis, id, &settlements(&claimed[..90], to)).await.unwrap();
    catalog::pause(redis, id, Some("asked")).await.unwrap();
    assert_eq!(server.again(id, Again::Failed).await, 45);
    let campaign = server.get(id).await;
    assert_eq!((campaign.status, campaign.status_reason.as_deref()), (Status::Paused, Some("asked")));

    catalog::cancel(redis, id).await.unwrap();
    for again in [Again::Failed, RESEND] {
        assert_eq!(requeue(redis, id, again, 0).await.unwrap(), Requeued::Refused(Status::Cancelled));
    }
    assert_eq!(server.again(id, AS_SENT).await, 45);
    assert_eq!(server.get(id).await.status, Status::Cancelled);
    let counts = server.counts(id).await;
    assert_eq!(counts, Counts { total: 100, sending: 10, sent: 45, cancelled: 45, ..Counts::default() });
}

#[tokio::test]
async fn a_batch_in_flight_and_its_new_job_are_two_and_neither_is_lost() {
    let server = Server::start().await;
    let (id, batches) = server.campaign(100, 10_000.0).await;
    let mut worker = Worker::start(&server.redis, id, 2);
    assert_eq!(worker.next().await, 0);
    server.end(id, &batches, |index| if index == 0 { State::Failed } else { State::Sent }).await;
    assert_eq!(server.again(id, Again::Failed).await, 1);
    assert_eq!(worker.next().await, 0);
    let in_flight: Vec<String> = server.connection().keys(format!("{{{id}}}:inflight:*")).await.unwrap();
    let held: BTreeSet<String> = server.connection().smembers(&in_flight[0]).await.unwrap();
    assert_eq!(held, keys(["0", "0-1"]));
    worker.stop().await;
    assert_eq!(server.queued(id).await.len(), 2);

    server.end(id, &batches, |_| State::Sent).await;
    server.work_off(id).await;
    assert_eq!(queue::clean(&server.redis, id).await.unwrap(), 2);
    assert_eq!(server.kept(id).await, keys([]));
}

#[tokio::test]
async fn recipients_are_kept_as_long_as_somebody_may_have_to_be_sent_to_again() {
    let server = Server::start().await;
    let (id, batches) = server.campaign(400, 10_000.0).await;
    server.work_off(id).await;
    let first = |index| match index {
        0 | 1 | 100 => State::Failed,
        200 => State::InDoubt,
        _ => State::Sent,
    };
    server.end(id, &batches, first).await;
    queue::clean(&server.redis, id).await.unwrap();
    assert_eq!(server.kept(id).await, keys(["0", "1", "2"]));

    assert_eq!(server.again(id, Again::Failed).await, 3);
    assert_eq!(server.kept(id).await, keys(["0", "1", "2", "0-1", "1-1"]));
    server.end(id, &batches, |index| if index == 1 { State::Failed } else { State::Sent }).await;
    server.work_off(id).await;
    assert_eq!(queue::clean(&server.redis, id).await.unwrap(), 2);
    assert_eq!(server.kept(id).await, keys(["0", "2"]));

    // A second round, of which the campaign is over before the job was fetched.
    assert_eq!(server.again(id, Again::Failed).await, 1);
    assert_eq!(server.kept(id).await, keys(["0", "2", "0-2"]));
    server.end(id, &batches, |_| State::Sent).await;
    assert_eq!(queue::clean(&server.redis, id).await.unwrap(), 1);
    assert_eq!(server.kept(id).await, keys(["2"]));

    assert_eq!(server.again(id, AS_SENT).await, 1);
    assert_eq!(server.kept(id).await, keys([]));
    let metadata: Vec<String> = server.connection().keys(format!("{{{id}}}:meta:*")).await.unwrap();
    assert_eq!(metadata, Vec::<String>::new());
}

#[tokio::test]
async fn recipients_are_kept_while_the_first_job_of_their_batch_may_be_fetched() {
    let server = Server::start().await;
    let (id, batches) = server.campaign(100, 10_000.0).await;
    server.end(id, &batches, |_| State::Failed).await;
    server.again(id, Again::Failed).await;
    // The first job is in the hands of a worker, the second one finished.
    let key = |name: &str| format!("{{{id}}}:{name}");
    let _: () = server.connection().lrem(key("active"), 1, "0").await.unwrap();
    let _: () = server.connection().lrem(key("active"), 1, "0-1").await.unwrap();
    let _: () = server.connection().sadd(key("done"), "0-1").await.unwrap();
    server.end(id, &batches, |_| State::Sent).await;
    assert_eq!(queue::clean(&server.redis, id).await.unwrap(), 1);
    assert_eq!(server.kept(id).await, keys(["0"]));
    let _: () = server.connection().sadd(key("done"), "0").await.unwrap();
    assert_eq!(queue::clean(&server.redis, id).await.unwrap(), 1);
    assert_eq!(server.kept(id).await, keys([]));
}

#[tokio::test]
async fn who_cannot_be_sent_to_any_more_stays_as_they_are() {
    let server = Server::start().await;
    let (id, batches) = server.campaign(200, 10_000.0).await;
    server.end(id, &batches, |_| State::Failed).await;
    let _: () = server.connection().hdel(format!("{{{id}}}:data"), 0).await.unwrap();
    assert_eq!(server.again(id, Again::Failed).await, 100);
    let counts = server.counts(id).await;
    assert_eq!(counts, Counts { total: 200, pending: 100, failed: 100, ..Counts::default() });
}

#[tokio::test]
async fn a_long_campaign_is_gone_through_in_stretches() {
    let server = Server::start().await;
    let (id, _) = server.campaign(120_050, 10_000.0).await;
    // Everybody in the first 150 batches failed, nobody in the next 850, and the very last one.
    let (ledger, progress) = (format!("{{{id}}}:ledger"), format!("{{{id}}}:progress"));
    let mut bytes: Vec<u8> = server.connection().get(&ledger).await.unwrap();
    let failed = |index: usize| index < 15_000 || index == 120_049;
    for (_, byte) in bytes.iter_mut().enumerate().filter(|(index, _)| failed(*index)) {
        *byte += State::Failed as u8;
    }
    let _: () = server.connection().set(&ledger, &bytes).await.unwrap();
    let _: () = server.connection().del(&progress).await.unwrap();
    for byte in [b'@', b'P', b'`', b'C', b'S', b'c'] {
        let count = bytes.iter().filter(|b| **b == byte).count();
        let _: () = server.connection().hset(&progress, &[byte][..], count).await.unwrap();
    }
    let jobs = server.queued(id).await.len();

    let step = async |start| requeue(&server.redis, id, Again::Failed, start).await.unwrap();
    let moved = |recipients, next| Requeued::Moved { recipients, next };
    assert_eq!(step(0).await, moved(2_000, Some(20)));
    assert_eq!(step(140).await, moved(1_000, Some(1_140)));
    assert_eq!(step(1_140).await, moved(1, None));
    assert_eq!(step(1_201).await, moved(0, None));
    assert_eq!(server.again(id, Again::Failed).await, 12_000);
    let counts = server.counts(id).await;
    assert_eq!(counts, Counts { total: 120_050, pending: 120_050, ..Counts::default() });
    assert_eq!(server.queued(id).await.len(), jobs + 151);
}

#[tokio::test]
async fn a_campaign_that_runs_again_is_on_the_list_whoever_saw_it_completed() {
    let server = Server::start().await;
    let (id, batches) = server.campaign(1, 10_000.0).await;
    for _ in 0..100 {
        let look = async {
            for _ in 0..5 {
                catalog::open(&server.redis).await.unwrap();
            }
        };
        let end_and_again = async {
            server.end(id, &batches, |_| State::Failed).await;
            server.again(id, Again::Failed).await
        };
        let (again, (), ()) = tokio::join!(end_and_again, look, async {
            catalog::open(&server.redis).await.unwrap();
        });
        assert_eq!(again, 1);
        assert!(catalog::open(&server.redis).await.unwrap().0.running.contains_key(&id));
    }
}
