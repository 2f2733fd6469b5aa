use drumbeat_common::{
    Channel, Counts, FailureState, RecipientIndex, State, Status, catalog, failures,
    ledger::{self, Claim, Claimer, Settled},
};
use redis::AsyncCommands;

use crate::server::{Server, claim_all, failure, settled, settlements};

#[tokio::test]
async fn a_campaign_completes_when_the_last_recipient_is_settled() {
    let server = Server::start().await;
    let (id, batches) = server.campaign(50, 10_000.0).await;
    let claimer = Claimer::generate();
    let claimed = claim_all(&server.redis, &batches[0], claimer).await;
    assert_eq!(claimed.len(), 50);
    let (last, rest) = claimed.split_last().unwrap();

    ledger::settle(&server.redis, id, &settlements(rest, Some(claimer), |_| Settled::Sent)).await.unwrap();
    assert_eq!(server.get(id).await.status, Status::Running);
    let failed = |index| Settled::Failed(failure(index, FailureState::Failed));
    ledger::settle(&server.redis, id, &settlements(&[*last], Some(claimer), failed)).await.unwrap();

    let progress = server.progress(id).await;
    assert_eq!(progress.status, Status::Completed);
    assert_eq!(progress.counts, Counts { total: 50, sent: 49, failed: 1, ..Counts::default() });
    assert!(progress.finished_at >= progress.started_at);
    let page = failures(&server.redis, id, None, 10).await.unwrap();
    assert_eq!(page.failures, [failure(*last, FailureState::Failed)]);
    assert!(catalog::running(&server.redis).await.unwrap().is_empty());
}

#[tokio::test]
async fn settling_twice_counts_once() {
    let server = Server::start().await;
    let (id, batches) = server.campaign(100, 10_000.0).await;
    let claimer = Claimer::generate();
    let Claim::Claimed { recipients, .. } =
        ledger::claim(&server.redis, &batches[0], claimer, 10, []).await.unwrap().0
    else {
        panic!("nothing claimed")
    };
    for _ in 0..2 {
        let sent = settlements(&recipients, Some(claimer), |_| Settled::Sent);
        ledger::settle(&server.redis, id, &sent).await.unwrap();
    }
    let counts = server.progress(id).await.counts;
    assert_eq!(counts, Counts { total: 100, pending: 90, sent: 10, ..Counts::default() });
}

#[tokio::test]
async fn nobody_is_claimed_by_two() {
    let server = Server::start().await;
    let (_, batches) = server.campaign(100, 10_000.0).await;
    let (one, two) = tokio::join!(
        claim_all(&server.redis, &batches[0], Claimer::generate()),
        claim_all(&server.redis, &batches[0], Claimer::generate()),
    );
    let mut all: Vec<_> = one.into_iter().chain(two).map(RecipientIndex::get).collect();
    all.sort_unstable();
    assert_eq!(all, (0..100).collect::<Vec<_>>());
}

#[tokio::test]
async fn only_the_claimer_settles_what_is_being_sent() {
    let server = Server::start().await;
    let (id, batches) = server.campaign(1, 10_000.0).await;
    let (first, second) = (Claimer::generate(), Claimer::generate());
    let who = claim_all(&server.redis, &batches[0], first).await;
    let pending = |claimer| settlements(&who, Some(claimer), |_| Settled::Pending);
    ledger::settle(&server.redis, id, &pending(first)).await.unwrap();
    claim_all(&server.redis, &batches[0], second).await;

    // A repeat of the first hand-back, held up on its way, comes after the second claim.
    ledger::settle(&server.redis, id, &pending(first)).await.unwrap();
    let claim = ledger::claim(&server.redis, &batches[0], second, 1, []).await.unwrap().0;
    assert_eq!(claim, Claim::Empty { mine: who.clone(), others: vec![] });
    let claim = ledger::claim(&server.redis, &batches[0], first, 1, []).await.unwrap().0;
    assert_eq!(claim, Claim::Empty { mine: vec![], others: who });
}

#[tokio::test]
async fn an_answer_that_comes_after_the_doubt_still_counts() {
    let server = Server::start().await;
    let (id, batches) = server.campaign(2, 10_000.0).await;
    let gone = Claimer::generate();
    let who = claim_all(&server.redis, &batches[0], gone).await;
    let doubt = |index| Settled::InDoubt(failure(index, FailureState::InDoubt));
    ledger::settle(&server.redis, id, &settlements(&who, None, doubt)).await.unwrap();
    assert_eq!(server.progress(id).await.counts.in_doubt, 2);

    ledger::settle(&server.redis, id, &settlements(&who[..1], Some(gone), |_| Settled::Sent)).await.unwrap();
    ledger::settle(&server.redis, id, &settlements(&who[1..], Some(gone), |_| Settled::Pending))
        .await
        .unwrap();
    let counts = server.progress(id).await.counts;
    assert_eq!(counts, Counts { total: 2, sent: 1, in_doubt: 1, ..Counts::default() });
}

#[tokio::test]
async fn those_who_rest_are_left_alone() {
    let server = Server::start().await;
    let (_, batches) = server.campaign(3, 10_000.0).await;
    let resting = [RecipientIndex::new(1)];
    let claim = ledger::claim(&server.redis, &batches[0], Claimer::generate(), 100, resting).await.unwrap().0;
    let Claim::Claimed { recipients, .. } = claim else { panic!("{claim:?}") };
    assert_eq!(recipients, [RecipientIndex::new(0), RecipientIndex::new(2)]);
}

#[tokio::test]
async fn cancelling_takes_all_who_are_pending_and_settles_who_is_not() {
    let server = Server::start().await;
    let (id, batches) = server.campaign(250, 10_000.0).await;
    let claimer = Claimer::generate();
    let claimed = claim_all(&server.redis, &batches[2], claimer).await;
    assert_eq!(claimed.len(), 50);
    catalog::cancel(&server.redis, id).await.unwrap();
    let counts = server.progress(id).await.counts;
    assert_eq!(counts, Counts { total: 250, sending: 50, cancelled: 200, ..Counts::default() });

    let (sent, back) = claimed.split_at(20);
    ledger::settle(&server.redis, id, &settlements(sent, Some(claimer), |_| Settled::Sent)).await.unwrap();
    ledger::settle(&server.redis, id, &settlements(back, Some(claimer), |_| Settled::Pending)).await.unwrap();
    let progress = server.progress(id).await;
    assert_eq!(progress.status, Status::Cancelled);
    assert_eq!(progress.counts, Counts { total: 250, sent: 20, cancelled: 230, ..Counts::default() });
    assert_eq!(progress.channels.get(Channel::Sms).total, 84);
}

#[tokio::test]
async fn the_counters_are_the_histogram_of_the_ledger() {
    let server = Server::start().await;
    let (id, batches) = server.campaign(300, 10_000.0).await;
    let claimer = Claimer::generate();
    for (batch, n) in batches.iter().zip(0..) {
        let claimed = claim_all(&server.redis, batch, claimer).await;
        let to = |index: RecipientIndex| match (index.get() + n) % 4 {
            0 => Settled::Sent,
            1 => Settled::Failed(failure(index, FailureState::Failed)),
            2 => Settled::InDoubt(failure(index, FailureState::InDoubt)),
            _ => Settled::Pending,
        };
        ledger::settle(&server.redis, id, &settlements(&claimed, Some(claimer), to)).await.unwrap();
    }
    let mut connection = server.connection();
    let bytes: Vec<u8> = connection.get(format!("{{{id}}}:ledger")).await.unwrap();
    let counters: Vec<(Vec<u8>, usize)> = connection.hgetall(format!("{{{id}}}:progress")).await.unwrap();
    for (byte, count) in counters {
        assert_eq!(bytes.iter().filter(|b| [**b] == byte[..]).count(), count);
    }
    assert_eq!(bytes.len(), 300);
}

#[tokio::test]
async fn receipts_move_forward_only_and_count_as_sent() {
    let server = Server::start().await;
    let (id, batches) = server.campaign(5, 10_000.0).await;
    let who = claim_all(&server.redis, &batches[0], Claimer::generate()).await;
    let settle = async |indexes: &[RecipientIndex], state| {
        let settlements = settlements(indexes, None, |index| settled(index, state));
        ledger::settle(&server.redis, id, &settlements).await.unwrap();
    };
    settle(&who[..1], State::Sent).await;
    settle(&who[1..2], State::InDoubt).await;
    settle(&who[2..3], State::Failed).await;
    // One that is being sent to, too: a receipt may be faster than the answer.
    settle(&who[..4], State::Undelivered).await;
    let counts = server.progress(id).await.counts;
    let expected = Counts { total: 5, sending: 1, sent: 3, failed: 1, undelivered: 3, ..Counts::default() };
    assert_eq!(counts, expected);
    settle(&who[..1], State::Delivered).await;
    settle(&who, State::Undelivered).await;
    settle(&who, State::Sent).await;
    let progress = server.progress(id).await;
    let expected = Counts { total: 5, sent: 4, failed: 1, delivered: 1, undelivered: 3, ..Counts::default() };
    assert_eq!((progress.status, progress.counts), (Status::Completed, expected));
}
