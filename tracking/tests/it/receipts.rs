use std::time::Duration;

use drumbeat_common::{
    Address, CampaignId, Channel, LedgerByte, RecipientIndex, RecipientRef, Redis, ReputationLimits, State,
    Status, ledger, outbox, receipt_counts, suppression,
};
use drumbeat_tracking::{
    DeliveryTable,
    receipts::{Incoming, Receiver, Reception, Trouble, Verdict},
};
use jiff::{SignedDuration, Timestamp};
use rand::seq::SliceRandom;
use serde_json::{Value, json};

use crate::{
    server::{Server, new_claimer},
    table::Table,
};

const ACCOUNT: &str = "111122223333";
const LATER: Verdict = Verdict::Later(Duration::from_secs(30));

/// Whom an event says it is about, if it does.
#[derive(Clone, Copy)]
enum Names {
    Recipient,
    Message,
}

fn sms(recipient: RecipientRef, event_type: &str, names: Names, at: Timestamp) -> String {
    let context = match names {
        Names::Recipient => {
            json!({ "campaign_id": recipient.campaign.to_string(), "recipient": recipient.index.to_string() })
        }
        Names::Message => Value::Null,
    };
    event(
        "aws.sms-voice",
        "Text Message Delivery Status Updated",
        &json!({
            "eventType": event_type, "eventTimestamp": at.as_millisecond(), "isFinal": true,
            "messageId": message_id(recipient), "context": context,
        }),
    )
}

fn email(recipient: RecipientRef, kind: &str, told: &Value) -> String {
    let mut detail = json!({
        "mail": {
            "timestamp": Timestamp::now(), "messageId": message_id(recipient),
            "destination": [format!("success+{}@simulator.amazonses.com", recipient.index)],
            "tags": { "campaign_id": [recipient.campaign.to_string()], "recipient": [recipient.index.to_string()] },
        },
    });
    detail.as_object_mut().unwrap().extend(told.as_object().unwrap().clone());
    event("aws.ses", kind, &detail)
}

fn bounce(recipient: RecipientRef) -> String {
    let told =
        json!({ "bounceType": "Permanent", "bounceSubType": "General", "timestamp": Timestamp::now() });
    email(recipient, "Email Bounced", &json!({ "bounce": told }))
}

fn opened(recipient: RecipientRef) -> String {
    email(recipient, "Email Opened", &json!({ "open": { "timestamp": Timestamp::now() } }))
}

fn event(source: &str, kind: &str, detail: &Value) -> String {
    json!({ "detail-type": kind, "source": source, "account": ACCOUNT, "detail": detail }).to_string()
}

fn whatsapp(aws_id: Option<&str>, statuses: &[(RecipientRef, &str)]) -> String {
    whatsapp_at(Timestamp::now(), aws_id, statuses)
}

fn whatsapp_at(at: Timestamp, aws_id: Option<&str>, statuses: &[(RecipientRef, &str)]) -> String {
    let statuses: Vec<_> = statuses
        .iter()
        .map(|(recipient, status)| {
            json!({
                "id": format!("wamid.{}", recipient.index), "status": status,
                "timestamp": at.as_second().to_string(),
                "biz_opaque_callback_data": recipient.to_string(),
            })
        })
        .collect();
    let entry = json!({ "changes": [{ "value": { "statuses": statuses } }] });
    json!({ "whatsAppWebhookEntry": entry.to_string(), "aws_account_id": ACCOUNT, "messageId": aws_id })
        .to_string()
}

fn message_id(recipient: RecipientRef) -> String {
    format!("message-{}", recipient.index)
}

fn recipient(campaign: CampaignId, index: u32) -> RecipientRef {
    RecipientRef { campaign, index: RecipientIndex::new(index) }
}

fn receiver(redis: &Redis, table: Option<DeliveryTable>) -> Receiver {
    Receiver::new(redis.clone(), table, ReputationLimits::default())
}

async fn receive(receiver: &Receiver, bodies: &[String]) -> Reception {
    let account = ACCOUNT.parse().unwrap();
    let incoming: Vec<_> =
        bodies.iter().map(|body| Incoming { body, times: 1, account: Some(&account) }).collect();
    receiver.receive(&incoming).await
}

async fn verdicts(receiver: &Receiver, bodies: &[String]) -> Vec<Verdict> {
    receive(receiver, bodies).await.verdicts
}

/// A campaign of which everybody was sent to, one channel after the other.
async fn sent(server: &Server, total: u32) -> CampaignId {
    let (campaign, batches) = server.campaign(total, 10_000.0).await;
    server.end(campaign, &batches, |_| State::Sent).await;
    campaign
}

async fn states(server: &Server, campaign: CampaignId) -> Vec<State> {
    let ledger = ledger::read(&server.redis, campaign).await.unwrap();
    ledger.into_iter().map(|LedgerByte { state, .. }| state).collect()
}

async fn count(server: &Server, kind: &str) -> u64 {
    receipt_counts::counts(&server.redis).await.unwrap().get(kind).copied().unwrap_or_default()
}

#[tokio::test]
async fn receipts_in_any_order_and_number_come_to_the_same() {
    let server = Server::start().await;
    let campaign = sent(&server, 300).await;
    let now = Timestamp::now();
    let mut bodies = Vec::new();
    for index in 0..300 {
        let whom = recipient(campaign, index);
        let reports = match (index % 3, index % 2) {
            (0, 0) => ["TEXT_QUEUED", "TEXT_DELIVERED"].map(|kind| sms(whom, kind, Names::Recipient, now)),
            (0, _) => ["TEXT_PENDING", "TEXT_INVALID"].map(|kind| sms(whom, kind, Names::Recipient, now)),
            (1, 0) => ["delivered", "read"].map(|word| whatsapp(Some(&message_id(whom)), &[(whom, word)])),
            (1, _) => ["sent", "failed"].map(|word| whatsapp(Some(&message_id(whom)), &[(whom, word)])),
            (_, 0) => [opened(whom), opened(whom)],
            _ => [bounce(whom), bounce(whom)],
        };
        for report in reports {
            bodies.extend(std::iter::repeat_n(report, 1 + index as usize / 6 % 3));
        }
    }
    bodies.shuffle(&mut rand::rng());
    // Half of these emails bounce, and the campaign is over: nothing is paused by it.
    let receiver = receiver(&server.redis, None);
    for group in bodies.chunks(10) {
        assert_eq!(verdicts(&receiver, group).await, vec![Verdict::Done; group.len()]);
    }
    for (index, state) in states(&server, campaign).await.into_iter().enumerate() {
        let expected = match (index % 3, index % 2) {
            (0, 0) => State::Delivered,
            (1 | 2, 0) => State::Read,
            _ => State::Undelivered,
        };
        assert_eq!(state, expected, "{index}");
    }
    assert_eq!(suppression::count(&server.redis).await.unwrap(), 50);
    let bounced: Address =
        Address::new(Channel::Email, "success+5@simulator.amazonses.com".to_owned()).unwrap();
    let suppressed = suppression::get(&server.redis, &bounced).await.unwrap().unwrap();
    assert_eq!(suppressed.reason.as_str(), "bounced");
    let bounces: usize = (0..50).map(|place| 2 * (1 + place % 3)).sum();
    assert_eq!(count(&server, "email.Bounce").await, bounces as u64);
}

#[tokio::test]
async fn what_is_no_receipt_is_counted_and_dropped() {
    let server = Server::start().await;
    let campaign = sent(&server, 3).await;
    let whom = recipient(campaign, 0);
    let good = sms(whom, "TEXT_DELIVERED", Names::Recipient, Timestamp::now());
    let bodies = [
        "{".to_owned(),
        good.replace(ACCOUNT, "999988887777"),
        good.replace("TEXT_DELIVERED", "TEXT_NEW"),
        good.replace(&message_id(whom), &"x".repeat(10_000)),
        format!("{{\"pad\":\"{}\"}}", "x".repeat(256 * 1024)),
        sms(recipient(campaign, 3), "TEXT_DELIVERED", Names::Recipient, Timestamp::now()),
        sms(recipient(CampaignId::generate(), 0), "TEXT_DELIVERED", Names::Recipient, Timestamp::now()),
        // An SMS to somebody who gets email.
        sms(recipient(campaign, 2), "TEXT_DELIVERED", Names::Recipient, Timestamp::now()),
        good,
    ];
    let receiver = receiver(&server.redis, None);
    assert_eq!(verdicts(&receiver, &bodies).await, [Verdict::Done; 9]);
    assert_eq!(states(&server, campaign).await, [State::Delivered, State::Sent, State::Sent]);
    assert_eq!(count(&server, "malformed").await, 3);
    assert_eq!(count(&server, "wrong_account").await, 1);
    assert_eq!(count(&server, "unknown.sms.TEXT_NEW").await, 1);
    assert_eq!(count(&server, "unknown_recipient").await, 3);
    assert_eq!(count(&server, "sms.TEXT_DELIVERED").await, 4);
}

#[tokio::test]
async fn kinds_without_end_do_not_fill_the_memory() {
    let server = Server::start().await;
    let receiver = receiver(&server.redis, None);
    let kinds: Vec<_> =
        (0..300).map(|number| event("aws.odd", &format!("Kind {number}"), &json!({}))).collect();
    verdicts(&receiver, &kinds).await;
    let counts = receipt_counts::counts(&server.redis).await.unwrap();
    assert_eq!(counts.len(), 201);
    assert_eq!(counts["other"], 100);
}

#[tokio::test]
async fn who_is_being_sent_to_is_told_later() {
    let server = Server::start().await;
    let (campaign, batches) = server.campaign(3, 1000.0).await;
    let claimer = new_claimer();
    let held = crate::server::claim_all(&server.redis, &batches[0], claimer).await;
    let receiver = receiver(&server.redis, None);
    let body = [sms(recipient(campaign, 0), "TEXT_DELIVERED", Names::Recipient, Timestamp::now())];
    assert_eq!(verdicts(&receiver, &body).await, [Verdict::Later(Duration::from_secs(15))]);
    assert_eq!(count(&server, "sms.TEXT_DELIVERED").await, 0);
    let settled = crate::server::settlements(&held, |index| crate::server::settled(index, State::InDoubt));
    ledger::settle(&server.redis, campaign, &settled).await.unwrap();
    assert_eq!(verdicts(&receiver, &body).await, [Verdict::Done]);
    assert_eq!(states(&server, campaign).await, [State::Delivered, State::InDoubt, State::InDoubt]);
}

#[tokio::test]
async fn a_receipt_that_names_nobody_finds_its_recipient_in_the_table() {
    let (server, table) = (Server::start().await, Table::default());
    let campaign = sent(&server, 6).await;
    let (known, unknown) = (recipient(campaign, 0), recipient(campaign, 3));
    table.put(&message_id(known), known);
    let receiver = receiver(&server.redis, Some(table.serve().await));
    let now = Timestamp::now();
    let old = now - SignedDuration::from_mins(11);
    let [young, known, old] = [
        sms(unknown, "TEXT_DELIVERED", Names::Message, now),
        sms(known, "TEXT_DELIVERED", Names::Message, now),
        sms(unknown, "TEXT_DELIVERED", Names::Message, old),
    ];
    assert_eq!(
        verdicts(&receiver, &[young.clone(), known.clone(), known, old]).await,
        [LATER, Verdict::Done, Verdict::Done, Verdict::Done]
    );
    assert_eq!(table.asked(), 1);
    assert_eq!(count(&server, "unknown_message").await, 1);
    assert_eq!(
        states(&server, campaign).await[..4],
        [State::Delivered, State::Sent, State::Sent, State::Sent]
    );
    let third = receiver.receive(&[Incoming { body: &young, times: 3, account: None }]).await;
    assert_eq!(third.verdicts, [Verdict::Later(Duration::from_secs(120))]);
    table.put(&message_id(unknown), unknown);
    assert_eq!(verdicts(&receiver, &[young]).await, [Verdict::Done]);
    assert_eq!(states(&server, campaign).await[3], State::Delivered);
}

#[tokio::test]
async fn without_a_table_a_receipt_that_names_nobody_is_not_waited_for() {
    let server = Server::start().await;
    let campaign = sent(&server, 3).await;
    let body = sms(recipient(campaign, 0), "TEXT_DELIVERED", Names::Message, Timestamp::now());
    assert_eq!(verdicts(&receiver(&server.redis, None), &[body]).await, [Verdict::Done]);
    assert_eq!(count(&server, "unknown_message").await, 1);
}

#[tokio::test]
async fn while_the_table_is_away_only_those_wait_that_need_it() {
    let (server, table) = (Server::start().await, Table::default());
    let campaign = sent(&server, 6).await;
    let (first, second) = (recipient(campaign, 0), recipient(campaign, 3));
    table.put(&message_id(second), second);
    table.set_away(true);
    let receiver = receiver(&server.redis, Some(table.serve().await));
    let now = Timestamp::now();
    let bodies = [
        sms(first, "TEXT_DELIVERED", Names::Recipient, now),
        sms(second, "TEXT_DELIVERED", Names::Message, now),
    ];
    let reception = receive(&receiver, &bodies).await;
    assert_eq!(reception.verdicts, [Verdict::Done, LATER]);
    let Some(Trouble::Table(error)) = reception.trouble else { panic!("the table is away") };
    assert!(error.to_string().contains("dynamodb:BatchGetItem"), "{error}");
    table.set_away(false);
    assert_eq!(verdicts(&receiver, &bodies).await, [Verdict::Done, Verdict::Done]);
    assert_eq!(states(&server, campaign).await[3], State::Delivered);
}

#[tokio::test]
async fn while_redis_is_away_everything_waits() {
    let server = Server::start().await;
    let campaign = sent(&server, 3).await;
    let receiver = receiver(&server.redis, None);
    let bodies = [
        bounce(recipient(campaign, 2)),
        sms(recipient(campaign, 0), "TEXT_SPAM", Names::Recipient, Timestamp::now()),
    ];
    drop(server);
    let reception = receive(&receiver, &bodies).await;
    assert_eq!(reception.verdicts, [LATER, LATER]);
    assert!(matches!(reception.trouble, Some(Trouble::Store(_))));
}

#[tokio::test]
async fn a_report_by_metas_name_is_told_of_the_message_to_its_recipient() {
    let server = Server::start().await;
    let campaign = sent(&server, 6).await;
    let (first, second) = (recipient(campaign, 1), recipient(campaign, 4));
    let receiver = receiver(&server.redis, Some(Table::default().serve().await));
    let bodies = [whatsapp(None, &[(second, "delivered")]), whatsapp(Some("aws"), &[(first, "read")])];
    assert_eq!(verdicts(&receiver, &bodies).await, [Verdict::Done, Verdict::Done]);
    let chunk = outbox::take(&server.redis, campaign, &outbox::Writer::generate()).await.unwrap().unwrap();
    let names: Vec<_> = chunk
        .entries
        .into_iter()
        .map(|(_, entry)| match entry {
            outbox::Entry::Arrived(arrived) => (arrived.index.get(), arrived.message_id),
            outbox::Entry::Sent(tracked, _) => panic!("{tracked:?} was known"),
        })
        .collect();
    assert_eq!(names, [(4, None), (1, Some("aws".to_owned()))]);
}

#[tokio::test]
async fn bounces_pause_the_campaign() {
    let server = Server::start().await;
    let (campaign, batches) = server.campaign(900, 10_000.0).await;
    // One batch is left, so that the campaign still runs.
    server.end(campaign, &batches[..8], |_| State::Sent).await;
    let receiver = receiver(&server.redis, None);
    let bounces: Vec<_> = (0..14).map(|place| bounce(recipient(campaign, 2 + 3 * place))).collect();
    verdicts(&receiver, &bounces[..13]).await;
    assert_eq!(server.get(campaign).await.status, Status::Running);
    verdicts(&receiver, &bounces[13..]).await;
    assert_eq!(server.get(campaign).await.status, Status::Paused);
}
