use std::sync::Arc;

use drumbeat_common::RecipientRef;

/// What a valid call asks a service to send.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Submission {
    /// The address.
    pub(crate) to: Arc<str>,
    /// What a person would know the message by: SMS body, email subject, WhatsApp template.
    pub(crate) text: Arc<str>,
    /// Whom the sender says it is for; a sender that is not Drumbeat says nothing.
    pub(crate) recipient: Option<RecipientRef>,
    /// Only to be checked.
    pub(crate) dry_run: bool,
}

/// Enough to recognise a message by, so that a million of them fit into memory.
const TEXT_CHARS: usize = 200;

impl Submission {
    pub(crate) fn new(to: &str, text: &str, recipient: Option<RecipientRef>) -> Self {
        let end = text.char_indices().nth(TEXT_CHARS).map_or(text.len(), |(end, _)| end);
        Self { to: to.into(), text: text[..end].into(), recipient, dry_run: false }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cuts_the_text_between_characters() {
        assert_eq!(Submission::new("+14155550100", &"ä".repeat(201), None).text.chars().count(), 200);
        assert_eq!(&*Submission::new("+14155550100", "Hello", None).text, "Hello");
    }
}
