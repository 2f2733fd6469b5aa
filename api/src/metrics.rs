use std::sync::atomic::AtomicU64;

use axum::{
    extract::State,
    http::header::CONTENT_TYPE,
    response::{IntoResponse, Response},
};
use drumbeat_common::{Census, LedgerByte, census, outbox, receipt_counts, suppression};
use prometheus_client::{
    encoding::text::encode,
    metrics::{counter::Counter, family::Family, gauge::Gauge, info::Info},
    registry::Registry,
};

use crate::{Problem, deadline, error::ApiError, server::App};

/// The form in which the metrics are written.
const OPEN_METRICS: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";

type Labels = Vec<(&'static str, String)>;
type Gauges = Family<Labels, Gauge<u64, AtomicU64>>;

/// How much there is of everything
///
/// For Prometheus: campaigns, recipients of those that are not over, what the delivery table is still to be told, and
/// reports by kind. No metric is about a person. Needs a key where the server has keys.
#[utoipa::path(
    get,
    path = "/metrics",
    operation_id = "show_metrics",
    tag = "machines",
    responses(
        (status = OK, description = "Metrics, as OpenMetrics writes them", body = String, content_type = "application/openmetrics-text"),
        (status = UNAUTHORIZED, description = "The server has keys, and this is none", body = Problem, content_type = "application/problem+json"),
        (status = SERVICE_UNAVAILABLE, description = "Redis is away", body = Problem, content_type = "application/problem+json")
    )
)]
pub(crate) async fn show(State(App { redis, .. }): State<App>) -> Result<Response, ApiError> {
    let mut registry = Registry::with_prefix("drumbeat");
    let (census, outboxes, suppressed, receipts) = deadline::answer(async {
        tokio::try_join!(
            census(&redis),
            outbox::waiting(&redis),
            suppression::count(&redis),
            receipt_counts::counts(&redis)
        )
    })
    .await?;
    add_census(&mut registry, &census);
    let untracked = outboxes.iter().map(|(_, entries)| entries).sum();
    gauge(&mut registry, "outbox_entries", "What the delivery table is still to be told", untracked);
    gauge(&mut registry, "suppressed_addresses", "Addresses that must not be sent to", suppressed);
    let kinds = Family::<Labels, Counter>::default();
    for (kind, count) in receipts {
        kinds.get_or_create(&vec![("kind", kind)]).inc_by(count);
    }
    registry.register("receipts", "Reports about messages that came in, by kind", kinds);
    let build = Info::new(vec![("version", env!("CARGO_PKG_VERSION"))]);
    registry.register("build", "The version of this process", build);

    let mut text = String::new();
    encode(&mut text, &registry).map_err(|_| ApiError::Internal)?;
    Ok(([(CONTENT_TYPE, OPEN_METRICS)], text).into_response())
}

fn add_census(registry: &mut Registry, census: &Census) {
    let Census { open, over, left_out, recipients } = census;
    let campaigns = Gauges::default();
    for (status, count) in open {
        campaigns.get_or_create(&vec![("status", (*status).to_owned())]).set(*count);
    }
    campaigns.get_or_create(&vec![("status", "over".to_owned())]).set(*over);
    registry.register(
        "campaigns",
        "Campaigns by status; those that are completed or cancelled are over",
        campaigns,
    );
    gauge(
        registry,
        "campaigns_left_out",
        "Campaigns that are not over and were not looked at: more than are at a scrape",
        *left_out,
    );
    let standing = Gauges::default();
    for (LedgerByte { channel, state }, count) in recipients {
        let labels = vec![("channel", channel.to_string()), ("state", state.to_string())];
        standing.get_or_create(&labels).set(*count);
    }
    registry.register(
        "recipients",
        "Recipients of the campaigns that are not over, by channel and by the one state that each is in",
        standing,
    );
}

fn gauge(registry: &mut Registry, name: &str, help: &str, value: u64) {
    let gauge = Gauge::<u64, AtomicU64>::default();
    gauge.set(value);
    registry.register(name, help, gauge);
}
