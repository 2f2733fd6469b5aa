use serde::{Deserialize, Serialize};

use crate::{DemoAccount, DynamoDbFaults, FaultRule, Latency, PerService, Quota, ReceiptSettings, SqsFaults};

/// How the services behave. By default they accept every valid call at once.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Settings {
    /// How many calls they take.
    pub quotas: Quotas,
    /// How long they take to answer.
    pub latency: PerService<Latency>,
    /// What goes wrong; the first rule that befalls a call is the one that counts.
    pub faults: Vec<FaultRule>,
    /// Makes chance repeat itself: the same calls in the same order meet the same faults and latencies.
    pub seed: Option<u64>,
    /// What they tell of the account.
    pub account: DemoAccount,
    /// What goes wrong with DynamoDB.
    pub dynamodb: DynamoDbFaults,
    /// What goes wrong with SQS.
    pub sqs: SqsFaults,
    /// What is told later of the messages that they accept; nothing when absent.
    pub receipts: Option<ReceiptSettings>,
}

/// The quota of each service, and one over all of them together. Absent is unlimited.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Quotas {
    /// `SendTextMessage`.
    pub sms: Option<Quota>,
    /// `SendWhatsAppMessage`.
    pub whatsapp: Option<Quota>,
    /// `SendEmail`.
    pub email: Option<Quota>,
    /// All services together, as a campaign's rate counts them.
    pub all: Option<Quota>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_empty_document_is_the_default() {
        assert_eq!(serde_json::from_str::<Settings>("{}").unwrap(), Settings::default());
    }

    #[test]
    fn reads_what_it_writes() {
        let json = r#"{"quotas":{"sms":"50/2","whatsapp":null,"email":"14/14","all":null},"latency":{"sms":"fixed:50","whatsapp":"fixed:0","email":"lognormal:50-200"},"faults":[{"kind":"cut_after"}],"seed":7}"#;
        let settings: Settings = serde_json::from_str(json).unwrap();
        let written = serde_json::to_string(&settings).unwrap();
        assert!(written.starts_with(json.trim_end_matches('}')), "{written}");
        assert_eq!(serde_json::from_str::<Settings>(&written).unwrap(), settings);
    }

    #[test]
    fn unknown_fields_are_refused_at_every_depth() {
        for json in [r#"{"quota":{}}"#, r#"{"quotas":{"push":"1"}}"#, r#"{"latency":{"push":"fixed:1"}}"#] {
            assert!(serde_json::from_str::<Settings>(json).is_err(), "{json}");
        }
    }
}
