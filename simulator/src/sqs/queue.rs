use std::{
    collections::{BTreeSet, HashMap, VecDeque},
    sync::Arc,
    time::Duration,
};

use md5::{Digest, Md5};
use tokio::sync::Notify;

use super::{attributes::Attributes, error::SqsError, handle::ReceiptHandle};
use crate::{clock::Moment, uuid::Uuid};

/// A queue and its messages. Nothing here is slower for a queue that is long.
#[derive(Debug)]
pub(crate) struct Queue {
    pub(super) attributes: Attributes,
    /// Woken when there may be something to receive.
    pub(super) arrivals: Arc<Notify>,
    /// Which queue this is, of all that ever were.
    id: u64,
    messages: HashMap<u64, Message>,
    next: u64,
    /// Messages to be received, oldest first, and among them places of those that were deleted since.
    visible: VecDeque<u64>,
    /// Messages that somebody has, by when they come back.
    hidden: BTreeSet<(Moment, u64)>,
}

/// A message, as long as nobody deletes it.
#[derive(Debug, Clone)]
pub(super) struct Message {
    pub(super) id: Uuid,
    pub(super) body: Arc<str>,
    pub(super) sent: Moment,
    pub(super) first_received: Option<Moment>,
    pub(super) received: u32,
    hidden_until: Option<Moment>,
}

/// A message for the one that it was given to.
#[derive(Debug)]
pub(super) struct Received {
    pub(super) handle: ReceiptHandle,
    pub(super) message: Message,
}

impl Message {
    pub(super) fn new(body: &str, sent: Moment) -> Self {
        Self {
            id: Uuid::random(),
            body: body.into(),
            sent,
            first_received: None,
            received: 0,
            hidden_until: None,
        }
    }

    pub(super) fn md5(&self) -> String {
        Md5::digest(self.body.as_bytes()).iter().map(|byte| format!("{byte:02x}")).collect()
    }
}

impl Queue {
    pub(super) fn new(attributes: Attributes) -> Self {
        Self {
            attributes,
            arrivals: Arc::default(),
            id: rand::random(),
            messages: HashMap::new(),
            next: 0,
            visible: VecDeque::new(),
            hidden: BTreeSet::new(),
        }
    }

    pub(super) fn push(&mut self, message: Message) {
        let place = self.next;
        self.next += 1;
        self.messages.insert(place, message);
        self.visible.push_back(place);
        self.arrivals.notify_waiters();
    }

    /// Takes up to so many messages, and hides them.
    pub(super) fn receive(&mut self, most: usize, hide: Duration, now: Moment) -> Vec<Received> {
        self.surface(now);
        let mut received = Vec::new();
        while received.len() < most
            && let Some(place) = self.visible.pop_front()
        {
            if let Some(message) = self.hide(place, now + hide) {
                message.received += 1;
                message.first_received.get_or_insert(now);
                let (message, receipt) = (message.clone(), message.received);
                received.push(Received {
                    handle: ReceiptHandle { queue: self.id, message: place, receipt },
                    message,
                });
            }
        }
        received
    }

    /// Takes out those of the next messages that were received so often already.
    pub(super) fn bury(&mut self, most: usize, max_receive_count: u32, now: Moment) -> Vec<Message> {
        self.surface(now);
        let mut dead = Vec::new();
        let mut alive = Vec::new();
        while alive.len() < most
            && let Some(place) = self.visible.pop_front()
        {
            match self.messages.get(&place) {
                Some(message) if message.received >= max_receive_count => {
                    dead.extend(self.messages.remove(&place))
                }
                Some(_) => alive.push(place),
                None => {}
            }
        }
        alive.into_iter().rev().for_each(|place| self.visible.push_front(place));
        dead
    }

    /// Deletes a message, where the handle is of the last time that it was received.
    pub(super) fn delete(&mut self, handle: ReceiptHandle) -> Result<(), SqsError> {
        self.check(handle)?;
        let current = |message: &Message| message.received == handle.receipt;
        if self.messages.get(&handle.message).is_some_and(current)
            && let Some(message) = self.messages.remove(&handle.message)
            && let Some(until) = message.hidden_until
        {
            self.hidden.remove(&(until, handle.message));
        }
        Ok(())
    }

    /// Hides a message that somebody has from now on for so long.
    pub(super) fn change_visibility(
        &mut self,
        handle: ReceiptHandle,
        hide: Duration,
        now: Moment,
    ) -> Result<(), SqsError> {
        self.check(handle)?;
        self.surface(now);
        let message =
            self.messages.get_mut(&handle.message).filter(|message| message.received == handle.receipt);
        let until =
            message.and_then(|message| message.hidden_until.take()).ok_or_else(SqsError::not_in_flight)?;
        self.hidden.remove(&(until, handle.message));
        self.hide(handle.message, now + hide);
        // Who waits has to look again at when the next message comes back.
        self.arrivals.notify_waiters();
        Ok(())
    }

    pub(super) fn purge(&mut self) {
        self.messages.clear();
        self.visible.clear();
        self.hidden.clear();
    }

    /// How many can be received, and how many somebody has.
    pub(super) fn depth(&mut self, now: Moment) -> (usize, usize) {
        self.surface(now);
        (self.messages.len() - self.hidden.len(), self.hidden.len())
    }

    /// When the next message comes back by itself.
    pub(super) fn next_return(&self) -> Option<Moment> {
        self.hidden.first().map(|(until, _)| *until)
    }

    fn hide(&mut self, place: u64, until: Moment) -> Option<&mut Message> {
        let message = self.messages.get_mut(&place)?;
        message.hidden_until = Some(until);
        self.hidden.insert((until, place));
        Some(message)
    }

    fn surface(&mut self, now: Moment) {
        while let Some((until, place)) = self.hidden.first().copied()
            && until <= now
        {
            self.hidden.pop_first();
            if let Some(message) = self.messages.get_mut(&place) {
                message.hidden_until = None;
                self.visible.push_back(place);
            }
        }
    }

    fn check(&self, handle: ReceiptHandle) -> Result<(), SqsError> {
        if handle.queue == self.id && handle.message < self.next {
            Ok(())
        } else {
            Err(SqsError::invalid_handle())
        }
    }
}
