//! What AWS tells later of the messages that it took: events of carriers and mailboxes, put into a queue of SQS the way
//! EventBridge and SNS do.
//!
//! In reading order: `settings` says how things go, `story` makes up what happens to a message, `event` is one thing
//! that happens, `post` holds it until its time has come; `sms`, `email` and `whatsapp` put it into AWS's words.

mod email;
mod event;
mod post;
mod settings;
mod sms;
mod stats;
mod story;
mod whatsapp;

pub(crate) use self::{
    post::{Letter, Post, deliver},
    story::tell,
};
pub use self::{settings::ReceiptSettings, stats::ReceiptStats};

const ACCOUNT: &str = "000000000000";
const REGION: &str = "us-east-1";
