use axum::{
    extract::State,
    http::header::CONTENT_TYPE,
    response::{IntoResponse, Response},
};
use utoipa::{
    Modify, OpenApi,
    openapi::{
        SecurityRequirement,
        security::{HttpAuthScheme, HttpBuilder, SecurityScheme},
    },
};

use crate::{routes::routes, server::App};

/// What the document says about the API as a whole; the routes add themselves.
#[derive(OpenApi)]
#[openapi(
    info(
        title = "Drumbeat",
        license(name = "MIT"),
        description = "Sends a campaign: one message to each of many people, at the rate asked for. \
                       Errors are `application/problem+json` (RFC 9457)."
    ),
    modifiers(&Bearer),
    tags(
        (name = "campaigns", description = "Send campaigns, and change what they do"),
        (name = "progress", description = "See what became of everybody"),
        (name = "suppressions", description = "Keep a list of those who must not be sent to"),
        (name = "templates", description = "See what can be said, and how it reads"),
        (name = "machines", description = "For orchestrators and generators of clients")
    )
)]
pub(crate) struct Document;

struct Bearer;

impl Modify for Bearer {
    fn modify(&self, openapi: &mut utoipa::openapi::OpenApi) {
        let key = HttpBuilder::new()
            .scheme(HttpAuthScheme::Bearer)
            .description(Some("Needed under /api, and for /metrics, where the server has keys"))
            .build();
        openapi.components.get_or_insert_default().add_security_scheme("api_key", SecurityScheme::Http(key));
        // The empty requirement says that a server may go without keys.
        let none = SecurityRequirement::default();
        openapi.security = Some(vec![none, SecurityRequirement::new("api_key", [""; 0])]);
    }
}

/// The API's own description, as `/api/openapi.json` gives it.
#[must_use]
pub fn openapi() -> utoipa::openapi::OpenApi {
    routes().into_openapi()
}

/// This document
#[utoipa::path(
    get,
    path = "/api/openapi.json",
    operation_id = "show_openapi",
    tag = "machines",
    responses((status = OK, description = "The OpenAPI document", content_type = "application/json", body = Object))
)]
pub(crate) async fn document(State(app): State<App>) -> Response {
    ([(CONTENT_TYPE, "application/json")], app.openapi.to_string()).into_response()
}
