//! The AWS services that Drumbeat calls, on localhost, as AWS speaks them: `SendTextMessage` (End User Messaging
//! SMS), `SendWhatsAppMessage` (End User Messaging Social) and `SendEmail` (SES v2), the questions about the account
//! that stand in [`Look`], the tables of DynamoDB and the queues of SQS, all on one port, for any AWS SDK.
//!
//! Nothing leaves the machine. What is accepted is kept with the moment at which it arrived, so the simulator is also
//! the instrument that pacing is measured with. Quotas are strict; latency and faults come on demand.
//!
//! In reading order: [`Settings`] says how the services behave, [`serve`] takes connections, `call` is the way of one
//! request, `look` tells of the account, `message_log` is what was accepted, `receipts` is what is told of it later, [`Stats`] is what it amounts to, and `control` is the HTTP API over it.

mod answer;
mod aws_error;
mod behaviour;
mod bucket;
mod call;
mod clock;
mod connection;
mod control;
mod demo_account;
mod dynamodb;
mod email;
mod fault;
mod latency;
mod lock;
mod look;
mod message_id;
mod message_log;
mod per_service;
mod quota;
mod receipts;
mod refusal;
mod route;
mod server;
mod settings;
mod share;
mod simulator;
mod sms;
mod sqs;
mod stamp;
mod stats;
mod submission;
mod tally;
mod uuid;
mod whatsapp;

pub use demo_account::{DemoAccount, DemoTemplate, EmailAccount};
pub use fault::{Fault, FaultRule, InvalidFaultRule};
pub use latency::{InvalidLatency, Latency};
pub use look::Look;
pub use per_service::PerService;
pub use quota::{InvalidQuota, Quota};
pub use receipts::{ReceiptSettings, ReceiptStats};
pub use refusal::{DynamoDbFaults, Refusal, RefusedWith, SqsFaults};
pub use server::serve;
pub use settings::{Quotas, Settings};
pub use share::{InvalidShare, Share};
pub use stats::{CampaignStats, ServiceStats, Stats};
