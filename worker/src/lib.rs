//! Sends what is in the queues.
//!
//! In reading order: the `supervisor` keeps a `campaign_run` for each running campaign; that pulls batches from the
//! campaign's queue, and each `delivery` becomes a `batch_run`: claim, `screening`, `slot` (which the account's `quota` may
//! put off), send (`attempt`, in a `lane`, by a `provider`, when the `shaper` of its `beat` lets it go), settle
//! (`judgement`, `settler`). A batch in which only people in `quiet` hours
//! are left is parked until its `waking`. What cannot be sent at all is a `give_up`; what a dead worker left behind in a
//! campaign that nobody works on is settled by a `sweep`. Beside all that, `tracking` writes the delivery table, and what
//! really arrived is read from the queue of `receipts`.

mod attempt;
mod batch_run;
mod beat;
mod campaign_run;
mod clock;
mod config;
mod delivery;
mod doubt;
mod failure;
mod give_up;
mod judgement;
mod lag;
mod lane;
mod metronome;
mod outcome;
mod pace;
mod provider;
mod quiet;
mod quota;
mod receipts;
mod screening;
mod settler;
mod shaper;
mod slot;
mod supervisor;
mod sweep;
mod tables;
mod tracking;
mod waking;

use std::{io, sync::Arc};

use drumbeat_common::{CampaignId, Redis, catalog};
use drumbeat_tracking::{DeliveryTable, Drain, WrongTable, client};
use futures_util::future;
use tokio_util::sync::CancellationToken;
use tracing::{error, warn};

use crate::{
    clock::RedisClock,
    lane::Lanes,
    provider::Providers,
    quota::{AccountQuotas, QuotaSource},
    tracking::keep_telling,
};

pub use crate::config::Config;

/// A worker could not start.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The system gave no thread for the beat.
    #[error("cannot start the threads that send: {0}")]
    Lanes(#[from] io::Error),
    /// A table that it was told to use is not as it has to be.
    #[error(transparent)]
    Table(#[from] WrongTable),
}

/// What all campaigns of one worker process share.
struct Process {
    redis: Redis,
    lanes: Lanes,
    quotas: AccountQuotas,
    clock: RedisClock,
    /// Whether there is a delivery table, which is told of everything that is sent.
    tracks: bool,
}

impl Process {
    /// Pauses a campaign that cannot go on: nobody shall be consumed in finding that out again, and people must look.
    async fn pause(&self, campaign: CampaignId, reason: &str) {
        error!(%campaign, reason, "campaign cannot go on: pausing it");
        if let Err(error) = catalog::pause(&self.redis, campaign, Some(reason)).await {
            warn!(%campaign, %error, "cannot pause campaign");
        }
    }
}

/// Works on all running campaigns until `shutdown`; then lets what is in flight be answered, for 20 seconds at most,
/// and hands the rest back.
///
/// # Errors
/// When the worker cannot start. After that it goes on by itself whatever Redis or AWS do.
pub async fn run(
    redis: Redis,
    config: Config,
    shutdown: impl Future<Output = ()> + Send,
) -> Result<(), Error> {
    let aws = provider::load_aws().await;
    tables::check(&aws, &config).await?;
    let (mut source, quotas) = (QuotaSource::new(&aws, &config), AccountQuotas::default());
    let table = config.tracking_table.as_ref().map(|name| DeliveryTable::new(client(&aws), name));
    let tracks = table.is_some();
    let receipts = receipts::reader(&aws, &config, &redis, table.clone());
    let drain = table.map(|table| Drain::new(redis.clone(), table, config.tracking_days));
    let lanes = Lanes::start(|| Providers::new(&aws, &config))?;
    tokio::join!(future::join_all(lanes.iter().map(|lane| lane.providers.rehearse())), source.start(&quotas));
    let clock = RedisClock::new();
    let process = Arc::new(Process { redis: redis.clone(), lanes, quotas, clock, tracks });
    let reading = tokio::spawn(source.keep_reading(process.clone()));
    let (receive, tell) = (CancellationToken::new(), CancellationToken::new());
    let receiving = receipts.map(|reader| tokio::spawn(receipts::run(reader, receive.clone())));
    let telling = drain.map(|drain| tokio::spawn(keep_telling(redis, drain, tell.clone())));
    let shutdown = async {
        shutdown.await;
        receive.cancel();
    };
    supervisor::run(process, shutdown).await;
    reading.abort();
    // Not before: what is settled until then is told if there is time.
    tell.cancel();
    for task in [telling, receiving].into_iter().flatten() {
        if let Err(error) = task.await {
            error!(%error, "a task that tracks what was sent ended badly");
        }
    }
    Ok(())
}
