use drumbeat_common::State;

use crate::{
    server::{Api, campaign_of, problem},
    table::{Tracked, item, put_failure, put_ledger},
};

const HEADER: &str = "index,customer_id,channel,state,message_id,claimed_at,sent_at,delivered_at,undelivered_at,read_at,failed_at,code,message,details\r\n";

fn state(index: u32) -> State {
    State::ALL[index as usize % State::ALL.len()]
}

fn is_tracked(state: State) -> bool {
    matches!(state, State::Sent | State::Delivered | State::Undelivered | State::Read)
}

async fn rows(api: &Api, path: &str) -> Vec<csv::StringRecord> {
    let response = api.get(path).await;
    assert_eq!(response.headers()["content-type"], "text/csv; charset=utf-8");
    assert!(response.headers()["content-disposition"].to_str().unwrap().contains("report-"));
    let file = response.text().await.unwrap();
    assert!(file.starts_with(HEADER), "{}", file.lines().next().unwrap_or_default());
    csv::Reader::from_reader(file.as_bytes()).records().map(Result::unwrap).collect()
}

#[tokio::test]
async fn ten_thousand_in_all_states_are_one_line_each() {
    const PEOPLE: u32 = 10_000;
    let tracked = Tracked::start().await;
    let api = &tracked.api;
    let id = api.send(&campaign_of(PEOPLE as usize)).await.campaign_id;
    put_ledger(api, id, (0..PEOPLE).map(state)).await;
    put_failure(api, id, 3, "=cmd|'/c calc'!A1").await;
    tracked
        .put((0..PEOPLE).filter(|index| is_tracked(state(*index))).map(|index| item(id, index, state(index))))
        .await;
    let rows = rows(api, &format!("/api/campaigns/{id}/report.csv")).await;
    assert_eq!(rows.len(), PEOPLE as usize);
    for (row, index) in rows.iter().zip(0..) {
        let state = state(index);
        let when = |of: State| if state == of { "2026-05-01T10:00:09Z" } else { "" };
        let (message_id, code) = match state {
            State::Sent => (format!("m-{index}"), String::new()),
            _ if is_tracked(state) => (format!("m-{index}"), format!("TEXT_{state}")),
            _ if index == 3 => (String::new(), "ValidationException".to_owned()),
            _ => (String::new(), String::new()),
        };
        let failed_at = if index == 3 { "2026-05-01T10:00:00Z" } else { "" };
        let if_tracked = |time| if is_tracked(state) { time } else { "" };
        let message = if index == 3 { "'=cmd|'/c calc'!A1" } else { "" };
        let expected = [
            &index.to_string(),
            &format!("CUST-{index}"),
            "sms",
            state.as_str(),
            &message_id,
            if_tracked("2026-05-01T09:59:59Z"),
            if_tracked("2026-05-01T10:00:00Z"),
            when(State::Delivered),
            when(State::Undelivered),
            when(State::Read),
            failed_at,
            &code,
            message,
            "table",
        ];
        assert_eq!(row, &csv::StringRecord::from(expected.to_vec()));
    }
}

#[tokio::test]
async fn without_a_table_or_while_it_is_away_the_states_are_there_all_the_same() {
    let tracked = Tracked::start().await;
    tracked.lose_table().await;
    for (api, details) in [(&Api::start().await, "none"), (&tracked.api, "unavailable")] {
        let id = api.send(&campaign_of(2_500)).await.campaign_id;
        put_ledger(api, id, (0..2_500).map(state)).await;
        let rows = rows(api, &format!("/api/campaigns/{id}/report.csv")).await;
        assert_eq!(rows.len(), 2_500);
        for (row, index) in rows.iter().zip(0..) {
            assert_eq!((&row[0], &row[3], &row[4]), (index.to_string().as_str(), state(index).as_str(), ""));
            assert_eq!(&row[13], details);
        }
    }
}

#[tokio::test]
async fn an_unknown_campaign_has_no_report() {
    let api = Api::start().await;
    let unknown = api.get("/api/campaigns/01KAPZ3V9C6J2M5Q8R1T4W7Y0B/report.csv").await;
    assert_eq!(problem(unknown).await.kind, "/problems/unknown-campaign");
}
