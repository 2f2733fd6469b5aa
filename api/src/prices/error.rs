use std::{io, path::PathBuf};

use drumbeat_common::{InvalidCountry, UnknownChannel};

use super::InvalidCurrency;

/// The prices could not be read.
#[derive(Debug, thiserror::Error)]
pub enum PricesError {
    /// The file could not be read.
    #[error("cannot read {}: {source}", file.display())]
    Read {
        /// The file.
        file: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// A line is wrong.
    #[error("{}:{line}: {why}", file.display())]
    Line {
        /// The file.
        file: PathBuf,
        /// The line, from 1.
        line: u64,
        /// Why.
        why: WrongPrice,
    },
}

/// A line is no price.
#[derive(Debug, thiserror::Error)]
pub enum WrongPrice {
    /// The columns are others.
    #[error("the first line must be channel,country,price,currency")]
    Columns,
    /// It is no CSV.
    #[error(transparent)]
    Csv(#[from] csv::Error),
    /// There are too few or too many.
    #[error("{0} fields in place of 4")]
    Fields(usize),
    /// There is no such channel.
    #[error(transparent)]
    Channel(#[from] UnknownChannel),
    /// There is no such country.
    #[error("{0}; write * for everywhere else")]
    Country(#[from] InvalidCountry),
    /// There is no such currency.
    #[error(transparent)]
    Currency(#[from] InvalidCurrency),
    /// It is no amount of money.
    #[error("{0:?} is no price: write a number such as 0.00581, from 0 to 1000 and with at most 8 decimals")]
    Amount(String),
    /// The same channel and country stand in two lines.
    #[error("this channel and country have a price already")]
    Twice,
}
