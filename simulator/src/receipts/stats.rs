use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::PerService;

/// What was told of accepted messages.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct ReceiptStats {
    /// Events put into the queue, each counted once, by service and kind: SMS by `eventType` (`TEXT_DELIVERED`), email by
    /// `detail-type` (`Email Bounced`), WhatsApp by status (`delivered`).
    pub told: PerService<BTreeMap<String, u64>>,
    /// How often an event was told again.
    pub copies: u64,
    /// What is still to be told, copies included.
    pub waiting: u64,
    /// What found no queue of that name, or no room to wait in.
    pub lost: u64,
}
