//! The list of those who must not be sent to: shown, added to by hand or from a file, and taken off.

pub(crate) mod add;
mod csv_import;
mod entry;
mod json_entries;
pub(crate) mod list;
pub(crate) mod remove;
mod wire;

pub use wire::{
    RejectedSuppression, SuppressionPage, SuppressionRequest, SuppressionView, SuppressionsAdded,
    SuppressionsRequest,
};
