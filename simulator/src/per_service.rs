use drumbeat_common::Channel;
use serde::{Deserialize, Serialize};

/// One of something for each simulated service. A service stands for the channel it sends on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct PerService<T> {
    /// `SendTextMessage`.
    pub sms: T,
    /// `SendWhatsAppMessage`.
    pub whatsapp: T,
    /// `SendEmail`.
    pub email: T,
}

impl<T> PerService<T> {
    /// The one for this service.
    pub const fn get(&self, service: Channel) -> &T {
        match service {
            Channel::Sms => &self.sms,
            Channel::Whatsapp => &self.whatsapp,
            Channel::Email => &self.email,
        }
    }

    /// The one for this service, to change it.
    pub const fn get_mut(&mut self, service: Channel) -> &mut T {
        match service {
            Channel::Sms => &mut self.sms,
            Channel::Whatsapp => &mut self.whatsapp,
            Channel::Email => &mut self.email,
        }
    }

    /// Makes one for each service.
    pub fn from_fn(mut make: impl FnMut(Channel) -> T) -> Self {
        Self { sms: make(Channel::Sms), whatsapp: make(Channel::Whatsapp), email: make(Channel::Email) }
    }
}
