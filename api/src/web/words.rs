//! How pages put things. `words.js` says the same.

use drumbeat_common::{Channel, State, Status};

use crate::{Cost, number::grouped};

/// A rate, as short as it can be: `50`, `12.5`, `0.25`.
pub(super) fn rate(rate: f64) -> String {
    let places = if rate < 10.0 { 2 } else { 1 };
    let text = format!("{rate:.places$}");
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

/// As long as it needs to be: `42 s`, `2 min 5 s`, `3 h 20 min`, `2 d 4 h`.
pub(super) fn duration(seconds: u64) -> String {
    match seconds {
        0..60 => format!("{seconds} s"),
        60..3_600 => format!("{} min {} s", seconds / 60, seconds % 60),
        3_600..86_400 => format!("{} h {} min", seconds / 3_600, seconds / 60 % 60),
        86_400.. => format!("{} d {} h", seconds / 86_400, seconds / 3_600 % 24),
    }
}

/// A share in whole per cent; 100 is only all, and 0 only nobody.
pub(super) fn percent(part: u64, whole: u64) -> String {
    match (part, whole) {
        (0, _) | (_, 0) => "0 %".to_owned(),
        (part, whole) if part >= whole => "100 %".to_owned(),
        (part, whole) => {
            let hundredths = u128::from(part) * 100 / u128::from(whole);
            if hundredths == 0 { "< 1 %".to_owned() } else { format!("{hundredths} %") }
        }
    }
}

/// Money, each currency apart.
pub(super) fn money(cost: &Cost) -> String {
    let sums = cost.totals.iter().map(|(currency, sum)| format!("{sum:.2} {}", currency.as_str()));
    let unpriced = (cost.unpriced > 0).then(|| format!("{} without a price", grouped(cost.unpriced)));
    let parts: Vec<_> = sums.chain(unpriced).collect();
    if parts.is_empty() { "nothing".to_owned() } else { parts.join(", ") }
}

pub(super) const fn channel(channel: Channel) -> &'static str {
    match channel {
        Channel::Sms => "SMS",
        Channel::Whatsapp => "WhatsApp",
        Channel::Email => "Email",
    }
}

pub(super) const fn state(state: State) -> &'static str {
    match state {
        State::Pending => "Pending",
        State::Sending => "Sending",
        State::Sent => "Sent",
        State::Failed => "Failed",
        State::InDoubt => "In doubt",
        State::Skipped => "Skipped",
        State::Cancelled => "Cancelled",
        State::Delivered => "Delivered",
        State::Undelivered => "Undelivered",
        State::Read => "Read",
    }
}

pub(super) const fn status(status: Status) -> &'static str {
    match status {
        Status::Loading => "Loading",
        Status::Scheduled => "Scheduled",
        Status::Running => "Running",
        Status::Paused => "Paused",
        Status::Completed => "Completed",
        Status::Cancelled => "Cancelled",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rates_have_no_idle_digits() {
        for (number, text) in
            [(50.0, "50"), (12.5, "12.5"), (40.27, "40.3"), (0.25, "0.25"), (10_000.0, "10000"), (0.0, "0")]
        {
            assert_eq!(rate(number), text);
        }
    }

    #[test]
    fn nobody_and_all_are_told_from_nearly() {
        for (part, whole, text) in [
            (0, 0, "0 %"),
            (0, 5, "0 %"),
            (1, 1_000_000, "< 1 %"),
            (999_999, 1_000_000, "99 %"),
            (5, 5, "100 %"),
        ] {
            assert_eq!(percent(part, whole), text);
        }
    }

    #[test]
    fn durations_are_short() {
        for (seconds, text) in [(0, "0 s"), (125, "2 min 5 s"), (12_000, "3 h 20 min"), (187_200, "2 d 4 h")]
        {
            assert_eq!(duration(seconds), text);
        }
    }
}
