use std::{collections::HashMap, time::Duration};

use drumbeat_common::RecipientRef;
use jiff::{SignedDuration, Timestamp};

use super::{
    Trouble, Verdict,
    batch::{Batch, Said},
    receiver::AWAY,
};
use crate::DeliveryTable;

/// As long as an event is younger, its message may still be on its way into the delivery table.
const YOUNG: SignedDuration = SignedDuration::from_mins(10);
/// How long the first wait for that is; each next one is twice as long.
const FIRST_WAIT: Duration = Duration::from_secs(30);
const MOST_DOUBLINGS: u32 = 5;

/// A report of which everything is known.
pub(super) struct Addressed {
    pub(super) recipient: RecipientRef,
    pub(super) said: Said,
}

/// Finds out whom reports are about that do not say so themselves, and judges those about which that cannot be found out.
pub(super) async fn address(
    batch: &mut Batch,
    table: Option<&DeliveryTable>,
) -> (Vec<Addressed>, Option<Trouble>) {
    let said = std::mem::take(&mut batch.said);
    let (found, trouble) = match look(&said, table).await {
        Ok(found) => (Some(found), None),
        Err(trouble) => (None, Some(trouble)),
    };
    let mut addressed = Vec::with_capacity(said.len());
    for said in said {
        let looked_up = || found.as_ref()?.get(said.report.message.as_str()).copied();
        match said.report.recipient.or_else(looked_up) {
            Some(recipient) => addressed.push(Addressed { recipient, said }),
            None if found.is_none() => batch.judge(said.message, AWAY),
            None => match table.and_then(|_| wait(&said)) {
                Some(wait) => batch.judge(said.message, Verdict::Later(wait)),
                None => batch.count(said.message, "unknown_message"),
            },
        }
    }
    (addressed, trouble)
}

async fn look(
    said: &[Said],
    table: Option<&DeliveryTable>,
) -> Result<HashMap<String, RecipientRef>, Trouble> {
    let nameless = said.iter().filter(|said| said.report.recipient.is_none());
    let ids: Vec<&str> = nameless.map(|said| said.report.message.as_str()).collect();
    match table {
        Some(table) if !ids.is_empty() => Ok(table.recipients_of(ids).await?),
        Some(_) | None => Ok(HashMap::new()),
    }
}

/// How long to wait for an unknown message to become known; none where nobody need wait for it.
fn wait(said: &Said) -> Option<Duration> {
    let age = Timestamp::now().duration_since(said.report.at);
    (age.abs() < YOUNG).then(|| FIRST_WAIT * 2_u32.pow(said.times.saturating_sub(1).min(MOST_DOUBLINGS)))
}
