//! `DescribeSenderIds` of End User Messaging SMS, API version 2.

use serde::Deserialize;
use serde_json::{Value, json};

use super::origin;
use crate::{DemoAccount, aws_error::AwsError};

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct DescribeSenderIds {
    #[serde(default)]
    sender_ids: Vec<SenderIdAndCountry>,
    #[serde(default)]
    filters: Vec<Filter>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct SenderIdAndCountry {
    sender_id: String,
    iso_country_code: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Filter {
    name: String,
    values: Vec<String>,
}

/// Tells of the sender IDs asked for, which have to be there, or else of those that the filter names and are there.
pub(super) fn tell(account: &DemoAccount, call: DescribeSenderIds) -> Result<Value, AwsError> {
    let mut sender_ids = Vec::new();
    for SenderIdAndCountry { sender_id, iso_country_code } in &call.sender_ids {
        origin::status(account, "sender-id", sender_id)?;
        sender_ids.push(told(sender_id, iso_country_code));
    }
    for filter in call.filters.iter().filter(|filter| filter.name == "sender-id") {
        let there = filter.values.iter().filter(|id| origin::status(account, "sender-id", id).is_ok());
        sender_ids.extend(there.map(|id| told(id, "GB")));
    }
    Ok(json!({ "SenderIds": sender_ids }))
}

fn told(id: &str, country: &str) -> Value {
    json!({
        "SenderIdArn": origin::arn("sender-id", &format!("{id}/{country}")),
        "SenderId": id,
        "IsoCountryCode": country,
        "MessageTypes": ["PROMOTIONAL"],
        "MonthlyLeasingPrice": "0.00",
        "DeletionProtectionEnabled": false,
        "Registered": false,
    })
}
