use std::fmt::Write;

use drumbeat_api::{RejectedRecipient, SendCampaignAnswer, Skipped};
use indicatif::HumanCount;

/// More would scroll what matters away.
const SHOWN_ROWS: usize = 10;

/// Who is sent to and how, who is passed over, and who was left out.
pub(crate) fn taken(answer: &SendCampaignAnswer) -> String {
    let SendCampaignAnswer { channels, skipped, rejected_total, .. } = answer;
    let [sms, whatsapp, email] = [channels.sms, channels.whatsapp, channels.email].map(HumanCount);
    let mut text = format!(
        "{} in {}: {sms} SMS, {whatsapp} WhatsApp, {email} email",
        counted(answer.total, "recipient", "recipients"),
        counted(answer.batches, "batch", "batches")
    );
    // Writing to a String cannot fail.
    if let Some(passed_over) = passed_over(skipped) {
        let _ = write!(text, "\n{passed_over}");
    }
    if *rejected_total > 0 {
        let _ = write!(text, "\nrejected: {}", HumanCount(*rejected_total));
    }
    for rejected in answer.rejected.iter().take(SHOWN_ROWS) {
        let _ = write!(text, "\n  {}: {}", place(rejected), rejected.reason);
    }
    if let Some(more @ 1..) = rejected_total.checked_sub(SHOWN_ROWS as u64) {
        let (more, id) = (HumanCount(more), answer.campaign_id);
        let _ = write!(text, "\n  and {more} more; all of them: drumbeat rejected {id} > rejected.csv");
    }
    text
}

/// Those of a list who get nothing, where there are any.
pub(super) fn passed_over(skipped: &Skipped) -> Option<String> {
    let parts: Vec<_> = [
        (skipped.duplicates, "whose address came before in the list"),
        (skipped.suppressed, "on the suppression list"),
    ]
    .into_iter()
    .filter(|(count, _)| *count > 0)
    .map(|(count, why)| format!("{} {why}", HumanCount(count)))
    .collect();
    (!parts.is_empty()).then(|| format!("passed over: {}", parts.join(", ")))
}

/// Where a row is that is left out, and whose.
pub(super) fn place(rejected: &RejectedRecipient) -> String {
    let customer = rejected.customer_id.as_ref().map(|id| format!(" ({id})")).unwrap_or_default();
    format!("line {}{customer}", rejected.line)
}

fn counted(count: u64, one: &str, many: &str) -> String {
    format!("{} {}", HumanCount(count), if count == 1 { one } else { many })
}

#[cfg(test)]
mod tests {
    use drumbeat_api::ChannelTotals;
    use drumbeat_common::CampaignId;

    use super::*;

    fn answer() -> SendCampaignAnswer {
        SendCampaignAnswer {
            campaign_id: CampaignId::generate(),
            total: 1_234,
            batches: 13,
            channels: ChannelTotals { sms: 1_000, whatsapp: 200, email: 34 },
            channels_chosen: 0,
            skipped: Skipped::default(),
            rejected_total: 0,
            rejected: Vec::new(),
        }
    }

    #[test]
    fn a_clean_list_is_one_line() {
        assert_eq!(taken(&answer()), "1,234 recipients in 13 batches: 1,000 SMS, 200 WhatsApp, 34 email");
    }

    #[test]
    fn who_gets_nothing_is_told_with_the_reason() {
        let mut answer = answer();
        (answer.skipped.duplicates, answer.skipped.suppressed) = (1_500, 2);
        answer.rejected_total = 12;
        answer.rejected = (2..14)
            .map(|line| RejectedRecipient {
                line,
                customer_id: (line > 2).then(|| format!("CUST-{line}")),
                reason: "phone is missing".to_owned(),
            })
            .collect();
        let text = taken(&answer);
        let lines: Vec<_> = text.lines().collect();
        assert_eq!(lines.len(), 3 + SHOWN_ROWS + 1);
        assert_eq!(
            lines[1],
            "passed over: 1,500 whose address came before in the list, 2 on the suppression list"
        );
        assert_eq!(
            lines[2..5],
            ["rejected: 12", "  line 2: phone is missing", "  line 3 (CUST-3): phone is missing"]
        );
        assert!(lines[13].starts_with("  and 2 more; all of them: drumbeat rejected 0"), "{}", lines[13]);
    }
}
