//! A campaign's upload and progress, as people or programs want to see them.

mod bars;
mod preflight;
mod taken;
mod upload;
mod words;

use std::{
    io::{self, IsTerminal},
    time::Duration,
};

use drumbeat_common::Progress;

use crate::say::say;
use bars::Bars;
pub(crate) use preflight::preflight;
pub(crate) use taken::taken;
pub(crate) use upload::UploadView;

/// One way of showing progress.
#[derive(Debug)]
pub(crate) enum View {
    /// Bars that move, on a terminal.
    Bars(Box<Bars>),
    /// A line each time, where the output is kept: a file, a pipe, the log of a build.
    Lines,
    /// A JSON object each time.
    Json,
}

impl View {
    /// The way that suits stdout.
    pub(crate) fn of_stdout(json: bool) -> Self {
        if json {
            Self::Json
        } else if io::stdout().is_terminal() {
            Self::Bars(Box::new(Bars::new()))
        } else {
            Self::Lines
        }
    }

    /// How often to show it: bars should be seen to move, lines should not flood.
    pub(crate) const fn interval(&self) -> Duration {
        match self {
            Self::Bars(_) => Duration::from_millis(200),
            Self::Lines | Self::Json => Duration::from_secs(1),
        }
    }

    /// Shows where the campaign stands.
    pub(crate) fn show(&mut self, progress: &Progress) -> io::Result<()> {
        match self {
            Self::Bars(bars) => {
                bars.show(progress);
                Ok(())
            }
            Self::Lines => say(&words::line(progress)),
            Self::Json => say(&serde_json::to_string(progress)?),
        }
    }

    /// Says something beside the progress.
    pub(crate) fn note(&self, note: &str) {
        match self {
            Self::Bars(bars) => bars.note(note),
            Self::Lines | Self::Json => eprintln!("{note}"),
        }
    }
}
