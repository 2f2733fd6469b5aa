use drumbeat_common::{Batch, CampaignId, Channel, Failure, FailurePage, FailureState};

use crate::server::{Api, campaign_of, problem};

fn failure(index: u32) -> Failure {
    Failure {
        batch: index / Batch::SIZE,
        index,
        customer_id: format!("CUST-{index}"),
        channel: Channel::Sms,
        state: FailureState::InDoubt,
        code: "ValidationException".to_owned(),
        message: "=bad, \"really\" bad\nnumber".to_owned(),
        attempts: 1,
        at: "2026-11-01T00:00:00Z".parse().unwrap(),
    }
}

/// Puts the first so many in doubt as settlements do, without sending to them.
async fn write_down(api: &Api, id: CampaignId, count: u32) {
    let mut connection = api.store.connection();
    for first in (0..count).step_by(1_000) {
        let mut entries = redis::pipe();
        for index in first..count.min(first + 1_000) {
            let json = serde_json::to_string(&failure(index)).unwrap();
            entries.hset(format!("{{{id}}}:reasons"), index, json).ignore();
            entries.setrange(format!("{{{id}}}:ledger"), index as isize, "D").ignore();
        }
        entries.exec_async(&mut connection).await.unwrap();
    }
}

async fn fast_campaign(api: &Api) -> CampaignId {
    let mut campaign = campaign_of(5);
    campaign["tps"] = 10_000.into();
    api.send(&campaign).await.campaign_id
}

#[tokio::test]
async fn what_failed_is_told_page_by_page() {
    let api = Api::start().await;
    let id = fast_campaign(&api).await;
    let none: FailurePage = api.get(&format!("/api/campaigns/{id}/failures")).await.json().await.unwrap();
    assert_eq!(none, FailurePage { failures: Vec::new(), next: None });

    write_down(&api, id, 5).await;
    let (mut seen, mut query) = (Vec::new(), "limit=2".to_owned());
    loop {
        let path = format!("/api/campaigns/{id}/failures?{query}");
        let page: FailurePage = api.get(&path).await.json().await.unwrap();
        assert!(page.failures.len() <= 2);
        seen.extend(page.failures);
        let Some(next) = page.next else { break };
        query = format!("limit=2&after={next}");
    }
    assert_eq!(seen, (0..5).map(failure).collect::<Vec<_>>());
}

#[tokio::test]
async fn all_failures_come_as_one_csv_file_however_many() {
    let api = Api::start().await;
    let id = fast_campaign(&api).await;
    write_down(&api, id, 2_500).await;
    let response = api.get(&format!("/api/campaigns/{id}/failures?format=csv")).await;
    assert_eq!(response.headers()["content-type"], "text/csv; charset=utf-8");
    assert!(response.headers()["content-disposition"].to_str().unwrap().contains(&id.to_string()));
    let file = response.text().await.unwrap();
    let mut reader = csv::Reader::from_reader(file.as_bytes());
    let header: Vec<_> = reader.headers().unwrap().iter().map(str::to_owned).collect();
    assert_eq!(
        header,
        ["batch", "index", "customer_id", "channel", "state", "code", "message", "attempts", "at"]
    );
    let rows: Vec<Failure> = reader.deserialize().map(Result::unwrap).collect();
    assert_eq!(rows, (0..2_500).map(failure).collect::<Vec<_>>());
}

#[tokio::test]
async fn a_file_of_no_failures_is_its_header() {
    let api = Api::start().await;
    let id = fast_campaign(&api).await;
    let file = api.get(&format!("/api/campaigns/{id}/failures?format=csv")).await.text().await.unwrap();
    assert_eq!(file, "batch,index,customer_id,channel,state,code,message,attempts,at\r\n");
}

#[tokio::test]
async fn a_page_size_in_use_has_no_empty_last_page() {
    let api = Api::start().await;
    let id = fast_campaign(&api).await;
    write_down(&api, id, 1_000).await;
    let path = format!("/api/campaigns/{id}/failures?limit=1000");
    let page: FailurePage = api.get(&path).await.json().await.unwrap();
    assert_eq!((page.failures.len(), page.next), (1_000, None));
}

#[tokio::test]
async fn a_page_that_cannot_be_is_refused_in_words() {
    let api = Api::start().await;
    let id = fast_campaign(&api).await;
    for (query, word) in [
        ("after=yesterday", "after"),
        ("after=", "after"),
        ("after=-1", "after"),
        ("after=1763856000000-0", "after"),
        ("after=4294967296", "after"),
        ("limit=0", "limit"),
        ("limit=1001", "1000"),
        ("format=xml", "format"),
        ("fromat=csv", "fromat"),
        ("format=csv&limit=5", "limit"),
    ] {
        let problem = problem(api.get(&format!("/api/campaigns/{id}/failures?{query}")).await).await;
        assert_eq!((problem.status, problem.kind.as_str()), (400, "/problems/invalid-parameters"), "{query}");
        assert!(problem.detail.contains(word), "{}", problem.detail);
    }
}
