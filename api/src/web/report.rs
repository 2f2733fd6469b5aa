use askama::Template;
use axum::{
    Json,
    extract::{Request, State},
    response::Response,
};
use base64::{Engine, prelude::BASE64_STANDARD};

use super::{Shell, assets, filters, page, words};
use crate::{
    AccountMatter, Finding, PreflightAnswer, RejectedRecipient, Sample, csv_file, error::ApiError,
    intake::preflight, server::App,
};

const HEADER: &[&str] = &["line", "customer_id", "reason"];

#[derive(Template)]
#[template(path = "report.html")]
struct ReportPage {
    shell: Shell,
    answer: PreflightAnswer,
    /// The rejected rows that are known, as a link that holds a file.
    rejected: String,
}

/// What a list would come to, before anything is sent.
pub(super) async fn show(State(app): State<App>, request: Request) -> Result<Response, ApiError> {
    let shell = Shell::of(&app);
    let asked = request.headers().clone();
    let Json(answer) = preflight::preflight(State(app), request).await?;
    let rejected = file(&answer.rejected)?;
    page(&asked, &ReportPage { shell, answer, rejected })
}

fn file(rows: &[RejectedRecipient]) -> Result<String, ApiError> {
    let csv = csv_file::lines(Some(HEADER), rows)?;
    Ok(format!("data:text/csv;charset=utf-8;base64,{}", BASE64_STANDARD.encode(csv)))
}

/// What is told of AWS: a mark, what it is about, and more where there is more to say.
struct Told<'a> {
    mark: &'static str,
    about: &'static str,
    detail: &'a str,
}

impl ReportPage {
    fn told(&self) -> Vec<Told<'_>> {
        self.answer
            .account
            .checks
            .iter()
            .map(|check| {
                let (mark, detail) = match &check.finding {
                    Finding::Ok => ("ok", ""),
                    Finding::Problem(detail) => ("problem", detail.as_str()),
                    Finding::Unknown(detail) => ("unknown", detail.as_str()),
                };
                Told { mark, about: matter(check.about), detail }
            })
            .collect()
    }

    /// Those of one channel together.
    fn samples(&self) -> Vec<&Sample> {
        let mut samples: Vec<_> = self.answer.samples.iter().collect();
        samples.sort_by_key(|sample| sample.channel);
        samples
    }

    fn seconds(&self) -> String {
        // Rounded up, and never negative.
        words::duration(self.answer.duration.seconds.ceil() as u64)
    }

    fn limit(&self) -> String {
        let rate = words::rate(self.answer.duration.per_second);
        match self.answer.duration.limited_by.as_str() {
            "tps" => format!("{rate} a second, as asked for"),
            quota => format!("{rate} a second, by the account's {quota}"),
        }
    }
}

const fn matter(matter: AccountMatter) -> &'static str {
    match matter {
        AccountMatter::Access => "AWS can be asked",
        AccountMatter::EmailSending => "Email: sending is on",
        AccountMatter::EmailProduction => "Email: to everybody, not only to verified addresses",
        AccountMatter::EmailQuota => "Email: fits into the day's quota",
        AccountMatter::EmailIdentity => "Email: the sender is verified",
        AccountMatter::SmsOrigin => "SMS: there is a number to send from",
        AccountMatter::SmsSpendLimit => "SMS: fits into the month's spending limit",
        AccountMatter::WhatsappTemplates => "WhatsApp: Meta has approved the templates",
    }
}
