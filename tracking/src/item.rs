use std::collections::HashMap;

use aws_sdk_dynamodb::types::AttributeValue;
use drumbeat_common::{
    Arrival, CampaignId, Channel, RecipientIndex, State,
    outbox::{Arrived, Tracked},
};
use jiff::Timestamp;

/// What the delivery table holds of one message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Item {
    /// The provider's name for it, and the table's key.
    pub message_id: String,
    /// The campaign that it belongs to.
    pub campaign: CampaignId,
    /// Whom in the campaign it was for.
    pub recipient: RecipientIndex,
    /// The caller's name for the person.
    pub customer_id: String,
    /// By which channel it went.
    pub channel: Channel,
    /// The address, masked.
    pub address: String,
    /// What the address is searched by; none where nobody knew it any more.
    pub address_print: Option<String>,
    /// How far it came.
    pub status: Arrival,
    /// The provider's word for that, once there is a report.
    pub code: Option<String>,
    /// When the attempt began that the provider took; none where nobody knows any more.
    pub claimed_at: Option<Timestamp>,
    /// When the provider took it.
    pub sent_at: Timestamp,
    /// When it arrived.
    pub delivered_at: Option<Timestamp>,
    /// When it was given up.
    pub undelivered_at: Option<Timestamp>,
    /// When it was opened.
    pub read_at: Option<Timestamp>,
    /// When the table's time to live deletes it, in whole seconds.
    pub expires_at: Timestamp,
}

/// An item that Drumbeat did not write: an attribute is missing, or is something else.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the delivery table holds an item whose {0} cannot be read")]
pub struct UnreadableItem(&'static str);

/// The attribute by which people are found at an address.
pub(crate) const ADDRESS_PRINT: &str = "address_print";

/// The attribute in which the time is kept at which a message came so far.
pub(crate) const fn time_attribute(arrival: Arrival) -> &'static str {
    match arrival {
        Arrival::Sent => "sent_at",
        Arrival::Undelivered => "undelivered_at",
        Arrival::Delivered => "delivered_at",
        Arrival::Read => "read_at",
    }
}

pub(crate) fn text(text: impl ToString) -> AttributeValue {
    AttributeValue::S(text.to_string())
}

impl Item {
    /// A message that went out at a time.
    #[must_use]
    pub fn new(campaign: CampaignId, sent: Tracked, sent_at: Timestamp, expires_at: Timestamp) -> Self {
        let Tracked { message_id, index, channel, customer_id, address, address_print, claimed_at } = sent;
        Self {
            message_id,
            campaign,
            recipient: index,
            customer_id,
            channel,
            address,
            address_print: address_print.map(|print| print.to_string()),
            status: Arrival::Sent,
            code: None,
            claimed_at,
            sent_at,
            delivered_at: None,
            undelivered_at: None,
            read_at: None,
            expires_at,
        }
    }

    /// Takes in what became known of its arrival, if that is news.
    pub(crate) fn arrive(&mut self, arrived: &Arrived) {
        let Arrived { message_id: _, index: _, channel, arrival, ref code, at } = *arrived;
        if !arrival.follows(channel).contains(&self.status.state()) {
            return;
        }
        match arrival {
            Arrival::Sent => self.sent_at = at,
            Arrival::Undelivered => self.undelivered_at = Some(at),
            Arrival::Delivered => self.delivered_at = Some(at),
            Arrival::Read => self.read_at = Some(at),
        }
        (self.status, self.code) = (arrival, Some(code.clone()));
    }

    /// As DynamoDB keeps it; times are RFC 3339, and `expires_at` is in seconds since the Unix epoch.
    pub(crate) fn to_attributes(&self) -> HashMap<String, AttributeValue> {
        let number = |number: i64| AttributeValue::N(number.to_string());
        let mut attributes = vec![
            ("message_id", text(&self.message_id)),
            ("campaign_id", text(self.campaign)),
            ("recipient", number(self.recipient.get().into())),
            ("customer_id", text(&self.customer_id)),
            ("channel", text(self.channel)),
            ("address", text(&self.address)),
            ("status", text(self.status.state())),
            ("sent_at", text(self.sent_at)),
            ("expires_at", number(self.expires_at.as_second())),
        ];
        let times = [
            ("claimed_at", self.claimed_at),
            ("delivered_at", self.delivered_at),
            ("undelivered_at", self.undelivered_at),
            ("read_at", self.read_at),
        ];
        attributes.extend(times.into_iter().filter_map(|(name, time)| Some((name, text(time?)))));
        attributes.extend(self.address_print.as_ref().map(|print| (ADDRESS_PRINT, text(print))));
        attributes.extend(self.code.as_ref().map(|code| ("code", text(code))));
        attributes.into_iter().map(|(name, value)| (name.to_owned(), value)).collect()
    }

    /// Reads what [`Self::to_attributes`] wrote.
    pub(crate) fn from_attributes(
        attributes: &HashMap<String, AttributeValue>,
    ) -> Result<Self, UnreadableItem> {
        let optional = |name: &str| attributes.get(name).and_then(|value| value.as_s().ok());
        let number = |name: &str| attributes.get(name).and_then(|value| value.as_n().ok());
        let string = |name| optional(name).cloned().ok_or(UnreadableItem(name));
        let time = |name| match optional(name) {
            Some(text) => text.parse().map(Some).map_err(|_| UnreadableItem(name)),
            None => Ok(None),
        };
        let expires_at = number("expires_at").and_then(|seconds| seconds.parse().ok());
        Ok(Self {
            message_id: string("message_id")?,
            campaign: string("campaign_id")?.parse().map_err(|_| UnreadableItem("campaign_id"))?,
            recipient: number("recipient")
                .and_then(|number| number.parse().ok())
                .map(RecipientIndex::new)
                .ok_or(UnreadableItem("recipient"))?,
            customer_id: string("customer_id")?,
            channel: string("channel")?.parse().map_err(|_| UnreadableItem("channel"))?,
            address: string("address")?,
            address_print: optional(ADDRESS_PRINT).cloned(),
            status: status(&string("status")?).ok_or(UnreadableItem("status"))?,
            code: optional("code").cloned(),
            claimed_at: time("claimed_at")?,
            sent_at: time("sent_at")?.ok_or(UnreadableItem("sent_at"))?,
            delivered_at: time("delivered_at")?,
            undelivered_at: time("undelivered_at")?,
            read_at: time("read_at")?,
            expires_at: expires_at
                .and_then(|seconds| Timestamp::from_second(seconds).ok())
                .ok_or(UnreadableItem("expires_at"))?,
        })
    }
}

fn status(text: &str) -> Option<Arrival> {
    match text.parse().ok()? {
        State::Sent => Some(Arrival::Sent),
        State::Undelivered => Some(Arrival::Undelivered),
        State::Delivered => Some(Arrival::Delivered),
        State::Read => Some(Arrival::Read),
        State::Pending
        | State::Sending
        | State::Failed
        | State::InDoubt
        | State::Skipped
        | State::Cancelled => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn item() -> Item {
        let sent = Tracked {
            message_id: "m-1".to_owned(),
            index: RecipientIndex::new(7),
            channel: Channel::Email,
            customer_id: String::new(),
            address: "s***@simulator.amazonses.com".to_owned(),
            address_print: None,
            claimed_at: Some("2026-05-01T09:59:59.9Z".parse().unwrap()),
        };
        let (sent_at, expires_at) = ("2026-05-01T10:00:00.123Z", "2026-07-30T10:00:00Z");
        Item::new(CampaignId::generate(), sent, sent_at.parse().unwrap(), expires_at.parse().unwrap())
    }

    fn arrived(arrival: Arrival) -> Arrived {
        Arrived {
            message_id: Some("m-1".to_owned()),
            index: RecipientIndex::new(7),
            channel: Channel::Email,
            arrival,
            code: format!("{arrival:?}"),
            at: "2026-05-01T10:00:05Z".parse().unwrap(),
        }
    }

    #[test]
    fn it_reads_what_it_writes() {
        let mut item = item();
        assert_eq!(Item::from_attributes(&item.to_attributes()), Ok(item.clone()));
        item.arrive(&arrived(Arrival::Delivered));
        item.arrive(&arrived(Arrival::Read));
        assert_eq!(Item::from_attributes(&item.to_attributes()), Ok(item));
    }

    #[test]
    fn it_moves_forward_only() {
        let mut item = item();
        for arrival in [Arrival::Undelivered, Arrival::Delivered, Arrival::Sent] {
            item.arrive(&arrived(arrival));
        }
        assert_eq!((item.status, item.code.as_deref()), (Arrival::Undelivered, Some("Undelivered")));
        assert_eq!((item.undelivered_at.is_some(), item.delivered_at), (true, None));
    }

    #[test]
    fn what_somebody_else_wrote_is_named() {
        let mut attributes = item().to_attributes();
        attributes.insert("status".to_owned(), text("pending"));
        assert_eq!(Item::from_attributes(&attributes), Err(UnreadableItem("status")));
        attributes.remove("channel");
        let error = Item::from_attributes(&attributes).unwrap_err();
        assert_eq!(error.to_string(), "the delivery table holds an item whose channel cannot be read");
    }
}
