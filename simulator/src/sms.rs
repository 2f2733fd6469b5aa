//! `SendTextMessage` of End User Messaging SMS, API version 2: AWS JSON 1.0.

use std::{borrow::Cow, collections::BTreeMap};

use drumbeat_common::{Channel, PhoneNumber, RecipientRef};
use serde::Deserialize;

use crate::{
    aws_error::{AwsError, Details, Field},
    submission::Submission,
};

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct SendTextMessage {
    destination_phone_number: Option<String>,
    message_body: Option<String>,
    context: Option<BTreeMap<String, String>>,
    dry_run: Option<bool>,
}

/// API reference, `SendTextMessage`: the longest `MessageBody`, and the most entries of `Context`.
const LONGEST_BODY: usize = 1600;
const MOST_CONTEXT: usize = 5;

/// Reads and checks a request as the service does.
pub(crate) fn read(body: &[u8]) -> Result<Submission, AwsError> {
    let call: SendTextMessage =
        serde_json::from_slice(body).map_err(|error| AwsError::serialization(Channel::Sms, &error))?;
    let to = required("DestinationPhoneNumber", call.destination_phone_number)?;
    let to =
        PhoneNumber::try_from(to).map_err(|error| invalid("DestinationPhoneNumber", error.to_string()))?;
    let text = required("MessageBody", call.message_body)?;
    if text.chars().count() > LONGEST_BODY {
        return Err(invalid("MessageBody", format!("must not be longer than {LONGEST_BODY} characters")));
    }
    let context = call.context.unwrap_or_default();
    if context.len() > MOST_CONTEXT {
        return Err(invalid("Context", format!("must not have more than {MOST_CONTEXT} entries")));
    }
    Ok(Submission {
        dry_run: call.dry_run.unwrap_or_default(),
        ..Submission::new(to.as_str(), &text, recipient(&context))
    })
}

fn recipient(context: &BTreeMap<String, String>) -> Option<RecipientRef> {
    let campaign = context.get(RecipientRef::CAMPAIGN_KEY)?;
    let index = context.get(RecipientRef::INDEX_KEY)?;
    RecipientRef::from_parts(campaign, index).ok()
}

fn required(name: &'static str, value: Option<String>) -> Result<String, AwsError> {
    value
        .filter(|value| !value.is_empty())
        .ok_or_else(|| refused("MISSING_PARAMETER", name, "is required and must not be empty".to_owned()))
}

fn invalid(name: &'static str, message: String) -> AwsError {
    refused("INVALID_PARAMETER", name, message)
}

fn refused(reason: &'static str, name: &'static str, message: String) -> AwsError {
    let mut error = AwsError::rejected(Channel::Sms, "ValidationException", format!("{name}: {message}"));
    error.details = Details {
        reason: Some(Cow::Borrowed(reason)),
        fields: vec![Field { name, message }],
        ..Details::default()
    };
    error
}
