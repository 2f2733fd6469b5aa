use std::{
    collections::HashSet,
    sync::{Arc, Mutex},
    time::{Duration, Instant},
};

use drumbeat_common::{
    Batch, CampaignId, Redis, State,
    queue::{self, Handled, Job, WorkerEnded},
};
use redis::AsyncCommands;
use tokio::{
    sync::{Notify, Semaphore, mpsc},
    task::JoinHandle,
    time::timeout,
};
use tokio_util::sync::CancellationToken;

use crate::server::Server;

const SOON: Duration = Duration::from_secs(20);

/// A queue worker that tells of each batch it gets, and leaves it as the permits say: done with one, handed back
/// without.
pub(crate) struct Worker {
    ring: Arc<Notify>,
    stop: CancellationToken,
    fetched: mpsc::UnboundedReceiver<u32>,
    pub(crate) permits: Arc<Semaphore>,
    task: JoinHandle<Result<(), WorkerEnded>>,
}

impl Worker {
    pub(crate) fn start(redis: &Redis, id: CampaignId, concurrency: usize) -> Self {
        let (ring, stop, permits) =
            (Arc::new(Notify::new()), CancellationToken::new(), Arc::new(Semaphore::new(0)));
        let (tell, fetched) = mpsc::unbounded_channel();
        let handle = {
            let (stop, permits) = (stop.clone(), permits.clone());
            move |job: Job| {
                let (stop, permits, tell) = (stop.clone(), permits.clone(), tell.clone());
                async move {
                    assert_eq!(Batch::unpack(&job.packed)?.number, job.batch);
                    tell.send(job.batch)?;
                    Ok(match stop.run_until_cancelled(permits.acquire()).await {
                        Some(permit) => {
                            permit?.forget();
                            Handled::Done
                        }
                        None => Handled::HandBack,
                    })
                }
            }
        };
        let (redis, ring2, stop2) = (redis.clone(), ring.clone(), stop.clone());
        let task =
            tokio::spawn(async move { queue::work(&redis, id, concurrency, ring2, stop2, handle).await });
        Self { ring, stop, fetched, permits, task }
    }

    pub(crate) async fn next(&mut self) -> u32 {
        timeout(SOON, self.fetched.recv()).await.unwrap().unwrap()
    }

    pub(crate) async fn stop(self) {
        self.stop.cancel();
        timeout(SOON, self.task).await.unwrap().unwrap().unwrap();
    }
}

async fn queued(server: &Server, id: CampaignId) -> Vec<u32> {
    server.connection().lrange(format!("{{{id}}}:active"), 0, -1).await.unwrap()
}

#[tokio::test]
async fn every_batch_is_fetched_once() {
    let server = Server::start().await;
    let (id, _) = server.campaign(2_000, 10.0).await;
    let mut workers = [Worker::start(&server.redis, id, 3), Worker::start(&server.redis, id, 3)];
    let seen = Mutex::new(HashSet::new());
    for worker in &mut workers {
        worker.permits.add_permits(20);
    }
    let [one, two] = &mut workers;
    while seen.lock().unwrap().len() < 20 {
        let number = tokio::select! { n = one.next() => n, n = two.next() => n };
        assert!(seen.lock().unwrap().insert(number), "batch {number} was fetched twice");
    }
    for worker in workers {
        worker.stop().await;
    }
    assert_eq!(queued(&server, id).await, Vec::<u32>::new());
}

#[tokio::test]
async fn a_stopped_worker_hands_back_what_is_not_done() {
    let server = Server::start().await;
    let (id, _) = server.campaign(500, 10.0).await;
    let mut worker = Worker::start(&server.redis, id, 2);
    let in_hand = HashSet::from([worker.next().await, worker.next().await]);
    worker.permits.add_permits(1);
    let third = worker.next().await;
    worker.stop().await;
    let queued: HashSet<_> = queued(&server, id).await.into_iter().collect();
    assert_eq!(queued.len(), 4);
    assert!(queued.contains(&third));
    assert_eq!(in_hand.difference(&queued).count(), 1);
    let inflight: Vec<String> = server.connection().keys(format!("{{{id}}}:inflight:*")).await.unwrap();
    assert_eq!(inflight, Vec::<String>::new());
}

#[tokio::test]
async fn a_ring_makes_an_idle_worker_look_at_once() {
    let server = Server::start().await;
    let (id, batches) = server.load(100, 10.0).await;
    let more = crate::server::batches(id, 2_100);
    let mut worker = Worker::start(&server.redis, id, 1);
    let started = Instant::now();
    let (done, mut number) = (format!("{{{id}}}:done"), batches[0].number);
    loop {
        assert_eq!(worker.next().await, number);
        number += 1;
        if number > 20 {
            break;
        }
        worker.permits.add_permits(1);
        timeout(SOON, async { while server.connection().scard::<_, u32>(&done).await.unwrap() < number {} })
            .await
            .unwrap();
        queue::push(&server.redis, id, &more[number as usize..=number as usize]).await.unwrap();
        worker.ring.notify_one();
    }
    // Found by looking once a second, twenty batches take twenty seconds.
    assert!(started.elapsed() < Duration::from_secs(10));
    worker.stop().await;
}

#[tokio::test]
async fn a_worker_that_lost_its_registration_ends_and_gives_its_batches_back() {
    let server = Server::start().await;
    let (id, _) = server.campaign(300, 10.0).await;
    let mut worker = Worker::start(&server.redis, id, 1);
    worker.next().await;
    let _: () = server.connection().del(format!("{{{id}}}:workers")).await.unwrap();
    let ended = timeout(SOON, worker.task).await.unwrap().unwrap();
    assert!(ended.unwrap_err().to_string().contains("not registered"));
    assert_eq!(queued(&server, id).await.len(), 3);
}

#[tokio::test]
async fn finished_batches_are_forgotten_unless_somebody_may_have_to_be_sent_to_again() {
    let server = Server::start().await;
    let (id, batches) = server.campaign(200, 10_000.0).await;
    server.end(id, &batches[..1], |_| State::Sent).await;
    let mut worker = Worker::start(&server.redis, id, 2);
    worker.permits.add_permits(2);
    worker.next().await;
    worker.next().await;
    worker.stop().await;
    assert_eq!(queue::clean(&server.redis, id).await.unwrap(), 2);
    let kept: Vec<u32> = server.connection().hkeys(format!("{{{id}}}:data")).await.unwrap();
    assert_eq!(kept, [1], "nobody in batch 1 was sent to");
    let metadata: Vec<String> = server.connection().keys(format!("{{{id}}}:meta:*")).await.unwrap();
    assert_eq!(metadata, Vec::<String>::new());
}

#[tokio::test]
async fn a_batch_that_gives_way_is_fetched_again_after_those_that_waited() {
    let server = Server::start().await;
    let (id, _) = server.campaign(400, 10.0).await;
    let mut worker = Worker::start(&server.redis, id, 1);
    assert_eq!(worker.next().await, 0);
    assert!(queue::give_way(&server.redis, id, 0).await.unwrap());
    for batch in [1, 2, 3, 0] {
        worker.permits.add_permits(1);
        assert_eq!(worker.next().await, batch);
    }
    // Nobody waits behind it any more.
    assert!(!queue::give_way(&server.redis, id, 0).await.unwrap());
    worker.stop().await;
}
