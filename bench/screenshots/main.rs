//! The pictures in the README: `make screenshots`. A Drumbeat of its own sends campaigns for some minutes, so that there is
//! something to be seen; MINUTES in the environment sets how many.

#![expect(clippy::unwrap_used, reason = "a picture that cannot be taken has nothing to show")]

#[path = "../../tests/web/browser.rs"]
#[expect(dead_code, reason = "pictures need less of it than the tests")]
mod browser;
mod campaigns;
#[path = "../../tests/web/driver.rs"]
mod driver;
#[path = "../../tests/it/house.rs"]
#[expect(dead_code, reason = "pictures need less of it than the tests")]
mod house;
mod people;
mod pictures;
mod shop;

use browser::Browser;
use serde_json::json;
use shop::Shop;

/// How long the campaign in the pictures has run.
const MINUTES: f64 = 7.0;

#[tokio::main]
async fn main() {
    let minutes = std::env::var("MINUTES").map_or(MINUTES, |text| text.parse().unwrap());
    let folder = tempfile::tempdir().unwrap();
    let shop = Shop::open(folder.path()).await;
    let browser = Browser::open().await;
    browser.tell("Emulation.setScrollbarsHidden", json!({ "hidden": true })).await;
    let over = campaigns::prepare(&shop).await;
    pictures::before_and_after(&browser, &shop, over).await;
    let running = campaigns::run(&shop, minutes).await;
    pictures::meanwhile(&browser, &shop, running).await;
    browser.close().await;
    shop.stack.stop().await;
}
