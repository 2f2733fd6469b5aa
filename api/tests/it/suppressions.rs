use drumbeat_api::{Problem, SuppressionPage, SuppressionView, SuppressionsAdded};
use drumbeat_common::{
    Address, Channel,
    suppression::{self, NewSuppression, Reason},
};
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use crate::server::{Api, problem};

const PATH: &str = "/api/suppressions";

async fn add(api: &Api, body: Value) -> SuppressionsAdded {
    let response = api.request(Method::POST, PATH).json(&body).send().await.unwrap();
    assert_eq!(response.status(), StatusCode::OK);
    response.json().await.unwrap()
}

async fn import(api: &Api, file: impl Into<reqwest::Body>) -> SuppressionsAdded {
    let response =
        api.request(Method::POST, PATH).header("content-type", "text/csv").body(file).send().await.unwrap();
    assert_eq!(response.status(), StatusCode::OK);
    response.json().await.unwrap()
}

async fn refused(api: &Api, content_type: &str, body: impl Into<reqwest::Body>) -> Problem {
    let request = api.request(Method::POST, PATH).header("content-type", content_type).body(body);
    problem(request.send().await.unwrap()).await
}

async fn page(api: &Api, query: &str) -> SuppressionPage {
    api.get(&format!("{PATH}?{query}")).await.json().await.unwrap()
}

async fn remove(api: &Api, query: &str) -> reqwest::Response {
    api.request(Method::DELETE, &format!("{PATH}?{query}")).send().await.unwrap()
}

/// Puts as many numbers on the list.
async fn fill(api: &Api, count: usize) {
    let all: Vec<_> = (0..count)
        .map(|index| NewSuppression {
            address: Address::new(Channel::Sms, format!("+1415{index:07}")).unwrap(),
            reason: Reason::default(),
        })
        .collect();
    assert_eq!(suppression::add(&api.store, &all).await.unwrap(), count as u64);
}

fn added(added: u64, already_there: u64) -> SuppressionsAdded {
    SuppressionsAdded { added, already_there, ..SuppressionsAdded::default() }
}

#[tokio::test]
async fn one_is_added_found_and_taken_off() {
    let api = Api::start().await;
    let ana = json!({"channel": "email", "address": "Ana@Example.com", "reason": "complaint"});
    assert_eq!(add(&api, ana.clone()).await, added(1, 0));
    assert_eq!(add(&api, ana).await, added(0, 1));
    let found = page(&api, "channel=email&address=ANA@example.com").await;
    assert_eq!((found.total, found.next), (1, None));
    let [SuppressionView { channel, address, reason, .. }] = &found.suppressions[..] else { panic!() };
    assert_eq!(
        (*channel, address.as_str(), reason.as_str()),
        (Channel::Email, "ana@example.com", "complaint")
    );

    let removed = remove(&api, "channel=email&address=ana@EXAMPLE.com").await;
    let removed: SuppressionView = removed.json().await.unwrap();
    assert!(removed == found.suppressions[0]);
    assert_eq!(page(&api, "channel=email&address=ana@example.com").await.total, 0);
    let problem = problem(remove(&api, "channel=email&address=ana@example.com").await).await;
    assert_eq!((problem.status, problem.kind.as_str()), (404, "/problems/not-suppressed"));
}

#[tokio::test]
async fn a_plus_in_a_query_may_be_written_as_it_is() {
    let api = Api::start().await;
    add(&api, json!({"channel": "sms", "address": "+14155550100"})).await;
    for plus in ["+", "%2B"] {
        let found = page(&api, &format!("channel=sms&address={plus}14155550100")).await;
        assert_eq!(found.suppressions[0].address, "+14155550100");
    }
    assert_eq!(remove(&api, "channel=sms&address=+14155550100").await.status(), StatusCode::OK);
}

#[tokio::test]
async fn several_are_added_together_or_none_of_them() {
    let api = Api::start().await;
    let several = json!({"suppressions": [
        {"channel": "sms", "address": " +14155550100 ", "reason": null},
        {"channel": "whatsapp", "address": "+14155550100"},
        {"channel": "sms", "address": "+14155550100", "reason": "twice"},
    ]});
    assert_eq!(add(&api, several).await, added(2, 1));

    let body = "{\"suppressions\": [\n{\"channel\": \"sms\", \"address\": \"+14155550101\"},\n\
                {\"channel\": \"fax\", \"address\": 5, \"reason\": \"no\\nmore\"},\n\
                {\"channel\": \"email\", \"address\": \"ana\", \"why\": 1},\n7]}";
    let problem = refused(&api, "application/json", body).await;
    assert_eq!((problem.status, problem.kind.as_str()), (422, "/problems/invalid-suppressions"));
    assert_eq!(problem.detail, "6 fields are wrong; nothing was added");
    let places: Vec<_> = problem.errors.iter().map(|error| (error.pointer.as_str(), error.line)).collect();
    assert_eq!(
        places,
        [
            ("/suppressions/1/channel", 3),
            ("/suppressions/1/address", 3),
            ("/suppressions/1/reason", 3),
            ("/suppressions/2/address", 4),
            ("/suppressions/2/why", 4),
            ("/suppressions/3", 5),
        ]
    );
    assert_eq!(page(&api, "").await.total, 2);
}

#[tokio::test]
async fn a_body_that_cannot_be_is_refused_in_words() {
    let api = Api::start().await;
    for (content_type, body, status, words) in [
        ("text/plain", "+14155550100", 415, "application/json or text/csv"),
        ("application/json", "{", 400, "the body is no JSON"),
        ("application/json", "[]", 422, "the body must be an object, not a list"),
        ("application/json", "{\"channel\": \"sms\"}", 422, "address is missing"),
        ("application/json", "{\"suppressions\": {}}", 422, "suppressions must be a list, not an object"),
        ("application/json", "{\"suppressions\": [], \"reason\": \"\"}", 422, "unknown field \"reason\""),
        ("text/csv", "", 422, "the file is empty"),
        ("text/csv", "sms,+14155550100\n", 422, "there is no column \"sms\""),
        ("text/csv", "channel,reason\n", 422, "there is no column address"),
        ("text/csv", "channel,address,channel\n", 422, "column \"channel\" is there twice"),
    ] {
        let problem = refused(&api, content_type, body).await;
        assert_eq!(problem.status, status, "{body}");
        assert!(problem.detail.contains(words), "{body}: {}", problem.detail);
    }
    assert_eq!(page(&api, "").await.total, 0);
}

#[tokio::test]
async fn bad_lines_of_a_file_are_named_and_the_good_ones_taken() {
    let api = Api::start().await;
    let file = "\u{feff}channel,address,reason\r\n\
                sms,+14155550100,\"asked, twice\"\r\n\
                \r\n\
                sms,4155550100,\r\n\
                fax,+14155550100,\r\n\
                email,Ana@Example.com, bounce \r\n\
                email,ana@example.com\r\n\
                sms,+14155550100,again\r\n\
                email,bo@example.com,";
    let answer = import(&api, file).await;
    assert_eq!((answer.added, answer.already_there, answer.rejected_total), (3, 1, 3));
    let rejected: Vec<_> = answer.rejected.iter().map(|r| (r.line, r.reason.as_str())).collect();
    let [(4, phone), (5, fax), (7, cells)] = rejected[..] else { panic!("{rejected:?}") };
    assert!(phone.starts_with("address is without a country: write it in E.164"), "{phone}");
    assert!(fax.starts_with("unknown channel \"fax\""), "{fax}");
    assert_eq!(cells, "the line has 2 cells, and the header 3");
    let found = page(&api, "channel=sms&address=%2B14155550100").await;
    assert_eq!(found.suppressions[0].reason, "asked, twice");
}

#[tokio::test]
async fn of_many_bad_lines_the_first_thousand_are_named() {
    let api = Api::start().await;
    let file = format!("channel,address\n{}sms,+14155550100\n", "sms,none\n".repeat(1_500));
    let answer = import(&api, file).await;
    assert_eq!((answer.added, answer.rejected.len(), answer.rejected_total), (1, 1_000, 1_500));
    assert_eq!((answer.rejected[0].line, answer.rejected[999].line), (2, 1_001));
}

#[tokio::test]
async fn what_was_exported_can_be_imported_into_another_list() {
    let (one, other) = (Api::start().await, Api::start().await);
    fill(&one, 2_500).await;
    let bo = json!({"channel": "email", "address": "bo@example.com", "reason": "said \"no\", twice"});
    add(&one, bo).await;
    let response = one.get(&format!("{PATH}?format=csv")).await;
    assert_eq!(response.headers()["content-type"], "text/csv; charset=utf-8");
    assert!(response.headers()["content-disposition"].to_str().unwrap().contains("suppressions.csv"));
    let file = response.text().await.unwrap();
    assert!(file.starts_with("channel,address,reason,added_at\r\n"));
    assert_eq!(file.lines().count(), 2_502);

    assert_eq!(import(&other, file.clone()).await, added(2_501, 0));
    assert_eq!(import(&other, file).await, added(0, 2_501));
    let bo = page(&other, "channel=email&address=bo@example.com").await;
    assert_eq!(bo.suppressions[0].reason, "said \"no\", twice");
}

#[tokio::test]
async fn the_list_is_told_page_by_page() {
    let api = Api::start().await;
    assert_eq!(
        api.get(&format!("{PATH}?format=csv")).await.text().await.unwrap(),
        "channel,address,reason,added_at\r\n"
    );
    fill(&api, 25).await;
    let (mut seen, mut query) = (Vec::new(), "limit=10".to_owned());
    loop {
        let page: Value = api.get_json(&format!("{PATH}?{query}")).await;
        assert_eq!(page["total"], 25);
        seen.extend(page["suppressions"].as_array().unwrap().iter().map(|one| one["address"].to_string()));
        let Value::Number(next) = &page["next"] else { break };
        query = format!("limit=10&after={next}");
    }
    seen.sort();
    assert_eq!(seen, (0..25).map(|index| format!("\"+1415{index:07}\"")).collect::<Vec<_>>());
}

#[tokio::test]
async fn a_query_that_cannot_be_is_refused_in_words() {
    let api = Api::start().await;
    for (query, word) in [
        ("limit=0", "limit"),
        ("limit=1001", "1000"),
        ("after=-1", "after"),
        ("format=xml", "format"),
        ("format=csv&limit=5", "no other parameter"),
        ("format=csv&channel=sms&address=%2B14155550100", "no other parameter"),
        ("channel=sms", "go together"),
        ("address=%2B14155550100", "go together"),
        ("channel=sms&address=%2B14155550100&limit=1", "neither"),
        ("channel=sms&address=ana@example.com", "not a phone number"),
        ("channel=fax&address=1", "channel"),
    ] {
        let problem = problem(api.get(&format!("{PATH}?{query}")).await).await;
        assert_eq!((problem.status, problem.kind.as_str()), (400, "/problems/invalid-parameters"), "{query}");
        assert!(problem.detail.contains(word), "{}", problem.detail);
    }
    for query in ["", "channel=sms", "channel=email&address=ana"] {
        assert_eq!(problem(remove(&api, query).await).await.status, 400, "{query}");
    }
}
