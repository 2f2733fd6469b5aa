use std::{borrow::Cow, collections::BTreeMap};

use drumbeat_common::Channel;

/// One row of a list, however it was written: what it says of one person.
#[derive(Default)]
pub(super) struct Row<'a> {
    pub(super) customer_id: Cell<'a>,
    pub(super) channel: Cell<'a>,
    pub(super) phone: Cell<'a>,
    pub(super) email: Cell<'a>,
    pub(super) template_id: Cell<'a>,
    pub(super) message: Cell<'a>,
    pub(super) subject: Cell<'a>,
    pub(super) time_zone: Cell<'a>,
    /// None where the row has none.
    pub(super) variables: Option<BTreeMap<String, String>>,
    /// How well each channel would do for the person, where upstream says that.
    pub(super) channel_scores: Vec<(Channel, f64)>,
    /// Whether the person wants a channel; who says nothing does.
    pub(super) preferences: Vec<(Channel, bool)>,
    /// What is wrong with how it is written.
    pub(super) faults: Vec<Fault>,
}

/// A field of a row.
#[derive(Default)]
pub(super) enum Cell<'a> {
    /// Not there, empty in a spreadsheet, or null.
    #[default]
    Absent,
    Text(Cow<'a, str>),
    /// There, but nothing that can be read; the row has a fault for it.
    Wrong,
}

impl Cell<'_> {
    pub(super) const fn is_given(&self) -> bool {
        !matches!(self, Self::Absent)
    }

    pub(super) fn text(&self) -> Option<&str> {
        match self {
            Self::Text(text) => Some(text),
            Self::Absent | Self::Wrong => None,
        }
    }

    pub(super) fn into_text(self) -> Option<String> {
        match self {
            Self::Text(text) => Some(text.into_owned()),
            Self::Absent | Self::Wrong => None,
        }
    }
}

/// What is wrong with a row, in words that name the field.
pub(super) struct Fault {
    /// The field's path in the row, outermost name first; none where the whole row is at fault.
    pub(super) path: Vec<String>,
    pub(super) detail: String,
}

impl Fault {
    pub(super) fn of(field: &str, detail: impl Into<String>) -> Self {
        Self { path: vec![field.to_owned()], detail: detail.into() }
    }

    pub(super) fn of_row(detail: impl Into<String>) -> Self {
        Self { path: Vec::new(), detail: detail.into() }
    }
}

/// Why a row becomes no recipient.
pub(super) struct Rejection {
    /// Who, where that much can be read.
    pub(super) customer_id: Option<String>,
    pub(super) faults: Vec<Fault>,
}

impl Rejection {
    pub(super) fn of_row(detail: impl Into<String>) -> Self {
        Self { customer_id: None, faults: vec![Fault::of_row(detail)] }
    }
}
