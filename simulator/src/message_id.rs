use std::fmt;

use drumbeat_common::Channel;

use crate::uuid::Uuid;

/// The id that a service gives to a message it accepts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct MessageId {
    service: Channel,
    uuid: Uuid,
    at_ms: u64,
}

impl MessageId {
    pub(crate) fn new(service: Channel, at_us: u64) -> Self {
        Self { service, uuid: Uuid::random(), at_ms: at_us / 1000 }
    }
}

impl fmt::Display for MessageId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.service {
            Channel::Sms | Channel::Whatsapp => self.uuid.fmt(f),
            // SES puts a region's number and the time in front, and a counter behind.
            Channel::Email => write!(f, "0100{:012x}-{}-000000", self.at_ms, self.uuid),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn looks_like_what_the_services_give() {
        let id =
            |service| MessageId { service, uuid: Uuid::of_bits(u128::MAX), at_ms: 0x18b_c0de }.to_string();
        assert_eq!(id(Channel::Sms), "ffffffff-ffff-4fff-bfff-ffffffffffff");
        assert_eq!(id(Channel::Email), "01000000018bc0de-ffffffff-ffff-4fff-bfff-ffffffffffff-000000");
    }
}
