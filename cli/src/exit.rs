use std::{fmt::Display, io, process::ExitCode};

/// What the caller's shell is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Exit {
    /// 0: done, and where a campaign was waited for, it completed.
    Done,
    /// 1: it went wrong, and why was said.
    Failed,
    /// 2: a flag, an environment variable or a line of the `.env` file is wrong.
    WrongValue,
    /// 3: the campaign was cancelled.
    Cancelled,
    /// 130: Ctrl-C came first, as shells count it.
    Interrupted,
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(match exit {
            Exit::Done => 0,
            Exit::Failed => 1,
            Exit::WrongValue => 2,
            Exit::Cancelled => 3,
            Exit::Interrupted => 130,
        })
    }
}

/// A setting that stops the start: its name, and why.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub(crate) struct WrongValue(String);

impl WrongValue {
    pub(crate) fn new(name: impl Display, why: impl Display) -> Self {
        Self(format!("{name}: {why}"))
    }

    /// For a reason that names the setting itself.
    pub(crate) fn sentence(why: impl Display) -> Self {
        Self(why.to_string())
    }
}

/// Says what went wrong, once and in one place, and picks the exit code.
pub(crate) fn report(result: anyhow::Result<Exit>) -> Exit {
    match result {
        Ok(exit) => exit,
        // Whoever read our output has seen enough.
        Err(error) if is_broken_pipe(&error) => Exit::Failed,
        Err(error) => {
            eprintln!("drumbeat: {}", sentence(&error));
            if error.is::<WrongValue>() { Exit::WrongValue } else { Exit::Failed }
        }
    }
}

fn is_broken_pipe(error: &anyhow::Error) -> bool {
    error.downcast_ref::<io::Error>().is_some_and(|error| error.kind() == io::ErrorKind::BrokenPipe)
}

/// The error with its causes, leaving out a cause that its effect has quoted already.
fn sentence(error: &anyhow::Error) -> String {
    error.chain().fold(String::new(), |said, cause| {
        let cause = cause.to_string();
        match said.as_str() {
            "" => cause,
            text if text.contains(&cause) => said,
            _ => format!("{said}: {cause}"),
        }
    })
}

#[cfg(test)]
mod tests {
    use anyhow::Context;

    use super::*;

    #[test]
    fn a_wrong_value_is_two_and_any_other_error_is_one() {
        assert_eq!(report(Err(WrongValue::new("PORT", "no number").into())), Exit::WrongValue);
        assert_eq!(report(Err(anyhow::anyhow!("away"))), Exit::Failed);
        assert_eq!(report(Ok(Exit::Cancelled)), Exit::Cancelled);
    }

    #[test]
    fn a_cause_is_said_once() {
        let inner = anyhow::anyhow!("refused");
        assert_eq!(sentence(&inner.context("cannot connect: refused")), "cannot connect: refused");
        let error = Err::<(), _>(anyhow::anyhow!("refused")).context("cannot connect").unwrap_err();
        assert_eq!(sentence(&error), "cannot connect: refused");
    }
}
