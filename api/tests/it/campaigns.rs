use drumbeat_api::CampaignList;
use reqwest::Method;

use crate::server::{Api, campaign_of, problem};

#[tokio::test]
async fn campaigns_are_listed_newest_first_by_pages() {
    let api = Api::start().await;
    let mut ids = Vec::new();
    for _ in 0..5 {
        ids.insert(0, api.send(&campaign_of(1)).await.campaign_id);
    }
    let (mut seen, mut offset) = (Vec::new(), Some(0));
    let mut pages = 0;
    while let Some(start) = offset {
        let path = format!("/api/campaigns?offset={start}&limit=2");
        let page: CampaignList = api.get(&path).await.json().await.unwrap();
        assert_eq!(page.total, 5);
        seen.extend(page.campaigns.into_iter().map(|campaign| campaign.campaign_id));
        offset = page.next_offset;
        pages += 1;
    }
    assert_eq!(pages, 3);
    seen.sort();
    ids.sort();
    assert_eq!(seen, ids);

    let newest: CampaignList = api.get("/api/campaigns?limit=1").await.json().await.unwrap();
    let all: CampaignList = api.get("/api/campaigns").await.json().await.unwrap();
    assert_eq!(all.next_offset, None);
    assert!(all.campaigns.is_sorted_by(|a, b| a.created_at >= b.created_at));
    assert_eq!(newest.campaigns[0], all.campaigns[0]);
    let beyond: CampaignList = api.get("/api/campaigns?offset=9").await.json().await.unwrap();
    assert!(beyond.campaigns.is_empty() && beyond.next_offset.is_none());
}

#[tokio::test]
async fn a_page_that_cannot_be_is_refused_in_words() {
    let api = Api::start().await;
    for (query, word) in [
        ("limit=0", "limit"),
        ("limit=201", "200"),
        ("limit=many", "limit"),
        ("offset=-1", "offset"),
        ("page=2", "page"),
    ] {
        let problem = problem(api.get(&format!("/api/campaigns?{query}")).await).await;
        assert_eq!((problem.status, problem.kind.as_str()), (400, "/problems/invalid-parameters"), "{query}");
        assert!(problem.detail.contains(word), "{}", problem.detail);
    }
}

#[tokio::test]
async fn what_is_not_there_is_a_problem_too() {
    let api = Api::start().await;
    for id in ["01KAPZ3V9C6J2M5Q8R1T4W7Y0B", "not-an-id", "%ff"] {
        for (method, rest) in [
            (Method::GET, ""),
            (Method::GET, "/progress"),
            (Method::GET, "/failures"),
            (Method::GET, "/failures?format=csv"),
            (Method::GET, "/recount"),
            (Method::POST, "/pause"),
            (Method::POST, "/resume"),
            (Method::POST, "/cancel"),
            (Method::POST, "/retry-failed"),
        ] {
            let response = api.request(method, &format!("/api/campaigns/{id}{rest}")).send().await.unwrap();
            let problem = problem(response).await;
            assert_eq!(
                (problem.status, problem.kind.as_str()),
                (404, "/problems/unknown-campaign"),
                "{id}{rest}"
            );
        }
        let response = api
            .request(Method::PATCH, &format!("/api/campaigns/{id}"))
            .header("content-type", "application/json")
            .body("{\"tps\":1}");
        assert_eq!(problem(response.send().await.unwrap()).await.status, 404);
        let response = api
            .request(Method::POST, &format!("/api/campaigns/{id}/resolve-in-doubt"))
            .header("content-type", "application/json")
            .body("{\"as\":\"sent\"}");
        assert_eq!(problem(response.send().await.unwrap()).await.status, 404);
    }
    for path in ["/api", "/api/nothing", "/api/campaigns/", "/health"] {
        assert_eq!(problem(api.get(path).await).await.status, 404, "{path}");
    }
    let wrong_method = api.request(Method::DELETE, "/api/campaigns").send().await.unwrap();
    assert!(wrong_method.headers()["allow"].to_str().unwrap().contains("GET"));
    assert_eq!(problem(wrong_method).await.status, 405);
    assert_eq!(problem(api.get("/api/send-campaign").await).await.status, 405);
    assert_eq!(api.keys_in_redis().await, 0);
}
