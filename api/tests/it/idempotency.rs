use drumbeat_api::SendCampaignAnswer;
use drumbeat_common::{
    Address, Batch, CampaignId, CampaignOptions, Content, Recipient, Status, catalog, idempotency, queue,
};
use reqwest::{Response, StatusCode};
use serde_json::json;
use sha2::{Digest, Sha256};

use crate::server::{Api, campaign_of, problem};

async fn post(api: &Api, key: &str, body: &str) -> Response {
    api.campaign(body.to_owned()).header("idempotency-key", key).send().await.unwrap()
}

async fn taken(response: Response) -> SendCampaignAnswer {
    assert_eq!(response.status(), StatusCode::ACCEPTED);
    response.json().await.unwrap()
}

fn hash(body: &str) -> String {
    Sha256::digest(body).iter().map(|byte| format!("{byte:02x}")).collect()
}

fn options() -> CampaignOptions {
    CampaignOptions::new("Spring sale")
}

/// The first batch of [`campaign_of`] as the API writes it.
fn first_batch(campaign: CampaignId) -> Batch {
    let recipient = |number: usize| Recipient {
        customer_id: format!("CUST-{number}"),
        address: Address::Sms(format!("+1415555{number:04}").try_into().unwrap()),
        content: Content::Template {
            id: "PROMO".to_owned().into(),
            variables: [("first_name".to_owned(), "Ana".to_owned())].into(),
        },
        clock: None,
    };
    Batch { campaign, number: 0, recipients: (0..100).map(recipient).collect() }
}

#[tokio::test]
async fn the_same_body_again_is_the_same_campaign() {
    let api = Api::start().await;
    let body = campaign_of(150).to_string();
    let first = post(&api, "spring", &body).await;
    assert!(first.headers().get("idempotency-replayed").is_none());
    let first = taken(first).await;
    let again = post(&api, "spring", &body).await;
    assert_eq!(again.headers()["idempotency-replayed"], "true");
    assert_eq!(taken(again).await, first);
    assert_eq!(catalog::count(&api.store).await.unwrap(), 1);

    // It stays the same whatever became of it.
    let cancelled = api.post(&format!("/api/campaigns/{}/cancel", first.campaign_id)).await;
    assert_eq!(cancelled.status(), StatusCode::OK);
    assert_eq!(taken(post(&api, "spring", &body).await).await, first);
}

#[tokio::test]
async fn without_a_key_or_with_another_the_same_body_is_another_campaign() {
    let api = Api::start().await;
    let campaign = campaign_of(1);
    let first = api.send(&campaign).await.campaign_id;
    let second = api.send(&campaign).await.campaign_id;
    let third = taken(post(&api, "a", &campaign.to_string()).await).await.campaign_id;
    let fourth = taken(post(&api, "b", &campaign.to_string()).await).await.campaign_id;
    assert_eq!(std::collections::HashSet::from([first, second, third, fourth]).len(), 4);
}

#[tokio::test]
async fn another_body_under_the_same_key_is_a_conflict() {
    let api = Api::start().await;
    taken(post(&api, "spring", &campaign_of(1).to_string()).await).await;
    let problem = problem(post(&api, "spring", &campaign_of(2).to_string()).await).await;
    assert_eq!((problem.status, problem.kind.as_str()), (409, "/problems/idempotency-conflict"));
    assert_eq!(catalog::count(&api.store).await.unwrap(), 1);
}

#[tokio::test]
async fn a_body_that_was_refused_leaves_its_key_free() {
    let api = Api::start().await;
    assert_eq!(post(&api, "spring", "{}").await.status(), StatusCode::UNPROCESSABLE_ENTITY);
    taken(post(&api, "spring", &campaign_of(1).to_string()).await).await;
}

/// What a first try that got so far leaves behind.
async fn bound(api: &Api, id: CampaignId, body: &str) {
    idempotency::bind(&api.store, "spring", id).await.unwrap();
    idempotency::fix(&api.store, "spring", id, &hash(body)).await.unwrap();
}

#[tokio::test]
async fn a_first_try_that_died_is_completed_wherever_it_died() {
    for died_after in ["key", "create", "push"] {
        let api = Api::start().await;
        let body = campaign_of(250).to_string();
        let id = CampaignId::generate();
        bound(&api, id, &body).await;
        if died_after != "key" {
            catalog::create(&api.store, id, &options(), &[]).await.unwrap();
        }
        if died_after == "push" {
            queue::push(&api.store, id, &[first_batch(id)]).await.unwrap();
        }
        let answer = taken(post(&api, "spring", &body).await).await;
        assert_eq!(answer.campaign_id, id, "{died_after}");
        let progress = api.get_json(&format!("/api/campaigns/{id}/progress")).await;
        assert_eq!(progress["status"], "running");
        assert_eq!((&progress["total"], &progress["pending"]), (&json!(250), &json!(250)), "{died_after}");
        assert_eq!(progress["batches"]["total"], 3);
        assert_eq!(catalog::count(&api.store).await.unwrap(), 1);
    }
}

#[tokio::test]
async fn what_was_cancelled_while_it_was_taken_is_not_called_taken() {
    let api = Api::start().await;
    let body = campaign_of(250).to_string();
    let id = CampaignId::generate();
    bound(&api, id, &body).await;
    catalog::create(&api.store, id, &options(), &[]).await.unwrap();
    queue::push(&api.store, id, &[first_batch(id)]).await.unwrap();
    catalog::cancel(&api.store, id).await.unwrap();
    let problem = problem(post(&api, "spring", &body).await).await;
    assert_eq!((problem.status, problem.campaign_id), (409, Some(id)));
    let cancelled = catalog::get(&api.store, id).await.unwrap().unwrap();
    assert_eq!((cancelled.status, cancelled.total), (Status::Cancelled, 100));
}

#[tokio::test]
async fn posts_at_once_are_one_campaign() {
    let api = Api::start().await;
    let body = campaign_of(2_000).to_string();
    let (a, b, c, d) = tokio::join!(
        post(&api, "spring", &body),
        post(&api, "spring", &body),
        post(&api, "spring", &body),
        post(&api, "spring", &body)
    );
    let first = taken(a).await;
    for other in [b, c, d] {
        assert_eq!(taken(other).await, first);
    }
    assert_eq!(catalog::count(&api.store).await.unwrap(), 1);
    let progress = api.get_json(&format!("/api/campaigns/{}/progress", first.campaign_id)).await;
    assert_eq!((&progress["status"], &progress["pending"]), (&json!("running"), &json!(2_000)));
}
