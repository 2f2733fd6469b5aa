use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
    time::Duration,
};

use aws_config::{SdkConfig, retry::RetryConfig, timeout::TimeoutConfig};
use drumbeat_common::{
    Channel,
    account_quota::{self, MaxPerSecond},
};
use drumbeat_tracking::why;
use tracing::{debug, info, warn};

use super::{AccountQuotas, table::RateLimitsTable};
use crate::{Config, Process};

/// How often quotas are read: people change them by hand, and AWS by letter.
const EVERY: Duration = Duration::from_secs(60);
/// And while the table was never read: what is sent until then may be too fast.
const SOON: Duration = Duration::from_secs(5);
/// How long a worker's start waits for the first reading. Where it takes longer, AWS is away.
const START: Duration = Duration::from_secs(3);
/// To ask twice does no harm here, so the SDK's own retries are on; these bound one try and all of them.
const ONE_TRY: Duration = Duration::from_secs(3);
const ALL_TRIES: Duration = Duration::from_secs(10);

/// Where quotas come from: the table, and SES for email where the table has no row for it. What cannot be read any more
/// holds as it was read last.
#[derive(Debug)]
pub(crate) struct QuotaSource {
    table: Option<RateLimitsTable>,
    ses: Option<aws_sdk_sesv2::Client>,
    /// None before the first reading.
    of_table: Option<BTreeMap<Channel, MaxPerSecond>>,
    of_ses: Option<MaxPerSecond>,
    in_force: BTreeMap<Channel, MaxPerSecond>,
    /// What the last reading complained of: people are told once.
    pub(super) told: BTreeSet<String>,
}

impl QuotaSource {
    /// SES is asked only where email can be sent at all, and AWS is set up.
    pub(crate) fn new(aws: &SdkConfig, config: &Config) -> Self {
        let asking = asking(aws);
        let has_email = config.ses_from_address.is_some() && aws.region().is_some();
        Self {
            table: config.rate_limits_table.clone().map(|name| RateLimitsTable::new(aws, name)),
            ses: has_email.then(|| aws_sdk_sesv2::Client::new(&asking)),
            of_table: None,
            of_ses: None,
            in_force: BTreeMap::new(),
            told: BTreeSet::new(),
        }
    }

    /// Reads the quotas for the first time, but holds a start up for 3 seconds at most.
    pub(crate) async fn start(&mut self, quotas: &AccountQuotas) {
        if self.table.is_none() {
            info!(
                "DYNAMODB_RATE_LIMITS_TABLE is not set: no quota of the account is kept, but SES's own for email"
            );
        }
        if tokio::time::timeout(START, self.read(quotas)).await.is_err() {
            warn!("the account's quotas are not there yet; going on without");
        }
    }

    /// Goes on reading them, for ever.
    pub(crate) async fn keep_reading(mut self, process: Arc<Process>) {
        loop {
            // For whoever wants to know how long a list would take; nothing here depends on it.
            if let Err(error) = account_quota::publish(&process.redis, &self.in_force).await {
                debug!(%error, "cannot tell the account's quotas");
            }
            let is_known = self.table.is_none() || self.of_table.is_some();
            tokio::time::sleep(if is_known { EVERY } else { SOON }).await;
            self.read(&process.quotas).await;
        }
    }

    async fn read(&mut self, quotas: &AccountQuotas) {
        let mut complaints = self.read_table().await;
        let mut read = self.of_table.clone().unwrap_or_default();
        if !read.contains_key(&Channel::Email) {
            complaints.extend(self.ask_ses().await.err());
            read.extend(self.of_ses.map(|quota| (Channel::Email, quota)));
        }
        for complaint in complaints.difference(&self.told) {
            warn!("{complaint}");
        }
        self.told = complaints;
        self.put_in_force(read, quotas);
    }

    /// Answers what there is to complain of.
    async fn read_table(&mut self) -> BTreeSet<String> {
        let Some(table) = &self.table else { return BTreeSet::new() };
        let mut rows = match table.read().await {
            Ok(rows) => rows,
            Err(why) => return [format!("{why}; the last quotas hold, if there are any")].into(),
        };
        let last = self.of_table.take().unwrap_or_default();
        for channel in rows.bad.iter().filter_map(super::table::BadRow::channel) {
            rows.quotas.extend(last.get(&channel).map(|quota| (channel, *quota)));
        }
        self.of_table = Some(rows.quotas);
        rows.bad.iter().map(|bad| format!("{bad}; the last one holds, if there is any")).collect()
    }

    async fn ask_ses(&mut self) -> Result<(), String> {
        let Some(ses) = &self.ses else { return Ok(()) };
        let account = ses.get_account().send().await;
        let account = account.map_err(|error| format!("cannot ask SES for its quota: {}", why(&error)))?;
        // A rate that no account has is as good as none.
        self.of_ses = account.send_quota().and_then(|quota| quota.max_send_rate().try_into().ok());
        Ok(())
    }

    fn put_in_force(&mut self, read: BTreeMap<Channel, MaxPerSecond>, quotas: &AccountQuotas) {
        for channel in Channel::ALL {
            match (self.in_force.get(&channel), read.get(&channel)) {
                (before, Some(now)) if before != Some(now) => {
                    info!(%channel, max_per_second = %now, "the account's quota");
                }
                (Some(before), None) => {
                    info!(%channel, before = %before, "the account has no quota any more")
                }
                (Some(_), Some(_)) | (None, Some(_) | None) => {}
            }
        }
        quotas.set(&read);
        self.in_force = read;
    }
}

fn asking(aws: &SdkConfig) -> SdkConfig {
    let timeouts =
        TimeoutConfig::builder().operation_attempt_timeout(ONE_TRY).operation_timeout(ALL_TRIES).build();
    aws.to_builder().retry_config(RetryConfig::standard()).timeout_config(timeouts).build()
}
