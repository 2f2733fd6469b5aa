use drumbeat_api::RecipientsMoved;
use drumbeat_common::{
    Batch, CampaignId, CampaignOptions, Channel, Failure, FailureState, Recount, Status, catalog,
    ledger::{self, Claim, Hold, Settled, Settlement, Verdict, Worker},
};
use redis::AsyncCommands;
use reqwest::{Method, Response, StatusCode};

use crate::server::{Api, campaign_of, problem};

fn failure(index: u32, state: FailureState) -> Failure {
    Failure {
        batch: 0,
        index,
        customer_id: format!("CUST-{index}"),
        channel: Channel::Sms,
        state,
        code: "ConnectionCut".to_owned(),
        message: "no answer".to_owned(),
        attempts: 1,
        at: "2026-11-01T00:00:00Z".parse().unwrap(),
    }
}

/// A campaign of 90 people that is over: the first 20 failed, the next 30 are in doubt.
async fn over(api: &Api) -> CampaignId {
    let mut campaign = campaign_of(90);
    campaign["tps"] = 10_000.into();
    let id = api.send(&campaign).await.campaign_id;
    let packed: Vec<u8> = api.store.connection().hget(format!("{{{id}}}:data"), 0).await.unwrap();
    let (batch, claimer) = (Batch::unpack(&packed).unwrap(), Worker::generate().claimer());
    while let Claim::Claimed { id: claim, recipients, .. } =
        ledger::claim(&api.store, &batch, claimer, 100, []).await.unwrap().0
    {
        let to = |index| match index {
            0..20 => Settled::Failed(failure(index, FailureState::Failed)),
            20..50 => Settled::InDoubt(failure(index, FailureState::InDoubt)),
            _ => Settled::Sent(None),
        };
        let settlements: Vec<_> = recipients
            .into_iter()
            .map(|index| Settlement {
                index,
                hold: Hold::By(claim),
                to: to(index.get()),
                verdict: Verdict::None,
            })
            .collect();
        ledger::settle(&api.store, id, &settlements).await.unwrap();
    }
    id
}

async fn retry(api: &Api, id: CampaignId) -> Response {
    api.post(&format!("/api/campaigns/{id}/retry-failed")).await
}

async fn resolve(api: &Api, id: CampaignId, body: &'static str) -> Response {
    let request = api.request(Method::POST, &format!("/api/campaigns/{id}/resolve-in-doubt"));
    request.header("content-type", "application/json").body(body).send().await.unwrap()
}

async fn moved(response: Response) -> (u64, Status) {
    assert_eq!(response.status(), StatusCode::OK);
    let RecipientsMoved { recipients, campaign } = response.json().await.unwrap();
    assert_eq!(campaign.total, 90);
    (recipients, campaign.status)
}

async fn counts(api: &Api, id: CampaignId) -> [u64; 4] {
    let progress = api.get_json(&format!("/api/campaigns/{id}/progress")).await;
    ["pending", "sent", "failed", "in_doubt"].map(|state| progress[state].as_u64().unwrap())
}

async fn listed(api: &Api, id: CampaignId) -> usize {
    let page = api.get_json(&format!("/api/campaigns/{id}/failures?limit=1000")).await;
    page["failures"].as_array().unwrap().len()
}

#[tokio::test]
async fn those_who_failed_are_sent_to_again_once() {
    let api = Api::start().await;
    let id = over(&api).await;
    assert_eq!((counts(&api, id).await, listed(&api, id).await), ([0, 40, 20, 30], 50));
    assert_eq!(moved(retry(&api, id).await).await, (20, Status::Running));
    assert_eq!((counts(&api, id).await, listed(&api, id).await), ([20, 40, 0, 30], 30));
    let progress = api.get_json(&format!("/api/campaigns/{id}/progress")).await;
    assert_eq!((&progress["finished_at"], &progress["batches"]["done"]), (&().into(), &0.into()));

    let again = problem(retry(&api, id).await).await;
    assert_eq!((again.status, again.kind.as_str()), (409, "/problems/nobody-there"));
    assert!(again.detail.starts_with("nobody in the campaign is failed"), "{}", again.detail);
}

#[tokio::test]
async fn those_in_doubt_are_sent_to_again_or_count_as_sent() {
    let api = Api::start().await;
    let id = over(&api).await;
    assert_eq!(moved(resolve(&api, id, r#"{"as": "resend"}"#).await).await, (30, Status::Running));
    assert_eq!((counts(&api, id).await, listed(&api, id).await), ([30, 40, 20, 0], 20));

    let id = over(&api).await;
    assert_eq!(moved(resolve(&api, id, r#"{"as": "sent"}"#).await).await, (30, Status::Completed));
    assert_eq!((counts(&api, id).await, listed(&api, id).await), ([0, 70, 20, 0], 20));
    for body in [r#"{"as": "sent"}"#, r#"{"as": "resend"}"#] {
        let nobody = problem(resolve(&api, id, body).await).await;
        assert_eq!((nobody.status, nobody.kind.as_str()), (409, "/problems/nobody-there"));
    }
}

#[tokio::test]
async fn a_paused_campaign_stays_paused() {
    let api = Api::start().await;
    let id = over(&api).await;
    moved(retry(&api, id).await).await;
    assert_eq!(api.post(&format!("/api/campaigns/{id}/pause")).await.status(), StatusCode::OK);
    assert_eq!(moved(resolve(&api, id, r#"{"as": "resend"}"#).await).await, (30, Status::Paused));
}

#[tokio::test]
async fn what_a_status_does_not_allow_is_refused_with_what_to_do() {
    let api = Api::start().await;
    let id = over(&api).await;
    moved(retry(&api, id).await).await;
    assert_eq!(api.post(&format!("/api/campaigns/{id}/cancel")).await.status(), StatusCode::OK);
    let loading = CampaignId::generate();
    let options = CampaignOptions::new("empty");
    catalog::create(&api.store, loading, &options, &[]).await.unwrap();
    for (response, words) in [
        (retry(&api, id).await, "the campaign is cancelled: "),
        (resolve(&api, id, r#"{"as": "resend"}"#).await, "a new campaign can be sent to them"),
        (retry(&api, loading).await, "the campaign is loading: "),
        (resolve(&api, loading, r#"{"as": "sent"}"#).await, "the campaign is loading: "),
    ] {
        let problem = problem(response).await;
        assert_eq!((problem.status, problem.kind.as_str()), (409, "/problems/not-possible"));
        assert!(problem.detail.contains(words), "{}", problem.detail);
    }
    assert_eq!(moved(resolve(&api, id, r#"{"as": "sent"}"#).await).await, (30, Status::Cancelled));
}

#[tokio::test]
async fn a_decision_that_cannot_be_is_refused_and_nobody_is_moved() {
    let api = Api::start().await;
    let id = over(&api).await;
    for (body, status, pointer, words) in [
        ("", 400, None, "EOF"),
        ("as=sent", 400, None, "expected value"),
        ("[]", 422, Some(""), "the body must be an object, not a list"),
        ("{}", 422, Some("/as"), "as is missing"),
        (r#"{"as": "send"}"#, 422, Some("/as"), "as must be \"resend\" or \"sent\""),
        (r#"{"as": true}"#, 422, Some("/as"), "as must be a text, not true or false"),
        (r#"{"as": "sent", "as": "resend"}"#, 422, Some("/as"), "field \"as\" is given twice"),
        (r#"{"as": "sent", "who": "all"}"#, 422, Some("/who"), "unknown field \"who\": only as decides"),
    ] {
        let problem = problem(resolve(&api, id, body).await).await;
        assert_eq!(problem.status, status, "{body}");
        assert!(problem.detail.contains(words), "{body}: {}", problem.detail);
        assert_eq!(problem.errors.first().map(|error| error.pointer.as_str()), pointer, "{body}");
        let kind = if status == 400 { "/problems/malformed-json" } else { "/problems/invalid-resolution" };
        assert_eq!(problem.kind, kind);
    }
    let no_type = api.post(&format!("/api/campaigns/{id}/resolve-in-doubt")).await;
    assert_eq!(problem(no_type).await.status, 415);
    assert_eq!(counts(&api, id).await, [0, 40, 20, 30]);
}

#[tokio::test]
async fn what_redis_does_not_answer_can_be_asked_again() {
    let mut api = Api::start().await;
    let id = over(&api).await;
    api.redis.kill();
    for response in [
        retry(&api, id).await,
        resolve(&api, id, r#"{"as": "sent"}"#).await,
        api.get(&format!("/api/campaigns/{id}/recount")).await,
    ] {
        assert_eq!(response.headers()["retry-after"], "1");
        let problem = problem(response).await;
        assert_eq!((problem.status, problem.kind.as_str()), (503, "/problems/redis-away"));
    }
}

#[tokio::test]
async fn a_recount_proves_the_counters_or_not() {
    let api = Api::start().await;
    let id = over(&api).await;
    let path = format!("/api/campaigns/{id}/recount");
    let Recount { campaign_id, equal, ledger, counters } = api.get(&path).await.json().await.unwrap();
    assert_eq!((campaign_id, equal, ledger), (id, true, counters));
    assert_eq!((ledger.counts.total, ledger.counts.failed, ledger.channels.sms.in_doubt), (90, 20, 30));

    let _: () = api.store.connection().hincr(format!("{{{id}}}:progress"), "C", 1).await.unwrap();
    let text = api.get_json(&path).await;
    assert_eq!((&text["equal"], &text["ledger"]["failed"]), (&false.into(), &20.into()));
    assert_eq!(text["counters"]["channels"]["sms"]["failed"], 21);
}
