use aws_config::SdkConfig;
use aws_sdk_sesv2::{
    Client,
    error::BuildError,
    operation::send_email::SendEmailError,
    types::{Body, Content, Destination, EmailContent, Message, MessageTag},
};
use drumbeat_common::{EmailAddress, RecipientRef};

use super::{Departure, aws, not_set};
use crate::outcome::{Cause, Outcome};

/// Email through Amazon SES: `SendEmail`.
#[derive(Debug)]
pub(crate) struct Email {
    client: Client,
    from: Option<String>,
    configuration_set: Option<String>,
}

impl Email {
    pub(crate) fn new(aws: &SdkConfig, from: Option<String>, configuration_set: Option<String>) -> Self {
        Self { client: Client::new(aws), from, configuration_set }
    }

    pub(crate) async fn send(
        &self,
        to: EmailAddress,
        subject: String,
        text: String,
        html: Option<String>,
        recipient: RecipientRef,
        departure: Departure,
    ) -> Outcome {
        let Some(from) = &self.from else { return not_set("SES_FROM_ADDRESS", "email") };
        let (content, tags) = match content(subject, text, html).and_then(|c| Ok((c, tags(recipient)?))) {
            Ok(parts) => parts,
            Err(error) => return Outcome::Rejected(Cause::new("ConstructionFailure", error.to_string())),
        };
        let answer = self
            .client
            .send_email()
            .from_email_address(from)
            .destination(Destination::builder().to_addresses(to).build())
            .content(content)
            .set_email_tags(Some(tags))
            .set_configuration_set_name(self.configuration_set.clone())
            .customize()
            .mutate_request(departure.attach())
            .send()
            .await;
        aws::outcome(answer.map(|answer| answer.message_id), by_code)
    }
}

fn content(subject: String, text: String, html: Option<String>) -> Result<EmailContent, BuildError> {
    let utf8 = |data: String| Content::builder().data(data).charset("UTF-8").build();
    let body = Body::builder().text(utf8(text)?).set_html(html.map(utf8).transpose()?).build();
    Ok(EmailContent::builder().simple(Message::builder().subject(utf8(subject)?).body(body).build()).build())
}

fn tags(recipient: RecipientRef) -> Result<Vec<MessageTag>, BuildError> {
    let tag = |name, value: String| MessageTag::builder().name(name).value(value).build();
    Ok(vec![
        tag(RecipientRef::CAMPAIGN_KEY, recipient.campaign.to_string())?,
        tag(RecipientRef::INDEX_KEY, recipient.index.to_string())?,
    ])
}

fn by_code(_error: &SendEmailError, code: &str, cause: Cause) -> Option<Outcome> {
    Some(match code {
        "TooManyRequestsException" | "ThrottlingException" if is_daily_quota(&cause) => Outcome::Fatal(cause),
        "TooManyRequestsException" | "ThrottlingException" => Outcome::Throttled(cause),
        "BadRequestException" | "MessageRejected" => Outcome::Rejected(cause),
        "AccountSuspendedException"
        | "LimitExceededException"
        | "MailFromDomainNotVerifiedException"
        | "NotFoundException"
        | "SendingPausedException" => Outcome::Fatal(cause),
        _ => return None,
    })
}

/// SES has one code for two limits, and only its words tell them apart ("Errors related to the sending quotas for your
/// Amazon SES account", SES developer guide). The rate passes in a moment; the day's quota would be asked for all day.
fn is_daily_quota(cause: &Cause) -> bool {
    cause.message.starts_with("Daily message quota exceeded")
}
