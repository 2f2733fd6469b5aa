use std::fmt;

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::{Address, CampaignId};

/// What the delivery table is searched by for an address that it does not hold: 128 bits of a hash, which is another one in
/// each campaign. It keeps an address from being read, not from being guessed: who can read the table can try numbers out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct AddressPrint([u8; 16]);

impl AddressPrint {
    /// The same for each channel, and for each spelling of a mailbox.
    #[must_use]
    pub fn of(campaign: CampaignId, address: &Address) -> Self {
        let (_, text) = address.key();
        let digest =
            Sha256::new().chain_update(campaign.to_string()).chain_update(text.as_bytes()).finalize();
        Self(*digest.first_chunk().expect("a digest is longer"))
    }
}

impl fmt::Display for AddressPrint {
    /// In 32 hexadecimal digits.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Channel;

    #[test]
    fn one_address_has_one_print_in_a_campaign_by_whatever_channel_and_spelling() {
        let (campaign, other) = (CampaignId::generate(), CampaignId::generate());
        let print = |campaign, channel, text: &str| {
            AddressPrint::of(campaign, &Address::new(channel, text.to_owned()).unwrap())
        };
        let number = print(campaign, Channel::Sms, "+14155550100");
        assert_eq!(number, print(campaign, Channel::Whatsapp, "+14155550100"));
        assert_ne!(number, print(campaign, Channel::Sms, "+14155550101"));
        assert_ne!(number, print(other, Channel::Sms, "+14155550100"));
        assert_eq!(number.to_string().len(), 32);
        let mailbox = print(campaign, Channel::Email, "Ana@example.com");
        assert_eq!(mailbox, print(campaign, Channel::Email, "ana@Example.com"));
    }
}
