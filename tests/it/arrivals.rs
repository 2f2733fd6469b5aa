//! What becomes of messages after they are sent, as the simulator tells it.

use drumbeat_common::{Channel, Counts, Status};
use serde_json::{Value, json};

use crate::house::{House, phone};

fn emails(total: u32, mailbox: &str) -> Vec<Value> {
    let email = |index| {
        json!({
            "customer_id": format!("CUST-{index}"), "channel": "email", "subject": "Hello", "message": "Hello",
            "email": format!("{mailbox}+{index}@simulator.amazonses.com"),
        })
    };
    (0..total).map(email).collect()
}

#[tokio::test]
async fn every_report_is_counted_and_told_to_the_table() {
    let house = House::open_tracking(2).await;
    house
        .behave(json!({ "receipts": {
            "delay": "uniform:0-300", "disorder": "uniform:0-300", "failures": 0.2, "duplicates": 0.5, "read": 0.5,
        }, "seed": 7 }))
        .await;
    let id = house.send(300, 150.0).await;
    let progress = house
        .until(id, |progress| {
            let Counts { sent, delivered, undelivered, .. } = progress.counts;
            sent == 300 && delivered + undelivered == 300 && progress.untracked == 0
        })
        .await;
    assert_eq!(progress.status, Status::Completed);
    assert!(progress.counts.undelivered > 20 && progress.counts.read > 20, "{:?}", progress.counts);
    assert!(house.client.recount(id).await.unwrap().equal);
    house.stack.stop().await;
}

#[tokio::test]
async fn who_bounced_or_complained_is_not_sent_to_again() {
    let house = House::open_tracking(1).await;
    house.behave(json!({ "receipts": {} })).await;
    for (mailbox, counted) in [
        ("bounce", Counts { undelivered: 3, ..Counts::default() }),
        ("complaint", Counts { delivered: 3, ..Counts::default() }),
    ] {
        let list = json!({ "name": mailbox, "tps": 100, "recipients": emails(3, mailbox) });
        let id = house.post(&list).await;
        let expected = Counts { total: 3, sent: 3, ..counted };
        let progress = house
            .until(id, |progress| progress.counts == expected && progress.bounces + progress.complaints == 3)
            .await;
        assert_eq!(progress.channels.get(Channel::Email).total, 3);
        let again = house.post(&list).await;
        let counts = house.completed(again).await.counts;
        assert_eq!(counts, Counts { total: 3, skipped: 3, ..Counts::default() });
    }
    house.stack.stop().await;
}

#[tokio::test]
async fn a_campaign_that_bounces_too_often_pauses_by_itself() {
    let house = House::open_tracking(1).await;
    house.behave(json!({ "receipts": {} })).await;
    let mut recipients = emails(220, "success");
    recipients.splice(180..200, emails(20, "bounce"));
    // However late the reports are on a busy machine, somebody is left to be sent to: for a minute and more.
    let waiting =
        |index| json!({ "customer_id": "S", "channel": "sms", "phone": phone(index), "message": "Hello" });
    recipients.extend((0..4_000).map(waiting));
    let id = house.post(&json!({ "name": "old list", "tps": 60, "recipients": recipients })).await;
    let progress = house.until(id, |progress| progress.status == Status::Paused).await;
    let reason = progress.status_reason.unwrap();
    assert!(reason.contains("emails bounced for good") && reason.contains("limit of 5 %"), "{reason}");
    house.stack.stop().await;
}
