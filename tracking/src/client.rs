use std::time::Duration;

use aws_config::{SdkConfig, retry::RetryConfig, timeout::TimeoutConfig};
use aws_sdk_dynamodb::Client;

/// An address that swallows connections is given up after that.
const CONNECT: Duration = Duration::from_secs(3);
/// How long one try may take.
const ONE_TRY: Duration = Duration::from_secs(3);
/// How long all of them together may take.
const ALL_TRIES: Duration = Duration::from_secs(5);

/// A client for DynamoDB that follows this configuration, but for time-outs and retries: to read or write an item twice
/// does no harm, so the SDK's own retries are on here, while sends have none.
#[must_use]
pub fn client(aws: &SdkConfig) -> Client {
    let timeouts = TimeoutConfig::builder()
        .connect_timeout(CONNECT)
        .operation_attempt_timeout(ONE_TRY)
        .operation_timeout(ALL_TRIES)
        .build();
    let config = aws_sdk_dynamodb::config::Builder::from(aws)
        .retry_config(RetryConfig::standard())
        .timeout_config(timeouts)
        .build();
    Client::from_conf(config)
}
