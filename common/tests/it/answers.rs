//! What the answers of providers do to a campaign as a whole: slow it down, or pause it.

use std::time::Duration;

use drumbeat_common::{
    CampaignId, Progress, Status, catalog,
    ledger::{self, Claim, Hold, Settled, Settlement, Verdict},
};

use crate::server::{Server, new_claimer};

fn throttled() -> Verdict {
    Verdict::Throttled("ThrottlingException for sms".to_owned())
}

fn failed() -> Verdict {
    Verdict::Failed("ConnectFailed for email".to_owned())
}

async fn until(server: &Server, id: CampaignId, wish: impl Fn(&Progress) -> bool) -> Progress {
    let looking = async {
        loop {
            let progress = server.progress(id).await;
            if wish(&progress) {
                return progress;
            }
        }
    };
    tokio::time::timeout(Duration::from_secs(30), looking).await.expect("it never came so far")
}

#[tokio::test]
async fn throttles_halve_the_rate_and_it_climbs_back() {
    let server = Server::start().await;
    let (id, batches) = server.campaign(10, 1_000.0).await;
    server.put_back(&batches[0], 1, &Verdict::Accepted).await;
    assert_eq!(server.progress(id).await.effective_tps, 1_000.0);

    // A few are messages that came early.
    for _ in 0..3 {
        server.put_back(&batches[0], 1, &throttled()).await;
        assert_eq!(server.progress(id).await.effective_tps, 1_000.0);
    }
    server.put_back(&batches[0], 1, &throttled()).await;
    let progress = server.progress(id).await;
    assert_eq!((progress.tps, progress.effective_tps), (1_000.0, 500.0));
    let reason = progress.status_reason.unwrap();
    assert!(reason.contains("ThrottlingException for sms"), "{reason}");

    let climbed = until(&server, id, |progress| progress.effective_tps > 900.0).await;
    assert!(climbed.effective_tps < 1_000.0);
    let back = until(&server, id, |progress| progress.effective_tps >= 1_000.0).await;
    assert_eq!((back.effective_tps, back.status_reason), (1_000.0, None));
}

#[tokio::test]
async fn throttles_of_one_moment_are_one() {
    let server = Server::start().await;
    let (id, batches) = server.campaign(10, 1_000.0).await;
    let settlements: Vec<_> = {
        let claimer = new_claimer();
        let claim = ledger::claim(&server.redis, &batches[0], claimer, 5, []).await.unwrap().0;
        let Claim::Claimed { id: claimed, recipients, .. } = claim else { panic!("{claim:?}") };
        let settle =
            |index| Settlement { index, hold: Hold::By(claimed), to: Settled::Pending, verdict: throttled() };
        recipients.into_iter().map(settle).collect()
    };
    ledger::settle(&server.redis, id, &settlements).await.unwrap();
    let rate = server.progress(id).await.effective_tps;
    assert!(rate >= 500.0, "{rate}");
}

#[tokio::test]
async fn a_provider_that_always_throttles_is_still_asked_once_a_second() {
    let server = Server::start().await;
    let (id, batches) = server.campaign(10, 1.5).await;
    for _ in 0..4 {
        server.put_back(&batches[0], 1, &throttled()).await;
    }
    assert_eq!(server.progress(id).await.effective_tps, 1.0);
}

#[tokio::test]
async fn a_campaign_pauses_when_more_than_half_of_its_last_attempts_failed() {
    let server = Server::start().await;
    let (id, batches) = server.campaign(10, 10_000.0).await;
    for _ in 0..50 {
        assert_eq!(server.put_back(&batches[0], 1, &failed()).await, None);
        assert_eq!(server.put_back(&batches[0], 1, &Verdict::Accepted).await, None);
    }
    // Half is not more than half; a slot that was given up and a throttle are no attempts.
    server.put_back(&batches[0], 1, &Verdict::None).await;
    server.put_back(&batches[0], 1, &throttled()).await;
    assert_eq!(server.put_back(&batches[0], 1, &failed()).await, None);
    assert_eq!(server.progress(id).await.status, Status::Running);
    assert_eq!(server.put_back(&batches[0], 1, &failed()).await, Some(Status::Paused));
    let progress = server.progress(id).await;
    assert_eq!(progress.status, Status::Paused);
    assert_eq!(
        progress.status_reason.unwrap(),
        "51 of the last 100 attempts failed, the last with ConnectFailed for email"
    );

    catalog::resume(&server.redis, id).await.unwrap();
    for _ in 0..99 {
        assert_eq!(server.put_back(&batches[0], 1, &failed()).await, None);
    }
    assert_eq!(server.put_back(&batches[0], 1, &failed()).await, Some(Status::Paused));
}
