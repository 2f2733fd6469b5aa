use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::{Channel, InvalidPhoneNumber, PhoneNumber};

/// An email address, `local@domain`, as RFC 5321 lets it travel: no display name, no literal domain.
#[derive(Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct EmailAddress(Box<str>);

/// The text is no email address.
#[derive(Debug, thiserror::Error)]
#[error("not an email address: write it as name@example.com")]
pub struct InvalidEmailAddress;

impl EmailAddress {
    /// The address as given.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl TryFrom<String> for EmailAddress {
    type Error = InvalidEmailAddress;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        let options = email_address::Options::default()
            .with_required_tld()
            .without_display_text()
            .without_domain_literal();
        // SES takes ASCII local parts only (SES Developer Guide, "Email address format").
        let well_formed =
            text.is_ascii() && email_address::EmailAddress::parse_with_options(&text, options).is_ok();
        if well_formed { Ok(Self(text.into())) } else { Err(InvalidEmailAddress) }
    }
}

impl FromStr for EmailAddress {
    type Err = InvalidEmailAddress;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        text.to_owned().try_into()
    }
}

impl From<EmailAddress> for String {
    fn from(address: EmailAddress) -> Self {
        address.0.into()
    }
}

/// Where one recipient is reached: the channel, and an address of the kind that the channel needs.
#[derive(Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Address {
    /// A text message to this number.
    Sms(PhoneNumber),
    /// A WhatsApp message to this number.
    Whatsapp(PhoneNumber),
    /// An email to this address.
    Email(EmailAddress),
}

/// The text is no address of the channel.
#[derive(Debug, thiserror::Error)]
pub enum InvalidAddress {
    /// A channel of phones.
    #[error(transparent)]
    Phone(#[from] InvalidPhoneNumber),
    /// The channel of mailboxes.
    #[error(transparent)]
    Email(#[from] InvalidEmailAddress),
}

impl Address {
    /// The address that a text is on a channel.
    ///
    /// # Errors
    /// When it is no phone number in E.164, or no email address, where the channel needs one.
    pub fn new(channel: Channel, text: String) -> Result<Self, InvalidAddress> {
        Ok(match channel {
            Channel::Sms => Self::Sms(text.try_into()?),
            Channel::Whatsapp => Self::Whatsapp(text.try_into()?),
            Channel::Email => Self::Email(text.try_into()?),
        })
    }

    /// The channel that the address belongs to.
    #[must_use]
    pub const fn channel(&self) -> Channel {
        match self {
            Self::Sms(_) => Channel::Sms,
            Self::Whatsapp(_) => Channel::Whatsapp,
            Self::Email(_) => Channel::Email,
        }
    }

    /// What tells it from others: the channel with the number, or with the mailbox in lower case, since mailboxes that
    /// differ in nothing but case are one in practice.
    #[must_use]
    pub fn key(&self) -> (Channel, std::borrow::Cow<'_, str>) {
        let text = match self {
            Self::Sms(number) | Self::Whatsapp(number) => number.as_str().into(),
            Self::Email(address) => address.as_str().to_ascii_lowercase().into(),
        };
        (self.channel(), text)
    }

    /// Enough of it to recognise one's own by, and too little to reach anybody: `+14*******00`, `s***@example.com`.
    #[must_use]
    pub fn masked(&self) -> String {
        match self {
            Self::Sms(number) | Self::Whatsapp(number) => {
                let (number, shown) = (number.as_str(), 3);
                let (start, rest) = number.split_at(shown.min(number.len()));
                let (middle, end) = rest.split_at(rest.len().saturating_sub(2));
                format!("{start}{}{end}", "*".repeat(middle.len()))
            }
            Self::Email(address) => {
                let (local, domain) = address.as_str().split_once('@').unwrap_or_default();
                format!("{}***@{domain}", local.get(..1).unwrap_or_default())
            }
        }
    }

    /// The number or address itself.
    #[must_use]
    pub fn as_str(&self) -> &str {
        match self {
            Self::Sms(number) | Self::Whatsapp(number) => number.as_str(),
            Self::Email(address) => address.as_str(),
        }
    }
}

/// Personal data never reaches a log through `{:?}`: addresses show as their kind alone.
macro_rules! masked_debug {
    ($($type:ident),+) => {$(
        impl std::fmt::Debug for $type {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(concat!(stringify!($type), "(masked)"))
            }
        }
    )+};
}
pub(crate) use masked_debug;

masked_debug!(EmailAddress, Address);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn email_addresses_are_plain_or_refused() {
        for good in ["ana@example.com", "success+0001@simulator.amazonses.com"] {
            assert!(good.parse::<EmailAddress>().is_ok(), "{good}");
        }
        for bad in [
            "",
            "ana",
            "ana@",
            "@example.com",
            "ana@localhost",
            "Ana <ana@example.com>",
            "añá@example.com",
            "a b@example.com",
        ] {
            assert!(bad.parse::<EmailAddress>().is_err(), "{bad}");
        }
    }

    #[test]
    fn a_masked_address_reaches_nobody() {
        let masked = |channel, text: &str| Address::new(channel, text.to_owned()).unwrap().masked();
        assert_eq!(masked(Channel::Sms, "+14155550100"), "+14*******00");
        assert_eq!(
            masked(Channel::Email, "success+7@simulator.amazonses.com"),
            "s***@simulator.amazonses.com"
        );
    }

    #[test]
    fn debug_output_keeps_addresses_to_itself() {
        let address = Address::Sms("+14155550100".to_owned().try_into().unwrap());
        assert_eq!(format!("{address:?}"), "Address(masked)");
    }
}
