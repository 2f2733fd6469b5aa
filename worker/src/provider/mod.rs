//! What accepts a message.

mod aws;
pub(crate) use aws::{READ_TIMEOUT, load as load_aws};
mod departure;
pub(crate) use departure::Departure;
mod email;
mod sms;
#[cfg(test)]
mod tests;
mod whatsapp;

use std::time::Duration;

use aws_config::SdkConfig;
use drumbeat_common::{
    CampaignId, EmailAddress, Message, PhoneNumber, RecipientIndex, RecipientRef, WhatsappContent,
};
use futures_util::future;
use tracing::{debug, info};
use ulid::Ulid;

use crate::{
    Config,
    outcome::{Cause, Outcome},
};

/// How long a worker's start waits for the rehearsal. Credentials of a container or an instance take a fraction of that;
/// where they take longer, AWS is away, and to learn that is up to the first message.
const REHEARSAL: Duration = Duration::from_secs(3);

/// The providers of all channels.
#[derive(Debug)]
pub(crate) struct Providers {
    sms: sms::Sms,
    whatsapp: whatsapp::Whatsapp,
    email: email::Email,
}

impl Providers {
    /// With connections of their own.
    pub(crate) fn new(aws: &SdkConfig, config: &Config) -> Self {
        let aws = &aws.to_builder().http_client(aws::http_client()).build();
        let config = config.clone();
        Self {
            sms: sms::Sms::new(aws, config.phone_pool_id, config.sms_configuration_set),
            whatsapp: whatsapp::Whatsapp::new(aws, config.whatsapp_phone_number_id),
            email: email::Email::new(aws, config.ses_from_address, config.ses_configuration_set),
        }
    }

    /// Takes a message of each channel all the way but the last step, so that the first real ones find ready what the
    /// SDK gets when it is first needed: credentials, endpoints, the connector. Credentials may come over the network, and
    /// that takes many slots. Nothing is sent, and nothing that goes wrong here matters yet.
    pub(crate) async fn rehearse(&self) {
        let nobody = RecipientRef { campaign: CampaignId::generate(), index: RecipientIndex::new(0) };
        let parts = rehearsal().map(|message| self.send(message, nobody, Departure::never()));
        match tokio::time::timeout(REHEARSAL, future::join_all(parts)).await {
            Ok(outcomes) => debug!(?outcomes, "rehearsed"),
            Err(_) => info!("AWS's credentials are not there yet; going on without"),
        }
    }

    /// Sends a message, once, at its departure.
    pub(crate) async fn send(
        &self,
        message: Message,
        recipient: RecipientRef,
        departure: Departure,
    ) -> Outcome {
        match message {
            Message::Sms { to, text } => self.sms.send(to, text, recipient, departure).await,
            Message::Whatsapp { to, content } => {
                self.whatsapp.send(&to, &content, recipient, departure).await
            }
            Message::Email { to, subject, text, html } => {
                self.email.send(to, subject, text, html, recipient, departure).await
            }
        }
    }
}

/// A message of each channel, to nobody.
fn rehearsal() -> [Message; 3] {
    let text = || "Rehearsal".to_owned();
    let phone = || PhoneNumber::try_from("+14155550100".to_owned()).expect("the number is E.164");
    let email: EmailAddress = "success@simulator.amazonses.com".parse().expect("the address is one");
    [
        Message::Sms { to: phone(), text: text() },
        Message::Whatsapp { to: phone(), content: WhatsappContent::Text(text()) },
        Message::Email { to: email, subject: text(), text: text(), html: None },
    ]
}

/// Takes every message and sends none.
pub(crate) fn dry_run() -> Outcome {
    Outcome::Accepted { message_id: format!("dry-run-{}", Ulid::generate()) }
}

fn not_set(variable: &str, channel: &str) -> Outcome {
    Outcome::Fatal(Cause::new("NotConfigured", format!("{variable} is not set, so no {channel} can be sent")))
}
