//! What the account may send: moments reserved from a bucket for each channel, over all campaigns and workers.

use std::{collections::BTreeMap, fmt, str::FromStr, time::Duration};

use redis::AsyncCommands;

use crate::{Channel, Redis, StoreError, keys, script, slot::SlotTime};

/// Nothing is reserved further ahead. A campaign's slots lie up to 200 ms ahead, so a message whose slot is as far away as
/// can be may still have to wait a little.
pub const HORIZON: Duration = Duration::from_millis(250);

/// Workers say every minute which quotas they keep; what none has said for so long is over.
const PUBLISHED: Duration = Duration::from_secs(300);

/// The account's quota for a channel in units a second, from 0.01 to 100,000: message parts for SMS, and messages for the
/// other channels.
#[derive(Debug, Clone, Copy, PartialEq, PartialOrd)]
pub struct MaxPerSecond(f64);

impl MaxPerSecond {
    /// One unit in 100 seconds.
    pub const MIN: f64 = 0.01;
    /// More than this is no quota that anybody could run into.
    pub const MAX: f64 = 100_000.0;

    /// Units a second.
    #[must_use]
    pub const fn get(self) -> f64 {
        self.0
    }
}

/// The number is no quota.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("max_per_second must be a number from 0.01 to 100000, not {0}")]
pub struct InvalidMaxPerSecond(String);

impl TryFrom<f64> for MaxPerSecond {
    type Error = InvalidMaxPerSecond;

    fn try_from(value: f64) -> Result<Self, Self::Error> {
        // NaN is in no range, so it fails here too.
        if (Self::MIN..=Self::MAX).contains(&value) {
            Ok(Self(value))
        } else {
            Err(InvalidMaxPerSecond(value.to_string()))
        }
    }
}

impl FromStr for MaxPerSecond {
    type Err = InvalidMaxPerSecond;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        text.parse::<f64>().map_err(|_| InvalidMaxPerSecond(format!("{text:?}")))?.try_into()
    }
}

impl fmt::Display for MaxPerSecond {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// What is asked of one channel's quota.
#[derive(Debug, Clone, PartialEq)]
pub struct Demand {
    /// The quota in force.
    pub quota: MaxPerSecond,
    /// The messages, in the order in which they are to leave.
    pub messages: Vec<Charge>,
}

impl Demand {
    /// Asks for nothing but when there is room.
    #[must_use]
    pub const fn look(quota: MaxPerSecond) -> Self {
        Self { quota, messages: Vec::new() }
    }
}

/// One message, as a quota sees it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Charge {
    /// What it costs.
    pub units: u32,
    /// It does not leave before that.
    pub earliest: SlotTime,
}

/// What one channel's quota gives.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Supply {
    /// When there is room for one more message; now, or in the past, where there is.
    pub room: SlotTime,
    /// When the first messages may leave: as many of them as lie within the [`HORIZON`].
    pub moments: Vec<SlotTime>,
}

/// Reserves moments for messages, in one step for all channels asked. Answers Redis's time too.
///
/// # Errors
/// When Redis is away. The moments may have been reserved all the same, and are then lost to everybody.
pub async fn reserve(
    redis: &Redis,
    demands: &BTreeMap<Channel, Demand>,
) -> Result<(BTreeMap<Channel, Supply>, SlotTime), StoreError> {
    let mut call = script::ACCOUNT_QUOTA.prepare_invoke();
    call.arg(HORIZON.as_micros() as u64);
    for (channel, Demand { quota, messages }) in demands {
        call.key(keys::quota(*channel)).arg(quota.get()).arg(messages.len());
        for Charge { units, earliest } in messages {
            call.arg(*units).arg(earliest.as_micros());
        }
    }
    let (now, answers): (String, Vec<(String, Vec<String>)>) =
        call.invoke_async(&mut redis.connection()).await?;
    let supplies = demands.keys().copied().zip(answers).map(|(channel, (room, moments))| {
        let moments = moments.iter().map(|at| SlotTime::parse(at)).collect::<Result<_, _>>()?;
        Ok((channel, Supply { room: SlotTime::parse(&room)?, moments }))
    });
    Ok((supplies.collect::<Result<_, StoreError>>()?, SlotTime::parse(&now)?))
}

/// Tells all processes which quotas are in force, until [`PUBLISHED`] has passed.
///
/// # Errors
/// When Redis is away.
pub async fn publish(redis: &Redis, quotas: &BTreeMap<Channel, MaxPerSecond>) -> Result<(), StoreError> {
    let mut call = redis::pipe();
    call.atomic().del(keys::QUOTAS).ignore();
    for (channel, quota) in quotas {
        call.hset(keys::QUOTAS, channel.as_str(), quota.get()).ignore();
    }
    call.pexpire(keys::QUOTAS, PUBLISHED.as_millis() as i64).ignore();
    Ok(call.exec_async(&mut redis.connection()).await?)
}

/// The quotas that workers keep at present; none of a channel that has none, or while no worker is there.
///
/// # Errors
/// When Redis is away, or holds what Drumbeat did not write.
pub async fn published(redis: &Redis) -> Result<BTreeMap<Channel, MaxPerSecond>, StoreError> {
    let quotas: BTreeMap<String, f64> = redis.connection().hgetall(keys::QUOTAS).await?;
    let parse = |(channel, quota): (String, f64)| {
        let channel = channel.parse().map_err(StoreError::corrupt)?;
        Ok((channel, quota.try_into().map_err(StoreError::corrupt)?))
    };
    quotas.into_iter().map(parse).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_numbers_between_the_bounds_are_quotas() {
        for good in ["0.01", "1", "14.5", "100000"] {
            assert_eq!(good.parse::<MaxPerSecond>().unwrap().to_string(), good);
        }
        for bad in ["0", "-1", "NaN", "inf", "ten", "", "100001", "0.001"] {
            let error = bad.parse::<MaxPerSecond>().unwrap_err().to_string();
            assert!(error.starts_with("max_per_second must be a number from 0.01 to 100000"), "{error}");
        }
    }
}
