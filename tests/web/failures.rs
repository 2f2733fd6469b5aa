//! Those who failed: explained, sent to again, and taken away as a file.

use std::{fs, path::Path, time::Duration};

use serde_json::json;
use tokio::time::timeout;

use crate::{
    browser::Browser,
    house::{House, PATIENCE},
};

/// How soon a file that has come is noticed.
const LOOK: Duration = Duration::from_millis(30);

#[tokio::test]
async fn those_who_failed_are_explained_and_sent_to_again() {
    let house = House::open(1).await;
    house.behave(json!({ "faults": [{ "service": "sms", "kind": "reject" }] })).await;
    let id = house.send(30, 100.0).await;
    assert_eq!(house.completed(id).await.counts.failed, 10);
    let browser = Browser::open().await;
    browser.go(&format!("{}/campaigns/{id}/failures", house.stack.api_url())).await;
    browser.until_shown(".group", "ConflictException").await;
    assert_eq!(browser.ask("document.querySelector('.group .count').textContent").await, "10");

    house.behave(json!({ "faults": [] })).await;
    browser.go(&format!("{}/campaigns/{id}", house.stack.api_url())).await;
    browser.click("[action$='/retry-failed'] button").await;
    browser.until("document.querySelector('[data-people=sent]').textContent === '30'").await;
    browser.until("document.querySelector('.attention').hidden").await;
    browser.close().await;
}

impl Browser {
    /// Keeps files that are downloaded from now on in this folder.
    async fn download_into(&self, folder: &Path) {
        let wish = json!({ "behavior": "allow", "downloadPath": folder });
        self.tell("Browser.setDownloadBehavior", wish).await;
    }
}

/// The first file in a folder, once all of it is there.
async fn downloaded(folder: &Path) -> String {
    loop {
        let mut files = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
        if let Some(whole) = files.find(|path| path.extension().is_some_and(|ending| ending == "csv")) {
            return fs::read_to_string(whole).unwrap();
        }
        tokio::time::sleep(LOOK).await;
    }
}

#[tokio::test]
async fn the_file_of_failures_has_all_of_them() {
    let house = House::open(1).await;
    house.behave(json!({ "faults": [{ "service": "sms", "kind": "reject" }] })).await;
    let id = house.send(30, 100.0).await;
    house.completed(id).await;
    let folder = tempfile::tempdir().unwrap();
    let browser = Browser::open().await;
    browser.download_into(folder.path()).await;
    browser.go(&format!("{}/campaigns/{id}/failures", house.stack.api_url())).await;
    browser.click("a[download]").await;
    let file = timeout(PATIENCE, downloaded(folder.path())).await.expect("no file came");
    for index in (0..30).step_by(3) {
        assert!(file.contains(&format!("CUST-{index:06},sms,failed,ConflictException")), "{file}");
    }
    assert_eq!(file.lines().count(), 11);
    browser.close().await;
}
