use std::collections::HashSet;

use aws_sdk_sesv2::{
    primitives::Blob,
    types::{Destination, EmailContent, RawMessage, Template},
};
use drumbeat_common::{CampaignId, RecipientIndex, RecipientRef};
use serde_json::{Value, json};

use crate::stand::{EMAIL, PHONE, Stand, tags, template};

#[tokio::test]
async fn each_service_accepts_and_knows_the_campaign() {
    let stand = Stand::start(json!({})).await;
    let campaign = CampaignId::generate();
    let recipient = |index| RecipientRef { campaign, index: RecipientIndex::new(index) };
    let sms = stand
        .sms
        .send_text_message()
        .destination_phone_number(PHONE)
        .message_body("Hello Ana")
        .context(RecipientRef::CAMPAIGN_KEY, campaign.to_string())
        .context(RecipientRef::INDEX_KEY, "0")
        .send()
        .await
        .unwrap();
    let whatsapp = stand.whatsapp(template("14155550101", Some(recipient(1)))).await.unwrap();
    let email = stand.email(EMAIL, tags(recipient(2))).await.unwrap();

    let messages = stand.get("/simulator/messages").await;
    let expected = [
        ("sms", sms.message_id(), PHONE, "Hello Ana"),
        ("whatsapp", whatsapp.message_id(), "+14155550101", "promo"),
        ("email", email.message_id(), EMAIL, "News"),
    ];
    for (index, (service, id, to, text)) in expected.into_iter().enumerate() {
        let mut message = messages[index].clone();
        assert!(message["at_us"].as_u64().unwrap() > 1_600_000_000_000_000);
        message.as_object_mut().unwrap().remove("at_us");
        assert_eq!(
            message,
            json!({
                "seq": index + 1, "service": service, "message_id": id.unwrap(), "to": to, "text": text,
                "campaign_id": campaign.to_string(), "recipient": index,
            })
        );
    }

    let stats = stand.stats().await;
    assert_eq!((stats.total, stats.duplicates, stats.busiest_second), (3, 0, 3));
    let of_campaign = &stats.campaigns[&campaign.to_string()];
    assert_eq!(of_campaign.accepted, 3);
    assert!(of_campaign.rate.unwrap() > 0.0);
    assert_eq!((stats.services.sms.calls, stats.services.sms.accepted), (1, 1));
}

#[tokio::test]
async fn a_sender_that_says_nothing_or_rubbish_is_unknown_but_served() {
    let stand = Stand::start(json!({})).await;
    stand.text(PHONE).await.unwrap();
    let mut message = template(PHONE, None);
    message["biz_opaque_callback_data"] = "no campaign".into();
    stand.whatsapp(message).await.unwrap();
    stand.email(EMAIL, Vec::new()).await.unwrap();
    for message in stand.get("/simulator/messages").await.as_array().unwrap() {
        assert_eq!((&message["campaign_id"], &message["recipient"]), (&Value::Null, &Value::Null));
    }
    assert!(stand.stats().await.campaigns.is_empty());
}

#[tokio::test]
async fn email_is_known_by_subject_or_template_however_it_is_made() {
    let stand = Stand::start(json!({})).await;
    let raw =
        RawMessage::builder().data(Blob::new("From: a@b.c\r\nSubject: Raw news\r\n\r\nSubject: no")).build();
    let contents = [
        EmailContent::builder().raw(raw.unwrap()).build(),
        EmailContent::builder().template(Template::builder().template_name("promo").build()).build(),
    ];
    for content in contents {
        stand
            .ses
            .send_email()
            .from_email_address("news@example.com")
            .destination(Destination::builder().to_addresses(EMAIL).build())
            .content(content)
            .send()
            .await
            .unwrap();
    }
    let messages = stand.get("/simulator/messages").await;
    assert_eq!((&messages[0]["text"], &messages[1]["text"]), (&json!("Raw news"), &json!("promo")));
}

#[tokio::test]
async fn a_dry_run_answers_an_id_and_leaves_no_trace() {
    let stand = Stand::start(json!({ "quotas": { "sms": "0.001/1" } })).await;
    for _ in 0..3 {
        let dry =
            stand.sms.send_text_message().destination_phone_number(PHONE).message_body("Hello").dry_run(true);
        assert!(dry.send().await.unwrap().message_id().is_some());
    }
    assert_eq!(stand.stats().await.services.sms.calls, 0);
    stand.text(PHONE).await.unwrap();
    let invalid = stand.sms.send_text_message().destination_phone_number(PHONE).dry_run(true).send().await;
    assert!(invalid.is_err());
}

#[tokio::test]
async fn every_message_has_an_id_of_its_own_and_a_second_one_is_a_duplicate() {
    let stand = Stand::start(json!({})).await;
    let mut ids = HashSet::new();
    for _ in 0..20 {
        ids.insert(stand.text(PHONE).await.unwrap().message_id.unwrap());
        ids.insert(stand.email(EMAIL, Vec::new()).await.unwrap().message_id.unwrap());
    }
    assert_eq!(ids.len(), 40);
    let stats = stand.stats().await;
    assert_eq!((stats.duplicates, stats.services.sms.duplicates), (38, 19));
}

#[tokio::test]
async fn latency_comes_after_acceptance() {
    let stand = Stand::start(json!({ "latency": { "sms": "fixed:3600000" } })).await;
    stand.accepts_before_it_answers().await;
    stand.email(EMAIL, Vec::new()).await.unwrap();
}
