use std::borrow::Cow;

use hyper::StatusCode;
use serde_json::{Value, json};

/// SQS's refusal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct SqsError {
    /// The shape that AWS's model of the service has for it.
    shape: &'static str,
    /// Its name in the older protocol, which is what SDKs call its code.
    code: &'static str,
    message: Cow<'static, str>,
    /// Whether it is the service that failed.
    server: bool,
}

impl SqsError {
    fn new(shape: &'static str, code: &'static str, message: impl Into<Cow<'static, str>>) -> Self {
        Self { shape, code, message: message.into(), server: false }
    }

    pub(super) const fn status(&self) -> StatusCode {
        if self.server { StatusCode::INTERNAL_SERVER_ERROR } else { StatusCode::BAD_REQUEST }
    }

    pub(super) fn body(&self) -> Value {
        json!({ "__type": self.shape, "message": self.message })
    }

    pub(super) fn query_error(&self) -> String {
        format!("{};{}", self.code, if self.server { "Receiver" } else { "Sender" })
    }

    /// The error as one entry's part of a batch's answer.
    pub(super) fn entry(&self, id: &str) -> Value {
        json!({ "Id": id, "Code": self.code, "Message": self.message, "SenderFault": !self.server })
    }

    pub(super) fn no_queue() -> Self {
        Self::new(
            "com.amazonaws.sqs#QueueDoesNotExist",
            "AWS.SimpleQueueService.NonExistentQueue",
            "The specified queue does not exist.",
        )
    }

    pub(super) fn name_taken() -> Self {
        Self::new(
            "com.amazonaws.sqs#QueueNameExists",
            "QueueAlreadyExists",
            "A queue already exists with the same name and different attributes.",
        )
    }

    pub(super) fn invalid_handle() -> Self {
        Self::new(
            "com.amazonaws.sqs#ReceiptHandleIsInvalid",
            "ReceiptHandleIsInvalid",
            "The input receipt handle is invalid.",
        )
    }

    pub(super) fn not_in_flight() -> Self {
        Self::new(
            "com.amazonaws.sqs#MessageNotInflight",
            "AWS.SimpleQueueService.MessageNotInflight",
            "The specified message isn't in flight.",
        )
    }

    pub(super) fn empty_batch() -> Self {
        Self::new(
            "com.amazonaws.sqs#EmptyBatchRequest",
            "AWS.SimpleQueueService.EmptyBatchRequest",
            "There should be at least one entry in the request.",
        )
    }

    pub(super) fn too_many_entries(entries: usize) -> Self {
        Self::new(
            "com.amazonaws.sqs#TooManyEntriesInBatchRequest",
            "AWS.SimpleQueueService.TooManyEntriesInBatchRequest",
            format!("Maximum number of entries per request are 10. You have sent {entries}."),
        )
    }

    pub(super) fn same_entry(id: &str) -> Self {
        Self::new(
            "com.amazonaws.sqs#BatchEntryIdsNotDistinct",
            "AWS.SimpleQueueService.BatchEntryIdsNotDistinct",
            format!("Id {id} repeated."),
        )
    }

    pub(super) fn invalid_entry() -> Self {
        Self::new(
            "com.amazonaws.sqs#InvalidBatchEntryId",
            "AWS.SimpleQueueService.InvalidBatchEntryId",
            "A batch entry id can only contain alphanumeric characters, hyphens and underscores. It can be at most 80 letters long.",
        )
    }

    pub(super) fn batch_too_long(bytes: usize) -> Self {
        Self::new(
            "com.amazonaws.sqs#BatchRequestTooLong",
            "AWS.SimpleQueueService.BatchRequestTooLong",
            format!("Batch requests cannot be longer than 1048576 bytes. You have sent {bytes} bytes."),
        )
    }

    pub(super) fn invalid_contents() -> Self {
        Self::new(
            "com.amazonaws.sqs#InvalidMessageContents",
            "InvalidMessageContents",
            "The message contains characters outside the allowed set.",
        )
    }

    pub(super) fn unknown_attribute(name: &str) -> Self {
        Self::new(
            "com.amazonaws.sqs#InvalidAttributeName",
            "InvalidAttributeName",
            format!("Unknown Attribute {name}."),
        )
    }

    pub(super) fn invalid_attribute(name: &str, why: &str) -> Self {
        Self::new(
            "com.amazonaws.sqs#InvalidAttributeValue",
            "InvalidAttributeValue",
            format!("Invalid value for the parameter {name}. Reason: {why}"),
        )
    }

    pub(super) fn invalid_parameter(name: &str, why: &str) -> Self {
        Self::new(
            "com.amazon.coral.service#InvalidParameterValueException",
            "InvalidParameterValue",
            format!("Value for parameter {name} is invalid. Reason: {why}"),
        )
    }

    pub(super) fn missing_parameter(name: &str) -> Self {
        Self::new(
            "com.amazon.coral.service#MissingRequiredParameterException",
            "MissingParameter",
            format!("The request must contain the parameter {name}."),
        )
    }

    /// Standard queues have no such thing at AWS, or it is not simulated.
    pub(super) fn unsupported(what: &str) -> Self {
        Self::new(
            "com.amazonaws.sqs#UnsupportedOperation",
            "AWS.SimpleQueueService.UnsupportedOperation",
            format!("{what} is not supported."),
        )
    }

    pub(super) fn unreadable(error: &serde_json::Error) -> Self {
        Self::new(
            "com.amazon.coral.service#SerializationException",
            "SerializationException",
            format!("The request body cannot be read: {error}"),
        )
    }

    pub(super) fn missing_token() -> Self {
        Self::new(
            "com.amazon.coral.service#MissingAuthenticationTokenException",
            "MissingAuthenticationToken",
            "Request is missing Authentication Token",
        )
    }

    pub(super) fn throttled() -> Self {
        Self::new(
            "com.amazonaws.sqs#RequestThrottled",
            "RequestThrottled",
            "The request was denied due to request throttling.",
        )
    }

    pub(super) fn failed() -> Self {
        let message = "The service failed on demand.";
        Self {
            server: true,
            ..Self::new("com.amazon.coral.service#InternalFailure", "InternalFailure", message)
        }
    }
}
