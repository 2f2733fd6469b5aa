use std::{collections::BTreeMap, time::Duration};

use serde::Deserialize;
use serde_json::{Value, json};

use super::{ACCOUNT, error::SqsError};

const ARN: &str = "arn:aws:sqs:us-east-1";
/// API reference, `CreateQueue`: the longest `VisibilityTimeout` and `ReceiveMessageWaitTimeSeconds`.
pub(super) const LONGEST_HIDDEN: u64 = 43_200;
pub(super) const LONGEST_WAIT: u64 = 20;

/// How a queue was made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Attributes {
    /// How long a message that was received is hidden from others.
    pub(super) visibility_timeout: Duration,
    /// How long a receiver waits that does not say.
    pub(super) wait: Duration,
    pub(super) redrive: Option<Redrive>,
}

/// Where messages go that nobody could handle.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Redrive {
    /// The name of the queue.
    pub(super) dead_letters: String,
    /// How often a message may be received before.
    pub(super) max_receive_count: u32,
}

impl Default for Attributes {
    fn default() -> Self {
        Self { visibility_timeout: Duration::from_secs(30), wait: Duration::ZERO, redrive: None }
    }
}

impl Attributes {
    pub(super) fn read(texts: &BTreeMap<String, String>) -> Result<Self, SqsError> {
        let mut attributes = Self::default();
        for (name, text) in texts {
            match name.as_str() {
                "VisibilityTimeout" => attributes.visibility_timeout = seconds(name, text, LONGEST_HIDDEN)?,
                "ReceiveMessageWaitTimeSeconds" => attributes.wait = seconds(name, text, LONGEST_WAIT)?,
                "RedrivePolicy" => attributes.redrive = Redrive::read(text)?,
                _ => return Err(SqsError::unknown_attribute(name)),
            }
        }
        Ok(attributes)
    }
}

impl Redrive {
    fn read(text: &str) -> Result<Option<Self>, SqsError> {
        // Which is how a policy is taken away.
        if text.is_empty() {
            return Ok(None);
        }
        let invalid = |why: &str| SqsError::invalid_attribute("RedrivePolicy", why);
        let policy: Policy = serde_json::from_str(text).map_err(|error| invalid(&error.to_string()))?;
        let dead_letters = policy.dead_letter_target_arn.strip_prefix(&arn("")).map(str::to_owned);
        Ok(Some(Self {
            dead_letters: dead_letters.ok_or_else(|| invalid("deadLetterTargetArn is of another account"))?,
            max_receive_count: policy
                .max_receive_count
                .number()
                .ok_or_else(|| invalid("maxReceiveCount must be from 1 to 1000"))?,
        }))
    }

    pub(super) fn text(&self) -> String {
        json!({ "deadLetterTargetArn": arn(&self.dead_letters), "maxReceiveCount": self.max_receive_count })
            .to_string()
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Policy {
    dead_letter_target_arn: String,
    max_receive_count: Count,
}

/// AWS takes the number in quotes as well.
#[derive(Deserialize)]
#[serde(untagged)]
enum Count {
    Number(u32),
    Text(String),
}

impl Count {
    fn number(self) -> Option<u32> {
        match self {
            Self::Number(count) => Some(count),
            Self::Text(text) => text.parse().ok(),
        }
        .filter(|count| (1..=1_000).contains(count))
    }
}

pub(super) fn arn(queue: &str) -> String {
    format!("{ARN}:{ACCOUNT}:{queue}")
}

fn seconds(name: &str, text: &str, longest: u64) -> Result<Duration, SqsError> {
    text.parse()
        .ok()
        .filter(|seconds| (0..=longest).contains(seconds))
        .map(Duration::from_secs)
        .ok_or_else(|| SqsError::invalid_attribute(name, &format!("must be from 0 to {longest}")))
}

/// What a queue says of itself, by the names that were asked for.
pub(super) fn tell(
    queue: &str,
    attributes: &Attributes,
    visible: usize,
    hidden: usize,
    names: &[String],
) -> Result<Value, SqsError> {
    let mut all = BTreeMap::from([
        ("QueueArn", arn(queue)),
        ("ApproximateNumberOfMessages", visible.to_string()),
        ("ApproximateNumberOfMessagesNotVisible", hidden.to_string()),
        ("VisibilityTimeout", attributes.visibility_timeout.as_secs().to_string()),
        ("ReceiveMessageWaitTimeSeconds", attributes.wait.as_secs().to_string()),
    ]);
    if let Some(redrive) = &attributes.redrive {
        all.insert("RedrivePolicy", redrive.text());
    }
    if names.iter().any(|name| name == "All") {
        return Ok(json!(all));
    }
    // A policy that there is not is no unknown attribute.
    let unknown = |name: &&String| name.as_str() != "RedrivePolicy" && !all.contains_key(name.as_str());
    if let Some(name) = names.iter().find(unknown) {
        return Err(SqsError::unknown_attribute(name));
    }
    all.retain(|name, _| names.iter().any(|asked| asked == name));
    Ok(json!(all))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(name: &str, text: &str) -> Result<Attributes, SqsError> {
        Attributes::read(&BTreeMap::from([(name.to_owned(), text.to_owned())]))
    }

    #[test]
    fn a_redrive_policy_names_a_queue_and_a_count() {
        let policy =
            r#"{"deadLetterTargetArn":"arn:aws:sqs:us-east-1:000000000000:dead","maxReceiveCount":"3"}"#;
        let redrive = read("RedrivePolicy", policy).unwrap().redrive.unwrap();
        assert_eq!((redrive.dead_letters.as_str(), redrive.max_receive_count), ("dead", 3));
        assert_eq!(redrive.text(), policy.replace("\"3\"", "3"));
        for wrong in ["{}", "dead", &policy.replace('3', "0"), &policy.replace("us-east-1", "eu-west-1")] {
            assert!(read("RedrivePolicy", wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn what_is_out_of_range_or_not_simulated_is_refused() {
        assert_eq!(read("VisibilityTimeout", "0").unwrap().visibility_timeout, Duration::ZERO);
        assert!(read("VisibilityTimeout", "43201").is_err());
        assert!(read("ReceiveMessageWaitTimeSeconds", "21").is_err());
        assert_eq!(read("FifoQueue", "true"), Err(SqsError::unknown_attribute("FifoQueue")));
    }
}
