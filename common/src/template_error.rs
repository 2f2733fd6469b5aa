use std::{fmt, io, path::PathBuf};

use minijinja::ErrorKind;

use crate::{Channel, TemplateId, template_calls::UnknownCall};

/// The templates could not be read.
#[derive(Debug, thiserror::Error)]
pub enum TemplateBookError {
    /// A folder or file could not be read.
    #[error("cannot read templates from {}: {source}", path.display())]
    Read {
        /// The folder or file.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// A file is no template.
    #[error("{}: {source}", path.display())]
    Format {
        /// The file.
        path: PathBuf,
        /// Where and why.
        source: Box<toml::de::Error>,
    },
    /// A part of a template can never be filled.
    #[error("{place}: {fault} (in {part})")]
    Part {
        /// Where.
        place: Place,
        /// The part: `body`, or `parameters.0` for the first of several.
        part: String,
        /// Why.
        fault: PartFault,
    },
    /// Two templates have one name and channel.
    #[error("template {id} for {channel} is defined twice")]
    Twice {
        /// The template.
        id: TemplateId,
        /// The channel.
        channel: Channel,
    },
}

/// Where something is wrong with a template; lines are from 1.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Place {
    /// In a file.
    File {
        /// The file.
        path: PathBuf,
        /// The file's line.
        line: usize,
    },
    /// In a template that came without its file.
    Template {
        /// The template.
        id: TemplateId,
        /// Its channel.
        channel: Channel,
        /// The part's line.
        line: usize,
    },
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::File { path, line } => write!(f, "{}:{line}", path.display()),
            Self::Template { id, channel, line } => write!(f, "template {id} for {channel}, line {line}"),
        }
    }
}

/// Why a part of a template can never be filled.
#[derive(Debug, thiserror::Error)]
pub enum PartFault {
    /// It is no valid minijinja.
    #[error("{}", without_place(.0))]
    Syntax(minijinja::Error),
    /// It calls what there is not.
    #[error("{0}")]
    Unknown(UnknownCall),
}

impl PartFault {
    /// The part's line, from 1.
    pub(crate) fn line(&self) -> usize {
        match self {
            Self::Syntax(error) => error.line().unwrap_or(1),
            Self::Unknown(call) => call.line,
        }
    }
}

/// A recipient's content cannot become a message.
#[derive(Debug, thiserror::Error)]
pub enum ContentError {
    /// No such template for the channel.
    #[error("there is no template {id:?} for {channel}")]
    NoTemplate {
        /// The template asked for.
        id: String,
        /// The recipient's channel.
        channel: Channel,
    },
    /// The template uses variables that the recipient lacks.
    #[error("template {id:?} needs {}, which this recipient lacks", quoted(missing))]
    MissingVariables {
        /// The template.
        id: String,
        /// The variables' names.
        missing: Vec<String>,
    },
    /// Email needs a subject.
    #[error("an email with a finished message needs a subject")]
    NoSubject,
    /// Only email has a subject.
    #[error("a subject is for email only, not for {0}")]
    Subject(Channel),
    /// The message has no text.
    #[error("the message is empty")]
    Empty,
    /// The template failed with these variables.
    #[error("template {id:?} cannot be filled: {}", filling(source))]
    Render {
        /// The template.
        id: String,
        /// Where and why.
        source: minijinja::Error,
    },
}

fn quoted(names: &[String]) -> String {
    let list: Vec<_> = names.iter().map(|name| format!("variable {name:?}")).collect();
    list.join(" and ")
}

fn filling(error: &minijinja::Error) -> String {
    match error.kind() {
        ErrorKind::OutOfFuel => {
            "it loops or nests without end, or grows beyond 1 MiB; make it simpler".to_owned()
        }
        _ => error.to_string(),
    }
}

/// What the engine says, without its own name for the place.
fn without_place(error: &minijinja::Error) -> String {
    match error.detail() {
        Some(detail) => format!("{}: {detail}", error.kind()),
        None => error.kind().to_string(),
    }
}
