use std::collections::BTreeMap;

use drumbeat_common::{
    Address, Channel, Content, ContentError, Message, Recipient, Template, TemplateBook, TemplateBookError,
    TemplateParts, WhatsappContent,
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
fn the_templates_of_the_demo_can_be_filled() {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../data/demo/templates");
    assert_eq!(TemplateBook::load(&folder).unwrap().iter().count(), 12);
}

/// A folder with one more file than a good one has, and why it cannot be read.
fn refused(file: &str) -> String {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("promo.sms.toml"), SMS).unwrap();
    assert_eq!(TemplateBook::load(folder.path()).unwrap().iter().count(), 1);
    std::fs::write(folder.path().join("broken.toml"), file).unwrap();
    let error = TemplateBook::load(folder.path()).unwrap_err().to_string();
    let path = folder.path().join("broken.toml").display().to_string();
    error.strip_prefix(&path).unwrap_or_else(|| panic!("{error}")).to_owned()
}

#[test]
fn a_folder_with_a_wrong_file_is_refused_by_the_name_and_line_of_the_file() {
    let other = |key: &str, value: &str| {
        let lines = SMS.replace("PROMO", "OTHER");
        lines
            .lines()
            .map(|line| if line.starts_with(key) { value } else { line })
            .collect::<Vec<_>>()
            .join("\n")
    };
    for (file, line, words) in [
        ("id = ".to_owned(), 1, "TOML parse error"),
        ("id = 1".to_owned(), 1, "missing field `channel`"),
        (other("language", "langauge = 'en_US'"), 4, "unknown field `langauge`"),
        (other("language", "name = 'promo'\nlanguage = 'en_US'"), 4, "unknown field `name`"),
        (other("language", "language = 5"), 4, "invalid type: integer `5`"),
        (other("channel", "channel = 'fax'"), 3, "unknown variant `fax`"),
        (other("body", ""), 1, "missing field `body`"),
    ] {
        let error = refused(&file);
        assert!(error.contains(words), "{file}: {error}");
        assert!(error.contains(&format!("line {line},")), "{file}: {error}");
    }
}

#[test]
fn a_folder_with_a_template_that_can_never_be_filled_is_refused_by_the_line_of_the_file() {
    let of_body = |body: &str| {
        format!(
            "id = \"OTHER\"\nchannel = \"sms\"\nlanguage = \"en_US\"\nbody = \"\"\"\nHi\n{body}\n\"\"\"\n"
        )
    };
    for (body, words) in [
        ("{{ first_name", "syntax error: unexpected end of input, expected end of variable block"),
        ("{{ first_name|uper }}", "there is no filter \"uper\""),
        ("{% if false %}{{ first_name|uper }}{% endif %}", "there is no filter \"uper\""),
        ("{% if first_name is sweet %}{% endif %}", "there is no test \"sweet\""),
        ("{{ today() }}", "there is no function \"today\""),
        ("{{ first_name() }}", "there is no function \"first_name\""),
        ("{{ first_name.upper() }}", "there is no method \"upper\""),
        ("{% include 'footer' %}", "syntax error: unknown statement include"),
        ("{% import 'macros' as m %}", "syntax error: unknown statement import"),
        ("{% extends 'base' %}", "syntax error: unknown statement extends"),
    ] {
        let error = refused(&of_body(body));
        assert!(error.contains(words), "{body}: {error}");
        assert!(error.starts_with(":6: ") && error.ends_with(" (in body)"), "{body}: {error}");
    }
    let whatsapp = WHATSAPP.replace("PROMO", "OTHER").replace("code|upper", "code|uper");
    assert_eq!(refused(&whatsapp), ":7: there is no filter \"uper\" (in parameters.1)");
}

#[test]
fn a_text_that_is_no_template_is_refused() {
    let broken = template(&SMS.replace("{{ discount }}", "{{ discount"));
    let error = TemplateBook::new([broken]).unwrap_err().to_string();
    assert!(error.starts_with("template PROMO for sms, line 1: syntax error"), "{error}");
    assert!(matches!(
        TemplateBook::new([template(SMS), template(SMS)]),
        Err(TemplateBookError::Twice { .. })
    ));
}

fn book_of(body: &str) -> TemplateBook {
    TemplateBook::new([Template {
        id: "PROMO".to_owned().into(),
        language: "en_US".to_owned(),
        parts: TemplateParts::Sms { body: body.to_owned() },
    }])
    .unwrap()
}

#[test]
fn what_the_engine_offers_is_no_variable() {
    let book = book_of("{% for i in range(n|int) %}{{ loop.cycle('a', 'b') }}{{ i }}{% endfor %}");
    let recipient = recipient(sms(), "PROMO", &[("n", "3")]);
    book.check(&recipient).unwrap();
    let Message::Sms { text, .. } = book.render(&recipient).unwrap() else { panic!("no SMS") };
    assert_eq!(text, "a0b1a2");
    assert_eq!(Vec::from_iter(book.variables(book.iter().next().unwrap())), ["n"]);
}

#[test]
fn a_template_that_would_not_end_fails() {
    let doubling = "{% set ns = namespace(s='ab') %}{% for i in range(60) %}{% set ns.s = ns.s ~ ns.s %}{% endfor %}{{ ns.s }}";
    for body in [
        "{% for a in range(9999) %}{% for b in range(9999) %}{% for c in range(9999) %}{% endfor %}{% endfor %}{% endfor %}",
        doubling,
        "{{ 'ab' * 1000000000 }}",
        "{{ range(100000)|join }}",
        "{% for a in [[[]]] recursive %}{{ loop([a, [a]]) }}{% endfor %}",
    ] {
        let error = book_of(body).render(&recipient(sms(), "PROMO", &[])).map(drop).unwrap_err().to_string();
        assert!(error.starts_with("template \"PROMO\" cannot be filled: "), "{error}");
        if body.contains("recursive") {
            continue;
        }
        assert!(error.contains("it loops or nests without end, or grows beyond 1 MiB"), "{body}: {error}");
    }
}

#[test]
fn a_long_text_is_filled() {
    let long = "0123456789".repeat(20_000);
    let Message::Sms { text, .. } =
        book_of("{{ text }}{{ text }}").render(&recipient(sms(), "PROMO", &[("text", &long)])).unwrap()
    else {
        panic!("no SMS")
    };
    assert_eq!(text.len(), 400_000);
}

#[test]
fn a_preview_shows_every_part() {
    let variables = [("first_name", "Ana"), ("discount", "20"), ("code", "abc")];
    let variables = BTreeMap::from(variables.map(|(name, value)| (name.to_owned(), value.to_owned())));
    let preview = book().preview(Channel::Whatsapp, &"PROMO".to_owned().into(), &variables).unwrap();
    let expected = TemplateParts::Whatsapp {
        name: "promo".to_owned(),
        header: vec!["20 %".to_owned()],
        parameters: vec!["Ana".to_owned(), "ABC".to_owned()],
        body: "Hi Ana, your code is abc".to_owned(),
    };
    assert_eq!(preview.parts, expected);
    let error = book().preview(Channel::Sms, &"PROMO".to_owned().into(), &BTreeMap::new()).unwrap_err();
    assert!(
        matches!(error, ContentError::MissingVariables { missing, .. } if missing == ["discount", "first_name"])
    );
}
