use drumbeat_common::{Failure, InDoubtPolicy, ledger::Settled};

/// What becomes of a recipient whose message may or may not have gone out.
pub(crate) const fn settled(policy: InDoubtPolicy, failure: Failure) -> Settled {
    match policy {
        InDoubtPolicy::Hold => Settled::InDoubt(failure),
        InDoubtPolicy::Resend => Settled::Resend(failure),
    }
}
