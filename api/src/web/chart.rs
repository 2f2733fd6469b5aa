use drumbeat_common::SentInSecond;

/// What the line shows, up to now. `chart.js` draws the same.
const SECONDS: i64 = 600;
/// Seconds that are drawn as one point: a slow campaign sends nothing in most single seconds.
const STEP: i64 = 5;
/// What was sent in a second is known when that is over, and is drawn once all of a step is.
const LATE: i64 = 2;
/// The drawing's own units.
const HEIGHT: f64 = 100.0;

/// The actual rate against the wanted one, over the last ten minutes.
pub(super) struct Chart {
    /// The points of the line.
    pub(super) line: String,
    /// How high the wanted rate lies.
    pub(super) target: String,
    /// The rate at the top.
    pub(super) top: f64,
}

impl Chart {
    pub(super) fn of(rate: &[SentInSecond], tps: f64, now: i64) -> Self {
        // Whole steps alone: a point that was drawn does not move any more.
        let end = (now - LATE).div_euclid(STEP) * STEP;
        let means: Vec<f64> =
            (end - SECONDS..end).step_by(STEP as usize).map(|from| mean(rate, from)).collect();
        let top = top(means.iter().copied().fold(tps, f64::max));
        let y = |rate: f64| format!("{:.1}", HEIGHT - rate / top * HEIGHT);
        let points =
            means.iter().enumerate().map(|(place, mean)| format!("{},{}", place as i64 * STEP, y(*mean)));
        Self { line: points.collect::<Vec<_>>().join(" "), target: y(tps), top }
    }
}

fn mean(rate: &[SentInSecond], from: i64) -> f64 {
    let sent = rate.iter().filter(|one| (from..from + STEP).contains(&one.second)).map(|one| one.sent);
    sent.sum::<u64>() as f64 / STEP as f64
}

/// A round number above: 1, 2 or 5 times a power of ten.
fn top(highest: f64) -> f64 {
    let above = highest * 1.1;
    let power = 10_f64.powf(above.log10().floor());
    [1.0, 2.0, 5.0, 10.0].into_iter().map(|step| step * power).find(|step| *step >= above).unwrap_or(above)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_top_is_a_round_number_above() {
        for (highest, expected) in
            [(50.0, 100.0), (10.0, 20.0), (0.01, 0.02), (10_000.0, 20_000.0), (4.0, 5.0)]
        {
            assert!((top(highest) - expected).abs() < 1e-9, "{highest}");
        }
    }

    #[test]
    fn each_step_is_a_mean_and_the_last_whole_one_is_the_end() {
        let rate: Vec<_> = (990..1_000).map(|second| SentInSecond { second, sent: 50 }).collect();
        let chart = Chart::of(&rate, 50.0, 1_003);
        assert!(chart.line.ends_with("585,100.0 590,50.0 595,50.0"), "{}", chart.line);
        assert_eq!(chart.target, "50.0");
    }
}
