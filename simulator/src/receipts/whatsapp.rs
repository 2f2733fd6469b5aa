//! "Message and event format" and "WhatsApp message status", user guide of End User Messaging Social, around what Meta's
//! webhooks say.
//!
//! AWS's id of a message comes with the first event alone, that it was `accepted`, which AWS makes itself. It stands
//! there beside Meta's own id; the later events are Meta's, and carry that one and what was sent along.

use base64::{Engine, engine::general_purpose::STANDARD};
use serde_json::{Value, json};

use super::{
    ACCOUNT, REGION,
    event::{Event, written},
};
use crate::message_log::Message;

const WABA: &str = "1234567890123456";
const PHONE_NUMBER_ID: &str = "321010217760100";
const PHONE_NUMBER: &str = "12065550100";

/// What can happen to a WhatsApp message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum WhatsAppStatus {
    Accepted,
    Sent,
    Delivered,
    Read,
    Failed(Failure),
}

/// Why Meta did not deliver a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Failure {
    /// Nobody is there, or with a WhatsApp too old.
    Undeliverable,
    /// The person got enough marketing already.
    Ecosystem,
}

impl WhatsAppStatus {
    pub(super) const FAILURES: [Self; 2] =
        [Self::Failed(Failure::Undeliverable), Self::Failed(Failure::Ecosystem)];

    pub(super) const fn as_str(self) -> &'static str {
        match self {
            Self::Accepted => "accepted",
            Self::Sent => "sent",
            Self::Delivered => "delivered",
            Self::Read => "read",
            Self::Failed(_) => "failed",
        }
    }
}

impl Failure {
    /// Meta's code and its words.
    const fn words(self) -> (u32, &'static str) {
        match self {
            Self::Undeliverable => (131_026, "Message undeliverable"),
            Self::Ecosystem => {
                (131_049, "This message was not delivered to maintain healthy ecosystem engagement.")
            }
        }
    }
}

pub(super) fn tell(event: &Event, status: WhatsAppStatus) -> Value {
    let at = event.at.unix_millis();
    let arn = |what: &str| format!("arn:aws:social-messaging:{REGION}:{ACCOUNT}:{what}");
    let mut message = json!({
        "context": {
            "MetaWabaIds": [{ "wabaId": WABA, "arn": arn("waba/fb2594b8a7974770b128a409e2000000") }],
            "MetaPhoneNumberIds": [{
                "metaPhoneNumberId": PHONE_NUMBER_ID,
                "arn": arn("phone-number-id/976c72a700aac43eaf573ae050000000"),
            }],
        },
        "whatsAppWebhookEntry": entry(event, status).to_string(),
        "aws_account_id": ACCOUNT,
        "message_timestamp": written(at, 9),
    });
    if status == WhatsAppStatus::Accepted {
        message["messageId"] = event.message.id.to_string().into();
    }
    json!({
        "Type": "Notification",
        "MessageId": event.id.to_string(),
        "TopicArn": format!("arn:aws:sns:{REGION}:{ACCOUNT}:whatsapp"),
        "Message": message.to_string(),
        "Timestamp": written(at, 3),
        "SignatureVersion": "1",
        "Signature": "EXAMPLE",
        "SigningCertURL": format!("https://sns.{REGION}.amazonaws.com/SimpleNotificationService-0.pem"),
        "UnsubscribeURL": format!("https://sns.{REGION}.amazonaws.com/?Action=Unsubscribe"),
    })
}

/// What Meta says.
fn entry(event: &Event, status: WhatsAppStatus) -> Value {
    json!({
        "id": WABA,
        "changes": [{
            "value": {
                "messaging_product": "whatsapp",
                "metadata": { "display_phone_number": PHONE_NUMBER, "phone_number_id": PHONE_NUMBER_ID },
                "statuses": [report(event, status)],
            },
            "field": "messages",
        }],
    })
}

fn report(event: &Event, status: WhatsAppStatus) -> Value {
    let message = &event.message;
    let mut report = json!({
        "id": meta_id(message),
        "status": status.as_str(),
        "timestamp": (event.at.unix_millis() / 1_000).to_string(),
        "recipient_id": message.to.trim_start_matches('+'),
    });
    if let Some(recipient) = message.recipient.filter(|_| status != WhatsAppStatus::Accepted) {
        report["biz_opaque_callback_data"] = recipient.to_string().into();
    }
    match status {
        WhatsAppStatus::Accepted => {}
        WhatsAppStatus::Sent | WhatsAppStatus::Delivered | WhatsAppStatus::Read => {
            report["pricing"] = json!({ "billable": true, "pricing_model": "PMP", "category": "marketing", "type": "regular" });
        }
        WhatsAppStatus::Failed(failure) => {
            let (code, words) = failure.words();
            report["errors"] = json!([{ "code": code, "title": words, "message": words, "error_data": { "details": words } }]);
        }
    }
    report
}

/// Meta's id: always the same for the same message.
fn meta_id(message: &Message) -> String {
    format!("wamid.{}", STANDARD.encode(message.id.to_string()))
}
