use std::{collections::HashMap, time::Duration};

use drumbeat_common::RecipientRef;
use futures_util::future::join_all;
use jiff::{SignedDuration, Timestamp};

use super::{
    Trouble, Verdict,
    batch::{Batch, Said},
    receiver::AWAY,
};
use crate::{Lookup, LookupError, event::MessageName};

/// As long as an event is younger, its message may still be on its way into the delivery table.
const YOUNG: SignedDuration = SignedDuration::from_mins(10);
/// How long the first wait for that is, where nobody knows whose message it is; each next one is twice as long.
const FIRST_WAIT: Duration = Duration::from_secs(30);
/// And where only the message's name is missing: the table mostly has it a moment later.
const FIRST_WAIT_FOR_NAME: Duration = Duration::from_secs(5);
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
            None => match lookup.and_then(|_| wait(&said, FIRST_WAIT)) {
                Some(wait) => batch.judge(said.message, Verdict::Later(wait)),
                None => batch.count(said.message, "unknown_message"),
            },
        }
    }
    let renamed = rename(batch, &mut addressed, lookup).await;
    (addressed, trouble.or(renamed))
}

async fn look(said: &[Said], lookup: Option<&Lookup>) -> Result<HashMap<String, RecipientRef>, Trouble> {
    let nameless = said.iter().filter(|said| said.report.recipient.is_none());
    let ids: Vec<&str> = nameless.map(|said| said.report.message.as_str()).collect();
    match lookup {
        Some(lookup) if !ids.is_empty() => Ok(lookup.recipients_of(ids).await?),
        Some(_) | None => Ok(HashMap::new()),
    }
}

/// How long to wait for an unknown message to get into the table; none where it should have been there long since.
fn wait(said: &Said, first: Duration) -> Option<Duration> {
    let age = Timestamp::now().duration_since(said.report.at);
    (age.abs() < YOUNG).then(|| first * 2_u32.pow(said.times.saturating_sub(1).min(MOST_DOUBLINGS)))
}

/// Gives reports that use Meta's name for a message the one under which the table has it. Where it still has none when the
/// report is old, the answer that told the name never came, and Meta's stays.
async fn rename(
    batch: &mut Batch,
    addressed: &mut Vec<Addressed>,
    lookup: Option<&Lookup>,
) -> Option<Trouble> {
    let lookup = lookup?;
    let looks = addressed.iter().map(async |known| name(known, lookup).await);
    let answers = join_all(looks).await;
    let (mut trouble, mut kept) = (None, Vec::with_capacity(addressed.len()));
    for (mut known, answer) in addressed.drain(..).zip(answers) {
        match answer {
            Ok(Named::Known) => kept.push(known),
            Ok(Named::Anew(id)) => {
                known.message_id = id;
                kept.push(known);
            }
            Ok(Named::NotYet(wait)) => batch.judge(known.said.message, Verdict::Later(wait)),
            Err(error) => {
                batch.judge(known.said.message, AWAY);
                trouble = Some(error.into());
            }
        }
    }
    *addressed = kept;
    trouble
}

/// The name under which the table has a message.
enum Named {
    Known,
    Anew(String),
    NotYet(Duration),
}

async fn name(known: &Addressed, lookup: &Lookup) -> Result<Named, LookupError> {
    if let MessageName::Aws(_) = known.said.report.message {
        return Ok(Named::Known);
    }
    Ok(match lookup.last_message_of(known.recipient).await? {
        Some(id) => Named::Anew(id),
        None => wait(&known.said, FIRST_WAIT_FOR_NAME).map_or(Named::Known, Named::NotYet),
    })
}
