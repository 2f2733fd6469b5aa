use std::{error::Error, iter::successors, time::Duration};

use aws_config::{BehaviorVersion, ConfigLoader, SdkConfig, retry::RetryConfig, timeout::TimeoutConfig};
use aws_smithy_http_client::{
    Builder,
    tls::{self, rustls_provider::CryptoMode},
};
pub(crate) use aws_smithy_runtime_api::client::orchestrator::HttpResponse as Response;
use aws_smithy_runtime_api::{
    client::{
        http::HttpClient,
        result::{ConnectorError, SdkError},
    },
    http::StatusCode,
};
use aws_smithy_types::error::metadata::ProvideErrorMetadata;
use hyper_util::client::legacy::Error as HyperError;

use super::departure::{NotDeparted, Punctual};
use crate::outcome::{Cause, Outcome};

/// Below the read time-out, which counts the connect too: a connect that takes too long is then told apart from an
/// answer that never came.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(3);
/// With the claim's age, the longest that a send can take.
pub(crate) const READ_TIMEOUT: Duration = Duration::from_secs(10);
/// AWS closes idle connections after about 20 s; a request that meets the close is a doubt, so ours close first.
const POOL_IDLE: Duration = Duration::from_secs(15);

/// AWS's configuration as it is found (region, credentials, endpoints), but for what "once" asks.
pub(crate) async fn load() -> SdkConfig {
    once(aws_config::defaults(BehaviorVersion::latest()), CONNECT_TIMEOUT, READ_TIMEOUT).load().await
}

/// No retry, since a retry after a lost answer is a second message; time-outs on connecting and reading apart.
pub(crate) fn once(config: ConfigLoader, connect_timeout: Duration, read_timeout: Duration) -> ConfigLoader {
    let timeouts =
        TimeoutConfig::builder().connect_timeout(connect_timeout).read_timeout(read_timeout).build();
    config.http_client(http_client()).retry_config(RetryConfig::disabled()).timeout_config(timeouts)
}

/// A new one: its connections are nobody else's.
pub(super) fn http_client() -> impl HttpClient + 'static {
    let tls = tls::Provider::Rustls(CryptoMode::AwsLc);
    Punctual(Builder::new().tls_provider(tls).pool_idle_timeout(POOL_IDLE).build_https())
}

/// What a call came to, given the message id that its answer names, if any. `by_code` is the service's own table; a code
/// that neither it nor AWS's common ones place is a doubt.
pub(crate) fn outcome<E>(
    answer: Result<Option<String>, SdkError<E, Response>>,
    by_code: impl FnOnce(&E, &str, Cause) -> Option<Outcome>,
) -> Outcome
where
    E: Error + ProvideErrorMetadata + 'static,
{
    match answer {
        Ok(Some(message_id)) => Outcome::Accepted { message_id },
        Ok(None) => Outcome::InDoubt(Cause::new("NoMessageId", "the answer names no message")),
        Err(error) => failed(&error, by_code),
    }
}

/// What a failed call proves: by AWS's code where there is one, and else by how far the request came.
fn failed<E>(
    error: &SdkError<E, Response>,
    by_code: impl FnOnce(&E, &str, Cause) -> Option<Outcome>,
) -> Outcome
where
    E: Error + ProvideErrorMetadata + 'static,
{
    match error {
        SdkError::ConstructionFailure(_) => Outcome::Rejected(cause("ConstructionFailure", error)),
        SdkError::DispatchFailure(failure) => match failure.as_connector_error() {
            Some(connector) => dispatch_outcome(connector, error),
            None => Outcome::InDoubt(cause("DispatchFailure", error)),
        },
        SdkError::ServiceError(service) => match service.err().code() {
            Some(code) => {
                let told = Cause::new(code, service.err().message().unwrap_or_default());
                match by_code(service.err(), code, told.clone()) {
                    Some(outcome) => outcome,
                    None if is_rejected_request(code) => Outcome::Fatal(told),
                    None => Outcome::InDoubt(told),
                }
            }
            None => by_status(service.raw().status(), error),
        },
        // A time-out of the whole call and an answer cut in the middle: the request was there.
        _ => Outcome::InDoubt(cause("NoAnswer", error)),
    }
}

/// Only a connection that never stood proves that nothing was sent.
fn dispatch_outcome<E>(connector: &ConnectorError, error: &SdkError<E, Response>) -> Outcome
where
    E: Error + 'static,
{
    match in_chain::<HyperError>(connector) {
        Some(hyper) if hyper.is_connect() => Outcome::Unavailable(cause("ConnectFailed", error)),
        Some(_) => Outcome::InDoubt(cause("ConnectionCut", error)),
        None if in_chain::<NotDeparted>(connector).is_some() => Outcome::Missed,
        None if connector.is_timeout() => Outcome::InDoubt(cause("ReadTimeout", error)),
        None if connector.is_io() => Outcome::InDoubt(cause("ConnectionCut", error)),
        // No endpoint, or no credentials: the request never came to a connection.
        None => Outcome::Fatal(cause("NotSendable", error)),
    }
}

fn in_chain<'a, E: Error + 'static>(error: &'a (dyn Error + 'static)) -> Option<&'a E> {
    let mut next = Some(error);
    while let Some(error) = next {
        if let Some(hyper) = error.downcast_ref() {
            return Some(hyper);
        }
        next = error.source();
    }
    None
}

fn by_status<E>(status: StatusCode, error: &SdkError<E, Response>) -> Outcome
where
    E: Error + 'static,
{
    let code = format!("Http{}", status.as_u16());
    match status.as_u16() {
        429 => Outcome::Throttled(cause(code, error)),
        _ => Outcome::InDoubt(cause(code, error)),
    }
}

fn cause<E>(code: impl Into<String>, error: &SdkError<E, Response>) -> Cause
where
    E: Error + 'static,
{
    Cause::new(code, in_words(error))
}

/// What happened, from the outermost to what brought it about. People read it: the SDK's own way to say it ends in pages
/// of debug output.
fn in_words(error: &(dyn Error + 'static)) -> String {
    let mut words: Vec<_> =
        successors(Some(error), |&error| error.source()).map(ToString::to_string).collect();
    words.dedup();
    words.join(": ")
}

/// Whether AWS turned the request away at the door, for what is wrong with the account or the configuration: the codes
/// that every service answers before it looks at the message.
fn is_rejected_request(code: &str) -> bool {
    matches!(
        code,
        "AccessDenied"
            | "AccessDeniedException"
            | "ExpiredToken"
            | "ExpiredTokenException"
            | "IncompleteSignature"
            | "IncompleteSignatureException"
            | "InvalidClientTokenId"
            | "InvalidSignatureException"
            | "MissingAuthenticationToken"
            | "MissingAuthenticationTokenException"
            | "NotAuthorized"
            | "OptInRequired"
            | "RequestExpired"
            | "RequestTimeTooSkewed"
            | "SerializationException"
            | "SignatureDoesNotMatch"
            | "UnknownOperationException"
            | "UnrecognizedClientException"
    )
}
