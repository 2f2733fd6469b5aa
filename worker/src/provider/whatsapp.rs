use aws_config::SdkConfig;
use aws_sdk_socialmessaging::{
    Client, operation::send_whats_app_message::SendWhatsAppMessageError, primitives::Blob,
};
use drumbeat_common::{PhoneNumber, RecipientRef, WhatsappContent};
use serde_json::{Value, json};

use super::{Departure, aws, not_set};
use crate::outcome::{Cause, Outcome};

/// The version of Meta's API that the messages are written for; AWS passes it on.
const META_API_VERSION: &str = "v20.0";

/// WhatsApp through AWS End User Messaging Social: `SendWhatsAppMessage`.
#[derive(Debug)]
pub(crate) struct Whatsapp {
    client: Client,
    phone_number_id: Option<String>,
}

impl Whatsapp {
    pub(crate) fn new(aws: &SdkConfig, phone_number_id: Option<String>) -> Self {
        Self { client: Client::new(aws), phone_number_id }
    }

    pub(crate) async fn send(
        &self,
        to: &PhoneNumber,
        content: &WhatsappContent,
        recipient: RecipientRef,
        departure: Departure,
    ) -> Outcome {
        let Some(phone_number_id) = &self.phone_number_id else {
            return not_set("WHATSAPP_PHONE_NUMBER_ID", "WhatsApp message");
        };
        let answer = self
            .client
            .send_whats_app_message()
            .origination_phone_number_id(phone_number_id)
            .meta_api_version(META_API_VERSION)
            .message(Blob::new(body(to, content, recipient).to_string()))
            .customize()
            .mutate_request(departure.attach())
            .send()
            .await;
        aws::outcome(answer.map(|answer| answer.message_id), by_code)
    }
}

/// A message as Meta's Cloud API takes it.
fn body(to: &PhoneNumber, content: &WhatsappContent, recipient: RecipientRef) -> Value {
    let mut message = json!({
        "messaging_product": "whatsapp",
        "recipient_type": "individual",
        "to": to.as_str(),
        "biz_opaque_callback_data": recipient.to_string(),
    });
    let (kind, value) = match content {
        WhatsappContent::Text(text) => ("text", json!({ "body": text })),
        WhatsappContent::Template { name, language, header, body } => {
            let components: Vec<_> = [("header", header), ("body", body)]
                .into_iter()
                .filter(|(_, parameters)| !parameters.is_empty())
                .map(|(kind, parameters)| json!({ "type": kind, "parameters": texts(parameters) }))
                .collect();
            let language = json!({ "code": language });
            ("template", json!({ "name": name, "language": language, "components": components }))
        }
    };
    message["type"] = kind.into();
    message[kind] = value;
    message
}

fn texts(parameters: &[String]) -> Vec<Value> {
    parameters.iter().map(|text| json!({ "type": "text", "text": text })).collect()
}

fn by_code(_error: &SendWhatsAppMessageError, code: &str, cause: Cause) -> Option<Outcome> {
    Some(match code {
        "ThrottledRequestException" => Outcome::Throttled(cause),
        // Number, template name, language or parameters, as AWS or Meta see them.
        "InvalidParametersException" | "ValidationException" => Outcome::Rejected(cause),
        "AccessDeniedException" | "AccessDeniedByMetaException" | "ResourceNotFoundException" => {
            Outcome::Fatal(cause)
        }
        // Meta may have it already.
        "DependencyException" | "InternalServiceException" => Outcome::InDoubt(cause),
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_template_becomes_metas_message() {
        let to = PhoneNumber::try_from("+14155550100".to_owned()).unwrap();
        let recipient: RecipientRef = "01KAPZ3V9C6J2M5Q8R1T4W7Y0B/7".parse().unwrap();
        let content = WhatsappContent::Template {
            name: "promo".to_owned(),
            language: "en_US".to_owned(),
            header: Vec::new(),
            body: vec!["Ana".to_owned(), "20".to_owned()],
        };
        let expected = json!({
            "messaging_product": "whatsapp",
            "recipient_type": "individual",
            "to": "+14155550100",
            "biz_opaque_callback_data": "01KAPZ3V9C6J2M5Q8R1T4W7Y0B/7",
            "type": "template",
            "template": {
                "name": "promo",
                "language": { "code": "en_US" },
                "components": [
                    { "type": "body", "parameters": [
                        { "type": "text", "text": "Ana" },
                        { "type": "text", "text": "20" },
                    ] },
                ],
            },
        });
        assert_eq!(body(&to, &content, recipient), expected);
    }
}
