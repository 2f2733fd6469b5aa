use std::collections::BTreeSet;

use drumbeat_common::{CampaignId, Counts, Resolve, Status};
use serde_json::json;

use crate::house::{House, phone};

const TOTAL: u32 = 300;

/// The messages that the simulator accepted after the first so many, by recipient.
async fn accepted_since(house: &House, count: usize) -> Vec<u32> {
    let mut recipients: Vec<_> =
        house.messages().await[count..].iter().map(|message| message.recipient).collect();
    recipients.sort_unstable();
    recipients
}

async fn failures(house: &House, id: CampaignId) -> BTreeSet<u32> {
    let page = house.client.failures(id, None).await.unwrap();
    assert_eq!(page.next, None);
    page.failures.into_iter().map(|failure| failure.index).collect()
}

async fn recounted(house: &House, id: CampaignId) -> Counts {
    let recount = house.client.recount(id).await.unwrap();
    assert!(recount.equal, "{recount:?}");
    recount.ledger.counts
}

#[tokio::test]
async fn exactly_those_who_failed_or_are_in_doubt_are_sent_to_again() {
    let house = House::open(2).await;
    let (rejected, cut) = ([0, 123, 201], [3, 126, 297]);
    let faults = |kind, indexes: [u32; 3]| {
        indexes.map(|index| json!({ "address": phone(index), "kind": kind })).to_vec()
    };
    let faults = [faults("reject", rejected), faults("cut_before", cut)].concat();
    house.behave(json!({ "faults": faults })).await;
    let id = house.send(TOTAL, 300.0).await;
    let first = house.completed(id).await;
    let expected = Counts { total: 300, sent: 294, failed: 3, in_doubt: 3, ..Counts::default() };
    assert_eq!(first.counts, expected);
    assert_eq!(recounted(&house, id).await, expected);
    assert_eq!(failures(&house, id).await, BTreeSet::from_iter(rejected.into_iter().chain(cut)));

    house.behave(json!({})).await;
    let sent = house.messages().await.len();
    let moved = house.client.retry_failed(id).await.unwrap();
    assert_eq!((moved.recipients, moved.campaign.finished_at), (3, None));
    let progress = house.completed(id).await;
    let expected = Counts { total: 300, sent: 297, in_doubt: 3, ..Counts::default() };
    assert_eq!(progress.counts, expected);
    assert!(progress.finished_at > first.finished_at);
    assert_eq!(accepted_since(&house, sent).await, rejected);
    assert_eq!(failures(&house, id).await, BTreeSet::from(cut));
    assert_eq!(recounted(&house, id).await, expected);

    let moved = house.client.resolve_in_doubt(id, Resolve::Resend).await.unwrap();
    assert_eq!(moved.recipients, 3);
    let progress = house.completed(id).await;
    let expected = Counts { total: 300, sent: 300, ..Counts::default() };
    assert_eq!((progress.status, progress.counts), (Status::Completed, expected));
    assert_eq!((progress.batches.total, progress.batches.done), (3, 3));
    assert_eq!(accepted_since(&house, sent + 3).await, cut);
    assert_eq!(failures(&house, id).await, BTreeSet::new());
    assert_eq!(recounted(&house, id).await, expected);
    assert_eq!(house.stats().await.duplicates, 0);
    house.until_forgotten(id).await;
}
