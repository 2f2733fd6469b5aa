//! Names and words of any kind: they are shown, and do nothing.

use serde_json::json;

use crate::{
    browser::Browser,
    house::{House, campaign},
    list::{choose, file},
};

const NAMES: [&str; 4] = [
    "<script>document.title = 'taken'</script>",
    "\"><img src=x onerror=\"document.title = 'taken'\"> \"quoted\" & 'more'",
    "مرحبا \u{202e}بالعالم",
    "🥁👩‍👩‍👧 drums",
];

/// What markup in a name would make of the page.
const STRANGERS: &str = "document.querySelectorAll('main script, main img').length";

impl Browser {
    async fn shows(&self, page: &str, name: &str, title: &str) {
        self.go(page).await;
        assert_eq!(self.ask("document.querySelector('bdi').textContent").await, name, "{page}");
        assert!(self.ask("document.title").await.as_str().unwrap().contains(title), "{page} {title}");
        assert_eq!(self.ask(STRANGERS).await, 0, "{page} {name}");
    }
}

#[tokio::test]
async fn a_hostile_name_is_shown_on_every_page_and_does_nothing() {
    let house = House::open(1).await;
    house.behave(json!({ "faults": [{ "service": "sms", "kind": "reject" }] })).await;
    let browser = Browser::open().await;
    for name in NAMES {
        let mut hostile = campaign(3, 100.0);
        hostile["name"] = name.into();
        hostile["recipients"][0]["customer_id"] = name.into();
        let id = house.post(&hostile).await;
        house.completed(id).await;
        let site = house.stack.api_url();
        browser.shows(site, name, "Campaigns").await;
        browser.shows(&format!("{site}/campaigns/{id}"), name, name).await;
        for page in ["failures", "recipients"] {
            browser.shows(&format!("{site}/campaigns/{id}/{page}"), name, name).await;
            browser.until_shown("tbody bdi", name).await;
        }
    }
    browser.close().await;
}

#[tokio::test]
async fn hostile_words_in_a_list_are_shown_before_it_is_sent_and_do_nothing() {
    let house = House::open(0).await;
    let browser = Browser::open().await;
    for name in NAMES {
        let quoted = name.replace('"', "\"\"");
        let list = file(
            ".csv",
            &format!(
                "customer_id,channel,phone,message\n\"{quoted}\",sms,+14155550100,\"{quoted}\"\n\"{quoted}\",sms,\"{quoted}\",Hi\n"
            ),
        );
        choose(&browser, &house, &list).await;
        browser.click("#check").await;
        browser.until_shown(".sample .text", name).await;
        browser.until_shown(".sample bdi:last-of-type", name).await;
        browser.until_shown(".problems bdi", name).await;
        assert_eq!(browser.ask(STRANGERS).await, 0, "{name}");
        assert_eq!(browser.ask("document.title").await, "New campaign · Drumbeat");
    }
    browser.close().await;
}
