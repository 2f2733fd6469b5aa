use sha2::{Digest, Sha256};

use crate::{Address, CampaignId};

/// What is left of an address in its campaign when the address itself is forgotten: enough to find the person whose
/// address somebody asks for, and no address. By it a search among ten million finds a stranger once in 100,000 times.
///
/// It keeps an address from being read, not from being guessed: who can read Redis can try numbers out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct AddressPrint([u8; AddressPrint::BYTES]);

impl AddressPrint {
    pub(crate) const BYTES: usize = 5;

    /// The same for each channel, and for each spelling of a mailbox; another in each campaign.
    pub(crate) fn of(campaign: CampaignId, address: &Address) -> Self {
        let (_, text) = address.key();
        let digest =
            Sha256::new().chain_update(campaign.to_string()).chain_update(text.as_bytes()).finalize();
        Self(*digest.first_chunk().expect("a digest is longer"))
    }

    pub(crate) const fn to_bytes(self) -> [u8; Self::BYTES] {
        self.0
    }

    pub(crate) const fn from_bytes(bytes: [u8; Self::BYTES]) -> Self {
        Self(bytes)
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
        let mailbox = print(campaign, Channel::Email, "Ana@example.com");
        assert_eq!(mailbox, print(campaign, Channel::Email, "ana@Example.com"));
    }
}
