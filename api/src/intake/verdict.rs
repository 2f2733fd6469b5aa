use super::list::Summary;
use crate::{
    complaints::{Complaints, MAX_LISTED},
    error::ApiError,
    number::grouped,
};

/// Why a list is not good enough to be sent, if so.
pub(super) fn in_words(summary: &Summary, max_rejected: f64) -> Option<String> {
    if summary.rows() == 0 {
        return Some("the list has no recipients: a campaign needs at least one".to_owned());
    }
    rejected_in_words(summary, max_rejected)
}

/// Whether a list is good enough to be sent.
pub(super) fn judge(summary: &Summary, max_rejected: f64) -> Result<(), ApiError> {
    match in_words(summary, max_rejected) {
        Some(words) => Err(refusal(words, Vec::new(), summary)),
        None => Ok(()),
    }
}

/// The same for a body whose options may be wrong too. Where no share of rejected rows is given, it is those alone that
/// matter.
pub(super) fn judge_all(
    complaints: Complaints<'_>,
    summary: &Summary,
    max_rejected: Option<f64>,
) -> Result<(), ApiError> {
    let wrong_options = complaints.in_words();
    // Once nothing can be sent, every recipient at fault is told of.
    let most = if wrong_options.is_some() { Some(0.0) } else { max_rejected };
    let rejected = most.and_then(|most| rejected_in_words(summary, most));
    let parts: Vec<_> = wrong_options.into_iter().chain(rejected).collect();
    if parts.is_empty() {
        Ok(())
    } else {
        Err(refusal(parts.join(", and "), complaints.into_problems(), summary))
    }
}

fn rejected_in_words(summary: &Summary, max_rejected: f64) -> Option<String> {
    let (bad, rows) = (summary.rejections.count, summary.rows());
    if bad == 0 || (summary.total > 0 && bad as f64 <= rows as f64 * max_rejected) {
        return None;
    }
    let people = if rows == 1 { "recipient" } else { "recipients" };
    let words = format!("{} of {} {people} cannot be sent to", grouped(bad), grouped(rows));
    if summary.total > 0 && max_rejected > 0.0 {
        return Some(format!("{words}, more than {} %", max_rejected * 100.0));
    }
    Some(words)
}

fn refusal(words: String, mut errors: Vec<crate::FieldProblem>, summary: &Summary) -> ApiError {
    let faults = errors.len() as u64 + summary.rejections.faults;
    errors.extend(summary.rejections.problems.iter().cloned());
    errors.truncate(MAX_LISTED);
    let mut detail = format!("{words}; nothing was sent");
    if faults > errors.len() as u64 {
        detail.push_str(&format!(" (the first {MAX_LISTED} errors are listed)"));
    }
    ApiError::InvalidCampaign { detail, errors }
}
