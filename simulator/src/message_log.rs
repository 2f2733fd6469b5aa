use std::sync::Arc;

use drumbeat_common::{Channel, RecipientRef};
use serde::Serialize;

use crate::{message_id::MessageId, submission::Submission};

/// A message that a service accepted.
#[derive(Debug, Clone)]
pub(crate) struct Message {
    pub(crate) service: Channel,
    pub(crate) id: MessageId,
    pub(crate) to: Arc<str>,
    pub(crate) text: Arc<str>,
    pub(crate) recipient: Option<RecipientRef>,
    /// When its request arrived, in Unix microseconds.
    pub(crate) at_us: u64,
}

impl Message {
    pub(crate) fn new(service: Channel, id: MessageId, submission: Submission, at_us: u64) -> Self {
        let Submission { to, text, recipient, dry_run: _ } = submission;
        Self { service, id, to, text, recipient, at_us }
    }
}

/// Accepted messages in the order of acceptance.
///
/// Kept in chunks: a full one never changes again and is shared with whoever reads. So a million messages are taken
/// out in microseconds, and senders never wait for a reader or for a growing vector to move house.
#[derive(Debug, Clone, Default)]
pub(crate) struct MessageLog {
    full: Vec<Arc<Vec<Message>>>,
    open: Vec<Message>,
}

const CHUNK: usize = 1024;

impl MessageLog {
    pub(crate) fn push(&mut self, message: Message) {
        if self.open.capacity() == 0 {
            self.open.reserve_exact(CHUNK);
        }
        self.open.push(message);
        if self.open.len() == CHUNK {
            self.full.push(Arc::new(std::mem::take(&mut self.open)));
        }
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = &Message> {
        self.full.iter().flat_map(|chunk| chunk.iter()).chain(&self.open)
    }

    /// Up to `limit` messages whose sequence number is greater. Numbers start at 1 and have no gaps.
    pub(crate) fn after(&self, seq: usize, limit: usize) -> impl Iterator<Item = Listed<'_>> {
        let chunks = self.full.iter().map(|chunk| &chunk[..]).chain([&self.open[..]]);
        let skipped = (seq / CHUNK).min(self.full.len());
        chunks
            .skip(skipped)
            .flatten()
            .enumerate()
            .map(move |(place, message)| (skipped * CHUNK + place + 1, message))
            .skip(seq.saturating_sub(skipped * CHUNK))
            .take(limit)
            .map(|(seq, message)| Listed::new(seq, message))
    }
}

/// A message as the control API lists it.
#[derive(Debug, Serialize)]
pub(crate) struct Listed<'a> {
    seq: usize,
    service: Channel,
    message_id: String,
    to: &'a str,
    campaign_id: Option<String>,
    recipient: Option<u32>,
    at_us: u64,
    text: &'a str,
}

impl<'a> Listed<'a> {
    fn new(seq: usize, message: &'a Message) -> Self {
        Self {
            seq,
            service: message.service,
            message_id: message.id.to_string(),
            to: &message.to,
            campaign_id: message.recipient.map(|recipient| recipient.campaign.to_string()),
            recipient: message.recipient.map(|recipient| recipient.index.get()),
            at_us: message.at_us,
            text: &message.text,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn log(messages: usize) -> MessageLog {
        let mut log = MessageLog::default();
        for n in 1..=messages {
            let submission = Submission::new("+14155550100", &n.to_string(), None);
            log.push(Message::new(Channel::Sms, MessageId::new(Channel::Sms, 0), submission, 0));
        }
        log
    }

    #[test]
    fn pages_meet_without_gap_or_overlap_across_chunks() {
        let log = log(2 * CHUNK + 10);
        let mut seen = 0;
        loop {
            let page: Vec<_> = log.after(seen, 700).collect();
            for listed in &page {
                seen += 1;
                assert_eq!(listed.seq, seen);
                assert_eq!(listed.text, seen.to_string());
            }
            if page.len() < 700 {
                break;
            }
        }
        assert_eq!(seen, 2 * CHUNK + 10);
        assert_eq!(log.iter().count(), seen);
        assert_eq!(log.after(1_000_000, 10).count(), 0);
        assert_eq!(log.after(CHUNK, 1).next().unwrap().seq, CHUNK + 1);
    }
}
