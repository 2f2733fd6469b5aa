use std::iter;

use aws_sdk_sesv2::operation::{
    get_account::GetAccountOutput,
    get_email_identity::{GetEmailIdentityError as Error, GetEmailIdentityOutput},
};

use super::{
    AccountCheck,
    AccountMatter::{EmailIdentity, EmailProduction, EmailQuota, EmailSending},
    AccountReport,
    access::Clients,
    ask::ask,
};

/// Whether SES takes that many emails from an address.
pub(super) async fn look(clients: &Clients, from: &str, emails: u64) -> AccountReport {
    let (mut report, identity) = tokio::join!(account(clients, emails), identity(clients, from));
    report.checks.push(identity);
    report
}

async fn account(clients: &Clients, emails: u64) -> AccountReport {
    let account = match ask("ses:GetAccount", clients.ses.get_account().send()).await {
        Ok(account) => account,
        Err(no_answer) => {
            let checks = vec![no_answer.unknown(EmailSending)];
            return AccountReport { checks, ..AccountReport::default() };
        }
    };
    let quota = account.send_quota();
    // SES writes no limit as -1.
    let left = quota
        .filter(|quota| quota.max24_hour_send >= 0.0)
        .map(|quota| (quota.max24_hour_send - quota.sent_last24_hours).max(0.0) as u64);
    AccountReport {
        checks: vec![sending(&account), production(&account), quota_check(left, emails)],
        emails_per_second: quota.map(|quota| quota.max_send_rate),
        emails_left_today: left,
        ..AccountReport::default()
    }
}

fn sending(account: &GetAccountOutput) -> AccountCheck {
    match account.enforcement_status() {
        Some("SHUTDOWN") => EmailSending.problem(
            "SES has paused this account over the email it sent: put right what the SES console names, and ask for a review",
        ),
        _ if account.sending_enabled => EmailSending.ok(),
        _ => EmailSending.problem("sending is turned off for this account: turn it on in the SES console"),
    }
}

fn production(account: &GetAccountOutput) -> AccountCheck {
    if account.production_access_enabled {
        EmailProduction.ok()
    } else {
        EmailProduction.problem(
            "the account is in the SES sandbox, where only verified addresses get email: ask for production access in the \
             SES console",
        )
    }
}

fn quota_check(left: Option<u64>, emails: u64) -> AccountCheck {
    match left {
        Some(left) if left < emails => EmailQuota.problem(format!(
            "the list has {emails} emails, and SES takes {left} more within 24 hours: send the rest later, or ask for a \
             higher sending quota"
        )),
        _ => EmailQuota.ok(),
    }
}

/// Whether one of the identities that an address belongs to is verified.
async fn identity(clients: &Clients, from: &str) -> AccountCheck {
    let look = async {
        let mut unverified = None;
        for name in identities(from) {
            match clients.ses.get_email_identity().email_identity(name).send().await {
                Ok(identity) if identity.verified_for_sending_status => return Ok(EmailIdentity.ok()),
                Ok(identity) => unverified = unverified.or(Some((name, identity))),
                Err(error) if error.as_service_error().is_some_and(Error::is_not_found_exception) => {}
                Err(error) => return Err(error),
            }
        }
        Ok(EmailIdentity.problem(match unverified {
            Some((name, identity)) => format!(
                "{name} is not verified for sending ({}): finish its verification in the SES console",
                status(&identity)
            ),
            None => format!(
                "{} cannot be sent from: verify it or its domain in the SES console of this region",
                address(from)
            ),
        }))
    };
    let checked = ask("ses:GetEmailIdentity", look).await;
    checked.unwrap_or_else(|no_answer| no_answer.check(EmailIdentity, "SES_FROM_ADDRESS", from))
}

fn status(identity: &GetEmailIdentityOutput) -> &str {
    identity.verification_status().map_or("no status", |status| status.as_str())
}

/// An address, its domain, and the domains above it: each of them, verified, lets the address send (SES developer guide,
/// "Creating and verifying identities").
fn identities(from: &str) -> impl Iterator<Item = &str> {
    let address = address(from);
    let domain = address.split_once('@').map_or("", |(_, domain)| domain);
    let domains = iter::successors(Some(domain), |domain| Some(domain.split_once('.')?.1));
    iter::once(address).chain(domains.filter(|domain| domain.contains('.')))
}

/// The address itself, without a name in front: `Shop <news@example.com>`.
fn address(from: &str) -> &str {
    from.rsplit_once('<').and_then(|(_, rest)| rest.strip_suffix('>')).unwrap_or(from).trim()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_may_be_verified_by_every_domain_above_it() {
        let identities: Vec<_> = identities("Shop <news@mail.example.com>").collect();
        assert_eq!(identities, ["news@mail.example.com", "mail.example.com", "example.com"]);
    }
}
