use std::collections::{HashMap, HashSet};

use drumbeat_common::{
    CampaignId, RecipientIndex,
    outbox::{Arrived, Chunk, Entry, EntryId, Tracked},
};
use jiff::Timestamp;

use crate::Item;

/// One thing to be written, and the entries of the outbox that are then done with.
pub(super) struct Line<T> {
    pub(super) what: T,
    pub(super) ids: Vec<EntryId>,
}

/// What became known of a message that the table has, or is about to have.
pub(super) struct Told {
    pub(super) message_id: String,
    pub(super) arrived: Arrived,
}

/// What is left to be written of a chunk.
pub(super) struct Work {
    /// Whether somebody had the chunk before, and may have written any of it.
    pub(super) again: bool,
    /// Messages.
    pub(super) items: Vec<Line<Item>>,
    /// What is known of the arrival of others.
    pub(super) told: Vec<Line<Told>>,
    /// The same of messages whose name in the table is to be looked up.
    pub(super) nameless: Vec<Line<Arrived>>,
}

impl Work {
    /// What arrived of a message that is written for the first time is written with it; of one that somebody may have
    /// written already, it is told afterwards.
    pub(super) fn of(campaign: CampaignId, chunk: Chunk, expires_at: Timestamp) -> Self {
        let Chunk { entries, unreadable: _, again } = chunk;
        let mut work = Self { again, items: Vec::new(), told: Vec::new(), nameless: Vec::new() };
        let mut places = Places::default();
        for (id, entry) in entries {
            match entry {
                Entry::Sent(sent, at) => {
                    places.note(&sent, work.items.len());
                    let what = Item::new(campaign, sent, at, expires_at);
                    work.items.push(Line { what, ids: vec![id] });
                }
                Entry::Arrived(arrived) => match places.of(&arrived).filter(|_| !again) {
                    Some(place) => {
                        work.items[place].what.arrive(&arrived);
                        work.items[place].ids.push(id);
                    }
                    None => work.tell(arrived, id),
                },
            }
        }
        work
    }

    fn tell(&mut self, arrived: Arrived, id: EntryId) {
        let ids = vec![id];
        match arrived.message_id.clone() {
            Some(message_id) => self.told.push(Line { what: Told { message_id, arrived }, ids }),
            None => self.nameless.push(Line { what: arrived, ids }),
        }
    }

    pub(super) fn is_done(&self) -> bool {
        self.items.is_empty() && self.told.is_empty() && self.nameless.is_empty()
    }

    /// Takes out what can be told in one go: of each message the first thing, since a transaction has no message twice.
    pub(super) fn take_firsts(&mut self) -> Vec<Line<Told>> {
        let mut seen = HashSet::new();
        let (firsts, others) =
            self.told.drain(..).partition(|line| seen.insert(line.what.message_id.clone()));
        self.told = others;
        firsts
    }

    /// Whose last messages are to be looked up, in the order of the campaign's list.
    pub(super) fn nameless(&self) -> Vec<RecipientIndex> {
        let mut indexes: Vec<_> = self.nameless.iter().map(|line| line.what.index).collect();
        indexes.sort_unstable();
        indexes.dedup();
        indexes
    }

    /// Gives those their names that were found.
    pub(super) fn name(&mut self, found: &HashMap<RecipientIndex, Item>) {
        for Line { what, ids } in std::mem::take(&mut self.nameless) {
            match found.get(&what.index) {
                Some(item) => {
                    let told = Told { message_id: item.message_id.clone(), arrived: what };
                    self.told.push(Line { what: told, ids });
                }
                None => self.nameless.push(Line { what, ids }),
            }
        }
    }
}

/// Where the messages of a chunk stand among its items.
#[derive(Default)]
struct Places {
    by_message: HashMap<String, usize>,
    by_recipient: HashMap<RecipientIndex, usize>,
}

impl Places {
    fn note(&mut self, sent: &Tracked, place: usize) {
        self.by_message.insert(sent.message_id.clone(), place);
        self.by_recipient.insert(sent.index, place);
    }

    fn of(&self, arrived: &Arrived) -> Option<usize> {
        match &arrived.message_id {
            Some(id) => self.by_message.get(id),
            None => self.by_recipient.get(&arrived.index),
        }
        .copied()
    }
}

pub(super) fn pieces<T>(lines: Vec<T>, size: usize) -> Vec<Vec<T>> {
    let mut lines = lines.into_iter();
    let pieces = std::iter::from_fn(|| Some(lines.by_ref().take(size).collect::<Vec<_>>()));
    pieces.take_while(|piece| !piece.is_empty()).collect()
}
