use std::collections::HashMap;

use drumbeat_common::{Address, Arrival, Channel, Harm, RecipientRef, suppression::NewSuppression};
use jiff::Timestamp;
use serde::Deserialize;

use super::{Dropped, Kind, MessageName, Report, envelope::check, kind::clean};
use crate::{AccountId, reason};

/// An event of SES, the same through EventBridge and through SNS ("Contents of event data that Amazon SES publishes to
/// Amazon SNS", its developer guide).
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Event {
    mail: Mail,
    bounce: Option<Bounce>,
    complaint: Option<Complaint>,
    delivery: Option<Moment>,
    delivery_delay: Option<Moment>,
    open: Option<Moment>,
    click: Option<Moment>,
    subscription: Option<Subscription>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Mail {
    message_id: String,
    timestamp: Timestamp,
    sending_account_id: Option<String>,
    #[serde(default)]
    destination: Vec<String>,
    #[serde(default)]
    tags: HashMap<String, Vec<String>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Bounce {
    timestamp: Timestamp,
    bounce_type: String,
    bounce_sub_type: String,
    #[serde(default)]
    bounced_recipients: Vec<Mailbox>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Complaint {
    timestamp: Timestamp,
    complaint_sub_type: Option<String>,
    complaint_feedback_type: Option<String>,
    #[serde(default)]
    complained_recipients: Vec<Mailbox>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Mailbox {
    email_address: String,
}

#[derive(Deserialize)]
struct Moment {
    timestamp: Timestamp,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Subscription {
    timestamp: Timestamp,
    new_topic_preferences: Option<TopicPreferences>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct TopicPreferences {
    #[serde(default)]
    unsubscribe_all: bool,
}

/// SES knew before it sent that the address would refuse, from the account's own list: nothing went out, and it holds
/// nothing against the sender.
const ON_ACCOUNT_LIST: &str = "OnAccountSuppressionList";

/// What an event comes to, beside what all have.
struct Finding {
    arrival: Arrival,
    harm: Option<Harm>,
    suppress: Option<NewSuppression>,
    code: String,
    at: Timestamp,
}

pub(super) fn read(name: &str, text: &str, account: Option<&AccountId>) -> Result<Report, Dropped> {
    let word = event_type(name).ok_or_else(|| Dropped::Unknown(Kind::new("email", name)))?;
    let event: Event = serde_json::from_str(text).map_err(|_| Dropped::Malformed)?;
    event.mail.sending_account_id.iter().try_for_each(|named| check(named, account))?;
    let Finding { arrival, harm, suppress, code, at } = finding(word, &event).ok_or(Dropped::Malformed)?;
    Ok(Report {
        kind: Kind::new("email", word),
        recipient: recipient(&event.mail.tags),
        message: MessageName::aws(event.mail.message_id)?,
        channel: Channel::Email,
        arrival,
        harm,
        suppress,
        code,
        at,
    })
}

/// The event's own word for itself; EventBridge has another one.
fn event_type(name: &str) -> Option<&'static str> {
    Some(match name {
        "Send" | "Email Sent" => "Send",
        "Delivery" | "Email Delivered" => "Delivery",
        "DeliveryDelay" | "Email Delivery Delayed" => "DeliveryDelay",
        "Bounce" | "Email Bounced" => "Bounce",
        "Complaint" | "Email Complaint Received" => "Complaint",
        "Reject" | "Email Rejected" => "Reject",
        "Rendering Failure" | "Email Rendering Failed" => "RenderingFailure",
        "Open" | "Email Opened" => "Open",
        "Click" | "Email Clicked" => "Click",
        "Subscription" | "Email Subscribed" => "Subscription",
        _ => return None,
    })
}

/// None where the event lacks what its type promises.
fn finding(word: &str, event: &Event) -> Option<Finding> {
    let sent = event.mail.timestamp;
    let plain = |arrival, at| Finding { arrival, harm: None, suppress: None, code: word.to_owned(), at };
    Some(match word {
        "Delivery" => plain(Arrival::Delivered, event.delivery.as_ref()?.timestamp),
        "Open" => plain(Arrival::Read, event.open.as_ref()?.timestamp),
        "Click" => plain(Arrival::Read, event.click.as_ref()?.timestamp),
        "Bounce" => bounce(event.bounce.as_ref()?, &event.mail),
        "Complaint" => complaint(event.complaint.as_ref()?, &event.mail),
        "Subscription" => subscription(event.subscription.as_ref()?, &event.mail),
        "Reject" | "RenderingFailure" => plain(Arrival::Undelivered, sent),
        "DeliveryDelay" => plain(Arrival::Sent, event.delivery_delay.as_ref()?.timestamp),
        _ => plain(Arrival::Sent, sent),
    })
}

fn bounce(bounce: &Bounce, mail: &Mail) -> Finding {
    let is_permanent = bounce.bounce_type == "Permanent";
    let is_harm = is_permanent && bounce.bounce_sub_type != ON_ACCOUNT_LIST;
    Finding {
        arrival: Arrival::Undelivered,
        harm: is_harm.then_some(Harm::Bounce),
        suppress: suppression(mail, &bounce.bounced_recipients, reason::BOUNCED).filter(|_| is_permanent),
        code: clean(&format!("Bounce.{}.{}", bounce.bounce_type, bounce.bounce_sub_type)),
        at: bounce.timestamp,
    }
}

fn complaint(complaint: &Complaint, mail: &Mail) -> Finding {
    let never_left = complaint.complaint_sub_type.as_deref() == Some(ON_ACCOUNT_LIST);
    // Some providers report this way that a person took an email out of the spam.
    let is_spam = complaint.complaint_feedback_type.as_deref() != Some("not-spam");
    let said = complaint.complaint_sub_type.as_ref().or(complaint.complaint_feedback_type.as_ref());
    Finding {
        arrival: if never_left { Arrival::Undelivered } else { Arrival::Delivered },
        harm: (is_spam && !never_left).then_some(Harm::Complaint),
        suppress: suppression(mail, &complaint.complained_recipients, reason::COMPLAINED).filter(|_| is_spam),
        code: clean(&said.map_or("Complaint".to_owned(), |said| format!("Complaint.{said}"))),
        at: complaint.timestamp,
    }
}

fn subscription(subscription: &Subscription, mail: &Mail) -> Finding {
    let is_out = subscription.new_topic_preferences.as_ref().is_some_and(|wish| wish.unsubscribe_all);
    Finding {
        arrival: Arrival::Sent,
        harm: None,
        suppress: suppression(mail, &[], reason::OPTED_OUT).filter(|_| is_out),
        code: "Subscription".to_owned(),
        at: subscription.timestamp,
    }
}

/// Whom not to write to any more: the one whom the email was for, since the report may name a mailbox to which that one
/// forwards. Where an email had several recipients, only a report that names one tells whom it means.
fn suppression(mail: &Mail, named: &[Mailbox], reason: &str) -> Option<NewSuppression> {
    let address = match (&mail.destination[..], named) {
        ([only], _) => only,
        (_, [only]) => &only.email_address,
        _ => return None,
    };
    let address = Address::Email(address.clone().try_into().ok()?);
    Some(NewSuppression { address, reason: reason::of(reason) })
}

fn recipient(tags: &HashMap<String, Vec<String>>) -> Option<RecipientRef> {
    let tag = |key| tags.get(key).and_then(|values| values.first());
    RecipientRef::from_parts(tag(RecipientRef::CAMPAIGN_KEY)?, tag(RecipientRef::INDEX_KEY)?).ok()
}
