use drumbeat_common::{Batch, Channel, Failure, FailureState, Recipient, RecipientIndex};
use jiff::Timestamp;

use crate::outcome::Cause;

/// What is kept of a recipient that is not sent to, or may not have been; `recipient` where the batch can be read.
pub(crate) fn of(
    index: RecipientIndex,
    channel: Channel,
    recipient: Option<&Recipient>,
    state: FailureState,
    cause: Cause,
    attempts: u32,
) -> Failure {
    Failure {
        batch: index.batch(),
        index: index.get(),
        customer_id: recipient.map(|recipient| recipient.customer_id.clone()).unwrap_or_default(),
        channel,
        state,
        code: cause.code,
        message: cause.message,
        attempts,
        at: Timestamp::now(),
    }
}

/// The same of somebody in a batch that is in hand.
pub(crate) fn in_batch(
    batch: &Batch,
    index: RecipientIndex,
    state: FailureState,
    cause: Cause,
    attempts: u32,
) -> Failure {
    of(index, channel(batch, index), batch.recipient(index), state, cause, attempts)
}

/// A recipient's channel; the ledger never names anybody whom the batch does not have.
pub(crate) fn channel(batch: &Batch, index: RecipientIndex) -> Channel {
    batch.recipient(index).map_or(Channel::Sms, |recipient| recipient.address.channel())
}
