use std::collections::HashSet;

use drumbeat::stack::Signal;
use drumbeat_common::{Channel, Counts, Status};
use serde_json::json;

use crate::house::{House, PATIENCE, campaign, phone};

#[tokio::test]
async fn everybody_is_sent_to_once_and_by_their_own_channel() {
    let house = House::open(2).await;
    let id = house.send(1_000, 200.0).await;
    let progress = house.completed(id).await;
    assert_eq!(progress.counts, Counts { total: 1_000, sent: 1_000, ..Counts::default() });
    assert_eq!((progress.batches.total, progress.batches.done), (10, 10));
    let messages = house.messages().await;
    let recipients: HashSet<_> = messages.iter().map(|message| message.recipient).collect();
    let names: HashSet<_> = messages.iter().map(|message| &message.message_id).collect();
    assert_eq!((messages.len(), recipients.len(), names.len()), (1_000, 1_000, 1_000));
    for message in &messages {
        assert_eq!(message.campaign_id, id);
        assert_eq!(message.service, Channel::ALL[message.recipient as usize % 3]);
        assert_eq!(message.to.contains('@'), message.service == Channel::Email);
    }
    assert_eq!(house.stats().await.duplicates, 0);
    house.until_forgotten(id).await;
    house.stack.stop().await;
}

#[tokio::test]
async fn a_dry_run_goes_through_everything_but_the_call() {
    let house = House::open(1).await;
    let mut campaign = campaign(300, 500.0);
    campaign["dry_run"] = json!(true);
    let id = house.post(&campaign).await;
    let progress = house.completed(id).await;
    assert!(progress.dry_run);
    assert_eq!(progress.counts, Counts { total: 300, sent: 300, ..Counts::default() });
    assert_eq!(house.stats().await.total, 0);
}

#[tokio::test]
async fn what_fails_says_why_and_what_is_away_is_tried_again() {
    let house = House::open(1).await;
    house
        .behave(json!({ "faults": [
            { "address": phone(0), "kind": "reject" },
            { "address": phone(1), "kind": "cut_before" },
            { "address": "success+000002@simulator.amazonses.com", "kind": "cut_after" },
            { "service": "email", "share": 0.2, "kind": "throttle" },
        ], "seed": 7 }))
        .await;
    let id = house.send(90, 300.0).await;
    let progress = house.completed(id).await;
    assert_eq!(progress.counts, Counts { total: 90, sent: 87, failed: 1, in_doubt: 2, ..Counts::default() });
    let failures = house.failures(id).await;
    let codes: Vec<_> = failures.iter().map(|failure| (failure.index, failure.code.as_str())).collect();
    assert_eq!(codes, [(0, "ConflictException"), (1, "ConnectionCut"), (2, "ConnectionCut")]);
    assert_eq!(failures[0].customer_id, "CUST-000000");
    let words = &failures[1].message;
    assert!(words.contains("connection closed") && !words.contains('{'), "{words}");
    let stats = house.stats().await;
    // The one that was cut after it was accepted went out all the same.
    assert_eq!((stats.total, stats.duplicates), (88, 0));
    assert!(stats.services.email.throttled > 0);
}

#[tokio::test]
async fn what_nobody_can_be_sent_pauses_the_campaign_and_consumes_nobody() {
    let house = House::open(1).await;
    house
        .behave(
            json!({ "faults": [{ "service": "sms", "kind": "reject", "code": "AccessDeniedException" }] }),
        )
        .await;
    let id = house.send(300, 100.0).await;
    let progress = house.until(id, |p| p.status == Status::Paused && p.counts.sending == 0).await;
    assert!(progress.status_reason.unwrap().starts_with("AccessDeniedException"));
    assert_eq!((progress.counts.failed, progress.counts.in_doubt), (0, 0));

    house.behave(json!({})).await;
    house.client.resume(id).await.unwrap();
    let progress = house.completed(id).await;
    assert_eq!(progress.counts, Counts { total: 300, sent: 300, ..Counts::default() });
    assert_eq!(house.stats().await.duplicates, 0);
}

#[tokio::test]
async fn a_killed_workers_batches_are_taken_over_and_its_doubts_told() {
    let house = House::open(2).await;
    house
        .behave(json!({ "latency": { "sms": "fixed:100", "whatsapp": "fixed:100", "email": "fixed:100" } }))
        .await;
    let id = house.send(1_500, 100.0).await;
    house.until(id, |progress| progress.counts.sent > 200).await;
    house.stack.workers[house.sender(id).await].kill(Signal::SIGKILL).unwrap();
    let progress = house.completed(id).await;
    let counts = progress.counts;
    assert_eq!(counts.sent + counts.in_doubt, 1_500, "{counts:?}");
    assert!((1..40).contains(&counts.in_doubt), "{counts:?}");
    let stats = house.stats().await;
    assert_eq!(stats.duplicates, 0);
    // Everybody that the ledger calls sent was sent to; of the doubts, some.
    assert!((counts.sent..=1_500).contains(&stats.total), "{} of {counts:?}", stats.total);
}

#[tokio::test]
async fn stopped_workers_leave_no_doubt_and_others_go_on() {
    let mut house = House::open(2).await;
    house
        .behave(json!({ "latency": { "sms": "fixed:300", "whatsapp": "fixed:300", "email": "fixed:300" } }))
        .await;
    let id = house.send(600, 100.0).await;
    house.until(id, |progress| progress.counts.sent > 100).await;
    for worker in &mut house.stack.workers {
        worker.kill(Signal::SIGTERM).unwrap();
    }
    for worker in &mut house.stack.workers {
        assert!(worker.wait().await.unwrap().success());
    }
    let between = house.progress(id).await;
    assert_eq!((between.counts.sending, between.counts.in_doubt), (0, 0));
    assert!(between.counts.pending > 0);
    for worker in &mut house.stack.workers {
        worker.restart().await.unwrap();
    }
    let progress = house.completed(id).await;
    assert_eq!(progress.counts, Counts { total: 600, sent: 600, ..Counts::default() });
    assert_eq!(house.stats().await.duplicates, 0);
}

#[tokio::test]
async fn a_redis_that_dies_and_comes_back_is_waited_for() {
    let mut house = House::open(2).await;
    let id = house.send(900, 150.0).await;
    house.until(id, |progress| progress.counts.sent > 200).await;
    house.stack.redis.kill(Signal::SIGKILL).unwrap();
    house.stack.redis.wait().await.unwrap();
    assert!(house.client.progress(id).await.is_err());
    house.stack.redis.restart().await.unwrap();
    let coming_back = async { while house.client.progress(id).await.is_err() {} };
    tokio::time::timeout(PATIENCE, coming_back).await.unwrap();
    let counts = house.completed(id).await.counts;
    assert_eq!((counts.sent + counts.in_doubt, counts.failed), (900, 0), "{counts:?}");
    let stats = house.stats().await;
    assert_eq!(stats.duplicates, 0);
    assert!(stats.total >= counts.sent, "{} of {counts:?}", stats.total);
}
