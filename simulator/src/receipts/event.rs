use std::sync::Arc;

use drumbeat_common::Channel;
use jiff::Timestamp;

use super::{email, email::EmailEvent, sms, sms::SmsEvent, whatsapp, whatsapp::WhatsAppStatus};
use crate::{clock::Moment, message_log::Message, uuid::Uuid};

/// One thing that happened to a message. Its copies are this one, told again.
#[derive(Debug)]
pub(crate) struct Event {
    pub(super) id: Uuid,
    pub(super) message: Arc<Message>,
    pub(super) happening: Happening,
    pub(super) at: Moment,
    pub(super) queue: Arc<str>,
}

/// What can happen to a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Happening {
    Sms { event: SmsEvent, with_context: bool },
    Email(EmailEvent),
    WhatsApp(WhatsAppStatus),
}

impl Event {
    /// What arrives in the queue.
    pub(super) fn text(&self) -> String {
        match self.happening {
            Happening::Sms { event, with_context } => sms::tell(self, event, with_context),
            Happening::Email(event) => email::tell(self, event),
            Happening::WhatsApp(status) => whatsapp::tell(self, status),
        }
        .to_string()
    }

    pub(super) const fn kind(&self) -> (Channel, &'static str) {
        match self.happening {
            Happening::Sms { event, .. } => (Channel::Sms, event.event_type()),
            Happening::Email(event) => (Channel::Email, event.detail_type()),
            Happening::WhatsApp(status) => (Channel::Whatsapp, status.as_str()),
        }
    }
}

/// As AWS writes a time, with so many digits behind the second.
pub(super) fn written(unix_millis: u64, digits: usize) -> String {
    let at = i64::try_from(unix_millis).ok().and_then(|millis| Timestamp::from_millisecond(millis).ok());
    format!("{:.digits$}", at.unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_written_as_each_service_does() {
        assert_eq!(written(1_759_342_841_377, 0), "2025-10-01T18:20:41Z");
        assert_eq!(written(1_759_342_841_377, 3), "2025-10-01T18:20:41.377Z");
        assert_eq!(written(1_759_342_841_000, 9), "2025-10-01T18:20:41.000000000Z");
    }
}
