//! "Monitoring SES events using Amazon EventBridge" and "Contents of event data", developer guide of SES.

use drumbeat_common::RecipientRef;
use serde_json::{Map, Value, json};

use super::{
    ACCOUNT, REGION,
    event::{Event, written},
};
use crate::message_log::Message;

const SOURCE: &str = "shop@example.com";
const DOMAIN: &str = "example.com";
const CONFIGURATION_SET: &str = "receipts";
const BROWSER: &str = "Mozilla/5.0";

/// What can happen to an email.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum EmailEvent {
    Delivered,
    Bounced(Bounce),
    Complained,
    Opened,
}

/// Why an email came back.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Bounce {
    /// There is no such mailbox.
    Permanent,
    /// The mailbox takes none now, and SES tried long enough.
    MailboxFull,
    /// SES knows the address for its bounces.
    Suppressed,
}

impl EmailEvent {
    pub(super) const FAILURES: [Self; 2] =
        [Self::Bounced(Bounce::Permanent), Self::Bounced(Bounce::MailboxFull)];

    pub(super) const fn detail_type(self) -> &'static str {
        match self {
            Self::Delivered => "Email Delivered",
            Self::Bounced(_) => "Email Bounced",
            Self::Complained => "Email Complaint Received",
            Self::Opened => "Email Opened",
        }
    }

    /// SES's own name for it, and that of the object that says more.
    const fn names(self) -> (&'static str, &'static str) {
        match self {
            Self::Delivered => ("Delivery", "delivery"),
            Self::Bounced(_) => ("Bounce", "bounce"),
            Self::Complained => ("Complaint", "complaint"),
            Self::Opened => ("Open", "open"),
        }
    }
}

impl Bounce {
    /// Type, sub-type, status and what the mail server said.
    const fn words(self) -> [&'static str; 4] {
        match self {
            Self::Permanent => ["Permanent", "General", "5.1.1", "smtp; 550 5.1.1 user unknown"],
            Self::MailboxFull => ["Transient", "MailboxFull", "4.2.2", "smtp; 452 4.2.2 mailbox full"],
            Self::Suppressed => [
                "Permanent",
                "Suppressed",
                "5.1.1",
                "Amazon SES has suppressed sending to this address because it has a recent history of bouncing as an invalid address.",
            ],
        }
    }
}

pub(super) fn tell(event: &Event, kind: EmailEvent) -> Value {
    let (event_type, name) = kind.names();
    json!({
        "version": "0",
        "id": event.id.to_string(),
        "detail-type": kind.detail_type(),
        "source": "aws.ses",
        "account": ACCOUNT,
        "time": written(event.at.unix_millis(), 0),
        "region": REGION,
        "resources": [format!("arn:aws:ses:{REGION}:{ACCOUNT}:configuration-set/{CONFIGURATION_SET}")],
        "detail": { "eventType": event_type, "mail": mail(&event.message), name: more(event, kind) },
    })
}

fn more(event: &Event, kind: EmailEvent) -> Value {
    let to = &*event.message.to;
    let at = event.at.unix_millis();
    let timestamp = written(at, 3);
    let feedback_id = format!("0100{at:012x}-{}-000000", event.id);
    match kind {
        EmailEvent::Delivered => json!({
            "timestamp": timestamp,
            "processingTimeMillis": at.saturating_sub(event.message.at_us / 1_000),
            "recipients": [to],
            "smtpResponse": "250 2.6.0 Message received",
            "remoteMtaIp": "192.0.2.1",
            "reportingMTA": "a8-70.smtp-out.amazonses.com",
        }),
        EmailEvent::Bounced(bounce) => {
            let [kind, sub_kind, status, diagnosis] = bounce.words();
            json!({
                "bounceType": kind,
                "bounceSubType": sub_kind,
                "bouncedRecipients": [
                    { "emailAddress": to, "action": "failed", "status": status, "diagnosticCode": diagnosis },
                ],
                "timestamp": timestamp,
                "feedbackId": feedback_id,
                "reportingMTA": "dsn; a8-70.smtp-out.amazonses.com",
            })
        }
        EmailEvent::Complained => json!({
            "complainedRecipients": [{ "emailAddress": to }],
            "timestamp": timestamp,
            "feedbackId": feedback_id,
            "complaintSubType": null,
            "userAgent": BROWSER,
            "complaintFeedbackType": "abuse",
            "arrivalDate": timestamp,
        }),
        EmailEvent::Opened => {
            json!({ "timestamp": timestamp, "userAgent": BROWSER, "ipAddress": "192.0.2.1" })
        }
    }
}

fn mail(message: &Message) -> Value {
    let (to, subject) = (&*message.to, &*message.text);
    let id = message.id.to_string();
    json!({
        "timestamp": written(message.at_us / 1_000, 3),
        "source": SOURCE,
        "sourceArn": format!("arn:aws:ses:{REGION}:{ACCOUNT}:identity/{DOMAIN}"),
        "sendingAccountId": ACCOUNT,
        "messageId": id,
        "destination": [to],
        "headersTruncated": false,
        "headers": [
            { "name": "From", "value": SOURCE },
            { "name": "To", "value": to },
            { "name": "Subject", "value": subject },
        ],
        "commonHeaders": { "from": [SOURCE], "to": [to], "messageId": id, "subject": subject },
        "tags": tags(message),
    })
}

/// SES's own tags, and those of the sender.
fn tags(message: &Message) -> Map<String, Value> {
    let own = [
        ("ses:configuration-set", CONFIGURATION_SET.to_owned()),
        ("ses:from-domain", DOMAIN.to_owned()),
        ("ses:operation", "SendEmail".to_owned()),
    ];
    let sent_along = message.recipient.map(|recipient| {
        [
            (RecipientRef::CAMPAIGN_KEY, recipient.campaign.to_string()),
            (RecipientRef::INDEX_KEY, recipient.index.to_string()),
        ]
    });
    let tags = own.into_iter().chain(sent_along.into_iter().flatten());
    tags.map(|(name, value)| (name.to_owned(), json!([value]))).collect()
}
