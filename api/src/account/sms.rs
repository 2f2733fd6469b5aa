use aws_sdk_pinpointsmsvoicev2::types::SpendLimitName;
use rust_decimal::Decimal;

use super::{
    AccountCheck, AccountMatter::SmsSpendLimit, AccountReport, access::Clients, ask::ask, sms_origin,
};

/// Whether text messages can come from an origin, and cost that much.
pub(super) async fn look(clients: &Clients, origin: &str, cost_usd: Option<Decimal>) -> AccountReport {
    let (origin, mut report) =
        tokio::join!(sms_origin::check(clients, origin), spend_limit(clients, cost_usd));
    report.checks.insert(0, origin);
    report
}

async fn spend_limit(clients: &Clients, cost_usd: Option<Decimal>) -> AccountReport {
    let call = clients.sms.describe_spend_limits().send();
    let (check, sms_monthly_limit_usd) = match ask("sms-voice:DescribeSpendLimits", call).await {
        Ok(answer) => {
            let limits = answer.spend_limits();
            let limit =
                limits.iter().find(|limit| limit.name == SpendLimitName::TextMessageMonthlySpendLimit);
            match limit.and_then(|limit| u64::try_from(limit.enforced_limit).ok()) {
                Some(limit) => (fits(limit, cost_usd), Some(limit)),
                None => (SmsSpendLimit.unknown("AWS names no limit for text messages"), None),
            }
        }
        Err(no_answer) => (no_answer.unknown(SmsSpendLimit), None),
    };
    AccountReport { checks: vec![check], sms_monthly_limit_usd, ..AccountReport::default() }
}

fn fits(limit: u64, cost_usd: Option<Decimal>) -> AccountCheck {
    match cost_usd {
        Some(cost) if cost > limit.into() => SmsSpendLimit.problem(format!(
            "the text messages cost about {} US dollars, and AWS lets them cost {limit} in a month, all campaigns together: \
             ask for a higher spend limit",
            cost.round_dp(2)
        )),
        _ if limit == 0 => SmsSpendLimit.problem("AWS lets text messages cost nothing: raise the spend limit"),
        _ => SmsSpendLimit.ok(),
    }
}
