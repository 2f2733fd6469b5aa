use std::collections::HashMap;

use drumbeat_common::{Channel, Country, TemplateId};

/// What recipients are counted by.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) struct Class {
    pub(super) channel: Channel,
    /// Of a phone number.
    pub(super) country: Option<Country>,
    /// None for a finished message.
    pub(super) template: Option<TemplateId>,
    /// SMS parts of the message; 1 in the other channels.
    pub(super) parts: u32,
}

/// How many recipients there are of each class. Counts by whatever people ask for are sums of these, and so is what is left
/// of them when a recipient turns out to be a duplicate.
#[derive(Default)]
pub(super) struct Tally {
    numbers: HashMap<Class, u32>,
    counts: Vec<u64>,
}

impl Tally {
    /// Counts one, and answers its class's number.
    pub(super) fn add(&mut self, class: Class) -> u32 {
        let next = u32::try_from(self.counts.len()).expect("there are not so many countries and templates");
        let number = *self.numbers.entry(class).or_insert(next);
        if number == next {
            self.counts.push(0);
        }
        self.counts[number as usize] += 1;
        number
    }

    /// One of that class is not sent to after all.
    pub(super) fn take_off(&mut self, class: u32) {
        self.counts[class as usize] -= 1;
    }

    /// The number of a class, if anybody was counted as that.
    pub(super) fn number(&self, class: &Class) -> Option<u32> {
        self.numbers.get(class).copied()
    }

    pub(super) fn numbered(&self) -> impl Iterator<Item = (&Class, u32)> {
        self.numbers.iter().map(|(class, number)| (class, *number))
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = (&Class, u64)> {
        self.numbers.iter().map(|(class, number)| (class, self.counts[*number as usize]))
    }
}
