use drumbeat_common::{
    CampaignId, Channel, Failure, FailureState, RecipientIndex, failures,
    ledger::{self, Settled},
};
use redis::AsyncCommands;

use crate::server::{Held, Server, claim_all, failure, new_claimer, settlements};

/// A running campaign in which everybody is being sent to by one claimer.
async fn claimed(server: &Server, total: u32) -> (CampaignId, Vec<Held>) {
    let (id, batches) = server.campaign(total, 10_000.0).await;
    let (claimer, mut claimed) = (new_claimer(), Vec::new());
    for batch in &batches {
        claimed.extend(claim_all(&server.redis, batch, claimer).await);
    }
    (id, claimed)
}

async fn listed(server: &Server, id: CampaignId, limit: usize) -> Vec<Failure> {
    let (mut all, mut after) = (Vec::new(), None);
    loop {
        let page = failures(&server.redis, id, after, limit).await.unwrap();
        assert!(page.failures.len() <= limit);
        all.extend(page.failures);
        after = page.next;
        if after.is_none() {
            return all;
        }
    }
}

#[tokio::test]
async fn those_who_failed_or_are_in_doubt_are_listed_by_their_place() {
    let server = Server::start().await;
    let (id, who) = claimed(&server, 250).await;
    let to = |index: RecipientIndex| match index.get() % 5 {
        1 => Settled::Failed(failure(index, FailureState::Failed)),
        3 => Settled::InDoubt(failure(index, FailureState::InDoubt)),
        _ => Settled::Sent(None),
    };
    let backwards: Vec<_> = who.into_iter().rev().collect();
    ledger::settle(&server.redis, id, &settlements(&backwards, to)).await.unwrap();
    for limit in [1, 7, 99, 100, 1_000] {
        let listed = listed(&server, id, limit).await;
        let indexes: Vec<_> = listed.iter().map(|failure| failure.index).collect();
        assert_eq!(indexes, (0..250).filter(|index| index % 5 % 2 == 1).collect::<Vec<_>>());
        assert_eq!(listed[0], failure(RecipientIndex::new(1), FailureState::Failed));
        assert_eq!(listed[1], failure(RecipientIndex::new(3), FailureState::InDoubt));
    }
}

#[tokio::test]
async fn who_is_settled_as_sent_after_all_is_off_the_list() {
    let server = Server::start().await;
    let (id, who) = claimed(&server, 3).await;
    let doubt = |index| Settled::InDoubt(failure(index, FailureState::InDoubt));
    ledger::settle(&server.redis, id, &settlements(&who, doubt)).await.unwrap();
    let failed = |index| Settled::Failed(failure(index, FailureState::Failed));
    ledger::settle(&server.redis, id, &settlements(&who[..1], |_| Settled::Sent(None))).await.unwrap();
    ledger::settle(&server.redis, id, &settlements(&who[1..2], failed)).await.unwrap();
    let left: Vec<_> = listed(&server, id, 10).await.into_iter().map(|f| (f.index, f.state)).collect();
    assert_eq!(left, [(1, FailureState::Failed), (2, FailureState::InDoubt)]);
    let kept: Vec<u32> = server.connection().hkeys(format!("{{{id}}}:reasons")).await.unwrap();
    assert_eq!(kept.len(), 2);
}

#[tokio::test]
async fn somebody_of_whom_no_reason_is_kept_is_listed_all_the_same() {
    let server = Server::start().await;
    let (id, who) = claimed(&server, 102).await;
    let doubt = |index| Settled::InDoubt(failure(index, FailureState::InDoubt));
    ledger::settle(&server.redis, id, &settlements(&who[101..], doubt)).await.unwrap();
    let _: () = server.connection().del(format!("{{{id}}}:reasons")).await.unwrap();
    let listed = listed(&server, id, 10).await;
    let [Failure { batch, index, channel, state, code, .. }] = &listed[..] else { panic!("{listed:?}") };
    assert_eq!((*batch, *index, *channel, *state), (1, 101, Channel::Email, FailureState::InDoubt));
    assert_eq!(code, "Unknown");
}

#[tokio::test]
async fn a_few_in_a_long_list_are_found_across_its_stretches() {
    let server = Server::start().await;
    let (id, _) = server.load(1, 10.0).await;
    let ledger = format!("{{{id}}}:ledger");
    let mut bytes = vec![b'B'; 350_000];
    let places = [0, 99_999, 100_000, 100_001, 250_000, 349_999];
    for place in places {
        bytes[place] = b'C';
    }
    let _: () = server.connection().set(ledger, bytes).await.unwrap();
    for limit in [1, 2, 6, 10] {
        let found: Vec<_> =
            listed(&server, id, limit).await.into_iter().map(|failure| failure.index as usize).collect();
        assert_eq!(found, places);
    }
}
