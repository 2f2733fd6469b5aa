//! Reads reports about messages from the receipts queue, and has them taken. Sending never waits for any of it.

mod queue;
mod round;
#[cfg(test)]
mod tests;

use std::{sync::Arc, time::Duration};

use aws_config::SdkConfig;
use drumbeat_common::Redis;
use drumbeat_tracking::{DeliveryTable, receipts::Receiver};
use tokio::task::{JoinError, JoinSet};
use tokio_util::sync::CancellationToken;
use tracing::{info, warn};

use crate::Config;
use queue::ReceiptsQueue;
use round::{Found, Reader};

/// Rounds at once while the queue is full: 80 receipts in flight.
const MOST_ROUNDS: usize = 8;
/// How long to leave the queue alone when something is away: at first, and at most.
const FIRST_REST: Duration = Duration::from_secs(1);
const LONGEST_REST: Duration = Duration::from_secs(30);
/// How long a stop waits for what is being taken. What is cut off comes again.
const DRAIN: Duration = Duration::from_secs(10);

/// What reads the queue that the configuration names; none where it names none.
pub(crate) fn reader(
    aws: &SdkConfig,
    config: &Config,
    redis: &Redis,
    table: Option<DeliveryTable>,
) -> Option<Reader> {
    let Some(url) = config.receipts_queue_url.clone() else {
        info!("RECEIPTS_QUEUE_URL is not set: nobody is told whether messages arrived");
        return None;
    };
    Some(Reader {
        queue: ReceiptsQueue::new(aws, url),
        receiver: Receiver::new(redis.clone(), table, config.reputation),
    })
}

/// Reads until `stop`: with one round at a time while little comes, and with more while each comes back full.
pub(crate) async fn run(reader: Reader, stop: CancellationToken) {
    let reader = Arc::new(reader);
    let (mut rounds, mut pace) = (JoinSet::new(), Pace::default());
    while !stop.is_cancelled() {
        while rounds.len() < pace.rounds {
            let (reader, stop) = (reader.clone(), stop.clone());
            rounds.spawn(async move { reader.round(&stop).await });
        }
        let Some(found) = rounds.join_next().await else { continue };
        if let Some(rest) = pace.follow(found) {
            tokio::select! {
                () = stop.cancelled() => {}
                () = tokio::time::sleep(rest) => {}
            }
        }
    }
    let drained = async { while rounds.join_next().await.is_some() {} };
    if tokio::time::timeout(DRAIN, drained).await.is_err() {
        warn!("receipts are still being taken: leaving them to come again");
    }
}

/// How many rounds to have at once, and how long to rest after trouble.
#[derive(Debug)]
struct Pace {
    rounds: usize,
    rest: Duration,
    /// What is wrong, as people were told.
    told: Option<String>,
}

impl Default for Pace {
    fn default() -> Self {
        Self { rounds: 1, rest: FIRST_REST, told: None }
    }
}

impl Pace {
    /// Goes by what a round found. Answers how long to rest, where something is away.
    fn follow(&mut self, found: Result<Found, JoinError>) -> Option<Duration> {
        match found {
            Ok(Found::Full) => self.rounds = MOST_ROUNDS.min(self.rounds + 1),
            Ok(Found::Some) => {}
            Ok(Found::Nothing) => self.rounds = 1.max(self.rounds - 1),
            Ok(Found::Trouble(what)) => return Some(self.suffer(what)),
            // A round that panicked: what it held comes again, and goes to the dead letters if that is the cause.
            Err(error) => return Some(self.suffer(error.to_string())),
        }
        if self.told.take().is_some() {
            info!("receipts are read again");
        }
        self.rest = FIRST_REST;
        None
    }

    fn suffer(&mut self, what: String) -> Duration {
        if self.told.as_ref() != Some(&what) {
            warn!(what, "cannot read receipts; messages are sent all the same");
            self.told = Some(what);
        }
        self.rounds = 1;
        let rest = self.rest;
        self.rest = LONGEST_REST.min(rest * 2);
        rest
    }
}
