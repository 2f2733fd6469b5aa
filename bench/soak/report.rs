use std::{collections::BTreeMap, fmt, time::Duration};

use comfy_table::{CellAlignment, Table, presets};

use crate::{audit::Audit, fault::Fault, recovery::Recoveries};

/// What all audits came to.
#[derive(Default)]
pub(crate) struct Report {
    campaigns: usize,
    messages: usize,
    twice: usize,
    lost: usize,
    unknown: usize,
    broken: usize,
    in_doubt: u64,
    failed: u64,
    recoveries: BTreeMap<Fault, Recoveries>,
}

impl Report {
    pub(crate) fn add(&mut self, audit: &Audit) {
        self.campaigns += 1;
        self.messages += audit.messages();
        self.twice += audit.twice.len();
        self.lost += audit.lost.len();
        self.unknown += audit.unknown.len();
        self.broken += usize::from(!audit.holds());
        self.in_doubt += audit.counts().in_doubt;
        self.failed += audit.counts().failed;
    }

    pub(crate) fn recovered(&mut self, recoveries: BTreeMap<Fault, Recoveries>) {
        self.recoveries = recoveries;
    }

    pub(crate) const fn holds(&self) -> bool {
        self.broken == 0
    }

    pub(crate) fn table(&self) -> String {
        let mut faults = table(["fault", "times", "recovery p50", "max"]);
        for (fault, Recoveries { faults: times, times: took }) in &self.recoveries {
            let (p50, max) = (took.get(took.len() / 2), took.last());
            faults.add_row([fault.to_string(), times.to_string(), seconds(p50), seconds(max)]);
        }
        let mut sums = table(["campaigns", "messages", "duplicates", "lost"]);
        sums.add_row([self.campaigns, self.messages, self.twice, self.lost]);
        let mut rest = table(["in doubt", "failed", "accepted but unknown", "campaigns at fault"]);
        rest.add_row([
            self.in_doubt.to_string(),
            self.failed.to_string(),
            self.unknown.to_string(),
            self.broken.to_string(),
        ]);
        format!("{faults}\n{sums}\n{rest}")
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { campaigns, messages, twice, lost, .. } = self;
        write!(f, "{campaigns} campaigns, {messages} messages, {twice} duplicates, {lost} lost")
    }
}

fn table(header: [&str; 4]) -> Table {
    let mut table = Table::new();
    table.load_style(presets::UTF8_FULL_CONDENSED).set_header(header);
    for column in table.column_iter_mut().skip(1) {
        column.set_cell_alignment(CellAlignment::Right);
    }
    table
}

fn seconds(time: Option<&Duration>) -> String {
    time.map_or_else(|| "-".to_owned(), |time| format!("{:.2} s", time.as_secs_f64()))
}
