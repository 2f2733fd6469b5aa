use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use drumbeat_common::{
    CampaignId,
    queue::{self, Woken},
};
use tracing::{info, warn};

use crate::Process;

/// How often parked batches are looked at when the next one's time is not known to come earlier.
const LOOK: Duration = Duration::from_secs(1);

/// Wakes a campaign's parked batches when their time has come, for as long as it is let. Every worker does, so that it
/// takes only one that is alive.
pub(crate) async fn wake(process: Arc<Process>, campaign: CampaignId) {
    loop {
        let next = match queue::wake(&process.redis, campaign).await {
            Ok(Woken { batches, next }) => {
                if batches > 0 {
                    info!(%campaign, batches, "quiet hours are over for some in these");
                }
                next
            }
            Err(error) => {
                warn!(%campaign, %error, "cannot look for batches whose quiet hours are over");
                None
            }
        };
        let look = Instant::now() + LOOK;
        let next = next.map_or(look, |next| process.clock.instant(next).min(look));
        tokio::time::sleep_until(next.into()).await;
    }
}
