use drumbeat_api::{CampaignView, Problem};
use drumbeat_common::{CampaignId, CampaignOptions, Status, catalog};
use reqwest::{Method, Response, StatusCode};

use crate::server::{Api, campaign_of, problem};

async fn post(api: &Api, id: CampaignId, verb: &str) -> Response {
    api.post(&format!("/api/campaigns/{id}/{verb}")).await
}

async fn done(response: Response) -> CampaignView {
    assert_eq!(response.status(), StatusCode::OK);
    response.json().await.unwrap()
}

async fn refused(response: Response) -> Problem {
    let problem = problem(response).await;
    assert_eq!((problem.status, problem.kind.as_str()), (409, "/problems/not-possible"));
    problem
}

async fn patch(api: &Api, id: CampaignId, body: &'static str) -> Response {
    let request = api.request(Method::PATCH, &format!("/api/campaigns/{id}"));
    request.header("content-type", "application/json").body(body).send().await.unwrap()
}

#[tokio::test]
async fn a_campaign_is_paused_resumed_and_cancelled() {
    let api = Api::start().await;
    let id = api.send(&campaign_of(3)).await.campaign_id;
    for (verb, status) in [
        ("pause", Status::Paused),
        ("pause", Status::Paused),
        ("resume", Status::Running),
        ("resume", Status::Running),
        ("cancel", Status::Cancelled),
        ("cancel", Status::Cancelled),
    ] {
        assert_eq!(done(post(&api, id, verb).await).await.status, status, "{verb}");
    }
    let progress = api.get_json(&format!("/api/campaigns/{id}/progress")).await;
    assert_eq!(progress["cancelled"], 3);
}

#[tokio::test]
async fn what_a_status_does_not_allow_is_refused_with_the_reason() {
    let api = Api::start().await;
    let id = api.send(&campaign_of(1)).await.campaign_id;
    done(post(&api, id, "cancel").await).await;
    assert_eq!(
        refused(post(&api, id, "pause").await).await.detail,
        "the campaign is cancelled: only a running campaign can be paused"
    );
    assert_eq!(
        refused(post(&api, id, "resume").await).await.detail,
        "the campaign is cancelled: only a paused or a scheduled campaign can be resumed"
    );
    let detail = refused(patch(&api, id, r#"{"tps": 80}"#).await).await.detail;
    assert!(detail.starts_with("the campaign is cancelled: "), "{detail}");

    let empty = CampaignId::generate();
    let options = CampaignOptions::new("empty");
    catalog::create(&api.store, empty, &options, &[]).await.unwrap();
    let detail = refused(post(&api, empty, "pause").await).await.detail;
    assert_eq!(detail, "the campaign is loading: only a running campaign can be paused");
    catalog::start(&api.store, empty).await.unwrap();
    let detail = refused(post(&api, empty, "cancel").await).await.detail;
    assert!(detail.starts_with("the campaign is completed: "), "{detail}");
}

#[tokio::test]
async fn a_rate_is_changed_while_the_campaign_runs_or_rests() {
    let api = Api::start().await;
    let id = api.send(&campaign_of(1)).await.campaign_id;
    assert_eq!(done(patch(&api, id, r#"{"tps": 80}"#).await).await.tps, 80.0);
    done(post(&api, id, "pause").await).await;
    let view = done(patch(&api, id, r#"{"tps": 0.5}"#).await).await;
    assert_eq!((view.tps, view.status), (0.5, Status::Paused));
}

#[tokio::test]
async fn a_rate_that_cannot_be_is_refused_and_the_old_one_stays() {
    let api = Api::start().await;
    let id = api.send(&campaign_of(1)).await.campaign_id;
    for (body, status, words) in [
        ("", 400, "EOF"),
        ("{\"tps\":", 400, "EOF"),
        ("[]", 422, "the body must be an object, not a list"),
        ("{}", 422, "tps is missing"),
        (r#"{"tps": 0}"#, 422, "tps must be a number from 0.01 to 10000 messages per second, not 0"),
        (r#"{"tps": -1}"#, 422, "not -1"),
        (r#"{"tps": "fast"}"#, 422, "tps must be a number, not a text"),
        (r#"{"tps": 20000}"#, 422, "not 20000"),
        (r#"{"tps": 20, "name": "other"}"#, 422, "unknown field \"name\": only tps can be changed"),
    ] {
        let problem = problem(patch(&api, id, body).await).await;
        assert_eq!(problem.status, status, "{body}");
        assert!(problem.detail.contains(words), "{body}: {}", problem.detail);
    }
    assert_eq!(problem(post_without_type(&api, id).await).await.status, 415);
    assert_eq!(api.get_json(&format!("/api/campaigns/{id}")).await["tps"], 10.0);
}

async fn post_without_type(api: &Api, id: CampaignId) -> Response {
    api.request(Method::PATCH, &format!("/api/campaigns/{id}")).body("{\"tps\":5}").send().await.unwrap()
}
