use std::{collections::BTreeMap, time::Duration};

use drumbeat_common::{
    Channel,
    account_quota::{self, Charge, Demand, HORIZON, Supply},
    slot::SlotTime,
};
use redis::AsyncCommands;

use crate::server::Server;

const EARLY: SlotTime = SlotTime::from_micros(0);

fn demand(per_second: &str, costs: &[u32]) -> Demand {
    let messages = costs.iter().map(|units| Charge { units: *units, earliest: EARLY }).collect();
    Demand { quota: per_second.parse().unwrap(), messages }
}

async fn reserve(server: &Server, channel: Channel, demand: Demand) -> (Supply, SlotTime) {
    let demands = BTreeMap::from([(channel, demand)]);
    let (mut supplies, now) = account_quota::reserve(&server.redis, &demands).await.unwrap();
    (supplies.remove(&channel).unwrap(), now)
}

fn after(moment: SlotTime, time: Duration) -> SlotTime {
    SlotTime::from_micros(moment.as_micros() + time.as_micros() as u64)
}

fn micros(from: SlotTime, to: SlotTime) -> i64 {
    to.as_micros().cast_signed() - from.as_micros().cast_signed()
}

/// The gaps between moments, in milliseconds.
fn gaps(moments: &[SlotTime]) -> Vec<i64> {
    moments.windows(2).map(|pair| (micros(pair[0], pair[1]) + 500) / 1_000).collect()
}

#[tokio::test]
async fn as_many_as_lie_within_the_horizon_get_moments_and_the_rest_a_time_to_ask_again() {
    let server = Server::start().await;
    let (Supply { room, moments }, now) = reserve(&server, Channel::Email, demand("20", &[1; 10])).await;
    assert_eq!(gaps(&moments), [50; 4]);
    assert!((5_000..6_000).contains(&micros(now, moments[0])));
    // The next one would leave 250.5 ms after the first.
    assert!((micros(now, room) - 5_500).abs() <= 2, "{}", micros(now, room));
}

#[tokio::test]
async fn a_message_costs_its_units() {
    let server = Server::start().await;
    let (Supply { moments, .. }, _) = reserve(&server, Channel::Sms, demand("100", &[1, 3, 1, 10, 1])).await;
    assert_eq!(gaps(&moments), [10, 30, 10, 100]);
}

#[tokio::test]
async fn everybody_who_asks_draws_from_the_same_bucket_and_channels_have_their_own() {
    let server = Server::start().await;
    let (first, _) = reserve(&server, Channel::Sms, demand("50", &[1; 4])).await;
    let (second, now) = reserve(&server, Channel::Sms, demand("50", &[1; 4])).await;
    assert_eq!(gaps(&[first.moments, second.moments].concat()), [20; 7]);
    let demands = BTreeMap::from([
        (Channel::Sms, Demand::look("50".parse().unwrap())),
        (Channel::Email, demand("50", &[1])),
    ]);
    let (supplies, _) = account_quota::reserve(&server.redis, &demands).await.unwrap();
    assert_eq!(supplies[&Channel::Sms].room, second.room);
    assert!(micros(now, supplies[&Channel::Email].moments[0]) < 20_000);
}

#[tokio::test]
async fn nobody_leaves_before_their_slot_and_later_ones_wait_behind_them() {
    let server = Server::start().await;
    let (_, now) = reserve(&server, Channel::Sms, demand("100", &[])).await;
    let slot = after(now, Duration::from_millis(200));
    let messages = vec![Charge { units: 1, earliest: slot }, Charge { units: 1, earliest: EARLY }];
    let demand = Demand { quota: "100".parse().unwrap(), messages };
    let (Supply { moments, .. }, _) = reserve(&server, Channel::Sms, demand).await;
    assert_eq!(moments[0], slot);
    assert_eq!(gaps(&moments), [10]);
}

#[tokio::test]
async fn a_message_that_costs_more_than_a_second_goes_out_and_is_paid_for_afterwards() {
    let server = Server::start().await;
    let (Supply { room, moments }, now) = reserve(&server, Channel::Sms, demand("2", &[10, 1])).await;
    assert_eq!(moments.len(), 1);
    assert!((micros(moments[0], after(room, HORIZON)) - 5_010_000).abs() <= 2);
    assert!(micros(now, moments[0]) < 10_000);
}

#[tokio::test]
async fn a_new_quota_holds_at_once() {
    let server = Server::start().await;
    let (Supply { moments, .. }, _) = reserve(&server, Channel::Sms, demand("0.1", &[1])).await;
    let (faster, _) = reserve(&server, Channel::Sms, demand("100", &[1])).await;
    assert!(micros(moments[0], faster.moments[0]) < 250_000);
}

#[tokio::test]
async fn nothing_is_saved_up() {
    let server = Server::start().await;
    let (_, now) = reserve(&server, Channel::Sms, demand("100", &[1])).await;
    // As if the last message had left a minute ago.
    let long_ago = now.as_micros() - 60_000_000;
    let _: () = server.connection().hset("drumbeat:{quota}:sms", "last_us", long_ago).await.unwrap();
    let (Supply { moments, .. }, now) = reserve(&server, Channel::Sms, demand("100", &[1; 3])).await;
    assert_eq!(gaps(&moments), [10, 10]);
    assert!((5_000..6_000).contains(&micros(now, moments[0])));
}

#[tokio::test]
async fn a_clock_that_was_set_back_holds_nobody_up() {
    let server = Server::start().await;
    let (_, now) = reserve(&server, Channel::Sms, demand("100", &[1])).await;
    let tomorrow = now.as_micros() + 86_400_000_000;
    let _: () = server.connection().hset("drumbeat:{quota}:sms", "last_us", tomorrow).await.unwrap();
    let (Supply { moments, .. }, now) = reserve(&server, Channel::Sms, demand("100", &[1])).await;
    assert!(micros(now, moments[0]) < 10_000);
}
