use std::{collections::HashMap, time::Duration};

use drumbeat_common::RecipientRef;
use futures_util::future::join_all;
use jiff::{SignedDuration, Timestamp};

use super::{
    Trouble, Verdict,
    batch::{Batch, Said},
    receiver::AWAY,
};
use crate::{Lookup, event::MessageName};

/// As long as an event is younger, its message may still be on its way into the delivery table.
const YOUNG: SignedDuration = SignedDuration::from_mins(10);
/// How long the first wait for that is; each next one is twice as long.
const FIRST_WAIT: Duration = Duration::from_secs(30);
const MOST_DOUBLINGS: u32 = 5;

/// A report of which everything is known.
pub(super) struct Addressed {
    pub(super) recipient: RecipientRef,
    /// The name under which the delivery table has the message, as far as anybody knows.
    pub(super) message_id: String,
    pub(super) said: Said,
}

/// Finds out whom reports are about that do not say so themselves, and judges those about which that cannot be found out.
pub(super) async fn address(batch: &mut Batch, lookup: Option<&Lookup>) -> (Vec<Addressed>, Option<Trouble>) {
    let said = std::mem::take(&mut batch.said);
    let (found, trouble) = match look(&said, lookup).await {
        Ok(found) => (Some(found), None),
        Err(trouble) => (None, Some(trouble)),
    };
    let mut addressed = Vec::with_capacity(said.len());
    for said in said {
        let id = said.report.message.as_str();
        let looked_up = || found.as_ref().and_then(|found| found.get(id).copied());
        match said.report.recipient.or_else(looked_up) {
            Some(recipient) => addressed.push(Addressed { recipient, message_id: id.to_owned(), said }),
            None if found.is_none() => batch.judge(said.message, AWAY),
            None => match wait(&said, lookup.is_some()) {
                Some(wait) => batch.judge(said.message, Verdict::Later(wait)),
                None => batch.count(said.message, "unknown_message"),
            },
        }
    }
    let renamed = rename(batch, &mut addressed, lookup).await;
    (addressed, trouble.or(renamed))
}

async fn look(said: &[Said], lookup: Option<&Lookup>) -> Result<HashMap<String, RecipientRef>, Trouble> {
    let mut nameless = said.iter().filter(|said| said.report.recipient.is_none()).peekable();
    match lookup {
        Some(lookup) if nameless.peek().is_some() => {
            Ok(lookup.recipients_of(nameless.map(|said| said.report.message.as_str())).await?)
        }
        Some(_) | None => Ok(HashMap::new()),
    }
}

/// How long to wait for an unknown message to become known; none where nobody need wait for it.
fn wait(said: &Said, has_table: bool) -> Option<Duration> {
    let age = Timestamp::now().duration_since(said.report.at);
    (has_table && age.abs() < YOUNG)
        .then(|| FIRST_WAIT * 2_u32.pow(said.times.saturating_sub(1).min(MOST_DOUBLINGS)))
}

/// Gives reports that use Meta's name for a message the one under which the table has it. Where it has none, Meta's stays.
async fn rename(
    batch: &mut Batch,
    addressed: &mut Vec<Addressed>,
    lookup: Option<&Lookup>,
) -> Option<Trouble> {
    let lookup = lookup?;
    let metas = |known: &Addressed| {
        matches!(known.said.report.message, MessageName::Meta(_)) && known.said.report.recipient.is_some()
    };
    let looks = addressed.iter().map(async |known| match metas(known) {
        true => lookup.last_message_of(known.recipient).await,
        false => Ok(None),
    });
    let answers = join_all(looks).await;
    let (mut trouble, mut kept) = (None, Vec::with_capacity(addressed.len()));
    for (mut known, answer) in addressed.drain(..).zip(answers) {
        match answer {
            Ok(id) => {
                known.message_id = id.unwrap_or(known.message_id);
                kept.push(known);
            }
            Err(error) => {
                batch.judge(known.said.message, AWAY);
                trouble = Some(error.into());
            }
        }
    }
    *addressed = kept;
    trouble
}
