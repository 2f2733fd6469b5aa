//! One campaign: watched and steered.

use drumbeat_common::Status;

use crate::{browser::Browser, house::House};

#[tokio::test]
async fn a_campaign_is_watched_and_steered_without_a_reload() {
    let house = House::open(1).await;
    let id = house.send(20_000, 50.0).await;
    let browser = Browser::open().await;
    browser.go(&format!("{}/campaigns/{id}", house.stack.api_url())).await;
    browser.ask("window.stayed = true").await;
    browser.until("Number(document.querySelector('[data-people=sent]').textContent) > 20").await;

    browser.ask("document.getElementById('tps').select()").await;
    browser.type_into("#tps", "80\n").await;
    house.until(id, |progress| (progress.tps - 80.0).abs() < 1e-9).await;
    browser.until_shown("#events", "rate set to 80 a second").await;

    browser.click("[data-steer][action$='/pause'] button").await;
    browser.until_shown("#state", "Paused").await;
    browser.click("[data-steer][action$='/resume'][data-when=paused] button").await;
    browser.until_shown("#state", "Running").await;

    browser.click("[popovertarget=cancel]").await;
    browser.until_shown("#cancel", "cannot be taken up again").await;
    browser.click("#cancel [popovertargetaction=hide]").await;
    assert_eq!(house.progress(id).await.status, Status::Running);
    browser.click("[popovertarget=cancel]").await;
    browser.click("#cancel form button").await;
    browser.until_shown("#state", "Cancelled").await;
    assert_eq!(house.progress(id).await.status, Status::Cancelled);
    assert_eq!(browser.ask("window.stayed").await, true);
    browser.close().await;
}

#[tokio::test]
async fn the_line_shows_what_was_sent() {
    let house = House::open(1).await;
    let id = house.send(2_000, 100.0).await;
    let browser = Browser::open().await;
    browser.go(&format!("{}/campaigns/{id}", house.stack.api_url())).await;
    // The wanted rate lies in the middle: 100 of 200.
    browser
        .until(
            "document.querySelector('#chart .line').getAttribute('points').split(' ')
                .some((point) => Math.abs(point.split(',')[1] - 50) < 5)",
        )
        .await;
    browser.close().await;
}
