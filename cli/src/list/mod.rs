//! A file of recipients on its way to the API, of any length: what is read of it is sent at once.
//!
//! In reading order: [`ListFile`] is the file, its [`Format`] how it is written, and [`Options`] what else the campaign
//! asks for. `body` makes a request's body of it, and `recipients` makes lines of a campaign that is too large for JSON.

mod body;
mod file;
mod format;
mod options;
mod recipients;

pub use file::ListFile;
pub use format::Format;
pub use options::Options;
