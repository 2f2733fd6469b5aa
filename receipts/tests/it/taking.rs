use drumbeat_common::{CampaignId, RecipientIndex, State, ledger, receipt_counts};
use serde_json::{Value, json};

use crate::{
    lambda::Lambda,
    server::{self, Server},
};

fn sms(campaign: CampaignId, index: u32) -> String {
    json!({
        "source": "aws.sms-voice", "detail-type": "Text Message Delivery Status Updated", "account": "111122223333",
        "detail": {
            "eventType": "TEXT_DELIVERED", "eventTimestamp": jiff::Timestamp::now().as_millisecond(),
            "messageId": format!("sms-{index}"),
            "context": { "campaign_id": campaign.to_string(), "recipient": index.to_string() },
        },
    })
    .to_string()
}

fn record(id: &str, body: String) -> Value {
    json!({
        "messageId": id, "receiptHandle": "h", "body": body, "attributes": { "ApproximateReceiveCount": "1" },
        "messageAttributes": {}, "md5OfBody": "", "eventSource": "aws:sqs", "awsRegion": "eu-west-1",
        "eventSourceARN": "arn:aws:sqs:eu-west-1:111122223333:receipts",
    })
}

#[tokio::test]
async fn only_what_is_not_done_comes_again() {
    let server = Server::start().await;
    let (campaign, batches) = server.campaign(6, 10_000.0).await;
    let held = server::claim_all(&server.redis, &batches[0], server::new_claimer()).await;
    let sent: Vec<_> = held.into_iter().filter(|(index, _)| *index != RecipientIndex::new(3)).collect();
    let settled = server::settlements(&sent, |index| server::settled(index, State::Sent));
    ledger::settle(&server.redis, campaign, &settled).await.unwrap();

    let mut lambda = Lambda::start(&[("REDIS_URL", &server.url())]).await;
    let foreign = sms(campaign, 0).replace("111122223333", "999988887777");
    let event = json!({ "Records": [
        record("good", sms(campaign, 0)),
        record("malformed", "{".to_owned()),
        record("early", sms(campaign, 3)),
        record("foreign", foreign),
    ]});
    let (what, answer) = lambda.invoke(event).await;
    assert_eq!(
        (what.as_str(), answer),
        ("response", json!({ "batchItemFailures": [{ "itemIdentifier": "early" }] }))
    );
    let ledger = ledger::read(&server.redis, campaign).await.unwrap();
    assert_eq!([ledger[0].state, ledger[3].state], [State::Delivered, State::Sending]);
    let counts = receipt_counts::counts(&server.redis).await.unwrap();
    assert_eq!((counts["sms.TEXT_DELIVERED"], counts["malformed"], counts["wrong_account"]), (1, 1, 1));

    // Redis away, and everything comes again; the function lives on.
    drop(server);
    let (what, answer) = lambda.invoke(json!({ "Records": [record("good", sms(campaign, 0))] })).await;
    assert_eq!(
        (what.as_str(), answer),
        ("response", json!({ "batchItemFailures": [{ "itemIdentifier": "good" }] }))
    );
}
