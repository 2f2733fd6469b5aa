//! `SendWhatsAppMessage` of End User Messaging Social: REST JSON around a blob that holds Meta's message JSON.

use base64::{Engine, engine::general_purpose::STANDARD};
use drumbeat_common::{Channel, PhoneNumber};
use serde::Deserialize;

use crate::{aws_error::AwsError, submission::Submission};

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct SendWhatsAppMessage {
    origination_phone_number_id: Option<String>,
    message: Option<String>,
    meta_api_version: Option<String>,
}

/// The message as Meta's Cloud API takes it; what differs by type is Meta's business, but for templates.
#[derive(Deserialize)]
struct MetaMessage {
    messaging_product: Option<String>,
    to: Option<String>,
    r#type: Option<String>,
    template: Option<MetaTemplate>,
    text: Option<MetaText>,
    biz_opaque_callback_data: Option<String>,
}

#[derive(Deserialize)]
struct MetaTemplate {
    name: Option<String>,
    language: Option<MetaLanguage>,
}

#[derive(Deserialize)]
struct MetaLanguage {
    code: Option<String>,
}

#[derive(Deserialize)]
struct MetaText {
    body: Option<String>,
}

/// Reads and checks a request as the service does.
pub(crate) fn read(body: &[u8]) -> Result<Submission, AwsError> {
    let call: SendWhatsAppMessage =
        serde_json::from_slice(body).map_err(|error| AwsError::serialization(Channel::Whatsapp, &error))?;
    member("originationPhoneNumberId", call.origination_phone_number_id)?;
    member("metaApiVersion", call.meta_api_version)?;
    let blob = member("message", call.message)?;
    let blob = STANDARD.decode(blob).map_err(|_| invalid("message: is not base64"))?;
    let message: MetaMessage = serde_json::from_slice(&blob)
        .map_err(|error| invalid(format!("message: is not a message as Meta takes it: {error}")))?;
    read_message(message)
}

fn read_message(message: MetaMessage) -> Result<Submission, AwsError> {
    if message.messaging_product.as_deref() != Some("whatsapp") {
        return Err(unacceptable("messaging_product must be \"whatsapp\""));
    }
    let to = number(&part("to", message.to)?)?;
    let text = match part("type", message.r#type)?.as_str() {
        "template" => template_name(message.template)?,
        "text" => part("text.body", message.text.and_then(|text| text.body))?,
        other => other.to_owned(),
    };
    let recipient = message.biz_opaque_callback_data.and_then(|data| data.parse().ok());
    Ok(Submission::new(to.as_str(), &text, recipient))
}

fn template_name(template: Option<MetaTemplate>) -> Result<String, AwsError> {
    let template = template.ok_or_else(|| unacceptable("template is required for messages of that type"))?;
    part("template.language.code", template.language.and_then(|language| language.code))?;
    part("template.name", template.name)
}

/// Meta takes numbers with and without `+`; one spelling makes them comparable.
fn number(to: &str) -> Result<PhoneNumber, AwsError> {
    let digits = to.strip_prefix('+').unwrap_or(to);
    PhoneNumber::try_from(format!("+{digits}")).map_err(|error| unacceptable(&format!("to: {error}")))
}

/// A member of AWS's request.
fn member(name: &str, value: Option<String>) -> Result<String, AwsError> {
    value.filter(|value| !value.is_empty()).ok_or_else(|| invalid(format!("{name}: is required")))
}

/// A part of Meta's message.
fn part(name: &str, value: Option<String>) -> Result<String, AwsError> {
    value.filter(|value| !value.is_empty()).ok_or_else(|| unacceptable(&format!("{name} is required")))
}

fn invalid(message: impl Into<String>) -> AwsError {
    AwsError::rejected(Channel::Whatsapp, "ValidationException", message)
}

fn unacceptable(why: &str) -> AwsError {
    AwsError::rejected(Channel::Whatsapp, "InvalidParametersException", format!("message: {why}"))
}
