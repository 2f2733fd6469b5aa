use serde::Deserialize;
use serde_json::value::RawValue;

use super::{Dropped, Kind, Report, email, sms, whatsapp};
use crate::AccountId;

/// More than SQS lets through.
const MOST: usize = 1024 * 1024;

/// The fields by which the forms are told apart; what else there is, is left alone, however deep.
#[derive(Deserialize)]
struct Body<'a> {
    /// SNS: what it sends.
    #[serde(rename = "Type")]
    sns_type: Option<String>,
    #[serde(rename = "Message")]
    sns_message: Option<String>,
    #[serde(rename = "TopicArn")]
    topic: Option<String>,
    /// EventBridge: which service it speaks for.
    source: Option<String>,
    #[serde(rename = "detail-type")]
    detail_type: Option<String>,
    account: Option<String>,
    #[serde(borrow)]
    detail: Option<&'a RawValue>,
    /// End User Messaging Social: what Meta told it.
    #[serde(rename = "whatsAppWebhookEntry")]
    whatsapp: Option<String>,
    aws_account_id: Option<String>,
    #[serde(rename = "messageId")]
    message_id: Option<String>,
    /// What SMS and SES publish without EventBridge; SES has two names for it.
    #[serde(rename = "eventType", alias = "notificationType")]
    event_type: Option<String>,
}

/// Reads what a message of the queue says: one report or more, and what is none. The message may be an event of EventBridge
/// or of a service itself, bare or in an envelope of SNS. Where the queue's `account` is known, events of others are none.
#[must_use]
pub fn read(body: &str, account: Option<&AccountId>) -> Vec<Result<Report, Dropped>> {
    open(body, account).unwrap_or_else(|dropped| vec![Err(dropped)])
}

fn open(text: &str, account: Option<&AccountId>) -> Result<Vec<Result<Report, Dropped>>, Dropped> {
    let body = parse(text, account)?;
    match (body.sns_type.as_deref(), &body.sns_message) {
        (None, _) => tell(&body, text, account),
        (Some("Notification"), Some(message)) => tell(&parse(message, account)?, message, account),
        (Some("Notification"), None) => Err(Dropped::Malformed),
        (Some(other), _) => Err(Dropped::Unknown(Kind::new("sns", other))),
    }
}

fn parse<'a>(text: &'a str, account: Option<&AccountId>) -> Result<Body<'a>, Dropped> {
    if text.len() > MOST {
        return Err(Dropped::Malformed);
    }
    let body: Body<'_> = serde_json::from_str(text).map_err(|_| Dropped::Malformed)?;
    let topic = body.topic.as_deref().map(|arn| arn.split(':').nth(4).unwrap_or_default());
    let accounts = [topic, body.account.as_deref(), body.aws_account_id.as_deref()];
    accounts.into_iter().flatten().try_for_each(|named| check(named, account))?;
    Ok(body)
}

pub(super) fn check(named: &str, account: Option<&AccountId>) -> Result<(), Dropped> {
    match account {
        Some(account) if account.as_str() != named => Err(Dropped::WrongAccount),
        Some(_) | None => Ok(()),
    }
}

fn tell(
    body: &Body<'_>,
    text: &str,
    account: Option<&AccountId>,
) -> Result<Vec<Result<Report, Dropped>>, Dropped> {
    if let Some(source) = &body.source {
        let kind = body.detail_type.as_deref().unwrap_or_default();
        let detail = body.detail.ok_or(Dropped::Malformed)?.get();
        return match (source.as_str(), kind) {
            ("aws.sms-voice", "Text Message Delivery Status Updated") => one(sms::read(detail)),
            ("aws.ses", kind) => one(email::read(kind, detail, account)),
            ("aws.social-messaging", kind) => one(whatsapp::read_event(kind, detail)),
            (source, kind) => Err(Dropped::Unknown(Kind::new(&super::kind::clean(source), kind))),
        };
    }
    if let Some(entry) = &body.whatsapp {
        return whatsapp::read_entry(entry, body.message_id.as_deref());
    }
    match body.event_type.as_deref() {
        Some(kind) if kind.starts_with("TEXT_") => one(sms::read(text)),
        Some(kind) => one(email::read(kind, text, account)),
        None => Err(Dropped::Malformed),
    }
}

fn one(report: Result<Report, Dropped>) -> Result<Vec<Result<Report, Dropped>>, Dropped> {
    Ok(vec![report])
}
