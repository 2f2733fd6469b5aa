/// More is no phone number, however it is written.
const MAX_BYTES: usize = 100;
/// 15 digits, and before them the longest of what is dialled to reach another country.
const MAX_DIGITS: usize = 22;

/// The zeros of the scripts in which people write phone numbers; the other nine digits follow each.
const ZEROS: [char; 14] = ['0', '٠', '۰', '߀', '०', '০', '੦', '૦', '୦', '௦', '౦', '๐', '໐', '０'];

/// A phone number as somebody typed it, without what only makes it readable.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct TypedNumber {
    /// ASCII digits; at least one.
    pub(crate) digits: String,
    /// Whether a `+` stands before the first digit.
    pub(crate) plus: bool,
}

impl TypedNumber {
    /// Reads a text; none where it holds anything but one number.
    pub(crate) fn read(text: &str) -> Option<Self> {
        if text.len() > MAX_BYTES {
            return None;
        }
        let mut number = Self { digits: String::new(), plus: false };
        for character in text.chars() {
            if let Some(digit) = digit(character) {
                number.digits.push(digit);
            } else if matches!(character, '+' | '＋') && number.digits.is_empty() && !number.plus {
                number.plus = true;
            } else if !is_punctuation(character) {
                return None;
            }
        }
        (1..=MAX_DIGITS).contains(&number.digits.len()).then_some(number)
    }
}

fn digit(character: char) -> Option<char> {
    let value = ZEROS.iter().find_map(|&zero| {
        let distance = u32::from(character).checked_sub(u32::from(zero))?;
        (distance < 10).then_some(distance)
    })?;
    char::from_digit(value, 10)
}

/// Spaces, dashes, dots, slashes and brackets of all widths, and the marks of reading direction that come along when a
/// number is copied from an address book.
fn is_punctuation(character: char) -> bool {
    let invisible = matches!(character, '\u{ad}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}' | '\u{2066}'..='\u{2069}' | '\u{feff}');
    let dash = matches!(character, '-' | '\u{2010}'..='\u{2015}' | '\u{2212}' | 'ー' | '－');
    let other = matches!(
        character,
        '.' | '/' | '(' | ')' | '[' | ']' | '·' | '．' | '／' | '（' | '）' | '［' | '］'
    );
    character.is_whitespace() || invisible || dash || other
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Option<(String, bool)> {
        TypedNumber::read(text).map(|number| (number.digits, number.plus))
    }

    #[test]
    fn what_only_makes_a_number_readable_is_left_out() {
        let number = Some(("14155550100".to_owned(), true));
        for text in [
            "+14155550100",
            " +1 (415) 555-0100 ",
            "+1.415.555.0100",
            "+1\u{a0}415\u{202f}555\u{2011}0100",
            "\u{202d}+1 415 555 0100\u{202c}",
            "(+1) 415/555/0100",
            "＋１（４１５）５５５－０１００",
            "+١٤١٥٥٥٥٠١٠٠",
            "+१४१५५५५०१००",
        ] {
            assert_eq!(read(text), number, "{text}");
        }
        assert_eq!(read("030 123456"), Some(("030123456".to_owned(), false)));
    }

    #[test]
    fn what_is_not_one_number_is_refused() {
        for text in [
            "",
            " ",
            "+",
            "1-800-FLOWERS",
            "+1 415 555 0100 ext. 5",
            "+1 415 555 0100 x5",
            "+1 415 555 0100,5",
            "+1 415 555 0100;ext=5",
            "tel:+14155550100",
            "+1 415 555 0100 / +1 415 555 0101",
            "++14155550100",
            "1+4155550100",
            "*100#",
            "+1415555010\0",
            "½",
        ] {
            assert_eq!(read(text), None, "{text}");
        }
        assert_eq!(read(&"1".repeat(23)), None);
        assert_eq!(read(&"1".repeat(10_000_000)), None);
        assert_eq!(read(&" ".repeat(10_000_000)), None);
    }
}
