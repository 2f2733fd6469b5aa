use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{Mutex, PoisonError},
    time::Duration,
};

use drumbeat_common::{
    CampaignId, Receipt, Received, Redis, ReputationLimits, Status, StoreError, receipt, receipt_counts,
    suppression,
};
use futures_util::future::join_all;
use tracing::{debug, error, info, warn};

use super::{
    Incoming, Trouble, Verdict,
    batch::Batch,
    recipients::{Addressed, address},
};
use crate::{
    DeliveryTable,
    event::{Dropped, MessageName},
};

/// Longer than a recipient can be in sending.
const EARLY: Verdict = Verdict::Later(Duration::from_secs(15));
/// While something that is needed is away.
pub(super) const AWAY: Verdict = Verdict::Later(Duration::from_secs(30));
/// Receipts that a campaign takes in one step: a millisecond or two of Redis's time.
const STEP: usize = 500;
/// Kinds of which a process tells people; the counts tell of all.
const MOST_TOLD: usize = 100;

/// Takes messages of the receipts queue. Whatever is told twice counts once.
pub struct Receiver {
    redis: Redis,
    /// The delivery table, where there is one; it is then told what is news.
    table: Option<DeliveryTable>,
    limits: ReputationLimits,
    /// What people were told of: each once.
    told: Mutex<BTreeSet<String>>,
}

/// What came of messages that were taken together.
#[derive(Debug)]
pub struct Reception {
    /// What is to become of each message, in order.
    pub verdicts: Vec<Verdict>,
    /// What was away, so that the next messages had better wait.
    pub trouble: Option<Trouble>,
}

impl Receiver {
    /// A receiver for this Redis; with a delivery table, or without.
    #[must_use]
    pub fn new(redis: Redis, table: Option<DeliveryTable>, limits: ReputationLimits) -> Self {
        Self { redis, table, limits, told: Mutex::default() }
    }

    /// Takes messages: one step for each campaign that they are about.
    pub async fn receive(&self, incoming: &[Incoming<'_>]) -> Reception {
        let mut batch = Batch::read(incoming);
        self.tell(&batch.dropped);
        if let Err(error) = self.suppress(&batch).await {
            batch.judge_all(AWAY);
            return Reception { verdicts: batch.verdicts(), trouble: Some(error.into()) };
        }
        let (addressed, mut trouble) = address(&mut batch, self.table.as_ref()).await;
        if let Some(store) = self.move_ledgers(&mut batch, addressed).await {
            trouble = Some(store.into());
        }
        if let Err(error) = receipt_counts::count(&self.redis, &batch.counts()).await {
            debug!(%error, "cannot count receipts");
        }
        Reception { verdicts: batch.verdicts(), trouble }
    }

    /// First of all: an address that must not be sent to is one, whatever becomes of the report.
    async fn suppress(&self, batch: &Batch) -> Result<(), StoreError> {
        let suppressions: Vec<_> =
            batch.said.iter().filter_map(|said| said.report.suppress.clone()).collect();
        suppression::add(&self.redis, &suppressions).await?;
        Ok(())
    }

    async fn move_ledgers(&self, batch: &mut Batch, addressed: Vec<Addressed>) -> Option<StoreError> {
        let mut campaigns: BTreeMap<CampaignId, (Vec<usize>, Vec<Receipt>)> = BTreeMap::new();
        for Addressed { recipient, said } in addressed {
            let (messages, receipts) = campaigns.entry(recipient.campaign).or_default();
            messages.push(said.message);
            let report = said.report;
            receipts.push(Receipt {
                index: recipient.index,
                channel: report.channel,
                is_providers: matches!(report.message, MessageName::Aws(_)),
                message_id: report.message.as_str().to_owned(),
                arrival: report.arrival,
                harm: report.harm,
                code: report.code,
                at: report.at,
            });
        }
        let taken = campaigns
            .into_iter()
            .map(async |(campaign, (messages, receipts))| (messages, self.take(campaign, &receipts).await));
        let mut trouble = None;
        for (messages, (received, error)) in join_all(taken).await {
            let missing = match &error {
                Some(StoreError::Corrupt(_)) => Verdict::Poison,
                Some(StoreError::Redis(_)) | None => AWAY,
            };
            for (place, message) in messages.into_iter().enumerate() {
                match received.get(place) {
                    Some(Received::News | Received::Known) => {}
                    Some(Received::Early) => batch.judge(message, EARLY),
                    Some(Received::Unknown) => batch.count(message, "unknown_recipient"),
                    None => batch.judge(message, missing),
                }
            }
            trouble = error.filter(|error| matches!(error, StoreError::Redis(_))).or(trouble);
        }
        trouble
    }

    /// What a campaign's receipts changed, until Redis failed, if it did.
    async fn take(&self, campaign: CampaignId, receipts: &[Receipt]) -> (Vec<Received>, Option<StoreError>) {
        let mut received = Vec::with_capacity(receipts.len());
        for receipts in receipts.chunks(STEP) {
            match receipt::receive(&self.redis, campaign, receipts, self.limits, self.table.is_some()).await {
                Ok(reception) => {
                    received.extend(reception.received);
                    tell_status(campaign, reception.status);
                }
                Err(error) => {
                    if let StoreError::Corrupt(what) = &error {
                        error!(%campaign, what, "cannot take receipts of a campaign");
                    }
                    return (received, Some(error));
                }
            }
        }
        (received, None)
    }

    /// Tells people of events that nobody here understands, each kind once.
    fn tell(&self, dropped: &[Dropped]) {
        for dropped in dropped {
            let (kind, what) = match dropped {
                Dropped::Unknown(kind) => (kind.as_str(), "the receipts queue has events of an unknown kind"),
                Dropped::WrongAccount => ("", "the receipts queue has events of another AWS account"),
                Dropped::Malformed | Dropped::Beside(_) => continue,
            };
            let mut told = self.told.lock().unwrap_or_else(PoisonError::into_inner);
            if told.len() < MOST_TOLD && told.insert(kind.to_owned()) {
                warn!(kind, "{what}: dropping them");
            }
        }
    }
}

fn tell_status(campaign: CampaignId, status: Option<Status>) {
    match status {
        Some(Status::Paused) => warn!(%campaign, "campaign paused for the bounces or complaints it got"),
        Some(status) => info!(%campaign, %status, "campaign changed by a receipt"),
        None => {}
    }
}
