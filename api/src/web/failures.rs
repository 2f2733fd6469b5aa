use std::collections::{BTreeMap, BTreeSet};

use askama::Template;
use axum::{extract::State, http::HeaderMap, response::Response};
use drumbeat_common::{
    Campaign, CampaignId, Channel, Failure, FailurePage, FailureState, RecipientIndex, Redis, catalog,
    failures,
};
use serde::Deserialize;

use super::{Shell, advice, assets, filters, page, words};
use crate::{
    campaign_path::CampaignPath,
    campaigns::existing,
    deadline,
    error::ApiError,
    query::{MAX_LIMIT, Parameters},
    server::App,
};

/// Failures on a page.
const LIMIT: usize = 100;
/// As many are grouped; who has more has the file.
const MOST_GROUPED: u64 = 100_000;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Wish {
    /// The last one of the page before.
    after: Option<RecipientIndex>,
}

#[derive(Template)]
#[template(path = "failures.html")]
struct FailuresPage {
    shell: Shell,
    campaign: Campaign,
    groups: Vec<Group>,
    /// How many are grouped, and whether there are more.
    grouped: u64,
    more: bool,
    after: Option<RecipientIndex>,
    rows: FailurePage,
}

/// Those with one code.
struct Group {
    code: String,
    state: FailureState,
    /// What was said of the first of them.
    message: String,
    channels: BTreeSet<Channel>,
    count: u64,
    advice: &'static str,
}

/// Who failed or is in doubt, and what to do about it.
pub(super) async fn show(
    State(app): State<App>,
    CampaignPath(id): CampaignPath,
    Parameters(wish): Parameters<Wish>,
    asked: HeaderMap,
) -> Result<Response, ApiError> {
    let campaign = existing(catalog::get(&app.redis, id)).await?;
    let rows = deadline::answer(failures(&app.redis, id, wish.after, LIMIT)).await?;
    let (groups, grouped, more) = groups(&app.redis, id).await?;
    page(
        &asked,
        &FailuresPage { shell: Shell::of(&app), campaign, groups, grouped, more, after: wish.after, rows },
    )
}

async fn groups(redis: &Redis, id: CampaignId) -> Result<(Vec<Group>, u64, bool), ApiError> {
    let (mut groups, mut grouped, mut after) = (BTreeMap::new(), 0, None);
    loop {
        let FailurePage { failures, next } = deadline::answer(failures(redis, id, after, MAX_LIMIT)).await?;
        grouped += failures.len() as u64;
        failures.into_iter().for_each(|failure| add(&mut groups, failure));
        after = next;
        if after.is_none() || grouped >= MOST_GROUPED {
            break;
        }
    }
    let mut groups: Vec<Group> = groups.into_values().collect();
    groups.sort_by_key(|group| std::cmp::Reverse(group.count));
    Ok((groups, grouped, after.is_some()))
}

fn add(groups: &mut BTreeMap<(String, bool), Group>, failure: Failure) {
    let Failure { code, state, message, channel, .. } = failure;
    let group = groups.entry((code.clone(), state == FailureState::InDoubt)).or_insert_with(|| Group {
        advice: advice::about(&code, state),
        code,
        state,
        message,
        channels: BTreeSet::new(),
        count: 0,
    });
    group.count += 1;
    group.channels.insert(channel);
}

impl Group {
    fn channels(&self) -> String {
        self.channels.iter().map(|channel| words::channel(*channel)).collect::<Vec<_>>().join(", ")
    }
}
