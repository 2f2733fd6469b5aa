use std::time::{Duration, Instant};

use drumbeat_common::{CampaignId, outbox::EntryId};
use futures_util::{StreamExt, stream};
use tracing::{error, warn};

use super::work::{Line, Told, Work, pieces};
use crate::{
    DeliveryTable, Item,
    write::{BATCH, TRANSACTION, WriteError, Written},
};

/// Calls to DynamoDB at once.
const CALLS: usize = 8;
/// No call leaves later than this after the chunk was kept: with the longest that a call can take, well before another
/// takes the chunk over.
const STALE: Duration = Duration::from_secs(10);

/// One try of what is left of a chunk.
pub(super) struct Round<'a> {
    table: &'a DeliveryTable,
    kept: Instant,
    /// What is done with.
    pub(super) written: Vec<EntryId>,
    /// Whether everything that was tried is done with.
    pub(super) is_whole: bool,
    /// Why not, where it is not for want of room.
    pub(super) failed: Option<String>,
}

impl<'a> Round<'a> {
    pub(super) fn new(table: &'a DeliveryTable, kept: Instant) -> Self {
        Self { table, kept, written: Vec::new(), is_whole: true, failed: None }
    }

    /// What arrived is told of messages that the table has: these come first.
    pub(super) async fn run(&mut self, campaign: CampaignId, work: &mut Work) {
        if !work.items.is_empty() {
            let items = std::mem::take(&mut work.items);
            work.items = self.put(items, work.again).await;
            return;
        }
        if !work.nameless.is_empty() {
            self.name(campaign, work).await;
        }
        let untold = self.tell(work.take_firsts()).await;
        work.told.extend(untold);
    }

    /// Writes messages; answers those that are not written. Whoever wrote before may have told what arrived of them, so a
    /// second time nothing is written over.
    async fn put(&mut self, items: Vec<Line<Item>>, again: bool) -> Vec<Line<Item>> {
        let (table, kept) = (self.table, self.kept);
        let calls = pieces(items, if again { 1 } else { BATCH }).into_iter().map(async |lines| {
            let items: Vec<_> = lines.iter().map(|line| line.what.clone()).collect();
            let answer = match &items[..] {
                _ if kept.elapsed() > STALE => Ok(vec![Written::Later; lines.len()]),
                [item] if again => table.put_new(item).await.map(|written| vec![written]),
                items => table.put_batch(items).await,
            };
            (lines, answer)
        });
        let answers: Vec<_> = stream::iter(calls).buffer_unordered(CALLS).collect().await;
        let mut left = Vec::new();
        for (lines, answer) in answers {
            match answer {
                Err(WriteError::Invalid(why)) if !again => {
                    warn!(why, "DynamoDB refuses a group of items: writing them one by one");
                    left.extend(Box::pin(self.put(lines, true)).await);
                }
                answer => left.extend(self.settle(lines, answer)),
            }
        }
        left
    }

    /// Looks up the last messages to those of whom only the recipient is known.
    async fn name(&mut self, campaign: CampaignId, work: &mut Work) {
        match self.table.of_recipients(campaign, &work.nameless()).await {
            Ok(found) => work.name(&found),
            Err(error) => self.failed = Some(error.to_string()),
        }
        self.is_whole &= work.nameless.is_empty();
    }

    /// Tells of arrivals, no two of one message; answers those that are not told.
    async fn tell(&mut self, told: Vec<Line<Told>>) -> Vec<Line<Told>> {
        let (table, kept) = (self.table, self.kept);
        let calls = pieces(told, TRANSACTION).into_iter().map(async |lines| {
            if kept.elapsed() > STALE {
                let later = Ok(vec![Written::Later; lines.len()]);
                return (lines, later);
            }
            let told: Vec<_> =
                lines.iter().map(|line| (&*line.what.message_id, &line.what.arrived)).collect();
            let answer = table.arrive(&told).await;
            (lines, answer)
        });
        let answers: Vec<_> = stream::iter(calls).buffer_unordered(CALLS).collect().await;
        let mut untold = Vec::new();
        for (lines, answer) in answers {
            let answer = match answer {
                // Nothing from outside is in it but bounded texts: it is told no better one by one.
                Err(WriteError::Invalid(why)) => {
                    error!(why, "DynamoDB refuses what arrived: letting it go");
                    Ok(vec![Written::Refused; lines.len()])
                }
                answer => answer,
            };
            untold.extend(self.settle(lines, answer));
        }
        untold
    }

    /// Notes what is written, and answers what is not.
    fn settle<T>(&mut self, lines: Vec<Line<T>>, answer: Result<Vec<Written>, WriteError>) -> Vec<Line<T>> {
        let outcomes = answer.unwrap_or_else(|error| {
            self.failed = Some(error.to_string());
            vec![Written::Later; lines.len()]
        });
        let mut left = Vec::new();
        for (line, written) in lines.into_iter().zip(outcomes) {
            match written {
                Written::Done => self.written.extend(line.ids),
                Written::Refused => {
                    error!("DynamoDB refuses an item for good: the delivery table will not tell of it");
                    self.written.extend(line.ids);
                }
                Written::Later => left.push(line),
            }
        }
        self.is_whole &= left.is_empty();
        left
    }
}
