use serde_json::value::RawValue;

use crate::{FieldProblem, error::ApiError, lines::Lines};

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
    count: usize,
    listed: Vec<FieldProblem>,
}

impl<'a> Complaints<'a> {
    /// None so far about this body.
    pub(crate) const fn about(body: &'a [u8]) -> Self {
        Self { lines: Lines::of(body), count: 0, listed: Vec::new() }
    }

    pub(crate) const fn is_empty(&self) -> bool {
        self.count == 0
    }

    /// Something is wrong.
    pub(crate) fn option(&mut self, fault: Fault<'a>) {
        self.count += 1;
        if self.listed.len() < MAX_LISTED {
            self.listed.push(FieldProblem {
                pointer: pointer(String::new(), &fault.path),
                line: self.lines.line_of(fault.at),
                customer_id: None,
                detail: clipped(fault.detail),
            });
        }
    }

    /// All of it as one error about a campaign.
    pub(crate) fn into_campaign_error(self) -> ApiError {
        let detail = format!("{}; nothing was sent", self.in_words().unwrap_or_default());
        ApiError::InvalidCampaign { detail, errors: self.listed }
    }

    /// All of it as one error about a new rate.
    pub(crate) fn into_rate_error(self) -> ApiError {
        let detail = self.in_words().unwrap_or_default();
        ApiError::InvalidRate { detail, errors: self.listed }
    }

    /// All of it as one error about a decision on those in doubt.
    pub(crate) fn into_resolution_error(self) -> ApiError {
        let detail = self.in_words().unwrap_or_default();
        ApiError::InvalidResolution { detail, errors: self.listed }
    }

    /// All of it as one error about a template that is to be rendered.
    pub(crate) fn into_rendering_error(self) -> ApiError {
        let detail = self.in_words().unwrap_or_default();
        ApiError::InvalidRendering { detail, errors: self.listed }
    }

    /// All of it as one error about addresses to be suppressed.
    pub(crate) fn into_suppressions_error(self) -> ApiError {
        let detail = format!("{}; nothing was added", self.in_words().unwrap_or_default());
        ApiError::InvalidSuppressions { detail, errors: self.listed }
    }

    pub(crate) fn into_problems(self) -> Vec<FieldProblem> {
        self.listed
    }

    /// What is wrong, where anything is.
    pub(crate) fn in_words(&self) -> Option<String> {
        match (self.count, &self.listed[..]) {
            (0, _) => None,
            (1, [only, ..]) => Some(only.detail.clone()),
            (several, _) => Some(format!("{several} fields are wrong")),
        }
    }
}

/// The JSON pointer of a path below another (RFC 6901, section 3).
pub(crate) fn pointer(mut prefix: String, path: &[String]) -> String {
    for name in path {
        prefix.push('/');
        prefix.push_str(&name.replace('~', "~0").replace('/', "~1"));
    }
    clipped(prefix)
}

pub(crate) fn clipped(mut text: String) -> String {
    if let Some((end, _)) = text.char_indices().nth(MAX_WORDS) {
        text.truncate(end);
        text.push('…');
    }
    text
}
