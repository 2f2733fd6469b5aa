use std::{error::Error, fmt::Debug};

use aws_smithy_runtime_api::client::result::SdkError;
use aws_smithy_types::error::{display::DisplayErrorContext, metadata::ProvideErrorMetadata};

/// Why AWS did not do it: the same words for the same failure. With the request's id in them, people would be told again
/// each time.
pub fn why<E, R>(error: &SdkError<E, R>) -> String
where
    E: Error + ProvideErrorMetadata + 'static,
    R: Debug,
{
    match error.as_service_error() {
        Some(service) => {
            let code = service.code().unwrap_or("no code");
            format!("{code}: {}", service.message().unwrap_or_default())
        }
        None => DisplayErrorContext(error).to_string(),
    }
}
