use std::{fmt, str::FromStr};

use jiff::{
    SignedDuration, Timestamp,
    civil::{DateTime, Time},
    tz::{AmbiguousOffset, TimeZone},
};
use serde::{Deserialize, Serialize};

use crate::Country;

/// Where the zones of a country leave no moment in so long, they never do.
const LONGEST: SignedDuration = SignedDuration::from_hours(48);

/// A window of the day, by the recipient's own clock, in which nobody is sent to: from its start up to, and without, its
/// end; `21:00-08:00` goes over midnight. Whole minutes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct QuietHours {
    from: Time,
    to: Time,
}

impl QuietHours {
    /// Until when it is quiet by a clock; none where it is not quiet at that moment.
    ///
    /// It is quiet whenever the clock on the wall shows a time in the window, so a change of the clocks may shorten quiet
    /// hours, or bring a part of them twice. In a country of several zones it is quiet while it is quiet in one of them; a
    /// window so long that this would leave no time of the day, as 20:00-10:00 in Russia, is told by the country's
    /// first zone alone, which is the one where most people live or close to it.
    #[must_use]
    pub fn quiet_until(&self, clock: &LocalClock, moment: Timestamp) -> Option<Timestamp> {
        let zones = clock.zones();
        let mut end = moment;
        // What ends in one zone may have begun in another.
        while let Some(later) = zones.iter().filter_map(|zone| self.quiet_until_in(zone, end)).max() {
            if later.duration_since(moment) > LONGEST {
                return self.quiet_until_in(&zones[0], moment);
            }
            end = later;
        }
        (end > moment).then_some(end)
    }

    fn quiet_until_in(&self, zone: &TimeZone, moment: Timestamp) -> Option<Timestamp> {
        let mut end = moment;
        while self.contains(zone.to_datetime(end).time())
            && let Some(change) = self.next_change(zone, end)
        {
            end = change;
        }
        (end > moment).then_some(end)
    }

    fn contains(&self, time: Time) -> bool {
        if self.from < self.to {
            (self.from..self.to).contains(&time)
        } else {
            time >= self.from || time < self.to
        }
    }

    /// When the clock next shows the window's end, or is put forward or back.
    fn next_change(&self, zone: &TimeZone, after: Timestamp) -> Option<Timestamp> {
        let today = zone.to_datetime(after).date();
        let days = [Some(today), today.tomorrow().ok()].into_iter().flatten();
        let ends = days.flat_map(|day| moments_of(zone, day.to_datetime(self.to)));
        let clock_change = zone.following(after).map(|change| change.timestamp()).find(|at| *at > after);
        ends.filter(|end| *end > after).chain(clock_change).min()
    }
}

/// The moments at which a clock shows a time: two where it is put back over it, none where it is put forward over it.
fn moments_of(zone: &TimeZone, time: DateTime) -> impl Iterator<Item = Timestamp> {
    let offsets = match zone.to_ambiguous_timestamp(time).offset() {
        AmbiguousOffset::Unambiguous { offset } => [Some(offset), None],
        AmbiguousOffset::Fold { before, after } => [Some(before), Some(after)],
        AmbiguousOffset::Gap { .. } => [None, None],
    };
    offsets.into_iter().flatten().filter_map(move |offset| offset.to_timestamp(time).ok())
}

/// The text is no window of the day.
#[derive(Debug, thiserror::Error)]
#[error("not quiet hours: {0:?} is not a start and an end that differ, written as 21:00-08:00")]
pub struct InvalidQuietHours(String);

impl FromStr for QuietHours {
    type Err = InvalidQuietHours;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let invalid = || InvalidQuietHours(text.to_owned());
        let time = |text: &str| match text.trim().as_bytes() {
            [_, _, b':', _, _] => Time::strptime("%H:%M", text.trim()).map_err(|_| invalid()),
            _ => Err(invalid()),
        };
        let (from, to) = text.split_once('-').ok_or_else(invalid)?;
        let (from, to) = (time(from)?, time(to)?);
        // A day without an hour for anybody would keep a campaign for ever.
        if from == to { Err(invalid()) } else { Ok(Self { from, to }) }
    }
}

impl TryFrom<String> for QuietHours {
    type Error = InvalidQuietHours;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        text.parse()
    }
}

impl From<QuietHours> for String {
    fn from(hours: QuietHours) -> Self {
        hours.to_string()
    }
}

impl fmt::Display for QuietHours {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}-{}", self.from.strftime("%H:%M"), self.to.strftime("%H:%M"))
    }
}

/// By which clock a recipient's quiet hours are told.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum LocalClock {
    /// The person's own time zone, by its IANA name, such as `Europe/Berlin`.
    Zone(Box<str>),
    /// The person's country: where that has several zones, it is quiet while it is quiet in one of them.
    Country(Country),
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quiet_hours_are_two_times_that_differ() {
        for good in ["21:00-08:00", "12:30-14:00", "00:00-23:59"] {
            assert_eq!(good.parse::<QuietHours>().unwrap().to_string(), good);
        }
        for bad in ["", "21:00", "21-8", "9:00-10:00", "21:00-21:00", "24:00-08:00", "21:60-08:00"] {
            assert!(bad.parse::<QuietHours>().is_err(), "{bad}");
        }
    }

    fn until(hours: &str, clock: &LocalClock, moment: &str) -> Option<String> {
        let until = hours.parse::<QuietHours>().unwrap().quiet_until(clock, moment.parse().unwrap());
        until.map(|until| until.to_string())
    }

    fn ends(hours: &str, clock: &LocalClock, moment: &str, end: &str) {
        assert_eq!(until(hours, clock, moment).as_deref(), Some(end), "{hours} at {moment}");
    }

    fn is_not_quiet(hours: &str, clock: &LocalClock, moment: &str) {
        assert_eq!(until(hours, clock, moment), None, "{hours} at {moment}");
    }

    fn zone(name: &str) -> LocalClock {
        LocalClock::of_zone(name).unwrap()
    }

    fn country(code: &str) -> LocalClock {
        LocalClock::of_country(code.parse().unwrap()).unwrap()
    }

    #[test]
    fn it_is_quiet_from_the_start_up_to_the_end_by_the_local_clock() {
        let berlin = zone("Europe/Berlin");
        is_not_quiet("21:00-08:00", &berlin, "2026-01-15T19:59:59.999999Z");
        ends("21:00-08:00", &berlin, "2026-01-15T20:00:00Z", "2026-01-16T07:00:00Z");
        ends("21:00-08:00", &berlin, "2026-01-16T06:59:59.999999Z", "2026-01-16T07:00:00Z");
        is_not_quiet("21:00-08:00", &berlin, "2026-01-16T07:00:00Z");
        ends("12:30-14:00", &berlin, "2026-07-01T10:30:00Z", "2026-07-01T12:00:00Z");
        is_not_quiet("12:30-14:00", &berlin, "2026-07-01T12:00:00Z");
        ends("00:00-23:59", &zone("UTC"), "2026-07-01T00:00:00Z", "2026-07-01T23:59:00Z");
    }

    #[test]
    fn where_the_clock_is_put_forward_quiet_hours_end_at_the_change_or_do_not_come() {
        // From 02:00 to 03:00 on 29 March 2026, at 01:00 UTC.
        let berlin = zone("Europe/Berlin");
        ends("01:00-02:30", &berlin, "2026-03-29T00:30:00Z", "2026-03-29T01:00:00Z");
        is_not_quiet("02:15-02:45", &berlin, "2026-03-29T00:59:59Z");
        is_not_quiet("02:15-02:45", &berlin, "2026-03-29T01:00:00Z");
        ends("02:15-04:00", &berlin, "2026-03-29T01:00:00Z", "2026-03-29T02:00:00Z");
        ends("21:00-08:00", &berlin, "2026-03-28T20:00:00Z", "2026-03-29T06:00:00Z");
    }

    #[test]
    fn where_the_clock_is_put_back_quiet_hours_are_longer_or_come_twice() {
        // From 03:00 to 02:00 on 25 October 2026, at 01:00 UTC.
        let berlin = zone("Europe/Berlin");
        ends("21:00-08:00", &berlin, "2026-10-24T19:00:00Z", "2026-10-25T07:00:00Z");
        ends("22:00-02:30", &berlin, "2026-10-24T22:00:00Z", "2026-10-25T00:30:00Z");
        is_not_quiet("22:00-02:30", &berlin, "2026-10-25T00:45:00Z");
        ends("22:00-02:30", &berlin, "2026-10-25T01:10:00Z", "2026-10-25T01:30:00Z");
        ends("01:00-03:00", &berlin, "2026-10-24T23:00:00Z", "2026-10-25T02:00:00Z");
    }

    #[test]
    fn in_a_country_it_is_quiet_while_it_is_quiet_in_one_of_its_zones() {
        // From 21:00 in New York until 08:00 in Honolulu.
        let states = country("US");
        is_not_quiet("21:00-08:00", &states, "2026-01-15T01:59:59Z");
        ends("21:00-08:00", &states, "2026-01-15T02:00:00Z", "2026-01-15T18:00:00Z");
        is_not_quiet("21:00-08:00", &states, "2026-01-15T18:00:00Z");
        ends("12:00-12:30", &states, "2026-01-15T17:00:00Z", "2026-01-15T17:30:00Z");
    }

    #[test]
    fn where_a_countrys_zones_leave_no_hour_the_first_one_decides() {
        // In Kaliningrad, two hours ahead of UTC.
        let russia = country("RU");
        is_not_quiet("20:00-10:00", &russia, "2026-06-01T17:59:59Z");
        ends("20:00-10:00", &russia, "2026-06-01T18:00:00Z", "2026-06-02T08:00:00Z");
        is_not_quiet("20:00-10:00", &russia, "2026-06-02T08:00:00Z");
        // In three hours of the day all of them may be sent to.
        ends("21:00-08:00", &russia, "2026-06-01T17:00:00Z", "2026-06-02T06:00:00Z");
    }

    #[test]
    fn the_end_is_the_first_moment_that_is_not_quiet_whatever_the_clocks_do() {
        let quarter = SignedDuration::from_mins(15);
        for name in ["Europe/Berlin", "Australia/Lord_Howe", "America/St_Johns"] {
            let (zone, clock) = (zone(name).zones().remove(0), zone(name));
            for hours in ["21:00-08:00", "02:15-02:45", "01:45-02:15", "23:45-23:30", "03:00-02:00"] {
                let hours: QuietHours = hours.parse().unwrap();
                let is_quiet = |at: Timestamp| hours.contains(zone.to_datetime(at).time());
                for change in zone.following("2026-01-01T00:00:00Z".parse().unwrap()).take(2) {
                    let start = change.timestamp() - SignedDuration::from_hours(30);
                    for at in (0..240).map(|i| start + quarter * i) {
                        let later = (0..).map(|i| at + quarter * i).find(|later| !is_quiet(*later)).unwrap();
                        let end = hours.quiet_until(&clock, at).unwrap_or(at);
                        assert_eq!(end, later, "{hours} at {at} in {name}");
                    }
                }
            }
        }
    }
}
