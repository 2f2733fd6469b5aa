use crate::{Address, EmailAddress, PhoneNumber, RecipientIndex};

/// Who is looked for in a campaign: by the caller's own name for the person, by an address, or by a text that may be
/// either.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Whom {
    pub(crate) customer_id: Option<String>,
    pub(crate) address: Option<Address>,
    pub(crate) told: Vec<RecipientIndex>,
}

/// The text is neither a phone number nor an email address.
#[derive(Debug, thiserror::Error)]
#[error("neither a phone number nor an email address: write it as +14155550100 or name@example.com")]
pub struct NoAddress;

impl Whom {
    /// The customer of this id.
    #[must_use]
    pub const fn customer(id: String) -> Self {
        Self { customer_id: Some(id), address: None, told: Vec::new() }
    }

    /// Whoever is reached at this phone number, by SMS or WhatsApp, or at this email address.
    ///
    /// # Errors
    /// When the text is neither.
    pub fn at_address(text: &str) -> Result<Self, NoAddress> {
        Ok(Self { customer_id: None, address: Some(address(text).ok_or(NoAddress)?), told: Vec::new() })
    }

    /// The customer of this id, and whoever is reached at this address where it is one.
    #[must_use]
    pub fn either(text: String) -> Self {
        Self { address: address(&text), ..Self::customer(text) }
    }

    /// The address that is looked for. Redis has it only of people who may have to be sent to.
    #[must_use]
    pub const fn address(&self) -> Option<&Address> {
        self.address.as_ref()
    }

    /// And those at these places, whom somebody else told of.
    #[must_use]
    pub fn or_at(mut self, places: Vec<RecipientIndex>) -> Self {
        self.told = places;
        self
    }
}

/// A number stands for both of its channels.
fn address(text: &str) -> Option<Address> {
    if text.contains('@') {
        return text.trim().parse::<EmailAddress>().ok().map(Address::Email);
    }
    PhoneNumber::normalized(text, None).ok().map(Address::Sms)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_is_found_however_it_is_typed_and_what_is_none_is_said() {
        let whom = Whom::at_address("+14155550100").unwrap();
        assert_eq!(Whom::at_address(" +1 (415) 555-0100").unwrap(), whom);
        assert!(Whom::at_address("ana@example.com").is_ok());
        for text in ["", "CUST-1", "ana@", "555"] {
            let error = Whom::at_address(text).unwrap_err().to_string();
            assert!(error.contains("+14155550100"), "{text}: {error}");
        }
    }

    #[test]
    fn a_customer_may_be_called_by_an_address() {
        let whom = Whom::either("ana@example.com".to_owned());
        assert_eq!(whom.customer_id.as_deref(), Some("ana@example.com"));
        assert_eq!(whom.address, Some(Address::Email("ana@example.com".parse().unwrap())));
        assert!(Whom::either("CUST-1".to_owned()).address.is_none());
    }
}
