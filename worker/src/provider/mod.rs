//! What accepts a message.

mod aws;
pub(crate) use aws::READ_TIMEOUT;
mod email;
mod sms;
#[cfg(test)]
mod tests;
mod whatsapp;

use drumbeat_common::{Message, RecipientRef};
use ulid::Ulid;

use crate::{
    Config,
    outcome::{Cause, Outcome},
};

/// The providers of all channels.
#[derive(Debug)]
pub(crate) struct Providers {
    sms: sms::Sms,
    whatsapp: whatsapp::Whatsapp,
    email: email::Email,
}

impl Providers {
    /// Reads AWS's own configuration: region, credentials, endpoints.
    pub(crate) async fn load(config: Config) -> Self {
        let aws = aws::load().await;
        Self {
            sms: sms::Sms::new(&aws, config.phone_pool_id, config.sms_configuration_set),
            whatsapp: whatsapp::Whatsapp::new(&aws, config.whatsapp_phone_number_id),
            email: email::Email::new(&aws, config.ses_from_address, config.ses_configuration_set),
        }
    }

    /// Sends a message, once.
    pub(crate) async fn send(&self, message: Message, recipient: RecipientRef) -> Outcome {
        match message {
            Message::Sms { to, text } => self.sms.send(to, text, recipient).await,
            Message::Whatsapp { to, content } => self.whatsapp.send(&to, &content, recipient).await,
            Message::Email { to, subject, text, html } => {
                self.email.send(to, subject, text, html, recipient).await
            }
        }
    }
}

/// Takes every message and sends none.
pub(crate) fn dry_run() -> Outcome {
    Outcome::Accepted { message_id: format!("dry-run-{}", Ulid::generate()) }
}

fn not_set(variable: &str, channel: &str) -> Outcome {
    Outcome::Fatal(Cause::new("NotConfigured", format!("{variable} is not set, so no {channel} can be sent")))
}
