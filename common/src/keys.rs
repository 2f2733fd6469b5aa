use crate::{CampaignId, Channel};

/// Ids of all campaigns, scored by the time they were posted (ms).
pub(crate) const CAMPAIGNS: &str = "drumbeat:campaigns";
/// Ids of the campaigns that are not final: what workers look through for work.
pub(crate) const OPEN: &str = "drumbeat:open";
/// Campaigns whose outbox may hold something, scored by when that was last noted (s).
pub(crate) const OUTBOXES: &str = "drumbeat:outboxes";
/// Hash: the account's quotas that workers keep, by channel.
pub(crate) const QUOTAS: &str = "drumbeat:quotas";
/// Hash: how many reports of each kind came in.
pub(crate) const RECEIPTS: &str = "drumbeat:receipts";
/// Pub/sub: a campaign's id, whenever a worker should look at it at once.
pub(crate) const CHANGES: &str = "drumbeat:changes";

/// What the keys of the suppression list begin with. It belongs to no campaign, so it has a Redis Cluster slot of its own.
pub(crate) const SUPPRESSED: &str = "drumbeat:{suppressed}";

/// Where an idempotency key is remembered.
pub(crate) fn idempotency(key: &str) -> String {
    format!("drumbeat:idempotency:{key}")
}

/// Hash: the addresses of one part of the suppression list, each with its reason and time.
pub(crate) fn suppressed(part: u16) -> String {
    format!("{SUPPRESSED}:{part}")
}

/// How many addresses the suppression list has.
pub(crate) fn suppressed_count() -> String {
    format!("{SUPPRESSED}:count")
}

/// Hash: the last moment that was reserved of the account's quota for a channel, and the units that it took. All channels
/// share a Redis Cluster slot, so that one script may use several.
pub(crate) fn quota(channel: Channel) -> String {
    format!("drumbeat:{{quota}}:{channel}")
}

/// The keys of one campaign. The id stands in braces, so that all of them share a Redis Cluster slot and one script
/// may use them together.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Keys(pub(crate) CampaignId);

impl Keys {
    /// Hash: what was asked for, status, times, the last reserved slot.
    pub(crate) fn campaign(self) -> String {
        self.key("campaign")
    }

    /// String: one byte a recipient.
    pub(crate) fn ledger(self) -> String {
        self.key("ledger")
    }

    /// Hash: how many recipients stand at each ledger byte.
    pub(crate) fn progress(self) -> String {
        self.key("progress")
    }

    /// Hash: the claim's id by the index of each recipient that is being sent to; of each that is in doubt, the claim
    /// that the doubt is about.
    pub(crate) fn claims(self) -> String {
        self.key("claims")
    }

    /// Hash: messages sent, by second, for the last hour.
    pub(crate) fn rate(self) -> String {
        self.key("rate")
    }

    /// Hash: why, by the index of each recipient that failed or is in doubt.
    pub(crate) fn failures(self) -> String {
        self.key("reasons")
    }

    /// Hash: the customers' ids of each batch, packed, by its number. They outlast the batch itself.
    pub(crate) fn customers(self) -> String {
        self.key("customers")
    }

    /// Hash: blocks of rows that were no recipients, by their number.
    pub(crate) fn rejected(self) -> String {
        self.key("rejected")
    }

    /// Bitmap: the batches that are done.
    pub(crate) fn done_batches(self) -> String {
        self.key("done-batches")
    }

    /// Hash: how often each batch was delivered since it last got on.
    pub(crate) fn deliveries(self) -> String {
        self.key("deliveries")
    }

    /// Sorted set: the batches in which only people in quiet hours are left, by when one of them may be sent to (us).
    pub(crate) fn parked(self) -> String {
        self.key("parked")
    }

    /// Stream: what the delivery table is still to be told.
    pub(crate) fn outbox(self) -> String {
        self.key("outbox")
    }

    /// Set: the indexes of the recipients whose email bounced for good.
    pub(crate) fn bounces(self) -> String {
        self.key("bounces")
    }

    /// Set: the indexes of the recipients who called their email spam.
    pub(crate) fn complaints(self) -> String {
        self.key("complaints")
    }

    /// The campaign's queue, and the prefix of the queue library's keys.
    pub(crate) fn queue(self) -> String {
        format!("{{{}}}", self.0)
    }

    fn key(self, name: &str) -> String {
        format!("{{{}}}:{name}", self.0)
    }
}
