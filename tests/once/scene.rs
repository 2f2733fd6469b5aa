//! What the scenarios have in common.

use std::time::Duration;

use drumbeat::{client::ClientError, stack::Signal};
use drumbeat_common::{CampaignId, Channel, Progress, Status};
use drumbeat_simulator::ServiceStats;
use tokio::time::{sleep, timeout};

use crate::house::{House, PATIENCE};

const LOOK: Duration = Duration::from_millis(20);

/// Messages a second that two cores keep up with while something is broken every second: `cargo test --release` asks
/// for what is promised, and a build without optimisation for a quarter of it.
pub(crate) const FASTEST: u32 = if cfg!(debug_assertions) { 250 } else { 1_000 };

/// Waits for the end of a campaign that may be in trouble: one that paused itself is resumed.
pub(crate) async fn completed_after_trouble(house: &House, id: CampaignId) -> Progress {
    let completing = async {
        loop {
            // The API is away while Redis is.
            match house.client.progress(id).await {
                Ok(progress) if progress.status == Status::Completed => return progress,
                Ok(progress) if progress.status == Status::Paused => resume(house, id).await,
                Ok(_) | Err(_) => sleep(LOOK).await,
            }
        }
    };
    timeout(PATIENCE, completing).await.expect("the campaign never completed")
}

/// Resumes a campaign, unless its last message is settled just now.
pub(crate) async fn resume(house: &House, id: CampaignId) {
    in_time(house.client.resume(id).await);
}

/// A wish may come too late for the status that the campaign has by then; nothing else may be wrong with it.
pub(crate) fn in_time<T>(answer: Result<T, ClientError>) {
    if let Err(error) = answer {
        let too_late = matches!(&error, ClientError::Problem(problem) if problem.status == 409);
        assert!(too_late, "{error}");
    }
}

/// Asks every worker to stop, and waits until all that was in flight is settled: what an audit finds then is final.
pub(crate) async fn stop_workers(house: &mut House) {
    for worker in &house.stack.workers {
        worker.kill(Signal::SIGTERM).unwrap();
    }
    for worker in &mut house.stack.workers {
        let status = worker.wait().await.unwrap();
        assert!(status.success(), "{}: {status}", worker.name());
    }
}

/// What the simulated services count.
pub(crate) async fn services(house: &House) -> Vec<ServiceStats> {
    let services = house.stats().await.services;
    Channel::ALL.map(|channel| services.get(channel).clone()).to_vec()
}
