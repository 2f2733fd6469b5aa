//! What AWS says of a list, against the simulator of its services.

use std::{
    collections::BTreeSet,
    time::{Duration, Instant},
};

use aws_config::{BehaviorVersion, Region, SdkConfig};
use aws_credential_types::{
    Credentials,
    provider::{ProvideCredentials, SharedCredentialsProvider, future::ProvideCredentials as Future},
};
use drumbeat_api::{
    Account, AccountMatter, AccountMatter::*, AccountQuestion, AccountReport, Finding, MetaTemplate, Senders,
};
use drumbeat_simulator::Settings;
use serde_json::{Value, json};
use tokio::{net::TcpListener, sync::oneshot};

/// A simulator with that account; it ends when dropped.
pub(crate) struct Aws {
    pub(crate) url: String,
    _stop: oneshot::Sender<()>,
}

impl Aws {
    pub(crate) async fn with(account: Value) -> Self {
        let settings: Settings =
            serde_json::from_value(json!({ "account": account, "quotas": { "email": "14" } })).unwrap();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let (stop, stopped) = oneshot::channel::<()>();
        tokio::spawn(drumbeat_simulator::serve(listener, settings, async { drop(stopped.await) }));
        Self { url, _stop: stop }
    }

    async fn look(&self, senders: Senders, question: &AccountQuestion) -> AccountReport {
        Account::with(senders, config(&self.url).await).look(question).await
    }
}

pub(crate) async fn config(url: &str) -> SdkConfig {
    aws_config::defaults(BehaviorVersion::latest())
        .region(Region::new("us-east-1"))
        .credentials_provider(Credentials::new("id", "secret", None, None, "test"))
        .endpoint_url(url)
        .load()
        .await
}

fn senders() -> Senders {
    Senders {
        phone_pool_id: Some("pool-a".to_owned()),
        ses_from_address: Some("Shop <news@mail.example.com>".to_owned()),
        whatsapp_account_id: Some("waba-a".to_owned()),
    }
}

fn template(name: &str, language: &str) -> MetaTemplate {
    MetaTemplate { name: name.to_owned(), language: language.to_owned() }
}

/// A list that uses all channels.
fn question() -> AccountQuestion {
    AccountQuestion {
        emails: 1_000,
        sms_parts: 2_000,
        sms_cost_usd: Some(18.into()),
        whatsapp_templates: BTreeSet::from([template("new_arrivals", "en_US")]),
    }
}

fn findings(report: &AccountReport, about: AccountMatter) -> Vec<&Finding> {
    report.checks.iter().filter(|check| check.about == about).map(|check| &check.finding).collect()
}

fn is_problem(report: &AccountReport, about: AccountMatter, words: &str) {
    assert!(
        matches!(findings(report, about)[..], [Finding::Problem(what)] if what.contains(words)),
        "{about:?} is no problem of {words:?}: {report:#?}"
    );
}

fn is_unknown(report: &AccountReport, about: AccountMatter, words: &str) {
    assert!(
        matches!(findings(report, about)[..], [Finding::Unknown(why)] if why.contains(words)),
        "{about:?} is not unknown for {words:?}: {report:#?}"
    );
}

fn is_ok(report: &AccountReport, about: AccountMatter) {
    assert_eq!(findings(report, about), [&Finding::Ok], "{about:?}: {report:#?}");
}

#[tokio::test]
async fn an_account_in_which_all_is_well_says_so_with_its_figures() {
    let aws =
        Aws::with(json!({ "email": { "max_24_hour_send": 50_000, "sent_last_24_hours": 1_000 } })).await;
    let report = aws.look(senders(), &question()).await;
    let all = [
        SmsOrigin,
        SmsSpendLimit,
        WhatsappTemplates,
        EmailSending,
        EmailProduction,
        EmailQuota,
        EmailIdentity,
    ];
    assert_eq!(report.checks.iter().map(|check| check.about).collect::<Vec<_>>(), all);
    all.into_iter().for_each(|about| is_ok(&report, about));
    assert_eq!(report.emails_per_second, Some(14.0));
    assert_eq!(report.emails_left_today, Some(49_000));
    assert_eq!(report.sms_monthly_limit_usd, Some(10_000));
    assert_eq!(json!(report)["checks"][0], json!({ "about": "sms_origin", "result": "ok" }));
}

#[tokio::test]
async fn only_what_a_list_uses_is_asked() {
    let aws = Aws::with(json!({ "statuses": { "pool-a": null } })).await;
    let question = AccountQuestion { emails: 1, ..AccountQuestion::default() };
    let report = aws.look(senders(), &question).await;
    assert!(findings(&report, SmsOrigin).is_empty() && findings(&report, WhatsappTemplates).is_empty());
    is_ok(&report, EmailIdentity);
    assert_eq!(aws.look(senders(), &AccountQuestion::default()).await, AccountReport::default());
}

#[tokio::test]
async fn what_ses_does_not_allow_is_a_problem() {
    let aws = Aws::with(json!({ "email": {
        "sending_enabled": false, "production_access": false, "max_24_hour_send": 200, "sent_last_24_hours": 250,
    } }))
    .await;
    let report = aws.look(senders(), &question()).await;
    is_problem(&report, EmailSending, "turned off");
    is_problem(&report, EmailProduction, "sandbox");
    is_problem(&report, EmailQuota, "the list has 1000 emails, and SES takes 0 more");
    assert_eq!(report.emails_left_today, Some(0));

    let shut = Aws::with(json!({ "email": { "enforcement_status": "SHUTDOWN" } })).await;
    let report = shut.look(senders(), &question()).await;
    is_problem(&report, EmailSending, "ask for a review");
    is_ok(&report, EmailQuota);
    assert_eq!(report.emails_left_today, None);
}

#[tokio::test]
async fn an_address_can_be_sent_from_where_it_or_a_domain_above_it_is_verified() {
    let (address, domain, above) = ("news@mail.example.com", "mail.example.com", "example.com");
    let verified = json!("SUCCESS");
    for statuses in [
        json!({ address: verified, domain: null, above: null }),
        json!({ address: null, domain: verified, above: null }),
        json!({ address: "PENDING", domain: null, above: verified }),
    ] {
        let aws = Aws::with(json!({ "statuses": statuses })).await;
        is_ok(&aws.look(senders(), &question()).await, EmailIdentity);
    }
    let aws = Aws::with(json!({ "statuses": { address: null, domain: "PENDING", above: null } })).await;
    let report = aws.look(senders(), &question()).await;
    is_problem(&report, EmailIdentity, "mail.example.com is not verified for sending (PENDING)");
    let aws = Aws::with(json!({ "statuses": { address: null, domain: null, above: null } })).await;
    let report = aws.look(senders(), &question()).await;
    is_problem(&report, EmailIdentity, "news@mail.example.com cannot be sent from");
}

#[tokio::test]
async fn every_kind_of_origin_is_looked_up() {
    let aws = Aws::with(json!({
        "statuses": {
            "pool-b": null, "pool-c": "CREATING", "phone-b": null, "phone-c": "PENDING", "+12065550101": "DELETED",
            "GONE": null,
        },
        "phone_numbers": ["+12065550100", "+12065550101"],
    }))
    .await;
    let look = async |origin: &str| {
        let senders = Senders { phone_pool_id: Some(origin.to_owned()), ..Senders::default() };
        aws.look(senders, &AccountQuestion { sms_parts: 1, ..AccountQuestion::default() }).await
    };
    for origin in ["pool-a", "phone-a", "+12065550100", "MYSHOP"] {
        is_ok(&look(origin).await, SmsOrigin);
    }
    for origin in ["pool-b", "phone-b", "+12065550109", "GONE"] {
        is_problem(
            &look(origin).await,
            SmsOrigin,
            &format!("there is no {origin} in this account and region"),
        );
    }
    for (origin, status) in [("pool-c", "CREATING"), ("phone-c", "PENDING"), ("+12065550101", "DELETED")] {
        is_problem(&look(origin).await, SmsOrigin, &format!("is {status}"));
    }
}

#[tokio::test]
async fn texts_that_cost_more_than_a_month_may_are_a_problem() {
    let aws = Aws::with(json!({ "sms_monthly_limit_usd": 18 })).await;
    is_ok(&aws.look(senders(), &question()).await, SmsSpendLimit);
    let dear = AccountQuestion { sms_cost_usd: Some("18.005".parse().unwrap()), ..question() };
    is_problem(&aws.look(senders(), &dear).await, SmsSpendLimit, "lets them cost 18 in a month");
    let unpriced = AccountQuestion { sms_cost_usd: None, ..question() };
    is_ok(&aws.look(senders(), &unpriced).await, SmsSpendLimit);
    let aws = Aws::with(json!({ "sms_monthly_limit_usd": 0 })).await;
    is_problem(&aws.look(senders(), &unpriced).await, SmsSpendLimit, "raise the spend limit");
}

#[tokio::test]
async fn each_template_that_meta_has_not_approved_is_a_problem_of_its_own() {
    let templates: Vec<_> = (0..150)
        .map(|n| json!({ "name": format!("other_{n}"), "language": "en_US", "status": "APPROVED" }))
        .chain([
            json!({ "name": "good", "language": "de", "status": "APPROVED" }),
            json!({ "name": "paused", "language": "de", "status": "PAUSED" }),
            json!({ "name": "rejected", "language": "de", "status": "REJECTED" }),
        ])
        .collect();
    let aws = Aws::with(json!({ "templates": templates })).await;
    let look = async |templates: &[(&str, &str)]| {
        let whatsapp_templates = templates.iter().map(|(name, language)| template(name, language)).collect();
        aws.look(senders(), &AccountQuestion { whatsapp_templates, ..AccountQuestion::default() }).await
    };
    is_ok(&look(&[("good", "de"), ("other_7", "en_US")]).await, WhatsappTemplates);
    let report =
        look(&[("good", "de"), ("good", "fr"), ("gone", "de"), ("paused", "de"), ("rejected", "de")]).await;
    let said: Vec<_> = findings(&report, WhatsappTemplates)
        .into_iter()
        .map(|finding| match finding {
            Finding::Problem(what) => what.as_str(),
            other => panic!("{other:?}"),
        })
        .collect();
    assert_eq!(said.len(), 4);
    for (said, words) in said.into_iter().zip([
        "\"gone\" in de is not in the WhatsApp account: create it",
        "\"good\" in fr is not in the WhatsApp account, only in de",
        "\"paused\" in de is paused",
        "\"rejected\" in de was rejected",
    ]) {
        assert!(said.contains(words), "{said}");
    }
    let gone = Aws::with(json!({ "statuses": { "waba-a": null } })).await;
    is_problem(&gone.look(senders(), &question()).await, WhatsappTemplates, "look at WHATSAPP_ACCOUNT_ID");
}

#[tokio::test]
async fn what_may_not_be_asked_is_unknown_and_the_rest_is_told() {
    let denied = ["GetAccount", "DescribePools", "DescribeSpendLimits", "ListWhatsAppMessageTemplates"];
    let aws = Aws::with(json!({ "denied": denied })).await;
    let report = aws.look(senders(), &question()).await;
    is_unknown(&report, EmailSending, "allow ses:GetAccount");
    is_ok(&report, EmailIdentity);
    is_unknown(&report, SmsOrigin, "allow sms-voice:DescribePools");
    is_unknown(&report, SmsSpendLimit, "allow sms-voice:DescribeSpendLimits");
    is_unknown(&report, WhatsappTemplates, "allow social-messaging:ListWhatsAppMessageTemplates");
    let aws = Aws::with(json!({ "denied": ["GetEmailIdentity"] })).await;
    is_unknown(&aws.look(senders(), &question()).await, EmailIdentity, "allow ses:GetEmailIdentity");
}

#[tokio::test]
async fn a_sender_that_is_not_set_is_unknown() {
    let aws = Aws::with(json!({})).await;
    let report = aws.look(Senders { phone_pool_id: None, ..senders() }, &question()).await;
    is_unknown(&report, SmsOrigin, "PHONE_POOL_ID is not set for the api");
    is_ok(&report, EmailIdentity);
    let report = aws.look(Senders::default(), &question()).await;
    for (about, variable) in [
        (SmsOrigin, "PHONE_POOL_ID"),
        (EmailIdentity, "SES_FROM_ADDRESS"),
        (WhatsappTemplates, "WHATSAPP_ACCOUNT_ID"),
    ] {
        is_unknown(&report, about, variable);
    }
    assert_eq!(report.checks.len(), 3);
}

#[tokio::test]
async fn where_aws_is_not_set_up_that_is_the_only_thing_said() {
    let builder = || SdkConfig::builder().behavior_version(BehaviorVersion::latest());
    for (aws, why) in [
        (builder().build(), "AWS_REGION is not set"),
        (builder().region(Region::new("us-east-1")).build(), "there are no credentials"),
    ] {
        let report = Account::with(senders(), aws).look(&question()).await;
        is_unknown(&report, Access, why);
        assert_eq!(report.checks.len(), 1);
    }
}

/// An instance's service whose address swallows connections.
#[derive(Debug)]
struct Silent;

impl ProvideCredentials for Silent {
    fn provide_credentials<'a>(&'a self) -> Future<'a>
    where
        Self: 'a,
    {
        Future::new(std::future::pending())
    }
}

#[tokio::test]
async fn credentials_that_do_not_come_are_not_waited_for_twice() {
    let aws = SdkConfig::builder()
        .behavior_version(BehaviorVersion::latest())
        .region(Region::new("us-east-1"))
        .credentials_provider(SharedCredentialsProvider::new(Silent))
        .build();
    let account = Account::with(senders(), aws);
    for most in [Duration::MAX, Duration::from_secs(1)] {
        let before = Instant::now();
        let report = account.look(&question()).await;
        is_unknown(&report, Access, "not found within 2 s");
        assert!(before.elapsed() < most, "{:?}", before.elapsed());
    }
}

#[tokio::test]
async fn an_aws_that_is_away_is_unknown() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    drop(listener);
    let report = Account::with(senders(), config(&url).await).look(&question()).await;
    for about in [SmsOrigin, SmsSpendLimit, WhatsappTemplates, EmailSending, EmailIdentity] {
        is_unknown(&report, about, "AWS cannot be asked");
    }
}

#[tokio::test]
async fn an_aws_that_does_not_answer_is_unknown_within_its_time() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    // Connections stand, and nobody reads them.
    let report = Account::with(senders(), config(&url).await).look(&question()).await;
    for about in [SmsOrigin, SmsSpendLimit, WhatsappTemplates, EmailSending, EmailIdentity] {
        is_unknown(&report, about, "within 5 s");
    }
}
