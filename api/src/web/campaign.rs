use askama::Template;
use axum::{extract::State, http::HeaderMap, response::Response};
use drumbeat_common::{Channel, Counts, Event, Progress, Status};
use jiff::{SignedDuration, Timestamp};

use super::{
    Shell, assets,
    bar::{self, Part},
    chart::Chart,
    filters, page, words,
};
use crate::{ProgressView, campaign_path::CampaignPath, error::ApiError, progress, server::App};

#[derive(Template)]
#[template(path = "campaign.html")]
struct CampaignPage {
    shell: Shell,
    progress: Progress,
    doubt_open_until: Option<Timestamp>,
    events: Vec<Event>,
    parts: Vec<Part>,
    chart: Chart,
    channels: Vec<(Channel, Counts)>,
}

/// One campaign: where it stands, and what can be done about it.
pub(super) async fn show(
    State(app): State<App>,
    CampaignPath(id): CampaignPath,
    asked: HeaderMap,
) -> Result<Response, ApiError> {
    let ProgressView { progress, doubt_open_until, rate, events } = progress::view(&app, id, Some(0)).await?;
    let chart = Chart::of(&rate, progress.tps, Timestamp::now().as_second());
    let parts = bar::parts(&progress.counts);
    let channels = Channel::ALL.map(|channel| (channel, *progress.channels.get(channel))).into();
    page(
        &asked,
        &CampaignPage { shell: Shell::of(&app), progress, doubt_open_until, events, parts, chart, channels },
    )
}

impl CampaignPage {
    /// Those for whom it is decided, whatever came of it.
    fn decided(&self) -> u64 {
        self.progress.counts.total - self.progress.counts.open()
    }

    fn share(&self) -> String {
        words::percent(self.decided(), self.progress.counts.total)
    }

    fn is_any(&self, statuses: &[Status]) -> bool {
        statuses.contains(&self.progress.status)
    }

    /// When the last message goes out, where that can be foretold.
    fn until(&self) -> Option<Timestamp> {
        let seconds = self.progress.eta_seconds.filter(|_| self.progress.status == Status::Running)?;
        Timestamp::now().checked_add(SignedDuration::from_secs(i64::try_from(seconds).ok()?)).ok()
    }
}
