//! Whatever is typed is refused, or is a phone number that stays the same when it is read again.

#![no_main]

use drumbeat_common::{Country, PhoneNumber};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|typed: (&str, [u8; 2])| {
    let (text, country) = typed;
    let default = std::str::from_utf8(&country).ok().and_then(|letters| letters.parse::<Country>().ok());
    if let Ok(number) = PhoneNumber::normalized(text, default) {
        let again = PhoneNumber::normalized(number.as_str(), default);
        assert!(again.is_ok_and(|again| again == number));
        assert!(PhoneNumber::try_from(number.as_str().to_owned()).is_ok_and(|stored| stored == number));
        std::hint::black_box(number.country());
    }
});
