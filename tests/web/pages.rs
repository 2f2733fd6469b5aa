//! What holds for all pages.

use serde_json::json;

use crate::{browser::Browser, house::House};

/// Everything that can be pressed or filled in has a name, and no id is there twice.
const NAMELESS: &str = "[...document.querySelectorAll('button, a[href], input:not([type=hidden]), select')]
    .filter((one) => one.checkVisibility())
    .filter((one) => !(one.textContent.trim() || one.labels?.length || one.getAttribute('aria-label')))
    .map((one) => one.outerHTML)
    .concat([...document.querySelectorAll('[id]')].map(({ id }) => id).filter((id, place, all) => all.indexOf(id) < place))";

#[tokio::test]
async fn pages_fit_on_a_phone_keep_the_policy_and_name_what_can_be_pressed() {
    let house = House::open(1).await;
    house.behave(json!({ "faults": [{ "service": "sms", "kind": "reject" }] })).await;
    let id = house.send(30, 200.0).await;
    house.completed(id).await;
    for (width, height) in [(390, 844), (1280, 900)] {
        let browser = Browser::of_size(width, height).await;
        for path in [
            "/".to_owned(),
            "/campaigns/new".to_owned(),
            format!("/campaigns/{id}"),
            format!("/campaigns/{id}/failures"),
            format!("/campaigns/{id}/recipients"),
        ] {
            browser.go(&format!("{}{path}", house.stack.api_url())).await;
            assert_eq!(
                browser
                    .ask("document.documentElement.scrollWidth <= document.documentElement.clientWidth")
                    .await,
                true,
                "{path} at {width}"
            );
            assert_eq!(browser.ask(NAMELESS).await, json!([]), "{path}");
            let hosts = browser
                .ask("performance.getEntriesByType('resource').filter(({ name }) => !name.startsWith(location.origin)).length")
                .await;
            assert_eq!(hosts, 0, "{path}");
        }
        browser.close().await;
    }
}
