//! A simulator on a port of its own, with a client of each service.

use aws_config::{BehaviorVersion, Region, retry::RetryConfig};
use aws_sdk_dynamodb as dynamodb;
use aws_sdk_pinpointsmsvoicev2::{
    self as sms,
    error::SdkError,
    operation::send_text_message::{SendTextMessageError, SendTextMessageOutput},
};
use aws_sdk_sesv2::{
    self as ses,
    operation::send_email::{SendEmailError, SendEmailOutput},
    types::{Body, Content, Destination, EmailContent, Message, MessageTag},
};
use aws_sdk_socialmessaging::{
    self as social,
    operation::send_whats_app_message::{SendWhatsAppMessageError, SendWhatsAppMessageOutput},
    primitives::Blob,
};
use aws_sdk_sqs as sqs;
use drumbeat_common::RecipientRef;
use drumbeat_simulator::{Settings, Stats};
use serde_json::{Value, json};
use tokio::{net::TcpListener, sync::oneshot, task::JoinHandle};

pub(crate) const PHONE: &str = "+14155550100";
pub(crate) const EMAIL: &str = "ana@example.com";

pub(crate) struct Stand {
    pub(crate) url: String,
    pub(crate) http: reqwest::Client,
    pub(crate) sms: sms::Client,
    pub(crate) social: social::Client,
    pub(crate) ses: ses::Client,
    pub(crate) dynamodb: dynamodb::Client,
    pub(crate) sqs: sqs::Client,
    /// Dropping it shuts the simulator down.
    pub(crate) stop: oneshot::Sender<()>,
    pub(crate) serving: JoinHandle<std::io::Result<()>>,
}

impl Stand {
    /// A message is accepted while its answer is still held up.
    pub(crate) async fn accepts_before_it_answers(&self) {
        let call = self.sms.send_text_message().destination_phone_number(PHONE).message_body("Hello").send();
        let call = tokio::spawn(call);
        while self.stats().await.total == 0 {
            tokio::task::yield_now().await;
        }
        assert!(!call.is_finished());
        call.abort();
    }

    pub(crate) async fn start(settings: Value) -> Self {
        let settings: Settings = serde_json::from_value(settings).unwrap();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let (stop, stopped) = oneshot::channel::<()>();
        let serving = tokio::spawn(drumbeat_simulator::serve(listener, settings, async {
            let _ = stopped.await;
        }));
        let config = aws_config::defaults(BehaviorVersion::latest())
            .region(Region::new("us-east-1"))
            .credentials_provider(ses::config::Credentials::new("id", "secret", None, None, "test"))
            .endpoint_url(&url)
            .retry_config(RetryConfig::disabled())
            .load()
            .await;
        Self {
            http: reqwest::Client::new(),
            sms: sms::Client::new(&config),
            social: social::Client::new(&config),
            ses: ses::Client::new(&config),
            dynamodb: dynamodb::Client::new(&config),
            sqs: sqs::Client::new(&config),
            url,
            stop,
            serving,
        }
    }

    pub(crate) async fn text(
        &self,
        to: &str,
    ) -> Result<SendTextMessageOutput, SdkError<SendTextMessageError>> {
        self.sms.send_text_message().destination_phone_number(to).message_body("Hello").send().await
    }

    pub(crate) async fn whatsapp(
        &self,
        message: Value,
    ) -> Result<SendWhatsAppMessageOutput, SdkError<SendWhatsAppMessageError>> {
        self.social
            .send_whats_app_message()
            .origination_phone_number_id("phone-number-id-1")
            .meta_api_version("v20.0")
            .message(Blob::new(message.to_string()))
            .send()
            .await
    }

    pub(crate) async fn email(
        &self,
        to: &str,
        tags: Vec<MessageTag>,
    ) -> Result<SendEmailOutput, SdkError<SendEmailError>> {
        let text = |text: &str| Content::builder().data(text).build().unwrap();
        let message = Message::builder()
            .subject(text("News"))
            .body(Body::builder().text(text("Hello")).build())
            .build();
        self.ses
            .send_email()
            .from_email_address("Shop <news@example.com>")
            .destination(Destination::builder().to_addresses(to).build())
            .content(EmailContent::builder().simple(message).build())
            .set_email_tags(Some(tags))
            .send()
            .await
    }

    /// Puts settings into force.
    pub(crate) async fn behave(&self, settings: Value) {
        let put = self.http.put(format!("{}/simulator/settings", self.url)).json(&settings);
        assert_eq!(put.send().await.unwrap().status(), 200);
    }

    pub(crate) async fn get(&self, path: &str) -> Value {
        self.http.get(format!("{}{path}", self.url)).send().await.unwrap().json().await.unwrap()
    }

    pub(crate) async fn stats(&self) -> Stats {
        self.http.get(format!("{}/simulator/stats", self.url)).send().await.unwrap().json().await.unwrap()
    }

    /// A request as an SDK would not send it, signed or not.
    pub(crate) async fn post(
        &self,
        path: &str,
        headers: &[(&'static str, &str)],
        body: &str,
    ) -> reqwest::Response {
        let mut request = self.http.post(format!("{}{path}", self.url)).body(body.to_owned());
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        request.send().await.unwrap()
    }
}

pub(crate) fn template(to: &str, data: Option<RecipientRef>) -> Value {
    json!({
        "messaging_product": "whatsapp",
        "to": to,
        "type": "template",
        "template": { "name": "promo", "language": { "code": "en" } },
        "biz_opaque_callback_data": data.map(|data| data.to_string()),
    })
}

pub(crate) fn tags(recipient: RecipientRef) -> Vec<MessageTag> {
    let tag = |name: &str, value: String| MessageTag::builder().name(name).value(value).build().unwrap();
    vec![
        tag(RecipientRef::CAMPAIGN_KEY, recipient.campaign.to_string()),
        tag(RecipientRef::INDEX_KEY, recipient.index.to_string()),
    ]
}
