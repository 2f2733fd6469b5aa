use std::time::Duration;

use aws_config::{SdkConfig, retry::RetryConfig, timeout::TimeoutConfig};
use aws_sdk_sqs::{
    Client,
    error::{BuildError, ProvideErrorMetadata, SdkError},
    types::{
        ChangeMessageVisibilityBatchRequestEntry as Postponed, DeleteMessageBatchRequestEntry as Deleted,
        Message, MessageSystemAttributeName,
    },
};
use drumbeat_tracking::{AccountId, why};

/// Messages in one call, as SQS allows.
pub(super) const MOST: i32 = 10;
/// How long a call waits for messages where there are none, the longest that SQS allows.
const LONG_POLL: Duration = Duration::from_secs(20);
/// How long a message is kept from others while it is taken; longer than that ever needs.
const VISIBILITY: Duration = Duration::from_secs(60);
const CONNECT_TIMEOUT: Duration = Duration::from_secs(3);
/// Longer than a long poll.
const READ_TIMEOUT: Duration = Duration::from_secs(30);

/// The queue to which reports about messages come.
#[derive(Debug)]
pub(super) struct ReceiptsQueue {
    client: Client,
    url: String,
    /// Whose it is, where its URL tells.
    pub(super) account: Option<AccountId>,
}

/// A call to the queue failed. As text, the same for the same failure, and naming what a permission for it is called.
#[derive(Debug, thiserror::Error)]
pub(super) enum QueueError {
    #[error("there is no queue at RECEIPTS_QUEUE_URL ({0})")]
    Missing(String),
    #[error("may not use the queue at RECEIPTS_QUEUE_URL: allow {action} ({why})")]
    Forbidden { action: &'static str, why: String },
    #[error("cannot call {action}: {why}")]
    Failed { action: &'static str, why: String },
    #[error("SQS gave out a message without what it takes to delete it: {0}")]
    Unusable(#[from] BuildError),
}

impl ReceiptsQueue {
    /// To ask twice does no harm here, so the SDK's own retries are on.
    pub(super) fn new(aws: &SdkConfig, url: String) -> Self {
        let timeouts =
            TimeoutConfig::builder().connect_timeout(CONNECT_TIMEOUT).read_timeout(READ_TIMEOUT).build();
        let config = aws.to_builder().retry_config(RetryConfig::standard()).timeout_config(timeouts).build();
        Self { client: Client::new(&config), account: AccountId::of_queue(&url), url }
    }

    /// The next messages, or none where none came for a while.
    pub(super) async fn receive(&self) -> Result<Vec<Message>, QueueError> {
        let call = self.client.receive_message().queue_url(&self.url);
        let call = call.max_number_of_messages(MOST).wait_time_seconds(LONG_POLL.as_secs() as i32);
        let answer = call
            .visibility_timeout(VISIBILITY.as_secs() as i32)
            .message_system_attribute_names(MessageSystemAttributeName::ApproximateReceiveCount)
            .send()
            .await;
        Ok(answer.map_err(|error| failed("sqs:ReceiveMessage", &error))?.messages.unwrap_or_default())
    }

    /// Deletes messages. One that is left over comes again.
    pub(super) async fn delete(&self, handles: Vec<String>) -> Result<(), QueueError> {
        if handles.is_empty() {
            return Ok(());
        }
        let entry = |(id, handle): (usize, String)| {
            Deleted::builder().id(id.to_string()).receipt_handle(handle).build()
        };
        let entries = handles.into_iter().enumerate().map(entry).collect::<Result<_, _>>()?;
        let call = self.client.delete_message_batch().queue_url(&self.url).set_entries(Some(entries));
        call.send().await.map_err(|error| failed("sqs:DeleteMessage", &error))?;
        Ok(())
    }

    /// Has messages come again after so long. One that is left over comes when its time is up.
    pub(super) async fn postpone(&self, handles: Vec<(String, Duration)>) -> Result<(), QueueError> {
        if handles.is_empty() {
            return Ok(());
        }
        let entry = |(id, (handle, wait)): (usize, (String, Duration))| {
            let entry = Postponed::builder().id(id.to_string()).receipt_handle(handle);
            entry.visibility_timeout(wait.as_secs() as i32).build()
        };
        let entries = handles.into_iter().enumerate().map(entry).collect::<Result<_, _>>()?;
        let call = self.client.change_message_visibility_batch().queue_url(&self.url);
        let answer = call.set_entries(Some(entries)).send().await;
        answer.map_err(|error| failed("sqs:ChangeMessageVisibility", &error))?;
        Ok(())
    }
}

fn failed<E, R>(action: &'static str, error: &SdkError<E, R>) -> QueueError
where
    E: std::error::Error + ProvideErrorMetadata + 'static,
    R: std::fmt::Debug,
{
    let why = why(error);
    match error.as_service_error().and_then(ProvideErrorMetadata::code) {
        Some("AWS.SimpleQueueService.NonExistentQueue" | "QueueDoesNotExist") => QueueError::Missing(why),
        Some("AccessDenied" | "AccessDeniedException") => QueueError::Forbidden { action, why },
        Some(_) | None => QueueError::Failed { action, why },
    }
}
