use std::{
    convert::Infallible,
    future::Future,
    io::{self, IsTerminal},
    time::Duration,
};

use indicatif::{HumanBytes, ProgressBar, ProgressStyle};
use tokio::time::{Instant, interval_at};

use crate::client::Meter;

const LOOK: Duration = Duration::from_millis(100);
const LINE: Duration = Duration::from_secs(1);
const UPLOADING: &str = "uploading  {wide_bar:.green}  {bytes} of {total_bytes}, {bytes_per_sec}, {eta} left";
const CHECKING: &str = "checking  {spinner}  {total_bytes} uploaded";

/// A list on its way to the API. It is shown on stderr: stdout has the answer.
#[derive(Debug)]
pub(crate) enum UploadView {
    /// A bar that moves, on a terminal.
    Bar,
    /// A line once a second, where the output is kept.
    Lines,
    /// Nothing, for programs.
    Silent,
}

impl UploadView {
    pub(crate) fn of_stderr(json: bool) -> Self {
        match json {
            true => Self::Silent,
            false if io::stderr().is_terminal() => Self::Bar,
            false => Self::Lines,
        }
    }

    /// Shows how far the list is for as long as the work lasts.
    pub(crate) async fn during<T>(&self, meter: &Meter, work: impl Future<Output = T>) -> T {
        tokio::select! {
            done = work => done,
            never = self.show(meter) => match never {},
        }
    }

    async fn show(&self, meter: &Meter) -> Infallible {
        match self {
            Self::Bar => show_bar(meter).await,
            Self::Lines => show_lines(meter).await,
            Self::Silent => std::future::pending().await,
        }
    }
}

async fn show_bar(meter: &Meter) -> Infallible {
    let style =
        |template| ProgressStyle::with_template(template).expect("the templates are constants of this file");
    let (uploading, checking) = (style(UPLOADING).progress_chars("━╸ "), style(CHECKING));
    // Dropped unfinished, it leaves the screen.
    let bar = ProgressBar::new(meter.total()).with_style(uploading.clone());
    let mut ticks = interval_at(Instant::now(), LOOK);
    loop {
        ticks.tick().await;
        let is_over = meter.bytes() >= meter.total();
        bar.set_style(if is_over { checking.clone() } else { uploading.clone() });
        bar.set_position(meter.bytes());
    }
}

async fn show_lines(meter: &Meter) -> Infallible {
    let mut ticks = interval_at(Instant::now() + LINE, LINE);
    loop {
        ticks.tick().await;
        eprintln!("{}", line(meter));
    }
}

fn line(meter: &Meter) -> String {
    let (bytes, total) = (meter.bytes(), meter.total());
    if bytes < total {
        format!("uploading: {} of {}", HumanBytes(bytes), HumanBytes(total))
    } else {
        format!("checking: {} uploaded", HumanBytes(total))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_uploaded_is_being_checked() {
        let meter = Meter::of(4096);
        meter.add(1024);
        assert_eq!(line(&meter), "uploading: 1.00 KiB of 4.00 KiB");
        meter.add(3072);
        assert_eq!(line(&meter), "checking: 4.00 KiB uploaded");
    }
}
