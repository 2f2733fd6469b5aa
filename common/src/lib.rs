//! The domain of Drumbeat, and all that Redis holds. No HTTP, no AWS.
//!
//! In reading order: [`Campaign`] and [`Recipient`] say what is to be sent; [`Batch`] packs recipients into jobs;
//! [`queue`] carries them; [`ledger`] knows what happened to each; [`slot`] says when the next may be sent;
//! [`receipt`] says what really arrived, and [`outbox`] what the delivery table is still to be told; [`progress()`] tells
//! it all, and [`people()`] each person one by one. [`catalog`] keeps the campaigns themselves. [`suppression`]
//! says who must not be sent to in any of them.

pub mod account_quota;
mod address;
mod address_print;
mod batch;
mod campaign;
pub mod catalog;
mod census;
mod channel;
mod connection;
mod country;
pub mod customers;
pub mod delivery;
mod discard;
mod failure;
pub mod idempotency;
mod keys;
pub mod ledger;
mod message;
mod numbering_plan;
pub mod outbox;
mod people;
mod phone_number;
mod progress;
pub mod queue;
mod quiet_hours;
pub mod receipt;
pub mod receipt_counts;
mod recipient;
mod recount;
pub mod rejected;
mod schedule;
mod script;
mod skip;
pub mod slot;
mod sms_parts;
mod state;
pub mod suppression;
mod template;
mod template_book;
mod template_calls;
mod template_error;
mod template_file;
mod time_zone;
mod tps;
mod typed_number;
mod watched;
mod whom;

pub use address::{Address, EmailAddress, InvalidAddress, InvalidEmailAddress};
pub use address_print::AddressPrint;
pub use batch::{Batch, UnpackError};
pub use campaign::{
    Campaign, CampaignId, CampaignOptions, InDoubtPolicy, InvalidCampaignId, Status, UnknownStatus,
};
pub use census::{Census, census};
pub use channel::{Channel, UnknownChannel};
pub use connection::{ConnectError, Redis, StoreError, WeakSetting};
pub use country::{Country, InvalidCountry};
pub use discard::discard;
pub use failure::{Failure, FailurePage, FailureState, failures};
pub use message::{Message, WhatsappContent};
pub use people::{Filter, People, Person, people};
pub use phone_number::{InvalidPhoneNumber, PhoneNumber, UnusablePhoneNumber};
pub use progress::{BatchCounts, ChannelCounts, Counts, Progress, Tally, progress, watch};
pub use queue::Resolve;
pub use quiet_hours::{InvalidQuietHours, LocalClock, QuietHours};
pub use receipt::{Arrival, Harm, Receipt, Received, ReputationLimits};
pub use recipient::{Content, InvalidRecipientRef, Recipient, RecipientIndex, RecipientRef};
pub use recount::{Recount, recount};
pub use rejected::Rejected;
pub use schedule::{FURTHEST_START, TooFarAhead, check_start};
pub use skip::skip;
pub use sms_parts::{SmsEncoding, SmsParts};
pub use state::{InvalidLedgerByte, LedgerByte, State, UnknownState};
pub use template::{Template, TemplateId, TemplateParts};
pub use template_book::TemplateBook;
pub use template_calls::UnknownCall;
pub use template_error::{ContentError, PartFault, Place, TemplateBookError};
pub use time_zone::UnknownClock;
pub use tps::{InvalidTps, Tps};
pub use watched::{Event, SentInSecond, Watched};
pub use whom::{NoAddress, Whom};
