use std::{collections::HashSet, iter, time::Duration};

use drumbeat_common::{
    Batch, Campaign, CampaignId, Content, Recipient, Redis, Status, StoreError, Template, TemplateBook,
    catalog::{self, Transition},
    queue::{self, PushError},
};
use tokio::time::{Instant, timeout_at};
use tracing::{info, warn};

use super::{campaign::CheckedCampaign, idempotency::IdempotencyKey};
use crate::{ChannelTotals, SendCampaignAnswer, deadline, error::ApiError, server::App};

/// The longest that a campaign may take to be written.
const INTAKE: Duration = Duration::from_secs(60);

/// A campaign that is written as a whole.
pub(super) struct Taken {
    pub(super) answer: SendCampaignAnswer,
    /// Whether an earlier post did it.
    pub(super) replayed: bool,
}

/// Writes a checked campaign, and starts it. Every step may be done twice, so a try that died is completed by the next
/// one with the same key. Where the caller hangs up, it stops where it is: the campaign stays loading, and a caller
/// without a key may post again without sending to anybody twice.
pub(super) async fn take(
    app: &App,
    campaign: CheckedCampaign,
    key: Option<&IdempotencyKey>,
) -> Result<Taken, ApiError> {
    let CheckedCampaign { options, recipients } = campaign;
    let (id, earlier) = identity(&app.redis, key).await?;
    let answer = answer(id, &recipients);
    if let Some(earlier) = earlier.filter(|campaign| campaign.status != Status::Loading) {
        complete(&earlier, &answer)?;
        return Ok(Taken { answer, replayed: true });
    }
    let keyed = key.is_some();
    let until = Instant::now() + INTAKE;
    let templates = used_templates(&app.templates, &recipients);
    let loaded = timeout_at(until, async {
        catalog::create(&app.redis, id, &options, &templates).await?;
        load(&app.redis, id, recipients).await
    })
    .await;
    let started = match loaded {
        Ok(Ok(())) => timeout_at(until, catalog::start(&app.redis, id)).await,
        // Another post with the same key was faster, or somebody cancelled it.
        Ok(Err(PushError::NotLoading)) => Ok(Ok(Transition::Unknown)),
        Ok(Err(PushError::Store(error))) => return Err(interrupted(error, ApiError::NotTaken { id, keyed })),
        Err(_) => return Err(ApiError::NotTaken { id, keyed }),
    };
    match started {
        Ok(Ok(Transition::Done(_))) => {
            let SendCampaignAnswer { total, batches, .. } = answer;
            info!(campaign = %id, total, batches, tps = %options.tps, dry_run = options.dry_run, "campaign taken");
        }
        Ok(Ok(Transition::Refused(_) | Transition::Unknown)) => {
            let campaign = deadline::answer(catalog::get(&app.redis, id)).await?;
            complete(&campaign.ok_or(ApiError::Lost(id))?, &answer)?;
        }
        Ok(Err(error)) => return Err(interrupted(error, ApiError::PerhapsStarted { id, keyed })),
        Err(_) => return Err(ApiError::PerhapsStarted { id, keyed }),
    }
    Ok(Taken { answer, replayed: false })
}

/// The campaign's id: a new one, or the one that the key is bound to, with what is there of that campaign.
async fn identity(
    redis: &Redis,
    key: Option<&IdempotencyKey>,
) -> Result<(CampaignId, Option<Campaign>), ApiError> {
    let id = CampaignId::generate();
    let Some(IdempotencyKey { key, body_hash }) = key else { return Ok((id, None)) };
    match deadline::answer(catalog::bind_idempotency_key(redis, key, id, body_hash)).await? {
        catalog::IdempotencyKey::New => Ok((id, None)),
        catalog::IdempotencyKey::Same(id) => Ok((id, deadline::answer(catalog::get(redis, id)).await?)),
        catalog::IdempotencyKey::Other => Err(ApiError::IdempotencyConflict),
    }
}

fn answer(id: CampaignId, recipients: &[Recipient]) -> SendCampaignAnswer {
    let total = recipients.len() as u64;
    SendCampaignAnswer {
        campaign_id: id,
        total,
        batches: total.div_ceil(Batch::SIZE.into()),
        channels: ChannelTotals::of(recipients.iter().map(|recipient| recipient.address.channel())),
        rejected: Vec::new(),
    }
}

/// Whether a campaign that is not loading any more was taken with everybody in it.
fn complete(campaign: &Campaign, answer: &SendCampaignAnswer) -> Result<(), ApiError> {
    if u64::from(campaign.total) == answer.total {
        Ok(())
    } else {
        Err(ApiError::CancelledMeanwhile(campaign.id))
    }
}

fn used_templates<'a>(templates: &'a TemplateBook, recipients: &[Recipient]) -> Vec<&'a Template> {
    let mut seen = HashSet::new();
    recipients
        .iter()
        .filter_map(|recipient| match &recipient.content {
            Content::Template { id, .. } => Some((recipient.address.channel(), id)),
            Content::Message { .. } => None,
        })
        .filter(|used| seen.insert(*used))
        .filter_map(|(channel, id)| templates.get(channel, id))
        .collect()
}

async fn load(redis: &Redis, id: CampaignId, recipients: Vec<Recipient>) -> Result<(), PushError> {
    let mut batches = batches(id, recipients);
    loop {
        let group: Vec<Batch> = batches.by_ref().take(queue::MAX_PUSH).collect();
        if group.is_empty() {
            return Ok(());
        }
        queue::push(redis, id, &group).await?;
    }
}

fn batches(campaign: CampaignId, recipients: Vec<Recipient>) -> impl Iterator<Item = Batch> {
    let mut recipients = recipients.into_iter();
    let next = move || Some(recipients.by_ref().take(Batch::SIZE as usize).collect::<Vec<_>>());
    (0..)
        .zip(iter::from_fn(next))
        .take_while(|(_, recipients)| !recipients.is_empty())
        .map(move |(number, recipients)| Batch { campaign, number, recipients })
}

fn interrupted(error: StoreError, away: ApiError) -> ApiError {
    match error {
        StoreError::Redis(error) => {
            warn!(%error, "Redis went away while a campaign was being taken");
            away
        }
        corrupt @ StoreError::Corrupt(_) => corrupt.into(),
    }
}
