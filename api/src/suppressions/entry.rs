use drumbeat_common::{Address, Channel, EmailAddress, PhoneNumber, suppression::Reason};

use crate::{error::ApiError, query::plus_kept};

/// The address that a text is on a channel, or why it is none.
pub(super) fn address(channel: Channel, text: &str) -> Result<Address, String> {
    let phone = || PhoneNumber::normalized(text, None).map_err(|error| format!("address is {error}"));
    match channel {
        Channel::Sms => phone().map(Address::Sms),
        Channel::Whatsapp => phone().map(Address::Whatsapp),
        Channel::Email => {
            let email = EmailAddress::try_from(text.trim().to_owned());
            email.map(Address::Email).map_err(|error| format!("address is {error}"))
        }
    }
}

/// The same of a text behind the `?` of a path.
pub(super) fn address_in_query(channel: Channel, text: &str) -> Result<Address, ApiError> {
    address(channel, &plus_kept(text)).map_err(ApiError::Parameters)
}

pub(super) fn channel(text: &str) -> Result<Channel, String> {
    text.trim().parse().map_err(|error: drumbeat_common::UnknownChannel| error.to_string())
}

pub(super) fn reason(text: &str) -> Result<Reason, String> {
    text.to_owned().try_into().map_err(|error: drumbeat_common::suppression::InvalidReason| error.to_string())
}
