use utoipa::OpenApi;
use utoipa_axum::{router::OpenApiRouter, routes};

use crate::{
    again, campaigns, failures, health, intake, lifecycle, messages, metrics,
    openapi::{self, Document},
    progress, rate, recipients, recount, rejected, report,
    server::App,
    suppressions, templates,
};

/// All that the API answers to, each with its documentation.
pub(crate) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::with_openapi(Document::openapi())
        .routes(routes!(intake::send_campaign))
        .routes(routes!(intake::preflight::preflight))
        .routes(routes!(campaigns::list))
        .routes(routes!(campaigns::show, rate::change))
        .routes(routes!(progress::show))
        .routes(routes!(failures::list))
        .routes(routes!(recipients::list))
        .routes(routes!(report::download))
        .routes(routes!(messages::show))
        .routes(routes!(recount::show))
        .routes(routes!(rejected::list))
        .routes(routes!(lifecycle::pause))
        .routes(routes!(lifecycle::resume))
        .routes(routes!(lifecycle::cancel))
        .routes(routes!(again::retry_failed))
        .routes(routes!(again::resolve_in_doubt))
        .routes(routes!(suppressions::list::list, suppressions::add::add, suppressions::remove::remove))
        .routes(routes!(templates::list))
        .routes(routes!(templates::render))
        .routes(routes!(health::alive))
        .routes(routes!(health::ready))
        .routes(routes!(metrics::show))
        .routes(routes!(openapi::document))
}
