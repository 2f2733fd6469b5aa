use std::fmt;

/// What an event is about, under which it is counted and logged: `sms.TEXT_DELIVERED`, `email.Bounce`. Part of it comes
/// from outside, so it is short, and holds nothing that a log or a metric could stumble over.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Kind(String);

/// The most characters that are taken from outside.
const MOST: usize = 48;

impl Kind {
    pub(super) fn new(family: &str, name: &str) -> Self {
        Self(format!("{family}.{}", clean(name)))
    }

    /// Its name.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// A provider's word, short and without surprises: anything but letters, digits, dots, dashes and lines below becomes one.
pub(super) fn clean(word: &str) -> String {
    let tame =
        |letter: char| if letter.is_ascii_alphanumeric() || ".-".contains(letter) { letter } else { '_' };
    word.chars().take(MOST).map(tame).collect()
}
