/// How a text message is written for the network.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SmsEncoding {
    /// Seven bits a character: the default alphabet of 3GPP TS 23.038 (once GSM 03.38) with its extension table.
    Gsm7,
    /// Sixteen bits a unit: any text with at least one other character.
    Ucs2,
}

/// What a text message costs: networks carry 140 bytes at once, and a longer text goes out in parts. AWS charges for parts,
/// and counts its quotas in them.
///
/// Lengths: AWS End User Messaging SMS user guide, "SMS character limits". Alphabet: 3GPP TS 23.038, 6.2.1 and 6.2.1.1.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SmsParts {
    /// How the text is written.
    pub encoding: SmsEncoding,
    /// Its length: septets, where a character of the extension table counts two, or UTF-16 code units.
    pub units: u32,
    /// How many parts it goes out in, at least one.
    pub parts: u32,
}

impl SmsParts {
    /// Counts a text, in one pass.
    #[must_use]
    pub fn of(text: &str) -> Self {
        let (mut gsm7, mut ucs2) = (Some(Split::of(153)), Split::of(67));
        for char in text.chars() {
            gsm7 = gsm7.and_then(|split| Some(split.with(septets(char)?)));
            ucs2 = ucs2.with(char.len_utf16() as u32);
        }
        match gsm7 {
            Some(split) => split.counted(SmsEncoding::Gsm7, 160),
            None => ucs2.counted(SmsEncoding::Ucs2, 70),
        }
    }
}

/// A text that is cut into parts as it is read. What belongs together, an escape with its character or the two halves of a
/// surrogate pair, is never cut, so the last unit of a part may stay empty.
#[derive(Debug, Clone, Copy)]
struct Split {
    part_length: u32,
    units: u32,
    parts: u32,
    in_last_part: u32,
}

impl Split {
    const fn of(part_length: u32) -> Self {
        Self { part_length, units: 0, parts: 1, in_last_part: 0 }
    }

    const fn with(mut self, units: u32) -> Self {
        self.units += units;
        self.in_last_part += units;
        if self.in_last_part > self.part_length {
            self.parts += 1;
            self.in_last_part = units;
        }
        self
    }

    /// A text that fits into one message is not cut: it needs no room for its place among the parts.
    const fn counted(self, encoding: SmsEncoding, longest_whole: u32) -> SmsParts {
        let parts = if self.units <= longest_whole { 1 } else { self.parts };
        SmsParts { encoding, units: self.units, parts }
    }
}

/// How many septets a character takes; none where GSM-7 does not have it.
const fn septets(char: char) -> Option<u32> {
    match char {
        '\n' | '\r' | ' '..='Z' | '_' | 'a'..='z' => Some(1),
        '¡' | '£' | '¤' | '¥' | '§' | '¿' | 'Ä' | 'Å' | 'Æ' | 'Ç' | 'É' | 'Ñ' | 'Ö' | 'Ø' | 'Ü' | 'ß' => {
            Some(1)
        }
        'à' | 'ä' | 'å' | 'æ' | 'è' | 'é' | 'ì' | 'ñ' | 'ò' | 'ö' | 'ø' | 'ù' | 'ü' => Some(1),
        'Γ' | 'Δ' | 'Θ' | 'Λ' | 'Ξ' | 'Π' | 'Σ' | 'Φ' | 'Ψ' | 'Ω' => Some(1),
        '\u{c}' | '[' | '\\' | ']' | '^' | '{' | '|' | '}' | '~' | '€' => Some(2),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The default alphabet in the order of its table, without the escape.
    const ALPHABET: &str = "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?\
        ¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà";
    const EXTENSION: &str = "\u{c}^{}\\[~]|€";

    fn gsm7(text: &str) -> (u32, u32) {
        counted(text, SmsEncoding::Gsm7)
    }

    fn ucs2(text: &str) -> (u32, u32) {
        counted(text, SmsEncoding::Ucs2)
    }

    fn counted(text: &str, expected: SmsEncoding) -> (u32, u32) {
        let SmsParts { encoding, units, parts } = SmsParts::of(text);
        assert_eq!(encoding, expected, "{text:?}");
        (units, parts)
    }

    #[test]
    fn the_alphabet_has_127_characters_of_one_septet_and_ten_of_two() {
        assert_eq!(ALPHABET.chars().count(), 127);
        assert_eq!(gsm7(ALPHABET), (127, 1));
        assert_eq!(gsm7(EXTENSION), (20, 1));
        let known = |char: &char| septets(*char).is_some();
        assert_eq!((char::MIN..=char::MAX).filter(known).count(), 127 + 10);
    }

    #[test]
    fn one_foreign_character_makes_the_whole_text_ucs2() {
        for foreign in ["`", "ç", "á", "’", "…", "\t", "\u{1b}", "\u{a0}", "я", "日"] {
            assert_eq!(ucs2(foreign), (1, 1));
        }
        assert_eq!(ucs2("Hello €5 ç"), (10, 1));
    }

    #[test]
    fn gsm7_holds_160_alone_and_153_in_a_part() {
        let text = |length| "a".repeat(length);
        for (length, parts) in [(0, 1), (1, 1), (160, 1), (161, 2), (306, 2), (307, 3), (459, 3), (460, 4)] {
            assert_eq!(gsm7(&text(length)), (length as u32, parts));
        }
    }

    #[test]
    fn ucs2_holds_70_alone_and_67_in_a_part() {
        for (length, parts) in [(1, 1), (70, 1), (71, 2), (134, 2), (135, 3), (201, 3), (202, 4)] {
            assert_eq!(ucs2(&"я".repeat(length)), (length as u32, parts));
        }
    }

    #[test]
    fn an_extension_character_is_never_cut_in_two() {
        assert_eq!(gsm7(&"€".repeat(80)), (160, 1));
        assert_eq!(gsm7(&format!("a{}", "€".repeat(80))), (161, 2));
        // Each part of 153 holds 76 of them, and one septet stays empty.
        assert_eq!(gsm7(&"€".repeat(152)), (304, 2));
        assert_eq!(gsm7(&"€".repeat(153)), (306, 3));
        // Behind one septet, 76 of them fill the part.
        assert_eq!(gsm7(&format!("a{}a{}", "€".repeat(76), "€".repeat(76))), (306, 2));
    }

    #[test]
    fn a_surrogate_pair_is_never_cut_in_two() {
        assert_eq!(ucs2(&"😀".repeat(35)), (70, 1));
        assert_eq!(ucs2(&"😀".repeat(66)), (132, 2));
        assert_eq!(ucs2(&"😀".repeat(67)), (134, 3));
        assert_eq!(ucs2(&format!("a{}a{}", "😀".repeat(33), "😀".repeat(33))), (134, 2));
    }
}
