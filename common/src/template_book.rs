use std::{
    collections::{BTreeMap, BTreeSet},
    fs, io,
    path::{Path, PathBuf},
};

use minijinja::{AutoEscape, Environment, UndefinedBehavior};

use crate::{
    Address, Channel, Content, ContentError, Message, PartFault, Place, Recipient, Template,
    TemplateBookError, TemplateId, TemplateParts, WhatsappContent, template_calls, template_file,
};

/// What it may cost to fill one part: a step of the engine costs one, and so do 64 bytes that it writes or works on. That
/// is 1.2 MiB of text and some milliseconds; an email of 100 KiB, where Gmail cuts off, costs less than a tenth.
const FUEL: u64 = 20_000;

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

impl TemplateBook {
    /// Reads every `.toml` file of a folder.
    ///
    /// # Errors
    /// When the folder or a file cannot be read, or a file is no template that can be filled.
    pub fn load(folder: &Path) -> Result<Self, TemplateBookError> {
        let read = |path: &Path, source| TemplateBookError::Read { path: path.to_owned(), source };
        let mut book = Self::empty();
        for path in template_files(folder).map_err(|error| read(folder, error))? {
            let text = fs::read_to_string(&path).map_err(|error| read(&path, error))?;
            let template = template_file::parse(&text)
                .map_err(|error| TemplateBookError::Format { path: path.clone(), source: Box::new(error) })?;
            book.add(template).map_err(|error| in_file(error, &path, &text))?;
        }
        Ok(book)
    }

    /// Compiles templates.
    ///
    /// # Errors
    /// When a part can never be filled, or two templates have one name and channel.
    pub fn new(templates: impl IntoIterator<Item = Template>) -> Result<Self, TemplateBookError> {
        let mut book = Self::empty();
        for template in templates {
            book.add(template)?;
        }
        Ok(book)
    }

    fn empty() -> Self {
        let mut environment = Environment::new();
        environment.set_undefined_behavior(UndefinedBehavior::Strict);
        environment.set_fuel(Some(FUEL));
        // Else the errors of a debug build tell what the variables held.
        environment.set_debug(false);
        environment.set_auto_escape_callback(|name| {
            if name.ends_with("/html") { AutoEscape::Html } else { AutoEscape::None }
        });
        Self { templates: BTreeMap::new(), environment }
    }

    fn add(&mut self, template: Template) -> Result<(), TemplateBookError> {
        let (id, channel) = (template.id.clone(), template.parts.channel());
        let mut variables = BTreeSet::new();
        for (part, source) in template.parts.sources() {
            match self.compile(part_name(channel, &id, &part), source) {
                Ok(needed) => variables.extend(needed),
                Err(fault) => {
                    let place = Place::Template { id, channel, line: fault.line() };
                    return Err(TemplateBookError::Part { place, part, fault });
                }
            }
        }
        if self.templates.insert((channel, id.clone()), Entry { template, variables }).is_some() {
            return Err(TemplateBookError::Twice { id, channel });
        }
        Ok(())
    }

    /// Takes a part in, and tells which variables it needs.
    fn compile(&mut self, name: String, source: &str) -> Result<BTreeSet<String>, PartFault> {
        self.environment.add_template_owned(name.clone(), source.to_owned()).map_err(PartFault::Syntax)?;
        let compiled = self.environment.get_template(&name).map_err(PartFault::Syntax)?;
        template_calls::check(&self.environment, &compiled).map_err(PartFault::Unknown)
    }

    /// Every template, by channel and name.
    pub fn iter(&self) -> impl Iterator<Item = &Template> {
        self.templates.values().map(|entry| &entry.template)
    }

    /// The variables that a template needs, by name; none where there is no such template.
    pub fn variables(&self, template: &Template) -> impl Iterator<Item = &str> {
        let entry = self.entry(template.parts.channel(), &template.id).ok();
        entry.into_iter().flat_map(|entry| entry.variables.iter().map(String::as_str))
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
            Content::Template { id, variables } => self.entry(channel, id)?.check(variables),
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

    /// The template with its parts filled, as a person would see it.
    ///
    /// # Errors
    /// What is missing or wrong.
    pub fn preview(
        &self,
        channel: Channel,
        id: &TemplateId,
        variables: &BTreeMap<String, String>,
    ) -> Result<Template, ContentError> {
        let entry = self.entry(channel, id)?;
        entry.check(variables)?;
        let parts = entry.template.parts.try_map(|part| self.part(channel, id, part, variables))?;
        Ok(Template { parts, ..entry.template.clone() })
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
        let part = |part: &str| self.part(channel, id, part, variables);
        let list = |name: &str, count: usize| -> Result<Vec<_>, _> {
            (0..count).map(|i| part(&format!("{name}.{i}"))).collect()
        };
        Ok(match address {
            Address::Sms(to) => Message::Sms { to: to.clone(), text: part("body")? },
            Address::Email(to) => Message::Email {
                to: to.clone(),
                subject: part("subject")?,
                text: part("body")?,
                html: Some(part("html")?),
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

    fn part(
        &self,
        channel: Channel,
        id: &TemplateId,
        part: &str,
        variables: &BTreeMap<String, String>,
    ) -> Result<String, ContentError> {
        self.environment
            .get_template(&part_name(channel, id, part))
            .and_then(|compiled| compiled.render(variables))
            .map_err(|source| ContentError::Render { id: id.to_string(), source })
    }

    fn entry(&self, channel: Channel, id: &TemplateId) -> Result<&Entry, ContentError> {
        self.templates
            .get(&(channel, id.clone()))
            .ok_or_else(|| ContentError::NoTemplate { id: id.to_string(), channel })
    }
}

impl Entry {
    fn check(&self, variables: &BTreeMap<String, String>) -> Result<(), ContentError> {
        let missing: Vec<_> =
            self.variables.iter().filter(|name| !variables.contains_key(*name)).cloned().collect();
        if missing.is_empty() {
            Ok(())
        } else {
            Err(ContentError::MissingVariables { id: self.template.id.to_string(), missing })
        }
    }
}

/// The folder's template files by name, so that of several faults it is always the same that is told.
fn template_files(folder: &Path) -> io::Result<Vec<PathBuf>> {
    let mut paths = Vec::new();
    for entry in fs::read_dir(folder)? {
        paths.push(entry?.path());
    }
    paths.retain(|path| path.extension().is_some_and(|extension| extension == "toml"));
    paths.sort();
    Ok(paths)
}

/// Puts the file's own line in the place of the part's.
fn in_file(error: TemplateBookError, path: &Path, text: &str) -> TemplateBookError {
    match error {
        TemplateBookError::Part { part, fault, .. } => {
            let line = template_file::line_of(text, &part, fault.line()).unwrap_or(1);
            TemplateBookError::Part { place: Place::File { path: path.to_owned(), line }, part, fault }
        }
        other => other,
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
