use drumbeat_common::Progress;
use indicatif::{MultiProgress, ProgressBar, ProgressDrawTarget, ProgressStyle};

use super::words;

/// Four bars between the campaign's name and its pace. Each bar is a share of everybody, so together they fill one.
#[derive(Debug)]
pub(crate) struct Bars {
    title: ProgressBar,
    sent: ProgressBar,
    failed: ProgressBar,
    in_doubt: ProgressBar,
    pending: ProgressBar,
    footer: ProgressBar,
}

impl Bars {
    pub(super) fn new() -> Self {
        let all = MultiProgress::with_draw_target(ProgressDrawTarget::stdout());
        let add = |style: &str| {
            let style =
                ProgressStyle::with_template(style).expect("the templates are constants of this file");
            all.add(ProgressBar::new(0).with_style(style.progress_chars("━╸ ")))
        };
        let bar = |name: &str, colour: &str| {
            add(&format!("{name:<8}  {{wide_bar:.{colour}}}  {{pos:>9}} of {{len:<9}}"))
        };
        Self {
            title: add("{msg:.bold}"),
            sent: bar("sent", "green"),
            failed: bar("failed", "red"),
            in_doubt: bar("in doubt", "yellow"),
            pending: bar("pending", "blue"),
            footer: add("{wide_msg}"),
        }
    }

    pub(super) fn show(&self, progress: &Progress) {
        let counts = &progress.counts;
        self.title.set_message(format!("{}  {}", progress.name, progress.campaign_id));
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
        if progress.status.is_final() {
            self.leave();
        }
    }

    /// Takes the place of the pace until the next progress.
    pub(super) fn note(&self, note: &str) {
        self.footer.set_message(note.to_owned());
    }

    /// Leaves everything on the screen as it is.
    fn leave(&self) {
        for line in [&self.title, &self.sent, &self.failed, &self.in_doubt, &self.pending, &self.footer] {
            line.abandon();
        }
    }
}

impl Drop for Bars {
    fn drop(&mut self) {
        // A bar that is dropped unfinished takes its last picture off the screen.
        self.leave();
    }
}
