//! What is done with messages, one by one or up to ten in a batch.

use std::{collections::HashSet, time::Duration};

use serde::{Deserialize, de::DeserializeOwned};
use serde_json::{Map, Value, json};

use super::{
    administration::queue_name,
    attributes::LONGEST_HIDDEN,
    broker::Broker,
    error::SqsError,
    queue::{Message, Queue},
};
use crate::clock::{Clock, Moment};

/// Service quotas: the largest message, and the largest batch.
const LARGEST: usize = 1_048_576;
const MOST_ENTRIES: usize = 10;
const LONGEST_ID: usize = 80;

/// What can be done with one message, or with several in one call.
pub(super) trait Call: DeserializeOwned {
    /// Does it, and says what there is to say.
    fn act(self, queue: &mut Queue, now: Moment) -> Result<Value, SqsError>;

    /// How much it adds to what a batch may carry.
    fn size(&self) -> usize {
        0
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Send {
    message_body: Option<String>,
    delay_seconds: Option<u32>,
    #[serde(default)]
    message_attributes: Map<String, Value>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Delete {
    receipt_handle: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct ChangeVisibility {
    receipt_handle: Option<String>,
    visibility_timeout: Option<u64>,
}

#[derive(Deserialize)]
struct One<C> {
    #[serde(rename = "QueueUrl")]
    queue_url: Option<String>,
    #[serde(flatten)]
    call: C,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Batch<C> {
    queue_url: Option<String>,
    #[serde(default = "Vec::new")]
    entries: Vec<Entry<C>>,
}

#[derive(Deserialize)]
struct Entry<C> {
    #[serde(rename = "Id", default)]
    id: String,
    #[serde(flatten)]
    call: C,
}

pub(super) fn one<C: Call>(broker: &Broker, clock: &Clock, body: &[u8]) -> Result<Value, SqsError> {
    let One::<C> { queue_url, call } = read(body)?;
    broker.with(&queue_name(queue_url)?, |queue| call.act(queue, clock.now()))?
}

pub(super) fn batch<C: Call>(broker: &Broker, clock: &Clock, body: &[u8]) -> Result<Value, SqsError> {
    let Batch::<C> { queue_url, entries } = read(body)?;
    check(&entries)?;
    broker.with(&queue_name(queue_url)?, |queue| {
        let mut successful = Vec::new();
        let mut failed = Vec::new();
        for Entry { id, call } in entries {
            match call.act(queue, clock.now()) {
                Ok(mut answer) => {
                    answer["Id"] = id.into();
                    successful.push(answer);
                }
                Err(error) => failed.push(error.entry(&id)),
            }
        }
        json!({ "Successful": successful, "Failed": failed })
    })
}

fn check<C: Call>(entries: &[Entry<C>]) -> Result<(), SqsError> {
    match entries.len() {
        0 => return Err(SqsError::empty_batch()),
        1..=MOST_ENTRIES => {}
        entries => return Err(SqsError::too_many_entries(entries)),
    }
    let mut seen = HashSet::new();
    for Entry { id, .. } in entries {
        let plain = |c: u8| c.is_ascii_alphanumeric() || matches!(c, b'-' | b'_');
        if !(1..=LONGEST_ID).contains(&id.len()) || !id.bytes().all(plain) {
            return Err(SqsError::invalid_entry());
        }
        if !seen.insert(id) {
            return Err(SqsError::same_entry(id));
        }
    }
    let size = entries.iter().map(|entry| entry.call.size()).sum();
    if size > LARGEST { Err(SqsError::batch_too_long(size)) } else { Ok(()) }
}

impl Call for Send {
    fn act(self, queue: &mut Queue, now: Moment) -> Result<Value, SqsError> {
        if self.delay_seconds.unwrap_or_default() > 0 {
            return Err(SqsError::unsupported("DelaySeconds"));
        }
        if !self.message_attributes.is_empty() {
            return Err(SqsError::unsupported("MessageAttributes"));
        }
        let body = self.message_body.filter(|body| !body.is_empty());
        let body = body.ok_or_else(|| SqsError::missing_parameter("MessageBody"))?;
        if body.len() > LARGEST {
            let why = format!("Message must be shorter than {LARGEST} bytes.");
            return Err(SqsError::invalid_parameter("MessageBody", &why));
        }
        if !body.chars().all(allowed) {
            return Err(SqsError::invalid_contents());
        }
        let message = Message::new(&body, now);
        let answer = json!({ "MessageId": message.id.to_string(), "MD5OfMessageBody": message.md5() });
        queue.push(message);
        Ok(answer)
    }

    fn size(&self) -> usize {
        self.message_body.as_ref().map_or(0, String::len)
    }
}

impl Call for Delete {
    fn act(self, queue: &mut Queue, _now: Moment) -> Result<Value, SqsError> {
        queue.delete(required("ReceiptHandle", self.receipt_handle)?.parse()?)?;
        Ok(json!({}))
    }
}

impl Call for ChangeVisibility {
    fn act(self, queue: &mut Queue, now: Moment) -> Result<Value, SqsError> {
        let handle = required("ReceiptHandle", self.receipt_handle)?.parse()?;
        let hide = seconds(
            "VisibilityTimeout",
            required("VisibilityTimeout", self.visibility_timeout)?,
            LONGEST_HIDDEN,
        )?;
        queue.change_visibility(handle, hide, now)?;
        Ok(json!({}))
    }
}

/// API reference, `SendMessage`: the characters of XML 1.0.
const fn allowed(c: char) -> bool {
    matches!(c, '\t' | '\n' | '\r' | '\u{20}'..='\u{D7FF}' | '\u{E000}'..='\u{FFFD}' | '\u{1_0000}'..='\u{10_FFFF}')
}

pub(super) fn seconds(name: &str, seconds: u64, longest: u64) -> Result<Duration, SqsError> {
    if seconds > longest {
        return Err(SqsError::invalid_parameter(
            name,
            &format!("Must be between 0 and {longest}, if provided."),
        ));
    }
    Ok(Duration::from_secs(seconds))
}

pub(super) fn required<T>(name: &str, value: Option<T>) -> Result<T, SqsError> {
    value.ok_or_else(|| SqsError::missing_parameter(name))
}

pub(super) fn read<T: DeserializeOwned>(body: &[u8]) -> Result<T, SqsError> {
    serde_json::from_slice(body).map_err(|error| SqsError::unreadable(&error))
}
