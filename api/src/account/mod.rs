//! What stands in a list's way at AWS, as AWS tells it.
//!
//! In reading order: an [`AccountQuestion`] says what a list uses; `access` has the clients; `email`, `sms` and
//! `whatsapp` ask, all at once, and `ask` bounds each question and reads what came in place of an answer; the
//! [`AccountReport`] is what came of it. Nothing here fails: what cannot be known is said to be unknown.

mod access;
mod ask;
mod email;
mod report;
mod sms;
mod sms_origin;
mod whatsapp;

use std::collections::BTreeSet;

use aws_config::SdkConfig;
use futures_util::future::OptionFuture;
use rust_decimal::Decimal;

pub use report::{AccountCheck, AccountMatter, AccountReport, Finding};

use AccountMatter::{EmailIdentity, SmsOrigin, WhatsappTemplates};
use access::Access;

/// From whom messages come. Only what is named here is asked about.
#[derive(Debug, Clone, Default)]
pub struct Senders {
    /// `PHONE_POOL_ID`: the pool, phone number or sender ID that text messages come from.
    pub phone_pool_id: Option<String>,
    /// `SES_FROM_ADDRESS`: the address that email comes from.
    pub ses_from_address: Option<String>,
    /// `WHATSAPP_ACCOUNT_ID`: the WhatsApp Business Account, as AWS names it.
    pub whatsapp_account_id: Option<String>,
}

/// What a list uses. A channel that it does not use is not asked about.
#[derive(Debug, Clone, Default)]
pub struct AccountQuestion {
    /// How many emails.
    pub emails: u64,
    /// How many parts of text messages.
    pub sms_parts: u64,
    /// What the text messages cost, where that is known and in US dollars, as AWS's limit is.
    pub sms_cost_usd: Option<Decimal>,
    /// Which templates of WhatsApp.
    pub whatsapp_templates: BTreeSet<MetaTemplate>,
}

/// A template as Meta knows it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct MetaTemplate {
    /// Its name at Meta.
    pub name: String,
    /// Its language, as Meta writes it (`en_US`).
    pub language: String,
}

/// The account at AWS.
#[derive(Debug)]
pub struct Account {
    senders: Senders,
    access: Access,
}

impl Account {
    /// The account that AWS's own configuration leads to: region, credentials, endpoints. Read at the first question.
    #[must_use]
    pub fn new(senders: Senders) -> Self {
        Self { senders, access: Access::default() }
    }

    /// The account that this configuration leads to.
    #[must_use]
    pub fn with(senders: Senders, aws: SdkConfig) -> Self {
        Self { senders, access: Access::with(aws) }
    }

    /// The configuration that leads to it.
    pub(crate) async fn aws(&self) -> &SdkConfig {
        self.access.config().await
    }

    /// Asks AWS what stands in the way of a list. It takes 7 seconds at most, however AWS does: 2 for the way to it, 5 for all
    /// the questions, which are asked at once.
    pub async fn look(&self, question: &AccountQuestion) -> AccountReport {
        let mut report = AccountReport::default();
        let Senders { phone_pool_id, ses_from_address, whatsapp_account_id } = &self.senders;
        let from = report.sender(question.emails > 0, ses_from_address, EmailIdentity, "SES_FROM_ADDRESS");
        let origin = report.sender(question.sms_parts > 0, phone_pool_id, SmsOrigin, "PHONE_POOL_ID");
        let templates = &question.whatsapp_templates;
        let account_id = report.sender(
            !templates.is_empty(),
            whatsapp_account_id,
            WhatsappTemplates,
            "WHATSAPP_ACCOUNT_ID",
        );
        if [from, origin, account_id].iter().all(Option::is_none) {
            return report;
        }
        match self.access.clients().await {
            Ok(clients) => {
                let (email, sms, whatsapp) = tokio::join!(
                    OptionFuture::from(from.map(|from| email::look(&clients, from, question.emails))),
                    OptionFuture::from(origin.map(|origin| sms::look(
                        &clients,
                        origin,
                        question.sms_cost_usd
                    ))),
                    OptionFuture::from(account_id.map(|id| whatsapp::look(&clients, id, templates))),
                );
                [sms, whatsapp, email].into_iter().flatten().for_each(|part| report.add(part));
            }
            Err(why) => report.checks.push(AccountMatter::Access.unknown(why)),
        }
        report
    }
}
