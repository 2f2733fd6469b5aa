//! The HTTP API: takes campaigns, shows where they stand, and changes what they do.
//!
//! In reading order: [`serve`] runs the server; its routes stand together in `routes`. A campaign comes in through
//! `intake`: the whole body is read and checked there before anything is written. `campaigns`, `progress`,
//! `failures`, `recipients` and `messages` show, `report` has all of it in one file, and `recount` proves; `lifecycle`, `rate` and `again` change. `templates` shows what can be said,
//! `suppressions` keeps the list of those who must not be sent to, `account` tells what AWS allows, and `prices` what
//! messages cost. `web` is all of it as pages. Everything that can go wrong is an `ApiError`, and leaves as a
//! [`Problem`].

mod account;
mod again;
mod auth;
mod body;
mod campaign_path;
mod campaigns;
mod complaints;
mod config;
mod csv_file;
mod csv_rows;
mod deadline;
mod details;
mod doubt;
mod error;
mod failures;
mod failures_csv;
mod health;
mod intake;
mod json;
mod lifecycle;
mod lines;
mod messages;
mod metrics;
mod number;
mod openapi;
mod prices;
mod problem;
mod progress;
mod query;
mod rate;
mod recipients;
mod recount;
mod rejected;
mod report;
mod routes;
mod server;
mod single_field;
mod suppressions;
mod templates;
mod unchanged;
mod unread;
mod variables;
mod web;
mod wire;

pub use account::{
    Account, AccountCheck, AccountMatter, AccountQuestion, AccountReport, Finding, MetaTemplate, Senders,
};
pub use auth::{ApiKey, InvalidApiKey};
pub use config::Config;
pub use details::Details;
pub use intake::{
    CountryCount, DuplicateExample, Duration, PreflightAnswer, ProblemKind, Sample, TemplateCount,
};
pub use messages::MessageView;
pub use openapi::openapi;
pub use prices::{Cost, Currency, InvalidCurrency, Price, Prices, PricesError, WrongPrice};
pub use problem::{FieldProblem, Problem};
pub use progress::ProgressView;
pub use recipients::{RecipientPage, RecipientView};
pub use server::serve;
pub use suppressions::{
    RejectedSuppression, SuppressionPage, SuppressionRequest, SuppressionView, SuppressionsAdded,
    SuppressionsRequest,
};
pub use templates::{RenderRequest, TemplateList, TemplateView};
pub use wire::{
    CampaignList, CampaignRequest, CampaignView, ChannelTotals, Health, RateRequest, RecipientRequest,
    RecipientsMoved, RejectedRecipient, ResolveRequest, SendCampaignAnswer, Skipped,
};
