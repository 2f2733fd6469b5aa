use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// What stands in a list's way at AWS, as AWS told it just now.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct AccountReport {
    /// What was asked, each with what came of it.
    pub checks: Vec<AccountCheck>,
    /// Emails that SES takes a second; absent where it did not say.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub emails_per_second: Option<f64>,
    /// Emails that SES still takes within 24 hours; absent where it has no limit or did not say.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub emails_left_today: Option<u64>,
    /// US dollars that text messages may cost in a month; absent where AWS did not say.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sms_monthly_limit_usd: Option<u64>,
}

/// One thing that was asked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct AccountCheck {
    /// What it is about.
    pub about: AccountMatter,
    /// What came of it.
    #[serde(flatten)]
    pub finding: Finding,
}

/// What can be asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum AccountMatter {
    /// Whether AWS can be asked at all.
    Access,
    /// Whether SES lets the account send.
    EmailSending,
    /// Whether SES lets it send to everybody, or only to verified addresses.
    EmailProduction,
    /// Whether all emails fit into what SES takes within 24 hours.
    EmailQuota,
    /// Whether email may come from `SES_FROM_ADDRESS`.
    EmailIdentity,
    /// Whether text messages can come from `PHONE_POOL_ID`.
    SmsOrigin,
    /// Whether the text messages fit into what they may cost in a month.
    SmsSpendLimit,
    /// Whether Meta has approved the templates.
    WhatsappTemplates,
}

/// What came of a question.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(tag = "result", content = "detail", rename_all = "snake_case")]
pub enum Finding {
    /// Nothing stands in the way.
    Ok,
    /// This stands in the way; with what to do about it.
    Problem(String),
    /// It could not be found out; with why.
    Unknown(String),
}

impl AccountReport {
    /// From whom a channel's messages come, where the list uses the channel and somebody is set.
    pub(super) fn sender<'a>(
        &mut self,
        used: bool,
        set: &'a Option<String>,
        about: AccountMatter,
        variable: &str,
    ) -> Option<&'a str> {
        if used && set.is_none() {
            self.checks
                .push(about.unknown(format!("{variable} is not set for the api, so AWS was not asked")));
        }
        set.as_deref().filter(|_| used)
    }

    pub(super) fn add(&mut self, part: Self) {
        let Self { checks, emails_per_second, emails_left_today, sms_monthly_limit_usd } = part;
        self.checks.extend(checks);
        self.emails_per_second = self.emails_per_second.or(emails_per_second);
        self.emails_left_today = self.emails_left_today.or(emails_left_today);
        self.sms_monthly_limit_usd = self.sms_monthly_limit_usd.or(sms_monthly_limit_usd);
    }
}

impl AccountMatter {
    pub(super) const fn ok(self) -> AccountCheck {
        AccountCheck { about: self, finding: Finding::Ok }
    }

    pub(super) fn problem(self, what: impl Into<String>) -> AccountCheck {
        AccountCheck { about: self, finding: Finding::Problem(what.into()) }
    }

    pub(super) fn unknown(self, why: impl Into<String>) -> AccountCheck {
        AccountCheck { about: self, finding: Finding::Unknown(why.into()) }
    }
}
