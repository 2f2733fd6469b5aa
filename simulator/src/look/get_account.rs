//! `GetAccount` of SES, API version 2: how much email the account may send.

use serde_json::{Value, json};

use crate::Settings;

/// What an account without a quota is told: SES has a word for no limit a day (-1), but none for no limit a second.
const UNLIMITED_RATE: f64 = 1e6;
const UNLIMITED_DAY: f64 = -1.0;

/// Tells the quota in force, given how many emails the simulator accepted.
pub(super) fn tell(settings: &Settings, accepted: u64) -> Value {
    let email = &settings.account.email;
    json!({
        "EnforcementStatus": email.enforcement_status,
        "ProductionAccessEnabled": email.production_access,
        "SendingEnabled": email.sending_enabled,
        "SendQuota": {
            "Max24HourSend": email.max_24_hour_send.map_or(UNLIMITED_DAY, f64::from),
            "MaxSendRate": settings.quotas.email.map_or(UNLIMITED_RATE, |quota| quota.rate()),
            "SentLast24Hours": email.sent_last_24_hours.map_or(accepted as f64, f64::from),
        },
    })
}
