//! The sample campaign can be sent, and cannot reach anybody.
#![expect(clippy::unwrap_used, reason = "a test may panic in its helpers too")]

use std::{
    collections::{BTreeMap, HashSet},
    path::{Path, PathBuf},
};

use drumbeat_api::{CampaignRequest, RecipientRequest};
use drumbeat_common::{
    Address, Channel, Content, Message, Recipient, TemplateBook, TemplateId, TemplateParts,
};
use drumbeat_simulator::DemoAccount;
use serde_json::Value;

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../data/demo")
}

fn text() -> String {
    std::fs::read_to_string(folder().join("campaign.json")).unwrap()
}

fn campaign() -> CampaignRequest {
    serde_json::from_str(&text()).unwrap()
}

fn recipient(request: &RecipientRequest) -> Recipient {
    let phone = || request.phone.clone().unwrap().try_into().unwrap();
    let address = match request.channel.unwrap() {
        Channel::Sms => Address::Sms(phone()),
        Channel::Whatsapp => Address::Whatsapp(phone()),
        Channel::Email => Address::Email(request.email.clone().unwrap().try_into().unwrap()),
    };
    let variables: BTreeMap<_, _> = request
        .variables
        .iter()
        .flatten()
        .map(|(name, value)| match value {
            Value::String(text) => (name.clone(), text.clone()),
            other => panic!("{name} of {} is {other}", request.customer_id),
        })
        .collect();
    let id = TemplateId::from(request.template_id.clone().unwrap());
    let content = Content::Template { id, variables };
    Recipient { customer_id: request.customer_id.clone(), address, content, clock: None }
}

#[test]
fn it_has_a_thousand_customers_on_three_channels() {
    let recipients = campaign().recipients;
    let on = |channel| recipients.iter().filter(|recipient| recipient.channel == Some(channel)).count();
    assert_eq!([on(Channel::Sms), on(Channel::Whatsapp), on(Channel::Email)], [400, 350, 250]);
    let customers: HashSet<_> = recipients.iter().map(|recipient| &recipient.customer_id).collect();
    assert_eq!(customers.len(), 1000);
}

#[test]
fn each_recipient_has_a_line() {
    let lines = text().lines().filter(|line| line.starts_with("{\"customer_id\":")).count();
    assert_eq!(lines, 1000);
}

#[test]
fn every_address_is_one_persons_and_nobodys() {
    let (mut seen, mut numbers) = (HashSet::new(), HashSet::new());
    for request in campaign().recipients {
        let recipient = recipient(&request);
        let address = recipient.address.as_str();
        assert!(seen.insert(address.to_owned()), "{} has another's address", recipient.customer_id);
        match recipient.address {
            Address::Sms(_) | Address::Whatsapp(_) => {
                // Area code, then 555-0100 to 555-0199: set aside for fiction by the North American Numbering Plan.
                let (area, rest) = address.strip_prefix("+1").unwrap().split_at(3);
                assert!(area.starts_with(['2', '3', '4', '5', '6', '7', '8', '9']), "{address}");
                assert!(rest.len() == 7 && rest.starts_with("55501"), "{address}");
                numbers.insert(area.to_owned());
            }
            // SES's mailbox simulator, which takes any label after the `+`.
            Address::Email(_) => {
                let label = address.strip_prefix("success+").unwrap();
                assert_eq!(label.split_once('@').unwrap().1, "simulator.amazonses.com");
            }
        }
    }
    assert!(numbers.len() > 20, "only {} area codes", numbers.len());
}

#[test]
fn the_simulator_knows_every_whatsapp_template_as_approved() {
    let known: HashSet<_> = DemoAccount::default()
        .templates
        .into_iter()
        .filter(|template| template.status == "APPROVED")
        .map(|template| (template.name, template.language))
        .collect();
    let book = TemplateBook::load(&folder().join("templates")).unwrap();
    for template in book.iter() {
        if let TemplateParts::Whatsapp { name, .. } = &template.parts {
            assert!(known.contains(&(name.clone(), template.language.clone())), "{name}");
        }
    }
}

#[test]
fn everybody_fills_their_template_to_the_last_variable() {
    let book = TemplateBook::load(&folder().join("templates")).unwrap();
    let mut used = HashSet::new();
    for request in campaign().recipients {
        let recipient = recipient(&request);
        book.check(&recipient).unwrap();
        let message = book.render(&recipient).unwrap();
        used.insert((request.channel, request.template_id.unwrap()));
        if let Message::Sms { text, .. } = message {
            assert!(text.contains("STOP"), "no way out in {text:?}");
            // One part: ASCII and é, ü, ñ are all of GSM-7 that the texts and names use.
            assert!(text.chars().all(|c| c.is_ascii() || "éüñ".contains(c)), "{text:?}");
            assert!(text.chars().count() <= 160, "{text:?}");
        }
    }
    assert_eq!(used.len(), book.iter().count(), "every template has somebody");
}
