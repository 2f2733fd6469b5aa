use drumbeat_common::{CampaignId, Channel};
use serde_json::{Value, json};

use crate::{
    house::{self, Accepted, House},
    quota_table::start_workers,
};

/// Message parts a second, far below the campaigns' rates.
const QUOTA: f64 = 20.0;

/// The simulator takes SMS no faster than the quota, and one early message in between; the workers know the quota.
async fn house() -> House {
    let rows = json!([
        { "channel": { "S": "sms" }, "max_per_second": { "N": QUOTA.to_string() } },
        { "channel": { "S": "telex" }, "max_per_second": { "N": "1" } },
        { "channel": { "S": "email" }, "max_per_second": { "S": "fast" } },
    ]);
    let mut house = House::open_alone(0).await;
    house.behave(json!({ "quotas": { "sms": format!("{QUOTA}/2") } })).await;
    start_workers(&mut house, 2, rows).await;
    house
}

fn texts(total: u32, text: &str) -> Vec<Value> {
    (0..total).map(|index| house::text(index, text)).collect()
}

/// A text and an email, all over.
fn mixed(total: u32) -> Vec<Value> {
    let mut recipients = texts(total, "Hello");
    for (index, recipient) in recipients.iter_mut().enumerate().filter(|(index, _)| index % 2 > 0) {
        *recipient = json!({
            "customer_id": format!("CUST-{index}"), "channel": "email", "subject": "Hello", "message": "Hello",
            "email": format!("success+{index:06}@simulator.amazonses.com"),
        });
    }
    recipients
}

async fn post(house: &House, tps: f64, recipients: Vec<Value>) -> CampaignId {
    house.post(&json!({ "name": "Spring", "tps": tps, "recipients": recipients })).await
}

/// Messages a second between the first and the last of them.
fn rate<'a>(messages: impl Iterator<Item = &'a Accepted>) -> f64 {
    let mut times: Vec<_> = messages.map(|message| message.at_us).collect();
    times.sort_unstable();
    (times.len() - 1) as f64 * 1e6 / (times[times.len() - 1] - times[0]) as f64
}

/// Hardly any call was in vain.
async fn check_throttles(house: &House) {
    let stats = house.stats().await.services;
    let (sms, email) = (stats.get(Channel::Sms), stats.get(Channel::Email));
    assert!(sms.throttled * 50 <= sms.calls, "{} of {} calls were throttled", sms.throttled, sms.calls);
    assert_eq!(email.throttled, 0);
}

#[tokio::test]
async fn one_channels_quota_is_kept_and_used_while_the_other_channel_goes_on() {
    let house = house().await;
    let id = post(&house, 100.0, mixed(600)).await;
    house.completed(id).await;
    let messages = house.messages().await;
    assert_eq!(messages.len(), 600);
    let of = |channel| messages.iter().filter(move |message| message.service == channel);
    let (sms, email) = (rate(of(Channel::Sms)), rate(of(Channel::Email)));
    check_throttles(&house).await;
    assert!((QUOTA * 0.7..QUOTA * 1.01).contains(&sms), "{sms} texts a second");
    // There are as many of them; they do not wait for the texts, not even those in the last batches.
    assert!(email > QUOTA * 2.0, "{email} emails a second");
    house.stack.stop().await;
}

#[tokio::test]
async fn two_campaigns_share_the_quota() {
    let house = house().await;
    let first = post(&house, 50.0, texts(100, "Hello")).await;
    let second = post(&house, 50.0, texts(100, "Hello")).await;
    house.completed(first).await;
    house.completed(second).await;
    let messages = house.messages().await;
    assert_eq!(messages.len(), 200);
    let both = rate(messages.iter());
    check_throttles(&house).await;
    assert!((QUOTA * 0.7..QUOTA * 1.01).contains(&both), "{both} texts a second");
    // Neither waited for the other to be over.
    let half = &messages[..100];
    let of_first = half.iter().filter(|message| message.campaign_id == first).count();
    assert!((20..=80).contains(&of_first), "{of_first} of the first 100 are the first campaign's");
    house.stack.stop().await;
}

#[tokio::test]
async fn a_text_of_two_parts_costs_two() {
    let house = house().await;
    let id = post(&house, 50.0, texts(60, &"Hello ".repeat(30))).await;
    house.completed(id).await;
    let messages = house.messages().await;
    let texts = rate(messages.iter());
    check_throttles(&house).await;
    assert!((QUOTA * 0.35..QUOTA * 0.505).contains(&texts), "{texts} texts of two parts a second");
    house.stack.stop().await;
}

#[tokio::test]
async fn the_rate_that_ses_allows_is_kept() {
    let mut house = House::open_alone(0).await;
    house.behave(json!({ "quotas": { "email": format!("{QUOTA}/2") } })).await;
    house.stack.add_worker().await.unwrap();
    let emails = mixed(120).into_iter().filter(|recipient| recipient["channel"] == "email").collect();
    let id = post(&house, 100.0, emails).await;
    house.completed(id).await;
    let stats = house.stats().await.services.email;
    assert!(
        stats.throttled * 20 <= stats.calls,
        "{} of {} calls were throttled",
        stats.throttled,
        stats.calls
    );
    let emails = rate(house.messages().await.iter());
    assert!((QUOTA * 0.7..QUOTA * 1.01).contains(&emails), "{emails} emails a second");
    house.stack.stop().await;
}

#[tokio::test]
async fn a_dry_run_uses_nothing_of_the_quota() {
    let house = house().await;
    let campaign =
        json!({ "name": "Spring", "tps": 400.0, "dry_run": true, "recipients": texts(400, "Hello") });
    let id = house.post(&campaign).await;
    let progress = house.completed(id).await;
    let took = progress.finished_at.unwrap().duration_since(progress.started_at.unwrap());
    assert!(took.as_secs() < 10, "{took:?} for 400 texts at a quota of 20");
}
