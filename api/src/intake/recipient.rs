use std::collections::BTreeMap;

use drumbeat_common::{
    Address, Channel, Content, ContentError, EmailAddress, PhoneNumber, Recipient, TemplateBook,
};
use serde_json::value::RawValue;

use crate::{
    complaints::{Fault, MAX_LISTED},
    json::{self, Fields, Kind},
};

const FIELDS: &[&str] =
    &["customer_id", "channel", "phone", "email", "template_id", "variables", "message", "subject"];
const KNOWN: &str = "a recipient has customer_id, channel, phone or email, and template_id with variables, or \
                     message with subject";
const MAX_CUSTOMER_ID: usize = 200;

/// Why a recipient cannot be sent to.
pub(super) struct Rejection<'a> {
    /// Who, where that much can be read.
    pub(super) customer_id: Option<String>,
    pub(super) faults: Vec<Fault<'a>>,
}

/// Reads a recipient, or tells everything that is wrong with it.
pub(super) fn check<'a>(whole: &'a RawValue, templates: &TemplateBook) -> Result<Recipient, Rejection<'a>> {
    let fields = Fields::read(whole, FIELDS).map_err(|why| Rejection {
        customer_id: None,
        faults: vec![Fault::of_whole(whole, format!("a recipient {why}"))],
    })?;
    let mut form = Form { whole, fields, faults: Vec::new() };
    let customer_id = form.customer_id();
    let address = form.address();
    let content = form.content();
    form.strangers();
    let Form { fields, mut faults, .. } = form;
    match (customer_id, address, content) {
        (Some(customer_id), Some(address), Some(content)) if faults.is_empty() => {
            let recipient = Recipient { customer_id, address, content, clock: None };
            let Err(error) = templates.check(&recipient) else { return Ok(recipient) };
            let field = field_of(&error);
            let at = fields.get_some(field).unwrap_or(whole);
            faults.push(Fault::of(field, at, error.to_string()));
            Err(Rejection { customer_id: Some(recipient.customer_id), faults })
        }
        (customer_id, ..) => Err(Rejection { customer_id, faults }),
    }
}

const fn field_of(error: &ContentError) -> &'static str {
    match error {
        ContentError::NoTemplate { .. } => "template_id",
        ContentError::MissingVariables { .. } | ContentError::Render { .. } => "variables",
        ContentError::NoSubject | ContentError::Subject(_) => "subject",
        ContentError::Empty => "message",
    }
}

/// A recipient while it is being read. Null counts as absent in it.
struct Form<'a> {
    whole: &'a RawValue,
    fields: Fields<'a>,
    faults: Vec<Fault<'a>>,
}

impl<'a> Form<'a> {
    fn customer_id(&mut self) -> Option<String> {
        let id = self.required_text("customer_id", "customer_id is missing")?;
        if id.is_empty() {
            self.complain("customer_id", "customer_id is empty");
        } else if id.chars().count() > MAX_CUSTOMER_ID {
            self.complain("customer_id", format!("customer_id is longer than {MAX_CUSTOMER_ID} characters"));
        } else {
            return Some(id);
        }
        None
    }

    fn address(&mut self) -> Option<Address> {
        let channel = self.required_text("channel", "channel is missing")?;
        match channel.parse() {
            Ok(Channel::Sms) => self.phone("an sms recipient").map(Address::Sms),
            Ok(Channel::Whatsapp) => self.phone("a whatsapp recipient").map(Address::Whatsapp),
            Ok(Channel::Email) => self.email("an email recipient").map(Address::Email),
            Err(unknown) => {
                self.complain("channel", unknown.to_string());
                None
            }
        }
    }

    fn phone(&mut self, who: &str) -> Option<PhoneNumber> {
        if self.fields.get_some("email").is_some() {
            self.complain("email", format!("{who} has a phone, and no email"));
        }
        let text = self.required_text("phone", format!("phone is missing: {who} needs one"))?;
        let number = PhoneNumber::try_from(text);
        number.map_err(|error| self.complain("phone", format!("phone is {error}"))).ok()
    }

    fn email(&mut self, who: &str) -> Option<EmailAddress> {
        if self.fields.get_some("phone").is_some() {
            self.complain("phone", format!("{who} has an email, and no phone"));
        }
        let text = self.required_text("email", format!("email is missing: {who} needs one"))?;
        let address = EmailAddress::try_from(text);
        address.map_err(|error| self.complain("email", format!("email is {error}"))).ok()
    }

    fn content(&mut self) -> Option<Content> {
        let has = |name| self.fields.get_some(name).is_some();
        match (has("template_id"), has("message")) {
            (true, true) => {
                self.complain("message", "message and template_id exclude each other: give one of them");
                None
            }
            (false, false) => {
                self.complain("template_id", "template_id is missing: a recipient needs one, or a message");
                None
            }
            (true, false) => self.template(),
            (false, true) => self.message(),
        }
    }

    fn template(&mut self) -> Option<Content> {
        if self.fields.get_some("subject").is_some() {
            self.complain("subject", "subject goes with a message; a template has its own");
        }
        let id = self.text("template_id")?;
        let variables = self.variables()?;
        Some(Content::Template { id: id.into(), variables })
    }

    fn message(&mut self) -> Option<Content> {
        if self.fields.get_some("variables").is_some() {
            self.complain("variables", "variables go with a template; a message is sent as it is");
        }
        let body = self.text("message")?;
        let subject = match self.fields.get_some("subject") {
            Some(_) => Some(self.text("subject")?),
            None => None,
        };
        Some(Content::Message { subject, body })
    }

    fn variables(&mut self) -> Option<BTreeMap<String, String>> {
        let Some(raw) = self.fields.get_some("variables") else { return Some(BTreeMap::new()) };
        if Kind::of(raw) != Kind::Object {
            self.complain("variables", format!("variables must be an object, not {}", Kind::of(raw)));
            return None;
        }
        let (mut variables, mut wrong) = (BTreeMap::new(), Vec::new());
        let read = json::each_entry(raw, |name, value| {
            let why = match variable(value) {
                Ok(_) if variables.contains_key(&name) => "is given twice".to_owned(),
                Ok(text) => return drop(variables.insert(name, text)),
                Err(why) => why,
            };
            if wrong.len() < MAX_LISTED {
                let detail = format!("variable {name:?} {why}");
                wrong.push(Fault { path: vec!["variables".to_owned(), name], at: value, detail });
            }
        });
        if let Err(why) = read {
            self.complain("variables", format!("variables: {why}"));
            return None;
        }
        let all_good = wrong.is_empty();
        self.faults.append(&mut wrong);
        all_good.then_some(variables)
    }

    fn strangers(&mut self) {
        self.faults.extend(self.fields.strangers.iter().map(|stranger| stranger.fault(KNOWN)));
    }

    fn required_text(&mut self, name: &'static str, missing: impl Into<String>) -> Option<String> {
        if self.fields.get_some(name).is_none() {
            self.complain(name, missing);
            return None;
        }
        self.text(name)
    }

    fn text(&mut self, name: &'static str) -> Option<String> {
        let raw = self.fields.get_some(name)?;
        json::text(raw).map_err(|why| self.complain(name, format!("{name} {why}"))).ok()
    }

    fn complain(&mut self, field: &'static str, detail: impl Into<String>) {
        let at = self.fields.get_some(field).unwrap_or(self.whole);
        self.faults.push(Fault::of(field, at, detail));
    }
}

/// A variable as it is put into a text. A number stays as it was written: 12.50 is a price.
fn variable(raw: &RawValue) -> Result<String, String> {
    match Kind::of(raw) {
        Kind::Text => json::text(raw),
        Kind::Number | Kind::Boolean => Ok(raw.get().to_owned()),
        other => Err(format!("must be a text, a number or a boolean, not {other}")),
    }
}
