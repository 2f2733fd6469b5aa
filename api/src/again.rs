use std::time::Duration;

use axum::{
    Json,
    extract::{Request, State},
};
use drumbeat_common::{
    CampaignId, Resolve,
    queue::{self, Again, Requeued},
};
use serde_json::value::RawValue;
use tokio::time::Instant;
use tracing::info;

use crate::{
    CampaignView, Problem, RecipientsMoved, ResolveRequest, body, campaign_path::CampaignPath, campaigns,
    complaints::Complaints, deadline, error::ApiError, json, problem::CampaignProblem, server::App,
    single_field,
};

/// A decision is a few bytes.
const BODY_LIMIT: usize = 4096;
/// The longest that a campaign may take to be gone through, as long as one may take to be written.
const PATIENCE: Duration = Duration::from_secs(60);

/// Send again to everybody who failed
///
/// They are pending again, and the campaign runs, or stays paused. Sent to again is who failed by then, and nobody else.
#[utoipa::path(
    post,
    path = "/api/campaigns/{id}/retry-failed",
    operation_id = "retry_failed",
    tag = "campaigns",
    params(CampaignPath),
    responses(
        (status = OK, description = "The campaign as it stands now, and how many are sent to again", body = RecipientsMoved),
        (status = CONFLICT, description = "Nobody failed, or it is loading or cancelled", body = Problem, content_type = "application/problem+json"),
        CampaignProblem,
        (status = SERVICE_UNAVAILABLE, description = "Redis is away, or it is not done for everybody within a minute: the same call goes on", body = Problem, content_type = "application/problem+json")
    )
)]
pub(crate) async fn retry_failed(
    State(app): State<App>,
    CampaignPath(id): CampaignPath,
) -> Result<Json<RecipientsMoved>, ApiError> {
    let moved = take_up(&app, id, Again::Failed).await?;
    info!(campaign = %id, recipients = moved.recipients, "those who failed are sent to again");
    Ok(Json(moved))
}

/// Decide about everybody in doubt
///
/// `resend` sends to them again: some may get the message twice. `sent` counts them as sent: some may never get it.
#[utoipa::path(
    post,
    path = "/api/campaigns/{id}/resolve-in-doubt",
    operation_id = "resolve_in_doubt",
    tag = "campaigns",
    params(CampaignPath),
    request_body = ResolveRequest,
    responses(
        (status = OK, description = "The campaign as it stands now, and how many it was decided about", body = RecipientsMoved),
        (status = BAD_REQUEST, description = "No JSON", body = Problem, content_type = "application/problem+json"),
        (status = CONFLICT, description = "Nobody is in doubt, or it is loading, or cancelled and nobody is sent to again", body = Problem, content_type = "application/problem+json"),
        (status = UNSUPPORTED_MEDIA_TYPE, description = "Not application/json", body = Problem, content_type = "application/problem+json"),
        (status = UNPROCESSABLE_ENTITY, description = "No decision that there is", body = Problem, content_type = "application/problem+json"),
        CampaignProblem,
        (status = SERVICE_UNAVAILABLE, description = "Redis is away, or it is not done for everybody within a minute: the same call goes on", body = Problem, content_type = "application/problem+json")
    )
)]
pub(crate) async fn resolve_in_doubt(
    State(app): State<App>,
    CampaignPath(id): CampaignPath,
    request: Request,
) -> Result<Json<RecipientsMoved>, ApiError> {
    let body = body::json(request, BODY_LIMIT).await?;
    let known = "only as decides about those in doubt";
    let resolve = single_field::read(&body, &["as"], known, resolve, Complaints::into_resolution_error)?;
    decide(&app, id, resolve).await.map(Json)
}

/// Decides about everybody in doubt.
pub(crate) async fn decide(app: &App, id: CampaignId, resolve: Resolve) -> Result<RecipientsMoved, ApiError> {
    let moved = take_up(app, id, Again::InDoubt(resolve)).await?;
    info!(campaign = %id, recipients = moved.recipients, ?resolve, "those in doubt are decided about");
    Ok(moved)
}

fn resolve(raw: &RawValue) -> Result<Resolve, String> {
    let text = json::text(raw).map_err(|why| format!("as {why}"))?;
    text.parse().map_err(|_| "as must be \"resend\" or \"sent\"".to_owned())
}

/// Goes through the whole campaign. Every stretch of it is done as a whole or not at all, and what is done need not be
/// done again: where this is cut off, a caller who repeats the call goes on.
async fn take_up(app: &App, id: CampaignId, again: Again) -> Result<RecipientsMoved, ApiError> {
    let until = Instant::now() + PATIENCE;
    let (mut recipients, mut start) = (0, Some(0));
    while let Some(batch) = start {
        if Instant::now() > until {
            return Err(ApiError::Unfinished { recipients, seconds: PATIENCE.as_secs() });
        }
        match deadline::answer(queue::requeue(&app.redis, id, again, batch)).await? {
            Requeued::Moved { recipients: more, next } => (recipients, start) = (recipients + more, next),
            Requeued::Refused(status) => return Err(ApiError::NotPossible { status, rule: rule(again) }),
            Requeued::Unknown => return Err(ApiError::NoCampaign),
        }
    }
    if recipients == 0 {
        return Err(ApiError::Nobody(nobody(again)));
    }
    let campaign: CampaignView = campaigns::view(&app.redis, id).await?.0;
    Ok(RecipientsMoved { recipients, campaign })
}

const fn rule(again: Again) -> &'static str {
    match again {
        Again::Failed | Again::InDoubt(Resolve::Resend) => {
            "its recipients are sent to again once all of them are taken, and never after it was cancelled; a new \
             campaign can be sent to them"
        }
        Again::InDoubt(Resolve::Sent) => "nobody in it was sent to yet",
    }
}

const fn nobody(again: Again) -> &'static str {
    match again {
        Again::Failed => "nobody in the campaign is failed; its failures tell who is, and who is in doubt",
        Again::InDoubt(_) => {
            "nobody in the campaign is in doubt; its failures tell who is, and who is failed"
        }
    }
}
