use aws_sdk_pinpointsmsvoicev2::types::{
    NumberCapability, NumberStatus, PhoneNumberInformation, PoolStatus, SenderIdFilter, SenderIdFilterName,
};

use super::{
    AccountCheck,
    AccountMatter::SmsOrigin,
    access::Clients,
    ask::{NoAnswer, ask},
};

const VARIABLE: &str = "PHONE_POOL_ID";

/// What `PHONE_POOL_ID` names: all that `SendTextMessage` takes as an origination identity.
#[derive(Debug, PartialEq, Eq)]
enum Origin<'a> {
    /// A pool by its id or ARN.
    Pool(&'a str),
    /// A phone number by its id or ARN.
    Phone(&'a str),
    /// A phone number by itself, in E.164.
    Number(&'a str),
    /// A sender ID.
    SenderId(&'a str),
}

impl<'a> Origin<'a> {
    fn of(name: &'a str) -> Self {
        // arn:aws:sms-voice:REGION:ACCOUNT:KIND/ID
        let resource = if name.starts_with("arn:") { name.splitn(6, ':').last() } else { None };
        match resource.and_then(|resource| resource.split_once('/')) {
            Some(("pool", _)) => Self::Pool(name),
            Some(("phone-number", _)) => Self::Phone(name),
            Some((_, id)) => Self::SenderId(id.split('/').next().unwrap_or(id)),
            None if name.starts_with("pool-") => Self::Pool(name),
            None if name.starts_with("phone-") => Self::Phone(name),
            None if name.starts_with('+') => Self::Number(name),
            None => Self::SenderId(name),
        }
    }
}

/// Whether text messages can come from there.
pub(super) async fn check(clients: &Clients, name: &str) -> AccountCheck {
    let origin = Origin::of(name);
    let checked = match origin {
        Origin::Pool(id) => pool(clients, id).await,
        Origin::Phone(id) => phone(clients, id).await,
        Origin::Number(number) => listed(clients, number).await,
        Origin::SenderId(id) => sender_id(clients, id).await,
    };
    checked.unwrap_or_else(|no_answer| no_answer.check(SmsOrigin, VARIABLE, name))
}

async fn pool(clients: &Clients, id: &str) -> Result<AccountCheck, NoAnswer> {
    let call = clients.sms.describe_pools().pool_ids(id).send();
    let answer = ask("sms-voice:DescribePools", call).await?;
    let pool = answer.pools().first().ok_or(NoAnswer::NotThere)?;
    Ok(active(id, pool.status == PoolStatus::Active, pool.status.as_str()))
}

async fn phone(clients: &Clients, id: &str) -> Result<AccountCheck, NoAnswer> {
    let call = clients.sms.describe_phone_numbers().phone_number_ids(id).send();
    let answer = ask("sms-voice:DescribePhoneNumbers", call).await?;
    answer.phone_numbers().first().map(phone_number).ok_or(NoAnswer::NotThere)
}

/// AWS finds numbers by id only, so those of the account are gone through.
async fn listed(clients: &Clients, number: &str) -> Result<AccountCheck, NoAnswer> {
    let mut numbers = clients.sms.describe_phone_numbers().into_paginator().items().send();
    let find = async {
        while let Some(listed) = numbers.try_next().await? {
            if listed.phone_number == number {
                return Ok(Some(listed));
            }
        }
        Ok(None)
    };
    let found = ask("sms-voice:DescribePhoneNumbers", find).await?;
    found.as_ref().map(phone_number).ok_or(NoAnswer::NotThere)
}

fn phone_number(phone: &PhoneNumberInformation) -> AccountCheck {
    let name = &phone.phone_number;
    if !phone.number_capabilities.contains(&NumberCapability::Sms) {
        return SmsOrigin.problem(format!("{name} cannot send text messages: choose another {VARIABLE}"));
    }
    active(name, phone.status == NumberStatus::Active, phone.status.as_str())
}

/// A sender ID has no status: it is there, in some country, or it is not.
async fn sender_id(clients: &Clients, id: &str) -> Result<AccountCheck, NoAnswer> {
    let filter = SenderIdFilter::builder().name(SenderIdFilterName::SenderId).values(id).build();
    let filter = filter.map_err(|error| NoAnswer::Unknown(error.to_string()))?;
    let call = clients.sms.describe_sender_ids().filters(filter).send();
    let answer = ask("sms-voice:DescribeSenderIds", call).await?;
    answer.sender_ids().first().map(|_| SmsOrigin.ok()).ok_or(NoAnswer::NotThere)
}

fn active(name: &str, active: bool, status: &str) -> AccountCheck {
    if active {
        SmsOrigin.ok()
    } else {
        SmsOrigin
            .problem(format!("{name} is {status}: wait until it is ACTIVE, or choose another {VARIABLE}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_of_origin_is_known_by_its_look() {
        let arn = |resource| format!("arn:aws:sms-voice:us-east-1:123456789012:{resource}");
        let (pool, phone) = (arn("pool/pool-1"), arn("phone-number/phone-1"));
        for (name, origin) in [
            ("pool-1", Origin::Pool("pool-1")),
            ("phone-1", Origin::Phone("phone-1")),
            ("+12065550100", Origin::Number("+12065550100")),
            ("MYSHOP", Origin::SenderId("MYSHOP")),
            (&pool, Origin::Pool(&pool)),
            (&phone, Origin::Phone(&phone)),
            (&arn("sender-id/MYSHOP/GB"), Origin::SenderId("MYSHOP")),
        ] {
            assert_eq!(Origin::of(name), origin, "{name}");
        }
    }
}
