use std::{error::Error, time::Instant};

use aws_sdk_pinpointsmsvoicev2::{
    error::{ProvideErrorMetadata as _, SdkError},
    operation::send_text_message::SendTextMessageError,
    types::ConflictExceptionReason,
};
use serde_json::{Value, json};

use crate::stand::{EMAIL, PHONE, Stand, template};

async fn with_fault(fault: Value) -> Stand {
    Stand::start(json!({ "faults": [fault] })).await
}

#[tokio::test]
async fn reject_blames_the_recipient_as_each_service_does() {
    let stand = with_fault(json!({ "kind": "reject" })).await;
    let error = stand.text(PHONE).await.unwrap_err().into_service_error();
    let SendTextMessageError::ConflictException(error) = error else { panic!("{error:?}") };
    assert_eq!(error.reason(), Some(&ConflictExceptionReason::DestinationPhoneNumberOptedOut));
    let error = stand.whatsapp(template(PHONE, None)).await.unwrap_err().into_service_error();
    assert!(error.is_validation_exception());
    let error = stand.email(EMAIL, Vec::new()).await.unwrap_err().into_service_error();
    assert!(error.is_message_rejected());
    let stats = stand.stats().await;
    assert_eq!((stats.total, stats.services.sms.rejected, stats.services.email.rejected), (0, 1, 1));
}

#[tokio::test]
async fn reject_takes_a_code_and_a_reason() {
    let code = "ServiceQuotaExceededException";
    let reason = "MONTHLY_SPEND_LIMIT_REACHED_FOR_TEXT";
    let stand = with_fault(json!({ "kind": "reject", "code": code, "reason": reason })).await;
    let error = stand.text(PHONE).await.unwrap_err().into_service_error();
    assert_eq!(error.code(), Some(code));
    let SendTextMessageError::ServiceQuotaExceededException(error) = error else { panic!("{error:?}") };
    assert_eq!(error.reason().map(|reason| reason.as_str()), Some(reason));
    assert_eq!(stand.email(EMAIL, Vec::new()).await.unwrap_err().into_service_error().code(), Some(code));
}

#[tokio::test]
async fn an_address_meets_its_fault_and_nobody_else_does() {
    let stand = with_fault(json!({ "service": "sms", "address": PHONE, "kind": "reject" })).await;
    assert!(stand.text(PHONE).await.is_err());
    stand.text("+14155550101").await.unwrap();
    stand.whatsapp(template(PHONE, None)).await.unwrap();
}

#[tokio::test]
async fn server_error_is_named_as_each_service_names_it() {
    let stand = with_fault(json!({ "kind": "server_error" })).await;
    let error = stand.text(PHONE).await.unwrap_err();
    assert_eq!(error.raw_response().unwrap().status().as_u16(), 500);
    assert!(error.into_service_error().is_internal_server_exception());
    let error = stand.whatsapp(template(PHONE, None)).await.unwrap_err();
    assert!(error.into_service_error().is_internal_service_exception());
    let error = stand.email(EMAIL, Vec::new()).await.unwrap_err();
    assert_eq!(error.into_service_error().code(), Some("InternalServiceErrorException"));
    let stats = stand.stats().await;
    assert_eq!((stats.total, stats.services.whatsapp.server_errors), (0, 1));
}

#[tokio::test]
async fn server_error_without_a_code_has_none() {
    let stand = with_fault(json!({ "kind": "server_error", "status": 503, "code": "" })).await;
    let sms = stand.text(PHONE).await.unwrap_err();
    assert_eq!(sms.raw_response().unwrap().status().as_u16(), 503);
    assert!(matches!(sms, SdkError::ServiceError(_)), "{sms:?}");
    assert_eq!(sms.into_service_error().code(), None);
    let whatsapp = stand.whatsapp(template(PHONE, None)).await.unwrap_err().into_service_error();
    assert_eq!(whatsapp.code(), None);
    let email = stand.email(EMAIL, Vec::new()).await.unwrap_err().into_service_error();
    assert_eq!(email.code(), None);
}

#[tokio::test]
async fn throttle_needs_no_quota() {
    let stand = with_fault(json!({ "kind": "throttle" })).await;
    assert!(stand.text(PHONE).await.unwrap_err().into_service_error().is_throttling_exception());
    assert_eq!(stand.stats().await.services.sms.throttled, 1);
}

/// The way in which an SDK tells that the connection was closed before an answer came.
fn assert_cut(error: &SdkError<SendTextMessageError>) {
    let SdkError::DispatchFailure(failure) = error else { panic!("{error:?}") };
    assert!(!failure.is_timeout(), "{failure:?}");
    let mut cause: Option<&dyn Error> = error.source();
    let mut told = Vec::new();
    while let Some(error) = cause {
        told.push(error.to_string());
        cause = error.source();
    }
    assert!(told.iter().any(|text| text.contains("connection closed before message completed")), "{told:?}");
}

#[tokio::test]
async fn cut_before_closes_the_connection_and_accepts_nothing() {
    let stand = with_fault(json!({ "address": PHONE, "kind": "cut_before" })).await;
    assert_cut(&stand.text(PHONE).await.unwrap_err());
    let stats = stand.stats().await;
    assert_eq!((stats.total, stats.services.sms.calls, stats.services.sms.cut), (0, 1, 1));
    stand.text("+14155550101").await.unwrap();
}

#[tokio::test]
async fn cut_after_closes_the_connection_and_has_accepted() {
    let stand = with_fault(json!({ "address": PHONE, "kind": "cut_after" })).await;
    assert_cut(&stand.text(PHONE).await.unwrap_err());
    let sms = stand.stats().await.services.sms;
    assert_eq!((sms.calls, sms.accepted, sms.cut), (1, 1, 1));
    assert_eq!(stand.get("/simulator/messages").await[0]["to"], PHONE);
    stand.text("+14155550101").await.unwrap();
}

#[tokio::test]
async fn a_cut_leaves_other_connections_alone() {
    let settings = json!({
        "latency": { "sms": "fixed:200" },
        "faults": [{ "address": PHONE, "kind": "cut_before" }],
    });
    let stand = Stand::start(settings).await;
    let (cut, answered) = tokio::join!(stand.text(PHONE), stand.text("+14155550101"));
    assert!(cut.is_err() && answered.is_ok());
}

#[tokio::test]
async fn late_has_accepted_long_before_it_answers() {
    let stand = with_fault(json!({ "kind": "late", "delay_ms": 3_600_000 })).await;
    stand.accepts_before_it_answers().await;
}

#[tokio::test]
async fn late_answers_in_the_end() {
    let stand = with_fault(json!({ "kind": "late", "delay_ms": 50 })).await;
    let start = Instant::now();
    assert!(stand.text(PHONE).await.unwrap().message_id().is_some());
    assert!(start.elapsed().as_millis() >= 50);
}
