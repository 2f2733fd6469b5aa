//! What text messages come from: what pools, phone numbers and sender IDs have in common.

use drumbeat_common::Channel;

use crate::{
    DemoAccount,
    aws_error::{AwsError, Resource},
};

/// When all of it was made, in Unix seconds.
pub(super) const CREATED: u64 = 1_767_225_600;

const BEST: &str = "ACTIVE";

pub(super) fn arn(kind: &str, id: &str) -> String {
    format!("arn:aws:sms-voice:us-east-1:123456789012:{kind}/{id}")
}

/// The id at the end of an ARN, or the id itself.
pub(super) fn id(name: &str) -> &str {
    name.rsplit_once('/').map_or(name, |(_, id)| id)
}

/// The status of something that has to be there.
pub(super) fn status<'a>(
    account: &'a DemoAccount,
    kind: &'static str,
    id: &str,
) -> Result<&'a str, AwsError> {
    account.status(id, BEST).ok_or_else(|| {
        let message = format!("Resource not found: {kind} {id}");
        let mut error = AwsError::rejected(Channel::Sms, "ResourceNotFoundException", message);
        let resource = Resource { resource_type: kind, resource_id: id.to_owned() };
        error.details.resource = Some(Box::new(resource));
        error
    })
}
