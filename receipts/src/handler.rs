use aws_lambda_events::sqs::{SqsBatchResponse, SqsEvent, SqsMessage};
use drumbeat_tracking::{
    AccountId,
    receipts::{Incoming, Receiver, Verdict},
};
use tracing::warn;

/// Takes what the queue gave, and answers which of it has to come again; the queue's own time-out says when.
pub(crate) async fn handle(
    receiver: &Receiver,
    event: SqsEvent,
) -> Result<SqsBatchResponse, lambda_runtime::Error> {
    let accounts: Vec<_> = event.records.iter().map(account).collect();
    let incoming: Vec<_> =
        event.records.iter().zip(&accounts).map(|(message, account)| incoming(message, account)).collect();
    let reception = receiver.receive(&incoming).await;
    if let Some(trouble) = reception.trouble {
        warn!(%trouble, "cannot take all receipts");
    }
    let mut response = SqsBatchResponse::default();
    for (message, verdict) in event.records.iter().zip(reception.verdicts) {
        match verdict {
            Verdict::Done => {}
            Verdict::Later(_) | Verdict::Poison => {
                response.add_failure(message.message_id.clone().unwrap_or_default())
            }
        }
    }
    Ok(response)
}

fn account(message: &SqsMessage) -> Option<AccountId> {
    AccountId::of_arn(message.event_source_arn.as_deref()?)
}

fn incoming<'a>(message: &'a SqsMessage, account: &'a Option<AccountId>) -> Incoming<'a> {
    let times = message.attributes.get("ApproximateReceiveCount");
    Incoming {
        body: message.body.as_deref().unwrap_or_default(),
        times: times.and_then(|times| times.parse().ok()).unwrap_or(1),
        account: account.as_ref(),
    }
}
