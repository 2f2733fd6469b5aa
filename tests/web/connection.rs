//! A page that was left open while the server went away and came back.

use nix::sys::signal::Signal;

use crate::{browser::Browser, house::House};

#[tokio::test]
async fn a_page_says_that_it_is_old_and_goes_on_when_the_server_is_back() {
    let mut house = House::open(1).await;
    let id = house.send(20_000, 20.0).await;
    let browser = Browser::open().await;
    browser.go(&format!("{}/campaigns/{id}", house.stack.api_url())).await;
    browser.ask("window.stayed = true").await;
    browser.until("Number(document.querySelector('[data-people=sent]').textContent) > 0").await;

    house.stack.api.kill(Signal::SIGKILL).unwrap();
    browser.until_shown("#connection", "Lost the connection: showing what was known").await;
    browser.shuts_nobody_out("a page that is old").await;
    let seen = browser.ask("document.querySelector('[data-people=sent]').textContent").await;

    house.stack.api.restart().await.unwrap();
    browser.until("document.getElementById('connection').hidden").await;
    browser.until(&format!("document.querySelector('[data-people=sent]').textContent !== {seen}")).await;
    assert_eq!(browser.ask("window.stayed").await, true);
    browser.close_despite("net::ERR_").await;
}

#[tokio::test]
async fn a_campaign_that_is_gone_is_said_to_be() {
    let house = House::open(1).await;
    let id = house.send(20_000, 20.0).await;
    let browser = Browser::open().await;
    browser.go(&format!("{}/campaigns/{id}", house.stack.api_url())).await;
    browser.until("Number(document.querySelector('[data-people=sent]').textContent) > 0").await;
    let redis = redis::Client::open(house.stack.redis_url()).unwrap();
    let mut connection = redis.get_multiplexed_async_connection().await.unwrap();
    let () = redis::cmd("FLUSHALL").query_async(&mut connection).await.unwrap();
    browser.until_shown("#problem", "This campaign is gone").await;
    browser.close_despite("status of 404").await;
}
