use axum::{
    extract::{FromRequestParts, Path},
    http::request::Parts,
};
use drumbeat_common::CampaignId;
use utoipa::IntoParams;

use crate::error::ApiError;

/// The campaign that a path names. What is no id names no campaign.
#[derive(IntoParams)]
#[into_params(names("id"), parameter_in = Path)]
pub(crate) struct CampaignPath(
    /// The campaign's id
    #[param(value_type = String)]
    pub(crate) CampaignId,
);

impl<S: Send + Sync> FromRequestParts<S> for CampaignPath {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Self::Rejection> {
        let Path(text) =
            Path::<String>::from_request_parts(parts, state).await.map_err(|_| ApiError::NoCampaign)?;
        text.parse().map(Self).map_err(|_| ApiError::NoCampaign)
    }
}
