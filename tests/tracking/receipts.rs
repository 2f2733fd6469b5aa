//! Reports come twice, in any order, and before the table knows of the message.

use drumbeat_common::{Arrival, Channel, Counts, FailureState};
use serde_json::json;

use crate::{
    counter::Service,
    courier::{arrival_of, bring, reports, reports_of},
    scene::{Scene, until},
    stand_in::python,
};

/// Moto takes 40 reports a second at best.
fn messages() -> u32 {
    if python().is_some() { 300 } else { 10_000 }
}

fn expected(total: u32) -> Counts {
    let of = |arrival| {
        let here = (0..total).filter(|index| {
            let reached = arrival_of(*index);
            // House's campaign has one channel after the other, and nobody knows when a text is read.
            match (reached, index % 3) {
                (Arrival::Read, 0) => arrival == Arrival::Delivered,
                _ => arrival == reached,
            }
        });
        here.count() as u64
    };
    let (read, total) = (of(Arrival::Read), u64::from(total));
    Counts {
        total,
        sent: total,
        delivered: of(Arrival::Delivered) + read,
        undelivered: of(Arrival::Undelivered),
        read,
        ..Counts::default()
    }
}

#[tokio::test]
async fn ten_thousand_reports_count_exactly_however_they_come() {
    let scene = Scene::open(2).await;
    let total = messages();
    // Of the first half the table does not know yet when the reports come.
    scene.counter.becomes(Service::Closed);
    let id = scene.house.send(total, 250.0).await;
    scene.house.until(id, |progress| progress.counts.sent >= u64::from(total) / 2).await;
    let early = scene.house.messages().await;
    let early = &early[..total as usize / 2];
    let first = reports(scene.stand_in.account(), early, 1);
    let opened = async {
        scene.house.until(id, |progress| progress.counts.delivered > u64::from(total) / 10).await;
        scene.counter.becomes(Service::Open);
    };
    tokio::join!(opened, bring(&scene.stand_in, &first));
    scene.house.completed(id).await;
    let messages = scene.house.messages().await;
    let second = reports(scene.stand_in.account(), &messages[early.len()..], 2);
    bring(&scene.stand_in, &second).await;
    let expected = expected(total);
    scene.house.until(id, |progress| progress.counts == expected).await;
    assert_eq!(scene.check(id).await, expected);
    scene.house.stack.stop().await;
}

#[tokio::test]
async fn reports_settle_doubts_and_the_table_hears_of_these_messages() {
    let scene = Scene::open(1).await;
    // SMS are accepted, and the answers never come.
    scene.house.behave(json!({ "faults": [{ "service": "sms", "kind": "cut_after" }] })).await;
    let id = scene.house.send(30, 100.0).await;
    let progress = scene.house.completed(id).await;
    assert_eq!((progress.counts.sent, progress.counts.in_doubt), (20, 10));
    assert!(scene.house.failures(id).await.iter().all(|failure| failure.state == FailureState::InDoubt));
    let messages = scene.house.messages().await;
    let texts = messages.iter().filter(|message| message.service == Channel::Sms);
    let account = scene.stand_in.account();
    let reports: Vec<_> = texts.flat_map(|message| reports_of(account, message)).collect();
    bring(&scene.stand_in, &reports).await;
    scene.house.until(id, |progress| progress.counts.in_doubt == 0).await;
    until("every text arrived, or did not", async || {
        let counts = scene.house.progress(id).await.channels.sms;
        counts.delivered + counts.undelivered == 10
    })
    .await;
    scene.check(id).await;
    assert_eq!(scene.house.failures(id).await, []);
    let items = scene.items().await;
    assert!(items.iter().all(|item| !item["customer_id"].as_s().unwrap().is_empty()), "{items:?}");
    scene.house.stack.stop().await;
}
