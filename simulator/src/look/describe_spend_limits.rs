//! `DescribeSpendLimits` of End User Messaging SMS, API version 2.

use serde_json::{Value, json};

use crate::DemoAccount;

const VOICE_LIMIT_USD: u32 = 1;

pub(super) fn tell(account: &DemoAccount) -> Value {
    let limit = |name: &str, usd: u32| json!({ "Name": name, "EnforcedLimit": usd, "MaxLimit": usd, "Overridden": false });
    json!({ "SpendLimits": [
        limit("VOICE_MESSAGE_MONTHLY_SPEND_LIMIT", VOICE_LIMIT_USD),
        limit("TEXT_MESSAGE_MONTHLY_SPEND_LIMIT", account.sms_monthly_limit_usd),
    ] })
}
