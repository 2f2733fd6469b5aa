//! Tells the delivery table what a campaign's outbox holds: a chunk of it is `work`, done in one `round` or more.

mod round;
mod work;

use std::time::{Duration, Instant};

use drumbeat_common::{
    CampaignId, Redis, StoreError,
    outbox::{self, CHUNK, Chunk, Writer},
};
use jiff::Timestamp;
use rand::RngExt;
use tracing::{debug, error, warn};

use crate::{DeliveryTable, TrackingDays};
use round::Round;
use work::Work;

/// The wait after a round in which something was not written; it doubles from there.
const FIRST_BACKOFF: Duration = Duration::from_millis(50);
const LAST_BACKOFF: Duration = Duration::from_secs(5);
/// How often a message is looked for by its recipient. The table's index is a moment behind the table; but a message may
/// have gone out before there was a table, and nobody shall wait for that.
const LOOKS: u32 = 6;

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
        let mut work = Work::of(campaign, chunk, self.days.after(Timestamp::now()));
        let (mut backoff, mut is_away, mut looks) = (FIRST_BACKOFF, false, 0);
        while !work.is_done() {
            let kept = Instant::now();
            if !outbox::keep(&self.redis, campaign, &self.writer).await? {
                debug!(%campaign, "another writes this outbox now");
                return Ok(());
            }
            let mut round = Round::new(&self.table, kept);
            round.run(campaign, &mut work).await;
            let Round { mut written, is_whole, failed, .. } = round;
            if failed.is_none() && work.items.is_empty() && !work.nameless.is_empty() {
                looks += 1;
                if looks >= LOOKS {
                    debug!(%campaign, "the delivery table knows nothing of some messages that arrived");
                    written.extend(work.nameless.drain(..).flat_map(|line| line.ids));
                }
            }
            outbox::written(&self.redis, campaign, &written).await?;
            if let Some(why) = failed
                && !std::mem::replace(&mut is_away, true)
            {
                warn!(%campaign, why, "cannot write the delivery table; trying until it works");
            }
            if is_whole {
                (backoff, is_away) = (FIRST_BACKOFF, false);
            } else if !work.is_done() {
                let jitter = rand::rng().random_range(0.5..1.5);
                tokio::time::sleep(backoff.mul_f64(jitter)).await;
                backoff = (backoff * 2).min(LAST_BACKOFF);
            }
        }
        Ok(())
    }
}
