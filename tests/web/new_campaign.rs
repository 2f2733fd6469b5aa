//! From a file to a campaign that runs.

use crate::{
    browser::Browser,
    house::House,
    list::{choose, file, list},
};

#[tokio::test]
async fn a_list_is_looked_at_and_then_sent_once_whatever_the_back_button_does() {
    let house = House::open(1).await;
    let browser = Browser::open().await;
    browser.go(house.stack.api_url()).await;
    let list = list();
    choose(&browser, &house, &list).await;
    browser.ask("document.getElementById('tps').select()").await;
    browser.type_into("#tps", "25").await;
    browser.click("#check").await;
    browser.until_shown("#report", "40 messages can go out").await;
    browser.until_shown("#report", "1 of 41 rows are left out").await;
    browser.until_shown("#send", "Send 40 messages at 25 a second, until about").await;
    assert_eq!(house.client.campaigns(0).await.unwrap().total, 0);

    browser.click("#send").await;
    browser.until("/^\\/campaigns\\/0/.test(location.pathname)").await;
    browser.until("document.querySelector('[data-people=sent]')?.textContent === '40'").await;

    browser.driver().back().await.unwrap();
    browser.until("location.pathname === '/'").await;
    browser.driver().forward().await.unwrap();
    browser.until("document.querySelector('[data-people=sent]')?.textContent === '40'").await;
    assert_eq!(house.stats().await.total, 40);
    browser.close().await;
}

#[tokio::test]
async fn another_wish_needs_another_look() {
    let house = House::open(1).await;
    let browser = Browser::open().await;
    let list = list();
    choose(&browser, &house, &list).await;
    browser.click("#check").await;
    browser.until_shown("#send", "Send 40 messages at 10 a second").await;
    browser.type_into("#tps", "0").await;
    browser.until("document.getElementById('send') === null").await;
    browser.close().await;
}

#[tokio::test]
async fn what_is_no_list_is_said_in_place() {
    let house = House::open(1).await;
    let browser = Browser::open().await;
    let picture = file(".csv", "\u{fffd}PNG\r\n\u{1a}\n\u{0}\u{0}");
    choose(&browser, &house, &picture).await;
    browser.click("#check").await;
    browser.until_shown("#report", "The campaign is not valid").await;
    let name = browser.ask("document.querySelector('[name=name]').value").await;
    assert_ne!(name, "", "what was typed in stays");
    browser.close_despite("status of 422").await;
}

#[tokio::test]
async fn an_upload_that_breaks_off_is_said_and_can_be_sent_again() {
    let mut house = House::open(1).await;
    let browser = Browser::open().await;
    let list = list();
    choose(&browser, &house, &list).await;
    browser.click("#check").await;
    browser.until_shown("#send", "Send 40 messages").await;
    house.stack.api.kill(nix::sys::signal::Signal::SIGKILL).unwrap();
    house.stack.api.wait().await.unwrap();
    browser.click("#send").await;
    browser.until_shown("#report [role=alert]", "The upload broke off").await;
    house.stack.api.restart().await.unwrap();
    browser.click("#send").await;
    browser.until("document.querySelector('[data-people=sent]')?.textContent === '40'").await;
    assert_eq!(house.stats().await.total, 40);
    browser.close_despite("net::ERR_").await;
}
