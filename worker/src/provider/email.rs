use aws_config::SdkConfig;
use aws_sdk_sesv2::{
    Client,
    error::{BuildError, SdkError},
    operation::send_email::SendEmailError,
    types::{Body, Content, Destination, EmailContent, Message, MessageTag},
};
use drumbeat_common::{EmailAddress, RecipientRef};

use super::{aws, not_set};
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
            .send()
            .await;
        match answer {
            Ok(answer) => answer
                .message_id
                .map_or_else(aws::no_message_id, |message_id| Outcome::Accepted { message_id }),
            Err(error) => outcome_of(&error),
        }
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

fn outcome_of(error: &SdkError<SendEmailError, aws::Response>) -> Outcome {
    aws::outcome_of(error, |code, cause| {
        Some(match code {
            "TooManyRequestsException" | "ThrottlingException" => Outcome::Throttled(cause),
            "BadRequestException" | "MessageRejected" => Outcome::Rejected(cause),
            "AccountSuspendedException"
            | "LimitExceededException"
            | "MailFromDomainNotVerifiedException"
            | "NotFoundException"
            | "SendingPausedException" => Outcome::Fatal(cause),
            code if aws::is_rejected_request(code) => Outcome::Fatal(cause),
            _ => return None,
        })
    })
}
