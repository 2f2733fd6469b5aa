use std::{collections::BTreeSet, fs};

use serde_json::{Value, json};

use crate::house::{phone, root};

const FIELDS: [&str; 5] = ["customer_id", "channel", "phone", "email", "template_id"];

/// The sample's people, over and over, each with an id and an address of their own.
pub(crate) fn people(first: u32, count: u32) -> Vec<Value> {
    let sample = fs::read(root().join("data/demo/campaign.json")).unwrap();
    let sample: Value = serde_json::from_slice(&sample).unwrap();
    let known = sample["recipients"].as_array().unwrap();
    let person = |(index, known): (u32, &Value)| {
        let mut person = known.clone();
        person["customer_id"] = format!("CUST-{index:06}").into();
        match person["channel"].as_str().unwrap() {
            "email" => person["email"] = format!("success+{index:06}@simulator.amazonses.com").into(),
            _ => person["phone"] = phone(index).into(),
        }
        person
    };
    (first..first + count).zip(known.iter().cycle()).map(person).collect()
}

/// Some of them as a file, among them a few who cannot be reached.
pub(crate) fn list() -> String {
    let mut people = people(0, 2_400);
    people[1_003]["phone"] = json!("+1 415 555");
    people[640]["template_id"] = json!("SPRING_SALE");
    people[641]["template_id"] = json!("SPRING_SALE");
    let variables: BTreeSet<_> =
        people.iter().flat_map(|one| one["variables"].as_object().unwrap().keys().cloned()).collect();
    let cell = |value: &Value| format!("\"{}\"", value.as_str().unwrap_or_default());
    let row = |one: &Value| {
        let fields = FIELDS.iter().map(|field| cell(&one[*field]));
        fields.chain(variables.iter().map(|name| cell(&one["variables"][name]))).collect::<Vec<_>>().join(",")
    };
    let header =
        FIELDS.iter().copied().chain(variables.iter().map(String::as_str)).collect::<Vec<_>>().join(",");
    std::iter::once(header).chain(people.iter().map(row)).collect::<Vec<_>>().join("\n")
}
