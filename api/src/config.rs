use bytes::Bytes;
use drumbeat_common::TemplateBook;
use jiff::SignedDuration;

use crate::{Account, ApiKey, Prices};

/// What the server is told at its start.
#[derive(Debug)]
pub struct Config {
    /// The templates that recipients may name.
    pub templates: TemplateBook,
    /// Who may call `/api`; everybody who can reach it where there are none.
    pub keys: Vec<ApiKey>,
    /// The account at AWS that messages will go out from.
    pub account: Account,
    /// What messages cost, where that is known.
    pub prices: Option<Prices>,
    /// A campaign in JSON that the page offers to try with; where there is one, the page proposes a dry run.
    pub sample: Option<Bytes>,
    /// `DYNAMODB_DELIVERY_TRACKING_TABLE`: the table that tells what became of each message.
    pub tracking_table: Option<String>,
    /// `DOUBT_WINDOW_HOURS`: how long after a campaign's end a report may still settle a doubt.
    pub doubt_window: SignedDuration,
}
