use std::collections::HashMap;

use drumbeat_common::{Rejected, rejected::BLOCK};

use super::row::Rejection;
use crate::{
    FieldProblem,
    complaints::{MAX_LISTED, clipped},
};

/// Rejected rows in an answer; all of them are kept in blocks.
pub(super) const MAX_ANSWERED: usize = 1_000;
/// Kinds of problems that are told apart, and examples of each.
const MAX_KINDS: usize = 100;
const EXAMPLES: usize = 3;

/// The rows of a list that became no recipients: all are counted, the first are listed, and all go on in blocks.
#[derive(Default)]
pub(super) struct Rejections {
    pub(super) count: u64,
    /// Everything that is wrong with them.
    pub(super) faults: u64,
    pub(super) first: Vec<Rejected>,
    /// Their first faults, each with its place.
    pub(super) problems: Vec<FieldProblem>,
    kinds: HashMap<String, Kind>,
    other: Kind,
    block: Vec<Rejected>,
}

/// One thing that is wrong with several rows.
#[derive(Debug, Clone, Default)]
pub(super) struct Kind {
    pub(super) count: u64,
    pub(super) examples: Vec<Rejected>,
}

impl Rejections {
    /// Takes note of a row at a line, and of each fault's own place, a pointer and a line. Answers a block that is full.
    pub(super) fn add(
        &mut self,
        rejection: Rejection,
        line: u64,
        place: impl Fn(&super::row::Fault) -> (String, u64),
    ) -> Option<Vec<Rejected>> {
        self.count += 1;
        self.faults += rejection.faults.len() as u64;
        let customer_id = rejection.customer_id.map(clipped);
        let details: Vec<_> = rejection.faults.iter().map(|fault| clipped(fault.detail.clone())).collect();
        for (fault, detail) in rejection.faults.iter().zip(&details) {
            if self.problems.len() == MAX_LISTED {
                break;
            }
            let (pointer, line) = place(fault);
            self.problems.push(FieldProblem {
                pointer,
                line,
                customer_id: customer_id.clone(),
                detail: detail.clone(),
            });
        }
        let rejected = Rejected { line, customer_id, reason: details.join("; ") };
        for detail in details {
            self.note_kind(detail, &rejected);
        }
        if self.first.len() < MAX_ANSWERED {
            self.first.push(rejected.clone());
        }
        self.block.push(rejected);
        (self.block.len() == BLOCK).then(|| std::mem::take(&mut self.block))
    }

    /// The last block, which is not full; none where nobody is in it.
    pub(super) fn last_block(&mut self) -> Option<Vec<Rejected>> {
        let block = std::mem::take(&mut self.block);
        (!block.is_empty()).then_some(block)
    }

    /// What is wrong, and with how many, most frequent first.
    pub(super) fn kinds(&self) -> Vec<(String, Kind)> {
        let mut kinds: Vec<_> =
            self.kinds.iter().map(|(detail, kind)| (detail.clone(), kind.clone())).collect();
        kinds.sort_unstable_by(|(a, one), (b, other)| other.count.cmp(&one.count).then(a.cmp(b)));
        if self.other.count > 0 {
            kinds.push(("something else".to_owned(), self.other.clone()));
        }
        kinds
    }

    fn note_kind(&mut self, detail: String, example: &Rejected) {
        let kind = if self.kinds.len() < MAX_KINDS || self.kinds.contains_key(&detail) {
            self.kinds.entry(detail).or_default()
        } else {
            &mut self.other
        };
        kind.count += 1;
        if kind.examples.len() < EXAMPLES {
            kind.examples.push(example.clone());
        }
    }
}
