use std::{collections::BTreeSet, time::Instant};

/// The messages that are ready to leave, in all lanes, and the slots that they brought with them. A slot belongs to no
/// message: whichever can leave uses the first one, so that a lane that stands still holds up its own messages and nobody
/// else's.
#[derive(Debug, Default)]
pub(crate) struct OpenSlots {
    ready: BTreeSet<OpenSlot>,
    slots: BTreeSet<OpenSlot>,
    next_number: u64,
}

/// What a ready message brought with it. Numbers tell apart slots of the same moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct OpenSlot {
    pub(crate) at: Instant,
    number: u64,
}

impl OpenSlots {
    /// A message is ready.
    pub(crate) fn open(&mut self, at: Instant) -> OpenSlot {
        let slot = OpenSlot { at, number: self.next_number };
        self.next_number += 1;
        self.ready.insert(slot);
        self.slots.insert(slot);
        slot
    }

    /// The slot that the next message uses.
    pub(crate) fn first(&self) -> Option<Instant> {
        self.slots.first().map(|slot| slot.at)
    }

    /// Whether no message is ready that should have left before this one.
    pub(crate) fn is_turn_of(&self, message: OpenSlot) -> bool {
        self.ready.first() == Some(&message)
    }

    /// A message leaves, or gives up.
    pub(crate) fn use_first(&mut self, message: OpenSlot) {
        self.ready.remove(&message);
        self.slots.pop_first();
    }

    /// A message is gone that used no slot: its own goes with it, or another one where its own was used by others.
    pub(crate) fn close(&mut self, message: OpenSlot) {
        if self.slots.remove(&message) {
            self.ready.remove(&message);
        } else {
            self.use_first(message);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn there_are_as_many_slots_as_messages() {
        let (mut slots, now) = (OpenSlots::default(), Instant::now());
        let at = |ms| now + Duration::from_millis(ms);
        let (second, first, third) = (slots.open(at(2)), slots.open(at(1)), slots.open(at(3)));
        assert!(slots.first() == Some(at(1)) && slots.is_turn_of(first) && !slots.is_turn_of(second));
        slots.use_first(second);
        assert!(slots.first() == Some(at(2)) && slots.is_turn_of(first), "it is late, and next all the same");
        slots.close(first);
        assert!(slots.first() == Some(at(3)) && slots.is_turn_of(third));
        slots.close(third);
        assert_eq!(slots.first(), None);
    }

    #[test]
    fn two_slots_may_be_at_the_same_moment() {
        let (mut slots, now) = (OpenSlots::default(), Instant::now());
        let [first, second] = [(); 2].map(|()| slots.open(now));
        slots.close(first);
        assert!(slots.first() == Some(now) && slots.is_turn_of(second));
    }
}
