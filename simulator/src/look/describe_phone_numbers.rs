//! `DescribePhoneNumbers` of End User Messaging SMS, API version 2.

use serde::Deserialize;
use serde_json::{Value, json};

use super::{origin, page::Page};
use crate::{DemoAccount, aws_error::AwsError};

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct DescribePhoneNumbers {
    #[serde(default)]
    phone_number_ids: Vec<String>,
    next_token: Option<String>,
    max_results: Option<usize>,
}

/// Tells of the numbers asked for by id, and of those that the account lists where none is.
pub(super) fn tell(account: &DemoAccount, call: DescribePhoneNumbers) -> Result<Value, AwsError> {
    if call.phone_number_ids.is_empty() {
        return list(account, Page::new(call.next_token.as_deref(), call.max_results));
    }
    let number = account.phone_numbers.first().map_or("+12065550100", String::as_str);
    let numbers = call
        .phone_number_ids
        .iter()
        .map(|name| {
            let id = origin::id(name);
            Ok(phone_number(id, number, origin::status(account, "phone-number", id)?))
        })
        .collect::<Result<Vec<_>, AwsError>>()?;
    Ok(json!({ "PhoneNumbers": numbers }))
}

fn list(account: &DemoAccount, page: Page) -> Result<Value, AwsError> {
    let numbers = page
        .of(&account.phone_numbers)
        .iter()
        .map(|number| {
            let id = format!("phone-{}", number.trim_start_matches('+'));
            Ok(phone_number(&id, number, origin::status(account, "phone-number", number)?))
        })
        .collect::<Result<Vec<_>, AwsError>>()?;
    Ok(json!({ "PhoneNumbers": numbers, "NextToken": page.next(account.phone_numbers.len()) }))
}

fn phone_number(id: &str, number: &str, status: &str) -> Value {
    json!({
        "PhoneNumberArn": origin::arn("phone-number", id),
        "PhoneNumberId": id,
        "PhoneNumber": number,
        "Status": status,
        "IsoCountryCode": "US",
        "MessageType": "PROMOTIONAL",
        "NumberCapabilities": ["SMS"],
        "NumberType": "TOLL_FREE",
        "MonthlyLeasingPrice": "2.00",
        "TwoWayEnabled": false,
        "SelfManagedOptOutsEnabled": false,
        "OptOutListName": "Default",
        "InternationalSendingEnabled": true,
        "DeletionProtectionEnabled": false,
        "CreatedTimestamp": origin::CREATED,
    })
}
