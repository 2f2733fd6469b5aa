use std::fmt;

/// Why an address is suppressed: a code such as `bounce`, `complaint` or `opt_out`, or a person's own words. Up to 200
/// characters in one line; empty where nobody said why.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Reason(Box<str>);

/// The text is no reason.
#[derive(Debug, thiserror::Error)]
pub enum InvalidReason {
    /// It would make the list expensive to keep.
    #[error("the reason is longer than {} characters", Reason::MAX)]
    TooLong,
    /// Most often, it is what came after a quote that a CSV file never closed.
    #[error("the reason has a line break or another control character")]
    Control,
}

impl Reason {
    /// The most characters it may have.
    pub const MAX: usize = 200;

    /// The reason in words; empty where there is none.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl TryFrom<String> for Reason {
    type Error = InvalidReason;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        let text = text.trim();
        if text.chars().any(char::is_control) {
            return Err(InvalidReason::Control);
        }
        if text.chars().count() > Self::MAX {
            return Err(InvalidReason::TooLong);
        }
        Ok(Self(text.into()))
    }
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reason_is_one_short_line_or_none() {
        let reason = |text: &str| Reason::try_from(text.to_owned());
        assert_eq!(reason(" asked on the phone ").unwrap().as_str(), "asked on the phone");
        assert_eq!(reason(" ").unwrap(), Reason::default());
        assert!(reason(&"é".repeat(200)).is_ok());
        assert!(matches!(reason(&"é".repeat(201)), Err(InvalidReason::TooLong)));
        assert!(matches!(reason("no\nmore"), Err(InvalidReason::Control)));
    }
}
