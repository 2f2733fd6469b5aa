//! Who got what, and when.

use serde_json::json;

use crate::{browser::Browser, house::House};

#[tokio::test]
async fn a_person_is_found_by_the_phone_number_with_what_happened() {
    let house = House::open_tracking(1).await;
    house.behave(json!({ "receipts": { "read": 0.0 } })).await;
    let id = house.send(300, 200.0).await;
    house.until(id, |progress| progress.counts.delivered == 300 && progress.untracked == 0).await;
    let message = house.messages().await.into_iter().find(|message| message.recipient == 120).unwrap();
    assert!(message.to.starts_with('+'));

    let browser = Browser::open().await;
    browser.go(&format!("{}/campaigns/{id}/recipients", house.stack.api_url())).await;
    assert_eq!(browser.ask("document.querySelectorAll('tbody tr').length").await, 50);
    browser.type_into("#who", &format!("{}\n", message.to)).await;
    browser.until("document.querySelectorAll('tbody tr').length === 1").await;
    browser.until_shown("tbody th", "CUST-000120").await;
    browser.until_shown("tbody .state", "Delivered").await;
    browser.until_shown("tbody .id", &message.message_id).await;
    let history =
        "[...document.querySelectorAll('.history li > span')].map(({ textContent }) => textContent)";
    assert_eq!(browser.ask(history).await, json!(["Claimed", "Sent", "Delivered"]));

    browser.ask("document.getElementById('who').select()").await;
    browser.type_into("#who", "+1 212 555 0199\n").await;
    browser.until_shown(".empty", "Nobody in this campaign is like that").await;
    browser.close().await;
    house.stack.stop().await;
}
