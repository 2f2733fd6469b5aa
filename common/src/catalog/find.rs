use crate::{Campaign, Redis, Status, StoreError};

/// Campaigns that are looked at together.
const BLOCK: usize = 200;

/// Which campaigns to look for.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Filter {
    /// Those of this status.
    pub status: Option<Status>,
    /// Those whose name has this in it, in upper or lower case.
    pub name: String,
}

/// Campaigns that were looked for.
#[derive(Debug, Clone, PartialEq)]
pub struct Found {
    /// The campaigns, newest first.
    pub campaigns: Vec<Campaign>,
    /// Whether there are more.
    pub more: bool,
}

impl Filter {
    fn matches(&self, campaign: &Campaign) -> bool {
        self.status.is_none_or(|status| status == campaign.status)
            && campaign.options.name.to_lowercase().contains(&self.name.to_lowercase())
    }
}

/// Up to `limit` campaigns that match, newest first, after the first `offset` of them. Reads the campaigns one block after
/// the other until it has enough.
///
/// # Errors
/// When Redis is away, or holds what Drumbeat did not write.
pub async fn find(redis: &Redis, filter: &Filter, offset: usize, limit: usize) -> Result<Found, StoreError> {
    let all = super::count(redis).await?;
    let (mut campaigns, mut to_skip, mut place) = (Vec::new(), offset, 0);
    while campaigns.len() <= limit && (place as u64) < all {
        for campaign in super::list(redis, place, BLOCK).await?.into_iter().filter(|one| filter.matches(one))
        {
            if to_skip > 0 { to_skip -= 1 } else { campaigns.push(campaign) }
        }
        place += BLOCK;
    }
    let more = campaigns.len() > limit;
    campaigns.truncate(limit);
    Ok(Found { campaigns, more })
}
