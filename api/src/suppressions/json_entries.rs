use drumbeat_common::{
    Address, Channel,
    suppression::{NewSuppression, Reason},
};
use serde_json::value::RawValue;

use super::entry;
use crate::{
    complaints::{Complaints, Fault},
    error::ApiError,
    json::{self, Fields, Kind},
};

const FIELDS: &[&str] = &["channel", "address", "reason"];
const KNOWN: &str = "a suppression has channel, address and reason";
const LIST: &str = "suppressions";
const KNOWN_LIST: &str = "a list of suppressions stands alone";

/// Reads one suppression or a list of them from a body, or tells everything that is wrong with it.
pub(super) fn read(body: &[u8]) -> Result<Vec<NewSuppression>, ApiError> {
    let whole = json::parse(body)?;
    let mut complaints = Complaints::about(body);
    let mut good = Vec::new();
    match Fields::read(whole, &[LIST]) {
        Ok(fields) => match fields.get(LIST) {
            Some(list) => {
                for stranger in &fields.strangers {
                    complaints.option(stranger.fault(KNOWN_LIST));
                }
                read_list(list, &mut good, &mut complaints);
            }
            None => match check(whole, Vec::new()) {
                Ok(suppression) => good.push(suppression),
                Err(faults) => faults.into_iter().for_each(|fault| complaints.option(fault)),
            },
        },
        Err(detail) => complaints.option(Fault::of_whole(whole, format!("the body {detail}"))),
    }
    if complaints.is_empty() { Ok(good) } else { Err(complaints.into_suppressions_error()) }
}

fn read_list<'a>(list: &'a RawValue, good: &mut Vec<NewSuppression>, complaints: &mut Complaints<'a>) {
    if Kind::of(list) != Kind::List {
        let detail = format!("{LIST} must be a list, not {}", Kind::of(list));
        return complaints.option(Fault::of(LIST, list, detail));
    }
    let mut place = 0;
    let read = json::each_element(list, |element| {
        match check(element, vec![LIST.to_owned(), place.to_string()]) {
            Ok(suppression) => good.push(suppression),
            Err(faults) => faults.into_iter().for_each(|fault| complaints.option(fault)),
        }
        place += 1;
    });
    if let Err(detail) = read {
        complaints.option(Fault::of(LIST, list, format!("{LIST}: {detail}")));
    }
}

/// Reads one, which stands at this path of the body; or tells everything that is wrong with it.
fn check(whole: &RawValue, path: Vec<String>) -> Result<NewSuppression, Vec<Fault<'_>>> {
    let fields = Fields::read(whole, FIELDS).map_err(|why| {
        vec![Fault { path: path.clone(), at: whole, detail: format!("a suppression {why}") }]
    })?;
    let mut form = Form { whole, fields, path, faults: Vec::new() };
    let address = form.address();
    let reason = form.reason();
    form.strangers();
    match (address, reason) {
        (Some(address), Some(reason)) if form.faults.is_empty() => Ok(NewSuppression { address, reason }),
        _ => Err(form.faults),
    }
}

/// A suppression while it is being read. Null counts as absent in it.
struct Form<'a> {
    whole: &'a RawValue,
    fields: Fields<'a>,
    path: Vec<String>,
    faults: Vec<Fault<'a>>,
}

impl<'a> Form<'a> {
    fn address(&mut self) -> Option<Address> {
        let channel: Option<Channel> = self.required("channel", entry::channel);
        let text: Option<String> = self.required("address", |text| Ok(text.to_owned()));
        let (channel, text) = (channel?, text?);
        entry::address(channel, &text).map_err(|why| self.complain("address", why)).ok()
    }

    fn reason(&mut self) -> Option<Reason> {
        if self.fields.get_some("reason").is_none() {
            return Some(Reason::default());
        }
        self.required("reason", entry::reason)
    }

    fn strangers(&mut self) {
        for stranger in &self.fields.strangers {
            let mut fault = stranger.fault(KNOWN);
            fault.path.splice(..0, self.path.iter().cloned());
            self.faults.push(fault);
        }
    }

    fn required<T>(&mut self, name: &str, parse: impl Fn(&str) -> Result<T, String>) -> Option<T> {
        let read = match self.fields.get_some(name) {
            Some(raw) => json::text(raw).map_err(|why| format!("{name} {why}")).and_then(|text| parse(&text)),
            None => Err(format!("{name} is missing")),
        };
        read.map_err(|why| self.complain(name, why)).ok()
    }

    fn complain(&mut self, name: &str, detail: String) {
        let at = self.fields.get_some(name).unwrap_or(self.whole);
        let mut path = self.path.clone();
        path.push(name.to_owned());
        self.faults.push(Fault { path, at, detail });
    }
}
