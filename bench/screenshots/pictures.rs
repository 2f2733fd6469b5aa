use std::fs;

use drumbeat_common::CampaignId;

use crate::{
    browser::{Browser, Scheme, Screen},
    house::root,
    people,
    shop::Shop,
};

/// Sharper than a page shows it, and still a small file.
const fn desk(height: u32) -> Screen {
    Screen { width: 1100, height, scale: 1.25 }
}

const PHONE: Screen = Screen { scale: 1.5, ..Screen::PHONE };

/// A list before it is sent, and a campaign that is over.
pub(crate) async fn before_and_after(browser: &Browser, shop: &Shop, over: CampaignId) {
    let site = shop.stack.api_url();
    browser.show(Screen { scale: 1.0, ..desk(970) }, Scheme::Light).await;
    preflight(browser, site).await;
    for (page, height) in [("failures", 640), ("recipients", 660)] {
        browser.show(desk(height), Scheme::Light).await;
        take(browser, page, &format!("{site}/campaigns/{over}/{page}")).await;
    }
}

/// A campaign that runs, and the list of all.
pub(crate) async fn meanwhile(browser: &Browser, shop: &Shop, running: CampaignId) {
    let site = shop.stack.api_url();
    let page = format!("{site}/campaigns/{running}");
    for (name, screen, scheme) in [
        ("campaign", desk(810), Scheme::Light),
        ("campaign-dark", desk(810), Scheme::Dark),
        ("campaign-phone", PHONE, Scheme::Light),
    ] {
        browser.show(screen, scheme).await;
        take(browser, name, &page).await;
    }
    browser.show(desk(620), Scheme::Light).await;
    take(browser, "campaigns", site).await;
}

async fn take(browser: &Browser, name: &str, page: &str) {
    browser.go(page).await;
    browser.until("document.readyState === 'complete'").await;
    save(browser, name).await;
}

async fn preflight(browser: &Browser, site: &str) {
    let folder = tempfile::tempdir().unwrap();
    let list = folder.path().join("autumn-sale.csv");
    fs::write(&list, people::list()).unwrap();
    browser.go(&format!("{site}/campaigns/new")).await;
    browser.until("document.getElementById('start_at').type === 'datetime-local'").await;
    browser.type_into("#name-of", "Autumn sale").await;
    browser.type_into("#file", &list.display().to_string()).await;
    browser.ask("document.getElementById('tps').select()").await;
    browser.type_into("#tps", "50").await;
    browser.click("[name=dry_run]").await;
    browser.click("#check").await;
    browser.until_shown("#send", "messages").await;
    browser.ask("scrollTo({ top: 0, behavior: 'instant' })").await;
    save(browser, "new-campaign").await;
}

async fn save(browser: &Browser, name: &str) {
    let folder = root().join("docs/screenshots");
    fs::create_dir_all(&folder).unwrap();
    let picture = browser.driver().screenshot_as_png().await.unwrap();
    let path = folder.join(format!("{name}.png"));
    println!("{} {} kB", path.display(), picture.len() / 1_000);
    fs::write(path, picture).unwrap();
}
