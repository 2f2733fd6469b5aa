use drumbeat_common::Progress;
use jiff::{Timestamp, ToSpan};
use redis::AsyncCommands;
use serde_json::Value;

use crate::{
    server::{Api, campaign_of},
    table::put_ledger,
};

/// The progress of a campaign that was over at that time, with one in doubt.
async fn doubtful(finished_at: Timestamp) -> Value {
    let api = Api::start().await;
    let id = api.send(&campaign_of(2)).await.campaign_id;
    put_ledger(&api, id, [drumbeat_common::State::Sent, drumbeat_common::State::InDoubt]).await;
    let mut connection = api.store.connection();
    let finished_us = finished_at.as_microsecond();
    let fields = [("status", "completed".to_owned()), ("finished_us", finished_us.to_string())];
    let _: () = connection.hset_multiple(format!("{{{id}}}:campaign"), &fields).await.unwrap();
    let counters = format!("{{{id}}}:progress");
    let _: () = connection.hset_multiple(counters, &[("@", 0), ("B", 1), ("D", 1)]).await.unwrap();
    let progress = api.get_json(&format!("/api/campaigns/{id}/progress")).await;
    // Who knows nothing of the doubt's end reads it all the same.
    let known: Progress = serde_json::from_value(progress.clone()).unwrap();
    assert_eq!((known.counts.in_doubt, known.counts.sent), (1, 1));
    progress
}

#[tokio::test]
async fn a_doubt_is_open_until_no_report_can_come_any_more() {
    let finished_at = Timestamp::now() - 1.hour();
    let progress = doubtful(finished_at).await;
    let until: Timestamp = progress["doubt_open_until"].as_str().unwrap().parse().unwrap();
    assert_eq!(until.as_microsecond(), (finished_at + 72.hours()).as_microsecond());
    assert!(progress["status_reason"].as_str().unwrap().contains("reports may settle that until"));
}

#[tokio::test]
async fn after_that_somebody_has_to_decide() {
    let progress = doubtful(Timestamp::now() - 73.hours()).await;
    assert_eq!(progress.get("doubt_open_until"), None);
    assert!(progress["status_reason"].as_str().unwrap().contains("resolve-in-doubt decides"));
}

#[tokio::test]
async fn who_is_not_in_doubt_has_no_doubt_window() {
    let api = Api::start().await;
    let id = api.send(&campaign_of(1)).await.campaign_id;
    let progress = api.get_json(&format!("/api/campaigns/{id}/progress")).await;
    assert_eq!(progress.get("doubt_open_until"), None);
}
