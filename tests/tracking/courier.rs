//! Brings reports about accepted messages, as AWS would: each up to three times, in any order.

use std::time::{Duration, Instant};

use aws_sdk_sqs::types::SendMessageBatchRequestEntry;
use drumbeat_common::{Arrival, Channel};
use rand::{RngExt, SeedableRng, rngs::StdRng, seq::SliceRandom};
use serde_json::{Value, json};

use crate::{
    house::{Accepted, PATIENCE},
    stand_in::StandIn,
};

/// SQS takes no more at once.
const GROUP: usize = 10;
/// Moto gets slow with a long queue.
const LONGEST: u64 = 30;

/// How far a message comes, by its recipient's place.
pub(crate) const fn arrival_of(recipient: u32) -> Arrival {
    match recipient % 10 {
        0 => Arrival::Undelivered,
        1 | 2 => Arrival::Read,
        _ => Arrival::Delivered,
    }
}

/// The reports about messages, each one to three times, well mixed.
pub(crate) fn reports(account: &str, messages: &[Accepted], seed: u64) -> Vec<Value> {
    let mut dice = StdRng::seed_from_u64(seed);
    let mut reports = Vec::new();
    for message in messages {
        for report in reports_of(account, message) {
            let times = dice.random_range(1..=3);
            reports.extend(std::iter::repeat_n(report, times));
        }
    }
    reports.shuffle(&mut dice);
    reports
}

/// What is told of one message, in its natural order.
pub(crate) fn reports_of(account: &str, message: &Accepted) -> Vec<Value> {
    let arrival = arrival_of(message.recipient);
    match (message.service, arrival) {
        (Channel::Sms, Arrival::Undelivered) => vec![sms(account, message, "TEXT_CARRIER_UNREACHABLE", true)],
        // Nobody knows when a text is read.
        (Channel::Sms, _) => {
            vec![sms(account, message, "TEXT_QUEUED", false), sms(account, message, "TEXT_DELIVERED", true)]
        }
        (Channel::Whatsapp, Arrival::Undelivered) => vec![whatsapp(account, message, "failed")],
        (Channel::Whatsapp, Arrival::Read) => {
            ["sent", "delivered", "read"].map(|status| whatsapp(account, message, status)).to_vec()
        }
        (Channel::Whatsapp, _) => {
            ["sent", "delivered"].map(|status| whatsapp(account, message, status)).to_vec()
        }
        (Channel::Email, Arrival::Undelivered) => vec![email(account, message, "Email Bounced")],
        (Channel::Email, Arrival::Read) => {
            ["Email Delivered", "Email Opened"].map(|kind| email(account, message, kind)).to_vec()
        }
        (Channel::Email, _) => vec![email(account, message, "Email Delivered")],
    }
}

fn event(account: &str, kind: &str, source: &str, detail: &Value) -> Value {
    json!({
        "version": "0", "id": "4f5a1cf2-6c1a-4a11-9c38-0d5a6f2b7c11", "detail-type": kind, "source": source,
        "account": account, "time": "2026-05-01T10:00:05Z", "region": "us-east-1", "resources": [],
        "detail": detail,
    })
}

fn sms(account: &str, message: &Accepted, kind: &str, is_final: bool) -> Value {
    let detail = json!({
        "eventType": kind, "eventVersion": "1.0", "eventTimestamp": 1_777_629_605_000_u64, "isFinal": is_final,
        "messageId": message.message_id, "destinationPhoneNumber": message.to,
        "context": { "campaign_id": message.campaign_id, "recipient": message.recipient.to_string() },
    });
    event(account, "Text Message Delivery Status Updated", "aws.sms-voice", &detail)
}

fn email(account: &str, message: &Accepted, kind: &str) -> Value {
    let at = "2026-05-01T10:00:05.000Z";
    let (word, name, what) = match kind {
        "Email Bounced" => (
            "Bounce",
            "bounce",
            json!({
                "bounceType": "Transient", "bounceSubType": "General", "timestamp": at, "feedbackId": "f-1",
                "bouncedRecipients": [{ "emailAddress": message.to }],
            }),
        ),
        "Email Opened" => {
            ("Open", "open", json!({ "timestamp": at, "ipAddress": "192.0.2.1", "userAgent": "test" }))
        }
        _ => (
            "Delivery",
            "delivery",
            json!({ "timestamp": at, "recipients": [message.to], "smtpResponse": "250 ok" }),
        ),
    };
    let detail = json!({
        "eventType": word, name: what,
        "mail": {
            "timestamp": "2026-05-01T10:00:00.000Z", "messageId": message.message_id,
            "sendingAccountId": account, "destination": [message.to],
            "tags": { "campaign_id": [message.campaign_id], "recipient": [message.recipient.to_string()] },
        },
    });
    event(account, kind, "aws.ses", &detail)
}

fn whatsapp(account: &str, message: &Accepted, status: &str) -> Value {
    let mut told = json!({
        "id": format!("wamid.{}", message.message_id), "status": status, "timestamp": "1777629605",
        "recipient_id": message.to.trim_start_matches('+'),
        "biz_opaque_callback_data": format!("{}/{}", message.campaign_id, message.recipient),
    });
    if status == "failed" {
        told["errors"] = json!([{ "code": 131_026, "title": "Message undeliverable" }]);
    }
    let entry = json!({
        "id": "waba", "changes": [{ "field": "messages", "value": {
            "messaging_product": "whatsapp", "metadata": { "phone_number_id": "1" }, "statuses": [told],
        } }],
    });
    let text = json!({
        "context": { "MetaWabaIds": [], "MetaPhoneNumberIds": [] }, "whatsAppWebhookEntry": entry.to_string(),
        "aws_account_id": account, "message_timestamp": "2026-05-01T10:00:05.000Z",
        "messageId": message.message_id,
    });
    json!({
        "Type": "Notification", "MessageId": "5f2f4c0e-1c1f-5d39-8c3c-1e0c6a5d5b11",
        "TopicArn": format!("arn:aws:sns:us-east-1:{account}:whatsapp"), "Message": text.to_string(),
        "Timestamp": "2026-05-01T10:00:05.000Z",
    })
}

/// Puts reports into the queue, no more at once than it bears.
pub(crate) async fn bring(stand_in: &StandIn, reports: &[Value]) {
    for (n, group) in reports.chunks(GROUP).enumerate() {
        if n % 2 == 0 {
            until_shorter(stand_in).await;
        }
        let entry = |(n, report): (usize, &Value)| {
            SendMessageBatchRequestEntry::builder()
                .id(n.to_string())
                .message_body(report.to_string())
                .build()
                .unwrap()
        };
        let entries = group.iter().enumerate().map(entry).collect();
        let call =
            stand_in.sqs.send_message_batch().queue_url(&stand_in.queue_url).set_entries(Some(entries));
        let answer = call.send().await.unwrap();
        assert!(answer.failed().is_empty(), "{:?}", answer.failed());
    }
}

/// Waits until no more wait in the queue than it bears.
async fn until_shorter(stand_in: &StandIn) {
    let patience_ends = Instant::now() + PATIENCE;
    loop {
        let waiting = stand_in.waiting(&stand_in.queue_url).await;
        if waiting <= LONGEST {
            return;
        }
        assert!(Instant::now() < patience_ends, "{waiting} reports wait, and nobody takes them");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}
