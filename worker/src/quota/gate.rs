use std::time::{Duration, Instant};

use drumbeat_common::{
    account_quota::{Charge, HORIZON, MaxPerSecond},
    slot::STRETCH,
};
use rand::RngExt;

use crate::shaper::Shaper;

/// A full channel is left alone for up to this much longer than until it has room again, so that there is room for some
/// messages at once, and not all workers come back at the same moment. A campaign's slots lie up to 200 ms ahead and a
/// quota's moments up to 250 ms, so no moment is lost by it.
const BREATH: Duration = Duration::from_millis(50);

/// What this process knows of the room in one channel's quota, by Redis's last answer. Others use the quota too, so it may
/// be less by now; it is never more.
#[derive(Debug)]
pub(super) struct Gate {
    pub(super) quota: MaxPerSecond,
    room_from: Option<Instant>,
    /// Where there was no room.
    closed_until: Option<Instant>,
    /// The mean of the last ones.
    units_per_message: f64,
    /// Of all that leaves for the channel.
    pub(super) shaper: Shaper,
}

/// How much room a channel has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Room {
    /// For so many messages, at least one.
    For(usize),
    /// None before that.
    NoneUntil(Instant),
    /// It was full, or nobody has asked yet: only Redis can tell.
    Unknown,
}

impl Gate {
    pub(super) fn new(quota: MaxPerSecond) -> Self {
        Self { quota, room_from: None, closed_until: None, units_per_message: 1.0, shaper: Shaper::default() }
    }

    /// The time between two moments that use all of the quota.
    pub(super) fn interval(&self) -> Duration {
        Duration::from_secs_f64(self.units_per_message * STRETCH / self.quota.get())
    }

    /// Takes note of Redis's answer: the moment from which on there is room for one more message.
    pub(super) fn hear(&mut self, room_from: Instant, now: Instant) {
        self.room_from = Some(room_from);
        let breath = BREATH.mul_f64(rand::rng().random_range(0.0..1.0));
        self.closed_until = (room_from > now).then(|| room_from + breath);
    }

    /// Takes note of what messages cost.
    pub(super) fn note_costs(&mut self, messages: &[Charge]) {
        if !messages.is_empty() {
            let units: u32 = messages.iter().map(|message| message.units).sum();
            self.units_per_message = f64::from(units) / messages.len() as f64;
        }
    }

    pub(super) fn room(&self, now: Instant) -> Room {
        match (self.room_from, self.closed_until) {
            (Some(room_from), None) => Room::For(1 + self.fitting(now.saturating_duration_since(room_from))),
            (_, Some(until)) if now < until => Room::NoneUntil(until),
            (_, Some(_)) | (None, None) => Room::Unknown,
        }
    }

    /// How many messages fit into so much time, within the horizon.
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "0 to 25,000")]
    fn fitting(&self, time: Duration) -> usize {
        (time.min(HORIZON).as_secs_f64() * self.quota.get() / self.units_per_message) as usize
    }
}

#[cfg(test)]
mod tests {
    use drumbeat_common::slot::SlotTime;

    use super::*;

    const fn ms(ms: u64) -> Duration {
        Duration::from_millis(ms)
    }

    fn gate() -> Gate {
        Gate::new("100".parse().unwrap())
    }

    #[test]
    fn nothing_is_known_before_redis_was_asked() {
        assert_eq!(gate().room(Instant::now()), Room::Unknown);
    }

    #[test]
    fn room_grows_with_time_up_to_the_horizon() {
        let (mut gate, now) = (gate(), Instant::now());
        gate.hear(now, now);
        assert_eq!(gate.room(now), Room::For(1));
        assert_eq!(gate.room(now + ms(95)), Room::For(10));
        assert_eq!(gate.room(now + ms(10_000)), Room::For(26));
        let earliest = SlotTime::from_micros(0);
        gate.note_costs(&[Charge { units: 2, earliest }, Charge { units: 4, earliest }]);
        assert_eq!(gate.room(now + ms(95)), Room::For(4));
    }

    #[test]
    fn a_full_channel_is_left_alone_and_then_asked_about() {
        let (mut gate, now) = (gate(), Instant::now());
        gate.hear(now + ms(100), now);
        let Room::NoneUntil(until) = gate.room(now + ms(99)) else { panic!("{gate:?}") };
        assert!((now + ms(100)..now + ms(150)).contains(&until));
        assert_eq!(gate.room(until), Room::Unknown);
        gate.hear(until - ms(20), until);
        assert_eq!(gate.room(until), Room::For(3));
    }
}
