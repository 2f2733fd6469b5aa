use std::fmt;

use drumbeat_common::Channel;

/// The id that a service gives to a message it accepts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct MessageId {
    service: Channel,
    random: u128,
    at_ms: u64,
}

impl MessageId {
    pub(crate) fn new(service: Channel, at_us: u64) -> Self {
        Self { service, random: rand::random(), at_ms: at_us / 1000 }
    }
}

impl fmt::Display for MessageId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Version 4 and variant 1 of RFC 9562, where they belong.
        let bits =
            self.random & !(0xF000_u128 << 64) & !(0xC000_u128 << 48) | 0x4000_u128 << 64 | 0x8000_u128 << 48;
        let uuid = format_args!(
            "{:08x}-{:04x}-{:04x}-{:04x}-{:012x}",
            bits >> 96,
            bits >> 80 & 0xFFFF,
            bits >> 64 & 0xFFFF,
            bits >> 48 & 0xFFFF,
            bits & 0xFFFF_FFFF_FFFF
        );
        match self.service {
            Channel::Sms | Channel::Whatsapp => uuid.fmt(f),
            // SES puts a region's number and the time in front, and a counter behind.
            Channel::Email => write!(f, "0100{:012x}-{uuid}-000000", self.at_ms),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn looks_like_what_the_services_give() {
        let id = |service| MessageId { service, random: u128::MAX, at_ms: 0x18b_c0de }.to_string();
        assert_eq!(id(Channel::Sms), "ffffffff-ffff-4fff-bfff-ffffffffffff");
        assert_eq!(id(Channel::Email), "01000000018bc0de-ffffffff-ffff-4fff-bfff-ffffffffffff-000000");
    }
}
