use std::collections::BTreeSet;

use drumbeat_common::{
    Address, Channel,
    suppression::{self, NewSuppression, Reason, Suppression, suppressed},
};
use jiff::Timestamp;
use redis::AsyncCommands;

use crate::server::Server;

fn address(channel: Channel, text: &str) -> Address {
    Address::new(channel, text.to_owned()).unwrap()
}

fn phone(index: usize) -> Address {
    address(Channel::Sms, &format!("+1415{index:07}"))
}

fn because(address: Address, reason: &str) -> NewSuppression {
    NewSuppression { address, reason: reason.to_owned().try_into().unwrap() }
}

async fn add(server: &Server, addresses: impl IntoIterator<Item = Address>) -> u64 {
    let new: Vec<_> = addresses.into_iter().map(|address| because(address, "opt_out")).collect();
    suppression::add(&server.redis, &new).await.unwrap()
}

/// The whole list, by pages of up to `limit`.
async fn all(server: &Server, limit: usize) -> Vec<Suppression> {
    let (mut all, mut after) = (Vec::new(), None);
    loop {
        let page = suppression::page(&server.redis, after, limit).await.unwrap();
        assert!(page.suppressions.len() <= limit + 2);
        all.extend(page.suppressions);
        after = page.next;
        if after.is_none() {
            return all;
        }
    }
}

fn texts(suppressions: &[Suppression]) -> BTreeSet<&str> {
    suppressions.iter().map(|suppression| suppression.address.as_str()).collect()
}

#[tokio::test]
async fn an_address_is_added_once_and_its_first_reason_and_time_stay() {
    let server = Server::start().await;
    let ana = address(Channel::Email, "Ana@Example.com");
    let before = Timestamp::now().as_second();
    let new = [because(ana.clone(), "complaint"), because(phone(1), ""), because(phone(1), "twice")];
    assert_eq!(suppression::add(&server.redis, &new).await.unwrap(), 2);
    let first = suppression::get(&server.redis, &ana).await.unwrap().unwrap();
    assert_eq!((first.address.as_str(), first.reason.as_str()), ("ana@example.com", "complaint"));
    assert!((before..=Timestamp::now().as_second()).contains(&first.added_at.as_second()));
    let one = suppression::get(&server.redis, &phone(1)).await.unwrap().unwrap();
    assert_eq!((one.address, one.reason), (phone(1), Reason::default()));

    // As if it had been long ago.
    let key = server.connection().keys::<_, Vec<String>>("drumbeat:{suppressed}:*").await.unwrap();
    for key in key.iter().filter(|key| !key.ends_with(":count")) {
        let fields: Vec<String> = server.connection().hkeys(key).await.unwrap();
        for field in fields.iter().filter(|field| field.ends_with("ana@example.com")) {
            let () = server.connection().hset(key, field, "1700000000 complaint").await.unwrap();
        }
    }
    let again = [because(address(Channel::Email, "ANA@example.COM"), "bounce")];
    assert_eq!(suppression::add(&server.redis, &again).await.unwrap(), 0);
    let still = suppression::get(&server.redis, &ana).await.unwrap().unwrap();
    assert_eq!((still.reason.as_str(), still.added_at.as_second()), ("complaint", 1_700_000_000));
    assert_eq!(suppression::count(&server.redis).await.unwrap(), 2);
}

#[tokio::test]
async fn an_address_that_is_taken_off_is_gone_and_tells_what_it_was() {
    let server = Server::start().await;
    add(&server, [phone(1), phone(2)]).await;
    let removed = suppression::remove(&server.redis, &phone(1)).await.unwrap().unwrap();
    assert_eq!((removed.address, removed.reason.as_str()), (phone(1), "opt_out"));
    assert_eq!(suppression::remove(&server.redis, &phone(1)).await.unwrap(), None);
    assert_eq!(suppression::get(&server.redis, &phone(1)).await.unwrap(), None);
    assert_eq!(suppression::count(&server.redis).await.unwrap(), 1);
    assert_eq!(texts(&all(&server, 10).await), BTreeSet::from([phone(2).as_str()]));
}

#[tokio::test]
async fn pages_show_everybody_once_whatever_comes_and_goes_meanwhile() {
    let server = Server::start().await;
    assert_eq!(all(&server, 5).await, []);
    assert_eq!(add(&server, (0..3_000).map(phone)).await, 3_000);
    for limit in [700, 3_000, 5_000] {
        let all = all(&server, limit).await;
        assert_eq!((all.len(), texts(&all).len()), (3_000, 3_000), "{limit}");
    }

    let (mut seen, mut after, mut next) = (Vec::new(), None, 3_000);
    loop {
        let page = suppression::page(&server.redis, after, 250).await.unwrap();
        seen.extend(page.suppressions);
        after = page.next;
        // One whom the pages came by already goes, and others come.
        suppression::remove(&server.redis, &seen[next % 250].address).await.unwrap();
        add(&server, (next..next + 50).map(phone)).await;
        next += 50;
        if after.is_none() {
            break;
        }
    }
    let shown = texts(&seen);
    assert_eq!(shown.len(), seen.len());
    assert!((0..3_000).all(|index| shown.contains(phone(index).as_str())));
}

#[tokio::test]
async fn those_who_are_suppressed_are_told_by_their_places() {
    let server = Server::start().await;
    let list: Vec<_> = (0..10_000).map(phone).collect();
    assert_eq!(suppressed(&server.redis, &list).await.unwrap(), Vec::<usize>::new());
    assert_eq!(suppressed(&server.redis, &[]).await.unwrap(), Vec::<usize>::new());

    add(&server, [0, 999, 1_000, 5_432, 9_999].map(phone)).await;
    add(&server, [address(Channel::Email, "ana@example.com")]).await;
    assert_eq!(suppressed(&server.redis, &list).await.unwrap(), [0, 999, 1_000, 5_432, 9_999]);
    let few = [
        address(Channel::Whatsapp, phone(0).as_str()),
        address(Channel::Email, "ANA@Example.com"),
        phone(1),
        phone(0),
    ];
    assert_eq!(suppressed(&server.redis, &few).await.unwrap(), [1, 3]);
}
