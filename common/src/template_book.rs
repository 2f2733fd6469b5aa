use std::{
    collections::{BTreeMap, BTreeSet},
    fs, io,
    path::{Path, PathBuf},
};

use minijinja::{AutoEscape, Environment, UndefinedBehavior};

use crate::{
    Address, Channel, Content, Recipient, Template, TemplateId, TemplateParts,
    message::{Message, WhatsappContent},
};

/// The templates at hand, compiled.
#[derive(Debug)]
pub struct TemplateBook {
    templates: BTreeMap<(Channel, TemplateId), Entry>,
    environment: Environment<'static>,
}

#[derive(Debug)]
struct Entry {
    template: Template,
    variables: BTreeSet<String>,
}

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
    /// A part of a template is no valid minijinja.
    #[error("template {id} for {channel}: {source}")]
    Syntax {
        /// The template.
        id: TemplateId,
        /// Its channel.
        channel: Channel,
        /// Where and why.
        source: minijinja::Error,
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
    #[error("template {id:?} cannot be filled: {source}")]
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

impl TemplateBook {
    /// Reads every `.toml` file of a folder.
    ///
    /// # Errors
    /// When the folder or a file cannot be read, or a file is no template.
    pub fn load(folder: &Path) -> Result<Self, TemplateBookError> {
        let read = |path: &Path, source| TemplateBookError::Read { path: path.to_owned(), source };
        let mut templates = Vec::new();
        for entry in fs::read_dir(folder).map_err(|e| read(folder, e))? {
            let path = entry.map_err(|e| read(folder, e))?.path();
            if path.extension().is_none_or(|extension| extension != "toml") {
                continue;
            }
            let text = fs::read_to_string(&path).map_err(|e| read(&path, e))?;
            templates.push(toml::from_str(&text).map_err(|source| TemplateBookError::Format {
                path: path.clone(),
                source: Box::new(source),
            })?);
        }
        Self::new(templates)
    }

    /// Compiles templates.
    ///
    /// # Errors
    /// When a part is no valid minijinja, or two templates have one name and channel.
    pub fn new(templates: impl IntoIterator<Item = Template>) -> Result<Self, TemplateBookError> {
        let mut environment = Environment::new();
        environment.set_undefined_behavior(UndefinedBehavior::Strict);
        environment.set_auto_escape_callback(|name| {
            if name.ends_with(".html") { AutoEscape::Html } else { AutoEscape::None }
        });
        let mut book = Self { templates: BTreeMap::new(), environment };
        for template in templates {
            book.add(template)?;
        }
        Ok(book)
    }

    fn add(&mut self, template: Template) -> Result<(), TemplateBookError> {
        let (id, channel) = (template.id.clone(), template.parts.channel());
        let syntax = |source| TemplateBookError::Syntax { id: id.clone(), channel, source };
        let mut variables = BTreeSet::new();
        for (part, source) in template.parts.sources() {
            let name = part_name(channel, &id, &part);
            self.environment.add_template_owned(name.clone(), source.to_owned()).map_err(syntax)?;
            let compiled = self.environment.get_template(&name).map_err(syntax)?;
            variables.extend(compiled.undeclared_variables(false));
        }
        if self.templates.insert((channel, id.clone()), Entry { template, variables }).is_some() {
            return Err(TemplateBookError::Twice { id, channel });
        }
        Ok(())
    }

    /// Every template, by channel and name.
    pub fn iter(&self) -> impl Iterator<Item = &Template> {
        self.templates.values().map(|entry| &entry.template)
    }

    /// One template, if it is there.
    #[must_use]
    pub fn get(&self, channel: Channel, id: &TemplateId) -> Option<&Template> {
        self.entry(channel, id).ok().map(|entry| &entry.template)
    }

    /// Whether the recipient's content can become a message.
    ///
    /// # Errors
    /// What is missing or wrong.
    pub fn check(&self, recipient: &Recipient) -> Result<(), ContentError> {
        let channel = recipient.address.channel();
        match &recipient.content {
            Content::Message { subject, body } => check_message(channel, subject.as_deref(), body),
            Content::Template { id, variables } => {
                let needed = &self.entry(channel, id)?.variables;
                let missing: Vec<_> =
                    needed.iter().filter(|name| !variables.contains_key(*name)).cloned().collect();
                if missing.is_empty() {
                    Ok(())
                } else {
                    Err(ContentError::MissingVariables { id: id.to_string(), missing })
                }
            }
        }
    }

    /// Drops the variables that the recipient's template does not use; nobody else will either.
    pub fn trim(&self, recipient: &mut Recipient) {
        let channel = recipient.address.channel();
        if let Content::Template { id, variables } = &mut recipient.content
            && let Ok(entry) = self.entry(channel, id)
        {
            variables.retain(|name, _| entry.variables.contains(name));
        }
    }

    /// Interim.
    pub fn preview(&self, _recipient: &Recipient) -> Result<String, ContentError> {
        Ok(String::new())
    }

    /// Fills the recipient's template.
    ///
    /// # Errors
    /// What is missing or wrong; nothing that passed [`check`](Self::check), unless a template computes.
    pub fn render(&self, recipient: &Recipient) -> Result<Message, ContentError> {
        match &recipient.content {
            Content::Template { id, variables } => self.fill(&recipient.address, id, variables),
            Content::Message { subject, body } => {
                check_message(recipient.address.channel(), subject.as_deref(), body)?;
                let text = body.clone();
                Ok(match &recipient.address {
                    Address::Sms(to) => Message::Sms { to: to.clone(), text },
                    Address::Whatsapp(to) => {
                        Message::Whatsapp { to: to.clone(), content: WhatsappContent::Text(text) }
                    }
                    Address::Email(to) => Message::Email {
                        to: to.clone(),
                        subject: subject.clone().ok_or(ContentError::NoSubject)?,
                        text,
                        html: None,
                    },
                })
            }
        }
    }

    fn fill(
        &self,
        address: &Address,
        id: &TemplateId,
        variables: &BTreeMap<String, String>,
    ) -> Result<Message, ContentError> {
        let channel = address.channel();
        let template = &self.entry(channel, id)?.template;
        let part = |part: &str| {
            self.environment
                .get_template(&part_name(channel, id, part))
                .and_then(|compiled| compiled.render(variables))
                .map_err(|source| ContentError::Render { id: id.to_string(), source })
        };
        let list = |name: &str, count: usize| -> Result<Vec<_>, _> {
            (0..count).map(|i| part(&format!("{name}.{i}"))).collect()
        };
        Ok(match address {
            Address::Sms(to) => Message::Sms { to: to.clone(), text: part("body")? },
            Address::Email(to) => Message::Email {
                to: to.clone(),
                subject: part("subject")?,
                text: part("body")?,
                html: Some(part("body.html")?),
            },
            Address::Whatsapp(to) => {
                let TemplateParts::Whatsapp { name, header, parameters, .. } = &template.parts else {
                    return Err(ContentError::NoTemplate { id: id.to_string(), channel });
                };
                let content = WhatsappContent::Template {
                    name: name.clone(),
                    language: template.language.clone(),
                    header: list("header", header.len())?,
                    body: list("parameters", parameters.len())?,
                };
                Message::Whatsapp { to: to.clone(), content }
            }
        })
    }

    fn entry(&self, channel: Channel, id: &TemplateId) -> Result<&Entry, ContentError> {
        self.templates
            .get(&(channel, id.clone()))
            .ok_or_else(|| ContentError::NoTemplate { id: id.to_string(), channel })
    }
}

fn part_name(channel: Channel, id: &TemplateId, part: &str) -> String {
    format!("{channel}/{id}/{part}")
}

fn check_message(channel: Channel, subject: Option<&str>, body: &str) -> Result<(), ContentError> {
    match (channel, subject) {
        (Channel::Email, subject) if subject.is_none_or(|subject| subject.trim().is_empty()) => {
            Err(ContentError::NoSubject)
        }
        (Channel::Sms | Channel::Whatsapp, Some(_)) => Err(ContentError::Subject(channel)),
        _ if body.trim().is_empty() => Err(ContentError::Empty),
        _ => Ok(()),
    }
}
