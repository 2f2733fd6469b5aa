use std::time::Duration;

use aws_sdk_sqs::types::{Message, MessageSystemAttributeName};
use drumbeat_tracking::receipts::{Incoming, Receiver, Verdict};
use tokio_util::sync::CancellationToken;

use super::queue::{MOST, ReceiptsQueue};

/// How soon a message comes again that nobody can take: it is counted, and belongs among the dead letters before long.
const SOON: Duration = Duration::from_secs(1);

/// The queue, and what takes its messages.
pub(crate) struct Reader {
    pub(super) queue: ReceiptsQueue,
    pub(super) receiver: Receiver,
}

/// What one round found.
#[derive(Debug)]
pub(super) enum Found {
    /// As many messages as fit, so probably more are waiting.
    Full,
    /// Some messages.
    Some,
    /// No message.
    Nothing,
    /// Something is away, in words.
    Trouble(String),
}

impl Reader {
    /// One round: asks for messages, takes them, and tells the queue what became of each. A stop cuts short the asking
    /// alone; what was on its way from the queue then comes again.
    pub(super) async fn round(&self, stop: &CancellationToken) -> Found {
        let received = tokio::select! {
            () = stop.cancelled() => return Found::Nothing,
            received = self.queue.receive() => received,
        };
        match received {
            Ok(messages) => self.take(&messages).await,
            Err(error) => Found::Trouble(error.to_string()),
        }
    }

    async fn take(&self, messages: &[Message]) -> Found {
        let incoming: Vec<_> = messages.iter().map(|message| self.incoming(message)).collect();
        let reception = self.receiver.receive(&incoming).await;
        let (mut done, mut later) = (Vec::new(), Vec::new());
        for (message, verdict) in messages.iter().zip(reception.verdicts) {
            let handle = message.receipt_handle().unwrap_or_default().to_owned();
            match verdict {
                Verdict::Done => done.push(handle),
                Verdict::Later(wait) => later.push((handle, wait)),
                Verdict::Poison => later.push((handle, SOON)),
            }
        }
        let (deleted, postponed) = tokio::join!(self.queue.delete(done), self.queue.postpone(later));
        match (reception.trouble, deleted.and(postponed)) {
            (Some(trouble), _) => Found::Trouble(trouble.to_string()),
            (None, Err(error)) => Found::Trouble(error.to_string()),
            (None, Ok(())) if messages.len() >= MOST as usize => Found::Full,
            (None, Ok(())) if messages.is_empty() => Found::Nothing,
            (None, Ok(())) => Found::Some,
        }
    }

    fn incoming<'a>(&'a self, message: &'a Message) -> Incoming<'a> {
        let attributes = message.attributes.as_ref();
        let times = attributes.and_then(|all| all.get(&MessageSystemAttributeName::ApproximateReceiveCount));
        Incoming {
            body: message.body().unwrap_or_default(),
            times: times.and_then(|times| times.parse().ok()).unwrap_or(1),
            account: self.queue.account.as_ref(),
        }
    }
}
