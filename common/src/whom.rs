use crate::{Address, CampaignId, EmailAddress, PhoneNumber, address_print::AddressPrint};

/// Who is looked for in a campaign: by the caller's own name for the person, by an address, or by a text that may be
/// either.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Whom {
    customer_id: Option<String>,
    address: Option<Address>,
}

/// The text is neither a phone number nor an email address.
#[derive(Debug, thiserror::Error)]
#[error("neither a phone number nor an email address: write it as +14155550100 or name@example.com")]
pub struct NoAddress;

impl Whom {
    /// The customer of this id.
    #[must_use]
    pub const fn customer(id: String) -> Self {
        Self { customer_id: Some(id), address: None }
    }

    /// Whoever is reached at this phone number, by SMS or WhatsApp, or at this email address.
    ///
    /// # Errors
    /// When the text is neither.
    pub fn at_address(text: &str) -> Result<Self, NoAddress> {
        Ok(Self { customer_id: None, address: Some(address(text).ok_or(NoAddress)?) })
    }

    /// The customer of this id, and whoever is reached at this address where it is one.
    #[must_use]
    pub fn either(text: String) -> Self {
        Self { address: address(&text), customer_id: Some(text) }
    }

    /// As the customers of a campaign are kept.
    pub(crate) fn sought(&self, campaign: CampaignId) -> Sought<'_> {
        Sought {
            customer_id: self.customer_id.as_deref(),
            print: self.address.as_ref().map(|address| AddressPrint::of(campaign, address)),
        }
    }
}

/// A number stands for both of its channels: what is kept of an address tells none.
fn address(text: &str) -> Option<Address> {
    if text.contains('@') {
        return text.trim().parse::<EmailAddress>().ok().map(Address::Email);
    }
    PhoneNumber::normalized(text, None).ok().map(Address::Sms)
}

/// Who is looked for in one campaign.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Sought<'a> {
    customer_id: Option<&'a str>,
    print: Option<AddressPrint>,
}

impl Sought<'_> {
    pub(crate) fn is(&self, customer_id: &str, print: AddressPrint) -> bool {
        self.customer_id == Some(customer_id) || self.print == Some(print)
    }
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
        let (campaign, text) = (CampaignId::generate(), "ana@example.com");
        let print = |text: &str| AddressPrint::of(campaign, &Address::Email(text.parse().unwrap()));
        let whom = Whom::either(text.to_owned());
        let sought = whom.sought(campaign);
        assert!(sought.is(text, print("other@example.com")) && sought.is("CUST-1", print("Ana@example.com")));
        assert!(!sought.is("CUST-1", print("other@example.com")));
    }
}
