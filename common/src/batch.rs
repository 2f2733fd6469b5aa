use serde::{Deserialize, Serialize};

use crate::{CampaignId, Channel, Recipient, RecipientIndex};

/// Up to 100 consecutive recipients of a campaign: one durable job.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Batch {
    /// The campaign.
    pub campaign: CampaignId,
    /// The batch's place in the campaign, from 0.
    pub number: u32,
    /// The recipients; the first has index `100 × number`.
    pub recipients: Vec<Recipient>,
}

impl Batch {
    /// How many recipients a full batch has. Every batch of a campaign but the last is full.
    pub const SIZE: u32 = 100;

    /// The index of the first recipient.
    #[must_use]
    pub const fn first(&self) -> RecipientIndex {
        RecipientIndex::new(self.number * Self::SIZE)
    }

    /// How many recipients it has.
    #[must_use]
    pub fn len(&self) -> u32 {
        u32::try_from(self.recipients.len()).expect("a batch holds at most 100 recipients")
    }

    /// Whether it has no recipients.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.recipients.is_empty()
    }

    /// The recipients' channels, in order.
    pub fn channels(&self) -> impl Iterator<Item = Channel> {
        self.recipients.iter().map(|recipient| recipient.address.channel())
    }

    /// The recipient at an index of the campaign, if it is in this batch.
    #[must_use]
    pub fn recipient(&self, index: RecipientIndex) -> Option<&Recipient> {
        let offset = index.get().checked_sub(self.first().get())?;
        self.recipients.get(offset as usize)
    }

    /// The batch packed small, as it lies in the queue, behind a checksum: a changed byte must not send another text.
    #[must_use]
    pub fn pack(&self) -> Vec<u8> {
        let plain = postcard::to_stdvec(self).expect("a batch has only types that postcard writes");
        let compressed = lz4_flex::compress_prepend_size(&plain);
        [&crc32fast::hash(&compressed).to_le_bytes(), &compressed[..]].concat()
    }

    /// Reads what [`pack`](Self::pack) wrote.
    ///
    /// # Errors
    /// When the bytes are something else.
    pub fn unpack(packed: &[u8]) -> Result<Self, UnpackError> {
        let (checksum, compressed) = packed.split_first_chunk().ok_or(UnpackError::Checksum)?;
        if crc32fast::hash(compressed) != u32::from_le_bytes(*checksum) {
            return Err(UnpackError::Checksum);
        }
        Ok(postcard::from_bytes(&lz4_flex::decompress_size_prepended(compressed)?)?)
    }
}

/// The bytes are no packed batch.
#[derive(Debug, thiserror::Error)]
pub enum UnpackError {
    /// Damaged, cut off, or not written by us.
    #[error("the job is damaged: its checksum is wrong")]
    Checksum,
    /// Not compressed by us.
    #[error("the job is no batch: {0}")]
    Compression(#[from] lz4_flex::block::DecompressError),
    /// Written by another version, or damaged.
    #[error("the job is no batch of this version: {0}")]
    Format(#[from] postcard::Error),
}
