use std::{
    collections::{HashMap, HashSet},
    time::{Duration, Instant},
};

use aws_sdk_sqs::{
    error::ProvideErrorMetadata,
    types::{
        ChangeMessageVisibilityBatchRequestEntry, DeleteMessageBatchRequestEntry, Message,
        MessageSystemAttributeName, QueueAttributeName, SendMessageBatchRequestEntry,
    },
};
use serde_json::json;

use crate::stand::Stand;

const MIB: usize = 1_048_576;

impl Stand {
    async fn queue(&self, name: &str) -> String {
        self.sqs.get_queue_url().queue_name(name).send().await.unwrap().queue_url.unwrap()
    }

    async fn create_queue(&self, name: &str, attributes: &[(QueueAttributeName, &str)]) -> String {
        let attributes = attributes.iter().map(|(name, value)| (name.clone(), (*value).to_owned())).collect();
        let created = self.sqs.create_queue().queue_name(name).set_attributes(Some(attributes)).send().await;
        created.unwrap().queue_url.unwrap()
    }

    async fn send_to(&self, queue: &str, body: &str) {
        let sent = self.sqs.send_message().queue_url(queue).message_body(body).send().await.unwrap();
        assert!(sent.message_id().is_some());
    }

    async fn receive(&self, queue: &str, most: i32, wait: i32) -> Vec<Message> {
        let received = self.sqs.receive_message().queue_url(queue).max_number_of_messages(most);
        let received = received.message_system_attribute_names(MessageSystemAttributeName::All);
        received.wait_time_seconds(wait).send().await.unwrap().messages.unwrap_or_default()
    }

    async fn delete(&self, queue: &str, message: &Message) {
        let delete = self.sqs.delete_message().queue_url(queue);
        delete.receipt_handle(message.receipt_handle().unwrap()).send().await.unwrap();
    }

    /// How many messages of a queue can be received, and how many somebody has.
    async fn depth(&self, queue: &str) -> (u32, u32) {
        let attributes = self.attributes(queue).await;
        let number = |name| attributes[&name].parse().unwrap();
        (
            number(QueueAttributeName::ApproximateNumberOfMessages),
            number(QueueAttributeName::ApproximateNumberOfMessagesNotVisible),
        )
    }

    async fn attributes(&self, queue: &str) -> HashMap<QueueAttributeName, String> {
        let asked = self.sqs.get_queue_attributes().queue_url(queue).attribute_names(QueueAttributeName::All);
        asked.send().await.unwrap().attributes.unwrap()
    }
}

fn count(message: &Message) -> &str {
    &message.attributes().unwrap()[&MessageSystemAttributeName::ApproximateReceiveCount]
}

#[tokio::test]
async fn two_queues_are_there_from_the_start() {
    let stand = Stand::start(json!({})).await;
    let urls = stand.sqs.list_queues().send().await.unwrap().queue_urls.unwrap();
    let url = |name: &str| format!("{}/000000000000/{name}", stand.url);
    assert_eq!(urls, [url("receipts"), url("receipts-dead")]);
    let attributes = stand.attributes(&url("receipts")).await;
    assert_eq!(attributes[&QueueAttributeName::VisibilityTimeout], "30");
    assert_eq!(attributes[&QueueAttributeName::QueueArn], "arn:aws:sqs:us-east-1:000000000000:receipts");
    assert_eq!(
        attributes[&QueueAttributeName::RedrivePolicy],
        r#"{"deadLetterTargetArn":"arn:aws:sqs:us-east-1:000000000000:receipts-dead","maxReceiveCount":10}"#
    );
}

#[tokio::test]
async fn a_message_is_hidden_while_somebody_has_it_and_gone_once_deleted() {
    let stand = Stand::start(json!({})).await;
    let queue = stand.queue("receipts").await;
    let sent = stand.sqs.send_message().queue_url(&queue).message_body("Grüße").send().await.unwrap();
    assert_eq!(sent.md5_of_message_body(), Some("49c5f675b49037b6044b803ac9d1a6d7"));
    let received = stand.receive(&queue, 10, 0).await;
    let [message] = &received[..] else { panic!("{received:?}") };
    assert_eq!((message.body(), message.md5_of_body()), (Some("Grüße"), sent.md5_of_message_body()));
    assert_eq!((message.message_id(), count(message)), (sent.message_id(), "1"));
    let sent_at = &message.attributes().unwrap()[&MessageSystemAttributeName::SentTimestamp];
    assert!(sent_at.parse::<u64>().unwrap() > 1_600_000_000_000);
    assert_eq!(stand.depth(&queue).await, (0, 1));
    assert!(stand.receive(&queue, 10, 0).await.is_empty());
    stand.delete(&queue, message).await;
    assert_eq!(stand.depth(&queue).await, (0, 0));
    stand.delete(&queue, message).await;
}

#[tokio::test]
async fn a_message_comes_back_and_only_its_last_handle_counts() {
    let stand = Stand::start(json!({})).await;
    let queue = stand.queue("receipts").await;
    stand.send_to(&queue, "news").await;
    let first = stand.receive(&queue, 1, 0).await.remove(0);
    let give_back = stand.sqs.change_message_visibility().queue_url(&queue).visibility_timeout(0);
    let give_back = give_back.receipt_handle(first.receipt_handle().unwrap());
    give_back.clone().send().await.unwrap();
    assert_eq!(give_back.send().await.unwrap_err().code(), Some("AWS.SimpleQueueService.MessageNotInflight"));
    let second = stand.receive(&queue, 1, 0).await.remove(0);
    assert_eq!((second.message_id(), count(&second)), (first.message_id(), "2"));
    stand.delete(&queue, &first).await;
    assert_eq!(stand.depth(&queue).await, (0, 1));
    stand.delete(&queue, &second).await;
    assert_eq!(stand.depth(&queue).await, (0, 0));
}

#[tokio::test]
async fn who_waits_is_woken_by_a_message() {
    let stand = Stand::start(json!({})).await;
    let queue = stand.queue("receipts").await;
    let started = Instant::now();
    let (received, ()) = tokio::join!(stand.receive(&queue, 10, 20), async {
        // Long enough that the other is on its way; if it is not, there is no less to receive.
        while started.elapsed() < Duration::from_millis(50) {
            tokio::task::yield_now().await;
        }
        stand.send_to(&queue, "news").await;
    });
    assert_eq!(received.len(), 1);
    assert!(started.elapsed() < Duration::from_secs(10));
}

#[tokio::test]
async fn who_waits_is_woken_by_a_message_that_comes_back() {
    let stand = Stand::start(json!({})).await;
    let short = stand.create_queue("short", &[(QueueAttributeName::VisibilityTimeout, "1")]).await;
    stand.send_to(&short, "news").await;
    assert_eq!(stand.receive(&short, 1, 0).await.len(), 1);
    let started = Instant::now();
    let again = stand.receive(&short, 1, 20).await;
    assert_eq!(count(&again[0]), "2");
    assert!(started.elapsed() < Duration::from_secs(10));
}

#[tokio::test]
async fn nobody_waits_longer_than_asked() {
    let stand = Stand::start(json!({})).await;
    let queue = stand.queue("receipts").await;
    let started = Instant::now();
    assert!(stand.receive(&queue, 1, 1).await.is_empty());
    assert!(started.elapsed() >= Duration::from_secs(1));
}

#[tokio::test]
async fn what_is_received_too_often_goes_to_the_dead_letters() {
    let stand = Stand::start(json!({})).await;
    let dead = stand.create_queue("dead", &[]).await;
    let policy = r#"{"deadLetterTargetArn":"arn:aws:sqs:us-east-1:000000000000:dead","maxReceiveCount":"2"}"#;
    let attributes =
        [(QueueAttributeName::VisibilityTimeout, "0"), (QueueAttributeName::RedrivePolicy, policy)];
    let queue = stand.create_queue("poisoned", &attributes).await;
    stand.send_to(&queue, "poison").await;
    for _ in 0..2 {
        assert_eq!(stand.receive(&queue, 10, 0).await.len(), 1);
    }
    assert!(stand.receive(&queue, 10, 0).await.is_empty());
    assert_eq!(stand.depth(&queue).await, (0, 0));
    assert_eq!(stand.receive(&dead, 10, 0).await[0].body(), Some("poison"));
}

#[tokio::test]
async fn batches_do_what_they_can_and_say_what_they_cannot() {
    let stand = Stand::start(json!({})).await;
    let queue = stand.queue("receipts").await;
    let entry = |id: &str, body: &str| {
        SendMessageBatchRequestEntry::builder().id(id).message_body(body).build().unwrap()
    };
    let sent = stand.sqs.send_message_batch().queue_url(&queue);
    let sent =
        sent.entries(entry("good", "news")).entries(entry("bad", "\u{0}")).entries(entry("too", "more"));
    let sent = sent.send().await.unwrap();
    let ids: Vec<_> = sent.successful().iter().map(|entry| entry.id()).collect();
    assert_eq!(ids, ["good", "too"]);
    assert_eq!((sent.failed()[0].id(), sent.failed()[0].code()), ("bad", "InvalidMessageContents"));

    let received = stand.receive(&queue, 10, 0).await;
    let handle = |n: usize| received[n].receipt_handle().unwrap();
    let hide = |id: &str, handle: &str| {
        let entry = ChangeMessageVisibilityBatchRequestEntry::builder().id(id).receipt_handle(handle);
        entry.visibility_timeout(60).build().unwrap()
    };
    let hidden = stand.sqs.change_message_visibility_batch().queue_url(&queue);
    let hidden = hidden.entries(hide("0", handle(0))).entries(hide("1", handle(1))).send().await.unwrap();
    assert_eq!(hidden.successful().len(), 2);

    let delete = |id: &str, handle: &str| {
        DeleteMessageBatchRequestEntry::builder().id(id).receipt_handle(handle).build().unwrap()
    };
    let deleted = stand.sqs.delete_message_batch().queue_url(&queue);
    let deleted =
        deleted.entries(delete("0", handle(0))).entries(delete("1", "rubbish")).send().await.unwrap();
    assert_eq!(deleted.successful()[0].id(), "0");
    let failed = &deleted.failed()[0];
    assert_eq!((failed.id(), failed.code(), failed.sender_fault()), ("1", "ReceiptHandleIsInvalid", true));

    let nothing = stand.sqs.delete_message_batch().queue_url(&queue).set_entries(Some(vec![]));
    assert!(nothing.send().await.unwrap_err().as_service_error().unwrap().is_empty_batch_request());
    let twice = stand.sqs.send_message_batch().queue_url(&queue);
    let twice = twice.entries(entry("same", "a")).entries(entry("same", "b")).send().await.unwrap_err();
    assert!(twice.as_service_error().unwrap().is_batch_entry_ids_not_distinct());
}

#[tokio::test]
async fn a_message_may_have_a_mebibyte_and_no_more() {
    let stand = Stand::start(json!({})).await;
    let queue = stand.queue("receipts").await;
    stand.send_to(&queue, &"x".repeat(MIB)).await;
    let longer = "x".repeat(MIB + 1);
    let longer = stand.sqs.send_message().queue_url(&queue).message_body(longer).send().await.unwrap_err();
    assert_eq!(longer.code(), Some("InvalidParameterValue"));
    let half = |id: &str| {
        let half = "x".repeat(MIB / 2 + 1);
        SendMessageBatchRequestEntry::builder().id(id).message_body(half).build().unwrap()
    };
    let batch = stand.sqs.send_message_batch().queue_url(&queue).entries(half("a")).entries(half("b"));
    assert!(batch.send().await.unwrap_err().as_service_error().unwrap().is_batch_request_too_long());
    assert_eq!(stand.depth(&queue).await, (1, 0));
}

#[tokio::test]
async fn what_is_not_there_or_not_right_is_said_as_sqs_says_it() {
    let stand = Stand::start(json!({})).await;
    let queue = stand.queue("receipts").await;
    let none = format!("{}/000000000000/none", stand.url);
    let error = stand.sqs.receive_message().queue_url(none).send().await.unwrap_err();
    assert_eq!(error.code(), Some("AWS.SimpleQueueService.NonExistentQueue"));
    assert!(error.as_service_error().unwrap().is_queue_does_not_exist());
    assert!(stand.sqs.get_queue_url().queue_name("none").send().await.is_err());
    let error =
        stand.sqs.delete_message().queue_url(&queue).receipt_handle("rubbish").send().await.unwrap_err();
    assert!(error.as_service_error().unwrap().is_receipt_handle_is_invalid());
    let error =
        stand.sqs.receive_message().queue_url(&queue).max_number_of_messages(11).send().await.unwrap_err();
    assert_eq!(error.code(), Some("InvalidParameterValue"));
    let error = stand.sqs.create_queue().queue_name("receipts").send().await.unwrap_err();
    assert!(error.as_service_error().unwrap().is_queue_name_exists());

    stand.send_to(&queue, "news").await;
    stand.sqs.purge_queue().queue_url(&queue).send().await.unwrap();
    assert_eq!(stand.depth(&queue).await, (0, 0));
    stand.sqs.delete_queue().queue_url(&queue).send().await.unwrap();
    assert!(stand.sqs.get_queue_url().queue_name("receipts").send().await.is_err());
}

#[tokio::test]
async fn calls_are_refused_on_demand() {
    let stand = Stand::start(json!({})).await;
    let queue = stand.queue("receipts").await;
    for (with, code) in [("server_error", "InternalFailure"), ("throttled", "RequestThrottled")] {
        stand.behave(json!({ "sqs": { "refuse": { "with": with } } })).await;
        let error = stand.sqs.send_message().queue_url(&queue).message_body("news").send().await.unwrap_err();
        assert_eq!(error.code(), Some(code));
    }
    stand.behave(json!({ "sqs": { "refuse": { "share": 0.5, "with": "throttled" } }, "seed": 7 })).await;
    let mut sent = 0;
    for _ in 0..40 {
        sent +=
            u32::from(stand.sqs.send_message().queue_url(&queue).message_body("news").send().await.is_ok());
    }
    assert!((1..40).contains(&sent));
    stand.behave(json!({})).await;
    assert_eq!(stand.depth(&queue).await, (sent, 0));
}

#[tokio::test]
async fn many_receivers_get_each_message_once() {
    const MESSAGES: usize = 1_000;
    let stand = Stand::start(json!({})).await;
    let queue = stand.queue("receipts").await;
    for batch in 0..MESSAGES / 10 {
        let entry = |n: usize| {
            let body = (batch * 10 + n).to_string();
            SendMessageBatchRequestEntry::builder().id(n.to_string()).message_body(body).build().unwrap()
        };
        let entries = (0..10).map(entry).collect();
        stand.sqs.send_message_batch().queue_url(&queue).set_entries(Some(entries)).send().await.unwrap();
    }
    let drain = || async {
        let mut bodies = Vec::new();
        loop {
            let received = stand.receive(&queue, 10, 0).await;
            if received.is_empty() {
                return bodies;
            }
            bodies.extend(received.into_iter().map(|message| message.body.unwrap()));
        }
    };
    let (a, b, c) = tokio::join!(drain(), drain(), drain());
    let all = [a, b, c].concat();
    assert_eq!((all.len(), all.iter().collect::<HashSet<_>>().len()), (MESSAGES, MESSAGES));
}
