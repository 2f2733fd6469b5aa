use std::time::Duration;

use aws_config::{BehaviorVersion, SdkConfig};
use aws_credential_types::provider::{ProvideCredentials, error::CredentialsError};
use tokio::time::timeout;

use crate::call_error::causes;

/// Where neither the environment nor the files have region and credentials, the instance's own service is asked last, and
/// outside of AWS its address may swallow connections.
const SEARCH: Duration = Duration::from_secs(5);

/// There is no way to AWS from here.
#[derive(Debug, thiserror::Error)]
pub enum NoAccess {
    /// Each region has tables of its own.
    #[error("AWS is not set up here: AWS_REGION is not set")]
    NoRegion,
    /// Nobody can be asked without.
    #[error(
        "AWS is not set up here: there are no credentials: set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or \
         AWS_PROFILE, or give this machine a role"
    )]
    NoCredentials,
    /// There are some, somewhere.
    #[error("AWS's credentials cannot be had: {0}")]
    Credentials(String),
    /// They are not where they could be found at once.
    #[error("AWS is not set up here: no region and credentials were found within {} s", SEARCH.as_secs())]
    Slow,
}

/// AWS's configuration as it is found, once it is known that there are a region and credentials. It takes 5 seconds at
/// most.
///
/// # Errors
/// When there are none.
pub async fn access() -> Result<SdkConfig, NoAccess> {
    timeout(SEARCH, search()).await.unwrap_or(Err(NoAccess::Slow))
}

async fn search() -> Result<SdkConfig, NoAccess> {
    let aws = aws_config::load_defaults(BehaviorVersion::latest()).await;
    if aws.region().is_none() {
        return Err(NoAccess::NoRegion);
    }
    let provider = aws.credentials_provider().ok_or(NoAccess::NoCredentials)?;
    match provider.provide_credentials().await {
        Ok(_) => Ok(aws),
        Err(CredentialsError::CredentialsNotLoaded(_)) => Err(NoAccess::NoCredentials),
        Err(error) => Err(NoAccess::Credentials(causes(&error))),
    }
}
