//! What messages cost, by a file that the user keeps. AWS's own price list is large, changes by the month, and does not
//! know what the user has agreed on.

mod cost;
mod currency;
mod error;

use std::{collections::BTreeMap, fs, path::Path};

use csv::{ReaderBuilder, Trim};
use drumbeat_common::{Channel, Country};
use rust_decimal::Decimal;

pub use cost::Cost;
pub use currency::{Currency, InvalidCurrency};
pub use error::{PricesError, WrongPrice};

/// The price of one unit: a part of a text message, a WhatsApp message, an email.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Price {
    /// How much.
    pub amount: Decimal,
    /// Of what.
    pub currency: Currency,
}

/// The prices of all channels and countries.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Prices {
    /// No country is everywhere else.
    prices: BTreeMap<(Channel, Option<Country>), Price>,
}

const COLUMNS: [&str; 4] = ["channel", "country", "price", "currency"];
const ELSEWHERE: [&str; 2] = ["", "*"];

/// A price of more than this is a slip of the pen, and one with more decimals too. Within these, all sums of a list are
/// exact: [`Decimal`] holds 28 digits.
const HIGHEST: u32 = 1_000;
const MOST_DECIMALS: u32 = 8;

impl Prices {
    /// Reads a file with the columns `channel`, `country`, `price` and `currency`; lines that begin with `#` say nothing.
    ///
    /// # Errors
    /// When it cannot be read, or a line is wrong.
    pub fn load(file: &Path) -> Result<Self, PricesError> {
        let text =
            fs::read_to_string(file).map_err(|source| PricesError::Read { file: file.to_owned(), source })?;
        Self::parse(&text).map_err(|(line, why)| PricesError::Line { file: file.to_owned(), line, why })
    }

    fn parse(text: &str) -> Result<Self, (u64, WrongPrice)> {
        // Line by line, since a CSV reader counts a comment to the record after it, and people have to find the line.
        let mut lines = (1..)
            .zip(text.trim_start_matches('\u{feff}').lines())
            .filter(|(_, line)| !line.trim().is_empty() && !line.starts_with('#'));
        match lines.next() {
            Some((_, columns)) if fields(columns).is_ok_and(|fields| fields == COLUMNS) => {}
            first => return Err((first.map_or(1, |(number, _)| number), WrongPrice::Columns)),
        }
        let mut prices = BTreeMap::new();
        for (number, line) in lines {
            let (place, price) = row(line).map_err(|why| (number, why))?;
            if prices.insert(place, price).is_some() {
                return Err((number, WrongPrice::Twice));
            }
        }
        Ok(Self { prices })
    }

    /// The price of a unit for somebody in a country: the country's own or else that of everywhere else.
    #[must_use]
    pub fn of(&self, channel: Channel, country: Option<Country>) -> Option<Price> {
        self.prices.get(&(channel, country)).or_else(|| self.prices.get(&(channel, None))).copied()
    }
}

fn row(line: &str) -> Result<((Channel, Option<Country>), Price), WrongPrice> {
    let [channel, country, amount, currency] = fields(line)?;
    let country = if ELSEWHERE.contains(&country.as_str()) { None } else { Some(country.parse()?) };
    let price = Price { amount: parse_amount(&amount)?, currency: currency.parse()? };
    Ok(((channel.parse()?, country), price))
}

fn fields(line: &str) -> Result<[String; COLUMNS.len()], WrongPrice> {
    let mut reader = ReaderBuilder::new().has_headers(false).trim(Trim::All).from_reader(line.as_bytes());
    let record = reader.records().next().transpose()?.unwrap_or_default();
    let fields: Vec<_> = record.iter().map(ToOwned::to_owned).collect();
    fields.try_into().map_err(|fields: Vec<_>| WrongPrice::Fields(fields.len()))
}

fn parse_amount(text: &str) -> Result<Decimal, WrongPrice> {
    let wrong = || WrongPrice::Amount(text.to_owned());
    let plain = text.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.');
    let amount = Decimal::from_str_exact(text).ok().filter(|_| plain).ok_or_else(wrong)?;
    if amount > HIGHEST.into() || amount.scale() > MOST_DECIMALS { Err(wrong()) } else { Ok(amount) }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "# prices\nchannel,country,price,currency\n\
        sms, US ,0.00581,USD\n# a part each\nsms,*,0.05,EUR\nemail,,0.0001,USD\n";

    fn price(amount: &str, currency: &str) -> Option<Price> {
        Some(Price { amount: amount.parse().unwrap(), currency: currency.parse().unwrap() })
    }

    #[test]
    fn a_country_has_its_own_price_or_that_of_everywhere_else() {
        let prices = Prices::parse(TEXT).unwrap();
        let country = |letters: &str| Some(letters.parse().unwrap());
        assert_eq!(prices.of(Channel::Sms, country("US")), price("0.00581", "USD"));
        assert_eq!(prices.of(Channel::Sms, country("DE")), price("0.05", "EUR"));
        assert_eq!(prices.of(Channel::Sms, None), price("0.05", "EUR"));
        assert_eq!(prices.of(Channel::Email, None), price("0.0001", "USD"));
        assert_eq!(prices.of(Channel::Whatsapp, country("US")), None);
    }

    #[test]
    fn a_wrong_line_is_named_with_what_is_wrong() {
        for (line, why) in [
            ("fax,US,0.01,USD", "unknown channel \"fax\""),
            ("sms,USA,0.01,USD", "not a country: \"USA\""),
            ("sms,US,-0.01,USD", "\"-0.01\" is no price"),
            ("sms,US,1e-2,USD", "\"1e-2\" is no price"),
            ("sms,US,1_0,USD", "\"1_0\" is no price"),
            ("sms,US,,USD", "\"\" is no price"),
            ("sms,US,1001,USD", "\"1001\" is no price"),
            ("sms,US,0.000000001,USD", "is no price"),
            ("sms,US,0.01,$", "not a currency: \"$\""),
            ("sms,US,0.01", "3 fields in place of 4"),
        ] {
            let text = format!("# prices\n{}\nsms,DE,0.1,EUR\n# more\n{line}\n", COLUMNS.join(","));
            let (at, wrong) = Prices::parse(&text).unwrap_err();
            assert_eq!(at, 5, "{line}");
            assert!(wrong.to_string().contains(why), "{line}: {wrong}");
        }
        let twice = format!("{}\nsms,,0.1,EUR\nsms,*,0.2,EUR\n", COLUMNS.join(","));
        assert!(matches!(Prices::parse(&twice), Err((3, WrongPrice::Twice))));
        assert!(matches!(Prices::parse("channel,price\n"), Err((1, WrongPrice::Columns))));
    }

    #[test]
    fn the_example_can_be_read_and_has_every_channel() {
        let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("../data/prices.csv");
        let prices = Prices::load(&file).unwrap();
        assert!(Channel::ALL.into_iter().all(|channel| prices.of(channel, None).is_some()));
    }

    #[test]
    fn a_file_that_is_not_there_is_named() {
        let error = Prices::load(Path::new("/nowhere/prices.csv")).unwrap_err().to_string();
        assert!(error.starts_with("cannot read /nowhere/prices.csv: "), "{error}");
    }
}
