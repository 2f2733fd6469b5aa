use std::collections::{BTreeMap, BTreeSet};

use drumbeat_common::account_quota::MaxPerSecond;
use drumbeat_common::{Batch, Channel, Country, TemplateBook, TemplateId, TemplateParts};
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{
    examine::Sample,
    list::Summary,
    reading::Reading,
    tally::{Class, Tally},
    verdict,
};
use crate::{
    AccountQuestion, AccountReport, ChannelTotals, Cost, Currency, MetaTemplate, Prices, RejectedRecipient,
    wire::Skipped,
};

/// What would become of a list.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct PreflightAnswer {
    /// Whether it would be taken.
    pub can_be_sent: bool,
    /// Why it would not.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub why_not: Option<String>,
    /// Rows of the list.
    pub rows: u64,
    /// How many messages would go out.
    pub messages: u64,
    /// In how many batches of 100.
    pub batches: u64,
    /// How many by channel.
    pub channels: ChannelTotals,
    /// For how many people the channel was chosen by score.
    pub channels_chosen: u64,
    /// How many by channel and country, most first; a country is known of phone numbers alone.
    pub countries: Vec<CountryCount>,
    /// How many by channel and template, most first.
    pub templates: Vec<TemplateCount>,
    /// Message parts of all SMS.
    pub sms_parts: u64,
    /// What it costs by the file of prices; absent where there is no such file.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cost: Option<Cost>,
    /// How long it takes.
    pub duration: Duration,
    /// Of each channel the first three messages, as they would go out.
    pub samples: Vec<Sample>,
    /// How many people are passed over.
    pub skipped: Skipped,
    /// The first duplicates.
    pub duplicates: Vec<DuplicateExample>,
    /// How many rows are left out.
    pub rejected_total: u64,
    /// The first 1,000 of those.
    pub rejected: Vec<RejectedRecipient>,
    /// What is wrong with them, most frequent first.
    pub problems: Vec<ProblemKind>,
    /// What AWS says.
    pub account: AccountReport,
}

/// Messages of one channel to one country.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct CountryCount {
    /// The channel.
    pub channel: Channel,
    /// The country, where it is known.
    #[schema(value_type = Option<String>, example = "DE")]
    pub country: Option<Country>,
    /// How many messages.
    pub messages: u64,
    /// Of SMS, their parts.
    pub parts: u64,
    /// What they cost.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cost: Option<Cost>,
}

/// Messages of one template.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct TemplateCount {
    /// The channel.
    pub channel: Channel,
    /// The template; none for finished messages.
    #[schema(value_type = Option<String>)]
    pub template_id: Option<TemplateId>,
    /// How many messages.
    pub messages: u64,
}

/// How long a campaign takes.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Duration {
    /// From the first message to the last, quiet hours left aside.
    pub seconds: f64,
    /// When the last one would go out, if it started now, or at its `start_at`.
    #[schema(value_type = String, format = DateTime)]
    pub until: Timestamp,
    /// What holds it: `tps`, or the account's quota for a channel.
    #[schema(example = "tps")]
    pub limited_by: String,
    /// Messages a second by that, or message parts for SMS.
    pub per_second: f64,
}

/// An address that comes again.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct DuplicateExample {
    /// The line of the one that is passed over.
    pub line: u64,
    /// The line of the first one.
    pub first_line: u64,
}

/// Something that is wrong with several rows.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ProblemKind {
    /// What.
    pub detail: String,
    /// With how many.
    pub count: u64,
    /// The first of them.
    pub examples: Vec<RejectedRecipient>,
}

/// What is known besides the list itself.
pub(super) struct Surroundings<'a> {
    pub(super) prices: Option<&'a Prices>,
    pub(super) quotas: BTreeMap<Channel, MaxPerSecond>,
    pub(super) suppressed: u64,
    pub(super) account: AccountReport,
}

/// What AWS is to be asked about a list.
pub(super) fn question(
    summary: &Summary,
    templates: &TemplateBook,
    prices: Option<&Prices>,
) -> AccountQuestion {
    let tally = &summary.tally;
    let meta = |(channel, id): &(Channel, TemplateId)| {
        let template = templates.get(*channel, id)?;
        let TemplateParts::Whatsapp { name, .. } = &template.parts else { return None };
        Some(MetaTemplate { name: name.clone(), language: template.language.clone() })
    };
    let sms_cost = prices.and_then(|prices| cost(tally, prices, Some(Channel::Sms)).total(Currency::USD));
    AccountQuestion {
        emails: messages(tally, Channel::Email),
        sms_parts: sms_parts(tally),
        sms_cost_usd: sms_cost,
        whatsapp_templates: summary.used_templates.iter().filter_map(meta).collect::<BTreeSet<_>>(),
    }
}

/// Puts together what a reading came to.
pub(super) fn report(reading: &Reading, around: Surroundings<'_>) -> PreflightAnswer {
    let Reading { options, summary, .. } = reading;
    let why_not = verdict::in_words(summary, options.max_rejected);
    let tally = &summary.tally;
    let mut channels = ChannelTotals::default();
    for channel in Channel::ALL {
        *channels.get_mut(channel) = messages(tally, channel);
    }
    let rejected =
        |rejected: &[drumbeat_common::Rejected]| rejected.iter().cloned().map(Into::into).collect();
    PreflightAnswer {
        can_be_sent: why_not.is_none(),
        why_not,
        rows: summary.rows(),
        messages: tally.iter().map(|(_, count)| count).sum(),
        batches: summary.total.div_ceil(Batch::SIZE).into(),
        channels,
        channels_chosen: summary.chosen,
        countries: countries(tally, around.prices),
        templates: templates(tally),
        sms_parts: sms_parts(tally),
        cost: around.prices.map(|prices| cost(tally, prices, None)),
        duration: duration(reading, &around),
        samples: summary.samples.clone(),
        skipped: Skipped { duplicates: summary.duplicates, suppressed: around.suppressed },
        duplicates: summary
            .duplicate_examples
            .iter()
            .map(|(line, first_line)| DuplicateExample { line: *line, first_line: *first_line })
            .collect(),
        rejected_total: summary.rejections.count,
        rejected: rejected(&summary.rejections.first),
        problems: summary
            .rejections
            .kinds()
            .into_iter()
            .map(|(detail, kind)| ProblemKind {
                detail,
                count: kind.count,
                examples: rejected(&kind.examples),
            })
            .collect(),
        account: around.account,
    }
}

fn messages(tally: &Tally, channel: Channel) -> u64 {
    tally.iter().filter(|(class, _)| class.channel == channel).map(|(_, count)| count).sum()
}

fn sms_parts(tally: &Tally) -> u64 {
    tally
        .iter()
        .map(|(class, count)| if class.channel == Channel::Sms { units(class, count) } else { 0 })
        .sum()
}

/// What is paid for: an SMS by its parts.
fn units(class: &Class, count: u64) -> u64 {
    count * u64::from(class.parts)
}

fn cost(tally: &Tally, prices: &Prices, of: Option<Channel>) -> Cost {
    let mut cost = Cost::default();
    for (class, count) in tally.iter().filter(|(class, _)| of.is_none_or(|channel| class.channel == channel))
    {
        cost.add(prices.of(class.channel, class.country), units(class, count));
    }
    cost
}

fn countries(tally: &Tally, prices: Option<&Prices>) -> Vec<CountryCount> {
    let mut counts: BTreeMap<_, CountryCount> = BTreeMap::new();
    for (class, count) in tally.iter().filter(|(_, count)| *count > 0) {
        let Class { channel, country, .. } = *class;
        let of = counts.entry((channel, country)).or_insert_with(|| CountryCount {
            channel,
            country,
            messages: 0,
            parts: 0,
            cost: prices.map(|_| Cost::default()),
        });
        of.messages += count;
        if channel == Channel::Sms {
            of.parts += units(class, count);
        }
        if let (Some(cost), Some(prices)) = (&mut of.cost, prices) {
            cost.add(prices.of(channel, country), units(class, count));
        }
    }
    let mut counts: Vec<_> = counts.into_values().collect();
    counts.sort_by_key(|count| std::cmp::Reverse(count.messages));
    counts
}

fn templates(tally: &Tally) -> Vec<TemplateCount> {
    let mut counts: BTreeMap<_, u64> = BTreeMap::new();
    for (class, count) in tally.iter().filter(|(_, count)| *count > 0) {
        *counts.entry((class.channel, class.template.clone())).or_default() += count;
    }
    let mut counts: Vec<_> = counts
        .into_iter()
        .map(|((channel, template_id), messages)| TemplateCount { channel, template_id, messages })
        .collect();
    counts.sort_by_key(|count| std::cmp::Reverse(count.messages));
    counts
}

/// By the campaign's rate, or by the account's quota for one of its channels: whichever takes longer.
fn duration(reading: &Reading, around: &Surroundings<'_>) -> Duration {
    let tally = &reading.summary.tally;
    let options = &reading.options.campaign;
    let all: u64 = tally.iter().map(|(_, count)| count).sum();
    let by_rate = (all as f64 / options.tps.get(), "tps".to_owned(), options.tps.get());
    let quota = |channel: Channel| {
        let of_ses = around.account.emails_per_second.filter(|_| channel == Channel::Email);
        around.quotas.get(&channel).map(|quota| quota.get()).or(of_ses).filter(|quota| *quota > 0.0)
    };
    let by_quota = Channel::ALL.into_iter().filter_map(|channel| {
        let quota = quota(channel)?;
        let units = if channel == Channel::Sms { sms_parts(tally) } else { messages(tally, channel) };
        Some((units as f64 / quota, format!("quota for {channel}"), quota))
    });
    let longest = by_quota.fold(by_rate, |longest, other| if other.0 > longest.0 { other } else { longest });
    let (seconds, limited_by, per_second) = longest;
    let start = options.start_at.map_or_else(Timestamp::now, |start| start.max(Timestamp::now()));
    let until =
        SignedDuration::try_from_secs_f64(seconds).ok().and_then(|takes| start.checked_add(takes).ok());
    Duration { seconds, until: until.unwrap_or(Timestamp::MAX), limited_by, per_second }
}
