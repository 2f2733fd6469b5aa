//! `SendEmail` of SES, API version 2: REST JSON.

use base64::{Engine, engine::general_purpose::STANDARD};
use drumbeat_common::{Channel, EmailAddress, RecipientRef};
use serde::Deserialize;

use crate::{aws_error::AwsError, submission::Submission};

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct SendEmail {
    from_email_address: Option<String>,
    destination: Option<Destination>,
    content: Option<EmailContent>,
    #[serde(default)]
    email_tags: Vec<Tag>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Destination {
    #[serde(default)]
    to_addresses: Vec<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct EmailContent {
    simple: Option<Simple>,
    raw: Option<Raw>,
    template: Option<Template>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Simple {
    subject: Option<Text>,
    body: Option<Body>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Body {
    text: Option<Text>,
    html: Option<Text>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Text {
    data: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Raw {
    data: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Template {
    template_name: Option<String>,
    template_arn: Option<String>,
    template_content: Option<TemplateContent>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct TemplateContent {
    subject: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Tag {
    name: String,
    value: String,
}

/// API reference, `MessageTag`: the longest name or value.
const LONGEST_TAG: usize = 256;

/// Reads and checks a request as the service does.
pub(crate) fn read(body: &[u8]) -> Result<Submission, AwsError> {
    let call: SendEmail =
        serde_json::from_slice(body).map_err(|error| AwsError::serialization(Channel::Email, &error))?;
    let from = call.from_email_address.filter(|from| !from.is_empty());
    address(&from.ok_or_else(|| bad("FromEmailAddress is required"))?)?;
    let addresses = call.destination.map(|destination| destination.to_addresses).unwrap_or_default();
    let to = addresses.iter().map(|to| address(to)).collect::<Result<Vec<_>, _>>()?;
    let to = to.first().ok_or_else(|| bad("Destination.ToAddresses must name at least one address"))?;
    let text = text(call.content.ok_or_else(|| bad("Content is required"))?)?;
    check(&call.email_tags)?;
    Ok(Submission::new(to.as_str(), &text, recipient(&call.email_tags)))
}

/// What the message is known by: its subject, or the template it is made from.
fn text(content: EmailContent) -> Result<String, AwsError> {
    match content {
        EmailContent { simple: Some(simple), raw: None, template: None } => subject(simple),
        EmailContent { simple: None, raw: Some(raw), template: None } => raw_subject(raw),
        EmailContent { simple: None, raw: None, template: Some(template) } => template_name(template),
        _ => Err(bad("Content must have exactly one of Simple, Raw and Template")),
    }
}

fn subject(simple: Simple) -> Result<String, AwsError> {
    let body = simple.body.unwrap_or(Body { text: None, html: None });
    if [body.text, body.html].into_iter().flatten().all(|part| part.data.is_none()) {
        return Err(bad("Content.Simple.Body needs Text.Data or Html.Data"));
    }
    simple
        .subject
        .and_then(|subject| subject.data)
        .ok_or_else(|| bad("Content.Simple.Subject.Data is required"))
}

fn raw_subject(raw: Raw) -> Result<String, AwsError> {
    let data = raw.data.filter(|data| !data.is_empty()).ok_or_else(|| bad("Content.Raw.Data is required"))?;
    let data = STANDARD.decode(data).map_err(|_| bad("Content.Raw.Data is not base64"))?;
    let text = String::from_utf8_lossy(&data);
    let mut headers = text.lines().take_while(|line| !line.is_empty());
    let subject = headers.find_map(|line| {
        let (name, value) = line.split_once(':')?;
        name.eq_ignore_ascii_case("subject").then(|| value.trim().to_owned())
    });
    Ok(subject.unwrap_or_default())
}

fn template_name(template: Template) -> Result<String, AwsError> {
    let inline = template.template_content.map(|content| content.subject.unwrap_or_default());
    template
        .template_name
        .or(template.template_arn)
        .filter(|name| !name.is_empty())
        .or(inline)
        .ok_or_else(|| bad("Content.Template needs TemplateName, TemplateArn or TemplateContent"))
}

/// The address itself, with or without a name in front: `Shop <news@example.com>`.
fn address(text: &str) -> Result<EmailAddress, AwsError> {
    let address = text.rsplit_once('<').and_then(|(_, rest)| rest.strip_suffix('>')).unwrap_or(text);
    address.trim().parse().map_err(|error| bad(format!("Illegal address: {error}")))
}

/// API reference, `MessageTag`: ASCII letters, digits, `_` and `-`, and for values `.` and `@` too.
fn check(tags: &[Tag]) -> Result<(), AwsError> {
    let plain = |c: u8| c.is_ascii_alphanumeric() || matches!(c, b'_' | b'-');
    let fits = |text: &str, allowed: &dyn Fn(u8) -> bool| {
        (1..=LONGEST_TAG).contains(&text.len()) && text.bytes().all(allowed)
    };
    for Tag { name, value } in tags {
        if !fits(name, &plain) {
            return Err(bad(format!("Invalid tag name {name:?}")));
        }
        if !fits(value, &|c| plain(c) || matches!(c, b'.' | b'@')) {
            return Err(bad(format!("Invalid value of tag {name:?}")));
        }
    }
    Ok(())
}

fn recipient(tags: &[Tag]) -> Option<RecipientRef> {
    let value = |key| tags.iter().find(|tag| tag.name == key).map(|tag| tag.value.as_str());
    RecipientRef::from_parts(value(RecipientRef::CAMPAIGN_KEY)?, value(RecipientRef::INDEX_KEY)?).ok()
}

fn bad(message: impl Into<String>) -> AwsError {
    AwsError::rejected(Channel::Email, "BadRequestException", message)
}
