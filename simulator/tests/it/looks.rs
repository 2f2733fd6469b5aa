//! Questions about the account, as the SDKs ask them and read the answers.

use aws_sdk_pinpointsmsvoicev2::{
    error::ProvideErrorMetadata as _,
    operation::describe_pools::DescribePoolsError,
    types::{NumberCapability, NumberStatus, PoolStatus, SenderIdFilter, SenderIdFilterName, SpendLimitName},
};
use aws_sdk_sesv2::types::{IdentityType, VerificationStatus};
use serde_json::{Value, json};

use crate::stand::{EMAIL, Stand};

async fn account(account: Value) -> Stand {
    Stand::start(json!({ "account": account })).await
}

#[tokio::test]
async fn whatever_is_asked_for_is_there_and_well() {
    let stand = Stand::start(json!({})).await;
    let identity = stand.ses.get_email_identity().email_identity("news@example.com").send().await.unwrap();
    assert_eq!(identity.identity_type(), Some(&IdentityType::EmailAddress));
    assert_eq!(identity.verification_status(), Some(&VerificationStatus::Success));
    assert!(identity.verified_for_sending_status());
    let domain = stand.ses.get_email_identity().email_identity("example.com").send().await.unwrap();
    assert_eq!(domain.identity_type(), Some(&IdentityType::Domain));

    let arn = "arn:aws:sms-voice:us-east-1:123456789012:pool/pool-b";
    let pools = stand.sms.describe_pools().pool_ids("pool-a").pool_ids(arn).send().await.unwrap();
    let pools: Vec<_> = pools.pools().iter().map(|pool| (pool.pool_id(), pool.status())).collect();
    assert_eq!(pools, [("pool-a", &PoolStatus::Active), ("pool-b", &PoolStatus::Active)]);

    let phones = stand.sms.describe_phone_numbers().phone_number_ids("phone-a").send().await.unwrap();
    let phone = &phones.phone_numbers()[0];
    assert_eq!((phone.phone_number_id(), phone.status()), (Some("phone-a"), &NumberStatus::Active));
    assert_eq!(phone.number_capabilities(), [NumberCapability::Sms]);

    let filter =
        SenderIdFilter::builder().name(SenderIdFilterName::SenderId).values("MYSHOP").build().unwrap();
    let sender_ids = stand.sms.describe_sender_ids().filters(filter).send().await.unwrap();
    assert_eq!(sender_ids.sender_ids()[0].sender_id(), "MYSHOP");

    let limits = stand.sms.describe_spend_limits().send().await.unwrap();
    let limit =
        limits.spend_limits().iter().find(|l| l.name() == &SpendLimitName::TextMessageMonthlySpendLimit);
    assert_eq!(limit.unwrap().enforced_limit(), 10_000);

    let templates = stand.social.list_whats_app_message_templates().id("waba-a").send().await.unwrap();
    let template = &templates.templates()[0];
    assert_eq!(
        (template.template_name(), template.template_status()),
        (Some("back_in_stock"), Some("APPROVED"))
    );
    assert_eq!(template.template_language(), Some("en_US"));

    assert_eq!(stand.stats().await.services.sms.calls, 0);
}

#[tokio::test]
async fn a_setting_makes_things_unwell_or_takes_them_away() {
    let stand = account(json!({
        "statuses": {
            "news@example.com": "PENDING", "gone.example.com": null, "pool-a": "CREATING", "pool-b": null,
            "phone-b": null, "GONE": null, "waba-b": null,
        },
        "sms_monthly_limit_usd": 1,
    }))
    .await;
    let identity = |name: &str| stand.ses.get_email_identity().email_identity(name).send();
    assert!(!identity("news@example.com").await.unwrap().verified_for_sending_status());
    let error = identity("gone.example.com").await.unwrap_err().into_service_error();
    assert!(error.is_not_found_exception(), "{error:?}");

    let pool = |id: &str| stand.sms.describe_pools().pool_ids(id).send();
    assert_eq!(pool("pool-a").await.unwrap().pools()[0].status(), &PoolStatus::Creating);
    let error = pool("pool-b").await.unwrap_err().into_service_error();
    let DescribePoolsError::ResourceNotFoundException(error) = error else { panic!("{error:?}") };
    assert_eq!(error.resource_id(), Some("pool-b"));
    assert_eq!(error.resource_type().map(|kind| kind.as_str()), Some("pool"));

    let error = stand.sms.describe_phone_numbers().phone_number_ids("phone-b").send().await.unwrap_err();
    assert!(error.into_service_error().is_resource_not_found_exception());
    let filter = SenderIdFilter::builder().name(SenderIdFilterName::SenderId).values("GONE").build().unwrap();
    assert!(stand.sms.describe_sender_ids().filters(filter).send().await.unwrap().sender_ids().is_empty());
    let limits = stand.sms.describe_spend_limits().send().await.unwrap();
    assert!(limits.spend_limits().iter().all(|limit| limit.enforced_limit() == 1));
    let error = stand.social.list_whats_app_message_templates().id("waba-b").send().await.unwrap_err();
    assert!(error.into_service_error().is_resource_not_found_exception());
}

#[tokio::test]
async fn lists_come_in_pages() {
    let templates: Vec<_> = (0..250)
        .map(|n| json!({ "name": format!("promo_{n}"), "language": "de", "status": "PAUSED" }))
        .collect();
    let stand =
        account(json!({ "templates": templates, "phone_numbers": ["+12065550101", "+12065550102"] })).await;
    let all: Vec<_> = stand
        .social
        .list_whats_app_message_templates()
        .id("waba-a")
        .into_paginator()
        .items()
        .send()
        .collect::<Result<_, _>>()
        .await
        .unwrap();
    assert_eq!(all.len(), 250);
    assert_eq!(all[249].template_name(), Some("promo_249"));
    let first = stand.sms.describe_phone_numbers().max_results(1).send().await.unwrap();
    assert_eq!(first.phone_numbers()[0].phone_number(), "+12065550101");
    let second = stand
        .sms
        .describe_phone_numbers()
        .set_next_token(first.next_token)
        .max_results(1)
        .send()
        .await
        .unwrap();
    assert_eq!((second.phone_numbers()[0].phone_number(), second.next_token()), ("+12065550102", None));
}

#[tokio::test]
async fn each_question_can_be_forbidden() {
    let looks = [
        "GetAccount",
        "GetEmailIdentity",
        "DescribePools",
        "DescribePhoneNumbers",
        "DescribeSenderIds",
        "DescribeSpendLimits",
        "ListWhatsAppMessageTemplates",
    ];
    let stand = account(json!({ "denied": looks })).await;
    let codes = [
        stand.ses.get_account().send().await.unwrap_err().code().map(ToOwned::to_owned),
        stand
            .ses
            .get_email_identity()
            .email_identity("a")
            .send()
            .await
            .unwrap_err()
            .code()
            .map(ToOwned::to_owned),
        stand.sms.describe_pools().send().await.unwrap_err().code().map(ToOwned::to_owned),
        stand.sms.describe_phone_numbers().send().await.unwrap_err().code().map(ToOwned::to_owned),
        stand.sms.describe_sender_ids().send().await.unwrap_err().code().map(ToOwned::to_owned),
        stand.sms.describe_spend_limits().send().await.unwrap_err().code().map(ToOwned::to_owned),
        stand
            .social
            .list_whats_app_message_templates()
            .id("a")
            .send()
            .await
            .unwrap_err()
            .code()
            .map(ToOwned::to_owned),
    ];
    for (look, code) in looks.into_iter().zip(codes) {
        assert_eq!(code.as_deref(), Some("AccessDeniedException"), "{look}");
    }
}

#[tokio::test]
async fn what_ses_allows_can_be_set() {
    let stand = account(json!({ "email": {
        "sending_enabled": false, "production_access": false, "enforcement_status": "PROBATION",
        "max_24_hour_send": 200, "sent_last_24_hours": 150,
    } }))
    .await;
    stand.email(EMAIL, Vec::new()).await.unwrap();
    let account = stand.ses.get_account().send().await.unwrap();
    let quota = account.send_quota().unwrap();
    assert_eq!((quota.max24_hour_send(), quota.sent_last24_hours()), (200.0, 150.0));
    assert_eq!((account.sending_enabled(), account.production_access_enabled()), (false, false));
    assert_eq!(account.enforcement_status(), Some("PROBATION"));
}

#[tokio::test]
async fn an_unsigned_question_is_forbidden() {
    let stand = Stand::start(json!({})).await;
    let answer = stand.http.get(format!("{}/v2/email/identities/a", stand.url)).send().await.unwrap();
    assert_eq!(answer.status(), 403);
    assert_eq!(answer.headers()["x-amzn-errortype"], "MissingAuthenticationTokenException");
}
