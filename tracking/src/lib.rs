//! Who really got a message: the delivery table in DynamoDB, and the reports that carriers and mailboxes send.

mod days;

pub use days::{InvalidTrackingDays, TrackingDays};
