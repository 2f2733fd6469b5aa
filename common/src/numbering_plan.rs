//! Which phone numbers there are, country by country: the metadata of Google's libphonenumber, as the `phonenumber`
//! crate carries it. Its patterns are compiled here, each once and anchored at both ends: the crate itself keeps a
//! hundred of them behind one lock, and compiles the others anew for each number.

use std::sync::{LazyLock, OnceLock};

use phonenumber::{
    Metadata, Type,
    metadata::{DATABASE, Descriptor},
};
use regex::{Regex, RegexBuilder};

use crate::Country;

/// The kinds of numbers that somebody can have.
const KINDS: [Type; 10] = [
    Type::FixedLine,
    Type::Mobile,
    Type::TollFree,
    Type::PremiumRate,
    Type::SharedCost,
    Type::PersonalNumber,
    Type::Voip,
    Type::Pager,
    Type::Uan,
    Type::Voicemail,
];

/// The plans by calling code; several share +1, +7, +44 and a few more, the largest of them first.
static BY_CODE: LazyLock<Vec<Vec<Plan>>> = LazyLock::new(|| {
    let sharing = |code| DATABASE.by_code(&code).unwrap_or_default().into_iter().map(Plan::new).collect();
    (0..1000).map(sharing).collect()
});

/// The numbers of one country, or of one service without a country (`+800`).
pub(crate) struct Plan {
    /// None for what belongs to no country.
    pub(crate) country: Option<Country>,
    /// What is dialled after the `+`.
    pub(crate) code: String,
    metadata: &'static Metadata,
    numbers: OnceLock<[Regex; 2]>,
    leading: Option<Pattern>,
    exit: Option<Pattern>,
    prefix: Option<Pattern>,
}

/// A pattern at the start of a number, compiled when it is first needed.
struct Pattern {
    source: String,
    compiled: OnceLock<Regex>,
}

impl Pattern {
    fn new(source: &str) -> Self {
        Self { source: format!("^(?:{source})"), compiled: OnceLock::new() }
    }

    fn regex(&self) -> &Regex {
        self.compiled.get_or_init(|| compile(&self.source))
    }
}

fn compile(source: &str) -> Regex {
    // The metadata breaks long patterns over several lines; and its \d means ten digits, not those of all scripts, which
    // would make each pattern many times as large.
    let regex = RegexBuilder::new(source).ignore_whitespace(true).unicode(false).build();
    regex.expect("libphonenumber's patterns compile: a test compiles them all")
}

impl Plan {
    fn new(metadata: &'static Metadata) -> Self {
        let prefix = metadata.national_prefix_for_parsing().map(|pattern| pattern.as_str());
        Self {
            country: metadata.id().parse().ok(),
            code: metadata.country_code().to_string(),
            metadata,
            numbers: OnceLock::new(),
            leading: metadata.leading_digits().map(|pattern| Pattern::new(pattern.as_str())),
            exit: metadata.international_prefix().map(|pattern| Pattern::new(pattern.as_str())),
            prefix: prefix.or(metadata.national_prefix()).map(Pattern::new),
        }
    }

    /// The plan of a country.
    pub(crate) fn of(country: Country) -> Option<&'static Self> {
        let code = DATABASE.by_id(country.as_str())?.country_code();
        BY_CODE.get(usize::from(code))?.iter().find(|plan| plan.country == Some(country))
    }

    /// Whether there is such a number, without its code.
    pub(crate) fn has(&self, national: &str) -> bool {
        let [any, typed] = self.numbers.get_or_init(|| {
            let whole = |source: String| compile(&format!("^(?:{source})$"));
            let pattern = |descriptor: &Descriptor| format!("(?:{})", descriptor.national_number().as_str());
            let typed: Vec<_> = self.kinds().map(pattern).collect();
            [whole(pattern(self.metadata.descriptors().general())), whole(typed.join("|"))]
        });
        typed.is_match(national) && any.is_match(national)
    }

    fn kinds(&self) -> impl Iterator<Item = &'static Descriptor> {
        let descriptors = self.metadata.descriptors();
        KINDS.into_iter().filter_map(|kind| descriptors.get(kind))
    }

    /// Whether any of its numbers are so long, without the code.
    pub(crate) fn has_length(&self, digits: usize) -> bool {
        let mut lengths = self.kinds().flat_map(Descriptor::possible_length);
        lengths.any(|length| usize::from(*length) == digits)
    }

    /// The shortest and the longest length that its numbers have, without the code.
    pub(crate) fn lengths(&self) -> Option<(usize, usize)> {
        let lengths = || self.kinds().flat_map(Descriptor::possible_length).copied();
        Some((lengths().min()?.into(), lengths().max()?.into()))
    }

    /// What follows the digits that are dialled here to reach another country.
    pub(crate) fn after_exit<'a>(&self, dialled: &'a str) -> Option<&'a str> {
        let exit = self.exit.as_ref()?.regex().find(dialled)?;
        Some(&dialled[exit.end()..])
    }

    /// The number that is meant by what is dialled here with a prefix, such as the 0 of many countries.
    pub(crate) fn without_prefix(&self, dialled: &str) -> Option<String> {
        let prefix = self.prefix.as_ref()?.regex();
        let found = prefix.captures(dialled)?;
        // As libphonenumber has it, the rule is for matches that reach the pattern's last group.
        let meant = match self.metadata.national_prefix_transform_rule() {
            Some(rule) if found.get(found.len() - 1).is_some() => prefix.replace(dialled, rule).into_owned(),
            _ => dialled[found.get(0)?.end()..].to_owned(),
        };
        Some(meant)
    }
}

/// A number's digits, split at its calling code.
#[derive(Clone, Copy)]
pub(crate) struct Split<'a> {
    /// Never empty.
    plans: &'static [Plan],
    /// What follows the code.
    pub(crate) national: &'a str,
}

impl<'a> Split<'a> {
    /// Splits ASCII digits; none where no calling code stands in front.
    pub(crate) fn of(digits: &'a str) -> Option<Self> {
        let mut code = 0;
        for (at, digit) in digits.bytes().enumerate().take(3) {
            code = code * 10 + usize::from(digit - b'0');
            // A code never starts with another one, nor with 0.
            match &BY_CODE[code][..] {
                [] if code > 0 => {}
                [] => return None,
                plans => return Some(Self { plans, national: &digits[at + 1..] }),
            }
        }
        None
    }

    /// The plan that the number belongs to, by its first digits where several share the code.
    pub(crate) fn plan(self) -> Option<&'static Plan> {
        match self.plans {
            [only] => Some(only),
            several => several.iter().find(|plan| match &plan.leading {
                Some(leading) => leading.regex().is_match(self.national),
                None => plan.has(self.national),
            }),
        }
    }

    /// Whether there is such a number.
    pub(crate) fn exists(self) -> bool {
        self.plan().is_some_and(|plan| plan.has(self.national))
    }

    /// The largest plan of the code.
    pub(crate) fn main_plan(self) -> &'static Plan {
        &self.plans[0]
    }
}
