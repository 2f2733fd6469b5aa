use comfy_table::{CellAlignment, Table, presets::UTF8_FULL_CONDENSED};
use drumbeat_common::{Channel, Counts, Progress};
use drumbeat_simulator::Stats;

/// How many are in each state, by channel. Rare states have a column only where somebody is in them: the table has to
/// fit into 80 columns, and what is left out is 0.
pub(super) fn table(progress: &Progress) -> Table {
    let shown: Vec<_> =
        STATES.iter().filter(|state| !state.rare || (state.count)(&progress.counts) > 0).collect();
    let row = |name: &str, counts: &Counts| {
        let mut row = vec![name.to_owned(), counts.total.to_string()];
        row.extend(shown.iter().map(|state| (state.count)(counts).to_string()));
        row
    };
    let mut table = Table::new();
    table.load_style(UTF8_FULL_CONDENSED);
    table.set_header(["channel", "total"].into_iter().chain(shown.iter().map(|state| state.name)));
    for channel in Channel::ALL {
        table.add_row(row(channel.as_str(), progress.channels.get(channel)));
    }
    table.add_row(row("all", &progress.counts));
    for column in table.column_iter_mut().skip(1) {
        column.set_cell_alignment(CellAlignment::Right);
    }
    table
}

struct StateColumn {
    name: &'static str,
    rare: bool,
    count: fn(&Counts) -> u64,
}

/// The states that every person is in exactly one of.
const STATES: [StateColumn; 7] = [
    StateColumn { name: "sent", rare: false, count: |counts| counts.sent },
    StateColumn { name: "failed", rare: false, count: |counts| counts.failed },
    StateColumn { name: "in doubt", rare: false, count: |counts| counts.in_doubt },
    StateColumn { name: "skipped", rare: true, count: |counts| counts.skipped },
    StateColumn { name: "cancelled", rare: true, count: |counts| counts.cancelled },
    StateColumn { name: "sending", rare: true, count: |counts| counts.sending },
    StateColumn { name: "pending", rare: false, count: |counts| counts.pending },
];

/// What arrived at the other end, by the simulator's own count.
pub(super) fn simulator(stats: &Stats) -> String {
    let Stats { total, duplicates, busiest_second, .. } = stats;
    format!(
        "The AWS simulator counted for itself: {total} messages accepted, {duplicates} duplicates;\n{busiest_second} in the busiest second, {:.2} s from the first to the last.",
        seconds(stats)
    )
}

fn seconds(stats: &Stats) -> f64 {
    let services = Channel::ALL.map(|channel| stats.services.get(channel));
    let first = services.iter().filter_map(|service| service.first_at_us).min();
    let last = services.iter().filter_map(|service| service.last_at_us).max();
    match (first, last) {
        (Some(first), Some(last)) => (last - first) as f64 / 1e6,
        _ => 0.0,
    }
}

#[cfg(test)]
mod tests {
    use drumbeat_common::{BatchCounts, CampaignId, ChannelCounts, Status};
    use drumbeat_simulator::{PerService, ServiceStats};

    use super::*;

    #[test]
    fn the_table_has_a_row_for_each_channel_and_all() {
        let sms = Counts { total: 5, sent: 3, failed: 1, in_doubt: 1, ..Counts::default() };
        let email = Counts { total: 1234, sent: 1230, skipped: 4, ..Counts::default() };
        let progress = Progress {
            campaign_id: CampaignId::generate(),
            name: String::new(),
            status: Status::Completed,
            status_reason: None,
            dry_run: false,
            tps: 50.0,
            effective_tps: 50.0,
            actual_tps: 0.0,
            counts: Counts {
                total: 1239,
                sent: 1233,
                failed: 1,
                in_doubt: 1,
                skipped: 4,
                ..Counts::default()
            },
            channels: ChannelCounts { sms, email, ..ChannelCounts::default() },
            batches: BatchCounts::default(),
            untracked: 0,
            bounces: 0,
            complaints: 0,
            start_at: None,
            started_at: None,
            finished_at: None,
            eta_seconds: None,
        };
        let table = table(&progress).to_string();
        let lines: Vec<_> = table.lines().filter(|line| line.starts_with('│')).collect();
        assert_eq!(
            lines,
            [
                "│ channel  ┆ total ┆ sent ┆ failed ┆ in doubt ┆ skipped ┆ pending │",
                "│ sms      ┆     5 ┆    3 ┆      1 ┆        1 ┆       0 ┆       0 │",
                "│ whatsapp ┆     0 ┆    0 ┆      0 ┆        0 ┆       0 ┆       0 │",
                "│ email    ┆  1234 ┆ 1230 ┆      0 ┆        0 ┆       4 ┆       0 │",
                "│ all      ┆  1239 ┆ 1233 ┆      1 ┆        1 ┆       4 ┆       0 │",
            ]
        );
    }

    #[test]
    fn the_simulators_span_is_over_all_services() {
        let at = |first, last| ServiceStats {
            first_at_us: Some(first),
            last_at_us: Some(last),
            ..ServiceStats::default()
        };
        let stats = Stats {
            total: 1000,
            duplicates: 0,
            busiest_second: 50,
            services: PerService {
                sms: at(5_000_000, 9_000_000),
                whatsapp: ServiceStats::default(),
                email: at(1_000_000, 20_980_000),
            },
            campaigns: Default::default(),
            receipts: Default::default(),
        };
        let text = simulator(&stats);
        assert!(
            text.contains("1000 messages accepted, 0 duplicates;\n50 in the busiest second, 19.98 s"),
            "{text}"
        );
    }
}
