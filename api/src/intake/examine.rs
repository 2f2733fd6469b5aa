use drumbeat_common::{
    Address, Channel, Content, ContentError, Message, Recipient, SmsParts, TemplateBook, TemplateParts,
    WhatsappContent,
};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::tally::Class;

/// Finished messages that are shown of each channel.
const SAMPLES: usize = 3;

/// Looks at each recipient as its provider would get it.
pub(super) struct Examiner<'a> {
    pub(super) templates: &'a TemplateBook,
}

/// A message as one person would get it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Sample {
    /// Who.
    pub customer_id: String,
    /// The channel.
    pub channel: Channel,
    /// The number or address.
    pub to: String,
    /// Of an email.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub subject: Option<String>,
    /// The text; of a WhatsApp template the body as a reader sees it.
    pub text: String,
    /// Of an email that has it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub html: Option<String>,
    /// Of an SMS: its parts.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub parts: Option<u32>,
}

impl Examiner<'_> {
    /// Tells what a recipient is counted as; of each channel the first ones become samples.
    pub(super) fn examine(
        &self,
        recipient: &Recipient,
        samples: &mut Vec<Sample>,
    ) -> Result<Class, ContentError> {
        let class = self.class(recipient)?;
        let of_channel = samples.iter().filter(|sample| sample.channel == class.channel);
        if of_channel.count() < SAMPLES {
            let message = self.templates.render(recipient)?;
            samples.push(self.sample(recipient, message, class.parts)?);
        }
        Ok(class)
    }

    /// Tells what a recipient is counted as. Of an SMS the text has to be known, since its parts count.
    pub(super) fn class(&self, recipient: &Recipient) -> Result<Class, ContentError> {
        let channel = recipient.address.channel();
        let parts = match channel {
            Channel::Sms => match self.templates.render(recipient)? {
                Message::Sms { text, .. } => SmsParts::of(&text).parts,
                Message::Whatsapp { .. } | Message::Email { .. } => 1,
            },
            Channel::Whatsapp | Channel::Email => 1,
        };
        let country = match &recipient.address {
            Address::Sms(number) | Address::Whatsapp(number) => number.country(),
            Address::Email(_) => None,
        };
        let template = match &recipient.content {
            Content::Template { id, .. } => Some(id.clone()),
            Content::Message { .. } => None,
        };
        Ok(Class { channel, country, template, parts })
    }

    /// The body of a WhatsApp template as a reader sees it.
    fn preview(&self, recipient: &Recipient) -> Result<String, ContentError> {
        let Content::Template { id, variables } = &recipient.content else { return Ok(String::new()) };
        let template = self.templates.preview(Channel::Whatsapp, id, variables)?;
        Ok(match template.parts {
            TemplateParts::Whatsapp { body, .. }
            | TemplateParts::Sms { body }
            | TemplateParts::Email { body, .. } => body,
        })
    }

    fn sample(&self, recipient: &Recipient, message: Message, parts: u32) -> Result<Sample, ContentError> {
        let (subject, text, html, parts) = match message {
            Message::Sms { text, .. } => (None, text, None, Some(parts)),
            Message::Whatsapp { content: WhatsappContent::Text(text), .. } => (None, text, None, None),
            Message::Whatsapp { content: WhatsappContent::Template { .. }, .. } => {
                (None, self.preview(recipient)?, None, None)
            }
            Message::Email { subject, text, html, .. } => (Some(subject), text, html, None),
        };
        Ok(Sample {
            customer_id: recipient.customer_id.clone(),
            channel: recipient.address.channel(),
            to: recipient.address.as_str().to_owned(),
            subject,
            text,
            html,
            parts,
        })
    }
}
