use axum::{
    Json,
    extract::{Path, State, rejection::PathRejection},
};
use drumbeat_common::{CampaignId, Channel};
use drumbeat_tracking::Item;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::{Problem, error::ApiError, server::App};

/// What the delivery table holds of a message.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct MessageView {
    /// The provider's name for it.
    pub message_id: String,
    /// The campaign that it belongs to.
    #[schema(value_type = String)]
    pub campaign_id: CampaignId,
    /// Whom in the campaign it was for: the place in its list, from 0.
    pub recipient: u32,
    /// Your own name for the person.
    pub customer_id: String,
    /// By which channel it went.
    pub channel: Channel,
    /// The address, masked.
    pub address: String,
    /// How far it came: `sent`, `undelivered`, `delivered` or `read`.
    #[schema(example = "delivered")]
    pub status: String,
    /// The last report's word for that.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(example = "TEXT_DELIVERED")]
    pub code: Option<String>,
    /// When the attempt began that the provider took; none where nobody knows any more.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = DateTime)]
    pub claimed_at: Option<Timestamp>,
    /// When the provider took it.
    #[schema(value_type = String, format = DateTime)]
    pub sent_at: Timestamp,
    /// When it arrived.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = DateTime)]
    pub delivered_at: Option<Timestamp>,
    /// When it was given up.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = DateTime)]
    pub undelivered_at: Option<Timestamp>,
    /// When it was opened.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = DateTime)]
    pub read_at: Option<Timestamp>,
    /// When the table forgets it.
    #[schema(value_type = String, format = DateTime)]
    pub expires_at: Timestamp,
}

impl From<Item> for MessageView {
    fn from(item: Item) -> Self {
        Self {
            message_id: item.message_id,
            campaign_id: item.campaign,
            recipient: item.recipient.get(),
            customer_id: item.customer_id,
            channel: item.channel,
            address: item.address,
            status: item.status.state().to_string(),
            code: item.code,
            claimed_at: item.claimed_at,
            sent_at: item.sent_at,
            delivered_at: item.delivered_at,
            undelivered_at: item.undelivered_at,
            read_at: item.read_at,
            expires_at: item.expires_at,
        }
    }
}

/// One message
///
/// By the name that the provider gave it, as the delivery table has it.
#[utoipa::path(
    get,
    path = "/api/messages/{message_id}",
    operation_id = "show_message",
    tag = "progress",
    params(("message_id" = String, Path, description = "The provider's name for the message")),
    responses(
        (status = OK, description = "What is known of it", body = MessageView),
        (status = NOT_FOUND, description = "No message of this id is known", body = Problem, content_type = "application/problem+json"),
        (status = NOT_IMPLEMENTED, description = "This server has no delivery table", body = Problem, content_type = "application/problem+json"),
        (status = SERVICE_UNAVAILABLE, description = "The delivery table is away", body = Problem, content_type = "application/problem+json")
    )
)]
pub(crate) async fn show(
    State(app): State<App>,
    message_id: Result<Path<String>, PathRejection>,
) -> Result<Json<MessageView>, ApiError> {
    let table = app.table.ok_or(ApiError::NoTable)?;
    // What is no text names no message.
    let Path(message_id) = message_id.map_err(|_| ApiError::NoMessage)?;
    let item = table.message(&message_id).await?.ok_or(ApiError::NoMessage)?;
    Ok(Json(item.into()))
}
