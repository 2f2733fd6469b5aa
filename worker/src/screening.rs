use std::collections::HashSet;

use drumbeat_common::{Batch, RecipientIndex, Redis, StoreError, suppression};

use crate::outcome::Outcome;

/// What the suppression list says about those of one claim: the last look before they are sent to.
pub(crate) struct Screening(Result<HashSet<RecipientIndex>, StoreError>);

impl Screening {
    /// Looks for all of them at once.
    pub(crate) async fn of(redis: &Redis, batch: &Batch, recipients: &[RecipientIndex]) -> Self {
        // Whom the batch does not have has no address to look for, and gets no message either.
        let (indexes, addresses): (Vec<_>, Vec<_>) =
            recipients.iter().filter_map(|index| Some((*index, &batch.recipient(*index)?.address))).unzip();
        let places = suppression::suppressed(redis, addresses).await;
        Self(places.map(|places| places.into_iter().map(|place| indexes[place]).collect()))
    }

    /// What a recipient's attempt came to before it began; none where it may begin. When the list could not be read,
    /// nobody's may: any of them could be on it.
    pub(crate) fn outcome(&self, index: RecipientIndex) -> Option<Outcome> {
        match &self.0 {
            Ok(suppressed) => suppressed.contains(&index).then_some(Outcome::Suppressed),
            Err(_) => Some(Outcome::Missed),
        }
    }

    /// Why the list could not be read, if so.
    pub(crate) fn into_result(self) -> Result<(), StoreError> {
        self.0.map(drop)
    }
}
