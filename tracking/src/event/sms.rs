use std::collections::HashMap;

use drumbeat_common::{Arrival, Channel, RecipientRef};
use jiff::Timestamp;
use serde::Deserialize;

use super::{Dropped, Kind, MessageName, Report, kind::clean};

/// An event of End User Messaging SMS ("Example AWS End User Messaging SMS event data", its user guide).
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Event {
    event_type: String,
    /// In milliseconds.
    event_timestamp: i64,
    is_final: Option<bool>,
    message_id: String,
    context: Option<HashMap<String, String>>,
}

pub(super) fn read(text: &str) -> Result<Report, Dropped> {
    let event: Event = serde_json::from_str(text).map_err(|_| Dropped::Malformed)?;
    let kind = Kind::new("sms", &event.event_type);
    let Some(arrival) = arrival(&event.event_type, event.is_final.unwrap_or(true)) else {
        return Err(Dropped::Unknown(kind));
    };
    Ok(Report {
        recipient: event.context.as_ref().and_then(recipient),
        message: MessageName::aws(event.message_id)?,
        channel: Channel::Sms,
        arrival,
        harm: None,
        suppress: None,
        code: clean(&event.event_type),
        at: Timestamp::from_millisecond(event.event_timestamp).map_err(|_| Dropped::Malformed)?,
        kind,
    })
}

fn recipient(context: &HashMap<String, String>) -> Option<RecipientRef> {
    let (campaign, index) = (context.get(RecipientRef::CAMPAIGN_KEY)?, context.get(RecipientRef::INDEX_KEY)?);
    RecipientRef::from_parts(campaign, index).ok()
}

/// How far a message came, by the type of the event ("Event types for SMS, MMS, and voice"). Some carriers never say more
/// than that they took a message: that is then final, and as good as delivered. An error that may pass is one only when
/// it is final. Whatever the event is, it shows that AWS had the message.
fn arrival(event_type: &str, is_final: bool) -> Option<Arrival> {
    Some(match event_type {
        "TEXT_DELIVERED" => Arrival::Delivered,
        "TEXT_SUCCESSFUL" if is_final => Arrival::Delivered,
        "TEXT_BLOCKED"
        | "TEXT_CARRIER_BLOCKED"
        | "TEXT_INVALID"
        | "TEXT_INVALID_MESSAGE"
        | "TEXT_PROTECT_BLOCKED"
        | "TEXT_SPAM"
        | "TEXT_TTL_EXPIRED" => Arrival::Undelivered,
        "TEXT_CARRIER_UNREACHABLE" | "TEXT_UNKNOWN" | "TEXT_UNREACHABLE" if is_final => Arrival::Undelivered,
        "TEXT_CARRIER_UNREACHABLE"
        | "TEXT_PENDING"
        | "TEXT_QUEUED"
        | "TEXT_SENT"
        | "TEXT_SUCCESSFUL"
        | "TEXT_UNKNOWN"
        | "TEXT_UNREACHABLE" => Arrival::Sent,
        _ => return None,
    })
}
