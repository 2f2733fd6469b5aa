//! Nobody is shut out: axe-core looks at every page, on a phone and on a desk, in light and in dark.

use std::fs;

use drumbeat::stack::Setup;
use drumbeat_common::CampaignId;
use serde_json::json;

use crate::{
    browser::{Browser, Scheme, Screen},
    house::{House, campaign, exe, phone, root},
    list::{choose, list},
};

/// Answers with what keeps people from using the page, a line each: the rule, how bad it is, and where.
const AXE_RUN: &str = "
    const done = arguments[arguments.length - 1];
    const tags = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'];
    axe.run({ runOnly: tags, resultTypes: ['violations'] }).then(
        ({ violations }) => done(violations
            .filter(({ impact }) => ['serious', 'critical'].includes(impact))
            .flatMap(({ id, impact, nodes }) => nodes.map(({ target, any, all, none }) =>
                `${id} (${impact}): ${target} ${[...any, ...all, ...none].map(({ message }) => message).join('; ')}`))),
        (error) => done([`axe failed: ${error}`]),
    );";

impl Browser {
    /// Fails with what axe finds.
    pub(crate) async fn shuts_nobody_out(&self, page: &str) {
        let axe = root().join("target/axe/node_modules/axe-core/axe.min.js");
        let axe = fs::read_to_string(axe).expect("scripts/axe.sh installs axe-core");
        self.driver().execute(axe, Vec::new()).await.unwrap();
        // Colours do not depend on the width, nor the layout on the colours.
        for (screen, scheme) in [(Screen::DESK, Scheme::Light), (Screen::PHONE, Scheme::Dark)] {
            self.show(screen, scheme).await;
            let root = "document.documentElement";
            let fits = self.ask(&format!("{root}.scrollWidth <= {root}.clientWidth")).await;
            assert_eq!(fits, true, "{page}, {screen:?}");
            let found = self.driver().execute_async(AXE_RUN, Vec::new()).await.unwrap();
            let found: Vec<String> = found.convert().unwrap();
            assert!(found.is_empty(), "{page}, {screen:?}, {scheme:?}:\n{}", found.join("\n"));
        }
    }

    async fn goes_and_shuts_nobody_out(&self, house: &House, path: &str) {
        self.go(&format!("{}{path}", house.stack.api_url())).await;
        self.shuts_nobody_out(path).await;
    }
}

#[tokio::test]
async fn the_list_of_campaigns_and_a_path_that_leads_nowhere_shut_nobody_out() {
    let house = House::open(1).await;
    let browser = Browser::open().await;
    browser.goes_and_shuts_nobody_out(&house, "/").await;
    browser.goes_and_shuts_nobody_out(&house, "/?status=paused").await;
    house.completed(house.send(3, 100.0).await).await;
    house.send(1_000, 10.0).await;
    browser.goes_and_shuts_nobody_out(&house, "/").await;
    browser.goes_and_shuts_nobody_out(&house, "/nothing").await;
    browser.close_despite("status of 404").await;
}

#[tokio::test]
async fn the_form_for_a_campaign_shuts_nobody_out_before_and_after_a_look_at_the_list() {
    let house = House::open(1).await;
    let browser = Browser::open().await;
    let list = list();
    choose(&browser, &house, &list).await;
    browser.shuts_nobody_out("the form").await;
    browser.click("#check").await;
    browser.until_shown("#report", "40 messages can go out").await;
    browser.shuts_nobody_out("the form with a report").await;
    browser.close().await;
}

#[tokio::test]
async fn a_campaign_shuts_nobody_out_whatever_it_does() {
    let house = House::open(1).await;
    let browser = Browser::open().await;
    let id = house.send(20_000, 50.0).await;
    browser.goes_and_shuts_nobody_out(&house, &format!("/campaigns/{id}")).await;
    browser.click("[data-steer][action$='/pause'] button").await;
    browser.until_shown("#state", "Paused").await;
    browser.shuts_nobody_out("a paused campaign").await;
    browser.click("[popovertarget=cancel]").await;
    browser.shuts_nobody_out("a campaign that may be cancelled").await;
    browser.click("#cancel form button").await;
    browser.until_shown("#state", "Cancelled").await;
    browser.shuts_nobody_out("a cancelled campaign").await;
    browser.close().await;
}

#[tokio::test]
async fn failures_doubts_and_recipients_shut_nobody_out() {
    let house = House::open_tracking(1).await;
    let id = harmed(&house).await;
    let browser = Browser::open().await;
    for page in ["", "/failures", "/recipients", "/recipients?state=failed", "/recipients?who=nobody"] {
        browser.goes_and_shuts_nobody_out(&house, &format!("/campaigns/{id}{page}")).await;
    }
    browser.close().await;
}

/// A campaign in which some failed, and some are in doubt.
async fn harmed(house: &House) -> CampaignId {
    let doubt = json!({ "address": phone(1), "kind": "cut_after" });
    house.behave(json!({ "faults": [{ "service": "sms", "kind": "reject" }, doubt] })).await;
    let id = house.post(&campaign(30, 100.0)).await;
    let counts = house.completed(id).await.counts;
    assert_eq!((counts.failed, counts.in_doubt), (10, 1));
    id
}

#[tokio::test]
async fn the_way_in_shuts_nobody_out() {
    let folder = tempfile::tempdir().unwrap();
    let setup = Setup::new(exe(), folder.path()).templates(root().join("data/demo/templates")).workers(0);
    let stack = setup.env("API_KEYS", "s3cret").start().await.unwrap();
    let browser = Browser::open().await;
    browser.go(stack.api_url()).await;
    browser.until("location.pathname === '/sign-in'").await;
    browser.shuts_nobody_out("the way in").await;
    browser.type_into("#key", "wrong\n").await;
    browser.until_shown("#wrong", "none of the server's keys").await;
    browser.shuts_nobody_out("the way in, to somebody with another key").await;
    browser.type_into("#key", "s3cret\n").await;
    browser.until_shown("h1", "Campaigns").await;
    browser.shuts_nobody_out("the list, to somebody who can sign out").await;
    browser.close_despite("status of 401").await;
}
