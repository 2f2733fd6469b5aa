use std::collections::HashMap;

use aws_sdk_dynamodb::{
    error::ProvideErrorMetadata,
    types::{
        AttributeDefinition, AttributeValue, BillingMode, GlobalSecondaryIndex, KeySchemaElement, KeyType,
        KeysAndAttributes, Projection, ProjectionType, PutRequest, ScalarAttributeType,
        TimeToLiveSpecification, TimeToLiveStatus, TransactWriteItem, WriteRequest,
    },
};
use serde_json::json;

use crate::stand::Stand;

const TABLE: &str = "messages";
const INDEX: &str = "by-campaign";

fn attribute(name: &str, kind: ScalarAttributeType) -> AttributeDefinition {
    AttributeDefinition::builder().attribute_name(name).attribute_type(kind).build().unwrap()
}

fn key(name: &str, kind: KeyType) -> KeySchemaElement {
    KeySchemaElement::builder().attribute_name(name).key_type(kind).build().unwrap()
}

async fn create_table(stand: &Stand) {
    let index = GlobalSecondaryIndex::builder()
        .index_name(INDEX)
        .key_schema(key("campaign_id", KeyType::Hash))
        .key_schema(key("recipient", KeyType::Range))
        .projection(Projection::builder().projection_type(ProjectionType::All).build());
    stand
        .dynamodb
        .create_table()
        .table_name(TABLE)
        .billing_mode(BillingMode::PayPerRequest)
        .attribute_definitions(attribute("message_id", ScalarAttributeType::S))
        .attribute_definitions(attribute("campaign_id", ScalarAttributeType::S))
        .attribute_definitions(attribute("recipient", ScalarAttributeType::N))
        .key_schema(key("message_id", KeyType::Hash))
        .global_secondary_indexes(index.build().unwrap())
        .send()
        .await
        .unwrap();
}

fn id(n: usize) -> HashMap<String, AttributeValue> {
    HashMap::from([("message_id".to_owned(), AttributeValue::S(format!("message-{n}")))])
}

fn item(n: usize) -> HashMap<String, AttributeValue> {
    let mut item = id(n);
    item.insert("campaign_id".to_owned(), AttributeValue::S("campaign".to_owned()));
    item.insert("recipient".to_owned(), AttributeValue::N(n.to_string()));
    item
}

fn writes(numbers: impl IntoIterator<Item = usize>) -> Vec<WriteRequest> {
    let put = |n| PutRequest::builder().set_item(Some(item(n))).build().unwrap();
    numbers.into_iter().map(|n| WriteRequest::builder().put_request(put(n)).build()).collect()
}

#[tokio::test]
async fn a_table_is_made_described_and_deleted() {
    let stand = Stand::start(json!({})).await;
    create_table(&stand).await;
    let again = stand.dynamodb.describe_table().table_name(TABLE).send().await.unwrap().table.unwrap();
    assert_eq!(again.global_secondary_indexes()[0].index_name(), Some(INDEX));
    let ttl = TimeToLiveSpecification::builder().enabled(true).attribute_name("expires_at").build().unwrap();
    stand
        .dynamodb
        .update_time_to_live()
        .table_name(TABLE)
        .time_to_live_specification(ttl)
        .send()
        .await
        .unwrap();
    let ttl = stand.dynamodb.describe_time_to_live().table_name(TABLE).send().await.unwrap();
    let status = ttl.time_to_live_description.unwrap().time_to_live_status;
    assert!(matches!(status, Some(TimeToLiveStatus::Enabled | TimeToLiveStatus::Enabling)), "{status:?}");
    assert_eq!(stand.dynamodb.list_tables().send().await.unwrap().table_names(), [TABLE]);
    stand.dynamodb.delete_table().table_name(TABLE).send().await.unwrap();
    let error = stand.dynamodb.describe_table().table_name(TABLE).send().await.unwrap_err();
    assert!(error.as_service_error().unwrap().is_resource_not_found_exception());
}

#[tokio::test]
async fn items_are_written_read_changed_on_condition_and_found_by_index() {
    let stand = Stand::start(json!({})).await;
    create_table(&stand).await;
    let written = stand.dynamodb.batch_write_item().request_items(TABLE, writes(0..25)).send().await.unwrap();
    assert!(written.unprocessed_items().is_some_and(HashMap::is_empty));
    stand.dynamodb.put_item().table_name(TABLE).set_item(Some(item(25))).send().await.unwrap();

    let change = |status: &str| {
        stand
            .dynamodb
            .update_item()
            .table_name(TABLE)
            .set_key(Some(id(7)))
            .update_expression("SET #status = :status")
            .condition_expression("attribute_not_exists(#status)")
            .expression_attribute_names("#status", "status")
            .expression_attribute_values(":status", AttributeValue::S(status.to_owned()))
            .send()
    };
    change("sent").await.unwrap();
    let error = change("delivered").await.unwrap_err();
    assert!(error.as_service_error().unwrap().is_conditional_check_failed_exception());
    let found = stand.dynamodb.get_item().table_name(TABLE).set_key(Some(id(7))).send().await.unwrap();
    assert_eq!(found.item().unwrap()["status"], AttributeValue::S("sent".to_owned()));

    let page = stand
        .dynamodb
        .query()
        .table_name(TABLE)
        .index_name(INDEX)
        .key_condition_expression("campaign_id = :campaign AND recipient >= :first")
        .expression_attribute_values(":campaign", AttributeValue::S("campaign".to_owned()))
        .expression_attribute_values(":first", AttributeValue::N("20".to_owned()))
        .send()
        .await
        .unwrap();
    let numbers: Vec<_> = page.items().iter().map(|item| item["recipient"].as_n().unwrap().clone()).collect();
    assert_eq!(numbers, ["20", "21", "22", "23", "24", "25"]);

    let keys = KeysAndAttributes::builder().keys(id(1)).keys(id(99)).build().unwrap();
    let got = stand.dynamodb.batch_get_item().request_items(TABLE, keys).send().await.unwrap();
    assert_eq!(got.responses().unwrap()[TABLE].len(), 1);
    stand.dynamodb.delete_item().table_name(TABLE).set_key(Some(id(1))).send().await.unwrap();
    let put =
        aws_sdk_dynamodb::types::Put::builder().table_name(TABLE).set_item(Some(item(30))).build().unwrap();
    let transaction = TransactWriteItem::builder().put(put).build();
    stand.dynamodb.transact_write_items().transact_items(transaction).send().await.unwrap();
    assert_eq!(stand.dynamodb.scan().table_name(TABLE).send().await.unwrap().count(), 26);
}

#[tokio::test]
async fn calls_are_refused_on_demand() {
    let stand = Stand::start(json!({})).await;
    create_table(&stand).await;
    for (with, code) in [("server_error", "InternalServerError"), ("throttled", "ThrottlingException")] {
        stand.behave(json!({ "dynamodb": { "refuse": { "with": with } } })).await;
        let error =
            stand.dynamodb.put_item().table_name(TABLE).set_item(Some(item(0))).send().await.unwrap_err();
        assert_eq!(error.code(), Some(code));
    }
    stand.behave(json!({})).await;
    assert_eq!(stand.dynamodb.scan().table_name(TABLE).send().await.unwrap().count(), 0);
}

#[tokio::test]
async fn a_share_of_a_batch_is_given_back_and_only_the_rest_is_written() {
    let stand = Stand::start(json!({ "dynamodb": { "unprocessed": 0.5 }, "seed": 7 })).await;
    create_table(&stand).await;
    let written = stand.dynamodb.batch_write_item().request_items(TABLE, writes(0..25)).send().await.unwrap();
    let unprocessed = written.unprocessed_items().unwrap()[TABLE].clone();
    assert!((1..25).contains(&unprocessed.len()));
    let count = stand.dynamodb.scan().table_name(TABLE).send().await.unwrap().count();
    assert_eq!(count as usize, 25 - unprocessed.len());

    stand.behave(json!({ "dynamodb": { "unprocessed": 1.0 } })).await;
    let nothing =
        stand.dynamodb.batch_write_item().request_items(TABLE, unprocessed).send().await.unwrap_err();
    assert_eq!(nothing.code(), Some("ThrottlingException"));
}

#[tokio::test]
async fn what_is_wrong_with_a_call_is_said_as_dynamodb_says_it() {
    let stand = Stand::start(json!({})).await;
    let error =
        stand.dynamodb.put_item().table_name("none").set_item(Some(item(0))).send().await.unwrap_err();
    assert!(error.as_service_error().unwrap().is_resource_not_found_exception());
    let target = ("x-amz-target", "DynamoDB_20120810.PutItem");
    let unsigned = stand.post("/", &[target], "{}").await;
    assert_eq!(unsigned.status(), 400);
    let unknown =
        [("x-amz-target", "DynamoDB_20120810.RestoreTableToPointInTime"), ("authorization", "AWS4")];
    let unknown: serde_json::Value = stand.post("/", &unknown, "{}").await.json().await.unwrap();
    assert_eq!(unknown["__type"], "com.amazon.coral.service#UnknownOperationException");
    let malformed = stand.post("/", &[target, ("authorization", "AWS4")], "{").await;
    assert_eq!(malformed.headers()["content-type"], "application/x-amz-json-1.0");
    let malformed: serde_json::Value = malformed.json().await.unwrap();
    assert_eq!(malformed["__type"], "com.amazon.coral.service#SerializationException");
}
