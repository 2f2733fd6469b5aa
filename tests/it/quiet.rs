use std::{collections::BTreeSet, time::Duration};

use drumbeat::stack::Signal;
use drumbeat_common::{CampaignId, CampaignOptions, Counts, LocalClock, QuietHours, Recipient, Status, Tps};
use jiff::{SignedDuration, Timestamp, tz::TimeZone};
use redis::AsyncCommands;
use tokio::time::timeout;

use crate::{
    house::{House, PATIENCE},
    people::person,
};

const HOUR: SignedDuration = SignedDuration::from_hours(1);

fn zone(name: &str) -> Option<LocalClock> {
    Some(LocalClock::of_zone(name).unwrap())
}

fn country(code: &str) -> Option<LocalClock> {
    Some(LocalClock::of_country(code.parse().unwrap()).unwrap())
}

/// A window in UTC.
fn hours(from: Timestamp, to: Timestamp) -> QuietHours {
    let time = |at: Timestamp| at.to_zoned(TimeZone::UTC).strftime("%H:%M").to_string();
    format!("{}-{}", time(from), time(to)).parse().unwrap()
}

fn options(quiet_hours: QuietHours, tps: f64) -> CampaignOptions {
    CampaignOptions {
        tps: Tps::try_from(tps).unwrap(),
        quiet_hours: Some(quiet_hours),
        ..CampaignOptions::new("By day")
    }
}

impl House {
    async fn until_parked(&self, id: CampaignId, batches: usize) {
        let redis = self.redis().await;
        let parked = async {
            while redis.connection().zcard::<_, usize>(format!("{{{id}}}:parked")).await.unwrap() != batches {
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
        };
        timeout(PATIENCE, parked).await.expect("not as many batches are parked as should be");
    }
}

#[tokio::test]
async fn people_in_quiet_hours_wait_and_hold_nobody_up() {
    let house = House::open(2).await;
    let now = Timestamp::now();
    // Quiet around the present time of London and UTC; half a day from there it is not.
    let quiet_hours = hours(now - HOUR * 2, now + HOUR * 4);
    let quiet = [zone("UTC"), country("GB")];
    let others = [zone("Etc/GMT+12"), country("NZ"), None];
    let (quiet, others) = (quiet.iter().cycle(), others.iter().cycle());
    // Thirty batches of quiet people, one of both, and the others.
    let mut clocks: Vec<_> = quiet.clone().take(3_000).collect();
    clocks.extend(quiet.zip(others.clone()).flat_map(|(one, other)| [one, other]).take(100));
    clocks.extend(others.take(250));
    let people: Vec<Recipient> =
        (0..).zip(&clocks).map(|(index, clock)| person(index, (*clock).clone())).collect();
    let is_other = |index: u32| index >= 3_100 || index >= 3_000 && index % 2 == 1;

    let id = house.write(&options(quiet_hours, 100.0), &people).await;
    let counts = house.until(id, |progress| progress.counts.sent == 300).await.counts;
    assert_eq!(counts, Counts { total: 3_350, pending: 3_050, sent: 300, ..Counts::default() });
    house.until_parked(id, 31).await;
    let progress = house.progress(id).await;
    assert_eq!((progress.status, progress.eta_seconds), (Status::Running, None));
    let reason = progress.status_reason.unwrap();
    assert!(
        reason.starts_with("batches that wait for the end of quiet hours: 31, the first until "),
        "{reason}"
    );

    house.client.pause(id).await.unwrap();
    house.client.resume(id).await.unwrap();
    house.client.cancel(id).await.unwrap();
    let progress = house.progress(id).await;
    assert_eq!(progress.counts, Counts { total: 3_350, cancelled: 3_050, sent: 300, ..Counts::default() });
    let sent_to: BTreeSet<u32> = house.messages().await.iter().map(|message| message.recipient).collect();
    assert_eq!(sent_to, (0..3_350).filter(|index| is_other(*index)).collect());
    house.until_parked(id, 0).await;
    house.until_forgotten(id).await;
}

#[tokio::test]
async fn those_who_waited_are_sent_to_when_their_quiet_hours_end_by_whoever_is_alive() {
    let house = House::open(2).await;
    let now = Timestamp::now();
    // The next whole minute, but not before the batches are parked.
    let end = (now + SignedDuration::from_secs(75)).to_zoned(TimeZone::UTC).strftime("%Y-%m-%dT%H:%M:00Z");
    let end: Timestamp = end.to_string().parse().unwrap();
    let people: Vec<_> = (0..250).map(|index| person(index, zone("UTC"))).collect();
    let id = house.write(&options(hours(now - HOUR, end), 200.0), &people).await;
    house.until_parked(id, 3).await;
    house.stack.workers[0].kill(Signal::SIGKILL).unwrap();

    let counts = house.completed(id).await.counts;
    assert_eq!(counts, Counts { total: 250, sent: 250, ..Counts::default() });
    let stats = house.stats().await;
    assert_eq!((stats.total, stats.duplicates), (250, 0));
    let late: Vec<_> =
        house.messages().await.iter().map(|message| message.at_us as i64 - end.as_microsecond()).collect();
    assert!(late[0] >= 0, "sent {} us too early", -late[0]);
    assert!(late[0] < 3_000_000, "sent only {} us after the end", late[0]);
    house.until_parked(id, 0).await;
    house.until_forgotten(id).await;
}
