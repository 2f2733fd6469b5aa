//! Pages that stay open side by side, and follow what happens elsewhere.

use drumbeat_common::Status;
use thirtyfour::common::types::WindowHandle;

use crate::{browser::Browser, house::House};

impl Browser {
    async fn tab(&self) -> WindowHandle {
        self.driver().window().await.unwrap()
    }

    async fn to_tab(&self, tab: &WindowHandle) {
        self.driver().switch_to_window(tab.clone()).await.unwrap();
    }

    /// Opens another tab, and goes there.
    async fn to_new_tab(&self) -> WindowHandle {
        let tab = self.driver().new_tab().await.unwrap();
        self.to_tab(&tab).await;
        tab
    }
}

#[tokio::test]
async fn what_one_tab_changes_the_other_shows_but_in_a_field_that_is_typed_in() {
    let house = House::open(1).await;
    let id = house.send(20_000, 50.0).await;
    let page = format!("{}/campaigns/{id}", house.stack.api_url());
    let browser = Browser::open().await;
    let first = browser.tab().await;
    browser.go(&page).await;
    browser.until_shown("#state", "Running").await;
    let second = browser.to_new_tab().await;
    browser.go(&page).await;

    browser.click("[data-steer][action$='/pause'] button").await;
    browser.until_shown("#state", "Paused").await;
    browser.to_tab(&first).await;
    browser.until_shown("#state", "Paused").await;

    browser.ask("document.getElementById('tps').select()").await;
    browser.type_into("#tps", "80\n").await;
    house.until(id, |progress| (progress.tps - 80.0).abs() < 1e-9).await;
    browser.to_tab(&second).await;
    browser.until("document.getElementById('tps').value === '80'").await;

    // Somebody types here while the rate is changed there.
    browser.ask("document.getElementById('tps').select()").await;
    browser.type_into("#tps", "6").await;
    house.client.set_tps(id, "70".parse().unwrap()).await.unwrap();
    browser.until_shown("#events", "rate set to 70 a second").await;
    assert_eq!(browser.ask("document.getElementById('tps').value").await, "6");
    browser.type_into("#tps", "0\n").await;
    house.until(id, |progress| (progress.tps - 60.0).abs() < 1e-9).await;
    browser.close().await;
}

#[tokio::test]
async fn the_list_follows_while_campaigns_come_run_and_end() {
    let house = House::open(1).await;
    let browser = Browser::open().await;
    browser.go(house.stack.api_url()).await;
    browser.ask("window.stayed = true").await;
    browser.until_shown("#live", "No campaign yet").await;
    let long = house.send(20_000, 50.0).await;
    browser.until_shown(".campaigns", "Running").await;
    browser.until("Number(document.querySelector('[data-label=Sent]').textContent) > 20").await;
    house.client.pause(long).await.unwrap();
    browser.until_shown(".campaigns", "Paused").await;
    let short = house.send(3, 100.0).await;
    house.until(short, |progress| progress.status == Status::Completed).await;
    browser.until_shown(".campaigns tr:first-child .state", "Completed").await;
    browser.until("document.querySelectorAll('.campaigns tbody tr').length === 2").await;
    assert_eq!(browser.ask("window.stayed").await, true);
    browser.close().await;
}
