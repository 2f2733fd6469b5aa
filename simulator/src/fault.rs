use std::time::Duration;

use drumbeat_common::Channel;
use rand::{Rng, RngExt};
use serde::{Deserialize, Serialize};

/// What goes wrong with a call.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Fault {
    /// The service refuses the recipient.
    Reject {
        /// The error code; by default SMS `ConflictException`, WhatsApp `ValidationException`, SES `MessageRejected`.
        code: Option<String>,
        /// SMS errors carry a reason; by default `DESTINATION_PHONE_NUMBER_OPTED_OUT`, where the code is too.
        reason: Option<String>,
    },
    /// The service answers that it failed, and has not accepted.
    ServerError {
        /// The HTTP status, 500 to 599.
        status: u16,
        /// The error code; the service's own name for it by default, and an answer without any when empty.
        code: Option<String>,
    },
    /// The connection is closed without an answer, and the message is not accepted.
    CutBefore,
    /// The message is accepted, and the connection closed without an answer.
    CutAfter,
    /// The message is accepted, and the answer takes this much longer.
    Late(Duration),
    /// The service says that it is called too often.
    Throttle,
}

/// Which calls a fault befalls. In JSON one flat object, such as
/// `{"service":"sms","address":"+14155550100","kind":"late","delay_ms":3000}`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "RuleForm", into = "RuleForm")]
pub struct FaultRule {
    /// Only this service; any when absent.
    pub service: Option<Channel>,
    /// Only this recipient, exactly (WhatsApp numbers with their `+`); anybody when absent.
    pub address: Option<String>,
    /// The share of those calls, 0 to 1; all when absent.
    pub share: Option<f64>,
    /// What befalls them.
    pub fault: Fault,
}

impl FaultRule {
    /// Whether the rule befalls a call. Chance is asked only where the rest fits, so that a seed repeats itself.
    pub(crate) fn befalls(&self, service: Channel, address: &str, random: &mut impl Rng) -> bool {
        self.service.is_none_or(|only| only == service)
            && self.address.as_deref().is_none_or(|only| only == address)
            && self.share.is_none_or(|share| random.random_bool(share))
    }
}

/// The fields of a fault rule do not fit together.
#[derive(Debug, thiserror::Error)]
pub enum InvalidFaultRule {
    /// A share is a part of one.
    #[error("the share of a fault must be from 0 to 1, not {0}")]
    Share(f64),
    /// Only 5xx is the service's own failure.
    #[error("the status of a server_error must be from 500 to 599, not {0}")]
    Status(u16),
    /// An answer that is late needs to know by how much.
    #[error("a fault of kind late needs delay_ms")]
    NoDelay,
    /// A field that says nothing about this kind.
    #[error("a fault of kind {kind} has no {field}")]
    Stray {
        /// The kind.
        kind: &'static str,
        /// The field that it does not have.
        field: &'static str,
    },
}

/// The rule as JSON has it.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct RuleForm {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    service: Option<Channel>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    address: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    share: Option<f64>,
    kind: Kind,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    code: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    reason: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    status: Option<u16>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    delay_ms: Option<u64>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Kind {
    Reject,
    ServerError,
    CutBefore,
    CutAfter,
    Late,
    Throttle,
}

impl Kind {
    const fn as_str(self) -> &'static str {
        match self {
            Self::Reject => "reject",
            Self::ServerError => "server_error",
            Self::CutBefore => "cut_before",
            Self::CutAfter => "cut_after",
            Self::Late => "late",
            Self::Throttle => "throttle",
        }
    }

    const fn of(fault: &Fault) -> Self {
        match fault {
            Fault::Reject { .. } => Self::Reject,
            Fault::ServerError { .. } => Self::ServerError,
            Fault::CutBefore => Self::CutBefore,
            Fault::CutAfter => Self::CutAfter,
            Fault::Late(_) => Self::Late,
            Fault::Throttle => Self::Throttle,
        }
    }
}

impl TryFrom<RuleForm> for FaultRule {
    type Error = InvalidFaultRule;

    fn try_from(form: RuleForm) -> Result<Self, Self::Error> {
        let kind = form.kind;
        let stray = |field, given: bool, allowed: &[Kind]| {
            if given && !allowed.contains(&kind) {
                return Err(InvalidFaultRule::Stray { kind: kind.as_str(), field });
            }
            Ok(())
        };
        stray("code", form.code.is_some(), &[Kind::Reject, Kind::ServerError])?;
        stray("reason", form.reason.is_some(), &[Kind::Reject])?;
        stray("status", form.status.is_some(), &[Kind::ServerError])?;
        stray("delay_ms", form.delay_ms.is_some(), &[Kind::Late])?;
        if let Some(share) = form.share.filter(|share| !(0.0..=1.0).contains(share)) {
            return Err(InvalidFaultRule::Share(share));
        }
        let fault = match kind {
            Kind::Reject => Fault::Reject { code: form.code, reason: form.reason },
            Kind::ServerError => Fault::ServerError {
                status: match form.status {
                    Some(status @ 500..=599) => status,
                    Some(status) => return Err(InvalidFaultRule::Status(status)),
                    None => 500,
                },
                code: form.code,
            },
            Kind::CutBefore => Fault::CutBefore,
            Kind::CutAfter => Fault::CutAfter,
            Kind::Late => {
                Fault::Late(form.delay_ms.map(Duration::from_millis).ok_or(InvalidFaultRule::NoDelay)?)
            }
            Kind::Throttle => Fault::Throttle,
        };
        Ok(Self { service: form.service, address: form.address, share: form.share, fault })
    }
}

impl From<FaultRule> for RuleForm {
    fn from(rule: FaultRule) -> Self {
        let kind = Kind::of(&rule.fault);
        let (code, reason, status, delay_ms) = match rule.fault {
            Fault::Reject { code, reason } => (code, reason, None, None),
            Fault::ServerError { status, code } => (code, None, Some(status), None),
            Fault::Late(delay) => (None, None, None, u64::try_from(delay.as_millis()).ok()),
            Fault::CutBefore | Fault::CutAfter | Fault::Throttle => (None, None, None, None),
        };
        let FaultRule { service, address, share, .. } = rule;
        Self { service, address, share, kind, code, reason, status, delay_ms }
    }
}

#[cfg(test)]
mod tests {
    use rand::{SeedableRng, rngs::StdRng};

    use super::*;

    #[test]
    fn reads_what_it_writes() {
        for json in [
            r#"{"kind":"cut_before"}"#,
            r#"{"service":"sms","address":"+14155550100","share":0.5,"kind":"late","delay_ms":3000}"#,
            r#"{"kind":"server_error","code":"","status":503}"#,
            r#"{"service":"email","kind":"reject","code":"MessageRejected"}"#,
        ] {
            let rule: FaultRule = serde_json::from_str(json).unwrap();
            assert_eq!(serde_json::to_string(&rule).unwrap(), json);
        }
    }

    #[test]
    fn refuses_what_does_not_fit_and_says_why() {
        for (json, why) in [
            (r#"{"kind":"late"}"#, "a fault of kind late needs delay_ms"),
            (r#"{"kind":"throttle","status":429}"#, "a fault of kind throttle has no status"),
            (r#"{"kind":"cut_after","share":1.5}"#, "the share of a fault must be from 0 to 1, not 1.5"),
            (r#"{"kind":"server_error","status":404}"#, "must be from 500 to 599"),
            (r#"{"kind":"cut_after","adress":"+1"}"#, "unknown field `adress`"),
        ] {
            let error = serde_json::from_str::<FaultRule>(json).unwrap_err().to_string();
            assert!(error.contains(why), "{error}");
        }
    }

    #[test]
    fn a_share_befalls_about_that_many_and_the_same_ones_again() {
        let rule: FaultRule = serde_json::from_str(r#"{"kind":"cut_after","share":0.1}"#).unwrap();
        let draw = || {
            let mut random = StdRng::seed_from_u64(7);
            (0..10_000).map(|_| rule.befalls(Channel::Sms, "+14155550100", &mut random)).collect::<Vec<_>>()
        };
        let hits = draw().iter().filter(|hit| **hit).count();
        assert!((900..1100).contains(&hits), "{hits}");
        assert_eq!(draw(), draw());
    }
}
