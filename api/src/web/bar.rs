use drumbeat_common::Counts;

use super::words;

/// How wide a bar is, in its own units.
pub(super) const WIDTH: f64 = 1_000.0;
/// The narrowest part of a bar: a handful in a million is seen.
const NARROWEST: f64 = 4.0;

/// One state's part of a bar.
pub(super) struct Part {
    /// Names its colour.
    pub(super) key: &'static str,
    pub(super) name: &'static str,
    /// What the state means.
    pub(super) meaning: &'static str,
    pub(super) count: u64,
    pub(super) share: String,
    pub(super) x: f64,
    pub(super) width: f64,
}

/// Everybody, by the state they are in, side by side. `campaign.js` draws the same.
pub(super) fn parts(counts: &Counts) -> Vec<Part> {
    let on_the_way = counts.sent.saturating_sub(counts.delivered + counts.undelivered);
    let states = [
        ("delivered", "Delivered", "The carrier or mailbox has it", counts.delivered),
        ("sent", "Sent", "AWS took it; nothing is reported yet", on_the_way),
        ("sending", "Sending", "On its way to AWS right now", counts.sending),
        ("undelivered", "Undelivered", "AWS took it, but it did not arrive", counts.undelivered),
        ("failed", "Failed", "Refused for good, or given up", counts.failed),
        ("in_doubt", "In doubt", "It may or may not have gone out", counts.in_doubt),
        ("skipped", "Skipped", "Suppressed, or the address came twice", counts.skipped),
        ("cancelled", "Cancelled", "The campaign was cancelled before", counts.cancelled),
        ("pending", "Pending", "Waits for its turn", counts.pending),
    ];
    let wanted = states.map(|(_, _, _, count)| match count {
        0 => 0.0,
        count => (WIDTH * count as f64 / counts.total as f64).max(NARROWEST),
    });
    let sum: f64 = wanted.iter().sum();
    let mut x = 0.0;
    let part = |((key, name, meaning, count), wanted)| {
        let width = if sum > 0.0 { wanted * WIDTH / sum } else { 0.0 };
        let part = Part { key, name, meaning, count, share: words::percent(count, counts.total), x, width };
        x += width;
        part
    };
    states.into_iter().zip(wanted).map(part).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_fill_the_bar_and_a_few_in_a_million_are_seen() {
        let counts =
            Counts { total: 1_000_000, sent: 999_990, delivered: 400_000, failed: 10, ..Counts::default() };
        let parts = parts(&counts);
        let end = parts.last().map(|part| part.x + part.width).unwrap();
        assert!((end - WIDTH).abs() < 1e-6);
        let of = |key| parts.iter().find(|part| part.key == key).unwrap();
        assert!(of("failed").width > 3.9);
        assert_eq!(of("sent").count, 599_990);
        assert_eq!(parts.iter().map(|part| part.count).sum::<u64>(), counts.total);
    }

    #[test]
    fn a_campaign_of_nobody_has_an_empty_bar() {
        assert!(parts(&Counts::default()).iter().all(|part| part.width == 0.0));
    }
}
