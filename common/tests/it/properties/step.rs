use drumbeat_common::{Arrival, Resolve, State, queue::Again};
use proptest::{collection::vec, prelude::*};

use super::world::{BATCHES, CLAIMERS, TOTAL};

/// One thing that happens to a campaign.
#[derive(Debug, Clone)]
pub(super) enum Step {
    /// A worker asks for recipients of a batch, but for some that rest.
    Claim {
        batch: usize,
        claimer: usize,
        most: usize,
        except: Vec<u32>,
    },
    /// A worker has the answers for the first so many that it holds.
    Answers {
        claimer: usize,
        count: usize,
        to: State,
    },
    /// A settlement that was held up comes at last, of people whom its claimer may not hold any more.
    LateAnswers {
        claimer: usize,
        indexes: Vec<u32>,
        to: State,
    },
    /// A batch is another worker's: whom the others were sending to is in doubt.
    TakeOver {
        batch: usize,
        claimer: usize,
    },
    /// Receipts come, early, late, twice and out of order.
    Receipts {
        indexes: Vec<u32>,
        arrival: Arrival,
    },
    Pause,
    Resume,
    Cancel,
    TakeUp(Again),
    /// The next jobs of the queue are in workers' hands.
    Fetch {
        count: usize,
    },
    /// Workers leave their jobs: done where nobody in the batch is left, and back to the queue otherwise.
    Leave,
    /// Workers leave their jobs as where all who are pending are in quiet hours: parked, unless somebody is being sent to.
    Park,
    /// The time of all that are parked has come.
    Wake,
    /// The janitor comes by.
    Clean,
}

pub(super) fn step() -> impl Strategy<Value = Step> {
    let (batch, claimer) = (0..BATCHES, 0..CLAIMERS);
    let some = vec(0..TOTAL, 1..12);
    let answer = prop_oneof![
        Just(State::Sent),
        Just(State::Failed),
        Just(State::InDoubt),
        Just(State::Skipped),
        Just(State::Pending),
    ];
    let arrival = prop_oneof![
        Just(Arrival::Sent),
        Just(Arrival::Undelivered),
        Just(Arrival::Delivered),
        Just(Arrival::Read),
    ];
    let again = prop_oneof![
        Just(Again::Failed),
        Just(Again::InDoubt(Resolve::Resend)),
        Just(Again::InDoubt(Resolve::Sent)),
    ];
    prop_oneof![
        12 => (batch.clone(), claimer.clone(), 1..60_usize, vec(0..TOTAL, 0..5))
            .prop_map(|(batch, claimer, most, except)| Step::Claim { batch, claimer, most, except }),
        12 => (claimer.clone(), 1..60_usize, answer.clone())
            .prop_map(|(claimer, count, to)| Step::Answers { claimer, count, to }),
        3 => (claimer.clone(), some.clone(), answer)
            .prop_map(|(claimer, indexes, to)| Step::LateAnswers { claimer, indexes, to }),
        4 => (batch, claimer).prop_map(|(batch, claimer)| Step::TakeOver { batch, claimer }),
        3 => (some, arrival).prop_map(|(indexes, arrival)| Step::Receipts { indexes, arrival }),
        2 => Just(Step::Pause),
        4 => Just(Step::Resume),
        1 => Just(Step::Cancel),
        6 => again.prop_map(Step::TakeUp),
        4 => (1..4_usize).prop_map(|count| Step::Fetch { count }),
        4 => Just(Step::Leave),
        2 => Just(Step::Park),
        2 => Just(Step::Wake),
        5 => Just(Step::Clean),
    ]
}
