use std::{error::Error, iter, time::Duration};

use aws_sdk_sesv2::{
    config::http::HttpResponse,
    error::{ProvideErrorMetadata, SdkError},
};
use tokio::time::timeout;

use super::{AccountCheck, AccountMatter};

/// How long a question may take, with all of its pages and retries.
const PATIENCE: Duration = Duration::from_secs(5);

/// What came in place of an answer.
#[derive(Debug)]
pub(super) enum NoAnswer {
    /// There is no such thing.
    NotThere,
    /// The name of the thing is none that AWS takes; with AWS's words.
    Invalid(String),
    /// It cannot be known; with why.
    Unknown(String),
}

/// Asks AWS one thing. `action` is the permission that it needs.
pub(super) async fn ask<T, E>(
    action: &str,
    call: impl Future<Output = Result<T, SdkError<E, HttpResponse>>>,
) -> Result<T, NoAnswer>
where
    E: Error + ProvideErrorMetadata + 'static,
{
    match timeout(PATIENCE, call).await {
        Ok(Ok(answer)) => Ok(answer),
        Ok(Err(error)) => Err(NoAnswer::of(action, &error)),
        Err(_) => {
            Err(NoAnswer::Unknown(format!("AWS did not answer {action} within {} s", PATIENCE.as_secs())))
        }
    }
}

/// An error with all its causes, for people: AWS's own way adds the whole as Rust writes it.
pub(super) fn causes(error: &(dyn Error + 'static)) -> String {
    let chain = iter::successors(Some(error), |error| (*error).source());
    chain.map(ToString::to_string).collect::<Vec<_>>().join(": ")
}

impl NoAnswer {
    fn of<E>(action: &str, error: &SdkError<E, HttpResponse>) -> Self
    where
        E: Error + ProvideErrorMetadata + 'static,
    {
        let Some(code) = error.code() else {
            return Self::Unknown(format!("AWS cannot be asked ({action}): {}", causes(error)));
        };
        let said = error.message().unwrap_or("no more words");
        match code {
            "NotFoundException" | "ResourceNotFoundException" => Self::NotThere,
            "BadRequestException" | "InvalidParametersException" | "ValidationException" => {
                Self::Invalid(said.to_owned())
            }
            "AccessDeniedException" => {
                Self::Unknown(format!("the api is not permitted to ask: allow {action} ({said})"))
            }
            code => Self::Unknown(format!("AWS answered {action} with {code}: {said}")),
        }
    }

    /// As a finding about the account as a whole, which is always there.
    pub(super) fn unknown(self, about: AccountMatter) -> AccountCheck {
        about.unknown(match self {
            Self::NotThere => "AWS does not have it in this region".to_owned(),
            Self::Invalid(why) | Self::Unknown(why) => why,
        })
    }

    /// As a finding about something that a variable names.
    pub(super) fn check(self, about: AccountMatter, variable: &str, name: &str) -> AccountCheck {
        match self {
            Self::NotThere => about.problem(format!(
                "there is no {name} in this account and region: look at {variable} and AWS_REGION"
            )),
            Self::Invalid(said) => about.problem(format!("{variable} is not as AWS takes it: {said}")),
            Self::Unknown(why) => about.unknown(why),
        }
    }
}
