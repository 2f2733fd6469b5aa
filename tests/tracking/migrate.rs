//! `drumbeat migrate`, as it is called at a terminal.

use std::process::Output;

use aws_sdk_dynamodb::types::{
    AttributeDefinition, BillingMode, KeySchemaElement, KeyType, ProvisionedThroughput, ScalarAttributeType,
    TableDescription, TimeToLiveSpecification, TimeToLiveStatus,
};
use serde_json::Value;
use tokio::process::Command;

use crate::{
    house::{exe, root},
    stand_in::{StandIn, python},
};

pub(crate) const TRACKING: &str = "spring-tracking";
pub(crate) const LIMITS: &str = "spring-limits";

/// A command of the program, with both tables named.
pub(crate) fn drumbeat(stand_in: &StandIn, args: &[&str]) -> Command {
    let mut command = Command::new(exe());
    command
        .args(args)
        .current_dir(root())
        .env("DRUMBEAT_ENV_FILE", "")
        .envs(stand_in.env())
        .env("DYNAMODB_DELIVERY_TRACKING_TABLE", TRACKING)
        .env("DYNAMODB_RATE_LIMITS_TABLE", LIMITS)
        .kill_on_drop(true);
    command
}

/// Brings the tables up; what it said, a line each.
pub(crate) async fn migrate(stand_in: &StandIn, args: &[&str]) -> Vec<String> {
    let output = drumbeat(stand_in, &[&["migrate"], args].concat()).output().await.unwrap();
    assert!(output.status.success(), "{}", error(&output));
    String::from_utf8(output.stdout).unwrap().lines().map(str::to_owned).collect()
}

pub(crate) fn error(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

/// It ends with this exit code, and its last words have these in them.
pub(crate) fn refused(output: &Output, code: i32, words: &[&str]) {
    let error = error(output);
    let last = error.trim().lines().last().unwrap_or_default();
    assert_eq!(output.status.code(), Some(code), "{error}");
    for words in words {
        assert!(last.contains(words), "{words:?} is not in {last:?}");
    }
    assert!(!error.contains("panicked"), "{error}");
}

/// A table with a key alone, as scripts made it before there was Drumbeat.
pub(crate) async fn older_table(stand_in: &StandIn, name: &str, key: &str) {
    let attribute = AttributeDefinition::builder().attribute_name(key).attribute_type(ScalarAttributeType::S);
    let schema = KeySchemaElement::builder().attribute_name(key).key_type(KeyType::Hash);
    let capacity = ProvisionedThroughput::builder().read_capacity_units(5).write_capacity_units(5);
    stand_in
        .dynamodb
        .create_table()
        .table_name(name)
        .attribute_definitions(attribute.build().unwrap())
        .key_schema(schema.build().unwrap())
        .billing_mode(BillingMode::Provisioned)
        .provisioned_throughput(capacity.build().unwrap())
        .send()
        .await
        .unwrap();
}

async fn expire_by(stand_in: &StandIn, table: &str, attribute: &str) {
    let expiry = TimeToLiveSpecification::builder().enabled(true).attribute_name(attribute).build().unwrap();
    let call = stand_in.dynamodb.update_time_to_live().table_name(table).time_to_live_specification(expiry);
    call.send().await.unwrap();
}

async fn described(stand_in: &StandIn, table: &str) -> TableDescription {
    stand_in.dynamodb.describe_table().table_name(table).send().await.unwrap().table.unwrap()
}

/// Both tables are as they have to be.
async fn check(stand_in: &StandIn) {
    let tracking = described(stand_in, TRACKING).await;
    assert_eq!(tracking.key_schema()[0].attribute_name(), "message_id");
    let mut indexes: Vec<_> = tracking
        .global_secondary_indexes()
        .iter()
        .map(|index| (index.index_name().unwrap(), index.key_schema()[0].attribute_name()))
        .collect();
    indexes.sort_unstable();
    assert_eq!(indexes, [("by-address", "address_print"), ("by-campaign", "campaign_id")]);
    assert_eq!(described(stand_in, LIMITS).await.key_schema()[0].attribute_name(), "channel");
    let expiry = stand_in.dynamodb.describe_time_to_live().table_name(TRACKING).send().await.unwrap();
    let expiry = expiry.time_to_live_description().unwrap();
    assert_eq!(expiry.time_to_live_status(), Some(&TimeToLiveStatus::Enabled));
    assert_eq!(expiry.attribute_name(), Some("expires_at"));
}

const CREATED: [&str; 3] = [
    "0001_delivery_tracking: created the table spring-tracking",
    "0002_rate_limits: created the table spring-limits",
    "0003_delivery_tracking_ttl: items of the table spring-tracking expire by expires_at from now on",
];
const THERE: [&str; 3] = [
    "0001_delivery_tracking: the table spring-tracking is there",
    "0002_rate_limits: the table spring-limits is there",
    "0003_delivery_tracking_ttl: items of the table spring-tracking expire by expires_at",
];

#[tokio::test]
async fn an_empty_account_gets_both_tables_and_a_second_time_finds_them() {
    let stand_in = StandIn::start().await;
    assert_eq!(migrate(&stand_in, &[]).await, CREATED);
    check(&stand_in).await;
    assert_eq!(migrate(&stand_in, &[]).await, THERE);
    check(&stand_in).await;
}

#[tokio::test]
async fn an_older_table_gets_what_it_lacks_and_keeps_what_it_has() {
    let stand_in = StandIn::start().await;
    older_table(&stand_in, TRACKING, "message_id").await;
    let billing = "0001_delivery_tracking: left the billing of the table spring-tracking as it is: PROVISIONED, \
                   while the definition has PAY_PER_REQUEST";
    let would = [
        THERE[0],
        billing,
        "0001_delivery_tracking: would add the index by-campaign to the table spring-tracking",
        "0001_delivery_tracking: would add the index by-address to the table spring-tracking",
        "0002_rate_limits: would create the table spring-limits",
        "0003_delivery_tracking_ttl: would have items of the table spring-tracking expire by expires_at",
    ];
    assert_eq!(migrate(&stand_in, &["--dry-run"]).await, would);
    let did = [
        THERE[0],
        billing,
        "0001_delivery_tracking: added the index by-campaign to the table spring-tracking",
        "0001_delivery_tracking: added the index by-address to the table spring-tracking",
        CREATED[1],
        CREATED[2],
    ];
    assert_eq!(migrate(&stand_in, &[]).await, did);
    check(&stand_in).await;
    assert_eq!(migrate(&stand_in, &[]).await, [THERE[0], billing, THERE[1], THERE[2]]);
}

#[tokio::test]
async fn a_dry_run_says_what_would_be_done_and_changes_nothing() {
    let stand_in = StandIn::start().await;
    let would = [
        "0001_delivery_tracking: would create the table spring-tracking",
        "0002_rate_limits: would create the table spring-limits",
        "0003_delivery_tracking_ttl: would have items of the table spring-tracking expire by expires_at",
    ];
    assert_eq!(migrate(&stand_in, &["--dry-run"]).await, would);
    let tables = stand_in.dynamodb.list_tables().send().await.unwrap();
    assert!(tables.table_names().is_empty(), "{tables:?}");
}

#[tokio::test]
async fn several_at_once_all_end_well() {
    let stand_in = StandIn::start().await;
    let (first, second, third) =
        tokio::join!(migrate(&stand_in, &[]), migrate(&stand_in, &[]), migrate(&stand_in, &[]));
    check(&stand_in).await;
    for (number, created) in CREATED.iter().enumerate().take(2) {
        let said = [&first, &second, &third].map(|lines| lines[number].as_str());
        assert_eq!(said.iter().filter(|said| *said == created).count(), 1, "{said:?}");
    }
}

#[tokio::test]
async fn several_at_once_on_an_older_table_all_end_well() {
    let stand_in = StandIn::start().await;
    older_table(&stand_in, TRACKING, "message_id").await;
    tokio::join!(migrate(&stand_in, &[]), migrate(&stand_in, &[]), migrate(&stand_in, &[]));
    check(&stand_in).await;
}

#[tokio::test]
async fn in_json_each_step_is_a_line() {
    let stand_in = StandIn::start().await;
    let lines = migrate(&stand_in, &["--json", "--dynamodb-rate-limits-table", ""]).await;
    let steps: Vec<Value> = lines.iter().map(|line| serde_json::from_str(line).unwrap()).collect();
    let outcomes: Vec<_> = steps.iter().map(|step| step["outcome"].as_str().unwrap()).collect();
    assert_eq!(outcomes, ["done", "skipped", "done"]);
    assert_eq!(steps[0]["migration"], "0001_delivery_tracking");
    assert_eq!(steps[0]["table"], TRACKING);
    assert_eq!(steps[1]["text"], "skipped: DYNAMODB_RATE_LIMITS_TABLE is not set");
}

#[tokio::test]
async fn a_table_with_another_key_is_left_alone_and_named() {
    let stand_in = StandIn::start().await;
    older_table(&stand_in, TRACKING, "customer_id").await;
    let output = drumbeat(&stand_in, &["migrate"]).output().await.unwrap();
    let words = [
        "the table spring-tracking in us-east-1 (DYNAMODB_DELIVERY_TRACKING_TABLE)",
        "has the key customer_id (S), and Drumbeat needs message_id (S)",
    ];
    refused(&output, 2, &words);
    assert!(output.stdout.is_empty());
}

#[tokio::test]
async fn items_that_expire_by_something_else_are_left_alone() {
    let stand_in = StandIn::start().await;
    older_table(&stand_in, TRACKING, "message_id").await;
    expire_by(&stand_in, TRACKING, "ttl").await;
    let output = drumbeat(&stand_in, &["migrate"]).output().await.unwrap();
    refused(&output, 1, &["spring-tracking", "expire by the attribute ttl, and Drumbeat needs expires_at"]);
}

#[tokio::test]
async fn tables_that_are_not_named_or_misnamed_are_a_wrong_value() {
    let stand_in = StandIn::start().await;
    let nameless = ["migrate", "--dynamodb-delivery-tracking-table", "", "--dynamodb-rate-limits-table", " "];
    let output = drumbeat(&stand_in, &nameless).output().await.unwrap();
    refused(&output, 2, &["DYNAMODB_DELIVERY_TRACKING_TABLE", "DYNAMODB_RATE_LIMITS_TABLE"]);
    let misnamed = ["migrate", "--dynamodb-rate-limits-table", "a table"];
    let output = drumbeat(&stand_in, &misnamed).output().await.unwrap();
    refused(&output, 2, &[r#"DYNAMODB_RATE_LIMITS_TABLE: "a table" is no name of a table"#]);
}

#[tokio::test]
async fn without_a_region_or_credentials_it_says_so() {
    let stand_in = StandIn::start().await;
    let output = drumbeat(&stand_in, &["migrate"]).env_remove("AWS_REGION").output().await.unwrap();
    refused(&output, 1, &["AWS_REGION is not set"]);
    let output = drumbeat(&stand_in, &["migrate"]).env_remove("AWS_ACCESS_KEY_ID").output().await.unwrap();
    refused(&output, 1, &["there are no credentials"]);
}

#[tokio::test]
async fn tables_are_read_and_written_by_boto3() {
    // Only where moto is, boto3 is.
    let Some(python) = python() else { return };
    let stand_in = StandIn::start().await;
    migrate(&stand_in, &[]).await;
    let script = root().join("tests/tracking/tables.py");
    let mut command = Command::new(python);
    let output = command.arg(script).args([&stand_in.url, TRACKING, LIMITS]).output().await.unwrap();
    assert!(output.status.success(), "{}", error(&output));
}
