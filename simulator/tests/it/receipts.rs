use std::collections::{BTreeSet, HashMap};

use drumbeat_common::{CampaignId, RecipientIndex, RecipientRef};
use drumbeat_simulator::ReceiptStats;
use serde_json::{Value, json};

use crate::stand::{EMAIL, PHONE, Stand, tags, template};

fn recipient(index: u32) -> RecipientRef {
    RecipientRef { campaign: CampaignId::generate(), index: RecipientIndex::new(index) }
}

impl Stand {
    /// What was told, once all is.
    async fn told(&self) -> ReceiptStats {
        loop {
            let receipts = self.stats().await.receipts;
            if receipts.waiting == 0 {
                return receipts;
            }
            tokio::task::yield_now().await;
        }
    }

    /// Takes all that is in a queue.
    async fn bodies(&self, queue: &str) -> Vec<Value> {
        let queue = format!("{}/000000000000/{queue}", self.url);
        let mut bodies = Vec::new();
        loop {
            let received = self.sqs.receive_message().queue_url(&queue).max_number_of_messages(10);
            let received = received.send().await.unwrap().messages.unwrap_or_default();
            if received.is_empty() {
                return bodies;
            }
            let body = |text: &str| serde_json::from_str::<Value>(text).unwrap();
            bodies.extend(received.iter().map(|message| body(message.body().unwrap())));
        }
    }

    async fn text_for(&self, recipient: RecipientRef) -> String {
        let sent = self.sms.send_text_message().destination_phone_number(PHONE).message_body("Hello");
        let sent = sent
            .context(RecipientRef::CAMPAIGN_KEY, recipient.campaign.to_string())
            .context(RecipientRef::INDEX_KEY, recipient.index.to_string());
        sent.send().await.unwrap().message_id.unwrap()
    }
}

/// What Meta says in what SNS sends.
fn status(body: &Value) -> (Value, Value) {
    assert_eq!(body["Type"], "Notification");
    let message: Value = serde_json::from_str(body["Message"].as_str().unwrap()).unwrap();
    let entry: Value = serde_json::from_str(message["whatsAppWebhookEntry"].as_str().unwrap()).unwrap();
    assert_eq!(entry["changes"][0]["field"], "messages");
    let status = entry["changes"][0]["value"]["statuses"][0].clone();
    (message, status)
}

#[tokio::test]
async fn nothing_is_told_unless_asked_for() {
    let stand = Stand::start(json!({})).await;
    stand.text(PHONE).await.unwrap();
    assert_eq!(stand.stats().await.receipts, ReceiptStats::default());
    stand.behave(json!({ "receipts": {} })).await;
    assert_eq!(stand.told().await, ReceiptStats::default());
    assert!(stand.bodies("receipts").await.is_empty());
}

#[tokio::test]
async fn an_sms_is_queued_and_then_arrives() {
    let stand = Stand::start(json!({ "receipts": {} })).await;
    let recipient = recipient(7);
    let id = stand.text_for(recipient).await;
    let told = stand.told().await.told.sms;
    let bodies = stand.bodies("receipts").await;
    assert_eq!(told.values().sum::<u64>(), bodies.len() as u64);
    assert_eq!(bodies[0]["detail"]["eventType"], "TEXT_QUEUED");
    let last = &bodies[bodies.len() - 1];
    assert_eq!(
        (&last["source"], &last["detail-type"], &last["account"]),
        (&json!("aws.sms-voice"), &json!("Text Message Delivery Status Updated"), &json!("000000000000"))
    );
    let detail = &last["detail"];
    assert!(["TEXT_SUCCESSFUL", "TEXT_DELIVERED"].contains(&detail["eventType"].as_str().unwrap()));
    assert_eq!((&detail["isFinal"], &detail["messageId"]), (&json!(true), &json!(id)));
    assert_eq!(detail["destinationPhoneNumber"], PHONE);
    let context = json!({ "campaign_id": recipient.campaign.to_string(), "recipient": "7" });
    assert_eq!(detail["context"], context);
}

#[tokio::test]
async fn an_email_is_delivered_and_then_opened() {
    let stand = Stand::start(json!({ "receipts": { "read": 1.0 } })).await;
    let recipient = recipient(7);
    let sent = stand.email(EMAIL, tags(recipient)).await.unwrap();
    assert_eq!(stand.told().await.told.email.len(), 2);
    let bodies = stand.bodies("receipts").await;
    let kinds: Vec<_> =
        bodies.iter().map(|body| (&body["detail-type"], &body["detail"]["eventType"])).collect();
    assert_eq!(
        kinds,
        [(&json!("Email Delivered"), &json!("Delivery")), (&json!("Email Opened"), &json!("Open"))]
    );
    let mail = &bodies[0]["detail"]["mail"];
    assert_eq!((&mail["messageId"], &mail["destination"]), (&json!(sent.message_id()), &json!([EMAIL])));
    assert_eq!(mail["tags"]["campaign_id"], json!([recipient.campaign.to_string()]));
    assert_eq!(mail["tags"]["recipient"], json!(["7"]));
    assert_eq!(bodies[0]["detail"]["delivery"]["recipients"], json!([EMAIL]));
}

#[tokio::test]
async fn a_whatsapp_message_is_named_by_aws_once_and_by_meta_from_there_on() {
    let stand = Stand::start(json!({ "receipts": { "read": 1.0 } })).await;
    let recipient = recipient(7);
    let sent = stand.whatsapp(template(PHONE, Some(recipient))).await.unwrap();
    stand.told().await;
    let told: Vec<_> = stand.bodies("receipts").await.iter().map(status).collect();
    let statuses: Vec<_> = told.iter().map(|(_, status)| &status["status"]).collect();
    assert_eq!(statuses, ["accepted", "sent", "delivered", "read"]);
    assert_eq!(told[0].0["messageId"], json!(sent.message_id()));
    for (message, status) in &told {
        assert_eq!(status["id"], told[0].1["id"]);
        assert!(status["id"].as_str().unwrap().starts_with("wamid."));
        assert_eq!(status["recipient_id"], PHONE.trim_start_matches('+'));
        assert_eq!(message["aws_account_id"], "000000000000");
    }
    for (message, status) in &told[1..] {
        assert_eq!(message["messageId"], Value::Null);
        assert_eq!(status["biz_opaque_callback_data"], recipient.to_string());
    }
}

#[tokio::test]
async fn what_fails_says_why() {
    let stand = Stand::start(json!({ "receipts": { "failures": 1.0 } })).await;
    stand.text(PHONE).await.unwrap();
    stand.email(EMAIL, Vec::new()).await.unwrap();
    stand.whatsapp(template(PHONE, None)).await.unwrap();
    let told = stand.told().await.told;
    assert_eq!((told.sms.len(), told.email["Email Bounced"], told.whatsapp["failed"]), (2, 1, 1));
    for body in stand.bodies("receipts").await {
        if body["source"] == "aws.ses" {
            assert_eq!(body["detail"]["bounce"]["bouncedRecipients"][0]["emailAddress"], EMAIL);
        } else if body["Type"] == "Notification" && status(&body).1["status"] == "failed" {
            assert!(status(&body).1["errors"][0]["code"].as_u64().is_some_and(|code| code > 131_000));
        } else if body["detail"]["isFinal"] == true {
            assert!(
                !["TEXT_SUCCESSFUL", "TEXT_DELIVERED"]
                    .contains(&body["detail"]["eventType"].as_str().unwrap())
            );
        }
    }
}

#[tokio::test]
async fn the_addresses_of_the_mailbox_simulator_do_what_they_do_at_ses() {
    let stand = Stand::start(json!({ "receipts": { "failures": 1.0, "read": 1.0 } })).await;
    for (name, kinds) in [
        ("success+1", vec!["Email Delivered"]),
        ("ooto+1", vec!["Email Delivered"]),
        ("bounce+1", vec!["Email Bounced"]),
        ("complaint+1", vec!["Email Delivered", "Email Complaint Received"]),
        ("suppressionlist+1", vec!["Email Bounced"]),
    ] {
        let to = format!("{name}@simulator.amazonses.com");
        stand.email(&to, Vec::new()).await.unwrap();
        stand.told().await;
        let bodies = stand.bodies("receipts").await;
        let told: Vec<_> = bodies.iter().map(|body| body["detail-type"].as_str().unwrap()).collect();
        assert_eq!(told, kinds, "{name}");
        let bounce = &bodies[0]["detail"]["bounce"];
        let sub_kind = match name {
            "bounce+1" => json!("General"),
            "suppressionlist+1" => json!("Suppressed"),
            _ => Value::Null,
        };
        assert_eq!(bounce["bounceSubType"], sub_kind, "{name}");
    }
}

#[tokio::test]
async fn events_come_late_twice_and_in_any_order_but_each_message_ends_once() {
    const MESSAGES: usize = 200;
    let receipts = json!({
        "queue": "elsewhere", "delay": "uniform:0-50", "disorder": "uniform:0-100", "failures": 0.25,
        "duplicates": 0.5, "without_context": 0.5,
    });
    let stand = Stand::start(json!({ "receipts": receipts, "seed": 7 })).await;
    stand.sqs.create_queue().queue_name("elsewhere").send().await.unwrap();
    let mut ids = BTreeSet::new();
    for index in 0..MESSAGES as u32 {
        ids.insert(stand.text_for(recipient(index)).await);
    }
    let ReceiptStats { told, copies, waiting: _, lost } = stand.told().await;
    let bodies = stand.bodies("elsewhere").await;
    assert_eq!((bodies.len() as u64, lost), (told.sms.values().sum::<u64>() + copies, 0));
    assert!(copies > 0);

    let mut order = Vec::new();
    let mut once = HashMap::new();
    for body in bodies {
        let id = body["id"].as_str().unwrap().to_owned();
        order.push(body["detail"]["eventTimestamp"].as_u64().unwrap());
        let told_before = once.insert(id, body.clone());
        assert!(told_before.is_none_or(|before| before == body));
    }
    assert!(!order.is_sorted());
    assert!(once.values().any(|body| body["detail"]["context"].is_null()));
    assert!(once.values().any(|body| !body["detail"]["context"].is_null()));
    let ends: Vec<_> = once.values().filter(|body| body["detail"]["isFinal"] == true).collect();
    let ended = |body: &&Value| body["detail"]["messageId"].as_str().unwrap().to_owned();
    assert_eq!(ends.len(), MESSAGES);
    assert_eq!(ends.iter().map(ended).collect::<BTreeSet<_>>(), ids);
    let kind = |name: &str| told.sms.get(name).copied().unwrap_or_default();
    let arrived = kind("TEXT_SUCCESSFUL") + kind("TEXT_DELIVERED");
    assert!((MESSAGES as u64 * 6 / 10..MESSAGES as u64 * 9 / 10).contains(&arrived), "{arrived}");
}

#[tokio::test]
async fn what_is_on_its_way_is_forgotten_with_the_rest() {
    let stand = Stand::start(json!({ "receipts": { "delay": "fixed:3600000" } })).await;
    stand.text(PHONE).await.unwrap();
    assert!(stand.stats().await.receipts.waiting >= 2);
    let delete = stand.http.delete(format!("{}/simulator/messages", stand.url));
    assert_eq!(delete.send().await.unwrap().status(), 204);
    assert_eq!(stand.stats().await.receipts, ReceiptStats::default());
}

#[tokio::test]
async fn what_finds_no_queue_is_lost() {
    let stand = Stand::start(json!({ "receipts": { "queue": "none" } })).await;
    stand.email(EMAIL, Vec::new()).await.unwrap();
    assert_eq!(stand.told().await, ReceiptStats { lost: 1, ..ReceiptStats::default() });
}
