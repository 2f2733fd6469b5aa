use std::fmt;

/// A random UUID, as AWS gives one to requests, messages and events.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Uuid(u128);

impl Uuid {
    pub(crate) fn random() -> Self {
        Self(rand::random())
    }

    #[cfg(test)]
    pub(crate) const fn of_bits(bits: u128) -> Self {
        Self(bits)
    }
}

impl fmt::Display for Uuid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Version 4 and variant 1 of RFC 9562, where they belong.
        let bits =
            self.0 & !(0xF000_u128 << 64) & !(0xC000_u128 << 48) | 0x4000_u128 << 64 | 0x8000_u128 << 48;
        write!(
            f,
            "{:08x}-{:04x}-{:04x}-{:04x}-{:012x}",
            bits >> 96,
            bits >> 80 & 0xFFFF,
            bits >> 64 & 0xFFFF,
            bits >> 48 & 0xFFFF,
            bits & 0xFFFF_FFFF_FFFF
        )
    }
}
