//! Questions about the account. They are looks, not messages: no quota is charged and nothing is counted.

mod describe_phone_numbers;
mod describe_pools;
mod describe_sender_ids;
mod describe_spend_limits;
mod get_account;
mod get_email_identity;
mod list_whatsapp_message_templates;
mod origin;
mod page;

use drumbeat_common::Channel;
use hyper::{StatusCode, http::request::Parts};
use serde::{Deserialize, Serialize, de::DeserializeOwned};
use serde_json::Value;

use crate::{
    answer::{self, Answer},
    aws_error::AwsError,
    call::signed,
    simulator::Simulator,
};

/// An operation that only tells how something is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Look {
    /// What SES allows.
    GetAccount,
    /// Whether SES may send from an address or a domain.
    GetEmailIdentity,
    /// Pools of phone numbers.
    DescribePools,
    /// Phone numbers.
    DescribePhoneNumbers,
    /// Sender IDs.
    DescribeSenderIds,
    /// How much may be spent in a month.
    DescribeSpendLimits,
    /// The templates of a WhatsApp account.
    ListWhatsAppMessageTemplates,
}

impl Look {
    /// What an AWS JSON call of SMS asks for, by the operation in its target.
    pub(crate) fn of_sms(operation: &str) -> Option<Self> {
        match operation {
            "DescribePools" => Some(Self::DescribePools),
            "DescribePhoneNumbers" => Some(Self::DescribePhoneNumbers),
            "DescribeSenderIds" => Some(Self::DescribeSenderIds),
            "DescribeSpendLimits" => Some(Self::DescribeSpendLimits),
            _ => None,
        }
    }

    /// What a GET of the REST services asks for.
    pub(crate) fn of_path(path: &str) -> Option<Self> {
        match path {
            "/v2/email/account" => Some(Self::GetAccount),
            "/v1/whatsapp/template/list" => Some(Self::ListWhatsAppMessageTemplates),
            path => get_email_identity::identity(path).map(|_| Self::GetEmailIdentity),
        }
    }

    const fn service(self) -> Channel {
        match self {
            Self::GetAccount | Self::GetEmailIdentity => Channel::Email,
            Self::DescribePools
            | Self::DescribePhoneNumbers
            | Self::DescribeSenderIds
            | Self::DescribeSpendLimits => Channel::Sms,
            Self::ListWhatsAppMessageTemplates => Channel::Whatsapp,
        }
    }
}

pub(crate) fn answer(simulator: &Simulator, look: Look, head: &Parts, body: &[u8]) -> Answer {
    match tell(simulator, look, head, body) {
        Ok(content) => answer::aws(StatusCode::OK, look.service(), content),
        Err(error) => answer::refused(look.service(), error),
    }
}

fn tell(simulator: &Simulator, look: Look, head: &Parts, body: &[u8]) -> Result<Value, AwsError> {
    if !signed(&head.headers) {
        return Err(AwsError::missing_token(look.service()));
    }
    let behaviour = simulator.behaviour();
    let settings = behaviour.settings();
    let account = &settings.account;
    if account.denied.contains(&look) {
        return Err(denied(look));
    }
    match look {
        Look::GetAccount => Ok(get_account::tell(settings, simulator.accepted(Channel::Email))),
        Look::GetEmailIdentity => get_email_identity::tell(account, head.uri.path()),
        Look::DescribePools => describe_pools::tell(account, read(body)?),
        Look::DescribePhoneNumbers => describe_phone_numbers::tell(account, read(body)?),
        Look::DescribeSenderIds => describe_sender_ids::tell(account, read(body)?),
        Look::DescribeSpendLimits => Ok(describe_spend_limits::tell(account)),
        Look::ListWhatsAppMessageTemplates => {
            list_whatsapp_message_templates::tell(account, head.uri.query().unwrap_or_default())
        }
    }
}

fn denied(look: Look) -> AwsError {
    let service = match look.service() {
        Channel::Sms => "sms-voice",
        Channel::Whatsapp => "social-messaging",
        Channel::Email => "ses",
    };
    let message =
        format!("User: arn:aws:iam::123456789012:user/demo is not authorized to perform: {service}:{look:?}");
    AwsError::rejected(look.service(), "AccessDeniedException", message)
}

/// The body of an AWS JSON call.
fn read<T: DeserializeOwned>(body: &[u8]) -> Result<T, AwsError> {
    serde_json::from_slice(body).map_err(|error| AwsError::serialization(Channel::Sms, &error))
}
