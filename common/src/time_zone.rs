//! Time zones by name and by country. Which zones there are, and their rules, comes with the program, so that all
//! processes of one version agree on them: a newer `jiff` brings newer rules.

use std::{collections::HashMap, sync::LazyLock};

use jiff::tz::{TimeZone, TimeZoneDatabase};

use crate::{Country, LocalClock};

/// Which countries overlap which zones, the public-domain `zone1970.tab` of the IANA time zone database, version 2025b. A
/// newer one is `zone1970.tab` of <https://data.iana.org/time-zones/releases/>, copied as it is.
const TABLE: &str = include_str!("time_zone/zone1970.tab");

static ZONES: LazyLock<TimeZoneDatabase> = LazyLock::new(TimeZoneDatabase::bundled);

/// The zones of each country, in the table's order: by geography, and as far as that allows the most populous first.
static COUNTRIES: LazyLock<HashMap<Country, Vec<TimeZone>>> = LazyLock::new(|| {
    let mut countries: HashMap<_, Vec<_>> = HashMap::new();
    for row in TABLE.lines().filter(|line| !line.starts_with('#')) {
        let mut columns = row.split('\t');
        let (codes, zone) = (columns.next().unwrap_or_default(), columns.nth(1).unwrap_or_default());
        let Ok(zone) = ZONES.get(zone) else { continue };
        for country in codes.split(',').filter_map(|code| code.parse().ok()) {
            countries.entry(country).or_default().push(zone.clone());
        }
    }
    countries
});

/// No clock can be told by this.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum UnknownClock {
    /// No zone has this name.
    #[error("there is no time zone {0:?}")]
    TimeZone(String),
    /// The country has no zone that is known.
    #[error("the time zones of {0} are not known")]
    Country(Country),
}

impl LocalClock {
    /// The clock of the time zone with that IANA name, in any case.
    ///
    /// # Errors
    /// When there is no such zone.
    pub fn of_zone(name: &str) -> Result<Self, UnknownClock> {
        let unknown = || UnknownClock::TimeZone(name.to_owned());
        let zone = ZONES.get(name).map_err(|_| unknown())?;
        Ok(Self::Zone(zone.iana_name().ok_or_else(unknown)?.into()))
    }

    /// The clocks of a country.
    ///
    /// # Errors
    /// When no zone is known for it: it is no country, or nobody lives there.
    pub fn of_country(country: Country) -> Result<Self, UnknownClock> {
        if COUNTRIES.contains_key(&country) {
            Ok(Self::Country(country))
        } else {
            Err(UnknownClock::Country(country))
        }
    }

    /// The zones that the clock is told by, at least one. A clock that is none, which only another version can have
    /// taken in, is told by UTC rather than never.
    pub(crate) fn zones(&self) -> Vec<TimeZone> {
        let zones = match self {
            Self::Zone(name) => ZONES.get(name).into_iter().collect(),
            Self::Country(country) => COUNTRIES.get(country).cloned().unwrap_or_default(),
        };
        if zones.is_empty() { vec![TimeZone::UTC] } else { zones }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(clock: &LocalClock) -> Vec<String> {
        clock.zones().iter().map(|zone| zone.iana_name().unwrap().to_owned()).collect()
    }

    #[test]
    fn a_zone_is_known_by_its_name_and_only_by_that() {
        for name in ["Europe/Berlin", "europe/berlin"] {
            assert_eq!(LocalClock::of_zone(name), Ok(LocalClock::Zone("Europe/Berlin".into())));
        }
        assert_eq!(names(&LocalClock::of_zone("UTC").unwrap()), ["UTC"]);
        let unknown = |name| LocalClock::of_zone(name).unwrap_err().to_string();
        assert_eq!(unknown("Europe/Berln"), r#"there is no time zone "Europe/Berln""#);
        for bad in ["", "Berlin", "+01:00", "Etc/Unknown", "../localtime", "right/Europe/Berlin"] {
            assert_eq!(unknown(bad), format!("there is no time zone {bad:?}"));
        }
    }

    #[test]
    fn a_country_has_the_zones_of_the_table() {
        let of = |country: &str| LocalClock::of_country(country.parse().unwrap());
        assert_eq!(names(&of("FR").unwrap()), ["Europe/Paris"]);
        assert_eq!(names(&of("NZ").unwrap()), ["Pacific/Auckland", "Pacific/Chatham"]);
        assert_eq!(names(&of("US").unwrap())[0], "America/New_York");
        assert_eq!(of("ZZ").unwrap_err().to_string(), "the time zones of ZZ are not known");
    }

    #[test]
    fn every_row_of_the_table_is_used() {
        let rows = TABLE.lines().filter(|line| !line.starts_with('#'));
        let overlaps: usize = rows.map(|row| row.split('\t').next().unwrap().split(',').count()).sum();
        assert_eq!(COUNTRIES.values().map(Vec::len).sum::<usize>(), overlaps);
        assert!(COUNTRIES.len() > 240, "{}", COUNTRIES.len());
    }
}
