use aws_sdk_pinpointsmsvoicev2::{
    error::ProvideErrorMetadata as _, operation::send_text_message::SendTextMessageError,
    types::ValidationExceptionReason,
};
use aws_sdk_sesv2::types::{Body, Content, Destination, EmailContent, Message, MessageTag};
use aws_sdk_socialmessaging::primitives::Blob;
use serde_json::{Value, json};

use crate::stand::{EMAIL, PHONE, Stand, template};

const SIGNED: (&str, &str) =
    ("authorization", "AWS4-HMAC-SHA256 Credential=id/20261123/us-east-1/x/aws4_request");
const SMS_TARGET: (&str, &str) = ("x-amz-target", "PinpointSMSVoiceV2.SendTextMessage");
const SMS: &str = "/";
const WHATSAPP: &str = "/v1/whatsapp/send";
const EMAIL_PATH: &str = "/v2/email/outbound-emails";

#[tokio::test]
async fn sms_names_the_field_and_the_reason() {
    let stand = Stand::start(json!({})).await;
    let call = || stand.sms.send_text_message();
    let crowded = (0..6).fold(call().destination_phone_number(PHONE).message_body("Hello"), |call, n| {
        call.context(n.to_string(), "x")
    });
    let missing = ValidationExceptionReason::MissingParameter;
    let invalid = ValidationExceptionReason::InvalidParameter;
    for (call, field, reason) in [
        (call().message_body("Hello"), "DestinationPhoneNumber", &missing),
        (
            call().message_body("Hello").destination_phone_number("4155550100"),
            "DestinationPhoneNumber",
            &invalid,
        ),
        (call().message_body("Hello").destination_phone_number("+0123"), "DestinationPhoneNumber", &invalid),
        (call().destination_phone_number(PHONE), "MessageBody", &missing),
        (call().destination_phone_number(PHONE).message_body("x".repeat(1601)), "MessageBody", &invalid),
        (crowded, "Context", &invalid),
    ] {
        let error = call.send().await.unwrap_err().into_service_error();
        assert_eq!(error.code(), Some("ValidationException"));
        let SendTextMessageError::ValidationException(error) = error else { panic!("{error:?}") };
        assert_eq!(error.reason(), Some(reason));
        assert_eq!(error.fields()[0].name(), field);
        assert!(error.message().unwrap().starts_with(field), "{error:?}");
    }
    let stats = stand.stats().await.services.sms;
    assert_eq!((stats.calls, stats.rejected, stats.accepted), (6, 6, 0));
}

#[tokio::test]
async fn whatsapp_checks_the_request_and_the_message_inside() {
    let stand = Stand::start(json!({})).await;
    let call = || {
        stand
            .social
            .send_whats_app_message()
            .origination_phone_number_id("phone-number-id-1")
            .meta_api_version("v20.0")
            .message(Blob::new(template(PHONE, None).to_string()))
    };
    for call in [
        call().set_origination_phone_number_id(None),
        call().set_meta_api_version(None),
        call().set_message(None),
        call().message(Blob::new("not JSON")),
    ] {
        let error = call.send().await.unwrap_err().into_service_error();
        assert!(error.is_validation_exception(), "{error:?}");
        assert!(error.message().is_some());
    }
    for (path, value) in [
        ("/messaging_product", json!("sms")),
        ("/to", Value::Null),
        ("/to", json!("Ana")),
        ("/type", Value::Null),
        ("/template", Value::Null),
        ("/template/name", json!("")),
        ("/template/language/code", Value::Null),
    ] {
        let mut message = template(PHONE, None);
        *message.pointer_mut(path).unwrap() = value;
        let error = stand.whatsapp(message).await.unwrap_err().into_service_error();
        assert!(error.is_invalid_parameters_exception(), "{path}: {error:?}");
        assert_eq!(error.code(), Some("InvalidParametersException"));
    }
    let body =
        json!({ "originationPhoneNumberId": "1", "metaApiVersion": "v20.0", "message": "%%%" }).to_string();
    let answer = stand.post(WHATSAPP, &[SIGNED], &body).await;
    assert_eq!(
        (answer.status(), &answer.headers()["x-amzn-errortype"]),
        (400.try_into().unwrap(), &"ValidationException".parse().unwrap())
    );
    assert_eq!(stand.stats().await.services.whatsapp.rejected, 12);
}

#[tokio::test]
async fn ses_checks_sender_destination_content_and_tags() {
    let stand = Stand::start(json!({})).await;
    let text = |text: &str| Content::builder().data(text).build().unwrap();
    let content = |message: Message| EmailContent::builder().simple(message).build();
    let body = || Body::builder().text(text("Hello")).build();
    let to = |to: &str| Destination::builder().to_addresses(to).build();
    let call = || {
        stand
            .ses
            .send_email()
            .from_email_address("news@example.com")
            .destination(to(EMAIL))
            .content(content(Message::builder().subject(text("News")).body(body()).build()))
    };
    call().send().await.unwrap();
    for call in [
        call().set_from_email_address(None),
        call().set_destination(None),
        call().destination(Destination::builder().build()),
        call().destination(to("ana")),
        call().set_content(None),
        call().content(EmailContent::builder().build()),
        call().content(content(Message::builder().body(body()).build())),
        call().content(content(Message::builder().subject(text("News")).build())),
        call().email_tags(MessageTag::builder().name("recipient").value("campaign/1").build().unwrap()),
    ] {
        let error = call.send().await.unwrap_err().into_service_error();
        assert!(error.is_bad_request_exception(), "{error:?}");
        assert_eq!(error.code(), Some("BadRequestException"));
        assert!(!error.message().unwrap().is_empty());
    }
}

#[tokio::test]
async fn a_body_that_is_no_json_is_a_serialization_exception() {
    let stand = Stand::start(json!({})).await;
    for path in [WHATSAPP, EMAIL_PATH] {
        let answer = stand.post(path, &[SIGNED], "{").await;
        assert_eq!(answer.status(), 400);
        assert_eq!(answer.headers()["x-amzn-errortype"], "SerializationException");
    }
    let answer = stand.post(SMS, &[SIGNED, SMS_TARGET], r#"{"MessageBody":7}"#).await;
    assert_eq!(answer.status(), 400);
    assert_eq!(answer.headers()["content-type"], "application/x-amz-json-1.0");
    let body: Value = answer.json().await.unwrap();
    assert_eq!(body["__type"], "com.amazonaws.pinpointsmsvoicev2#SerializationException");
}

#[tokio::test]
async fn an_unsigned_call_is_forbidden() {
    let stand = Stand::start(json!({})).await;
    for (path, headers) in [(SMS, &[SMS_TARGET][..]), (WHATSAPP, &[]), (EMAIL_PATH, &[])] {
        let answer = stand.post(path, headers, "{}").await;
        assert_eq!(answer.status(), 403);
        let named = answer.headers().get("x-amzn-errortype").map(|name| name.to_str().unwrap().to_owned());
        let body: Value = answer.json().await.unwrap();
        let name = named.or_else(|| body["__type"].as_str().map(ToOwned::to_owned)).unwrap();
        assert!(name.ends_with("MissingAuthenticationTokenException"), "{name}");
    }
}

#[tokio::test]
async fn an_operation_that_is_not_here_is_unknown() {
    let stand = Stand::start(json!({})).await;
    let error = stand.sms.describe_opt_out_lists().send().await.unwrap_err().into_service_error();
    assert_eq!(error.code(), Some("UnknownOperationException"));
    let error = stand.ses.list_contact_lists().send().await.unwrap_err();
    assert_eq!(error.raw_response().unwrap().status().as_u16(), 404);
    assert_eq!(error.into_service_error().code(), Some("UnknownOperationException"));
}
