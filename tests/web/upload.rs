//! Lists that take a while to arrive.

use std::{fmt::Write, time::Duration};

use redis::AsyncCommands;
use serde_json::json;
use tempfile::NamedTempFile;
use tokio::time::timeout;

use crate::{
    browser::Browser,
    house::{House, PATIENCE},
    list::{choose, file},
};

const TWO_GB: u64 = 2_000_000_000;

/// A file that is long, and takes no room on the disk.
fn endless(suffix: &str, start: &str) -> NamedTempFile {
    let file = file(suffix, start);
    file.as_file().set_len(TWO_GB).unwrap();
    file
}

/// Some megabytes of people.
fn long() -> NamedTempFile {
    let mut rows = "customer_id,channel,phone,message\n".to_owned();
    for place in 0..100_000 {
        let (area, line) = (200 + place / 1_000, place % 1_000);
        writeln!(rows, "CUST-{place},sms,+1{area}5550{line:03},Good morning").unwrap();
    }
    file(".csv", &rows)
}

/// How many keys Redis has of campaigns.
async fn keys(house: &House) -> usize {
    let redis = redis::Client::open(house.stack.redis_url()).unwrap();
    let mut connection = redis.get_multiplexed_async_connection().await.unwrap();
    let keys: Vec<String> = connection.keys("{*").await.unwrap();
    keys.len()
}

async fn until_forgotten(house: &House) {
    while keys(house).await > 0 {
        tokio::time::sleep(Duration::from_millis(30)).await;
    }
}

impl Browser {
    /// From now on it sends so many bytes a second.
    async fn send_slowly(&self, bytes: u32) {
        self.tell("Network.enable", json!({})).await;
        let line =
            json!({ "offline": false, "latency": 0, "downloadThroughput": -1, "uploadThroughput": bytes });
        self.tell("Network.emulateNetworkConditions", line).await;
    }
}

#[tokio::test]
async fn why_a_long_list_is_refused_is_told_in_the_servers_own_words() {
    let house = House::open(1).await;
    let browser = Browser::open().await;
    for (suffix, start, words) in [
        (".csv", "first,second\n1,2\n", "it has no column customer_id"),
        (".csv.pdf", "%PDF-1.7\n", "the list must be JSON, NDJSON or CSV"),
    ] {
        let list = endless(suffix, start);
        choose(&browser, &house, &list).await;
        browser.click("#check").await;
        browser.until_shown("#report", words).await;
    }
    browser.close_despite("status of 4").await;
}

#[tokio::test]
async fn whoever_leaves_in_mid_upload_has_sent_nothing() {
    let house = House::open(1).await;
    let browser = Browser::open().await;
    let list = long();
    choose(&browser, &house, &list).await;
    browser.click("#check").await;
    browser.until_shown("#send", "Send 100,000 messages").await;

    browser.send_slowly(500_000).await;
    browser.click("#send").await;
    for share in ["0.1", "0.2", "0.3"] {
        browser.until(&format!("document.getElementById('sent-bytes').value > {share}")).await;
    }
    browser.until_shown("#sending-text", "Sending the list: ").await;
    assert!(keys(&house).await > 0, "it is written while it comes in");

    browser.go(house.stack.api_url()).await;
    browser.until_shown("h1", "Campaigns").await;
    timeout(PATIENCE, until_forgotten(&house)).await.expect("some of it is left behind");
    assert_eq!(house.client.campaigns(0).await.unwrap().total, 0);
    browser.close().await;
}
