use drumbeat_common::{Arrival, Channel, Harm, RecipientRef};
use proptest::prelude::*;
use serde_json::{Value, json};

use super::{Dropped, MessageName, Report, read};
use crate::AccountId;

const CAMPAIGN: &str = "01KAPZ3V9C6J2M5Q8R1T4W7Y0B";
const ACCOUNT: &str = "111122223333";

fn recipient() -> RecipientRef {
    RecipientRef::from_parts(CAMPAIGN, "7").unwrap()
}

fn all(body: &Value) -> Vec<Result<Report, Dropped>> {
    read(&body.to_string(), Some(&ACCOUNT.parse::<AccountId>().unwrap()))
}

fn one(body: &Value) -> Result<Report, Dropped> {
    let mut all = all(body);
    assert_eq!(all.len(), 1);
    all.remove(0)
}

fn event_bridge(source: &str, kind: &str, detail: Value) -> Value {
    json!({
        "version": "0", "id": "2f6c", "detail-type": kind, "source": source, "account": ACCOUNT,
        "time": "2026-11-02T10:00:01Z", "region": "eu-west-1", "resources": [], "detail": detail,
    })
}

fn sns(message: &Value) -> Value {
    json!({
        "Type": "Notification", "MessageId": "5a1e", "TopicArn": format!("arn:aws:sns:eu-west-1:{ACCOUNT}:receipts"),
        "Message": message.to_string(), "Timestamp": "2026-11-02T10:00:02.000Z", "SignatureVersion": "1",
    })
}

fn sms_detail(event_type: &str) -> Value {
    json!({
        "eventType": event_type, "eventVersion": "1.0", "eventTimestamp": 1_793_613_600_123_u64, "isFinal": true,
        "originationPhoneNumber": "+12065550100", "destinationPhoneNumber": "+14255550111", "isoCountryCode": "US",
        "messageId": "sms-1", "messageRequestTimestamp": 1_793_613_599_000_u64, "messageEncoding": "GSM",
        "messageType": "PROMOTIONAL", "messageStatus": "DELIVERED", "totalMessageParts": 1, "totalMessagePrice": 0.00581,
        "context": { "campaign_id": CAMPAIGN, "recipient": "7" },
    })
}

fn sms(event_type: &str) -> Value {
    event_bridge("aws.sms-voice", "Text Message Delivery Status Updated", sms_detail(event_type))
}

fn email_detail(event_type: &str, what: &str, told: Value) -> Value {
    json!({
        "eventType": event_type, what: told,
        "mail": {
            "timestamp": "2026-11-02T09:59:59.000Z", "source": "news@example.com", "sendingAccountId": ACCOUNT,
            "messageId": "ses-1", "destination": ["ana@example.com"], "headersTruncated": false,
            "headers": [{ "name": "Subject", "value": "Spring" }], "commonHeaders": { "subject": "Spring" },
            "tags": { "ses:configuration-set": ["receipts"], "campaign_id": [CAMPAIGN], "recipient": ["7"] },
        },
    })
}

fn email(kind: &str, event_type: &str, what: &str, told: Value) -> Value {
    event_bridge("aws.ses", kind, email_detail(event_type, what, told))
}

fn bounce(kind: &str, sub_kind: &str) -> Value {
    email(
        "Email Bounced",
        "Bounce",
        "bounce",
        json!({
            "bounceType": kind, "bounceSubType": sub_kind, "timestamp": "2026-11-02T10:00:00.000Z", "feedbackId": "f",
            "bouncedRecipients": [{ "emailAddress": "ana@elsewhere.example.com", "action": "failed", "status": "5.1.1" }],
        }),
    )
}

fn complaint(told: Value) -> Value {
    let mut whole = json!({ "timestamp": "2026-11-02T10:00:00.000Z", "complainedRecipients": [{ "emailAddress": "ana@example.com" }] });
    whole.as_object_mut().unwrap().extend(told.as_object().unwrap().clone());
    email("Email Complaint Received", "Complaint", "complaint", whole)
}

fn status(id: &str, status: &str) -> Value {
    json!({
        "id": id, "status": status, "timestamp": "1793613600", "recipient_id": "14255550111",
        "biz_opaque_callback_data": format!("{CAMPAIGN}/7"), "pricing": { "billable": true },
    })
}

fn whatsapp(statuses: &[Value]) -> Value {
    let entry = json!({
        "id": "503131219501234",
        "changes": [{ "field": "messages", "value": {
            "messaging_product": "whatsapp", "metadata": { "display_phone_number": "12065550100" }, "statuses": statuses,
        }}],
    });
    json!({
        "context": { "MetaWabaIds": [{ "wabaId": "1234567890abcde" }], "MetaPhoneNumberIds": [] },
        "whatsAppWebhookEntry": entry.to_string(), "aws_account_id": ACCOUNT,
        "message_timestamp": "2026-11-02T10:00:00.271279391Z", "messageId": "aws-1",
    })
}

#[test]
fn every_type_of_sms_event_has_its_place() {
    use Arrival::{Delivered, Sent, Undelivered};
    // The type, what it says when it is final, and what it says when it is not.
    let table = [
        ("TEXT_BLOCKED", Undelivered, Undelivered),
        ("TEXT_CARRIER_BLOCKED", Undelivered, Undelivered),
        ("TEXT_CARRIER_UNREACHABLE", Undelivered, Sent),
        ("TEXT_DELIVERED", Delivered, Delivered),
        ("TEXT_INVALID", Undelivered, Undelivered),
        ("TEXT_INVALID_MESSAGE", Undelivered, Undelivered),
        ("TEXT_PENDING", Sent, Sent),
        ("TEXT_PROTECT_BLOCKED", Undelivered, Undelivered),
        ("TEXT_QUEUED", Sent, Sent),
        ("TEXT_SENT", Sent, Sent),
        ("TEXT_SPAM", Undelivered, Undelivered),
        ("TEXT_SUCCESSFUL", Delivered, Sent),
        ("TEXT_TTL_EXPIRED", Undelivered, Undelivered),
        ("TEXT_UNKNOWN", Undelivered, Sent),
        ("TEXT_UNREACHABLE", Undelivered, Sent),
    ];
    for (event_type, is_final, is_not) in table {
        let mut body = sms(event_type);
        let report = one(&body).unwrap();
        assert_eq!(report.arrival, is_final, "{event_type}");
        assert_eq!(report.kind.as_str(), format!("sms.{event_type}"));
        assert_eq!(report.code, event_type);
        body["detail"]["isFinal"] = json!(false);
        assert_eq!(one(&body).unwrap().arrival, is_not, "{event_type}");
    }
    let Err(Dropped::Unknown(kind)) = one(&sms("TEXT_SOMETHING_NEW")) else { panic!("it is unknown") };
    assert_eq!(kind.as_str(), "sms.TEXT_SOMETHING_NEW");
}

#[test]
fn an_sms_event_says_whom_it_is_about_where_it_was_told() {
    let report = one(&sms("TEXT_DELIVERED")).unwrap();
    assert_eq!(report.recipient, Some(recipient()));
    assert_eq!(report.message, MessageName::Aws("sms-1".to_owned()));
    assert_eq!((report.channel, report.harm, report.suppress), (Channel::Sms, None, None));
    assert_eq!(report.at.as_millisecond(), 1_793_613_600_123);
    let mut without = sms("TEXT_DELIVERED");
    without["detail"].as_object_mut().unwrap().remove("context");
    assert_eq!(one(&without).unwrap().recipient, None);
    for context in [json!(null), json!({ "campaign_id": "no id", "recipient": "7" }), json!({ "other": "x" })]
    {
        without["detail"]["context"] = context;
        assert_eq!(one(&without).unwrap().recipient, None);
    }
}

#[test]
fn an_envelope_of_sns_changes_nothing() {
    let bodies = [
        sms("TEXT_DELIVERED"),
        bounce("Permanent", "General"),
        email_detail("Open", "open", json!({ "timestamp": "2026-11-02T10:00:00Z" })),
        whatsapp(&[status("wamid.A", "read")]),
    ];
    for body in bodies {
        assert!(one(&body).is_ok());
        assert_eq!(one(&sns(&body)), one(&body));
    }
    assert_eq!(one(&sns(&sms_detail("TEXT_QUEUED"))), one(&sms("TEXT_QUEUED")));
}

#[test]
fn every_event_of_ses_has_its_place() {
    use Arrival::{Delivered, Read, Sent, Undelivered};
    let at = json!({ "timestamp": "2026-11-02T10:00:00Z" });
    let table = [
        ("Email Sent", "Send", "send", json!({}), Sent),
        ("Email Delivered", "Delivery", "delivery", at.clone(), Delivered),
        ("Email Delivery Delayed", "DeliveryDelay", "deliveryDelay", at.clone(), Sent),
        ("Email Rejected", "Reject", "reject", json!({ "reason": "Bad content" }), Undelivered),
        (
            "Email Rendering Failed",
            "Rendering Failure",
            "failure",
            json!({ "errorMessage": "x" }),
            Undelivered,
        ),
        ("Email Opened", "Open", "open", at.clone(), Read),
        ("Email Clicked", "Click", "click", at.clone(), Read),
        ("Email Subscribed", "Subscription", "subscription", at, Sent),
    ];
    for (kind, event_type, what, told, arrival) in table {
        let report = one(&email(kind, event_type, what, told.clone())).unwrap();
        assert_eq!((report.arrival, report.harm, &report.suppress), (arrival, None, &None), "{kind}");
        assert_eq!(report.recipient, Some(recipient()));
        assert_eq!(report.message, MessageName::Aws("ses-1".to_owned()));
        assert_eq!(one(&email_detail(event_type, what, told)).unwrap(), report, "{event_type}");
    }
    let Err(Dropped::Unknown(kind)) = one(&email("Sending Status Disabled", "x", "y", json!({}))) else {
        panic!("it is about no message")
    };
    assert_eq!(kind.as_str(), "email.Sending_Status_Disabled");
}

#[test]
fn only_a_permanent_bounce_suppresses_and_it_suppresses_whom_the_email_was_for() {
    let report = one(&bounce("Permanent", "General")).unwrap();
    assert_eq!((report.arrival, report.harm), (Arrival::Undelivered, Some(Harm::Bounce)));
    assert_eq!(report.code, "Bounce.Permanent.General");
    let suppression = report.suppress.unwrap();
    assert_eq!(suppression.address.key().1, "ana@example.com");
    assert_eq!(suppression.reason.as_str(), "bounced");
    for kind in ["Transient", "Undetermined"] {
        let report = one(&bounce(kind, "MailboxFull")).unwrap();
        assert_eq!((report.arrival, report.harm, report.suppress), (Arrival::Undelivered, None, None));
    }
    // SES kept this one back itself, and does not count it against the account.
    let report = one(&bounce("Permanent", "OnAccountSuppressionList")).unwrap();
    assert_eq!((report.harm, report.suppress.is_some()), (None, true));
    let mut many = bounce("Permanent", "General");
    many["detail"]["mail"]["destination"] = json!(["ana@example.com", "ben@example.com"]);
    assert_eq!(one(&many).unwrap().suppress.unwrap().address.key().1, "ana@elsewhere.example.com");
    many["detail"]["bounce"]["bouncedRecipients"] = json!([]);
    assert_eq!(one(&many).unwrap().suppress, None);
}

#[test]
fn a_complaint_says_that_the_email_arrived_and_must_be_the_last() {
    let report = one(&complaint(json!({ "complaintFeedbackType": "abuse" }))).unwrap();
    assert_eq!((report.arrival, report.harm), (Arrival::Delivered, Some(Harm::Complaint)));
    assert_eq!(report.suppress.unwrap().reason.as_str(), "complained");
    assert_eq!(report.code, "Complaint.abuse");
    let rescued = one(&complaint(json!({ "complaintFeedbackType": "not-spam" }))).unwrap();
    assert_eq!((rescued.arrival, rescued.harm, rescued.suppress), (Arrival::Delivered, None, None));
    let kept = one(&complaint(json!({ "complaintSubType": "OnAccountSuppressionList" }))).unwrap();
    assert_eq!((kept.arrival, kept.harm), (Arrival::Undelivered, None));
    assert!(kept.suppress.is_some());
}

#[test]
fn who_unsubscribes_from_everything_is_opted_out() {
    let told = |all: bool| {
        let told =
            json!({ "timestamp": "2026-11-02T10:00:00Z", "newTopicPreferences": { "unsubscribeAll": all } });
        one(&email("Email Subscribed", "Subscription", "subscription", told)).unwrap().suppress
    };
    assert_eq!(told(true).unwrap().reason.as_str(), "opted out");
    assert_eq!(told(false), None);
}

#[test]
fn every_status_of_whatsapp_has_its_place() {
    use Arrival::{Delivered, Read, Sent, Undelivered};
    for (word, arrival) in
        [("sent", Sent), ("delivered", Delivered), ("read", Read), ("played", Read), ("failed", Undelivered)]
    {
        let report = one(&whatsapp(&[status("wamid.A", word)])).unwrap();
        assert_eq!((report.arrival, report.recipient), (arrival, Some(recipient())), "{word}");
        assert_eq!(report.message, MessageName::Aws("aws-1".to_owned()));
        assert_eq!(report.at.as_second(), 1_793_613_600);
    }
    assert!(matches!(one(&whatsapp(&[status("wamid.A", "deleted")])), Err(Dropped::Beside(_))));
    assert!(matches!(one(&whatsapp(&[status("wamid.A", "sung")])), Err(Dropped::Unknown(_))));
    // What a person wrote to the business.
    assert!(matches!(one(&whatsapp(&[])), Err(Dropped::Beside(_))));
}

#[test]
fn a_whatsapp_event_may_say_several_things() {
    let of_one = all(&whatsapp(&[status("wamid.A", "sent"), status("wamid.A", "delivered")]));
    let names: Vec<_> = of_one.into_iter().map(|report| report.unwrap().message).collect();
    assert_eq!(names, [MessageName::Aws("aws-1".to_owned()), MessageName::Aws("aws-1".to_owned())]);
    // AWS's name is that of one message, and nobody knows of which.
    let of_two =
        all(&whatsapp(&[status("wamid.A", "sent"), status("wamid.B", "read"), status("wamid.C", "new")]));
    assert_eq!(of_two[0].as_ref().unwrap().message, MessageName::Meta("wamid.A".to_owned()));
    assert_eq!(of_two[1].as_ref().unwrap().message, MessageName::Meta("wamid.B".to_owned()));
    assert!(matches!(of_two[2], Err(Dropped::Unknown(_))));
}

#[test]
fn who_opted_out_of_whatsapp_is_suppressed() {
    let failed = |code: u32| {
        let mut status = status("wamid.A", "failed");
        status["errors"] = json!([{ "code": code, "title": "t", "error_data": { "details": "d" } }]);
        one(&whatsapp(&[status])).unwrap()
    };
    let report = failed(131_050);
    assert_eq!(report.code, "131050");
    let suppression = report.suppress.unwrap();
    assert_eq!(suppression.address.key(), (Channel::Whatsapp, "+14255550111".into()));
    assert_eq!(suppression.reason.as_str(), "opted out");
    assert_eq!((failed(131_026).suppress, failed(131_026).code.as_str()), (None, "131026"));
}

#[test]
fn whatsapp_events_of_event_bridge_name_the_message_as_aws_does() {
    let detail = |status: &str| {
        json!({
            "wabaId": "1", "originationPhoneNumber": "12065550100", "messageId": "aws-1", "status": status,
            "eventTimestamp": "1793613600", "errors": [{ "code": 131_026, "title": "t", "message": "m" }],
        })
    };
    let event = |kind, status| event_bridge("aws.social-messaging", kind, detail(status));
    let report = one(&event("WhatsApp Message Failed", "failed")).unwrap();
    assert_eq!(report.message, MessageName::Aws("aws-1".to_owned()));
    assert_eq!(
        (report.arrival, report.code.as_str(), report.recipient),
        (Arrival::Undelivered, "131026", None)
    );
    assert_eq!(one(&event("WhatsApp Message Read", "read")).unwrap().arrival, Arrival::Read);
    let received = event_bridge("aws.social-messaging", "WhatsApp Message Received", json!({ "from": "x" }));
    assert!(matches!(one(&received), Err(Dropped::Beside(_))));
}

#[test]
fn events_of_another_account_are_none() {
    let other = |mut body: Value, pointer: &str, value: &str| {
        *body.pointer_mut(pointer).unwrap() = json!(value);
        one(&body)
    };
    let good = sms("TEXT_DELIVERED");
    assert_eq!(other(good.clone(), "/account", "999988887777"), Err(Dropped::WrongAccount));
    assert_eq!(other(sns(&good), "/TopicArn", "arn:aws:sns:x:999988887777:t"), Err(Dropped::WrongAccount));
    assert_eq!(other(sns(&good), "/TopicArn", "nonsense"), Err(Dropped::WrongAccount));
    let read = whatsapp(&[status("wamid.A", "read")]);
    assert_eq!(other(read, "/aws_account_id", "999988887777"), Err(Dropped::WrongAccount));
    let sent = email_detail("Send", "send", json!({}));
    assert_eq!(other(sent, "/mail/sendingAccountId", "999988887777"), Err(Dropped::WrongAccount));
    let mut foreign = good;
    foreign["account"] = json!("999988887777");
    assert!(super::read(&foreign.to_string(), None)[0].is_ok());
}

#[test]
fn what_is_no_event_is_malformed() {
    let deep = format!("{}1{}", "[".repeat(100_000), "]".repeat(100_000));
    let mut hidden = sms("TEXT_DELIVERED").to_string();
    hidden.insert_str(1, &format!("\"extra\":{deep},"));
    assert!(read(&hidden, None)[0].is_ok(), "what is not looked at may be as deep as it likes");
    let mut no_id = sms("TEXT_DELIVERED");
    no_id["detail"]["messageId"] = json!("");
    let mut long_id = no_id.clone();
    long_id["detail"]["messageId"] = json!("x".repeat(10_000));
    let mut no_time = no_id.clone();
    no_time["detail"]["eventTimestamp"] = json!(i64::MAX);
    let mut no_bounce = bounce("Permanent", "General");
    no_bounce["detail"].as_object_mut().unwrap().remove("bounce");
    let bodies = [
        String::new(),
        "{".to_owned(),
        "no JSON".to_owned(),
        "[]".to_owned(),
        "{}".to_owned(),
        "null".to_owned(),
        deep,
        r#"{"Type":"Notification"}"#.to_owned(),
        r#"{"Type":"Notification","Message":"{"}"#.to_owned(),
        r#"{"Type":3}"#.to_owned(),
        r#"{"source":"aws.ses","detail-type":"Email Sent"}"#.to_owned(),
        r#"{"whatsAppWebhookEntry":"no JSON"}"#.to_owned(),
        format!(r#"{{"eventType":"TEXT_DELIVERED","pad":"{}"}}"#, "x".repeat(256 * 1024)),
        " ".repeat(1024 * 1024 + 1),
        no_id.to_string(),
        long_id.to_string(),
        no_time.to_string(),
        no_bounce.to_string(),
    ];
    for body in bodies {
        let start: String = body.chars().take(60).collect();
        assert_eq!(read(&body, None), [Err(Dropped::Malformed)], "{start}");
    }
}

#[test]
fn what_is_named_outside_stays_short_and_tame() {
    let odd = event_bridge("aws.\n\"odd\"", &"é💥".repeat(500), json!({}));
    let Err(Dropped::Unknown(kind)) = one(&odd) else { panic!("it is unknown") };
    assert!(kind.as_str().len() <= 100 && kind.as_str().is_ascii(), "{kind}");
    let Err(Dropped::Unknown(kind)) = one(&json!({ "Type": "SubscriptionConfirmation", "Message": "x" }))
    else {
        panic!("it is unknown")
    };
    assert_eq!(kind.as_str(), "sns.SubscriptionConfirmation");
}

proptest! {
    #[test]
    fn whatever_comes_is_read_without_a_panic(text in ".{0,200}", start in 0_usize..900, len in 0_usize..40) {
        for body in [sms("TEXT_DELIVERED"), bounce("Permanent", "General"), sns(&whatsapp(&[status("wamid.A", "read")]))] {
            let mut body: Vec<char> = body.to_string().chars().collect();
            let start = start.min(body.len());
            let end = (start + len).min(body.len());
            body.splice(start..end, text.chars());
            prop_assert!(!read(&String::from_iter(body), None).is_empty());
        }
        prop_assert!(!read(&text, None).is_empty());
    }
}
