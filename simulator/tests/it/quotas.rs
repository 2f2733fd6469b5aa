use aws_sdk_pinpointsmsvoicev2::error::ProvideErrorMetadata as _;
use serde_json::json;

use crate::stand::{EMAIL, PHONE, Stand, template};

/// A burst of two, and then nothing for as long as any test takes.
const TWO: &str = "0.001/2";

#[tokio::test]
async fn sms_throttles_the_third_call() {
    let stand = Stand::start(json!({ "quotas": { "sms": TWO } })).await;
    stand.text(PHONE).await.unwrap();
    stand.text(PHONE).await.unwrap();
    let error = stand.text(PHONE).await.unwrap_err();
    assert_eq!(error.raw_response().unwrap().status().as_u16(), 400);
    let error = error.into_service_error();
    assert!(error.is_throttling_exception());
    assert_eq!((error.code(), error.message()), (Some("ThrottlingException"), Some("Rate exceeded")));
    let stats = stand.stats().await.services.sms;
    assert_eq!((stats.calls, stats.accepted, stats.throttled), (3, 2, 1));
}

#[tokio::test]
async fn whatsapp_throttles_the_third_call() {
    let stand = Stand::start(json!({ "quotas": { "whatsapp": TWO } })).await;
    stand.whatsapp(template(PHONE, None)).await.unwrap();
    stand.whatsapp(template(PHONE, None)).await.unwrap();
    let error = stand.whatsapp(template(PHONE, None)).await.unwrap_err();
    assert_eq!(error.raw_response().unwrap().status().as_u16(), 429);
    let error = error.into_service_error();
    assert!(error.is_throttled_request_exception());
    assert_eq!(error.code(), Some("ThrottledRequestException"));
}

#[tokio::test]
async fn ses_throttles_the_third_call() {
    let stand = Stand::start(json!({ "quotas": { "email": TWO } })).await;
    stand.email(EMAIL, Vec::new()).await.unwrap();
    stand.email(EMAIL, Vec::new()).await.unwrap();
    let error = stand.email(EMAIL, Vec::new()).await.unwrap_err();
    assert_eq!(error.raw_response().unwrap().status().as_u16(), 429);
    let error = error.into_service_error();
    assert!(error.is_too_many_requests_exception());
    assert_eq!(error.code(), Some("TooManyRequestsException"));
}

#[tokio::test]
async fn ses_tells_its_quota() {
    let stand = Stand::start(json!({ "quotas": { "email": "14" } })).await;
    stand.email(EMAIL, Vec::new()).await.unwrap();
    let account = stand.ses.get_account().send().await.unwrap();
    let quota = account.send_quota().unwrap();
    assert_eq!((quota.max_send_rate(), quota.sent_last24_hours()), (14.0, 1.0));
    assert!(account.sending_enabled() && account.production_access_enabled());
    assert_eq!(stand.stats().await.services.email.calls, 1);
}

#[tokio::test]
async fn the_common_quota_throttles_each_service_in_its_own_words() {
    let stand = Stand::start(json!({ "quotas": { "all": TWO } })).await;
    stand.text(PHONE).await.unwrap();
    stand.email(EMAIL, Vec::new()).await.unwrap();
    assert!(stand.text(PHONE).await.unwrap_err().into_service_error().is_throttling_exception());
    let error = stand.whatsapp(template(PHONE, None)).await.unwrap_err();
    assert!(error.into_service_error().is_throttled_request_exception());
    let error = stand.email(EMAIL, Vec::new()).await.unwrap_err();
    assert!(error.into_service_error().is_too_many_requests_exception());
}

#[tokio::test]
async fn many_at_once_get_no_more_than_the_burst() {
    let stand = Stand::start(json!({ "quotas": { "sms": "0.001/7" } })).await;
    let calls = (0..40).map(|_| {
        let call = stand.sms.send_text_message().destination_phone_number(PHONE).message_body("Hello").send();
        tokio::spawn(call)
    });
    let mut accepted = 0;
    for call in calls.collect::<Vec<_>>() {
        accepted += u32::from(call.await.unwrap().is_ok());
    }
    assert_eq!(accepted, 7);
    assert_eq!(stand.stats().await.services.sms.throttled, 33);
}
