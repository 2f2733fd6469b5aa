use std::{
    io,
    sync::{Arc, Mutex, PoisonError, RwLock},
};

use drumbeat_common::Channel;

use crate::{
    PerService, Settings, behaviour::Behaviour, clock::Clock, dynamodb::Engine, lock::lock,
    message_log::MessageLog, receipts::Post, sqs::Broker, tally::Tally,
};

/// All that the connections share. Every lock is held for a few instructions, and never across an await.
#[derive(Debug)]
pub(crate) struct Simulator {
    pub(crate) clock: Clock,
    pub(crate) dynamodb: Engine,
    pub(crate) sqs: Broker,
    pub(crate) post: Post,
    behaviour: RwLock<Arc<Behaviour>>,
    record: Mutex<Record>,
}

/// What happened so far: one thing, so that every look at it adds up.
#[derive(Debug, Clone, Default)]
pub(crate) struct Record {
    pub(crate) messages: MessageLog,
    pub(crate) tallies: PerService<Tally>,
}

impl Simulator {
    pub(crate) fn new(settings: Settings) -> io::Result<Self> {
        Ok(Self {
            clock: Clock::start(),
            dynamodb: Engine::start()?,
            sqs: Broker::default(),
            post: Post::default(),
            behaviour: RwLock::new(Arc::new(Behaviour::new(settings))),
            record: Mutex::default(),
        })
    }

    pub(crate) fn behaviour(&self) -> Arc<Behaviour> {
        Arc::clone(&self.behaviour.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// Puts settings into force for the calls that arrive from now on: buckets full, dice thrown anew.
    pub(crate) fn behave(&self, settings: Settings) {
        let behaviour = Arc::new(Behaviour::new(settings));
        *self.behaviour.write().unwrap_or_else(PoisonError::into_inner) = behaviour;
    }

    pub(crate) fn note(&self, change: impl FnOnce(&mut Record)) {
        change(&mut lock(&self.record));
    }

    pub(crate) fn record(&self) -> Record {
        lock(&self.record).clone()
    }

    pub(crate) fn accepted(&self, service: Channel) -> u64 {
        lock(&self.record).tallies.get(service).accepted
    }

    pub(crate) fn forget(&self) {
        self.post.forget();
        // Dropped after the lock is let go: freeing a million messages takes a while.
        let forgotten = std::mem::take(&mut *lock(&self.record));
        drop(forgotten);
    }
}
