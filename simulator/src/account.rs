//! `GetAccount` of SES, API version 2: how much email the account may send.

use drumbeat_common::Channel;
use hyper::{StatusCode, http::HeaderMap};
use serde_json::json;

use crate::{
    answer::{self, Answer},
    aws_error::AwsError,
    call::signed,
    simulator::Simulator,
};

/// What an account without a quota is told: SES has a word for no limit a day (-1), but none for no limit a second.
const UNLIMITED_RATE: f64 = 1e6;

/// Tells the quota in force. It is a look, not a message: no quota is charged and nothing counted.
pub(crate) fn answer(simulator: &Simulator, headers: &HeaderMap) -> Answer {
    if !signed(headers) {
        return answer::refused(Channel::Email, AwsError::missing_token(Channel::Email));
    }
    let quota = simulator.behaviour().settings().quotas.email;
    answer::aws(
        StatusCode::OK,
        Channel::Email,
        json!({
            "EnforcementStatus": "HEALTHY",
            "ProductionAccessEnabled": true,
            "SendingEnabled": true,
            "SendQuota": {
                "Max24HourSend": -1.0,
                "MaxSendRate": quota.map_or(UNLIMITED_RATE, |quota| quota.rate()),
                "SentLast24Hours": simulator.accepted(Channel::Email) as f64,
            },
        }),
    )
}
