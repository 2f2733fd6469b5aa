use std::fmt;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::Channel;

/// A template's name; together with a channel it names one text.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, ToSchema)]
#[serde(transparent)]
pub struct TemplateId(String);

impl TemplateId {
    /// The name as given.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl From<String> for TemplateId {
    fn from(id: String) -> Self {
        Self(id)
    }
}

impl fmt::Display for TemplateId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// A text with variables, as one file defines it. All parts are minijinja templates.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Template {
    /// Its name.
    #[schema(value_type = String, example = "PROMO_HIGH_DISCOUNT")]
    pub id: TemplateId,
    /// Its language, as Meta writes it (`en_US`).
    #[schema(example = "en_US")]
    pub language: String,
    /// What the channel needs.
    #[serde(flatten)]
    pub parts: TemplateParts,
}

/// The parts of a template, by channel.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(tag = "channel", rename_all = "lowercase")]
pub enum TemplateParts {
    /// A text message.
    Sms {
        /// The text.
        body: String,
    },
    /// A template that Meta approved; Drumbeat fills its placeholders.
    Whatsapp {
        /// Its name at Meta.
        name: String,
        /// The header's parameters, in order.
        #[serde(default)]
        header: Vec<String>,
        /// The body's parameters, in order.
        #[serde(default)]
        parameters: Vec<String>,
        /// The approved body as a reader sees it, for previews only.
        body: String,
    },
    /// An email in plain text and HTML.
    Email {
        /// The subject.
        subject: String,
        /// The plain text.
        body: String,
        /// The HTML; variables are escaped in it.
        html: String,
    },
}

impl TemplateParts {
    /// The channel that they are for.
    #[must_use]
    pub const fn channel(&self) -> Channel {
        match self {
            Self::Sms { .. } => Channel::Sms,
            Self::Whatsapp { .. } => Channel::Whatsapp,
            Self::Email { .. } => Channel::Email,
        }
    }

    /// Each part by its name.
    pub(crate) fn sources(&self) -> Vec<(String, &str)> {
        fn numbered<'a>(name: &str, list: &'a [String]) -> impl Iterator<Item = (String, &'a str)> {
            list.iter().enumerate().map(move |(i, source)| (format!("{name}.{i}"), source.as_str()))
        }
        match self {
            Self::Sms { body } => vec![("body".to_owned(), body)],
            Self::Whatsapp { header, parameters, body, .. } => numbered("header", header)
                .chain(numbered("parameters", parameters))
                .chain([("body".to_owned(), body.as_str())])
                .collect(),
            Self::Email { subject, body, html } => {
                vec![("subject".to_owned(), subject), ("body".to_owned(), body), ("html".to_owned(), html)]
            }
        }
    }

    /// The same parts, each put in the place of the one of its name.
    pub(crate) fn try_map<E>(&self, part: impl Fn(&str) -> Result<String, E>) -> Result<Self, E> {
        let list = |name: &str, list: &[String]| -> Result<Vec<_>, E> {
            (0..list.len()).map(|i| part(&format!("{name}.{i}"))).collect()
        };
        Ok(match self {
            Self::Sms { .. } => Self::Sms { body: part("body")? },
            Self::Whatsapp { name, header, parameters, .. } => Self::Whatsapp {
                name: name.clone(),
                header: list("header", header)?,
                parameters: list("parameters", parameters)?,
                body: part("body")?,
            },
            Self::Email { .. } => {
                Self::Email { subject: part("subject")?, body: part("body")?, html: part("html")? }
            }
        })
    }
}
