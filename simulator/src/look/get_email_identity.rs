//! `GetEmailIdentity` of SES, API version 2: whether email may come from an address or a domain.

use std::borrow::Cow;

use drumbeat_common::Channel;
use percent_encoding::percent_decode_str;
use serde_json::{Value, json};

use crate::{DemoAccount, aws_error::AwsError};

const VERIFIED: &str = "SUCCESS";

/// The identity that a path names.
pub(super) fn identity(path: &str) -> Option<Cow<'_, str>> {
    let name = path.strip_prefix("/v2/email/identities/")?;
    (!name.is_empty() && !name.contains('/')).then(|| percent_decode_str(name).decode_utf8_lossy())
}

pub(super) fn tell(account: &DemoAccount, path: &str) -> Result<Value, AwsError> {
    let identity = identity(path).unwrap_or_default();
    let status = account.status(&identity, VERIFIED).ok_or_else(|| {
        let message = format!("Email identity {identity} does not exist.");
        AwsError::rejected(Channel::Email, "NotFoundException", message)
    })?;
    Ok(json!({
        "FeedbackForwardingStatus": true,
        "IdentityType": if identity.contains('@') { "EMAIL_ADDRESS" } else { "DOMAIN" },
        "VerificationStatus": status,
        "VerifiedForSendingStatus": status == VERIFIED,
    }))
}
