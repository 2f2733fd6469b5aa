//! The queues themselves: to make, find, describe, empty and delete them.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::{Value, json};

use super::{
    ACCOUNT,
    attributes::{self, Attributes},
    broker::Broker,
    call::{read, required},
    error::SqsError,
};
use crate::clock::Clock;

/// API reference, `CreateQueue`: the longest name.
const LONGEST_NAME: usize = 80;

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Named {
    queue_name: Option<String>,
    #[serde(default)]
    attributes: BTreeMap<String, String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Addressed {
    queue_url: Option<String>,
    #[serde(default)]
    attribute_names: Vec<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct ListQueues {
    #[serde(default)]
    queue_name_prefix: String,
}

/// Where queues are, as the caller reached the simulator.
#[derive(Debug, Clone, Copy)]
pub(super) struct QueueUrl<'a> {
    host: &'a str,
}

impl<'a> QueueUrl<'a> {
    pub(super) const fn at(host: &'a str) -> Self {
        Self { host }
    }

    fn of(self, name: &str) -> String {
        format!("http://{}/{ACCOUNT}/{name}", self.host)
    }
}

pub(super) fn create(broker: &Broker, url: QueueUrl<'_>, body: &[u8]) -> Result<Value, SqsError> {
    let Named { queue_name, attributes } = read(body)?;
    let name = required("QueueName", queue_name)?;
    let plain = |c: u8| c.is_ascii_alphanumeric() || matches!(c, b'-' | b'_');
    if !(1..=LONGEST_NAME).contains(&name.len()) || !name.bytes().all(plain) {
        let why = "Can only include alphanumeric characters, hyphens, or underscores. 1 to 80 in length";
        return Err(SqsError::invalid_parameter("QueueName", why));
    }
    broker.create(&name, Attributes::read(&attributes)?)?;
    Ok(json!({ "QueueUrl": url.of(&name) }))
}

pub(super) fn url(broker: &Broker, url: QueueUrl<'_>, body: &[u8]) -> Result<Value, SqsError> {
    let Named { queue_name, .. } = read(body)?;
    let name = required("QueueName", queue_name)?;
    broker.with(&name, |_| json!({ "QueueUrl": url.of(&name) }))
}

pub(super) fn list(broker: &Broker, url: QueueUrl<'_>, body: &[u8]) -> Result<Value, SqsError> {
    let ListQueues { queue_name_prefix } = read(body)?;
    let urls: Vec<_> = broker.names(&queue_name_prefix).iter().map(|name| url.of(name)).collect();
    Ok(json!({ "QueueUrls": urls }))
}

pub(super) fn attributes(broker: &Broker, clock: &Clock, body: &[u8]) -> Result<Value, SqsError> {
    let Addressed { queue_url, attribute_names } = read(body)?;
    let name = queue_name(queue_url)?;
    let told = broker.with(&name, |queue| {
        let (visible, hidden) = queue.depth(clock.now());
        attributes::tell(&name, &queue.attributes, visible, hidden, &attribute_names)
    })??;
    Ok(json!({ "Attributes": told }))
}

pub(super) fn purge(broker: &Broker, body: &[u8]) -> Result<Value, SqsError> {
    let Addressed { queue_url, .. } = read(body)?;
    broker.with(&queue_name(queue_url)?, |queue| queue.purge())?;
    Ok(json!({}))
}

pub(super) fn delete(broker: &Broker, body: &[u8]) -> Result<Value, SqsError> {
    let Addressed { queue_url, .. } = read(body)?;
    broker.delete(&queue_name(queue_url)?)?;
    Ok(json!({}))
}

/// The name of the queue that a URL is of, whatever the host is called there.
pub(super) fn queue_name(url: Option<String>) -> Result<String, SqsError> {
    let url = required("QueueUrl", url)?;
    let name = url.rsplit_once(&format!("/{ACCOUNT}/")).map(|(_, name)| name.to_owned());
    name.ok_or_else(SqsError::no_queue)
}
