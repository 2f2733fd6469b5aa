//! Whatever stands in the receipts queue is read as reports, or dropped for a reason.

#![no_main]

use drumbeat_tracking::{AccountId, event};
use libfuzzer_sys::fuzz_target;

/// The events as AWS sends them, into which what is found is put: from nothing, no event would ever come about.
const FORMS: [(&str, &str); 4] = [
    (
        r#"{"source":"aws.sms-voice","detail-type":"Text Message Delivery Status Updated","detail":{"eventType":""#,
        r#"","eventTimestamp":1793613600123,"messageId":"m"}}"#,
    ),
    (
        r#"{"eventType":"Bounce","mail":{"messageId":"m","timestamp":"2026-11-02T10:00:00Z","tags":{}},"bounce":"#,
        "}",
    ),
    (r#"{"aws_account_id":"111122223333","messageId":"m","whatsAppWebhookEntry":""#, r#""}"#),
    (r#"{"Type":"Notification","TopicArn":"arn:aws:sns:x:111122223333:t","Message":""#, r#""}"#),
];

fuzz_target!(|text: &str| {
    let account = "111122223333".parse::<AccountId>().ok();
    let check = |body: &str| {
        let read = event::read(body, account.as_ref());
        assert!(!read.is_empty());
        for report in read.into_iter().flatten() {
            assert!(report.kind.as_str().len() <= 128 && report.code.len() <= 64);
            assert!((1..=256).contains(&report.message.as_str().len()));
        }
    };
    check(text);
    for (start, end) in FORMS {
        check(&format!("{start}{text}{end}"));
        check(&format!("{start}{}{end}", text.escape_default()));
    }
});
