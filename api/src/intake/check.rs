use std::collections::BTreeMap;

use drumbeat_common::{
    Address, Channel, Content, ContentError, Country, EmailAddress, LocalClock, PhoneNumber, Recipient,
    TemplateBook, UnknownChannel,
};

use super::{
    choice,
    row::{Cell, Fault, Rejection, Row},
};

const MAX_CUSTOMER_ID: usize = 200;

/// What the rows of a list are held against.
#[derive(Clone, Copy)]
pub(super) struct Rules<'a> {
    pub(super) templates: &'a TemplateBook,
    /// The country of phone numbers that come without one.
    pub(super) default_country: Option<Country>,
    /// Whether quiet hours need to know each person's clock.
    pub(super) quiet_hours: bool,
    /// The clock of those who have no time zone of their own, nor a country.
    pub(super) clock: Option<&'a LocalClock>,
}

/// A row that became a recipient.
pub(super) struct Checked {
    pub(super) recipient: Recipient,
    /// Whether its channel was chosen by score.
    pub(super) chosen: bool,
}

/// Makes a row a recipient, or tells everything that is wrong with it.
pub(super) fn check(row: Row<'_>, rules: Rules<'_>) -> Result<Checked, Rejection> {
    let mut form = Form { rules, faults: Vec::new(), row };
    let customer_id = form.customer_id();
    let chosen = !form.row.channel.is_given() && !form.row.channel_scores.is_empty();
    let address = form.address();
    let clock = form.clock(address.as_ref());
    let content = form.content();
    form.faults.append(&mut form.row.faults);
    let Form { mut faults, .. } = form;
    match (customer_id, address, content) {
        (Some(customer_id), Some(address), Some(content)) if faults.is_empty() => {
            let mut recipient = Recipient { customer_id, address, content, clock };
            match rules.templates.check(&recipient) {
                Ok(()) => {
                    rules.templates.trim(&mut recipient);
                    Ok(Checked { recipient, chosen })
                }
                Err(error) => {
                    faults.push(Fault::of(field_of(&error), error.to_string()));
                    Err(Rejection { customer_id: Some(recipient.customer_id), faults })
                }
            }
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

/// A row while it is being checked.
struct Form<'a> {
    rules: Rules<'a>,
    row: Row<'a>,
    faults: Vec<Fault>,
}

impl Form<'_> {
    fn customer_id(&mut self) -> Option<String> {
        let cell = std::mem::take(&mut self.row.customer_id);
        let id = self.required(cell, "customer_id", "customer_id is missing")?;
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
        match self.channel()? {
            Channel::Sms => self.phone("an sms recipient").map(Address::Sms),
            Channel::Whatsapp => self.phone("a whatsapp recipient").map(Address::Whatsapp),
            Channel::Email => self.email().map(Address::Email),
        }
    }

    fn channel(&mut self) -> Option<Channel> {
        let cell = std::mem::take(&mut self.row.channel);
        if !cell.is_given() && !self.row.channel_scores.is_empty() {
            return choice::best(&self.row).map_err(|why| self.complain("channel_scores", why)).ok();
        }
        let channel = self.required(cell, "channel", "channel is missing")?;
        let parsed = channel.trim().to_ascii_lowercase().parse();
        parsed.map_err(|unknown: UnknownChannel| self.complain("channel", unknown.to_string())).ok()
    }

    fn phone(&mut self, who: &str) -> Option<PhoneNumber> {
        let cell = std::mem::take(&mut self.row.phone);
        let text = self.required(cell, "phone", format!("phone is missing: {who} needs one"))?;
        let number = PhoneNumber::normalized(&text, self.rules.default_country);
        number.map_err(|error| self.complain("phone", format!("phone is {error}"))).ok()
    }

    fn email(&mut self) -> Option<EmailAddress> {
        let cell = std::mem::take(&mut self.row.email);
        let text = self.required(cell, "email", "email is missing: an email recipient needs one")?;
        let address = EmailAddress::try_from(text.trim().to_owned());
        address.map_err(|error| self.complain("email", format!("email is {error}"))).ok()
    }

    /// The person's own time zone, or else the number's country, or else what the list says for all.
    fn clock(&mut self, address: Option<&Address>) -> Option<LocalClock> {
        let zone = std::mem::take(&mut self.row.time_zone);
        if let Some(name) = zone.text() {
            let clock = LocalClock::of_zone(name.trim());
            let clock = clock.map_err(|error| self.complain("time_zone", error.to_string())).ok();
            return clock.filter(|_| self.rules.quiet_hours);
        }
        if !self.rules.quiet_hours {
            return None;
        }
        let country = match address? {
            Address::Sms(number) | Address::Whatsapp(number) => number.country(),
            Address::Email(_) => None,
        };
        let of = |country: Option<Country>| LocalClock::of_country(country?).ok();
        let clock =
            of(country).or_else(|| self.rules.clock.cloned()).or_else(|| of(self.rules.default_country));
        if clock.is_none() {
            self.complain(
                "time_zone",
                "time_zone is missing: the campaign has quiet hours, and without it nobody knows this person's clock",
            );
        }
        clock
    }

    fn content(&mut self) -> Option<Content> {
        match (self.row.template_id.is_given(), self.row.message.is_given()) {
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
        if self.row.subject.is_given() {
            self.complain("subject", "subject goes with a message; a template has its own");
        }
        let id = std::mem::take(&mut self.row.template_id).into_text()?;
        let variables: BTreeMap<_, _> = self.row.variables.take().unwrap_or_default();
        Some(Content::Template { id: id.into(), variables })
    }

    fn message(&mut self) -> Option<Content> {
        if self.row.variables.is_some() {
            self.complain("variables", "variables go with a template; a message is sent as it is");
        }
        let subject = std::mem::take(&mut self.row.subject).into_text();
        let body = std::mem::take(&mut self.row.message).into_text()?;
        Some(Content::Message { subject, body })
    }

    fn required(&mut self, cell: Cell<'_>, field: &str, missing: impl Into<String>) -> Option<String> {
        if !cell.is_given() {
            self.complain(field, missing);
        }
        cell.into_text()
    }

    fn complain(&mut self, field: &str, detail: impl Into<String>) {
        self.faults.push(Fault::of(field, detail));
    }
}
