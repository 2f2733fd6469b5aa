use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};

/// A country, or a territory with a code of its own, by its two letters (ISO 3166-1 alpha-2), such as `DE`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Country([u8; 2]);

impl Country {
    /// The two letters.
    #[must_use]
    pub fn as_str(&self) -> &str {
        std::str::from_utf8(&self.0).expect("it is made of ASCII letters only")
    }
}

/// The text is no country's code.
#[derive(Debug, thiserror::Error)]
#[error("not a country: {0:?} is not two letters as in DE or US (ISO 3166-1 alpha-2)")]
pub struct InvalidCountry(String);

impl FromStr for Country {
    type Err = InvalidCountry;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match *text.as_bytes() {
            [a, b] if a.is_ascii_alphabetic() && b.is_ascii_alphabetic() => {
                Ok(Self([a.to_ascii_uppercase(), b.to_ascii_uppercase()]))
            }
            _ => Err(InvalidCountry(text.to_owned())),
        }
    }
}

impl TryFrom<String> for Country {
    type Error = InvalidCountry;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        text.parse()
    }
}

impl From<Country> for String {
    fn from(country: Country) -> Self {
        country.as_str().to_owned()
    }
}

impl fmt::Display for Country {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_letters_are_a_country_in_either_case() {
        assert_eq!("de".parse::<Country>().unwrap().as_str(), "DE");
        for bad in ["", "D", "DEU", "1A", "Ö"] {
            assert!(bad.parse::<Country>().is_err(), "{bad}");
        }
    }
}
