use drumbeat_common::{Counts, Progress};
use indicatif::{MultiProgress, ProgressBar, ProgressDrawTarget, ProgressStyle};

use super::words;

/// Bars between the campaign's name and its pace. Each is a share of everybody; four of them together fill one, and the
/// fifth, how many got their message, is a part of the first.
#[derive(Debug)]
pub(crate) struct Bars {
    all: MultiProgress,
    title: ProgressBar,
    sent: ProgressBar,
    /// From the first report on: without any, nobody knows.
    delivered: Option<ProgressBar>,
    failed: ProgressBar,
    in_doubt: ProgressBar,
    pending: ProgressBar,
    footer: ProgressBar,
}

fn line(template: &str) -> ProgressBar {
    let style = ProgressStyle::with_template(template).expect("the templates are constants of this file");
    ProgressBar::new(0).with_style(style.progress_chars("━╸ "))
}

fn bar(name: &str, colour: &str) -> ProgressBar {
    line(&format!("{name:<9}  {{wide_bar:.{colour}}}  {{pos:>9}} of {{len:<9}}"))
}

impl Bars {
    pub(super) fn new() -> Self {
        let all = MultiProgress::with_draw_target(ProgressDrawTarget::stdout());
        Self {
            title: all.add(line("{msg:.bold}")),
            sent: all.add(bar("sent", "green")),
            delivered: None,
            failed: all.add(bar("failed", "red")),
            in_doubt: all.add(bar("in doubt", "yellow")),
            pending: all.add(bar("pending", "blue")),
            footer: all.add(line("{wide_msg}")),
            all,
        }
    }

    pub(super) fn show(&mut self, progress: &Progress) {
        let counts = progress.counts;
        self.title.set_message(format!("{}  {}", progress.name, progress.campaign_id));
        self.show_delivered(&counts);
        for (bar, count) in [
            (&self.sent, counts.sent),
            (&self.failed, counts.failed),
            (&self.in_doubt, counts.in_doubt),
            (&self.pending, counts.pending),
        ] {
            bar.set_length(counts.total);
            bar.set_position(count);
        }
        let mut footer = vec![words::status(progress)];
        footer.extend(words::others(progress));
        footer.extend(words::pace(progress));
        self.note(&footer.join(", "));
    }

    fn show_delivered(&mut self, counts: &Counts) {
        if counts.delivered + counts.undelivered > 0 {
            let (all, sent) = (&self.all, &self.sent);
            let new = || all.insert_after(sent, bar("delivered", "cyan"));
            let delivered = self.delivered.get_or_insert_with(new);
            delivered.set_length(counts.total);
            delivered.set_position(counts.delivered);
        }
    }

    /// Takes the place of the pace until the next progress.
    pub(super) fn note(&self, note: &str) {
        self.footer.set_message(note.to_owned());
    }
}

impl Drop for Bars {
    fn drop(&mut self) {
        // A bar that is dropped unfinished takes its last picture off the screen.
        let lines = [&self.title, &self.sent, &self.failed, &self.in_doubt, &self.pending, &self.footer];
        for line in lines.into_iter().chain(&self.delivered) {
            line.abandon();
        }
    }
}
