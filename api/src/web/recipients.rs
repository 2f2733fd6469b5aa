use askama::Template;
use axum::{extract::State as Use, http::HeaderMap, response::Response};
use drumbeat_common::{Campaign, Channel, Filter, RecipientIndex, State, catalog};
use serde::Deserialize;

use super::{Shell, assets, filters, page};
use crate::{
    Details, RecipientPage,
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
    /// A customer, or empty for all.
    #[serde(default)]
    customer: String,
    /// The last one of the page before.
    after: Option<RecipientIndex>,
}

#[derive(Template)]
#[template(path = "recipients.html")]
struct RecipientsPage {
    shell: Shell,
    campaign: Campaign,
    filter: Filter,
    after: Option<RecipientIndex>,
    page: RecipientPage,
}

/// What became of each person.
pub(super) async fn show(
    Use(app): Use<App>,
    CampaignPath(id): CampaignPath,
    Parameters(Wish { state, channel, customer, after }): Parameters<Wish>,
    asked: HeaderMap,
) -> Result<Response, ApiError> {
    let given = |text: String| Some(text.trim().to_owned()).filter(|text| !text.is_empty());
    let filter = Filter {
        state: choice("state", given(state))?,
        channel: choice("channel", given(channel))?,
        customer: given(customer),
    };
    let campaign = existing(catalog::get(&app.redis, id)).await?;
    let people = recipients::page(&app.redis, app.table.as_ref(), id, &filter, after, LIMIT).await?;
    page(&asked, &RecipientsPage { shell: Shell::of(&app), campaign, filter, after, page: people })
}

impl RecipientsPage {
    fn is_filtered(&self) -> bool {
        self.filter != Filter::default()
    }

    /// The same people, from another place on.
    fn link(&self, after: Option<&RecipientIndex>) -> String {
        let Filter { state, channel, customer } = &self.filter;
        let state = state.map(State::as_str).unwrap_or_default();
        let channel = channel.map(Channel::as_str).unwrap_or_default();
        let customer = super::encoded(customer.as_deref().unwrap_or_default());
        let after = after.map(|index| format!("&after={}", index.get())).unwrap_or_default();
        format!(
            "/campaigns/{}/recipients?state={state}&channel={channel}&customer={customer}{after}",
            self.campaign.id
        )
    }
}
