use reqwest::{Method, Response, StatusCode};
use serde_json::{Value, json};

use crate::server::{Api, problem};

async fn render(api: &Api, id: &str, body: impl ToString) -> Response {
    let request = api.request(Method::POST, &format!("/api/templates/{id}/render"));
    request.header("content-type", "application/json").body(body.to_string()).send().await.unwrap()
}

async fn rendered(api: &Api, body: Value) -> Value {
    let response = render(api, "PROMO", body).await;
    assert_eq!(response.status(), StatusCode::OK);
    response.json().await.unwrap()
}

#[tokio::test]
async fn templates_are_listed_with_what_they_need() {
    let api = Api::start().await;
    let template = |channel: &str, variables: Value, parts: Value| {
        let mut template =
            json!({"id": "PROMO", "channel": channel, "language": "en_US", "variables": variables});
        template.as_object_mut().unwrap().extend(parts.as_object().unwrap().clone());
        template
    };
    let expected = json!({"templates": [
        template("sms", json!(["first_name"]), json!({"body": "Hi {{ first_name }}"})),
        template("whatsapp", json!([]), json!({"name": "promo", "header": [], "parameters": [], "body": "Hi"})),
        template("email", json!(["first_name"]), json!({"subject": "Hi", "body": "Hi {{ first_name }}", "html": "Hi"})),
    ]});
    let mut list = api.get_json("/api/templates").await;
    list["templates"].as_array_mut().unwrap().retain(|template| template["id"] == "PROMO");
    assert_eq!(list, expected);
}

#[tokio::test]
async fn a_template_is_rendered_as_a_person_would_see_it() {
    let api = Api::start().await;
    let variables = json!({"first_name": "Ana & Bo"});
    assert_eq!(
        rendered(&api, json!({"channel": "sms", "variables": variables})).await,
        json!({"id": "PROMO", "channel": "sms", "language": "en_US", "body": "Hi Ana & Bo"})
    );
    assert_eq!(
        rendered(&api, json!({"channel": "email", "variables": {"first_name": 7}})).await,
        json!({"id": "PROMO", "channel": "email", "language": "en_US", "subject": "Hi", "body": "Hi 7", "html": "Hi"})
    );
    assert_eq!(
        rendered(&api, json!({"channel": "whatsapp"})).await,
        json!({
            "id": "PROMO", "channel": "whatsapp", "language": "en_US",
            "name": "promo", "header": [], "parameters": [], "body": "Hi",
        })
    );
}

#[tokio::test]
async fn a_template_for_one_channel_is_rendered_for_that_one() {
    let api = Api::start().await;
    let response = render(&api, "NEWS", json!({"variables": {"n": "2"}})).await;
    assert_eq!(response.status(), StatusCode::OK);
    assert_eq!(response.json::<Value>().await.unwrap()["body"], "0 1 ");
}

#[tokio::test]
async fn an_unknown_template_is_not_found() {
    let api = Api::start().await;
    for id in ["NOPE", "%ff"] {
        let problem = problem(render(&api, id, json!({})).await).await;
        assert_eq!((problem.status, problem.kind.as_str()), (404, "/problems/unknown-template"));
    }
}

#[tokio::test]
async fn everything_that_is_wrong_with_a_rendering_is_named() {
    let api = Api::start().await;
    let first_name = "variable \"first_name\" is missing";
    for (body, faults) in [
        (json!([]), vec![("", "the body must be an object, not a list")]),
        (json!({}), vec![("/channel", "the template is there for sms and whatsapp and email")]),
        (json!({"channel": "sms"}), vec![("/variables/first_name", first_name)]),
        (json!({"channel": "sms", "variables": {}}), vec![("/variables/first_name", first_name)]),
        (json!({"channel": "fax"}), vec![("/channel", "unknown channel \"fax\"")]),
        (json!({"channel": 5}), vec![("/channel", "channel must be a text, not a number")]),
        (
            json!({"channel": "sms", "variables": []}),
            vec![("/variables", "variables must be an object, not a list")],
        ),
        (
            json!({"channel": "fax", "variables": {"a/b": null}, "to": "Ana"}),
            vec![
                ("/to", "unknown field \"to\""),
                ("/channel", "unknown channel"),
                ("/variables/a~1b", "variable \"a/b\" must be a text, a number or a boolean, not null"),
            ],
        ),
    ] {
        let problem = problem(render(&api, "PROMO", &body).await).await;
        assert_eq!((problem.status, problem.kind.as_str()), (422, "/problems/invalid-rendering"), "{body}");
        assert_eq!(problem.errors.len(), faults.len(), "{body}: {problem:?}");
        for (error, (pointer, words)) in problem.errors.iter().zip(faults) {
            assert_eq!(error.pointer, pointer, "{body}");
            assert!(error.detail.contains(words), "{body}: {}", error.detail);
        }
    }
    let problem = problem(render(&api, "NEWS", json!({"channel": "email"})).await).await;
    assert_eq!(problem.detail, "the template is not there for email, but for sms");
}

#[tokio::test]
async fn a_rendering_that_would_not_end_is_refused() {
    let api = Api::start().await;
    let problem = problem(render(&api, "NEWS", json!({"variables": {"n": 100_000}})).await).await;
    assert_eq!(problem.status, 422);
    assert!(problem.detail.contains("it loops or nests without end"), "{}", problem.detail);
}

#[tokio::test]
async fn a_rendering_is_json_and_not_endless() {
    let api = Api::start().await;
    assert_eq!(problem(render(&api, "PROMO", "{").await).await.status, 400);
    let endless = json!({"channel": "sms", "variables": {"first_name": "x".repeat(300_000)}});
    assert_eq!(problem(render(&api, "PROMO", endless).await).await.status, 413);
    assert_eq!(problem(api.post("/api/templates/PROMO/render").await).await.status, 415);
}
