use drumbeat_common::{CampaignOptions, InDoubtPolicy, Recipient, TemplateBook, Tps};
use serde_json::value::RawValue;

use super::recipient;
use crate::{
    complaints::{Complaints, Fault},
    error::ApiError,
    json::{self, Fields, Kind},
    rate,
};

const FIELDS: &[&str] = &["name", "tps", "dry_run", "in_doubt", "recipients"];
const KNOWN: &str = "a campaign has name, tps, dry_run, in_doubt and recipients";
const MAX_NAME: usize = 200;

/// A campaign in which everybody can be sent to.
pub(super) struct CheckedCampaign {
    pub(super) options: CampaignOptions,
    pub(super) recipients: Vec<Recipient>,
}

/// Reads a campaign from a body, or tells everything that is wrong with it.
pub(super) fn check(body: &[u8], templates: &TemplateBook) -> Result<CheckedCampaign, ApiError> {
    let whole = json::parse(body)?;
    let mut complaints = Complaints::about(body);
    let fields = match Fields::read(whole, FIELDS) {
        Ok(fields) => fields,
        Err(detail) => {
            complaints.option(Fault::of_whole(whole, format!("the body {detail}")));
            return Err(complaints.into_campaign_error(0));
        }
    };
    for stranger in &fields.strangers {
        complaints.option(stranger.fault(KNOWN));
    }
    let options = options(whole, &fields, &mut complaints);
    let (recipients, total) = recipients(whole, &fields, templates, &mut complaints);
    match options {
        Some(options) if complaints.is_empty() => Ok(CheckedCampaign { options, recipients }),
        _ => Err(complaints.into_campaign_error(total)),
    }
}

fn options<'a>(
    whole: &'a RawValue,
    fields: &Fields<'a>,
    complaints: &mut Complaints<'a>,
) -> Option<CampaignOptions> {
    let name = match fields.get("name") {
        Some(raw) => name(raw).map_err(|detail| Fault::of("name", raw, detail)),
        None => Err(Fault::of("name", whole, "name is missing")),
    };
    let name = name.map_err(|fault| complaints.option(fault)).ok();
    let tps = optional(fields, "tps", Tps::DEFAULT, rate::tps, complaints);
    let dry_run = optional(fields, "dry_run", false, dry_run, complaints);
    let in_doubt = optional(fields, "in_doubt", InDoubtPolicy::default(), in_doubt, complaints);
    Some(CampaignOptions { tps: tps?, dry_run: dry_run?, in_doubt: in_doubt?, ..CampaignOptions::new(name?) })
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
    let name = json::text(raw).map_err(|why| format!("name {why}"))?;
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

/// Checks everybody, and answers how many there are. Once somebody is wrong, nobody is kept.
fn recipients<'a>(
    whole: &'a RawValue,
    fields: &Fields<'a>,
    templates: &TemplateBook,
    complaints: &mut Complaints<'a>,
) -> (Vec<Recipient>, usize) {
    let (mut good, mut total) = (Vec::new(), 0);
    let list = match fields.get("recipients") {
        None => Err(Fault::of("recipients", whole, "recipients is missing")),
        Some(raw) if Kind::of(raw) != Kind::List => {
            Err(Fault::of("recipients", raw, format!("recipients must be a list, not {}", Kind::of(raw))))
        }
        Some(raw) => Ok(raw),
    };
    let read = list.and_then(|raw| {
        json::each_element(raw, |element| {
            match recipient::check(element, templates) {
                Ok(recipient) if complaints.is_empty() => good.push(recipient),
                Ok(_) => {}
                Err(rejection) => complaints.recipient(total, rejection.customer_id, rejection.faults),
            }
            total += 1;
        })
        .map_err(|detail| Fault::of("recipients", raw, format!("recipients: {detail}")))?;
        let empty = Fault::of("recipients", raw, "recipients is empty: a campaign needs at least one");
        if total == 0 { Err(empty) } else { Ok(()) }
    });
    if let Err(fault) = read {
        complaints.option(fault);
    }
    (good, total)
}
