//! Why reports put addresses on the suppression list.

use drumbeat_common::suppression::Reason;

pub(crate) const BOUNCED: &str = "bounced";
pub(crate) const COMPLAINED: &str = "complained";
pub(crate) const OPTED_OUT: &str = "opted out";

pub(crate) fn of(text: &str) -> Reason {
    text.to_owned().try_into().expect("one of the short lines above")
}
