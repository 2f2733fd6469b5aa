//! Counts of campaigns as large as they come.

use drumbeat_common::{CampaignId, Channel, LedgerByte, State};
use redis::AsyncCommands;
use serde_json::json;

use crate::{
    browser::{Browser, Scheme, Screen},
    house::House,
};

const LARGEST: u64 = 100_000_000;

/// Texts that are wider than their box or than the page, and figures whose digits do not stand in groups. What can be
/// scrolled, what is only read aloud and what runs with a text of its own is as wide as it likes.
const ILL_FITTING: &str = r"[...document.querySelectorAll('body *')]
    .filter((one) => one.checkVisibility() && one.innerText?.trim() && !one.closest('.unseen, svg, option'))
    .filter((one) =>
        (one.clientWidth && one.scrollWidth > one.clientWidth && getComputedStyle(one).overflowX !== 'auto') ||
        (!one.closest('.scroll') && one.getBoundingClientRect().right > document.documentElement.clientWidth) ||
        (!one.children.length && /\d{4}/.test(one.innerText) && !one.closest('code, time')))
    .map((one) => one.outerHTML.slice(0, 200))";

/// Puts such counts in a campaign's progress.
async fn grow(house: &House, id: CampaignId) {
    let redis = redis::Client::open(house.stack.redis_url()).unwrap();
    let mut connection = redis.get_multiplexed_async_connection().await.unwrap();
    for channel in Channel::ALL {
        for state in State::ALL {
            let counter = [LedgerByte { channel, state }.encode()];
            let key = format!("{{{id}}}:progress");
            let () = connection.hset(key, counter.as_slice(), LARGEST - 1).await.unwrap();
        }
    }
}

#[tokio::test]
async fn the_largest_counts_fit_on_a_phone_and_on_a_desk_in_groups_of_digits() {
    // With nobody to send, nothing moves.
    let house = House::open(0).await;
    let id = house.send(3, 100.0).await;
    grow(&house, id).await;
    let browser = Browser::open().await;
    for path in ["/".to_owned(), format!("/campaigns/{id}")] {
        browser.go(&format!("{}{path}", house.stack.api_url())).await;
        for screen in [Screen::PHONE, Screen::DESK] {
            browser.show(screen, Scheme::Light).await;
            browser.until("document.body.innerText.includes('2,999,999,970')").await;
            assert_eq!(browser.ask(ILL_FITTING).await, json!([]), "{path} on {screen:?}");
        }
    }
    browser.close().await;
}
