use std::{error::Error, fmt, iter};

use aws_sdk_dynamodb::error::{ProvideErrorMetadata, SdkError};

use crate::migration::Place;

/// A call of DynamoDB that failed.
#[derive(Debug, thiserror::Error)]
pub enum CallError {
    /// The credentials do not allow it.
    #[error("not permitted: {action} on {place}; allow it to whoever these credentials are of ({said})")]
    Forbidden {
        /// The permission, such as `dynamodb:CreateTable`.
        action: &'static str,
        /// The table.
        place: Place,
        /// AWS's words.
        said: String,
    },
    /// DynamoDB answered with another error.
    #[error("DynamoDB refused {action} on {place}: {code}: {said}")]
    Refused {
        /// The permission that the call needs.
        action: &'static str,
        /// The table.
        place: Place,
        /// AWS's code.
        code: String,
        /// AWS's words.
        said: String,
    },
    /// No answer came, or none that can be read.
    #[error("DynamoDB does not answer {action} on {place}: {why}")]
    NoAnswer {
        /// The permission that the call needs.
        action: &'static str,
        /// The table.
        place: Place,
        /// All the causes.
        why: String,
    },
}

impl CallError {
    pub(crate) fn of<E, R>(action: &'static str, place: &Place, error: &SdkError<E, R>) -> Self
    where
        E: Error + ProvideErrorMetadata + 'static,
        R: fmt::Debug + 'static,
    {
        let place = place.clone();
        let Some(code) = error.code() else {
            return Self::NoAnswer { action, place, why: causes(error) };
        };
        let said = error.message().unwrap_or("no more words").to_owned();
        match code {
            "AccessDenied" | "AccessDeniedException" => Self::Forbidden { action, place, said },
            code => Self::Refused { action, place, code: code.to_owned(), said },
        }
    }
}

/// An error with all its causes, for people: AWS's own way adds the whole as Rust writes it.
pub(crate) fn causes(error: &(dyn Error + 'static)) -> String {
    let chain = iter::successors(Some(error), |error| (*error).source());
    chain.map(ToString::to_string).collect::<Vec<_>>().join(": ")
}
