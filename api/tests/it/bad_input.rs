use drumbeat_api::{FieldProblem, Problem};
use drumbeat_common::catalog;
use serde_json::{Value, json};

use crate::server::{Api, problem, sms};

/// Posts a body that must be refused, with a key that must not be bound by it.
async fn refused(api: &Api, body: &str) -> Problem {
    let request = api.campaign(body.to_owned()).header("idempotency-key", "once");
    let problem = problem(request.send().await.unwrap()).await;
    assert!(problem.campaign_id.is_none());
    problem
}

async fn nothing_was_written(api: &Api) {
    assert_eq!(api.keys_in_redis().await, 0);
    assert_eq!(api.get_json("/api/campaigns").await, json!({"campaigns": [], "total": 0}));
    assert_eq!(catalog::count(&api.store).await.unwrap(), 0);
}

#[tokio::test]
async fn what_is_no_json_is_told_with_its_place() {
    let api = Api::start().await;
    let cut_off = format!("{{\"name\": \"n\",\n\"recipients\": [{},", sms(1));
    let not_utf8 = b"{\"name\":\n \"\xff\"}";
    for (body, line, words) in [
        (&b""[..], 1, "EOF"),
        (b"{", 1, "EOF"),
        (cut_off.as_bytes(), 2, "EOF"),
        (b"{\"name\": \"n\",\n\n oops}", 3, "key must be a string"),
        (b"{\"name\": NaN}", 1, "expected value"),
        (b"{\"name\": \"n\"} {}", 1, "trailing characters"),
        (b"name,phone\nAna,+14155550100", 1, "expected"),
        (not_utf8, 2, "UTF-8"),
    ] {
        let request = api.campaign(body.to_vec());
        let problem = problem(request.send().await.unwrap()).await;
        assert_eq!((problem.status, problem.kind.as_str()), (400, "/problems/malformed-json"));
        assert!(problem.detail.contains(words), "{}", problem.detail);
        assert!(problem.detail.contains(&format!("(line {line}, column ")), "{}", problem.detail);
    }
    nothing_was_written(&api).await;
}

#[tokio::test]
async fn every_wrong_field_of_a_campaign_is_named() {
    let api = Api::start().await;
    let with = |field: &str, value: Value| {
        let mut campaign = json!({"name": "n", "recipients": [sms(1)]});
        campaign[field] = value;
        campaign.to_string()
    };
    let without = |field: &str| {
        let mut campaign = json!({"name": "n", "recipients": [sms(1)]});
        campaign.as_object_mut().unwrap().remove(field);
        campaign.to_string()
    };
    for (body, pointer, words) in [
        ("[]".to_owned(), "", "the body must be an object, not a list"),
        ("\"campaign\"".to_owned(), "", "the body must be an object, not a text"),
        ("null".to_owned(), "", "the body must be an object, not null"),
        (without("name"), "/name", "name is missing"),
        (with("name", json!("")), "/name", "name is empty"),
        (with("name", json!("  ")), "/name", "name is empty"),
        (with("name", json!(7)), "/name", "name must be a text, not a number"),
        (with("name", json!("n".repeat(201))), "/name", "name is longer than 200 characters"),
        (with("tps", json!(0)), "/tps", "tps must be a number from 0.01 to 10000 messages per second, not 0"),
        (with("tps", json!(-5)), "/tps", "not -5"),
        (with("tps", json!(0.001)), "/tps", "not 0.001"),
        (with("tps", json!(10_001)), "/tps", "not 10001"),
        (with("tps", json!("10")), "/tps", "tps must be a number, not a text"),
        (with("tps", json!("NaN")), "/tps", "tps must be a number, not a text"),
        (with("tps", Value::Null), "/tps", "tps must be a number, not null"),
        (with("tps", json!([10])), "/tps", "tps must be a number, not a list"),
        (r#"{"name":"n","tps":1e999,"recipients":[]}"#.to_owned(), "/tps", "tps must be a number from 0.01"),
        (with("dry_run", json!("yes")), "/dry_run", "dry_run must be true or false, not a text"),
        (with("in_doubt", json!("guess")), "/in_doubt", "in_doubt must be \"hold\" or \"resend\""),
        (
            with("start_at", json!("tomorrow")),
            "/start_at",
            "start_at must be a date and time with its offset",
        ),
        (with("start_at", json!("2999-01-01T00:00:00Z")), "/start_at", "is more than a year ahead"),
        (with("quiet_hours", json!("9pm")), "/quiet_hours", "quiet_hours are not quiet hours"),
        (with("time_zone", json!("Europe/Berln")), "/time_zone", "there is no time zone \"Europe/Berln\""),
        (with("default_country", json!("Germany")), "/default_country", "not a country"),
        (with("max_rejected", json!(20)), "/max_rejected", "max_rejected must be a share from 0 to 1"),
        (with("ends_at", json!("2030-01-01T00:00:00Z")), "/ends_at", "unknown field \"ends_at\""),
        (with("a/b~c", json!(1)), "/a~1b~0c", "unknown field \"a/b~c\""),
        (r#"{"name":"n","name":"m","recipients":[]}"#.to_owned(), "/name", "\"name\" is given twice"),
        (without("recipients"), "/recipients", "recipients is missing"),
        (with("recipients", json!([])), "/recipients", "recipients is empty"),
        (with("recipients", json!({})), "/recipients", "recipients must be a list, not an object"),
        (with("recipients", Value::Null), "/recipients", "recipients must be a list, not null"),
    ] {
        let problem = refused(&api, &body).await;
        assert_eq!((problem.status, problem.kind.as_str()), (422, "/problems/invalid-campaign"), "{body}");
        let FieldProblem { pointer: at, line, detail, .. } = &problem.errors[0];
        assert_eq!((at.as_str(), *line), (pointer, 1), "{body}");
        assert!(detail.contains(words), "{body}: {detail}");
        if let [only] = &problem.errors[..] {
            assert_eq!(problem.detail, format!("{}; nothing was sent", only.detail));
        }
    }
    nothing_was_written(&api).await;
}

#[tokio::test]
async fn every_wrong_field_of_a_recipient_is_named() {
    let api = Api::start().await;
    let changed = |changes: Value| {
        let mut recipient = sms(456);
        for (field, value) in changes.as_object().unwrap() {
            match value {
                Value::String(text) if text == "REMOVED" => {
                    drop(recipient.as_object_mut().unwrap().remove(field))
                }
                value => recipient[field] = value.clone(),
            }
        }
        recipient
    };
    for (recipient, field, words) in [
        (json!("CUST-456"), "", "a recipient must be an object, not a text"),
        (json!(null), "", "a recipient must be an object, not null"),
        (changed(json!({"customer_id": "REMOVED"})), "/customer_id", "customer_id is missing"),
        (changed(json!({"customer_id": ""})), "/customer_id", "customer_id is empty"),
        (changed(json!({"customer_id": 456})), "/customer_id", "customer_id must be a text, not a number"),
        (changed(json!({"customer_id": "c".repeat(201)})), "/customer_id", "longer than 200"),
        (changed(json!({"channel": "REMOVED"})), "/channel", "channel is missing"),
        (changed(json!({"channel": "fax"})), "/channel", "unknown channel \"fax\": use \"sms\""),
        (changed(json!({"channel": 1})), "/channel", "channel must be a text, not a number"),
        (changed(json!({"phone": "REMOVED"})), "/phone", "phone is missing: an sms recipient needs one"),
        (changed(json!({"phone": null})), "/phone", "phone is missing"),
        (changed(json!({"phone": "4155550100"})), "/phone", "phone is without a country: write it in E.164"),
        (changed(json!({"phone": "+1 415 555 010"})), "/phone", "phone is too short for a number of US (+1)"),
        (changed(json!({"phone": "call me"})), "/phone", "phone is not a phone number: write it in E.164"),
        (changed(json!({"phone": 14_155_550_100_u64})), "/phone", "phone must be a text, not a number"),
        (
            changed(json!({"channel": "whatsapp", "phone": "REMOVED"})),
            "/phone",
            "a whatsapp recipient needs one",
        ),
        (
            changed(json!({"channel": "email", "phone": "REMOVED"})),
            "/email",
            "email is missing: an email recipient",
        ),
        (
            changed(json!({"channel": "email", "phone": null, "email": "ana"})),
            "/email",
            "not an email address",
        ),
        (changed(json!({"template_id": "REMOVED"})), "/template_id", "template_id is missing"),
        (changed(json!({"template_id": "NOPE"})), "/template_id", "there is no template \"NOPE\" for sms"),
        (changed(json!({"template_id": 5})), "/template_id", "template_id must be a text, not a number"),
        (changed(json!({"message": "Hi"})), "/message", "message and template_id exclude each other"),
        (changed(json!({"subject": "Hi"})), "/subject", "subject goes with a message"),
        (
            changed(json!({"variables": "REMOVED"})),
            "/variables",
            "needs variable \"first_name\", which this recipient lacks",
        ),
        (changed(json!({"variables": {}})), "/variables", "needs variable \"first_name\""),
        (changed(json!({"variables": ["Ana"]})), "/variables", "variables must be an object, not a list"),
        (
            changed(json!({"variables": {"first_name": null}})),
            "/variables/first_name",
            "variable \"first_name\" must be a text, a number or a boolean, not null",
        ),
        (changed(json!({"variables": {"first_name": "Ana", "x/y": {}}})), "/variables/x~1y", "not an object"),
        (
            changed(json!({"template_id": null, "message": "Hi"})),
            "/variables",
            "variables go with a template",
        ),
        (
            changed(json!({"template_id": null, "variables": null, "message": " "})),
            "/message",
            "the message is empty",
        ),
        (
            changed(json!({"template_id": null, "variables": null, "message": "Hi", "subject": "S"})),
            "/subject",
            "a subject is for email only",
        ),
        (
            changed(
                json!({"channel": "email", "phone": null, "email": "a@example.com", "template_id": null, "variables": null, "message": "Hi"}),
            ),
            "/subject",
            "needs a subject",
        ),
        (
            changed(json!({"channel": null, "channel_scores": {"sms": "high"}})),
            "/channel_scores/sms",
            "sms must be a number, not a text",
        ),
        (
            changed(json!({"channel": null, "channel_scores": {"fax": 1}})),
            "/channel_scores/fax",
            "unknown channel \"fax\"",
        ),
        (
            changed(json!({"channel": null, "channel_scores": {"sms": 1}, "preferences": {"sms": false}})),
            "/channel_scores",
            "no channel can be chosen: of sms the person has declined each",
        ),
        (
            changed(json!({"preferences": {"sms": "no"}})),
            "/preferences/sms",
            "sms must be true or false, not a text",
        ),
        (
            changed(json!({"time_zone": "Mars/Olympus"})),
            "/time_zone",
            "there is no time zone \"Mars/Olympus\"",
        ),
        (changed(json!({"age": 40})), "/age", "unknown field \"age\""),
    ] {
        let body = format!("{{\"name\": \"n\", \"recipients\": [\n{},\n{recipient}\n]}}", sms(1));
        let problem = refused(&api, &body).await;
        assert_eq!((problem.status, problem.kind.as_str()), (422, "/problems/invalid-campaign"), "{body}");
        assert_eq!(problem.detail, "1 of 2 recipients cannot be sent to, more than 20 %; nothing was sent");
        let [FieldProblem { pointer, line, customer_id, detail }] = &problem.errors[..] else {
            panic!("{body}: {problem:?}");
        };
        assert_eq!((pointer.as_str(), *line), (format!("/recipients/1{field}").as_str(), 3), "{body}");
        assert!(detail.contains(words), "{body}: {detail}");
        if recipient["customer_id"] == "CUST-456" {
            assert_eq!(customer_id.as_deref(), Some("CUST-456"));
        }
    }
    nothing_was_written(&api).await;
}

#[tokio::test]
async fn a_recipient_with_broken_escapes_is_named() {
    let api = Api::start().await;
    let recipient = sms(1).to_string();
    for (from, to, pointer) in [
        ("CUST-1", "\\ud800", "/recipients/0/customer_id"),
        ("Ana", "\\ud800", "/recipients/0/variables/first_name"),
        ("\"phone\"", "\"\\ud800\"", "/recipients/0"),
    ] {
        let body = format!("{{\"name\": \"n\", \"recipients\": [{}]}}", recipient.replace(from, to));
        let problem = refused(&api, &body).await;
        assert_eq!(problem.status, 422);
        assert_eq!(problem.errors[0].pointer, pointer);
        assert!(problem.errors[0].detail.contains("hex escape"), "{}", problem.errors[0].detail);
    }
    nothing_was_written(&api).await;
}

#[tokio::test]
async fn a_field_of_many_lines_is_found_in_its_own() {
    let api = Api::start().await;
    let body = "\n{\n\"name\": \"n\",\n\"recipients\": [\n{\n\"customer_id\": \"CUST-1\",\n\"channel\": \"sms\",\n\"phone\": \"none\",\n\"message\": \"Hi\",\n\"subject\": 5\n}]}";
    let errors = refused(&api, body).await.errors;
    let places: Vec<_> = errors.iter().map(|error| (error.pointer.as_str(), error.line)).collect();
    assert_eq!(places, [("/recipients/0/phone", 8), ("/recipients/0/subject", 10)]);
}

#[tokio::test]
async fn a_thousand_wrong_recipients_are_counted_and_a_hundred_listed() {
    let api = Api::start().await;
    let mut recipients: Vec<Value> = (0..1_500).map(sms).collect();
    for recipient in &mut recipients[..1_200] {
        recipient["phone"] = json!("unknown");
    }
    let body = json!({"name": "n", "tps": 0, "dry_run": 1, "recipients": recipients}).to_string();
    let problem = refused(&api, &body).await;
    assert_eq!(
        problem.detail,
        "2 fields are wrong, and 1,200 of 1,500 recipients cannot be sent to; nothing was sent (the first 100 errors are listed)"
    );
    assert_eq!(problem.errors.len(), 100);
    assert_eq!(problem.errors[2].pointer, "/recipients/0/phone");
    nothing_was_written(&api).await;
}

#[tokio::test]
async fn an_endless_value_does_not_come_back_whole() {
    let api = Api::start().await;
    let mut recipient = sms(1);
    recipient["channel"] = json!("x".repeat(100_000));
    let body = json!({"name": "n", "recipients": [recipient]}).to_string();
    let problem = refused(&api, &body).await;
    assert!(problem.errors[0].detail.len() < 1_000);
}

#[tokio::test]
async fn an_idempotency_key_that_cannot_be_used_is_an_error() {
    let api = Api::start().await;
    let body = json!({"name": "n", "recipients": [sms(1)]}).to_string();
    for key in ["", "two words", &"k".repeat(256)] {
        let response = api.campaign(body.clone()).header("idempotency-key", key).send().await.unwrap();
        let problem = problem(response).await;
        assert_eq!((problem.status, problem.kind.as_str()), (400, "/problems/invalid-idempotency-key"));
    }
    nothing_was_written(&api).await;
}
