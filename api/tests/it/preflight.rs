use std::collections::BTreeMap;

use drumbeat_api::{Currency, PreflightAnswer};
use drumbeat_common::{
    Channel,
    account_quota::{self, MaxPerSecond},
    catalog, suppression,
};
use reqwest::{Method, StatusCode};
use serde_json::json;

use crate::server::{Api, campaign_of, problem, sms};

const HEADER: &str = "customer_id,channel,phone,email,template_id,message,subject,first_name";

async fn look(api: &Api, parameters: &str, file: String) -> PreflightAnswer {
    let path = format!("/api/preflight?{parameters}");
    let request = api.request(Method::POST, &path).header("content-type", "text/csv").body(file);
    let response = request.send().await.unwrap();
    let (status, text) = (response.status(), response.text().await.unwrap());
    assert_eq!(status, StatusCode::OK, "{text}");
    serde_json::from_str(&text).unwrap()
}

fn list() -> String {
    let long = "x".repeat(161);
    format!(
        "{HEADER}\n\
         CUST-1,sms,+14155550101,,PROMO,,,Ana\n\
         CUST-2,sms,+14155550102,,,{long},,\n\
         CUST-3,sms,+4915123456789,,,Grüße ✓,,\n\
         CUST-4,sms,+1 415 555 0101,,PROMO,,,Bo\n\
         CUST-5,email,,a@example.com,,Hello,Hi,\n\
         CUST-6,email,,b@example.com,,Hello,Hi,\n\
         CUST-7,sms,none,,PROMO,,,Cy\n\
         CUST-8,sms,none either,,PROMO,,,Di\n\
         CUST-9,sms,+14155550109,,PROMO,,,\n"
    )
}

#[tokio::test]
async fn a_list_is_looked_at_as_its_providers_would_get_it() {
    let api = Api::start().await;
    let report = look(&api, "name=Spring&tps=2&max_rejected=0.4", list()).await;
    assert!(report.can_be_sent, "{:?}", report.why_not);
    assert_eq!((report.rows, report.messages, report.rejected_total), (9, 5, 3));
    assert_eq!((report.channels.sms, report.channels.whatsapp, report.channels.email), (3, 0, 2));
    assert_eq!((report.skipped.duplicates, report.skipped.suppressed), (1, 0));
    assert_eq!((report.duplicates[0].line, report.duplicates[0].first_line), (5, 2));
    assert_eq!(report.sms_parts, 4);
    let countries: Vec<_> = report
        .countries
        .iter()
        .map(|count| {
            (count.channel, count.country.map(|country| country.to_string()), count.messages, count.parts)
        })
        .collect();
    assert!(countries.contains(&(Channel::Sms, Some("US".to_owned()), 2, 3)), "{countries:?}");
    assert!(countries.contains(&(Channel::Sms, Some("DE".to_owned()), 1, 1)), "{countries:?}");
    assert!(countries.contains(&(Channel::Email, None, 2, 0)), "{countries:?}");
    let by_template = |id: Option<&str>| {
        let of =
            |count: &&drumbeat_api::TemplateCount| count.template_id.as_ref().map(|id| id.as_str()) == id;
        report.templates.iter().filter(of).map(|count| count.messages).sum::<u64>()
    };
    assert_eq!((by_template(Some("PROMO")), by_template(None)), (1, 4));
    assert_eq!((report.duration.seconds, report.duration.limited_by.as_str()), (2.5, "tps"));
    let samples: Vec<_> = report.samples.iter().map(|sample| sample.customer_id.as_str()).collect();
    assert_eq!(samples, ["CUST-1", "CUST-2", "CUST-3", "CUST-5", "CUST-6"]);
    assert!(report.samples[0].text.contains("Ana"), "{}", report.samples[0].text);
    assert_eq!(report.problems[0].count, 2);
    assert!(
        report.problems[0].detail.starts_with("phone is not a phone number"),
        "{}",
        report.problems[0].detail
    );
    assert_eq!(report.problems[0].examples[0].line, 8);
    // Nothing of it is kept.
    assert_eq!(api.keys_in_redis().await, 0);
}

#[tokio::test]
async fn a_list_that_would_not_be_taken_is_looked_at_all_the_same() {
    let api = Api::start().await;
    let report = look(&api, "name=Spring", list()).await;
    assert!(!report.can_be_sent);
    assert_eq!(report.why_not.as_deref(), Some("3 of 9 recipients cannot be sent to, more than 20 %"));
    let report = look(&api, "name=Spring", format!("{HEADER}\n")).await;
    assert!(report.why_not.unwrap().contains("no recipients"));

    let mut campaign = campaign_of(1);
    campaign["recipients"] = json!([sms(1), {"customer_id": "CUST-2"}]);
    let request = api.request(Method::POST, "/api/preflight").json(&campaign);
    let report: PreflightAnswer = request.send().await.unwrap().json().await.unwrap();
    assert!(!report.can_be_sent);
    assert_eq!((report.messages, report.rejected[0].line), (1, 1));

    campaign["tps"] = json!(0);
    let request = api.request(Method::POST, "/api/preflight").json(&campaign);
    assert_eq!(problem(request.send().await.unwrap()).await.status, 422);
    assert_eq!(catalog::count(&api.store).await.unwrap(), 0);
}

#[tokio::test]
async fn who_is_suppressed_costs_nothing_and_a_duplicate_of_theirs_is_counted_once() {
    let api = Api::start().await;
    for number in ["+14155550101", "+4915123456789"] {
        let body = json!({"channel": "sms", "address": number});
        let request = api.request(Method::POST, "/api/suppressions").json(&body);
        assert!(request.send().await.unwrap().status().is_success());
    }
    assert_eq!(suppression::count(&api.store).await.unwrap(), 2);
    let report = look(&api, "name=Spring&max_rejected=1", list()).await;
    assert_eq!((report.messages, report.channels.sms), (3, 1));
    assert_eq!((report.skipped.duplicates, report.skipped.suppressed), (1, 2));
    assert_eq!(report.sms_parts, 2);
}

#[tokio::test]
async fn it_takes_as_long_as_the_slowest_quota() {
    let api = Api::start().await;
    let quota = |value: f64| MaxPerSecond::try_from(value).unwrap();
    let quotas = BTreeMap::from([(Channel::Sms, quota(0.5)), (Channel::Email, quota(100.0))]);
    account_quota::publish(&api.store, &quotas).await.unwrap();
    let report = look(&api, "name=Spring&tps=10&max_rejected=1", list()).await;
    // Four parts at one in two seconds.
    assert_eq!((report.duration.seconds, report.duration.limited_by.as_str()), (8.0, "quota for sms"));
    account_quota::publish(&api.store, &BTreeMap::new()).await.unwrap();
    assert_eq!(look(&api, "name=Spring&tps=10&max_rejected=1", list()).await.duration.limited_by, "tps");
}

#[tokio::test]
async fn what_it_costs_is_told_by_country_where_prices_are_known() {
    let api = Api::with_prices("sms,US,0.01,USD\nsms,*,0.1,EUR\n").await;
    let report = look(&api, "name=Spring&max_rejected=1", list()).await;
    let cost = report.cost.unwrap();
    assert_eq!(cost.total(Currency::USD), Some("0.03".parse().unwrap()));
    assert_eq!(cost.totals.len(), 2);
    assert_eq!(cost.unpriced, 2);
    let without = Api::start().await;
    assert_eq!(look(&without, "name=Spring&max_rejected=1", list()).await.cost, None);
}
