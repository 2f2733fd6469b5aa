use drumbeat_common::{
    Batch, Campaign, CampaignId, Recipient, RecipientIndex, Redis, Rejected, Status, StoreError, Template,
    catalog::{self, Transition},
    discard, idempotency,
    queue::{self, PushError},
    rejected, skip, suppression,
};
use tracing::{info, warn};

use super::{list::Piece, options::IntakeOptions, reading::Reading};
use crate::{SendCampaignAnswer, deadline, error::ApiError, server::App, wire::Skipped};

/// Writes a campaign as its list comes in. Nothing is written before the first recipients are there. Every step may be
/// done twice, so a try that died is completed by the next one with the same key.
pub(super) struct Writer<'a> {
    app: &'a App,
    key: Option<String>,
    options: Option<Box<IntakeOptions>>,
    place: Place,
    batches: u32,
    blocks: u32,
    suppressed: u64,
}

/// Where the list goes.
enum Place {
    /// Nowhere yet.
    Unborn,
    /// Into a campaign that is loading; with the fingerprint of the body that its key came with, if that is known.
    Loading { id: CampaignId, body: Option<String> },
    /// Nowhere: the campaign was taken before.
    Taken { campaign: Box<Campaign>, body: Option<String> },
}

/// A campaign that is written as a whole.
pub(crate) struct Taken {
    pub(crate) answer: SendCampaignAnswer,
    /// Whether an earlier post did it.
    pub(crate) replayed: bool,
}

impl<'a> Writer<'a> {
    pub(super) const fn new(app: &'a App, key: Option<String>) -> Self {
        Self { app, key, options: None, place: Place::Unborn, batches: 0, blocks: 0, suppressed: 0 }
    }

    pub(super) async fn write(&mut self, piece: Piece) -> Result<(), ApiError> {
        match piece {
            Piece::Options(options) => {
                self.options = Some(options);
                Ok(())
            }
            Piece::Batches(batches) => self.batches(batches).await,
            Piece::Rejected(block) => self.rejected(&block).await,
            Piece::Duplicates(recipients) => self.skip(&recipients).await,
        }
    }

    async fn batches(&mut self, batches: Vec<Vec<Recipient>>) -> Result<(), ApiError> {
        if matches!(self.place, Place::Unborn) {
            self.place = self.begin().await?;
        }
        let first = self.batches;
        self.batches += u32::try_from(batches.len()).map_err(|_| ApiError::Internal)?;
        let Place::Loading { id, .. } = self.place else { return self.suppress(first, &batches).await };
        let batches: Vec<_> = (first..)
            .zip(batches)
            .map(|(number, recipients)| Batch { campaign: id, number, recipients })
            .collect();
        match queue::push(&self.app.redis, id, &batches).await {
            Ok(()) => {}
            Err(PushError::Differs) => return Err(ApiError::IdempotencyConflict),
            Err(PushError::NotLoading) => self.overtaken(id).await?,
            Err(PushError::Store(error)) => return Err(self.interrupted(id, error)),
        }
        let recipients: Vec<_> = batches.into_iter().map(|batch| batch.recipients).collect();
        self.suppress(first, &recipients).await
    }

    /// Passes over those who must not be sent to.
    async fn suppress(&mut self, first_batch: u32, batches: &[Vec<Recipient>]) -> Result<(), ApiError> {
        let addresses = batches.iter().flatten().map(|recipient| &recipient.address);
        let suppressed = deadline::answer(suppression::suppressed(&self.app.redis, addresses)).await?;
        self.suppressed += suppressed.len() as u64;
        // All batches but the last of a list are full, so places follow each other as indexes do.
        let index = |place: usize| u32::try_from(place).map(|place| first_batch * Batch::SIZE + place);
        let indexes: Result<Vec<_>, _> =
            suppressed.into_iter().map(|place| index(place).map(RecipientIndex::new)).collect();
        self.skip(&indexes.map_err(|_| ApiError::Internal)?).await
    }

    /// Finds the campaign's id: a new one, or the one that the key is bound to; and writes the campaign down, unless it
    /// was taken before.
    async fn begin(&self) -> Result<Place, ApiError> {
        let redis = &self.app.redis;
        let options = self.options.as_ref().ok_or(ApiError::Internal)?;
        let mut id = CampaignId::generate();
        let mut body = None;
        if let Some(key) = &self.key {
            let binding = deadline::answer(idempotency::bind(redis, key, id)).await?;
            (id, body) = (binding.campaign, binding.body);
            let campaign = deadline::answer(catalog::get(redis, id)).await?;
            if let Some(campaign) = campaign.filter(|campaign| campaign.status != Status::Loading) {
                return Ok(Place::Taken { campaign: Box::new(campaign), body });
            }
        }
        let created = catalog::create(redis, id, &options.campaign, &[]).await;
        created.map_err(|error| self.interrupted(id, error))?;
        Ok(Place::Loading { id, body })
    }

    /// Another post with the same key was faster, or somebody cancelled the campaign.
    async fn overtaken(&mut self, id: CampaignId) -> Result<(), ApiError> {
        let campaign = deadline::answer(catalog::get(&self.app.redis, id)).await?;
        let campaign = Box::new(campaign.ok_or(ApiError::Lost(id))?);
        self.place = Place::Taken { campaign, body: None };
        Ok(())
    }

    async fn rejected(&mut self, block: &[Rejected]) -> Result<(), ApiError> {
        let Place::Loading { id, .. } = self.place else { return Ok(()) };
        let kept = rejected::keep(&self.app.redis, id, self.blocks, block).await;
        self.blocks += 1;
        kept.map_err(|error| self.interrupted(id, error))
    }

    async fn skip(&mut self, recipients: &[RecipientIndex]) -> Result<(), ApiError> {
        let Place::Loading { id, .. } = self.place else { return Ok(()) };
        match skip(&self.app.redis, id, recipients).await {
            Ok(()) => Ok(()),
            Err(PushError::Store(error)) => Err(self.interrupted(id, error)),
            Err(PushError::NotLoading | PushError::Differs) => self.overtaken(id).await,
        }
    }

    /// Starts the campaign, now that its list is whole.
    pub(super) async fn finish(mut self, reading: Reading) -> Result<Taken, ApiError> {
        let answer = |id| answer(id, &reading, self.suppressed);
        let known = |body: &Option<String>| body.is_some() && *body != reading.fingerprint;
        match &self.place {
            Place::Unborn => Err(ApiError::Internal),
            Place::Loading { body, .. } | Place::Taken { body, .. } if known(body) => {
                Err(ApiError::IdempotencyConflict)
            }
            Place::Taken { campaign, .. } => {
                complete(campaign, &reading)?;
                Ok(Taken { answer: answer(campaign.id), replayed: true })
            }
            Place::Loading { id, .. } => {
                let id = *id;
                let answer = answer(id);
                self.start(id, &reading).await?;
                let replayed = matches!(self.place, Place::Taken { .. });
                Ok(Taken { answer, replayed })
            }
        }
    }

    async fn start(&mut self, id: CampaignId, reading: &Reading) -> Result<(), ApiError> {
        let redis = &self.app.redis;
        let campaign = deadline::answer(catalog::get(redis, id)).await?.ok_or(ApiError::Lost(id))?;
        if campaign.total != reading.summary.total && campaign.status == Status::Loading {
            // An earlier body with this key, which broke off, was longer.
            return Err(ApiError::IdempotencyConflict);
        }
        let prepared = self.prepare(id, reading).await;
        prepared.map_err(|error| self.interrupted(id, error))?;
        match catalog::start(redis, id).await {
            Ok(Transition::Done(status)) => {
                let (total, options) = (reading.summary.total, &reading.options.campaign);
                info!(campaign = %id, total, %status, tps = %options.tps, dry_run = options.dry_run, "campaign taken");
                Ok(())
            }
            Ok(Transition::Refused(_) | Transition::Unknown) => {
                let campaign = deadline::answer(catalog::get(redis, id)).await?;
                complete(&campaign.ok_or(ApiError::Lost(id))?, reading)
            }
            Err(error) => Err(away(error, ApiError::PerhapsStarted { id, keyed: self.key.is_some() })),
        }
    }

    /// Fixes the campaign's texts, and the body that its key stands for.
    async fn prepare(&self, id: CampaignId, reading: &Reading) -> Result<(), StoreError> {
        let redis: &Redis = &self.app.redis;
        let used = &reading.summary.used_templates;
        let templates: Vec<&Template> = used
            .iter()
            .filter_map(|(channel, template)| self.app.templates.get(*channel, template))
            .collect();
        catalog::set_templates(redis, id, &templates).await?;
        if let (Some(key), Some(fingerprint)) = (&self.key, &reading.fingerprint) {
            idempotency::fix(redis, key, id, fingerprint).await?;
        }
        Ok(())
    }

    /// The list came to nothing: what was written of it is removed, and its key is free again.
    pub(super) async fn abandon(self) {
        let Place::Loading { id, .. } = self.place else { return };
        let redis = &self.app.redis;
        match discard(redis, id).await {
            Ok(discarded) => info!(campaign = %id, discarded, "campaign not taken"),
            Err(error) => return warn!(campaign = %id, %error, "cannot remove what was taken of a campaign"),
        }
        if let Some(key) = &self.key
            && let Err(error) = idempotency::forget(redis, key).await
        {
            warn!(campaign = %id, %error, "cannot free the idempotency key of a campaign");
        }
    }

    fn interrupted(&self, id: CampaignId, error: StoreError) -> ApiError {
        away(error, ApiError::NotTaken { id, keyed: self.key.is_some() })
    }
}

fn answer(id: CampaignId, reading: &Reading, suppressed: u64) -> SendCampaignAnswer {
    let summary = &reading.summary;
    SendCampaignAnswer {
        campaign_id: id,
        total: summary.total.into(),
        batches: summary.total.div_ceil(Batch::SIZE).into(),
        channels: summary.channels,
        channels_chosen: summary.chosen,
        skipped: Skipped { duplicates: summary.duplicates, suppressed },
        rejected_total: summary.rejections.count,
        rejected: summary.rejections.first.iter().cloned().map(Into::into).collect(),
    }
}

/// Whether a campaign that is not loading any more was taken with everybody in it.
fn complete(campaign: &Campaign, reading: &Reading) -> Result<(), ApiError> {
    if campaign.total == reading.summary.total {
        Ok(())
    } else if campaign.status == Status::Cancelled {
        Err(ApiError::CancelledMeanwhile(campaign.id))
    } else {
        Err(ApiError::IdempotencyConflict)
    }
}

fn away(error: StoreError, away: ApiError) -> ApiError {
    match error {
        StoreError::Redis(error) => {
            warn!(%error, "Redis went away while a campaign was being taken");
            away
        }
        corrupt @ StoreError::Corrupt(_) => corrupt.into(),
    }
}
