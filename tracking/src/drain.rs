//! Tells the delivery table what a campaign's outbox holds.

use std::{
    collections::{HashMap, HashSet},
    time::{Duration, Instant},
};

use drumbeat_common::{
    CampaignId, Redis, StoreError,
    outbox::{self, Arrived, CHUNK, Chunk, Entry, EntryId, Writer},
};
use futures_util::{StreamExt, stream};
use jiff::Timestamp;
use rand::RngExt;
use tracing::{debug, error, warn};

use crate::{
    DeliveryTable, Item, TrackingDays,
    write::{BATCH, TRANSACTION, WriteError, Written},
};

/// Calls to DynamoDB at once.
const CALLS: usize = 8;
/// The wait after a round in which something was not written; it doubles from there.
const FIRST_BACKOFF: Duration = Duration::from_millis(50);
const LAST_BACKOFF: Duration = Duration::from_secs(5);
/// No call leaves later than this after the chunk was kept: with the longest that a call can take, well before another
/// takes the chunk over.
const STALE: Duration = Duration::from_secs(10);

/// What came of a look at an outbox.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Drained {
    /// As many entries as are taken at once; there are probably more.
    Full,
    /// All that there was.
    Rest,
    /// There was nothing, or another writes it.
    Nothing,
}

/// Writes outboxes into the delivery table.
#[derive(Clone)]
pub struct Drain {
    redis: Redis,
    table: DeliveryTable,
    days: TrackingDays,
    writer: Writer,
}

/// One thing to be written, and the entries of the outbox that are then done with.
struct Line<T> {
    what: T,
    ids: Vec<EntryId>,
}

impl Drain {
    /// A writer of this process.
    #[must_use]
    pub fn new(redis: Redis, table: DeliveryTable, days: TrackingDays) -> Self {
        Self { redis, table, days, writer: Writer::generate() }
    }

    /// Takes the oldest entries of a campaign's outbox and writes them, however long DynamoDB is away. It may be dropped
    /// at any moment: what was not written is then given back, or taken over by another.
    ///
    /// # Errors
    /// When Redis is away.
    pub async fn next(&self, campaign: CampaignId) -> Result<Drained, StoreError> {
        let Some(chunk) = outbox::take(&self.redis, campaign, &self.writer).await? else {
            return Ok(Drained::Nothing);
        };
        if !chunk.unreadable.is_empty() {
            error!(%campaign, entries = chunk.unreadable.len(), "the outbox holds what cannot be read: letting it go");
            outbox::written(&self.redis, campaign, &chunk.unreadable).await?;
        }
        let is_full = chunk.entries.len() >= CHUNK;
        self.write(campaign, chunk).await?;
        Ok(if is_full { Drained::Full } else { Drained::Rest })
    }

    /// Lets another have at once what this one still holds.
    ///
    /// # Errors
    /// When Redis is away.
    pub async fn give_back(&self, campaign: CampaignId) -> Result<(), StoreError> {
        outbox::give_back(&self.redis, campaign, &self.writer).await
    }

    async fn write(&self, campaign: CampaignId, chunk: Chunk) -> Result<(), StoreError> {
        let again = chunk.again;
        let (mut items, mut arrivals) = self.sort(campaign, chunk);
        let (mut backoff, mut is_away) = (FIRST_BACKOFF, false);
        while !(items.is_empty() && arrivals.is_empty()) {
            let kept = Instant::now();
            if !outbox::keep(&self.redis, campaign, &self.writer).await? {
                debug!(%campaign, "another writes this outbox now");
                return Ok(());
            }
            let mut round = Round::new(self, kept);
            // What arrived is told of messages that the table has: these come first.
            if items.is_empty() {
                arrivals = round.arrive(arrivals).await;
            } else {
                items = round.put(items, again).await;
            }
            outbox::written(&self.redis, campaign, &round.written).await?;
            if let Some(why) = round.failed
                && !std::mem::replace(&mut is_away, true)
            {
                warn!(%campaign, %why, "cannot write the delivery table; trying until it works");
            }
            if round.is_whole {
                (backoff, is_away) = (FIRST_BACKOFF, false);
            } else {
                let jitter = rand::rng().random_range(0.5..1.5);
                tokio::time::sleep(backoff.mul_f64(jitter)).await;
                backoff = (backoff * 2).min(LAST_BACKOFF);
            }
        }
        Ok(())
    }

    /// Messages, and what is known of the arrival of others. What arrived of a message that is written for the first time
    /// is written with it; of one that somebody may have written already, it is told afterwards.
    fn sort(&self, campaign: CampaignId, chunk: Chunk) -> (Vec<Line<Item>>, Vec<Line<Arrived>>) {
        let (mut items, mut arrivals, mut places) = (Vec::<Line<Item>>::new(), Vec::new(), HashMap::new());
        let expires_at = self.days.after(Timestamp::now());
        for (id, entry) in chunk.entries {
            match entry {
                Entry::Sent(sent, at) => {
                    places.insert(sent.message_id.clone(), items.len());
                    items.push(Line { what: Item::new(campaign, sent, at, expires_at), ids: vec![id] });
                }
                Entry::Arrived(arrived) => match places.get(&arrived.message_id).filter(|_| !chunk.again) {
                    Some(place) => {
                        let line = &mut items[*place];
                        line.what.arrive(&arrived);
                        line.ids.push(id);
                    }
                    None => arrivals.push(Line { what: arrived, ids: vec![id] }),
                },
            }
        }
        (items, arrivals)
    }
}

/// One try of all that is left.
struct Round<'a> {
    drain: &'a Drain,
    kept: Instant,
    written: Vec<EntryId>,
    /// Whether everything that was tried is done with.
    is_whole: bool,
    failed: Option<WriteError>,
}

impl<'a> Round<'a> {
    fn new(drain: &'a Drain, kept: Instant) -> Self {
        Self { drain, kept, written: Vec::new(), is_whole: true, failed: None }
    }

    /// Writes messages; answers those that are not written. Whoever wrote before may have told what arrived of them, so a
    /// second time nothing is written over.
    async fn put(&mut self, items: Vec<Line<Item>>, again: bool) -> Vec<Line<Item>> {
        let size = if again { 1 } else { BATCH };
        let (table, kept) = (&self.drain.table, self.kept);
        let calls = pieces(items, size).into_iter().map(async |lines| {
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
                    let singles = Box::pin(self.put(lines, true)).await;
                    left.extend(singles);
                }
                answer => left.extend(self.settle(lines, answer)),
            }
        }
        left
    }

    /// Tells of arrivals, of each message in order; answers those that are not told.
    async fn arrive(&mut self, arrivals: Vec<Line<Arrived>>) -> Vec<Line<Arrived>> {
        let (first, mut left) = firsts(arrivals);
        let (table, kept) = (&self.drain.table, self.kept);
        let calls = pieces(first, TRANSACTION).into_iter().map(async |lines| {
            let arrived: Vec<_> = lines.iter().map(|line| &line.what).collect();
            let answer = if kept.elapsed() > STALE {
                Ok(vec![Written::Later; lines.len()])
            } else {
                table.arrive(&arrived).await
            };
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
        untold.append(&mut left);
        untold
    }

    /// Notes what is written, and answers what is not.
    fn settle<T>(&mut self, lines: Vec<Line<T>>, answer: Result<Vec<Written>, WriteError>) -> Vec<Line<T>> {
        let outcomes = answer.unwrap_or_else(|error| {
            self.failed = Some(error);
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

fn pieces<T>(lines: Vec<T>, size: usize) -> Vec<Vec<T>> {
    let mut lines = lines.into_iter();
    let mut pieces = Vec::new();
    loop {
        let piece: Vec<_> = lines.by_ref().take(size).collect();
        if piece.is_empty() {
            return pieces;
        }
        pieces.push(piece);
    }
}

/// The first arrival of each message, and all the others: a transaction has no message twice.
fn firsts(arrivals: Vec<Line<Arrived>>) -> (Vec<Line<Arrived>>, Vec<Line<Arrived>>) {
    let mut seen = HashSet::new();
    arrivals.into_iter().partition(|line| seen.insert(line.what.message_id.clone()))
}
