use std::collections::BTreeSet;

use drumbeat_common::{Country, PhoneNumber, UnusablePhoneNumber};
use phonenumber::{Type, metadata::DATABASE};

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

fn country(letters: &str) -> Country {
    letters.parse().unwrap()
}

fn read(text: &str, default: &str) -> Result<String, UnusablePhoneNumber> {
    let default = if default.is_empty() { None } else { Some(country(default)) };
    PhoneNumber::normalized(text, default).map(String::from)
}

/// A number of each kind in each country, where it has one: all that the metadata gives as examples.
fn examples() -> impl Iterator<Item = (&'static str, String)> {
    DATABASE.iter().flat_map(|plan| {
        let numbers = KINDS.into_iter().filter_map(|kind| plan.descriptors().get(kind)?.example());
        numbers.map(|national| (plan.id(), format!("+{}{national}", plan.country_code())))
    })
}

#[test]
fn a_number_of_every_kind_in_every_country_stays_as_it_is() {
    let mut count = 0;
    for (_, number) in examples().filter(|(_, number)| (9..=16).contains(&number.len())) {
        assert_eq!(read(&number, "").as_ref(), Ok(&number));
        count += 1;
    }
    assert!(count > 900, "{count}");
}

#[test]
fn a_number_tells_its_country_even_where_several_share_a_code() {
    for (number, expected) in [
        ("+14155550100", Some("US")),
        ("+14165550100", Some("CA")),
        ("+12425550100", Some("BS")),
        ("+77012345678", Some("KZ")),
        ("+79012345678", Some("RU")),
        ("+447400123456", Some("GB")),
        ("+447797712345", Some("JE")),
        ("+390669812345", Some("VA")),
        ("+4915112345678", Some("DE")),
        ("+80012345678", None),
        ("+12005550100", Some("US")),
        ("+999123456789", None),
    ] {
        let stored = PhoneNumber::try_from(number.to_owned()).unwrap();
        assert_eq!(stored.country(), expected.map(country), "{number}");
    }
}

#[test]
fn numbers_are_read_as_people_type_them() {
    for (text, default, expected) in [
        ("+14155550100", "", "+14155550100"),
        // No area that is known, and so written by somebody who knows better.
        ("+1 200 555 0100", "DE", "+12005550100"),
        ("+1 (415) 555-0100", "", "+14155550100"),
        ("001 415 555 0100", "", "+14155550100"),
        ("(415) 555-0100", "US", "+14155550100"),
        ("1-415-555-0100", "US", "+14155550100"),
        ("011 49 1512 3456789", "US", "+4915123456789"),
        ("0049 1512 3456789", "US", "+4915123456789"),
        ("+49 1512 3456789", "US", "+4915123456789"),
        ("0151 2345 6789", "DE", "+4915123456789"),
        ("447400 123456", "GB", "+447400123456"),
        ("+49 (0)151 23456789", "", "+4915123456789"),
        ("+44 (0)20 7183 8750", "DE", "+442071838750"),
        ("020 7183 8750", "GB", "+442071838750"),
        ("06 6982 1234", "IT", "+390669821234"),
        ("8 (912) 345-67-89", "RU", "+79123456789"),
        ("011 15-2345-6789", "AR", "+5491123456789"),
        ("０９０－１２３４－５６７８", "JP", "+819012345678"),
    ] {
        assert_eq!(read(text, default).as_deref(), Ok(expected), "{text} in {default}");
    }
}

#[test]
fn what_cannot_be_a_number_is_refused_with_what_to_do() {
    use UnusablePhoneNumber::{NoCountry, NotANumber, NotInUse, TooLong, TooShort, UnknownCode};
    let us = || "US (+1)".to_owned();
    for (text, default, expected) in [
        ("", "", NotANumber),
        ("1-800-FLOWERS", "US", NotANumber),
        ("+1 415 555 0100 ext. 5", "", NotANumber),
        ("+1415555010\0", "", NotANumber),
        ("415 555 0100", "", NoCountry),
        ("415 555 0100", "ZZ", NoCountry),
        ("+999 123456789", "", UnknownCode),
        ("+0 415 555 0100", "", UnknownCode),
        ("555-0100", "US", TooShort(us())),
        ("12345", "US", TooShort(us())),
        ("+1 415 555 010", "", TooShort(us())),
        ("+1 415 555 01000", "", TooLong(us())),
        ("200 555 0100", "US", NotInUse(us())),
        ("415 155 0100", "US", NotInUse(us())),
    ] {
        assert_eq!(read(text, default), Err(expected), "{text} in {default}");
    }
    let error = read("200 555 0100", "US").unwrap_err().to_string();
    assert_eq!(error, "no number that there is in US (+1): check the area code and each digit");
}

#[test]
fn a_number_that_may_be_two_peoples_is_nobodys() {
    // One of Düsseldorf, +49 211, without its +, or one of Emden, 04921, without its 0.
    let error = read("4921 12345678", "DE").unwrap_err();
    assert_eq!(error, UnusablePhoneNumber::Ambiguous);
}

#[test]
fn endless_texts_are_refused() {
    for text in ["9", " ", "\0", "+", "٣"] {
        assert_eq!(read(&text.repeat(10_000_000), "DE"), Err(UnusablePhoneNumber::NotANumber));
    }
}

#[test]
fn every_number_of_the_sample_campaign_is_one() {
    let campaign = include_str!("../../../data/demo/campaign.json");
    let campaign: serde_json::Value = serde_json::from_str(campaign).unwrap();
    let recipients = campaign["recipients"].as_array().unwrap();
    let phones: BTreeSet<_> = recipients.iter().filter_map(|recipient| recipient["phone"].as_str()).collect();
    assert!(phones.len() > 500, "{}", phones.len());
    for phone in phones {
        assert_eq!(read(phone, "").as_deref(), Ok(phone));
    }
}
