use serde::{Deserialize, Serialize};

use crate::{
    Country,
    address::masked_debug,
    numbering_plan::{Plan, Split},
    typed_number::TypedNumber,
};

/// A phone number in E.164: `+`, then 8 to 15 digits of which the first is not 0 (ITU-T E.164, 6.2.1).
#[derive(Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct PhoneNumber(Box<str>);

/// The text is no phone number in E.164.
#[derive(Debug, thiserror::Error)]
#[error(
    "not a phone number in E.164: write + and 8 to 15 digits with the country code, such as +14155550100"
)]
pub struct InvalidPhoneNumber;

/// A typed phone number that nobody can be reached at, or that might be somebody else's. Goes on from "the number is".
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum UnusablePhoneNumber {
    /// There is something else in it, or it is far too long.
    #[error(
        "not a phone number: write it in E.164, with + and the country code, such as +14155550100; no letters and no \
         extension"
    )]
    NotANumber,
    /// It is a national number, and nobody said of which country.
    #[error(
        "without a country: write it in E.164, with + and the country code, such as +14155550100, or say which country \
         the list is from"
    )]
    NoCountry,
    /// The digits after the `+` are no country's.
    #[error("of no country: check the country code after the +")]
    UnknownCode,
    /// No number of the country is so short.
    #[error("too short for a number of {0}: write all of it, with the area code")]
    TooShort(String),
    /// No number of the country is so long.
    #[error("too long for a number of {0}: check it for digits too many")]
    TooLong(String),
    /// The country has numbers of that length, but not this one.
    #[error("no number that there is in {0}: check the area code and each digit")]
    NotInUse(String),
    /// It may be one of several people's.
    #[error("more than one number: write it with + and the country code")]
    Ambiguous,
}

impl PhoneNumber {
    /// The number with its `+`.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Reads a number as people type it: with spaces, dashes and brackets, with 00 in place of the `+`, and without the
    /// country code where all numbers are of one country, `default`.
    ///
    /// A number that is written with its country code is taken as it is where the country has numbers of that length, even
    /// if its area is not known: new areas come faster than new versions, and who is left out hears nothing at all.
    ///
    /// # Errors
    /// When there is no such number, or more than one that might be meant. Nobody gets a message on a guess.
    pub fn normalized(text: &str, default: Option<Country>) -> Result<Self, UnusablePhoneNumber> {
        if is_e164(text) && Split::of(&text[1..]).is_some_and(Split::exists) {
            return Ok(Self(text.into()));
        }
        let typed = TypedNumber::read(text).ok_or(UnusablePhoneNumber::NotANumber)?;
        let home = default.and_then(Plan::of);
        let mut meant = readings(&typed, home);
        meant.sort_unstable();
        meant.dedup();
        match &mut meant[..] {
            [] => as_written(&typed).ok_or_else(|| fault(&typed, home)),
            [only] => Ok(Self(std::mem::take(only).into())),
            _ => Err(UnusablePhoneNumber::Ambiguous),
        }
    }

    /// The country by the number's first digits; none for a number that belongs to none, such as `+800`.
    #[must_use]
    pub fn country(&self) -> Option<Country> {
        let split = Split::of(&self.0[1..])?;
        split.plan().unwrap_or(split.main_plan()).country
    }
}

/// A number with its country code that only its length speaks for.
fn as_written(typed: &TypedNumber) -> Option<PhoneNumber> {
    let number = format!("+{}", typed.digits);
    let split = Split::of(&typed.digits)?;
    let is_possible = split.main_plan().has_length(split.national.len()) && !split.national.starts_with('0');
    (typed.plus && is_e164(&number) && is_possible).then(|| PhoneNumber(number.into()))
}

/// All numbers that may be meant.
fn readings(typed: &TypedNumber, home: Option<&Plan>) -> Vec<String> {
    let digits = &typed.digits;
    if typed.plus {
        return Vec::from_iter(international(digits));
    }
    let mut meant = Vec::new();
    meant.extend(digits.strip_prefix("00").and_then(international));
    if let Some(home) = home {
        meant.extend(home.after_exit(digits).and_then(international));
        let with_code = |national: &str| format!("{}{national}", home.code);
        meant.extend(existing(with_code(digits)));
        meant.extend(home.without_prefix(digits).and_then(|national| existing(with_code(&national))));
        meant.extend(
            Some(digits).filter(|digits| digits.starts_with(&home.code)).and_then(|d| international(d)),
        );
    }
    meant
}

/// The number that starts with its country code; many people leave the 0 in that is dialled within the country.
fn international(digits: &str) -> Option<String> {
    existing(digits.to_owned()).or_else(|| {
        let split = Split::of(digits)?;
        let plan = split.main_plan();
        existing(format!("{}{}", plan.code, plan.without_prefix(split.national)?))
    })
}

fn existing(digits: String) -> Option<String> {
    let number = format!("+{digits}");
    (is_e164(&number) && Split::of(&digits)?.exists()).then_some(number)
}

/// Why no number is meant.
fn fault(typed: &TypedNumber, home: Option<&Plan>) -> UnusablePhoneNumber {
    let abroad = if typed.plus { Some(&typed.digits[..]) } else { typed.digits.strip_prefix("00") };
    let (plan, national) = match (abroad, home) {
        (Some(digits), _) => match Split::of(digits) {
            Some(split) => (split.plan().unwrap_or(split.main_plan()), split.national.to_owned()),
            None => return UnusablePhoneNumber::UnknownCode,
        },
        (None, Some(home)) => {
            let dialled = &typed.digits;
            (home, home.without_prefix(dialled).unwrap_or_else(|| dialled.clone()))
        }
        (None, None) => return UnusablePhoneNumber::NoCountry,
    };
    let place = match plan.country {
        Some(country) => format!("{country} (+{})", plan.code),
        None => format!("+{}", plan.code),
    };
    match plan.lengths() {
        Some((shortest, _)) if national.len() < shortest => UnusablePhoneNumber::TooShort(place),
        Some((_, longest)) if national.len() > longest => UnusablePhoneNumber::TooLong(place),
        _ => UnusablePhoneNumber::NotInUse(place),
    }
}

fn is_e164(text: &str) -> bool {
    text.strip_prefix('+').is_some_and(|digits| {
        (8..=15).contains(&digits.len())
            && !digits.starts_with('0')
            && digits.bytes().all(|byte| byte.is_ascii_digit())
    })
}

impl TryFrom<String> for PhoneNumber {
    type Error = InvalidPhoneNumber;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        if is_e164(&text) { Ok(Self(text.into())) } else { Err(InvalidPhoneNumber) }
    }
}

impl From<PhoneNumber> for String {
    fn from(number: PhoneNumber) -> Self {
        number.0.into()
    }
}

masked_debug!(PhoneNumber);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn phone_numbers_are_e164_or_refused() {
        for good in ["+14155550100", "+4915112345678", "+12345678", "+123456789012345"] {
            assert!(PhoneNumber::try_from(good.to_owned()).is_ok(), "{good}");
        }
        for bad in [
            "",
            "+",
            "14155550100",
            "+04155550100",
            "+1415555010a",
            "+1234567",
            "+1234567890123456",
            "+1 415 555 0100",
        ] {
            assert!(PhoneNumber::try_from(bad.to_owned()).is_err(), "{bad}");
        }
    }
}
