use clap::{
    Parser, Subcommand,
    builder::styling::Styles,
    error::{ContextKind, ErrorKind},
};

use crate::{
    command::{
        again, api, control, migrate, recount, rejected, report, send, simulator, suppress, watch, worker,
    },
    demo,
    exit::{self, Exit, WrongValue},
};

/// Sends campaigns over SMS, WhatsApp and email through AWS: once to each person, at the rate you choose.
#[derive(Debug, Parser)]
#[command(version, disable_help_subcommand = true, styles = Styles::plain(), max_term_width = 100)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Takes campaigns over HTTP, and serves their progress.
    Api(api::Args),
    /// Sends the messages of the running campaigns.
    Worker(worker::Args),
    /// Plays the AWS services that Drumbeat calls, on this machine.
    Simulator(simulator::Args),
    /// Shows all of it at work: starts everything on this machine and sends a sample campaign to nobody.
    Demo(demo::Args),
    /// Makes the DynamoDB tables, or brings them up to what is needed.
    Migrate(migrate::Args),
    /// Sends a campaign: a list in CSV or NDJSON, or a campaign in JSON, of any length.
    Send(send::Args),
    /// Shows a campaign's progress until it is over.
    Watch(watch::Args),
    /// Holds a campaign: nothing more goes out until it is resumed.
    Pause(control::Args),
    /// Goes on with a paused campaign, or starts a scheduled one now.
    Resume(control::Args),
    /// Ends a campaign for good: whoever is still pending gets nothing.
    Cancel(control::Args),
    /// Changes a campaign's rate.
    Tps(control::TpsArgs),
    /// Sends again to everybody who failed.
    RetryFailed(control::Args),
    /// Decides about everybody in doubt: send to them again, or count them as sent.
    ResolveInDoubt(again::ResolveArgs),
    /// Writes the rows of a campaign's list that were left out to stdout, as CSV.
    Rejected(rejected::Args),
    /// Writes what became of everybody in a campaign to stdout or into a file, as CSV.
    Report(report::Args),
    /// Puts an address on the list of those who must not be sent to.
    Suppress(suppress::SuppressArgs),
    /// Takes an address off that list.
    Unsuppress(suppress::UnsuppressArgs),
    /// Adds a CSV file to that list, or writes the list into one.
    Suppressions(suppress::FileArgs),
    /// Counts everybody anew, beside the counters that the progress shows.
    Recount(recount::Args),
}

/// Reads the command line. What it is wrong about, or was asked for in place of a command, has been shown.
pub(crate) fn parse() -> Result<Command, Exit> {
    match Cli::try_parse() {
        Ok(cli) => Ok(cli.command),
        Err(error) => Err(show(&error)),
    }
}

fn show(error: &clap::Error) -> Exit {
    if let Some(wrong) = wrong_value(error) {
        return exit::report(Err(wrong.into()));
    }
    // Nobody is left to tell when even this cannot be written.
    let _ = error.print();
    if error.use_stderr() { Exit::WrongValue } else { Exit::Done }
}

/// The error as one sentence, where it is about a value: clap's own words would name the flag alone, while the value
/// may well come from the environment.
fn wrong_value(error: &clap::Error) -> Option<WrongValue> {
    if error.kind() != ErrorKind::ValueValidation {
        return None;
    }
    let context = |kind| error.get(kind).map(ToString::to_string);
    let name = context(ContextKind::InvalidArg)?;
    let value = context(ContextKind::InvalidValue)?;
    let why = std::error::Error::source(error)?.to_string();
    // Many of our own errors quote the value already.
    let why = if why.contains(&value) { why } else { format!("{value:?} is wrong: {why}") };
    Some(WrongValue::new(both_names(&name), why))
}

/// `--redis-url <REDIS_URL>` is `REDIS_URL (--redis-url)`: the variable and the flag.
fn both_names(arg: &str) -> String {
    match arg.split_once(" <") {
        Some((flag, variable)) => format!("{} ({flag})", variable.trim_end_matches('>')),
        None => arg.trim_matches(['<', '>']).to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;

    fn complaint(line: &[&str]) -> String {
        let error = Cli::try_parse_from(line).unwrap_err();
        wrong_value(&error).unwrap().to_string()
    }

    #[test]
    fn flags_are_consistent() {
        Cli::command().debug_assert();
    }

    #[test]
    fn a_wrong_value_is_one_sentence_with_both_names() {
        assert_eq!(
            complaint(&["drumbeat", "api", "--port", "http"]),
            r#"PORT (--port): "http" is no port: choose 0 to 65535"#
        );
        assert_eq!(
            complaint(&["drumbeat", "tps", "01KAPZ3V9C6J2M5Q8R1T4W7Y0B", "0"]),
            "TPS: tps must be a number from 0.01 to 10000 messages per second, not 0"
        );
        assert_eq!(
            complaint(&["drumbeat", "resolve-in-doubt", "01KAPZ3V9C6J2M5Q8R1T4W7Y0B", "--as", "lost"]),
            r#"AS (--as): "lost" is neither "resend" nor "sent""#
        );
        assert!(complaint(&["drumbeat", "watch", "it"]).starts_with("ID: not a campaign id"));
        assert!(
            complaint(&["drumbeat", "simulator", "--latency", "50"]).starts_with("LATENCY (--latency): ")
        );
    }

    #[test]
    fn a_missing_command_is_no_wrong_value() {
        assert!(wrong_value(&Cli::try_parse_from(["drumbeat", "seed"]).unwrap_err()).is_none());
    }
}
