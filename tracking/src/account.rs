use std::{fmt, str::FromStr};

/// An AWS account: 12 digits.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AccountId(Box<str>);

/// The text names no AWS account.
#[derive(Debug, thiserror::Error)]
#[error("not an AWS account: it has 12 digits")]
pub struct InvalidAccountId;

impl AccountId {
    /// The account that a queue belongs to, by its URL (`https://sqs.REGION.amazonaws.com/ACCOUNT/NAME`); none where the
    /// URL does not tell.
    #[must_use]
    pub fn of_queue(url: &str) -> Option<Self> {
        url.rsplit('/').nth(1)?.parse().ok()
    }

    /// The account that a resource belongs to, by its ARN (`arn:aws:SERVICE:REGION:ACCOUNT:NAME`); none where the ARN does
    /// not tell.
    #[must_use]
    pub fn of_arn(arn: &str) -> Option<Self> {
        arn.split(':').nth(4)?.parse().ok()
    }

    /// Its digits.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for AccountId {
    type Err = InvalidAccountId;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let is_account = text.len() == 12 && text.bytes().all(|byte| byte.is_ascii_digit());
        if is_account { Ok(Self(text.into())) } else { Err(InvalidAccountId) }
    }
}

impl fmt::Display for AccountId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn queues_and_arns_tell_their_account() {
        let of_queue = |url| AccountId::of_queue(url).map(|account| account.to_string());
        assert_eq!(
            of_queue("https://sqs.eu-west-1.amazonaws.com/111122223333/receipts").as_deref(),
            Some("111122223333")
        );
        assert_eq!(of_queue("http://127.0.0.1:9324/queue/receipts"), None);
        assert_eq!(of_queue("receipts"), None);
        let of_arn = |arn| AccountId::of_arn(arn).map(|account| account.to_string());
        assert_eq!(of_arn("arn:aws:sqs:eu-west-1:111122223333:receipts").as_deref(), Some("111122223333"));
        assert_eq!(of_arn("arn:aws:s3:::bucket"), None);
    }
}
