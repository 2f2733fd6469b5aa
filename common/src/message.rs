use crate::{EmailAddress, PhoneNumber};

/// What a provider is given: everything filled in, for one person.
#[derive(Clone, PartialEq, Eq)]
pub enum Message {
    /// A text message.
    Sms {
        /// To whom.
        to: PhoneNumber,
        /// The text.
        text: String,
    },
    /// A WhatsApp message.
    Whatsapp {
        /// To whom.
        to: PhoneNumber,
        /// A filled template or a text.
        content: WhatsappContent,
    },
    /// An email.
    Email {
        /// To whom.
        to: EmailAddress,
        /// The subject.
        subject: String,
        /// The plain text.
        text: String,
        /// The HTML, if it has any.
        html: Option<String>,
    },
}

/// What a WhatsApp message holds.
#[derive(Clone, PartialEq, Eq)]
pub enum WhatsappContent {
    /// A template that Meta approved, with its parameters in order.
    Template {
        /// Its name at Meta.
        name: String,
        /// Its language, as Meta writes it (`en_US`).
        language: String,
        /// The header's parameters.
        header: Vec<String>,
        /// The body's parameters.
        body: Vec<String>,
    },
    /// A text; Meta takes it only within 24 hours of the person's own last message.
    Text(String),
}
