use serde_json::Value;

use crate::server::Api;

#[tokio::test]
async fn the_document_lists_every_route() {
    let api = Api::start().await;
    let document = api.get_json("/api/openapi.json").await;
    let Value::Object(paths) = &document["paths"] else { panic!("{document}") };
    let mut routes: Vec<String> = paths
        .iter()
        .flat_map(|(path, item)| {
            item.as_object().unwrap().keys().map(move |method| format!("{method} {path}"))
        })
        .collect();
    routes.sort();
    assert_eq!(
        routes,
        [
            "delete /api/suppressions",
            "get /api/campaigns",
            "get /api/campaigns/{id}",
            "get /api/campaigns/{id}/failures",
            "get /api/campaigns/{id}/progress",
            "get /api/campaigns/{id}/recipients",
            "get /api/campaigns/{id}/recount",
            "get /api/campaigns/{id}/rejected",
            "get /api/campaigns/{id}/report.csv",
            "get /api/messages/{message_id}",
            "get /api/openapi.json",
            "get /api/suppressions",
            "get /api/templates",
            "get /healthz",
            "get /metrics",
            "get /readyz",
            "patch /api/campaigns/{id}",
            "post /api/campaigns/{id}/cancel",
            "post /api/campaigns/{id}/pause",
            "post /api/campaigns/{id}/resolve-in-doubt",
            "post /api/campaigns/{id}/resume",
            "post /api/campaigns/{id}/retry-failed",
            "post /api/preflight",
            "post /api/send-campaign",
            "post /api/suppressions",
            "post /api/templates/{id}/render",
        ]
    );
    assert_eq!(document, serde_json::to_value(drumbeat_api::openapi()).unwrap());
}

#[tokio::test]
async fn every_schema_that_is_referred_to_is_there() {
    let document = serde_json::to_value(drumbeat_api::openapi()).unwrap();
    let text = document.to_string();
    let references: Vec<_> =
        text.split("\"#/components/schemas/").skip(1).map(|rest| rest.split('"').next().unwrap()).collect();
    assert!(references.contains(&"Problem") && references.contains(&"CampaignRequest"));
    for name in references {
        assert!(document["components"]["schemas"].get(name).is_some(), "{name}");
    }
}

#[test]
fn every_operation_has_a_name_of_its_own_and_every_response_is_described() {
    let document = serde_json::to_value(drumbeat_api::openapi()).unwrap();
    let mut names = std::collections::HashSet::new();
    for item in document["paths"].as_object().unwrap().values() {
        for operation in item.as_object().unwrap().values() {
            let name = operation["operationId"].as_str().unwrap();
            assert!(names.insert(name.to_owned()), "{name}");
            assert!(operation["summary"].is_string(), "{name}");
            for (status, response) in operation["responses"].as_object().unwrap() {
                let description = response["description"].as_str().unwrap_or_default();
                assert!(!description.is_empty(), "{name} {status}");
            }
        }
    }
}
