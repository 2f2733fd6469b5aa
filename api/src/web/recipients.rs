use askama::Template;
use axum::{extract::State as Use, http::HeaderMap, response::Response};
use drumbeat_common::{Campaign, Channel, Filter, RecipientIndex, State, Whom, catalog};
use jiff::Timestamp;
use serde::Deserialize;

use super::{Shell, assets, filters, page};
use crate::{
    Details, RecipientPage, RecipientView,
    campaign_path::CampaignPath,
    campaigns::existing,
    error::ApiError,
    query::{Parameters, choice},
    recipients,
    server::App,
};

/// People on a page.
const LIMIT: usize = 50;

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Wish {
    /// A state, or empty for all.
    #[serde(default)]
    state: String,
    /// A channel, or empty for all.
    #[serde(default)]
    channel: String,
    /// A customer or an address, or empty for all.
    #[serde(default)]
    who: String,
    /// The last one of the page before.
    after: Option<RecipientIndex>,
}

#[derive(Template)]
#[template(path = "recipients.html")]
struct RecipientsPage {
    shell: Shell,
    campaign: Campaign,
    filter: Filter,
    who: String,
    after: Option<RecipientIndex>,
    page: RecipientPage,
}

/// What became of each person.
pub(super) async fn show(
    Use(app): Use<App>,
    CampaignPath(id): CampaignPath,
    Parameters(Wish { state, channel, who, after }): Parameters<Wish>,
    asked: HeaderMap,
) -> Result<Response, ApiError> {
    let given = |text: String| Some(text.trim().to_owned()).filter(|text| !text.is_empty());
    let filter = Filter {
        state: choice("state", given(state))?,
        channel: choice("channel", given(channel))?,
        whom: given(who.clone()).map(Whom::either),
    };
    let campaign = existing(catalog::get(&app.redis, id)).await?;
    let people = recipients::page(&app.redis, app.table.as_ref(), id, &filter, after, LIMIT).await?;
    page(&asked, &RecipientsPage { shell: Shell::of(&app), campaign, filter, who, after, page: people })
}

impl RecipientsPage {
    fn is_filtered(&self) -> bool {
        self.filter != Filter::default()
    }

    fn is_by_address(&self) -> bool {
        self.filter.whom.as_ref().is_some_and(|whom| whom.address().is_some())
    }

    /// The same people, from another place on.
    fn link(&self, after: Option<&RecipientIndex>) -> String {
        let Filter { state, channel, whom: _ } = &self.filter;
        let state = state.map(State::as_str).unwrap_or_default();
        let channel = channel.map(Channel::as_str).unwrap_or_default();
        let who = super::encoded(self.who.trim());
        let after = after.map(|index| format!("&after={}", index.get())).unwrap_or_default();
        format!("/campaigns/{}/recipients?state={state}&channel={channel}&who={who}{after}", self.campaign.id)
    }

    /// What happened to somebody, in the order in which it does.
    fn history(&self, one: &RecipientView) -> impl Iterator<Item = (&'static str, Timestamp)> + use<> {
        let times = [
            ("Claimed", one.claimed_at),
            ("Sent", one.sent_at),
            ("Delivered", one.delivered_at),
            ("Undelivered", one.undelivered_at),
            ("Read", one.read_at),
            (if one.state == State::InDoubt { "In doubt" } else { "Failed" }, one.failed_at),
        ];
        times.into_iter().filter_map(|(what, time)| Some((what, time?)))
    }

    /// The word for it where something went wrong; that a message arrived, the state says already.
    fn reason<'a>(&self, one: &'a RecipientView) -> Option<&'a str> {
        let is_wrong = matches!(one.state, State::Failed | State::InDoubt | State::Undelivered);
        one.code.as_deref().filter(|_| is_wrong)
    }
}
