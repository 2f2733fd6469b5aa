use std::iter;

use drumbeat_common::{Counts, Progress, Status};

/// All of it in one line.
pub(super) fn line(progress: &Progress) -> String {
    let Counts { total, pending, sent, failed, in_doubt, .. } = progress.counts;
    let mut parts = vec![
        status(progress),
        format!("sent {sent} of {total}"),
        format!("failed {failed}"),
        format!("in doubt {in_doubt}"),
        format!("pending {pending}"),
    ];
    parts.extend(others(progress));
    parts.extend(pace(progress));
    parts.join(", ")
}

/// What it is doing and why, and whether it is for real.
pub(super) fn status(progress: &Progress) -> String {
    let mut text = progress.status.to_string();
    if let (Status::Scheduled, Some(start_at)) = (progress.status, progress.start_at) {
        text += &format!(" for {start_at:.0}");
    }
    if progress.dry_run {
        text += ", dry run";
    }
    if let Some(reason) = &progress.status_reason {
        text += " (";
        text += reason;
        text += ")";
    }
    text
}

/// What is rarely anybody's, where it is somebody's: states, how far messages came, and what is left to be written down.
pub(super) fn others(progress: &Progress) -> Vec<String> {
    let Progress { counts, untracked, bounces, complaints, .. } = progress;
    [
        ("sending", counts.sending),
        ("skipped", counts.skipped),
        ("cancelled", counts.cancelled),
        ("delivered", counts.delivered),
        ("undelivered", counts.undelivered),
        ("read", counts.read),
        ("bounced", *bounces),
        ("called spam", *complaints),
        ("waiting for the delivery table", *untracked),
    ]
    .into_iter()
    .filter(|(_, count)| *count > 0)
    .map(|(name, count)| format!("{name} {count}"))
    .collect()
}

/// The actual and the wanted rate, and the time left; before the start, what they will be; nothing once it is over.
pub(super) fn pace(progress: &Progress) -> Vec<String> {
    let Progress { tps, effective_tps, actual_tps, .. } = progress;
    let (rate, left) = match progress.status {
        Status::Completed | Status::Cancelled => return Vec::new(),
        Status::Loading | Status::Scheduled => (format!("{tps} TPS"), "from then on"),
        Status::Running | Status::Paused if effective_tps < tps => {
            (format!("{actual_tps:.1} of {effective_tps:.1} TPS ({tps} asked for)"), "left")
        }
        Status::Running | Status::Paused => (format!("{actual_tps:.1} of {tps} TPS"), "left"),
    };
    let time = progress.eta_seconds.map(|seconds| format!("{} {left}", duration(seconds)));
    iter::once(rate).chain(time).collect()
}

/// As long as it needs to be: `42 s`, `2 min 5 s`, `3 h 20 min`.
pub(super) fn duration(seconds: u64) -> String {
    match seconds {
        0..60 => format!("{seconds} s"),
        60..3600 => format!("{} min {} s", seconds / 60, seconds % 60),
        3600.. => format!("{} h {} min", seconds / 3600, seconds / 60 % 60),
    }
}

#[cfg(test)]
pub(super) mod tests {
    use drumbeat_common::{BatchCounts, CampaignId, ChannelCounts};

    use super::*;

    pub(in crate::view) fn progress() -> Progress {
        Progress {
            campaign_id: CampaignId::generate(),
            name: "Autumn sale".to_owned(),
            status: Status::Running,
            status_reason: None,
            dry_run: false,
            tps: 50.0,
            effective_tps: 50.0,
            actual_tps: 49.82,
            counts: Counts {
                total: 1000,
                pending: 380,
                sending: 5,
                sent: 612,
                failed: 2,
                in_doubt: 1,
                ..Counts::default()
            },
            channels: ChannelCounts::default(),
            batches: BatchCounts { total: 10, done: 6 },
            untracked: 0,
            bounces: 0,
            complaints: 0,
            start_at: None,
            started_at: None,
            finished_at: None,
            eta_seconds: Some(8),
        }
    }

    #[test]
    fn a_line_says_all_of_it() {
        assert_eq!(
            line(&progress()),
            "running, sent 612 of 1000, failed 2, in doubt 1, pending 380, sending 5, 49.8 of 50 TPS, 8 s left"
        );
    }

    #[test]
    fn how_far_messages_came_is_said_where_it_is_known() {
        let counts = Counts { delivered: 500, undelivered: 12, read: 40, sending: 0, ..progress().counts };
        let line = line(&Progress { counts, untracked: 7, bounces: 3, ..progress() });
        let known = "pending 380, delivered 500, undelivered 12, read 40, bounced 3, waiting for the delivery table 7, ";
        assert!(line.contains(known), "{line}");
    }

    #[test]
    fn what_is_scheduled_says_when_it_starts_and_how_long_it_takes() {
        let scheduled = Progress {
            status: Status::Scheduled,
            start_at: "2026-12-01T08:00:00.5Z".parse().ok(),
            actual_tps: 0.0,
            eta_seconds: Some(20),
            ..progress()
        };
        let line = line(&scheduled);
        assert!(line.starts_with("scheduled for 2026-12-01T08:00:00Z, sent"), "{line}");
        assert!(line.ends_with(", 50 TPS, 20 s from then on"), "{line}");
    }

    #[test]
    fn a_dry_run_and_a_reason_are_said() {
        let paused = Progress {
            status: Status::Paused,
            status_reason: Some("AWS refuses the credentials".to_owned()),
            dry_run: true,
            actual_tps: 0.0,
            eta_seconds: None,
            ..progress()
        };
        let line = line(&paused);
        assert!(line.starts_with("paused, dry run (AWS refuses the credentials), sent"), "{line}");
        assert!(line.ends_with(", 0.0 of 50 TPS"), "{line}");
    }

    #[test]
    fn a_lowered_rate_stands_beside_the_one_asked_for() {
        let throttled = Progress { effective_tps: 20.0, ..progress() };
        assert!(line(&throttled).contains("49.8 of 20.0 TPS (50 asked for)"), "{}", line(&throttled));
    }

    #[test]
    fn what_is_over_has_no_pace() {
        let over = Progress { status: Status::Cancelled, eta_seconds: None, ..progress() };
        assert!(pace(&over).is_empty());
    }

    #[test]
    fn durations_are_short() {
        for (seconds, text) in [(0, "0 s"), (59, "59 s"), (125, "2 min 5 s"), (12_000, "3 h 20 min")] {
            assert_eq!(duration(seconds), text);
        }
    }
}
