use std::collections::BTreeMap;

use drumbeat_common::{
    Address, Content, ContentError, Message, Recipient, Template, TemplateBook, TemplateBookError,
    WhatsappContent,
};

const SMS: &str = r#"
id = "PROMO"
channel = "sms"
language = "en_US"
body = "Hi {{ first_name }}, {{ discount }} % off & more"
"#;
const EMAIL: &str = r#"
id = "PROMO"
channel = "email"
language = "en_US"
subject = "For {{ first_name }}"
body = "Hi {{ first_name }}"
html = "<p>Hi {{ first_name }}</p>"
"#;
const WHATSAPP: &str = r#"
id = "PROMO"
channel = "whatsapp"
language = "en_US"
name = "promo"
header = ["{{ discount }} %"]
parameters = ["{{ first_name }}", "{{ code|upper }}"]
body = "Hi {{ first_name }}, your code is {{ code }}"
"#;

fn template(toml: &str) -> Template {
    toml::from_str(toml).unwrap()
}

fn book() -> TemplateBook {
    TemplateBook::new([SMS, EMAIL, WHATSAPP].map(template)).unwrap()
}

fn sms() -> Address {
    Address::Sms("+14155550100".to_owned().try_into().unwrap())
}

fn recipient(address: Address, id: &str, variables: &[(&str, &str)]) -> Recipient {
    let variables: BTreeMap<_, _> =
        variables.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
    let content = Content::Template { id: id.to_owned().into(), variables };
    Recipient { customer_id: "CUST-1".to_owned(), address, content, clock: None }
}

fn render(recipient: &Recipient) -> Message {
    let book = book();
    book.check(recipient).unwrap();
    book.render(recipient).unwrap()
}

#[test]
fn one_name_has_a_text_for_each_channel() {
    let variables = [("first_name", "Ana"), ("discount", "20"), ("code", "abc")];
    let Message::Sms { text, .. } = render(&recipient(sms(), "PROMO", &variables)) else { panic!("no SMS") };
    assert_eq!(text, "Hi Ana, 20 % off & more");

    let number = "+14155550100".to_owned().try_into().unwrap();
    let message = render(&recipient(Address::Whatsapp(number), "PROMO", &variables));
    let Message::Whatsapp { content, .. } = message else { panic!("no WhatsApp message") };
    let expected = WhatsappContent::Template {
        name: "promo".to_owned(),
        language: "en_US".to_owned(),
        header: vec!["20 %".to_owned()],
        body: vec!["Ana".to_owned(), "ABC".to_owned()],
    };
    assert!(content == expected);
}

#[test]
fn html_is_escaped_in_html_only() {
    let address = Address::Email("ana@example.com".parse().unwrap());
    let message = render(&recipient(address, "PROMO", &[("first_name", "A & <b>")]));
    let Message::Email { subject, text, html, .. } = message else { panic!("no email") };
    assert_eq!(subject, "For A & <b>");
    assert_eq!(text, "Hi A & <b>");
    assert_eq!(html.as_deref(), Some("<p>Hi A &amp; &lt;b&gt;</p>"));
}

#[test]
fn what_a_template_needs_is_named() {
    let error = book().check(&recipient(sms(), "PROMO", &[("first_name", "Ana")])).unwrap_err();
    let words = r#"template "PROMO" needs variable "discount", which this recipient lacks"#;
    assert_eq!(error.to_string(), words);
    let error = book().check(&recipient(sms(), "PROMOTION", &[])).unwrap_err();
    assert_eq!(error.to_string(), r#"there is no template "PROMOTION" for sms"#);
}

#[test]
fn a_finished_message_fits_its_channel() {
    let message = |address, subject: Option<&str>, body: &str| {
        let content = Content::Message { subject: subject.map(str::to_owned), body: body.to_owned() };
        book().check(&Recipient { customer_id: "CUST-1".to_owned(), address, content, clock: None })
    };
    let email = || Address::Email("ana@example.com".parse().unwrap());
    assert!(message(sms(), None, "Hello").is_ok());
    assert!(message(email(), Some("Hi"), "Hello").is_ok());
    assert!(matches!(message(email(), None, "Hello"), Err(ContentError::NoSubject)));
    assert!(matches!(message(sms(), Some("Hi"), "Hello"), Err(ContentError::Subject(_))));
    assert!(matches!(message(sms(), None, " "), Err(ContentError::Empty)));
}

#[test]
fn a_folder_with_a_wrong_file_is_refused_by_the_name_of_the_file() {
    let folder = tempfile::tempdir().unwrap();
    let write = |name: &str, text: &str| std::fs::write(folder.path().join(name), text).unwrap();
    write("promo.sms.toml", SMS);
    write("notes.txt", "not a template");
    assert_eq!(TemplateBook::load(folder.path()).unwrap().iter().count(), 1);
    write("broken.toml", "id = 1");
    let error = TemplateBook::load(folder.path()).unwrap_err().to_string();
    assert!(error.contains("broken.toml"), "{error}");
}

#[test]
fn a_text_that_is_no_template_is_refused() {
    let broken = template(&SMS.replace("{{ discount }}", "{{ discount"));
    assert!(matches!(TemplateBook::new([broken]), Err(TemplateBookError::Syntax { .. })));
    assert!(matches!(
        TemplateBook::new([template(SMS), template(SMS)]),
        Err(TemplateBookError::Twice { .. })
    ));
}
