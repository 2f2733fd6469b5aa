use drumbeat_common::Progress;
use jiff::{SignedDuration, Timestamp};

/// Until when a report may still settle the doubts of a campaign that is over; none where there are no doubts, or no
/// report can come any more. What is the case then stands in the reason of the status, unless that has another. Time
/// alone never moves anybody.
pub(crate) fn open_until(
    progress: &mut Progress,
    window: SignedDuration,
    now: Timestamp,
) -> Option<Timestamp> {
    let in_doubt = progress.counts.in_doubt;
    let finished_at = progress.finished_at.filter(|_| progress.status.is_final() && in_doubt > 0)?;
    let until = finished_at.checked_add(window).unwrap_or(Timestamp::MAX);
    // Nothing was sent in a dry run that could be reported on.
    let open_until = (until > now && !progress.dry_run).then_some(until);
    progress.status_reason.get_or_insert_with(|| match open_until {
        Some(until) => format!("{in_doubt} in doubt: reports may settle that until {until:.0}"),
        None => format!("{in_doubt} in doubt, and no report can come any more: resolve-in-doubt decides"),
    });
    open_until
}

#[cfg(test)]
mod tests {
    use drumbeat_common::{BatchCounts, CampaignId, ChannelCounts, Counts, Status};

    use super::*;

    const WINDOW: SignedDuration = SignedDuration::from_hours(72);

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    fn over(in_doubt: u64) -> Progress {
        Progress {
            campaign_id: CampaignId::generate(),
            name: "spring".to_owned(),
            status: Status::Completed,
            status_reason: None,
            dry_run: false,
            tps: 10.0,
            effective_tps: 10.0,
            actual_tps: 0.0,
            counts: Counts { total: 10, sent: 10 - in_doubt, in_doubt, ..Counts::default() },
            channels: ChannelCounts::default(),
            batches: BatchCounts::default(),
            untracked: 0,
            bounces: 0,
            complaints: 0,
            start_at: None,
            started_at: None,
            finished_at: Some(at("2026-05-01T10:00:00Z")),
            eta_seconds: None,
        }
    }

    #[test]
    fn a_doubt_is_open_for_the_time_of_the_reports_and_then_a_persons_to_decide() {
        let mut progress = over(2);
        let until = open_until(&mut progress, WINDOW, at("2026-05-04T09:59:59Z"));
        assert_eq!(until, Some(at("2026-05-04T10:00:00Z")));
        let reason = progress.status_reason.unwrap();
        assert_eq!(reason, "2 in doubt: reports may settle that until 2026-05-04T10:00:00Z");

        let mut progress = over(2);
        assert_eq!(open_until(&mut progress, WINDOW, at("2026-05-04T10:00:00Z")), None);
        let reason = progress.status_reason.unwrap();
        assert_eq!(reason, "2 in doubt, and no report can come any more: resolve-in-doubt decides");
    }

    #[test]
    fn without_a_doubt_or_before_the_end_nothing_is_said() {
        let now = at("2026-05-01T11:00:00Z");
        let running = Progress { status: Status::Running, finished_at: None, ..over(2) };
        for mut progress in [over(0), running] {
            assert_eq!(open_until(&mut progress, WINDOW, now), None);
            assert_eq!(progress.status_reason, None);
        }
    }

    #[test]
    fn what_is_said_already_stays() {
        let mut progress = Progress { status_reason: Some("wrong list".to_owned()), ..over(1) };
        assert!(open_until(&mut progress, WINDOW, at("2026-05-01T11:00:00Z")).is_some());
        assert_eq!(progress.status_reason.as_deref(), Some("wrong list"));
    }

    #[test]
    fn no_report_comes_about_a_dry_run() {
        let mut progress = Progress { dry_run: true, ..over(1) };
        assert_eq!(open_until(&mut progress, WINDOW, at("2026-05-01T11:00:00Z")), None);
        assert!(progress.status_reason.unwrap().contains("no report can come"));
    }
}
