use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use crate::Look;

/// The account behind the services, as AWS tells of it when it is asked. By default all is well in it, and whatever is
/// asked for by name is there.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct DemoAccount {
    /// What the caller is not permitted to ask: answered with `AccessDeniedException`.
    pub denied: BTreeSet<Look>,
    /// The status of a pool, phone number, sender ID, WhatsApp account or email identity, by its id, where it is not the
    /// best there is; `null` where there is none of that id.
    pub statuses: BTreeMap<String, Option<String>>,
    /// The phone numbers that are listed when none is asked for by id, in E.164.
    pub phone_numbers: Vec<String>,
    /// The WhatsApp templates; by default those of the sample campaign.
    pub templates: Vec<DemoTemplate>,
    /// What SES allows.
    pub email: EmailAccount,
    /// The most that SMS may cost in a month, in US dollars.
    pub sms_monthly_limit_usd: u32,
}

/// A WhatsApp template, as Meta knows it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DemoTemplate {
    /// Its name at Meta.
    pub name: String,
    /// Its language, as Meta writes it (`en_US`).
    pub language: String,
    /// Its status, such as `APPROVED` or `PAUSED`.
    pub status: String,
}

/// What SES allows, beside the rate, which is the quota of email.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct EmailAccount {
    /// Whether the account may send at all.
    pub sending_enabled: bool,
    /// Whether the account is out of the sandbox.
    pub production_access: bool,
    /// What SES thinks of it: `HEALTHY`, `PROBATION` or `SHUTDOWN`.
    pub enforcement_status: String,
    /// The most emails in 24 hours; no limit when absent.
    pub max_24_hour_send: Option<u32>,
    /// How many of them are sent already; what the simulator accepted when absent.
    pub sent_last_24_hours: Option<u32>,
}

/// Meta's names of the templates in `data/demo`.
const TEMPLATES: [&str; 5] =
    ["back_in_stock", "loyalty_reward", "new_arrivals", "promo_free_shipping", "promo_high_discount"];

impl Default for DemoAccount {
    fn default() -> Self {
        Self {
            denied: BTreeSet::new(),
            statuses: BTreeMap::new(),
            phone_numbers: vec!["+12065550100".to_owned()],
            templates: TEMPLATES.map(DemoTemplate::approved).into(),
            email: EmailAccount::default(),
            sms_monthly_limit_usd: 10_000,
        }
    }
}

impl Default for EmailAccount {
    fn default() -> Self {
        Self {
            sending_enabled: true,
            production_access: true,
            enforcement_status: "HEALTHY".to_owned(),
            max_24_hour_send: None,
            sent_last_24_hours: None,
        }
    }
}

impl DemoTemplate {
    fn approved(name: &str) -> Self {
        Self { name: name.to_owned(), language: "en_US".to_owned(), status: "APPROVED".to_owned() }
    }
}

impl DemoAccount {
    /// The status of something, given the best there is; none where there is no such thing.
    pub(crate) fn status<'a>(&'a self, id: &str, best: &'a str) -> Option<&'a str> {
        self.statuses.get(id).map_or(Some(best), Option::as_deref)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whatever_is_not_said_otherwise_is_there_and_well() {
        let account: DemoAccount =
            serde_json::from_str(r#"{"statuses":{"pool-a":"CREATING","pool-b":null}}"#).unwrap();
        assert_eq!(account.status("pool-a", "ACTIVE"), Some("CREATING"));
        assert_eq!(account.status("pool-b", "ACTIVE"), None);
        assert_eq!(account.status("pool-c", "ACTIVE"), Some("ACTIVE"));
    }
}
