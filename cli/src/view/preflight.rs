use comfy_table::{CellAlignment, ContentArrangement, Table, presets::UTF8_FULL_CONDENSED};
use drumbeat_api::{AccountMatter, AccountReport, Cost, Finding, PreflightAnswer, Sample};
use indicatif::HumanCount;

use super::{
    taken::{passed_over, place},
    words,
};

/// What is longer is broken.
const WIDTH: u16 = 100;

/// What would become of a list, for people.
pub(crate) fn preflight(answer: &PreflightAnswer) -> String {
    let parts = [
        Some(verdict(answer)),
        (answer.messages > 0).then(|| messages(answer).to_string()),
        (answer.messages > 0).then(|| templates(answer).to_string()),
        (answer.messages > 0).then(|| duration(answer)),
        passed_over(&answer.skipped),
        (answer.rejected_total > 0).then(|| rejected(answer)),
        account(&answer.account),
        (!answer.samples.is_empty()).then(|| samples(&answer.samples)),
    ];
    parts.into_iter().flatten().collect::<Vec<_>>().join("\n\n")
}

fn verdict(answer: &PreflightAnswer) -> String {
    match &answer.why_not {
        None => format!("this list can be sent: {} messages", HumanCount(answer.messages)),
        Some(why) => format!("this list cannot be sent: {why}"),
    }
}

fn messages(answer: &PreflightAnswer) -> Table {
    let mut table = table(&["channel", "country", "messages", "SMS parts", "cost"], 2);
    for count in &answer.countries {
        let country = count.country.map(|country| country.to_string()).unwrap_or_default();
        let cost = count.cost.as_ref();
        table.add_row(line([count.channel.as_str(), &country], count.messages, count.parts, cost));
    }
    table.add_row(line(["all", ""], answer.messages, answer.sms_parts, answer.cost.as_ref()));
    table
}

fn line(place: [&str; 2], messages: u64, parts: u64, cost: Option<&Cost>) -> [String; 5] {
    let parts = if parts == 0 { String::new() } else { HumanCount(parts).to_string() };
    let cost = cost.map_or_else(|| "unknown".to_owned(), money);
    [place[0].to_owned(), place[1].to_owned(), HumanCount(messages).to_string(), parts, cost]
}

fn money(cost: &Cost) -> String {
    let sums = cost.totals.iter().map(|(currency, sum)| format!("{sum} {}", currency.as_str()));
    let unpriced = (cost.unpriced > 0).then(|| format!("{} without a price", HumanCount(cost.unpriced)));
    sums.chain(unpriced).collect::<Vec<_>>().join(", ")
}

fn templates(answer: &PreflightAnswer) -> Table {
    let mut table = table(&["channel", "template", "messages"], 2);
    for count in &answer.templates {
        let template = count.template_id.as_ref().map_or("none, finished messages", |id| id.as_str());
        table.add_row([count.channel.as_str(), template, &HumanCount(count.messages).to_string()]);
    }
    table
}

fn duration(answer: &PreflightAnswer) -> String {
    let duration = &answer.duration;
    let by = match duration.limited_by.as_str() {
        "tps" => format!("{} TPS", duration.per_second),
        quota => format!("{} a second, the {quota}", duration.per_second),
    };
    // Rounded up, and never negative.
    let takes = words::duration(duration.seconds.ceil() as u64);
    format!("it takes {takes} at {by}, until {:.0}", duration.until)
}

fn rejected(answer: &PreflightAnswer) -> String {
    let mut table = table(&["rejected", "why", "for example"], 3);
    for problem in &answer.problems {
        let places: Vec<_> = problem.examples.iter().map(place).collect();
        table.add_row([&HumanCount(problem.count).to_string(), &problem.detail, &places.join(", ")]);
    }
    table.add_row([&HumanCount(answer.rejected_total).to_string(), "rows in all", ""]);
    table.to_string()
}

fn account(report: &AccountReport) -> Option<String> {
    let mut table = table(&["AWS", "", ""], 3);
    for check in &report.checks {
        let (result, detail) = match &check.finding {
            Finding::Ok => ("ok", ""),
            Finding::Problem(detail) => ("problem", detail.as_str()),
            Finding::Unknown(detail) => ("unknown", detail.as_str()),
        };
        table.add_row([matter(check.about), result, detail]);
    }
    (!report.checks.is_empty()).then(|| table.to_string())
}

const fn matter(matter: AccountMatter) -> &'static str {
    match matter {
        AccountMatter::Access => "access",
        AccountMatter::EmailSending => "email: sending is on",
        AccountMatter::EmailProduction => "email: to everybody",
        AccountMatter::EmailQuota => "email: fits into the day's quota",
        AccountMatter::EmailIdentity => "email: the sender is verified",
        AccountMatter::SmsOrigin => "SMS: a number to send from",
        AccountMatter::SmsSpendLimit => "SMS: fits into the month's limit",
        AccountMatter::WhatsappTemplates => "WhatsApp: templates are approved",
    }
}

/// One of each channel.
fn samples(samples: &[Sample]) -> String {
    let first = samples
        .iter()
        .enumerate()
        .filter(|(place, sample)| !samples[..*place].iter().any(|before| before.channel == sample.channel));
    let shown = first.map(|(_, sample)| {
        let head = format!("{} to {} ({})", sample.channel, sample.to, sample.customer_id);
        let subject = sample.subject.as_ref().map(|subject| format!("subject: {subject}"));
        let text = sample.text.trim_end().lines().map(str::to_owned);
        let body: Vec<_> = subject.into_iter().chain(text).map(|line| format!("  {line}")).collect();
        format!("{head}\n{}", body.join("\n"))
    });
    shown.collect::<Vec<_>>().join("\n\n")
}

/// With this many columns of words before those of numbers.
fn table(header: &[&str], words: usize) -> Table {
    let mut table = Table::new();
    table.load_style(UTF8_FULL_CONDENSED);
    table.set_header(header);
    table.set_content_arrangement(ContentArrangement::Dynamic).set_width(WIDTH);
    for column in table.column_iter_mut().skip(words) {
        column.set_cell_alignment(CellAlignment::Right);
    }
    table
}

#[cfg(test)]
mod tests {
    use drumbeat_api::{
        AccountCheck, ChannelTotals, CountryCount, Duration, ProblemKind, RejectedRecipient, Skipped,
        TemplateCount,
    };
    use drumbeat_common::Channel;

    use super::*;

    fn answer() -> PreflightAnswer {
        let cost = |sum: &str, unpriced| Cost {
            totals: [("USD".parse().unwrap(), sum.parse().unwrap())].into(),
            unpriced,
        };
        let rejected = RejectedRecipient {
            line: 5,
            customer_id: Some("CUST-3".to_owned()),
            reason: "phone is missing".to_owned(),
        };
        PreflightAnswer {
            can_be_sent: true,
            why_not: None,
            rows: 1_240,
            messages: 1_234,
            batches: 13,
            channels: ChannelTotals { sms: 1_000, whatsapp: 0, email: 234 },
            channels_chosen: 0,
            countries: vec![
                CountryCount {
                    channel: Channel::Sms,
                    country: "US".parse().ok(),
                    messages: 1_000,
                    parts: 2_000,
                    cost: Some(cost("16.6", 0)),
                },
                CountryCount {
                    channel: Channel::Email,
                    country: None,
                    messages: 234,
                    parts: 0,
                    cost: Some(cost("0.0234", 3)),
                },
            ],
            templates: vec![TemplateCount { channel: Channel::Sms, template_id: None, messages: 1_000 }],
            sms_parts: 2_000,
            cost: Some(cost("16.6234", 3)),
            duration: Duration {
                seconds: 24.68,
                until: "2026-12-01T08:00:00.5Z".parse().unwrap(),
                limited_by: "tps".to_owned(),
                per_second: 50.0,
            },
            samples: vec![Sample {
                customer_id: "CUST-1".to_owned(),
                channel: Channel::Email,
                to: "ana@example.com".to_owned(),
                subject: Some("Hello".to_owned()),
                text: "Hi Ana,\nbye\n".to_owned(),
                html: None,
                parts: None,
            }],
            skipped: Skipped { duplicates: 1, suppressed: 0 },
            duplicates: Vec::new(),
            rejected_total: 5,
            rejected: Vec::new(),
            problems: vec![ProblemKind {
                detail: "phone is missing".to_owned(),
                count: 5,
                examples: vec![rejected],
            }],
            account: AccountReport {
                checks: vec![AccountCheck {
                    about: AccountMatter::EmailProduction,
                    finding: Finding::Problem("ask AWS for it".to_owned()),
                }],
                ..AccountReport::default()
            },
        }
    }

    #[test]
    fn the_report_says_all_of_it() {
        assert_eq!(
            preflight(&answer()),
            "\
this list can be sent: 1,234 messages

┌─────────┬─────────┬──────────┬───────────┬────────────────────────────────┐
│ channel ┆ country ┆ messages ┆ SMS parts ┆                           cost │
╞═════════╪═════════╪══════════╪═══════════╪════════════════════════════════╡
│ sms     ┆ US      ┆    1,000 ┆     2,000 ┆                       16.6 USD │
│ email   ┆         ┆      234 ┆           ┆  0.0234 USD, 3 without a price │
│ all     ┆         ┆    1,234 ┆     2,000 ┆ 16.6234 USD, 3 without a price │
└─────────┴─────────┴──────────┴───────────┴────────────────────────────────┘

┌─────────┬─────────────────────────┬──────────┐
│ channel ┆ template                ┆ messages │
╞═════════╪═════════════════════════╪══════════╡
│ sms     ┆ none, finished messages ┆    1,000 │
└─────────┴─────────────────────────┴──────────┘

it takes 25 s at 50 TPS, until 2026-12-01T08:00:00Z

passed over: 1 whose address came before in the list

┌──────────┬──────────────────┬─────────────────┐
│ rejected ┆ why              ┆ for example     │
╞══════════╪══════════════════╪═════════════════╡
│ 5        ┆ phone is missing ┆ line 5 (CUST-3) │
│ 5        ┆ rows in all      ┆                 │
└──────────┴──────────────────┴─────────────────┘

┌─────────────────────┬─────────┬────────────────┐
│ AWS                 ┆         ┆                │
╞═════════════════════╪═════════╪════════════════╡
│ email: to everybody ┆ problem ┆ ask AWS for it │
└─────────────────────┴─────────┴────────────────┘

email to ana@example.com (CUST-1)
  subject: Hello
  Hi Ana,
  bye"
        );
    }

    #[test]
    fn a_list_that_cannot_be_sent_says_why() {
        let why_not = Some("1 of 1 recipient cannot be sent to".to_owned());
        let answer = PreflightAnswer { can_be_sent: false, why_not, messages: 0, ..answer() };
        let text = preflight(&answer);
        assert!(
            text.starts_with("this list cannot be sent: 1 of 1 recipient cannot be sent to\n\npassed over")
        );
    }
}
