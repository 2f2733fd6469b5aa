use crate::{Address, Channel, StoreError};

/// The number of parts: with a million addresses some 60 in each. A part with more than 512 is unpacked by Redis, which
/// makes it larger but not wrong.
pub(super) const PARTS: u16 = 1 << 14;

/// An address as the list knows it: a letter for the channel, and the address as it is compared.
///
/// Two spellings of one mailbox have one name. A domain is the same in any case, and so is the part before the `@`: the
/// standard would let a host tell `Ana@` from `ana@` (RFC 5321, section 2.4), but no mailbox service in use does. To be
/// wrong about that keeps one message back; to be wrong the other way round sends one to a person who asked for none.
#[derive(PartialEq, Eq)]
pub(super) struct Name(String);

impl Name {
    pub(super) fn of(address: &Address) -> Self {
        let (letter, text) = match address {
            Address::Sms(number) => ('s', number.as_str()),
            Address::Whatsapp(number) => ('w', number.as_str()),
            Address::Email(address) => ('e', address.as_str()),
        };
        let mut name = String::with_capacity(1 + text.len());
        name.push(letter);
        // A number has no letters.
        name.extend(text.chars().map(|c| c.to_ascii_lowercase()));
        Self(name)
    }

    /// As Redis has it.
    pub(super) const fn from_redis(name: String) -> Self {
        Self(name)
    }

    pub(super) fn as_str(&self) -> &str {
        &self.0
    }

    /// Where it stands in the order of the list. A few in a million share a place.
    pub(super) fn place(&self) -> u32 {
        crc32fast::hash(self.0.as_bytes())
    }

    /// The part of the list that it is in.
    pub(super) fn part(&self) -> u16 {
        part_of(self.place())
    }

    pub(super) fn address(&self) -> Result<Address, StoreError> {
        let corrupt = || StoreError::corrupt("a suppressed address of no channel");
        let mut rest = self.0.chars();
        let letter = rest.next().ok_or_else(corrupt)?;
        let channel = match letter {
            's' => Channel::Sms,
            'w' => Channel::Whatsapp,
            'e' => Channel::Email,
            _ => return Err(corrupt()),
        };
        Address::new(channel, rest.as_str().to_owned()).map_err(StoreError::corrupt)
    }
}

/// The part of the list that a place is in: the order of the parts is that of the places.
pub(super) const fn part_of(place: u32) -> u16 {
    (place >> 18) as u16
}

#[cfg(test)]
mod tests {
    use super::*;

    fn name(channel: Channel, text: &str) -> Name {
        Name::of(&Address::new(channel, text.to_owned()).unwrap())
    }

    #[test]
    fn a_mailbox_has_one_name_however_it_is_spelled() {
        let email = |text| name(Channel::Email, text);
        assert!(email("Ana.Lee@Example.COM") == email("ana.lee@example.com"));
        assert!(email("ana@example.com") != email("ana+1@example.com"));
    }

    #[test]
    fn one_number_has_a_name_for_each_channel() {
        let (sms, whatsapp) = (name(Channel::Sms, "+14155550100"), name(Channel::Whatsapp, "+14155550100"));
        assert!(sms != whatsapp);
        assert_eq!(sms.address().unwrap().as_str(), "+14155550100");
    }

    #[test]
    fn numbers_in_a_row_are_spread_over_all_parts() {
        let mut sizes = vec![0; PARTS.into()];
        for number in 0..200_000 {
            sizes[usize::from(name(Channel::Sms, &format!("+1415{number:07}")).part())] += 1;
        }
        assert_eq!(part_of(u32::MAX), PARTS - 1);
        assert!(sizes.iter().all(|size| *size < 60), "{:?}", sizes.iter().max());
    }
}
