use axum::{extract::State, response::Response};
use drumbeat_common::{Channel, Filter, RecipientIndex, catalog};
use jiff::Timestamp;
use serde::Serialize;

use crate::{
    Details, RecipientPage, RecipientView,
    campaign_path::CampaignPath,
    campaigns::existing,
    csv_file::{self, Page},
    error::ApiError,
    problem::CampaignProblem,
    query::MAX_LIMIT,
    recipients,
    server::App,
};

const HEADER: &[&str] = &[
    "index",
    "customer_id",
    "channel",
    "state",
    "message_id",
    "claimed_at",
    "sent_at",
    "delivered_at",
    "undelivered_at",
    "read_at",
    "failed_at",
    "code",
    "message",
    "details",
];

/// A line of the report.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
struct Line {
    index: u32,
    customer_id: String,
    channel: Channel,
    state: &'static str,
    message_id: Option<String>,
    claimed_at: Option<Timestamp>,
    sent_at: Option<Timestamp>,
    delivered_at: Option<Timestamp>,
    undelivered_at: Option<Timestamp>,
    read_at: Option<Timestamp>,
    failed_at: Option<Timestamp>,
    code: String,
    message: String,
    details: Details,
}

/// What became of everybody, as a file
///
/// One line a recipient, in the order of the list, with the state that the ledger has and what the delivery table knows.
/// Where the table is missing or stops answering, message ids and times are left out from there on, and the last column
/// says so.
#[utoipa::path(
    get,
    path = "/api/campaigns/{id}/report.csv",
    operation_id = "download_report",
    tag = "progress",
    params(CampaignPath),
    responses(
        (status = OK, description = "Every recipient's state", body = String, content_type = "text/csv"),
        CampaignProblem
    )
)]
pub(crate) async fn download(
    State(App { redis, table, .. }): State<App>,
    CampaignPath(id): CampaignPath,
) -> Result<Response, ApiError> {
    existing(catalog::get(&redis, id)).await?;
    let name = format!("report-{id}.csv");
    csv_file::stream(name, HEADER, move |after: Option<(RecipientIndex, Details)>| {
        let (redis, table) = (redis.clone(), table.clone());
        async move {
            let (after, before) = after.unzip();
            // A table that is away would cost its patience at each of a thousand pages.
            let is_away = before == Some(Details::Unavailable);
            let asked = table.as_ref().filter(|_| !is_away);
            let page = recipients::page(&redis, asked, id, &Filter::default(), after, MAX_LIMIT).await?;
            let RecipientPage { recipients, next, details } = page;
            let details = if is_away { Details::Unavailable } else { details };
            let rows = recipients.into_iter().map(|recipient| Line::new(recipient, details)).collect();
            Ok(Page { rows, next: next.map(|next| (next, details)) })
        }
    })
    .await
}

impl Line {
    fn new(recipient: RecipientView, details: Details) -> Self {
        Self {
            index: recipient.index,
            customer_id: harmless(recipient.customer_id.unwrap_or_default()),
            channel: recipient.channel,
            state: recipient.state.as_str(),
            message_id: recipient.message_id.map(harmless),
            claimed_at: recipient.claimed_at,
            sent_at: recipient.sent_at,
            delivered_at: recipient.delivered_at,
            undelivered_at: recipient.undelivered_at,
            read_at: recipient.read_at,
            failed_at: recipient.failed_at,
            code: harmless(recipient.code.unwrap_or_default()),
            message: harmless(recipient.message.unwrap_or_default()),
            details,
        }
    }
}

/// A cell that no spreadsheet takes for a formula: the report is made to be opened in one, and others wrote these texts.
fn harmless(cell: String) -> String {
    if cell.starts_with(['=', '+', '-', '@', '\t', '\r']) { format!("'{cell}") } else { cell }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_cell_is_a_formula() {
        for formula in ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1"] {
            assert_eq!(harmless(formula.to_owned()), format!("'{formula}"));
        }
        for text in ["CUST-1", "", "a=b", "'=1"] {
            assert_eq!(harmless(text.to_owned()), text);
        }
    }
}
