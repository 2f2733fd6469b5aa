//! Who comes onto the suppression list while a campaign runs is not sent to any more.

use std::collections::BTreeSet;

use drumbeat_api::SuppressionRequest;
use drumbeat_common::{Channel, Counts, Status};
use redis::AsyncCommands;

use crate::house::{House, phone};

const TOTAL: u32 = 400;

async fn suppress(house: &House, channel: Channel, address: &str) {
    let suppression =
        SuppressionRequest { channel, address: address.to_owned(), reason: Some("opt_out".to_owned()) };
    assert_eq!(house.client.suppress(&suppression).await.unwrap().added, 1);
}

#[tokio::test]
async fn an_address_that_is_suppressed_in_mid_campaign_is_skipped_and_all_others_are_sent_to() {
    let house = House::open(2).await;
    let id = house.send(TOTAL, 80.0).await;
    house.until(id, |progress| progress.counts.sent >= 20).await;
    let skipped = BTreeSet::from([390_u32, 391, 392, 398]);
    suppress(&house, Channel::Sms, &phone(390)).await;
    suppress(&house, Channel::Whatsapp, &phone(391)).await;
    suppress(&house, Channel::Email, "SUCCESS+000392@simulator.amazonses.com").await;
    suppress(&house, Channel::Email, "success+000398@simulator.amazonses.com").await;
    // Who does not want texts may want messages by WhatsApp.
    suppress(&house, Channel::Sms, &phone(394)).await;

    let progress = house.completed(id).await;
    assert_eq!(progress.counts, Counts { total: 400, sent: 396, skipped: 4, ..Counts::default() });
    let skipped_of = |channel| progress.channels.get(channel).skipped;
    assert_eq!(Channel::ALL.map(skipped_of), [1, 1, 2]);
    assert_eq!((progress.batches.total, progress.batches.done), (4, 4));
    assert!(house.client.recount(id).await.unwrap().equal);
    let reached: BTreeSet<_> = house.messages().await.iter().map(|message| message.recipient).collect();
    assert_eq!(reached, (0..TOTAL).filter(|index| !skipped.contains(index)).collect());
    assert_eq!(house.stats().await.duplicates, 0);
    assert_eq!(house.failures(id).await, []);
    house.until_forgotten(id).await;
}

#[tokio::test]
async fn while_the_list_cannot_be_read_nobody_is_sent_to_and_afterwards_everybody_is() {
    let house = House::open(2).await;
    let redis = redis::Client::open(house.stack.redis_url()).unwrap();
    let mut redis = redis.get_multiplexed_async_connection().await.unwrap();
    let id = house.send(TOTAL, 200.0).await;
    house.until(id, |progress| progress.counts.sent >= 20).await;
    // A list in the place of a number: every look fails.
    let count = "drumbeat:{suppressed}:count";
    let () = redis.lpush(count, "broken").await.unwrap();
    // Nobody is claimed who was looked up before; then some are, and come back.
    let held = house.until(id, |progress| progress.counts.sending == 0).await;
    house.until(id, |progress| progress.counts.sending > 0).await;
    let still = house.until(id, |progress| progress.counts.sending == 0).await;
    assert_eq!((still.status, still.counts), (Status::Running, held.counts));

    let () = redis.del(count).await.unwrap();
    let counts = house.completed(id).await.counts;
    assert_eq!(counts, Counts { total: 400, sent: 400, ..Counts::default() });
    let stats = house.stats().await;
    assert_eq!((stats.total, stats.duplicates), (400, 0));
}
