use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex},
    time::Duration,
};

use tokio::sync::Notify;

use super::{
    attributes::{Attributes, Redrive},
    error::SqsError,
    queue::{Message, Queue, Received},
};
use crate::{clock::Moment, lock::lock};

/// All queues, by name.
#[derive(Debug)]
pub(crate) struct Broker {
    queues: Mutex<BTreeMap<String, Queue>>,
}

/// Which queue there is from the start, and where its dead letters go.
pub(crate) const RECEIPTS: &str = "receipts";
const DEAD_RECEIPTS: &str = "receipts-dead";
const MAX_RECEIVE_COUNT: u32 = 10;

/// What a look into a queue came to.
pub(super) enum Look {
    Found(Vec<Received>),
    /// Nothing yet; one message comes back by itself then, if any does.
    Empty(Option<Moment>),
}

impl Default for Broker {
    fn default() -> Self {
        let redrive =
            Redrive { dead_letters: DEAD_RECEIPTS.to_owned(), max_receive_count: MAX_RECEIVE_COUNT };
        let receipts = Attributes { redrive: Some(redrive), ..Attributes::default() };
        let queues = [(RECEIPTS, receipts), (DEAD_RECEIPTS, Attributes::default())];
        let queues = queues.map(|(name, attributes)| (name.to_owned(), Queue::new(attributes)));
        Self { queues: Mutex::new(queues.into()) }
    }
}

impl Broker {
    /// Makes a queue, or finds it made that way already.
    pub(super) fn create(&self, name: &str, attributes: Attributes) -> Result<(), SqsError> {
        let mut queues = lock(&self.queues);
        if let Some(redrive) = &attributes.redrive
            && !queues.contains_key(&redrive.dead_letters)
        {
            return Err(SqsError::invalid_parameter("RedrivePolicy", "Dead letter target does not exist."));
        }
        match queues.get(name) {
            Some(queue) if queue.attributes == attributes => Ok(()),
            Some(_) => Err(SqsError::name_taken()),
            None => {
                queues.insert(name.to_owned(), Queue::new(attributes));
                Ok(())
            }
        }
    }

    pub(super) fn delete(&self, name: &str) -> Result<(), SqsError> {
        let queue = lock(&self.queues).remove(name).ok_or_else(SqsError::no_queue)?;
        queue.arrivals.notify_waiters();
        Ok(())
    }

    pub(super) fn names(&self, prefix: &str) -> Vec<String> {
        lock(&self.queues).keys().filter(|name| name.starts_with(prefix)).cloned().collect()
    }

    /// Does something with a queue that is there.
    pub(super) fn with<T>(&self, name: &str, act: impl FnOnce(&mut Queue) -> T) -> Result<T, SqsError> {
        lock(&self.queues).get_mut(name).map(act).ok_or_else(SqsError::no_queue)
    }

    pub(super) fn arrivals(&self, name: &str) -> Result<Arc<Notify>, SqsError> {
        self.with(name, |queue| Arc::clone(&queue.arrivals))
    }

    /// Takes up to so many messages; those that were received too often go to the dead letters instead.
    pub(super) fn receive(
        &self,
        name: &str,
        most: usize,
        hide: Option<Duration>,
        now: Moment,
    ) -> Result<Look, SqsError> {
        let mut queues = lock(&self.queues);
        bury(&mut queues, name, most, now);
        let queue = queues.get_mut(name).ok_or_else(SqsError::no_queue)?;
        let received = queue.receive(most, hide.unwrap_or(queue.attributes.visibility_timeout), now);
        Ok(if received.is_empty() { Look::Empty(queue.next_return()) } else { Look::Found(received) })
    }

    /// Puts a message into a queue; false where there is no such queue.
    pub(crate) fn send(&self, name: &str, body: &str, now: Moment) -> bool {
        self.with(name, |queue| queue.push(Message::new(body, now))).is_ok()
    }
}

fn bury(queues: &mut BTreeMap<String, Queue>, name: &str, most: usize, now: Moment) {
    let Some(redrive) = queues.get(name).and_then(|queue| queue.attributes.redrive.clone()) else { return };
    // Where they could not go, they stay.
    if !queues.contains_key(&redrive.dead_letters) {
        return;
    }
    let dead = queues.get_mut(name).map(|queue| queue.bury(most, redrive.max_receive_count, now));
    if let Some(dead_letters) = queues.get_mut(&redrive.dead_letters) {
        dead.into_iter().flatten().for_each(|message| dead_letters.push(message));
    }
}
