use std::collections::{BTreeMap, BTreeSet};

use super::{
    AccountCheck, AccountMatter::WhatsappTemplates, AccountReport, MetaTemplate, access::Clients, ask::ask,
};

/// Whether Meta has approved the templates.
pub(super) async fn look(
    clients: &Clients,
    account_id: &str,
    templates: &BTreeSet<MetaTemplate>,
) -> AccountReport {
    let mut pages =
        clients.social.list_whats_app_message_templates().id(account_id).into_paginator().items().send();
    let list = async {
        let mut statuses = BTreeMap::new();
        while let Some(template) = pages.try_next().await? {
            let (Some(name), Some(language)) = (template.template_name, template.template_language) else {
                continue;
            };
            statuses.insert(MetaTemplate { name, language }, template.template_status.unwrap_or_default());
        }
        Ok(statuses)
    };
    let checks = match ask("social-messaging:ListWhatsAppMessageTemplates", list).await {
        Ok(statuses) => checks(templates, &statuses),
        Err(no_answer) => vec![no_answer.check(WhatsappTemplates, "WHATSAPP_ACCOUNT_ID", account_id)],
    };
    AccountReport { checks, ..AccountReport::default() }
}

/// One for each template that cannot be sent, or one for all of them.
fn checks(
    templates: &BTreeSet<MetaTemplate>,
    statuses: &BTreeMap<MetaTemplate, String>,
) -> Vec<AccountCheck> {
    let problems: Vec<_> = templates
        .iter()
        .filter_map(|template| obstacle(template, statuses).map(|what| WhatsappTemplates.problem(what)))
        .collect();
    if problems.is_empty() { vec![WhatsappTemplates.ok()] } else { problems }
}

fn obstacle(template: &MetaTemplate, statuses: &BTreeMap<MetaTemplate, String>) -> Option<String> {
    let MetaTemplate { name, language } = template;
    let named = format!("template {name:?} in {language}");
    match statuses.get(template).map(String::as_str) {
        Some("APPROVED") => None,
        Some("PENDING" | "IN_APPEAL") => {
            Some(format!("{named} waits for Meta's review: send when it is approved"))
        }
        Some("PAUSED") => {
            Some(format!("{named} is paused by Meta, since people complained of it: wait, or change it"))
        }
        Some("REJECTED") => Some(format!("{named} was rejected by Meta: change it, and submit it again")),
        Some(status) => Some(format!("{named} is {status} at Meta: choose another one")),
        None => {
            let languages: Vec<_> =
                statuses.keys().filter(|other| other.name == *name).map(|other| &*other.language).collect();
            Some(match languages[..] {
                [] => {
                    format!("{named} is not in the WhatsApp account: create it there, or choose another one")
                }
                [..] => format!("{named} is not in the WhatsApp account, only in {}", languages.join(", ")),
            })
        }
    }
}
