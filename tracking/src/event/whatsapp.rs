use drumbeat_common::{Address, Arrival, Channel, suppression::NewSuppression};
use jiff::Timestamp;
use serde::Deserialize;

use super::{Dropped, Kind, MessageName, Report, kind::clean};
use crate::reason;

/// What Meta told AWS ("Message and event format in AWS End User Messaging Social", its user guide, and Meta's "Status
/// messages webhook reference").
#[derive(Deserialize)]
struct Entry {
    #[serde(default)]
    changes: Vec<Change>,
}

#[derive(Deserialize)]
struct Change {
    value: Value,
}

#[derive(Deserialize)]
struct Value {
    #[serde(default)]
    statuses: Vec<Status>,
}

#[derive(Deserialize)]
struct Status {
    /// Meta's name for the message.
    id: String,
    status: String,
    timestamp: Seconds,
    /// The person's number, without its `+`.
    recipient_id: Option<String>,
    biz_opaque_callback_data: Option<String>,
    #[serde(default)]
    errors: Vec<Fault>,
}

/// What AWS tells through EventBridge ("Monitoring with Amazon EventBridge"): neither the person nor what was sent along.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Event {
    /// AWS's name for the message.
    message_id: String,
    status: String,
    event_timestamp: Seconds,
    #[serde(default)]
    errors: Vec<Fault>,
}

#[derive(Deserialize)]
struct Fault {
    code: i64,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Seconds {
    Text(String),
    Number(i64),
}

/// The person stopped marketing messages of this business ("WhatsApp Cloud API error codes").
const OPTED_OUT: i64 = 131_050;

/// Reads an entry of Meta's. AWS gives with it its own name for the message, under which it took it; where the entry is
/// about several, nobody knows which one that is.
pub(super) fn read_entry(entry: &str, aws_id: Option<&str>) -> Result<Vec<Result<Report, Dropped>>, Dropped> {
    let entry: Entry = serde_json::from_str(entry).map_err(|_| Dropped::Malformed)?;
    let statuses: Vec<Status> = entry.changes.into_iter().flat_map(|change| change.value.statuses).collect();
    let Some(first) = statuses.first() else {
        // What people write to the business, and what Meta decides about templates.
        return Err(Dropped::Beside(Kind::new("whatsapp", "other")));
    };
    let aws_id = aws_id.filter(|_| statuses.iter().all(|status| status.id == first.id)).map(str::to_owned);
    Ok(statuses.into_iter().map(|status| report(status, aws_id.clone())).collect())
}

fn report(status: Status, aws_id: Option<String>) -> Result<Report, Dropped> {
    let message = match aws_id {
        Some(id) => MessageName::aws(id)?,
        None => MessageName::meta(status.id)?,
    };
    let mut report = tell(&status.status, message, &status.timestamp, &status.errors)?;
    report.recipient = status.biz_opaque_callback_data.and_then(|text| text.parse().ok());
    let is_out = status.errors.iter().any(|fault| fault.code == OPTED_OUT);
    report.suppress = status.recipient_id.filter(|_| is_out).and_then(|digits| suppression(&digits));
    Ok(report)
}

pub(super) fn read_event(name: &str, text: &str) -> Result<Report, Dropped> {
    let is_status = name
        .strip_prefix("WhatsApp Message ")
        .is_some_and(|what| matches!(what, "Sent" | "Delivered" | "Read" | "Failed" | "Undeliverable"));
    if !is_status {
        return Err(Dropped::Beside(Kind::new("whatsapp", "other")));
    }
    let event: Event = serde_json::from_str(text).map_err(|_| Dropped::Malformed)?;
    tell(&event.status, MessageName::aws(event.message_id)?, &event.event_timestamp, &event.errors)
}

fn tell(status: &str, message: MessageName, at: &Seconds, faults: &[Fault]) -> Result<Report, Dropped> {
    let kind = Kind::new("whatsapp", status);
    let arrival = match status {
        "sent" => Arrival::Sent,
        "delivered" => Arrival::Delivered,
        "read" | "played" => Arrival::Read,
        "failed" | "undeliverable" => Arrival::Undelivered,
        // Meta has it, which its next word says too; or something the person sent is gone, or cannot be shown.
        "accepted" | "deleted" | "warning" => return Err(Dropped::Beside(kind)),
        _ => return Err(Dropped::Unknown(kind)),
    };
    Ok(Report {
        kind,
        recipient: None,
        message,
        channel: Channel::Whatsapp,
        arrival,
        harm: None,
        suppress: None,
        code: faults.first().map_or_else(|| clean(status), |fault| fault.code.to_string()),
        at: at.timestamp().ok_or(Dropped::Malformed)?,
    })
}

impl Seconds {
    fn timestamp(&self) -> Option<Timestamp> {
        let seconds = match self {
            Self::Text(text) => text.parse().ok()?,
            Self::Number(number) => *number,
        };
        Timestamp::from_second(seconds).ok()
    }
}

fn suppression(digits: &str) -> Option<NewSuppression> {
    let number = format!("+{}", digits.trim_start_matches('+'));
    let address = Address::Whatsapp(number.try_into().ok()?);
    Some(NewSuppression { address, reason: reason::of(reason::OPTED_OUT) })
}
