use drumbeat_common::{Country, InDoubtPolicy, QuietHours, Tps};
use jiff::Timestamp;
use serde_json::Value;

/// What a campaign asks for beside its recipients; a campaign in JSON may say the same, and the command line wins.
#[derive(Debug, Default, clap::Args)]
pub struct Options {
    /// The campaign's name; the file's, where it is no campaign in JSON.
    #[arg(long)]
    pub name: Option<String>,
    /// Messages per second, all channels together; 10 where nobody says.
    #[arg(long)]
    pub tps: Option<Tps>,
    /// Everything but the calls to AWS.
    #[arg(long)]
    pub dry_run: bool,
    /// What to do where nobody knows whether a message went out: hold, or resend.
    #[arg(long, value_parser = parse_in_doubt)]
    pub in_doubt: Option<InDoubtPolicy>,
    /// When to start, as in 2026-12-24T18:00:00Z; at once where nobody says.
    #[arg(long)]
    pub start_at: Option<Timestamp>,
    /// When nobody is sent to, by each person's own clock, as in 21:00-08:00.
    #[arg(long)]
    pub quiet_hours: Option<QuietHours>,
    /// The time zone of those who have none of their own, nor a phone number that tells their country.
    #[arg(long)]
    pub time_zone: Option<String>,
    /// The country of phone numbers that are written without one, as in DE.
    #[arg(long)]
    pub default_country: Option<Country>,
    /// The share of rows, 0 to 1, that may be rejected; where more are, nothing is sent.
    #[arg(long)]
    pub max_rejected: Option<f64>,
}

fn parse_in_doubt(text: &str) -> Result<InDoubtPolicy, String> {
    serde_json::from_value(text.into()).map_err(|_| format!("{text:?} is neither \"hold\" nor \"resend\""))
}

impl Options {
    /// Those that are given, by their names in the API.
    pub(super) fn given(&self) -> Vec<(&'static str, Value)> {
        let text = |value: Option<String>| value.map(Value::from);
        let number = |value: Option<f64>| value.map(Value::from);
        [
            ("name", text(self.name.clone())),
            ("tps", number(self.tps.map(Tps::get))),
            ("dry_run", self.dry_run.then_some(Value::Bool(true))),
            ("in_doubt", text(self.in_doubt.map(|policy| policy.as_str().to_owned()))),
            ("start_at", text(self.start_at.map(|start| start.to_string()))),
            ("quiet_hours", text(self.quiet_hours.map(|hours| hours.to_string()))),
            ("time_zone", text(self.time_zone.clone())),
            ("default_country", text(self.default_country.map(|country| country.to_string()))),
            ("max_rejected", number(self.max_rejected)),
        ]
        .into_iter()
        .filter_map(|(name, value)| Some((name, value?)))
        .collect()
    }

    /// Those that are given, and those of the file that are not, as parameters of a request.
    pub(super) fn parameters(
        &self,
        of_file: impl IntoIterator<Item = (String, Value)>,
    ) -> Vec<(String, String)> {
        let given = self.given();
        let others = of_file.into_iter().filter(|(name, _)| given.iter().all(|(other, _)| other != name));
        let others: Vec<_> = others.map(|(name, value)| (name, parameter(value))).collect();
        given.into_iter().map(|(name, value)| (name.to_owned(), parameter(value))).chain(others).collect()
    }
}

fn parameter(value: Value) -> String {
    match value {
        Value::String(text) => text,
        other => other.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_command_line_wins_over_the_file() {
        let tps = Some(Tps::try_from(2.5).unwrap());
        let options = Options { tps, dry_run: true, ..Options::default() };
        let of_file = [("name", Value::from("Spring")), ("tps", 80.into()), ("max_rejected", 0.5.into())];
        let parameters = options.parameters(of_file.map(|(name, value)| (name.to_owned(), value)));
        let parameters: Vec<_> =
            parameters.iter().map(|(name, text)| (name.as_str(), text.as_str())).collect();
        assert_eq!(
            parameters,
            [("tps", "2.5"), ("dry_run", "true"), ("name", "Spring"), ("max_rejected", "0.5")]
        );
    }
}
