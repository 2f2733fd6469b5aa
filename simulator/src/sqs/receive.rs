use std::pin::pin;

use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::{
    administration::queue_name,
    attributes::{LONGEST_HIDDEN, LONGEST_WAIT},
    broker::{Broker, Look},
    call::{read, seconds},
    error::SqsError,
    queue::Received,
};
use crate::clock::Clock;

/// API reference, `ReceiveMessage`: the most messages in one answer.
const MOST: u64 = 10;

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct ReceiveMessage {
    queue_url: Option<String>,
    max_number_of_messages: Option<u64>,
    wait_time_seconds: Option<u64>,
    visibility_timeout: Option<u64>,
    /// The older name of the next one.
    #[serde(default)]
    attribute_names: Vec<String>,
    #[serde(default)]
    message_system_attribute_names: Vec<String>,
}

/// Takes messages, and waits for them where there are none and the caller is willing to.
pub(super) async fn receive(broker: &Broker, clock: &Clock, body: &[u8]) -> Result<Value, SqsError> {
    let call: ReceiveMessage = read(body)?;
    let name = queue_name(call.queue_url)?;
    let most = call.max_number_of_messages.unwrap_or(1);
    if !(1..=MOST).contains(&most) {
        return Err(SqsError::invalid_parameter(
            "MaxNumberOfMessages",
            "Must be between 1 and 10, if provided.",
        ));
    }
    let own_wait = broker.with(&name, |queue| queue.attributes.wait)?;
    let wait = call.wait_time_seconds.map(|wait| seconds("WaitTimeSeconds", wait, LONGEST_WAIT));
    let hide =
        call.visibility_timeout.map(|hide| seconds("VisibilityTimeout", hide, LONGEST_HIDDEN)).transpose()?;
    let deadline = clock.now() + wait.transpose()?.unwrap_or(own_wait);
    let asked = [call.attribute_names, call.message_system_attribute_names].concat();
    loop {
        let arrivals = broker.arrivals(&name)?;
        let mut arrival = pin!(arrivals.notified());
        // From here on no arrival is missed, whatever happens between the look and the wait.
        arrival.as_mut().enable();
        let now = clock.now();
        let next_return = match broker.receive(&name, most as usize, hide, now)? {
            Look::Found(received) => return Ok(told(&received, &asked)),
            Look::Empty(_) if now >= deadline => return Ok(json!({})),
            Look::Empty(next_return) => next_return,
        };
        let patience = next_return.map_or(deadline, |next| next.min(deadline)) - now;
        tokio::select! {
            () = arrival => {}
            () = tokio::time::sleep(patience) => {}
        }
    }
}

fn told(received: &[Received], asked: &[String]) -> Value {
    let messages: Vec<_> = received.iter().map(|received| message(received, asked)).collect();
    json!({ "Messages": messages })
}

fn message(Received { handle, message }: &Received, asked: &[String]) -> Value {
    let mut answer = json!({
        "MessageId": message.id.to_string(),
        "ReceiptHandle": handle.to_string(),
        "MD5OfBody": message.md5(),
        "Body": &*message.body,
    });
    let first_received = message.first_received.unwrap_or(message.sent);
    let attributes: Map<_, _> = [
        ("ApproximateReceiveCount", u64::from(message.received)),
        ("SentTimestamp", message.sent.unix_millis()),
        ("ApproximateFirstReceiveTimestamp", first_received.unix_millis()),
    ]
    .into_iter()
    .filter(|(name, _)| asked.iter().any(|asked| asked == "All" || asked == name))
    .map(|(name, value)| (name.to_owned(), value.to_string().into()))
    .collect();
    if !attributes.is_empty() {
        answer["Attributes"] = attributes.into();
    }
    answer
}
