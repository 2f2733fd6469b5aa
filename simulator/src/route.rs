use drumbeat_common::Channel;
use hyper::{Method, http::request::Parts};

/// What a request is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Route {
    /// To send a message.
    Send(Channel),
    /// To learn what email quota there is.
    Account,
    /// An AWS JSON operation that is not simulated.
    UnknownTarget,
    /// A REST operation that is not simulated.
    UnknownPath,
    /// The simulator itself.
    Control,
}

const SMS_TARGET: &str = "PinpointSMSVoiceV2.SendTextMessage";
const WHATSAPP_PATH: &str = "/v1/whatsapp/send";
const ACCOUNT_PATH: &str = "/v2/email/account";
const EMAIL_PATH: &str = "/v2/email/outbound-emails";

impl Route {
    pub(crate) fn of(head: &Parts) -> Self {
        match head.uri.path() {
            "/" if head.method == Method::POST => match head.headers.get("x-amz-target") {
                Some(target) if target == SMS_TARGET => Self::Send(Channel::Sms),
                _ => Self::UnknownTarget,
            },
            WHATSAPP_PATH if head.method == Method::POST => Self::Send(Channel::Whatsapp),
            EMAIL_PATH if head.method == Method::POST => Self::Send(Channel::Email),
            ACCOUNT_PATH if head.method == Method::GET => Self::Account,
            path if path == "/healthz" || path.starts_with("/simulator/") => Self::Control,
            _ => Self::UnknownPath,
        }
    }
}
