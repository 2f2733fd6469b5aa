use drumbeat_common::StoreError;

use crate::LookupError;

/// Something that receipts need is away. Whoever reads the queue had better wait.
#[derive(Debug, thiserror::Error)]
pub enum Trouble {
    /// Redis.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The delivery table.
    #[error(transparent)]
    Table(#[from] LookupError),
}
