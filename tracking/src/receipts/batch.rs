use std::collections::BTreeMap;

use super::{Incoming, Verdict};
use crate::event::{self, Dropped, Report};

/// Messages that are taken together, and what is known of each so far.
pub(super) struct Batch {
    verdicts: Vec<Verdict>,
    /// For each message, what it counts as once it is done.
    kinds: Vec<Vec<String>>,
    /// What they say.
    pub(super) said: Vec<Said>,
    /// What is none of it.
    pub(super) dropped: Vec<Dropped>,
}

/// A report, and where it stands.
pub(super) struct Said {
    /// The place of its message.
    pub(super) message: usize,
    /// How often the queue gave the message out.
    pub(super) times: u32,
    pub(super) report: Report,
}

impl Batch {
    pub(super) fn read(incoming: &[Incoming<'_>]) -> Self {
        let mut batch = Self {
            verdicts: vec![Verdict::Done; incoming.len()],
            kinds: vec![Vec::new(); incoming.len()],
            said: Vec::with_capacity(incoming.len()),
            dropped: Vec::new(),
        };
        for (message, Incoming { body, times, account }) in incoming.iter().enumerate() {
            for read in event::read(body, *account) {
                match read {
                    Ok(report) => {
                        batch.count(message, report.kind.as_str());
                        batch.said.push(Said { message, times: *times, report });
                    }
                    Err(dropped) => {
                        batch.count(message, &name(&dropped));
                        batch.dropped.push(dropped);
                    }
                }
            }
        }
        batch
    }

    /// Has a message count as that, once it is done.
    pub(super) fn count(&mut self, message: usize, kind: &str) {
        self.kinds[message].push(kind.to_owned());
    }

    /// Judges a message; no later judgement makes it milder.
    pub(super) fn judge(&mut self, message: usize, verdict: Verdict) {
        self.verdicts[message] = self.verdicts[message].max(verdict);
    }

    pub(super) fn judge_all(&mut self, verdict: Verdict) {
        (0..self.verdicts.len()).for_each(|message| self.judge(message, verdict));
    }

    /// How many there are of each kind in the messages that are done. The others come again, and count then.
    pub(super) fn counts(&self) -> BTreeMap<String, u64> {
        let mut counts = BTreeMap::new();
        let done = self.verdicts.iter().zip(&self.kinds).filter(|(verdict, _)| **verdict == Verdict::Done);
        for kind in done.flat_map(|(_, kinds)| kinds) {
            *counts.entry(kind.clone()).or_default() += 1;
        }
        counts
    }

    pub(super) fn verdicts(self) -> Vec<Verdict> {
        self.verdicts
    }
}

fn name(dropped: &Dropped) -> String {
    match dropped {
        Dropped::Malformed => "malformed".to_owned(),
        Dropped::WrongAccount => "wrong_account".to_owned(),
        Dropped::Unknown(kind) => format!("unknown.{kind}"),
        Dropped::Beside(kind) => kind.to_string(),
    }
}
