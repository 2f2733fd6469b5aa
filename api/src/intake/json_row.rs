use std::collections::BTreeMap;

use drumbeat_common::Channel;
use serde_json::value::RawValue;

use super::row::{Cell, Fault, Rejection, Row};
use crate::{
    complaints::{self, MAX_LISTED},
    json::{self, Fields, Kind},
    variables,
};

const FIELDS: &[&str] = &[
    "customer_id",
    "channel",
    "phone",
    "email",
    "template_id",
    "variables",
    "message",
    "subject",
    "time_zone",
    "channel_scores",
    "preferences",
];
const KNOWN: &str = "a recipient has customer_id, channel (or channel_scores with preferences), phone or email, \
                     template_id with variables, or message with subject, and time_zone";

/// A recipient as it stands in JSON, its fields still where they were found.
pub(super) struct JsonRow<'a> {
    whole: &'a RawValue,
    fields: Fields<'a>,
}

impl<'a> JsonRow<'a> {
    pub(super) fn read(whole: &'a RawValue) -> Result<Self, Rejection> {
        let fields =
            Fields::read(whole, FIELDS).map_err(|why| Rejection::of_row(format!("a recipient {why}")))?;
        Ok(Self { whole, fields })
    }

    /// Where a fault is: the field that its path begins with, or the whole.
    pub(super) fn place(&self, fault: &Fault) -> &'a RawValue {
        let [field, rest @ ..] = &fault.path[..] else { return self.whole };
        let stranger =
            || self.fields.strangers.iter().find(|stranger| stranger.name == *field).map(|it| it.value);
        let Some(value) = self.fields.get_some(field).or_else(stranger) else { return self.whole };
        let mut place = value;
        if let [name] = rest {
            // It was read before, so it can be read again.
            let _ = json::each_entry(value, |entry, inner| {
                if entry == *name {
                    place = inner;
                }
            });
        }
        place
    }

    /// What it says. Null counts as absent.
    pub(super) fn row(&self) -> Row<'a> {
        let mut row = Row::default();
        let faults = &mut row.faults;
        let mut cell = |name: &str| self.cell(name, faults);
        row.customer_id = cell("customer_id");
        row.channel = cell("channel");
        row.phone = cell("phone");
        row.email = cell("email");
        row.template_id = cell("template_id");
        row.message = cell("message");
        row.subject = cell("subject");
        row.time_zone = cell("time_zone");
        row.variables = self.variables(faults);
        row.channel_scores = self.by_channel("channel_scores", faults, score);
        row.preferences = self.by_channel("preferences", faults, preference);
        if self.fields.get_some("channel_scores").is_some()
            && row.channel_scores.is_empty()
            && !faults.is_empty()
        {
            row.channel = Cell::Wrong;
        }
        row.faults.extend(
            self.fields.strangers.iter().map(|stranger| Fault::of(&stranger.name, stranger.words(KNOWN))),
        );
        row
    }

    fn cell(&self, name: &str, faults: &mut Vec<Fault>) -> Cell<'a> {
        let Some(raw) = self.fields.get_some(name) else { return Cell::Absent };
        match json::text(raw) {
            Ok(text) => Cell::Text(text.into()),
            Err(why) => {
                faults.push(Fault::of(name, format!("{name} {why}")));
                Cell::Wrong
            }
        }
    }

    fn variables(&self, faults: &mut Vec<Fault>) -> Option<BTreeMap<String, String>> {
        let read = variables::read(self.fields.get_some("variables")?);
        let faults_of = |wrong: Vec<complaints::Fault<'_>>| {
            faults.extend(wrong.into_iter().map(|fault| Fault { path: fault.path, detail: fault.detail }));
        };
        read.map_err(faults_of).ok()
    }

    /// The entries of an object; none where it is not there, or nothing that can be read.
    fn entries<T>(
        &self,
        field: &str,
        faults: &mut Vec<Fault>,
        parse: impl Fn(&str, &RawValue) -> Result<T, String>,
    ) -> Option<BTreeMap<String, T>> {
        let raw = self.fields.get_some(field)?;
        if Kind::of(raw) != Kind::Object {
            faults.push(Fault::of(field, format!("{field} must be an object, not {}", Kind::of(raw))));
            return None;
        }
        let (mut entries, mut wrong) = (BTreeMap::new(), Vec::new());
        let read = json::each_entry(raw, |name, value| {
            let detail = match parse(&name, value) {
                Ok(_) if entries.contains_key(&name) => format!("{field}: {name:?} is given twice"),
                Ok(entry) => return drop(entries.insert(name, entry)),
                Err(detail) => detail,
            };
            if wrong.len() < MAX_LISTED {
                wrong.push(Fault { path: vec![field.to_owned(), name], detail });
            }
        });
        if let Err(why) = read {
            faults.push(Fault::of(field, format!("{field}: {why}")));
        }
        faults.append(&mut wrong);
        Some(entries)
    }

    fn by_channel<T>(
        &self,
        field: &str,
        faults: &mut Vec<Fault>,
        parse: impl Fn(&RawValue) -> Result<T, String>,
    ) -> Vec<(Channel, T)> {
        let parse = |name: &str, raw: &RawValue| {
            let channel: Channel = name.parse().map_err(|unknown| format!("{field}: {unknown}"))?;
            let value = parse(raw).map_err(|why| format!("{field}: {name} {why}"))?;
            Ok((channel, value))
        };
        self.entries(field, faults, parse).into_iter().flatten().map(|(_, entry)| entry).collect()
    }
}

fn score(raw: &RawValue) -> Result<f64, String> {
    match Kind::of(raw) {
        Kind::Number => raw.get().parse().map_err(|_| "must be a number".to_owned()),
        other => Err(format!("must be a number, not {other}")),
    }
}

fn preference(raw: &RawValue) -> Result<bool, String> {
    match Kind::of(raw) {
        Kind::Boolean => Ok(raw.get() == "true"),
        other => Err(format!("must be true or false, not {other}")),
    }
}
