use std::time::{Duration, Instant};

use drumbeat_common::{
    Status, Tps, catalog,
    ledger::{self, Claim, Claimer, Verdict, Worker},
    slot::{Lease, SlotTime},
};

use crate::server::{Server, new_claimer};

/// Everything that is nearer than the horizon, and the moment to ask again.
async fn reserve_all(server: &Server, batch: &drumbeat_common::Batch) -> (Vec<SlotTime>, SlotTime, SlotTime) {
    let mut slots = Vec::new();
    loop {
        match ledger::claim(&server.redis, batch, new_claimer(), 100, []).await.unwrap() {
            (Claim::Claimed { lease, recipients, .. }, _) => {
                assert_eq!(lease.slots, recipients.len());
                slots.extend(lease.iter());
            }
            (Claim::Wait { until, .. }, now) => return (slots, until, now),
            other => panic!("{other:?}"),
        }
    }
}

fn micros(from: SlotTime, to: SlotTime) -> i64 {
    to.as_micros().cast_signed() - from.as_micros().cast_signed()
}

#[tokio::test]
async fn slots_lie_an_interval_apart_whoever_takes_them() {
    let server = Server::start().await;
    let (_, batches) = server.campaign(200, 100.0).await;
    let (slots, until, now) = reserve_all(&server, &batches[0]).await;
    assert!(slots.len() >= 15, "{}", slots.len());
    assert!(micros(now, *slots.last().unwrap()) <= 200_000);
    for pair in slots.windows(2) {
        assert!((micros(pair[0], pair[1]) - 10_020).abs() <= 1, "{pair:?}");
    }
    // The next slot would lie beyond the horizon of 200 ms.
    let next = slots.last().unwrap().as_micros() + 10_020;
    assert!(next > now.as_micros() + 200_000 && next.abs_diff(until.as_micros() + 200_000) <= 1);
}

#[tokio::test]
async fn a_lease_is_twenty_milliseconds_of_the_rate_and_at_least_one_slot() {
    let server = Server::start().await;
    for (tps, slots) in [(0.5, 1), (10.0, 1), (100.0, 1), (500.0, 9), (2_000.0, 39), (10_000.0, 100)] {
        let (_, batches) = server.campaign(100, tps).await;
        assert_eq!(lease(&server, &batches[0], 100).await.slots, slots, "at {tps}");
    }
}

#[tokio::test]
async fn a_new_rate_holds_from_the_next_slot() {
    let server = Server::start().await;
    let (id, batches) = server.campaign(100, 0.1).await;
    let (slots, until, _) = reserve_all(&server, &batches[0]).await;
    assert_eq!(slots.len(), 1);
    assert!(micros(slots[0], until) > 9_000_000);
    catalog::set_tps(&server.redis, id, Tps::try_from(1_000.0).unwrap()).await.unwrap();
    let Lease { first, interval, .. } = lease(&server, &batches[0], 1).await;
    assert_eq!(interval, Duration::from_micros(1_002));
    assert!(micros(slots[0], first) < 250_000);
}

#[tokio::test]
async fn a_campaign_that_does_not_run_gives_no_slots() {
    let server = Server::start().await;
    let (id, batches) = server.load(10, 10.0).await;
    let stopped = async |expected| {
        let claim = ledger::claim(&server.redis, &batches[0], new_claimer(), 1, []).await.unwrap().0;
        assert_eq!(claim, Claim::Stopped(expected));
    };
    stopped(Some(Status::Loading)).await;
    catalog::start(&server.redis, id).await.unwrap();
    catalog::pause(&server.redis, id, None).await.unwrap();
    stopped(Some(Status::Paused)).await;
    assert_eq!(server.progress(id).await.counts.pending, 10);
}

async fn lease(server: &Server, batch: &drumbeat_common::Batch, most: usize) -> Lease {
    let claim = ledger::claim(&server.redis, batch, new_claimer(), most, []).await.unwrap().0;
    let Claim::Claimed { lease, .. } = claim else { panic!("{claim:?}") };
    lease
}

/// The nanoseconds between the slots of a lease.
async fn interval(server: &Server, batch: &drumbeat_common::Batch, most: usize) -> u128 {
    lease(server, batch, most).await.interval.as_nanos()
}

const AT_1000: u128 = 1_002_000;
const AT_1008: u128 = 994_048;

#[tokio::test]
async fn slots_that_a_stall_took_are_made_up_for_slowly_until_they_are() {
    let server = Server::start().await;
    let (_, batches) = server.campaign(1_000, 1_000.0).await;
    server.put_back(&batches[0], 2, &Verdict::None).await;
    assert_eq!(interval(&server, &batches[0], 1).await, AT_1000, "given up, and no stall");
    server.put_back(&batches[0], 1, &Verdict::Stalled).await;
    // One slot in 125, which come in leases of 19.
    for batch in &batches[1..8] {
        assert_eq!(interval(&server, batch, 19).await, AT_1008);
    }
    assert_eq!(interval(&server, &batches[8], 1).await, AT_1000);
}

#[tokio::test]
async fn nothing_is_made_up_for_at_a_provider_that_throttles() {
    let server = Server::start().await;
    let (_, batches) = server.campaign(200, 1_000.0).await;
    server.put_back(&batches[0], 5, &Verdict::Stalled).await;
    let throttled = Verdict::Throttled("ThrottlingException for sms".to_owned());
    server.put_back(&batches[0], 1, &throttled).await;
    assert_eq!(interval(&server, &batches[0], 1).await, AT_1000);
    server.put_back(&batches[0], 5, &Verdict::Stalled).await;
    assert_eq!(interval(&server, &batches[0], 1).await, AT_1000, "it throttled a moment ago");
}

#[tokio::test]
async fn nothing_is_made_up_for_at_another_rate_or_after_a_pause() {
    let server = Server::start().await;
    let (id, batches) = server.campaign(200, 1_000.0).await;
    for rate in [500.0, 1_000.0] {
        server.put_back(&batches[0], 5, &Verdict::Stalled).await;
        catalog::set_tps(&server.redis, id, Tps::try_from(rate).unwrap()).await.unwrap();
    }
    assert_eq!(interval(&server, &batches[0], 1).await, AT_1000);

    server.put_back(&batches[0], 5, &Verdict::Stalled).await;
    catalog::pause(&server.redis, id, None).await.unwrap();
    catalog::resume(&server.redis, id).await.unwrap();
    assert_eq!(interval(&server, &batches[0], 1).await, AT_1000);
}

#[tokio::test]
async fn every_lease_after_a_throttle_tells_that_the_provider_is_strict() {
    let server = Server::start().await;
    let (_, batches) = server.campaign(200, 1_000.0).await;
    assert!(!lease(&server, &batches[0], 1).await.is_strict);
    server.put_back(&batches[0], 1, &Verdict::Throttled("ThrottlingException for sms".to_owned())).await;
    assert!(lease(&server, &batches[0], 1).await.is_strict);
    assert!(lease(&server, &batches[1], 1).await.is_strict);
    let (_, others) = server.campaign(100, 1_000.0).await;
    assert!(!lease(&server, &others[0], 1).await.is_strict, "another campaign");
}

/// Asks for one slot until there is one; answers it and how far ahead of its time it came.
async fn first_slot(server: &Server, batch: &drumbeat_common::Batch, claimer: Claimer) -> (Lease, i64) {
    loop {
        match ledger::claim(&server.redis, batch, claimer, 1, []).await.unwrap() {
            (Claim::Claimed { lease, .. }, now) => return (lease, micros(now, lease.first)),
            (Claim::Wait { until, .. }, now) => {
                let wait = u64::try_from(micros(now, until)).unwrap_or_default();
                tokio::time::sleep(Duration::from_micros(wait)).await;
            }
            other => panic!("{other:?}"),
        }
    }
}

#[tokio::test]
async fn one_worker_holds_the_bucket_while_it_keeps_ahead() {
    let server = Server::start().await;
    let (_, batches) = server.campaign(200, 400.0).await;
    let other = Worker::generate().claimer();
    reserve_all(&server, &batches[0]).await;
    let claim = ledger::claim(&server.redis, &batches[1], other, 1, []).await.unwrap();
    let (Claim::Wait { until, .. }, now) = claim else { panic!("{claim:?}") };
    assert!(micros(now, until) > 140_000, "what lies up to 200 ms ahead is the holder's");
}

#[tokio::test]
async fn who_takes_over_from_a_silent_holder_hears_how_late_its_messages_are() {
    let server = Server::start().await;
    let (_, batches) = server.campaign(200, 400.0).await;
    let lag = Duration::from_micros(7_500);
    let claim = async |batch, claimer: Claimer| {
        ledger::claim(&server.redis, batch, claimer, 100, []).await.unwrap().0
    };
    let holder = new_claimer().lagging(lag);
    let mut last = None;
    while let Claim::Claimed { lease, .. } = claim(&batches[0], holder).await {
        assert_eq!(lease.overlap, Duration::ZERO);
        last = lease.iter().last();
    }
    let other = Worker::generate().claimer();
    let (lease, ahead) = first_slot(&server, &batches[1], other).await;
    assert_eq!(lease.overlap, Duration::from_millis(20), "twice as late, and a bit");
    assert!(ahead <= 60_000, "{ahead}");
    assert!((micros(last.unwrap(), lease.first) - 2_505).abs() <= 1, "no slot is lost");
    let Claim::Claimed { lease, .. } = claim(&batches[1], other).await else {
        panic!("it is the holder now")
    };
    assert_eq!(lease.overlap, Duration::ZERO);
    assert!(matches!(claim(&batches[0], holder).await, Claim::Wait { .. }));
}

#[tokio::test]
async fn others_help_a_holder_that_does_not_keep_up() {
    let server = Server::start().await;
    let (_, batches) = server.campaign(200, 50.0).await;
    let (holder, other) = (new_claimer(), Worker::generate().claimer());
    let (start, mut helped) = (Instant::now(), None);
    // One slot at a time, and each only when it has come.
    while helped.is_none() {
        let (_, ahead) = first_slot(&server, &batches[0], holder).await;
        tokio::time::sleep(Duration::from_micros(u64::try_from(ahead).unwrap_or_default())).await;
        let claim = ledger::claim(&server.redis, &batches[1], other, 1, []).await.unwrap().0;
        helped = matches!(claim, Claim::Claimed { .. }).then(|| start.elapsed());
    }
    assert!(helped > Some(Duration::from_secs(1)), "{helped:?}");
}
