//! The ledger, the bucket and the queue on a real Redis.

mod campaigns;
mod ledger;
mod queue;
mod server;
mod slots;
