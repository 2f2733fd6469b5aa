use std::collections::BTreeSet;

use drumbeat_common::{
    Arrival, Batch, Channel, Resolve, State, Status,
    ledger::{ClaimId, Hold},
    queue::Again,
};

/// Who claimed, and by which claim.
type Claimed = (usize, ClaimId);

/// A campaign in memory: what each recipient's state is, and which claim holds it while it is being sent to, or left it
/// in doubt.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Model {
    pub(super) status: Status,
    pub(super) recipients: Vec<(State, Option<Claimed>)>,
}

impl Model {
    /// A running campaign in which everybody is pending.
    pub(super) fn new(total: u32) -> Self {
        Self { status: Status::Running, recipients: vec![(State::Pending, None); total as usize] }
    }

    pub(super) fn those_in(&self, states: &[State]) -> BTreeSet<u32> {
        let indexes = (0..).zip(&self.recipients);
        indexes.filter(|(_, (state, _))| states.contains(state)).map(|(index, _)| index).collect()
    }

    pub(super) fn states(&self) -> Vec<State> {
        self.recipients.iter().map(|(state, _)| *state).collect()
    }

    /// Those of a batch whom somebody may claim, in order.
    pub(super) fn pending(&self, batch: &Batch) -> Vec<u32> {
        self.of_batch(batch, |(state, _)| *state == State::Pending)
    }

    /// Those of a batch whom this claimer is sending to, and those whom others are.
    pub(super) fn sending(&self, batch: &Batch, claimer: usize) -> (Vec<u32>, Vec<u32>) {
        let sending = |is_mine| {
            self.of_batch(batch, move |(state, claimed)| {
                *state == State::Sending && claimed.is_some_and(|(holder, _)| (holder == claimer) == is_mine)
            })
        };
        (sending(true), sending(false))
    }

    /// The claim that somebody who is being sent to was claimed by.
    pub(super) fn claim_of(&self, index: u32) -> Option<ClaimId> {
        self.recipients[index as usize].1.map(|(_, claim)| claim)
    }

    fn of_batch(&self, batch: &Batch, wanted: impl Fn(&(State, Option<Claimed>)) -> bool) -> Vec<u32> {
        let first = batch.first().get();
        (first..first + batch.len()).filter(|index| wanted(&self.recipients[*index as usize])).collect()
    }

    pub(super) fn claim(&mut self, index: u32, claimer: usize, claim: ClaimId) {
        let recipient = &mut self.recipients[index as usize];
        assert_eq!(*recipient, (State::Pending, None), "recipient {index} was claimed by two");
        *recipient = (State::Sending, Some((claimer, claim)));
    }

    /// A settlement of one claim, or of whatever there is.
    pub(super) fn settle(&mut self, index: u32, hold: Hold, to: State) {
        let (state, claimed) = self.recipients[index as usize];
        let is_claimed = matches!(state, State::Sending | State::InDoubt);
        let holds =
            !is_claimed || hold == Hold::Any || claimed.map(|(_, claim)| Hold::By(claim)) == Some(hold);
        if holds && accepts(state, to) {
            let to = match (to, self.status) {
                (State::Pending, Status::Cancelled) => State::Cancelled,
                _ => to,
            };
            self.recipients[index as usize] = (to, claimed.filter(|_| to == State::InDoubt));
        }
        self.complete();
    }

    /// Reports about messages that went out.
    pub(super) fn receive(&mut self, indexes: &[u32], arrival: Arrival) {
        let to = arrival.state();
        for index in indexes {
            let (state, _) = self.recipients[*index as usize];
            if proves(state, to, Channel::ALL[*index as usize % 3]) {
                self.recipients[*index as usize] = (to, None);
            }
        }
        self.complete();
    }

    pub(super) fn pause(&mut self) {
        if self.status == Status::Running {
            self.status = Status::Paused;
        }
    }

    pub(super) fn resume(&mut self) {
        if self.status == Status::Paused {
            self.status = Status::Running;
        }
    }

    pub(super) fn cancel(&mut self) {
        if self.status != Status::Completed {
            self.status = Status::Cancelled;
            self.move_all(State::Pending, State::Cancelled);
        }
    }

    /// Answers how many were moved; none where the status does not allow it.
    pub(super) fn take_up(&mut self, again: Again) -> Option<u64> {
        let (from, to) = match again {
            Again::Failed => (State::Failed, State::Pending),
            Again::InDoubt(Resolve::Resend) => (State::InDoubt, State::Pending),
            Again::InDoubt(Resolve::Sent) => (State::InDoubt, State::Sent),
        };
        if to == State::Pending && self.status == Status::Cancelled {
            return None;
        }
        let moved = self.move_all(from, to);
        if to == State::Pending && moved > 0 && self.status == Status::Completed {
            self.status = Status::Running;
        }
        Some(moved)
    }

    fn move_all(&mut self, from: State, to: State) -> u64 {
        let mut moved = 0;
        for recipient in self.recipients.iter_mut().filter(|(state, _)| *state == from) {
            *recipient = (to, None);
            moved += 1;
        }
        moved
    }

    fn complete(&mut self) {
        let open = !self.those_in(&[State::Pending, State::Sending]).is_empty();
        if !open && matches!(self.status, Status::Running | Status::Paused) {
            self.status = Status::Completed;
        }
    }
}

/// Whether a settlement may move a recipient from one state to the other.
fn accepts(from: State, to: State) -> bool {
    match from {
        State::Sending => true,
        State::InDoubt => matches!(to, State::Sent | State::Failed),
        State::Pending
        | State::Sent
        | State::Failed
        | State::Skipped
        | State::Cancelled
        | State::Delivered
        | State::Undelivered
        | State::Read => false,
    }
}

/// Whether a report may move a recipient from one state to the other: who was not known as sent was sent to after all,
/// but whoever is being sent to waits for the answer.
fn proves(from: State, to: State, channel: Channel) -> bool {
    match from {
        State::Pending | State::Failed | State::InDoubt | State::Cancelled => true,
        State::Sending | State::Skipped | State::Read => false,
        State::Sent => to != State::Sent,
        State::Delivered => to == State::Read || (to, channel) == (State::Undelivered, Channel::Email),
        State::Undelivered => to == State::Read || (to == State::Delivered && channel != Channel::Email),
    }
}

/// Whether a recipient may ever be seen in one state after the other, whatever was done in between to move it once.
pub(super) fn may_follow(from: State, to: State) -> bool {
    let has_arrived = matches!(to, State::Sent | State::Delivered | State::Undelivered | State::Read);
    from == to
        || match from {
            State::Pending => has_arrived || matches!(to, State::Sending | State::Cancelled),
            State::Sending => true,
            State::Failed => has_arrived || to == State::Pending,
            State::InDoubt => !matches!(to, State::Sending | State::Skipped | State::Cancelled),
            State::Cancelled | State::Sent | State::Delivered | State::Undelivered => has_arrived,
            State::Skipped | State::Read => false,
        }
}
