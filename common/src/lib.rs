//! The domain of Drumbeat, and all that Redis holds. No HTTP, no AWS.
//!
//! In reading order: [`Campaign`] and [`Recipient`] say what is to be sent; [`Batch`] packs recipients into jobs;
//! [`queue`] carries them; [`ledger`] knows what happened to each; [`slot`] says when the next may be sent;
//! [`progress()`] tells it all. [`catalog`] keeps the campaigns themselves.

pub mod account_quota;
mod address;
mod batch;
mod campaign;
pub mod catalog;
mod channel;
mod connection;
mod country;
pub mod delivery;
mod failure;
mod keys;
pub mod ledger;
mod message;
mod progress;
pub mod queue;
mod quiet_hours;
mod recipient;
mod recount;
mod script;
pub mod slot;
mod sms_parts;
mod state;
mod template;
mod template_book;
mod tps;

pub use address::{Address, EmailAddress, InvalidEmailAddress, InvalidPhoneNumber, PhoneNumber};
pub use batch::{Batch, UnpackError};
pub use campaign::{
    Campaign, CampaignId, CampaignOptions, InDoubtPolicy, InvalidCampaignId, Status, UnknownStatus,
};
pub use channel::{Channel, UnknownChannel};
pub use connection::{ConnectError, Redis, StoreError, WeakSetting};
pub use country::{Country, InvalidCountry};
pub use failure::{Failure, FailurePage, FailureState, failures};
pub use message::{Message, WhatsappContent};
pub use progress::{BatchCounts, ChannelCounts, Counts, Progress, Tally, progress};
pub use queue::Resolve;
pub use quiet_hours::{InvalidQuietHours, LocalClock, QuietHours};
pub use recipient::{Content, InvalidRecipientRef, Recipient, RecipientIndex, RecipientRef};
pub use recount::{Recount, recount};
pub use sms_parts::{SmsEncoding, SmsParts};
pub use state::{InvalidLedgerByte, LedgerByte, State};
pub use template::{Template, TemplateId, TemplateParts};
pub use template_book::{ContentError, TemplateBook, TemplateBookError};
pub use tps::{InvalidTps, Tps};
