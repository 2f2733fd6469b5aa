use std::fmt::Write;

use drumbeat_api::Problem;
use reqwest::{StatusCode, Url};

/// More would scroll the first ones away.
const SHOWN_ERRORS: usize = 20;

/// A call to the API failed.
#[derive(Debug, thiserror::Error)]
pub enum ClientError {
    /// The key cannot be sent.
    #[error("the API key has characters that fit into no HTTP header")]
    InvalidKey,
    /// Nobody listens there. The call was not made.
    #[error("cannot reach the API at {base}: {reason}; is it running, and is this its address?")]
    Unreachable {
        /// The API's address.
        base: Url,
        /// What happened.
        reason: String,
    },
    /// The connection broke before the answer came. The call may have been made.
    #[error("lost the connection to the API at {base}: {reason}")]
    Lost {
        /// The API's address.
        base: Url,
        /// What happened.
        reason: String,
    },
    /// The API did not answer in time. The call may have been made.
    #[error("the API at {base} did not answer in time")]
    TimedOut {
        /// The API's address.
        base: Url,
    },
    /// The API refused, and says why.
    #[error("{}", explain(.0))]
    Problem(Box<Problem>),
    /// What answered is not Drumbeat's API, or one of another version.
    #[error("what answered at {base} is not Drumbeat's API: HTTP {status}, {excerpt:?}")]
    Unreadable {
        /// The address.
        base: Url,
        /// The answer's status.
        status: StatusCode,
        /// How its body starts.
        excerpt: String,
    },
}

impl ClientError {
    /// Whether the same call may go through later: the API is away, or says so.
    #[must_use]
    pub fn is_passing(&self) -> bool {
        match self {
            Self::Unreachable { .. } | Self::Lost { .. } | Self::TimedOut { .. } => true,
            Self::Problem(problem) => problem.status == StatusCode::SERVICE_UNAVAILABLE.as_u16(),
            // A load balancer with nobody behind it.
            Self::Unreadable { status, .. } => matches!(
                *status,
                StatusCode::BAD_GATEWAY | StatusCode::SERVICE_UNAVAILABLE | StatusCode::GATEWAY_TIMEOUT
            ),
            Self::InvalidKey => false,
        }
    }

    pub(super) fn from_transport(base: &Url, source: reqwest::Error) -> Self {
        let base = base.clone();
        if source.is_connect() {
            Self::Unreachable { base, reason: root_cause(&source) }
        } else if source.is_timeout() {
            Self::TimedOut { base }
        } else {
            Self::Lost { base, reason: root_cause(&source) }
        }
    }

    pub(super) fn unreadable(base: &Url, status: StatusCode, body: &[u8]) -> Self {
        let excerpt = String::from_utf8_lossy(body).chars().take(200).collect();
        Self::Unreadable { base: base.clone(), status, excerpt }
    }
}

/// reqwest's own words are its URL and 'error sending request'; what happened is at the bottom.
fn root_cause(error: &reqwest::Error) -> String {
    let mut cause: &dyn std::error::Error = error;
    while let Some(source) = cause.source() {
        cause = source;
    }
    cause.to_string()
}

/// The problem, and under it a line for each field at fault.
fn explain(problem: &Problem) -> String {
    let mut text = problem.detail.clone();
    for error in problem.errors.iter().take(SHOWN_ERRORS) {
        let customer = error.customer_id.as_ref().map(|id| format!(" ({id})")).unwrap_or_default();
        // Writing to a String cannot fail.
        let _ = write!(text, "\n  line {}, {}{customer}: {}", error.line, error.pointer, error.detail);
    }
    if let Some(more @ 1..) = problem.errors.len().checked_sub(SHOWN_ERRORS) {
        let _ = write!(text, "\n  and {more} more");
    }
    text
}

#[cfg(test)]
mod tests {
    use drumbeat_api::FieldProblem;

    use super::*;

    fn problem(status: u16, errors: usize) -> Problem {
        Problem {
            kind: "/problems/invalid-campaign".to_owned(),
            title: "The campaign is not valid".to_owned(),
            status,
            detail: "nothing was sent".to_owned(),
            campaign_id: None,
            errors: (0..errors)
                .map(|i| FieldProblem {
                    pointer: format!("/recipients/{i}/phone"),
                    line: i as u64 + 5,
                    customer_id: (i > 0).then(|| format!("CUST-{i}")),
                    detail: "no number".to_owned(),
                })
                .collect(),
        }
    }

    #[test]
    fn each_field_at_fault_has_a_line_of_its_own() {
        assert_eq!(explain(&problem(422, 0)), "nothing was sent");
        assert_eq!(
            explain(&problem(422, 2)),
            "nothing was sent\n  line 5, /recipients/0/phone: no number\n  line 6, /recipients/1/phone (CUST-1): no number"
        );
    }

    #[test]
    fn a_long_list_is_cut_and_counted() {
        let text = explain(&problem(422, 63));
        assert_eq!(text.lines().count(), 1 + SHOWN_ERRORS + 1);
        assert!(text.ends_with("\n  and 43 more"), "{text}");
        assert!(!explain(&problem(422, SHOWN_ERRORS)).contains("more"));
    }

    #[test]
    fn only_what_may_pass_is_tried_again() {
        assert!(ClientError::Problem(Box::new(problem(503, 0))).is_passing());
        assert!(!ClientError::Problem(Box::new(problem(409, 0))).is_passing());
        let base: Url = "http://127.0.0.1:1".parse().unwrap();
        assert!(ClientError::unreadable(&base, StatusCode::BAD_GATEWAY, b"<html>").is_passing());
        assert!(!ClientError::unreadable(&base, StatusCode::OK, b"<html>").is_passing());
    }
}
