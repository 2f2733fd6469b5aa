use std::{fmt, str::FromStr};

use base64::{Engine, engine::general_purpose::STANDARD};

use super::error::SqsError;

/// By which a message is deleted or hidden longer, once it was received.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct ReceiptHandle {
    /// Which queue, of all that ever were: a handle from before a restart deletes nothing after it.
    pub(super) queue: u64,
    /// Which of its messages.
    pub(super) message: u64,
    /// Which time it was received: only the last one counts.
    pub(super) receipt: u32,
}

impl fmt::Display for ReceiptHandle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { queue, message, receipt } = self;
        f.write_str(&STANDARD.encode(format!("{queue} {message} {receipt}")))
    }
}

impl FromStr for ReceiptHandle {
    type Err = SqsError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        parse(text).ok_or_else(SqsError::invalid_handle)
    }
}

fn parse(text: &str) -> Option<ReceiptHandle> {
    let text = String::from_utf8(STANDARD.decode(text).ok()?).ok()?;
    let mut parts = text.split(' ');
    let handle = ReceiptHandle {
        queue: parts.next()?.parse().ok()?,
        message: parts.next()?.parse().ok()?,
        receipt: parts.next()?.parse().ok()?,
    };
    parts.next().is_none().then_some(handle)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_what_it_writes_and_nothing_else() {
        let handle = ReceiptHandle { queue: 7, message: 8, receipt: 9 };
        assert_eq!(handle.to_string().parse(), Ok(handle));
        for wrong in ["", "7 8 9", "NyA4", "not base64"] {
            assert_eq!(wrong.parse::<ReceiptHandle>(), Err(SqsError::invalid_handle()), "{wrong}");
        }
    }
}
