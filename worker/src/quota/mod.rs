//! The account's quotas, which all campaigns and workers share: the `source` tells them, each channel that has one gets a
//! `gate`, and whoever is claimed gets a `place`.

mod gate;
mod place;
mod source;
mod table;
#[cfg(test)]
mod tests;

use std::{
    collections::BTreeMap,
    sync::{Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

use drumbeat_common::{
    Batch, Channel, StoreError,
    account_quota::{self, Demand, MaxPerSecond, Supply},
    ledger::Most,
};

use crate::{Process, beat::Beat};
use gate::{Gate, Room};

pub(crate) use place::{Place, places};
pub(crate) use source::QuotaSource;

/// A campaign whose slots are not further apart than this share of the quota's comes near to it.
const NEAR: f64 = 0.8;

/// The quotas in force, and what this process knows of their use.
#[derive(Debug, Default)]
pub(crate) struct AccountQuotas {
    gates: Mutex<BTreeMap<Channel, Gate>>,
}

impl AccountQuotas {
    fn lock(&self) -> MutexGuard<'_, BTreeMap<Channel, Gate>> {
        self.gates.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn set(&self, quotas: &BTreeMap<Channel, MaxPerSecond>) {
        let mut gates = self.lock();
        gates.retain(|channel, _| quotas.contains_key(channel));
        for (channel, quota) in quotas {
            gates.entry(*channel).or_insert_with(|| Gate::new(*quota)).quota = *quota;
        }
    }

    /// The beat of a channel, where a campaign with so much time between two slots comes near to the channel's quota: all
    /// campaigns of this worker are then one stream. Whoever uses all of a quota finds that nothing is forgiven.
    pub(crate) fn beat(&self, channel: Channel, interval: Duration) -> Option<Beat> {
        let gates = self.lock();
        let gate = gates.get(&channel)?;
        let of_quota = gate.interval();
        (of_quota >= interval.mul_f64(NEAR)).then(|| Beat {
            shaper: gate.shaper.clone(),
            interval: of_quota.max(interval),
            is_strict: true,
        })
    }

    fn of(&self, channel: Channel) -> Option<MaxPerSecond> {
        self.lock().get(&channel).map(|gate| gate.quota)
    }

    /// How many of a batch may be claimed: as many of each channel as probably find room in its quota. Whoever is claimed
    /// and finds none has used up a slot of the campaign, and somebody on another channel could have had it.
    pub(crate) async fn most(&self, process: &Process, batch: &Batch) -> Result<Most, StoreError> {
        let unknown: BTreeMap<_, _> = self
            .rooms(batch)
            .into_iter()
            .filter(|(_, (_, room))| *room == Room::Unknown)
            .map(|(channel, (quota, _))| (channel, Demand::look(quota)))
            .collect();
        if !unknown.is_empty() {
            self.reserve(process, &unknown).await?;
        }
        let everybody = Most::from(Batch::SIZE as usize);
        Ok(self.rooms(batch).into_iter().fold(everybody, |most, (channel, (_, room))| match room {
            Room::For(messages) => most.of(channel, messages),
            Room::NoneUntil(_) | Room::Unknown => most.of(channel, 0),
        }))
    }

    /// Where all of a batch's channels that have a quota are full: when to look again.
    pub(crate) fn reopens(&self, batch: &Batch) -> Option<Instant> {
        let until = |(_, room)| match room {
            Room::NoneUntil(until) => Some(until),
            Room::For(_) | Room::Unknown => None,
        };
        let untils: Option<Vec<_>> = self.rooms(batch).into_values().map(until).collect();
        untils?.into_iter().min()
    }

    /// Those of a batch's channels that have a quota.
    fn rooms(&self, batch: &Batch) -> BTreeMap<Channel, (MaxPerSecond, Room)> {
        let now = Instant::now();
        let gates = self.lock();
        let gates = gates.iter().filter(|(channel, _)| batch.channels().any(|other| other == **channel));
        gates.map(|(channel, gate)| (*channel, (gate.quota, gate.room(now)))).collect()
    }

    async fn reserve(
        &self,
        process: &Process,
        demands: &BTreeMap<Channel, Demand>,
    ) -> Result<BTreeMap<Channel, Supply>, StoreError> {
        let sent = Instant::now();
        let (supplies, redis_now) = account_quota::reserve(&process.redis, demands).await?;
        let now = Instant::now();
        process.clock.observe(sent, redis_now, now);
        let mut gates = self.lock();
        for (channel, supply) in &supplies {
            if let Some(gate) = gates.get_mut(channel) {
                gate.hear(process.clock.instant(supply.room), now);
            }
        }
        for (channel, demand) in demands {
            if let Some(gate) = gates.get_mut(channel) {
                gate.note_costs(&demand.messages);
            }
        }
        Ok(supplies)
    }
}
