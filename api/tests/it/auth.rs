use reqwest::{Method, StatusCode};

use crate::server::{Api, campaign_of, problem};

#[tokio::test]
async fn with_keys_every_route_of_the_api_needs_one() {
    let api = Api::with_keys(&["first-key", "second-key"]).await;
    for path in [
        "/metrics",
        "/api/campaigns",
        "/api/openapi.json",
        "/api/nothing",
        "/api",
        "/api/campaigns/x/progress",
    ] {
        for authorization in
            [None, Some("Bearer wrong"), Some("Bearer "), Some("Basic first-key"), Some("first-key")]
        {
            let mut request = api.request(Method::GET, path);
            if let Some(authorization) = authorization {
                request = request.header("authorization", authorization);
            }
            let response = request.send().await.unwrap();
            assert!(response.headers()["www-authenticate"].to_str().unwrap().starts_with("Bearer"));
            assert_eq!(problem(response).await.status, 401, "{path} {authorization:?}");
        }
    }
    let refused = api.campaign(campaign_of(1).to_string()).send().await.unwrap();
    assert_eq!(problem(refused).await.status, 401);
    assert_eq!(api.keys_in_redis().await, 0);

    for key in ["first-key", "second-key"] {
        let taken = api.campaign(campaign_of(1).to_string()).bearer_auth(key).send().await.unwrap();
        assert_eq!(taken.status(), StatusCode::ACCEPTED);
    }
    let lower_case = api.request(Method::GET, "/api/campaigns").header("authorization", "bearer first-key");
    assert_eq!(lower_case.send().await.unwrap().status(), StatusCode::OK);
}

#[tokio::test]
async fn health_is_open_to_all() {
    let api = Api::with_keys(&["key"]).await;
    for path in ["/healthz", "/readyz"] {
        assert_eq!(api.get(path).await.status(), StatusCode::OK);
    }
    assert_eq!(problem(api.get("/nothing").await).await.status, 404);
}
