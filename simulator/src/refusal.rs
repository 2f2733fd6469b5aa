use serde::{Deserialize, Serialize};

use crate::Share;

/// What goes wrong with DynamoDB. By default nothing does.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct DynamoDbFaults {
    /// Calls that are refused whole.
    pub refuse: Option<Refusal>,
    /// The share of the writes of a `BatchWriteItem` that are given back as unprocessed.
    pub unprocessed: Share,
}

/// What goes wrong with SQS. By default nothing does.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct SqsFaults {
    /// Calls that are refused whole.
    pub refuse: Option<Refusal>,
}

/// Calls that come to nothing.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Refusal {
    /// How many of them; all when absent.
    #[serde(default = "all")]
    pub share: Share,
    /// What they are answered.
    pub with: RefusedWith,
}

/// How a service refuses a call that is right.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RefusedWith {
    /// It failed: DynamoDB's `InternalServerError`, SQS's `InternalFailure`.
    ServerError,
    /// It is called too often: DynamoDB's `ThrottlingException`, SQS's `RequestThrottled`.
    Throttled,
}

const fn all() -> Share {
    Share::ALL
}
