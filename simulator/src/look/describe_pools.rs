//! `DescribePools` of End User Messaging SMS, API version 2.

use serde::Deserialize;
use serde_json::{Value, json};

use super::origin;
use crate::{DemoAccount, aws_error::AwsError};

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct DescribePools {
    #[serde(default)]
    pool_ids: Vec<String>,
}

/// Tells of the pools asked for; one that is not named is not listed, since any name is one.
pub(super) fn tell(account: &DemoAccount, call: DescribePools) -> Result<Value, AwsError> {
    let pools =
        call.pool_ids.iter().map(|name| pool(account, origin::id(name))).collect::<Result<Vec<_>, _>>()?;
    Ok(json!({ "Pools": pools }))
}

fn pool(account: &DemoAccount, id: &str) -> Result<Value, AwsError> {
    Ok(json!({
        "PoolArn": origin::arn("pool", id),
        "PoolId": id,
        "Status": origin::status(account, "pool", id)?,
        "MessageType": "PROMOTIONAL",
        "TwoWayEnabled": false,
        "SelfManagedOptOutsEnabled": false,
        "OptOutListName": "Default",
        "SharedRoutesEnabled": false,
        "DeletionProtectionEnabled": false,
        "CreatedTimestamp": origin::CREATED,
    }))
}
