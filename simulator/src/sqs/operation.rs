use serde::{
    Deserialize,
    de::value::{Error as NoSuchName, StrDeserializer},
};

/// What SQS is asked to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
pub(crate) enum Operation {
    CreateQueue,
    GetQueueUrl,
    GetQueueAttributes,
    ListQueues,
    PurgeQueue,
    DeleteQueue,
    SendMessage,
    SendMessageBatch,
    ReceiveMessage,
    DeleteMessage,
    DeleteMessageBatch,
    ChangeMessageVisibility,
    ChangeMessageVisibilityBatch,
}

impl Operation {
    pub(crate) fn named(name: &str) -> Option<Self> {
        Self::deserialize(StrDeserializer::<NoSuchName>::new(name)).ok()
    }
}
