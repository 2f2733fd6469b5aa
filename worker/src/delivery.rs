use std::{sync::Arc, time::Duration};

use drumbeat_common::{
    Batch, CampaignId, delivery,
    queue::{Handled, Job},
};
use tokio_util::sync::CancellationToken;
use tracing::{debug, error, warn};

use crate::{batch_run::BatchRun, campaign_run::Batches, give_up::GiveUp, outcome::Cause};

/// A batch that comes back from the dead more often than this, with nobody settled in between, is what workers die of.
const CRASHES: u32 = 5;
/// How soon a delivery is counted again after Redis failed.
const COUNT_AGAIN: Duration = Duration::from_millis(200);

/// Takes a batch from the queue: sends to everybody in it, or gives it up where that cannot be.
pub(crate) async fn take(
    batches: Arc<Batches>,
    campaign: CampaignId,
    job: Job,
    stop: CancellationToken,
) -> Handled {
    let number = job.batch;
    let process = batches.process.clone();
    let Some(deliveries) = stop.run_until_cancelled(count(&batches, campaign, number)).await else {
        return Handled::HandBack;
    };
    let handled = match open(campaign, &job) {
        Ok(batch) if deliveries <= CRASHES => BatchRun::new(batches, batch, stop).run().await,
        Ok(batch) => {
            let cause = Cause::new(
                "BatchCrashed",
                format!("{CRASHES} workers in a row died while they had this batch in hand"),
            );
            GiveUp::new(process.clone(), campaign, number, Some(batch), cause).run(&stop).await
        }
        Err(cause) => GiveUp::new(process.clone(), campaign, number, None, cause).run(&stop).await,
    };
    if let Err(error) = delivery::end(&process.redis, campaign, number).await {
        debug!(%campaign, batch = number, %error, "cannot note that a batch was survived");
    }
    handled
}

async fn count(batches: &Batches, campaign: CampaignId, number: u32) -> u32 {
    loop {
        match delivery::begin(&batches.process.redis, campaign, number).await {
            Ok(deliveries) => return deliveries,
            Err(error) => warn!(%campaign, batch = number, %error, "cannot start on a batch yet"),
        }
        tokio::time::sleep(COUNT_AGAIN).await;
    }
}

/// The batch that a job is, or why it is none.
fn open(campaign: CampaignId, job: &Job) -> Result<Batch, Cause> {
    let unreadable = |why: String| {
        error!(%campaign, batch = job.batch, why, "a batch cannot be read: giving it up");
        Cause::new("BatchUnreadable", why)
    };
    let batch = Batch::unpack(&job.packed).map_err(|error| unreadable(error.to_string()))?;
    if (batch.campaign, batch.number) == (campaign, job.batch) {
        Ok(batch)
    } else {
        Err(unreadable(format!("the job holds batch {} of campaign {}", batch.number, batch.campaign)))
    }
}
