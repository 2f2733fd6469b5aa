//! "Monitoring with EventBridge" and "Event types for SMS, MMS, and voice", user guide of End User Messaging SMS.

use drumbeat_common::RecipientRef;
use serde_json::{Value, json};

use super::{
    ACCOUNT, REGION,
    event::{Event, written},
};

const ORIGIN: &str = "+12065550100";

/// What can happen to an SMS.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum SmsEvent {
    Queued,
    Pending,
    /// All that some carriers ever say.
    Successful,
    Delivered,
    CarrierUnreachable,
    Blocked,
    Invalid,
}

impl SmsEvent {
    pub(super) const FAILURES: [Self; 3] = [Self::CarrierUnreachable, Self::Blocked, Self::Invalid];

    pub(super) const fn event_type(self) -> &'static str {
        match self {
            Self::Queued => "TEXT_QUEUED",
            Self::Pending => "TEXT_PENDING",
            Self::Successful => "TEXT_SUCCESSFUL",
            Self::Delivered => "TEXT_DELIVERED",
            Self::CarrierUnreachable => "TEXT_CARRIER_UNREACHABLE",
            Self::Blocked => "TEXT_BLOCKED",
            Self::Invalid => "TEXT_INVALID",
        }
    }

    const fn is_final(self) -> bool {
        match self {
            Self::Queued | Self::Pending => false,
            Self::Successful | Self::Delivered | Self::CarrierUnreachable | Self::Blocked | Self::Invalid => {
                true
            }
        }
    }

    const fn description(self) -> &'static str {
        match self {
            Self::Queued => "Message is queued for delivery",
            Self::Pending => "Message is waiting to be delivered",
            Self::Successful => "Message has been accepted by phone carrier",
            Self::Delivered => "Message has been delivered",
            Self::CarrierUnreachable => "Phone carrier is currently unreachable/unavailable",
            Self::Blocked => "Phone is blocked by the carrier",
            Self::Invalid => "Destination phone number is invalid",
        }
    }
}

pub(super) fn tell(event: &Event, kind: SmsEvent, with_context: bool) -> Value {
    let message = &event.message;
    let event_type = kind.event_type();
    let mut detail = json!({
        "eventType": event_type,
        "eventVersion": "1.0",
        "eventTimestamp": event.at.unix_millis(),
        "isFinal": kind.is_final(),
        "originationPhoneNumber": ORIGIN,
        "destinationPhoneNumber": &*message.to,
        "isInternationalSend": false,
        "messageId": message.id.to_string(),
        "messageRequestTimestamp": message.at_us / 1_000,
        "messageEncoding": "GSM",
        "messageType": "PROMOTIONAL",
        "messageStatus": event_type.trim_start_matches("TEXT_"),
        "messageStatusDescription": kind.description(),
        "totalMessageParts": 1,
        "totalMessagePrice": 0.00581,
        "totalCarrierFee": 0.0,
    });
    if let Some(recipient) = message.recipient.filter(|_| with_context) {
        detail["context"] = json!({
            RecipientRef::CAMPAIGN_KEY: recipient.campaign.to_string(),
            RecipientRef::INDEX_KEY: recipient.index.to_string(),
        });
    }
    json!({
        "version": "0",
        "id": event.id.to_string(),
        "detail-type": "Text Message Delivery Status Updated",
        "source": "aws.sms-voice",
        "account": ACCOUNT,
        "time": written(event.at.unix_millis(), 0),
        "region": REGION,
        "resources": [],
        "detail": detail,
    })
}
