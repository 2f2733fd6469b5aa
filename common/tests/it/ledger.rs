use drumbeat_common::{
    CampaignId, Channel, Counts, FailureState, RecipientIndex, State, Status,
    catalog::{self, OpenCampaigns},
    failures,
    ledger::{self, Claim, Hold, Most, Settled, Settlement, Verdict},
    queue::{self, Again, Requeued},
};
use redis::AsyncCommands;

use crate::server::{Held, Server, claim_all, failure, new_claimer, settled, settlements};

fn with_hold(held: &[Held], hold: Hold, to: impl Fn(RecipientIndex) -> Settled) -> Vec<Settlement> {
    let settlement = |index| Settlement { index, hold, to: to(index), verdict: Verdict::None };
    held.iter().map(|(index, _)| settlement(*index)).collect()
}

/// Makes a claim as old as it has to be to be overdue.
async fn age(server: &Server, id: CampaignId, index: RecipientIndex) {
    let claims = format!("{{{id}}}:claims");
    let claim: String = server.connection().hget(&claims, index.get()).await.unwrap();
    let (claimer, at) = claim.split_once('|').unwrap();
    let at = at.parse::<u128>().unwrap() - ledger::OVERDUE.as_micros();
    let _: () = server.connection().hset(&claims, index.get(), format!("{claimer}|{at}")).await.unwrap();
}

#[tokio::test]
async fn a_campaign_completes_when_the_last_recipient_is_settled() {
    let server = Server::start().await;
    let (id, batches) = server.campaign(50, 10_000.0).await;
    let claimer = new_claimer();
    let claimed = claim_all(&server.redis, &batches[0], claimer).await;
    assert_eq!(claimed.len(), 50);
    let (last, rest) = claimed.split_last().unwrap();

    ledger::settle(&server.redis, id, &settlements(rest, |_| Settled::Sent(None))).await.unwrap();
    assert_eq!(server.get(id).await.status, Status::Running);
    let failed = |index| Settled::Failed(failure(index, FailureState::Failed));
    ledger::settle(&server.redis, id, &settlements(&[*last], failed)).await.unwrap();

    let progress = server.progress(id).await;
    assert_eq!(progress.status, Status::Completed);
    assert_eq!(progress.counts, Counts { total: 50, sent: 49, failed: 1, ..Counts::default() });
    assert!(progress.finished_at >= progress.started_at);
    let page = failures(&server.redis, id, None, 10).await.unwrap();
    assert_eq!(page.failures, [failure(last.0, FailureState::Failed)]);
    assert!(catalog::open(&server.redis).await.unwrap().0.running.is_empty());
}

#[tokio::test]
async fn settling_twice_counts_once() {
    let server = Server::start().await;
    let (id, batches) = server.campaign(100, 10_000.0).await;
    let claimer = new_claimer();
    let claim = ledger::claim(&server.redis, &batches[0], claimer, 10, []).await.unwrap().0;
    let Claim::Claimed { id: claimed, recipients, .. } = claim else { panic!("{claim:?}") };
    let held: Vec<_> = recipients.into_iter().map(|index| (index, claimed)).collect();
    for _ in 0..2 {
        let sent = settlements(&held, |_| Settled::Sent(None));
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
        claim_all(&server.redis, &batches[0], new_claimer()),
        claim_all(&server.redis, &batches[0], new_claimer()),
    );
    let mut all: Vec<_> = one.into_iter().chain(two).map(|(index, _)| index.get()).collect();
    all.sort_unstable();
    assert_eq!(all, (0..100).collect::<Vec<_>>());
}

#[tokio::test]
async fn only_its_own_claim_settles_what_is_being_sent() {
    let server = Server::start().await;
    let (id, batches) = server.campaign(1, 10_000.0).await;
    let claimer = new_claimer();
    let first = claim_all(&server.redis, &batches[0], claimer).await;
    let hand_back = settlements(&first, |_| Settled::Pending);
    ledger::settle(&server.redis, id, &hand_back).await.unwrap();
    let second = claim_all(&server.redis, &batches[0], claimer).await;

    // A repeat of the first hand-back, held up on its way, comes after the second claim, even of the same claimer.
    ledger::settle(&server.redis, id, &hand_back).await.unwrap();
    let claim = ledger::claim(&server.redis, &batches[0], claimer, 1, []).await.unwrap().0;
    assert_eq!(claim, Claim::Empty { mine: second, overdue: vec![], next_overdue: None });
    let stranger = new_claimer();
    let (claim, now) = ledger::claim(&server.redis, &batches[0], stranger, 1, []).await.unwrap();
    let Claim::Empty { mine, overdue, next_overdue: Some(next) } = claim else { panic!("{claim:?}") };
    assert_eq!((mine, overdue), (vec![], vec![]));
    assert!(next > now);
}

#[tokio::test]
async fn only_an_overdue_claim_of_another_can_be_put_in_doubt() {
    let server = Server::start().await;
    let (id, batches) = server.campaign(2, 10_000.0).await;
    let who = claim_all(&server.redis, &batches[0], new_claimer()).await;
    age(&server, id, who[0].0).await;

    let claim = ledger::claim(&server.redis, &batches[0], new_claimer(), 1, []).await.unwrap().0;
    assert!(matches!(claim, Claim::Empty { overdue, next_overdue: Some(_), .. } if overdue == [who[0].0]));
    let doubt = |index| Settled::InDoubt(failure(index, FailureState::InDoubt));
    ledger::settle(&server.redis, id, &with_hold(&who, Hold::Overdue, doubt)).await.unwrap();
    let counts = server.progress(id).await.counts;
    assert_eq!(counts, Counts { total: 2, sending: 1, in_doubt: 1, ..Counts::default() });
}

#[tokio::test]
async fn an_answer_that_comes_after_the_doubt_still_counts() {
    let server = Server::start().await;
    let (id, batches) = server.campaign(2, 10_000.0).await;
    let claimer = new_claimer();
    let mut who = Vec::new();
    for _ in 0..2 {
        let claim = ledger::claim(&server.redis, &batches[0], claimer, 1, []).await.unwrap().0;
        let Claim::Claimed { id, recipients, .. } = claim else { panic!("{claim:?}") };
        who.push((recipients[0], id));
    }
    let doubt = |index| Settled::InDoubt(failure(index, FailureState::InDoubt));
    ledger::settle(&server.redis, id, &settlements(&who, doubt)).await.unwrap();
    assert_eq!(server.progress(id).await.counts.in_doubt, 2);

    // Only the answer to the claim that the doubt is about, and only one that settles it for good.
    let sent_by_another = settlements(&[(who[0].0, who[1].1)], |_| Settled::Sent(None));
    ledger::settle(&server.redis, id, &sent_by_another).await.unwrap();
    ledger::settle(&server.redis, id, &settlements(&who, |_| Settled::Pending)).await.unwrap();
    assert_eq!(server.progress(id).await.counts.in_doubt, 2);
    ledger::settle(&server.redis, id, &settlements(&who[..1], |_| Settled::Sent(None))).await.unwrap();
    let counts = server.progress(id).await.counts;
    assert_eq!(counts, Counts { total: 2, sent: 1, in_doubt: 1, ..Counts::default() });
}

#[tokio::test]
async fn only_who_is_pending_is_given_up() {
    let server = Server::start().await;
    let (id, batches) = server.campaign(3, 10_000.0).await;
    let claimer = new_claimer();
    let who = claim_all(&server.redis, &batches[0], claimer).await;
    let back = settlements(&who[..1], |_| Settled::Pending);
    ledger::settle(&server.redis, id, &back).await.unwrap();
    let give_up = |index| Settled::GivenUp(failure(index, FailureState::Failed));
    ledger::settle(&server.redis, id, &with_hold(&who, Hold::Any, give_up)).await.unwrap();
    let counts = server.progress(id).await.counts;
    assert_eq!(counts, Counts { total: 3, sending: 2, failed: 1, ..Counts::default() });
}

#[tokio::test]
async fn who_is_skipped_is_so_for_good_and_does_not_hold_the_campaign_up() {
    let server = Server::start().await;
    let (id, batches) = server.campaign(3, 10_000.0).await;
    let who = claim_all(&server.redis, &batches[0], new_claimer()).await;
    ledger::settle(&server.redis, id, &settlements(&who[..1], |_| Settled::Sent(None))).await.unwrap();
    ledger::settle(&server.redis, id, &settlements(&who, |_| Settled::Skipped)).await.unwrap();
    let skipped = Counts { total: 3, sent: 1, skipped: 2, ..Counts::default() };
    let progress = server.progress(id).await;
    assert_eq!((progress.status, progress.counts), (Status::Completed, skipped));
    assert_eq!((progress.batches.total, progress.batches.done), (1, 1));

    for state in [State::Sent, State::Failed, State::InDoubt, State::Pending] {
        let late = with_hold(&who[1..], Hold::Any, |index| settled(index, state));
        ledger::settle(&server.redis, id, &late).await.unwrap();
    }
    let again = queue::requeue(&server.redis, id, Again::Failed, 0).await.unwrap();
    assert_eq!(again, Requeued::Moved { recipients: 0, next: None });
    assert_eq!(server.progress(id).await.counts, skipped);
    assert_eq!(failures(&server.redis, id, None, 10).await.unwrap().failures, []);

    queue::clean(&server.redis, id).await.unwrap();
    assert_eq!(queue::batch(&server.redis, id, 0).await.unwrap().map(|batch| batch.number), None);
}

#[tokio::test]
async fn those_who_rest_are_left_alone() {
    let server = Server::start().await;
    let (_, batches) = server.campaign(3, 10_000.0).await;
    let resting = [RecipientIndex::new(1)];
    let claim = ledger::claim(&server.redis, &batches[0], new_claimer(), 100, resting).await.unwrap().0;
    let Claim::Claimed { recipients, .. } = claim else { panic!("{claim:?}") };
    assert_eq!(recipients, [RecipientIndex::new(0), RecipientIndex::new(2)]);
}

#[tokio::test]
async fn cancelling_takes_all_who_are_pending_and_settles_who_is_not() {
    let server = Server::start().await;
    let (id, batches) = server.campaign(250, 10_000.0).await;
    let claimer = new_claimer();
    let claimed = claim_all(&server.redis, &batches[2], claimer).await;
    assert_eq!(claimed.len(), 50);
    catalog::cancel(&server.redis, id).await.unwrap();
    let counts = server.progress(id).await.counts;
    assert_eq!(counts, Counts { total: 250, sending: 50, cancelled: 200, ..Counts::default() });

    let (sent, back) = claimed.split_at(20);
    let (again, back) = back.split_at(5);
    ledger::settle(&server.redis, id, &settlements(sent, |_| Settled::Sent(None))).await.unwrap();
    ledger::settle(&server.redis, id, &settlements(back, |_| Settled::Pending)).await.unwrap();
    // Who perhaps got the message is not told to have got none.
    let resend = |index| Settled::Resend(failure(index, FailureState::InDoubt));
    ledger::settle(&server.redis, id, &settlements(again, resend)).await.unwrap();
    let progress = server.progress(id).await;
    assert_eq!(progress.status, Status::Cancelled);
    let counts = Counts { total: 250, sent: 20, in_doubt: 5, cancelled: 225, ..Counts::default() };
    assert_eq!(progress.counts, counts);
    assert_eq!(failures(&server.redis, id, None, 10).await.unwrap().failures.len(), 5);
    assert_eq!(progress.channels.get(Channel::Sms).total, 84);
}

#[tokio::test]
async fn the_counters_are_the_histogram_of_the_ledger() {
    let server = Server::start().await;
    let (id, batches) = server.campaign(300, 10_000.0).await;
    let claimer = new_claimer();
    for (batch, n) in batches.iter().zip(0..) {
        let claimed = claim_all(&server.redis, batch, claimer).await;
        let to = |index: RecipientIndex| match (index.get() + n) % 4 {
            0 => Settled::Sent(None),
            1 => Settled::Failed(failure(index, FailureState::Failed)),
            2 => Settled::InDoubt(failure(index, FailureState::InDoubt)),
            _ => Settled::Pending,
        };
        ledger::settle(&server.redis, id, &settlements(&claimed, to)).await.unwrap();
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
async fn who_is_left_behind_in_a_campaign_that_does_not_run_is_found() {
    let server = Server::start().await;
    let (id, batches) = server.campaign(120, 10_000.0).await;
    let who = claim_all(&server.redis, &batches[1], new_claimer()).await;
    let stranded = async || catalog::open(&server.redis).await.unwrap().0.stranded;
    assert_eq!(stranded().await, []);
    catalog::cancel(&server.redis, id).await.unwrap();
    assert_eq!(stranded().await, [id]);

    assert_eq!(ledger::overdue(&server.redis, id, 100).await.unwrap(), []);
    for (index, _) in &who[..2] {
        age(&server, id, *index).await;
    }
    let mut overdue = ledger::overdue(&server.redis, id, 100).await.unwrap();
    overdue.sort_unstable();
    assert_eq!(overdue, [(who[0].0, Channel::Whatsapp), (who[1].0, Channel::Email)]);
    assert_eq!(ledger::overdue(&server.redis, id, 1).await.unwrap().len(), 1);

    let doubt = |index| Settled::InDoubt(failure(index, FailureState::InDoubt));
    ledger::settle(&server.redis, id, &with_hold(&who, Hold::Overdue, doubt)).await.unwrap();
    ledger::settle(&server.redis, id, &settlements(&who, |_| Settled::Sent(None))).await.unwrap();
    let counts = server.progress(id).await.counts;
    assert_eq!(counts, Counts { total: 120, sent: 18, in_doubt: 2, cancelled: 100, ..Counts::default() });
    assert_eq!(catalog::open(&server.redis).await.unwrap().0, OpenCampaigns::default());
    let listed: bool = server.connection().sismember("drumbeat:open", id.to_string()).await.unwrap();
    assert!(!listed);
}

#[tokio::test]
async fn no_more_of_a_channel_are_claimed_than_wished_and_others_take_the_slots() {
    let server = Server::start().await;
    let (_, batches) = server.campaign(12, 10_000.0).await;
    let claimer = new_claimer();
    let claim = async |sms, others: usize| {
        let most = Most::from(others).of(Channel::Sms, sms);
        ledger::claim(&server.redis, &batches[0], claimer, most, []).await.unwrap().0
    };
    let Claim::Claimed { recipients, .. } = claim(1, 100).await else { panic!() };
    let indexes: Vec<_> = recipients.iter().map(|index| index.get()).collect();
    assert_eq!(indexes, [0, 1, 2, 4, 5, 7, 8, 10, 11]);
    assert_eq!(claim(0, 100).await, Claim::Full);
    assert!(matches!(claim(3, 3).await, Claim::Claimed { recipients, .. } if recipients.len() == 3));
    assert!(matches!(claim(0, 100).await, Claim::Empty { .. }));
}
