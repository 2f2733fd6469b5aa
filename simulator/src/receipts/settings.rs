use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::{Latency, Share};

/// What is told later of accepted messages. By default each arrives, and it is told at once, once and in order.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct ReceiptSettings {
    /// The name of the queue that it is put into.
    pub queue: String,
    /// How long after a message was accepted its first event happens, and each next one after the one before.
    pub delay: Latency,
    /// How much later than it happened an event is told: what makes them come in another order.
    pub disorder: Latency,
    /// The share of messages that do not arrive.
    pub failures: Share,
    /// The share of events that are told twice or three times.
    pub duplicates: Share,
    /// The share of SMS events that do not carry what was sent along.
    pub without_context: Share,
    /// The share of WhatsApp messages that are read and of emails that are opened, of those that arrive.
    pub read: Share,
}

impl Default for ReceiptSettings {
    fn default() -> Self {
        Self {
            queue: crate::sqs::RECEIPTS.to_owned(),
            delay: Latency::default(),
            disorder: Latency::default(),
            failures: Share::default(),
            duplicates: Share::default(),
            without_context: Share::default(),
            read: Share::default(),
        }
    }
}

impl ReceiptSettings {
    /// As it goes in life, but within seconds.
    pub fn demo() -> Self {
        Self {
            delay: Latency::LogNormal { p50: Duration::from_millis(800), p99: Duration::from_secs(5) },
            disorder: Latency::Uniform { min: Duration::ZERO, max: Duration::from_millis(500) },
            failures: Share::percent(2),
            duplicates: Share::percent(5),
            without_context: Share::percent(10),
            read: Share::percent(40),
            ..Self::default()
        }
    }
}
