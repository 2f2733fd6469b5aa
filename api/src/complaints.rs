use serde_json::value::RawValue;

use crate::{FieldProblem, error::ApiError, lines::Lines, number::grouped};

/// How many faults are listed; more are only counted.
pub(crate) const MAX_LISTED: usize = 100;
/// A caller's own words come back in a complaint up to this many characters.
const MAX_WORDS: usize = 300;

/// What is wrong with one field, before its place in the body is looked up.
pub(crate) struct Fault<'a> {
    /// The field's path below the campaign or recipient: its names, outermost first; none where the whole is at fault.
    pub(crate) path: Vec<String>,
    /// Where to look: the field, or what it is missing from.
    pub(crate) at: &'a RawValue,
    /// What is wrong, in words that name the field.
    pub(crate) detail: String,
}

impl<'a> Fault<'a> {
    pub(crate) fn of(field: &str, at: &'a RawValue, detail: impl Into<String>) -> Self {
        Self { path: vec![field.to_owned()], at, detail: detail.into() }
    }

    pub(crate) fn of_whole(at: &'a RawValue, detail: impl Into<String>) -> Self {
        Self { path: Vec::new(), at, detail: detail.into() }
    }
}

/// Everything that is wrong with a body.
pub(crate) struct Complaints<'a> {
    lines: Lines<'a>,
    options: usize,
    recipients: usize,
    unlisted: bool,
    listed: Vec<FieldProblem>,
}

impl<'a> Complaints<'a> {
    /// None so far about this body.
    pub(crate) const fn about(body: &'a [u8]) -> Self {
        Self { lines: Lines::of(body), options: 0, recipients: 0, unlisted: false, listed: Vec::new() }
    }

    pub(crate) const fn is_empty(&self) -> bool {
        self.options == 0 && self.recipients == 0
    }

    /// Something other than a recipient is wrong.
    pub(crate) fn option(&mut self, fault: Fault<'a>) {
        self.options += 1;
        self.list(String::new(), None, fault);
    }

    /// A recipient cannot be sent to.
    pub(crate) fn recipient(&mut self, index: usize, customer_id: Option<String>, faults: Vec<Fault<'a>>) {
        self.recipients += 1;
        for fault in faults {
            self.list(format!("/recipients/{index}"), customer_id.clone(), fault);
        }
    }

    fn list(&mut self, mut pointer: String, customer_id: Option<String>, fault: Fault<'a>) {
        if self.listed.len() == MAX_LISTED {
            self.unlisted = true;
            return;
        }
        for name in &fault.path {
            pointer.push('/');
            // RFC 6901, section 3.
            pointer.push_str(&name.replace('~', "~0").replace('/', "~1"));
        }
        self.listed.push(FieldProblem {
            pointer: clipped(pointer),
            line: self.lines.line_of(fault.at),
            customer_id: customer_id.map(clipped),
            detail: clipped(fault.detail),
        });
    }

    /// All of it as one error about a campaign with so many recipients.
    pub(crate) fn into_campaign_error(self, total: usize) -> ApiError {
        let mut parts = Vec::from_iter(self.options_in_words());
        if self.recipients > 0 {
            let people = if total == 1 { "recipient" } else { "recipients" };
            let (bad, total) = (grouped(self.recipients), grouped(total));
            parts.push(format!("{bad} of {total} {people} cannot be sent to"));
        }
        let mut detail = format!("{}; nothing was sent", parts.join(", and "));
        if self.unlisted {
            detail.push_str(&format!(" (the first {MAX_LISTED} errors are listed)"));
        }
        ApiError::InvalidCampaign { detail, errors: self.listed }
    }

    /// All of it as one error about a new rate.
    pub(crate) fn into_rate_error(self) -> ApiError {
        let detail = self.options_in_words().unwrap_or_default();
        ApiError::InvalidRate { detail, errors: self.listed }
    }

    /// All of it as one error about a decision on those in doubt.
    pub(crate) fn into_resolution_error(self) -> ApiError {
        let detail = self.options_in_words().unwrap_or_default();
        ApiError::InvalidResolution { detail, errors: self.listed }
    }

    /// All of it as one error about a template that is to be rendered.
    pub(crate) fn into_rendering_error(self) -> ApiError {
        let detail = self.options_in_words().unwrap_or_default();
        ApiError::InvalidRendering { detail, errors: self.listed }
    }

    fn options_in_words(&self) -> Option<String> {
        match (self.options, &self.listed[..]) {
            (0, _) => None,
            (1, [only, ..]) => Some(only.detail.clone()),
            (several, _) => Some(format!("{several} fields are wrong")),
        }
    }
}

fn clipped(mut text: String) -> String {
    if let Some((end, _)) = text.char_indices().nth(MAX_WORDS) {
        text.truncate(end);
        text.push('…');
    }
    text
}
