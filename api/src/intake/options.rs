use drumbeat_common::{
    CampaignOptions, Country, InDoubtPolicy, LocalClock, QuietHours, TemplateBook, Tps, check_start,
};
use jiff::Timestamp;
use serde_json::value::RawValue;

use super::check::Rules;
use crate::{
    complaints::{Complaints, Fault},
    json::{self, Fields, Kind},
    rate,
};

const MAX_NAME: usize = 200;

/// What a caller asks for beside the list itself.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct IntakeOptions {
    pub(super) campaign: CampaignOptions,
    /// The share of rows, 0 to 1, that may be rejected; where more are, nothing is sent.
    pub(super) max_rejected: f64,
    default_country: Option<Country>,
    /// The clock of those who have no time zone of their own, nor a country.
    clock: Option<LocalClock>,
}

impl IntakeOptions {
    /// The fields of a campaign in JSON; the last are the recipients, which everywhere else come apart.
    pub(super) const JSON_FIELDS: &[&str] = &[
        "name",
        "tps",
        "dry_run",
        "in_doubt",
        "start_at",
        "quiet_hours",
        "time_zone",
        "default_country",
        "max_rejected",
        "recipients",
    ];
    pub(super) const FIELDS: &[&str] = match Self::JSON_FIELDS.split_last() {
        Some((_, options)) => options,
        None => &[],
    };
    pub(super) const KNOWN: &str = "beside its recipients, a campaign has name, tps, dry_run, in_doubt, start_at, \
                                    quiet_hours, time_zone, default_country and max_rejected";
    /// One row in five: more is the wrong file, or the wrong columns.
    const MAX_REJECTED: f64 = 0.2;

    /// What a list is held against whose own options cannot be used.
    pub(super) fn unnamed() -> Self {
        Self {
            campaign: CampaignOptions::new(""),
            max_rejected: Self::MAX_REJECTED,
            default_country: None,
            clock: None,
        }
    }

    pub(super) fn rules<'a>(&'a self, templates: &'a TemplateBook) -> Rules<'a> {
        Rules {
            templates,
            default_country: self.default_country,
            quiet_hours: self.campaign.quiet_hours.is_some(),
            clock: self.clock.as_ref(),
        }
    }

    /// Reads the options among an object's fields; complains of each that is wrong.
    pub(super) fn read<'a>(
        whole: &'a RawValue,
        fields: &Fields<'a>,
        complaints: &mut Complaints<'a>,
    ) -> Option<Self> {
        let name = match fields.get("name") {
            Some(raw) => name(raw).map_err(|detail| Fault::of("name", raw, detail)),
            None => Err(Fault::of("name", whole, "name is missing")),
        };
        let name = name.map_err(|fault| complaints.option(fault)).ok();
        let tps = optional(fields, "tps", Tps::DEFAULT, rate::tps, complaints);
        let dry_run = optional(fields, "dry_run", false, dry_run, complaints);
        let in_doubt = optional(fields, "in_doubt", InDoubtPolicy::default(), in_doubt, complaints);
        let start_at = optional(fields, "start_at", None, |raw| start_at(raw).map(Some), complaints);
        let quiet_hours = optional(fields, "quiet_hours", None, |raw| quiet_hours(raw).map(Some), complaints);
        let clock = optional(fields, "time_zone", None, |raw| clock(raw).map(Some), complaints);
        let default_country =
            optional(fields, "default_country", None, |raw| country(raw).map(Some), complaints);
        let max_rejected = optional(fields, "max_rejected", Self::MAX_REJECTED, max_rejected, complaints);
        let campaign = CampaignOptions {
            name: name?,
            tps: tps?,
            dry_run: dry_run?,
            in_doubt: in_doubt?,
            start_at: start_at?,
            quiet_hours: quiet_hours?,
        };
        Some(Self { campaign, max_rejected: max_rejected?, default_country: default_country?, clock: clock? })
    }
}

/// A field that has a default. Null is not the default: JavaScript writes it for NaN.
fn optional<'a, T>(
    fields: &Fields<'a>,
    name: &str,
    default: T,
    parse: impl Fn(&RawValue) -> Result<T, String>,
    complaints: &mut Complaints<'a>,
) -> Option<T> {
    let Some(raw) = fields.get(name) else { return Some(default) };
    parse(raw).map_err(|detail| complaints.option(Fault::of(name, raw, detail))).ok()
}

fn name(raw: &RawValue) -> Result<String, String> {
    let name = text("name", raw)?;
    if name.trim().is_empty() {
        return Err("name is empty".to_owned());
    }
    if name.chars().count() > MAX_NAME {
        return Err(format!("name is longer than {MAX_NAME} characters"));
    }
    Ok(name)
}

fn dry_run(raw: &RawValue) -> Result<bool, String> {
    match raw.get() {
        "true" => Ok(true),
        "false" => Ok(false),
        _ => Err(format!("dry_run must be true or false, not {}", Kind::of(raw))),
    }
}

fn in_doubt(raw: &RawValue) -> Result<InDoubtPolicy, String> {
    serde_json::from_str(raw.get()).map_err(|_| "in_doubt must be \"hold\" or \"resend\"".to_owned())
}

fn start_at(raw: &RawValue) -> Result<Timestamp, String> {
    let text = text("start_at", raw)?;
    let start: Timestamp = text.parse().map_err(|_| {
        format!("start_at must be a date and time with its offset, as in 2026-12-24T18:00:00Z (RFC 3339), not {text:?}")
    })?;
    check_start(start, Timestamp::now()).map_err(|error| format!("start_at: {error}"))?;
    Ok(start)
}

fn quiet_hours(raw: &RawValue) -> Result<QuietHours, String> {
    text("quiet_hours", raw)?.parse().map_err(|error| format!("quiet_hours are {error}"))
}

fn clock(raw: &RawValue) -> Result<LocalClock, String> {
    LocalClock::of_zone(&text("time_zone", raw)?).map_err(|error| error.to_string())
}

fn country(raw: &RawValue) -> Result<Country, String> {
    text("default_country", raw)?.parse().map_err(|error| format!("default_country is {error}"))
}

fn max_rejected(raw: &RawValue) -> Result<f64, String> {
    let share = raw.get().parse().ok().filter(|share| (0.0..=1.0).contains(share));
    share.ok_or_else(|| format!("max_rejected must be a share from 0 to 1, as in 0.2, not {}", raw.get()))
}

fn text(field: &str, raw: &RawValue) -> Result<String, String> {
    json::text(raw).map_err(|why| format!("{field} {why}"))
}
