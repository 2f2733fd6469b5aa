use rand::{Rng, RngExt};
use serde::{Deserialize, Serialize};

/// A part of all, from 0 (none, the default) to 1.
#[derive(Debug, Clone, Copy, PartialEq, PartialOrd, Default, Serialize, Deserialize)]
#[serde(try_from = "f64", into = "f64")]
pub struct Share(f64);

/// The number is no share.
#[derive(Debug, thiserror::Error)]
#[error("a share must be from 0 to 1, not {0}")]
pub struct InvalidShare(f64);

impl Share {
    /// Each one.
    pub const ALL: Self = Self(1.0);

    /// So many of a hundred, and all from there on.
    pub fn percent(percent: u8) -> Self {
        Self((f64::from(percent) / 100.0).min(1.0))
    }

    /// Whether chance takes this one. It is not asked where there is nothing to decide, so that a seed repeats itself.
    pub(crate) fn takes(self, random: &mut impl Rng) -> bool {
        self.0 > 0.0 && (self.0 >= 1.0 || random.random_bool(self.0))
    }
}

impl TryFrom<f64> for Share {
    type Error = InvalidShare;

    fn try_from(share: f64) -> Result<Self, Self::Error> {
        if (0.0..=1.0).contains(&share) { Ok(Self(share)) } else { Err(InvalidShare(share)) }
    }
}

impl From<Share> for f64 {
    fn from(share: Share) -> Self {
        share.0
    }
}

#[cfg(test)]
mod tests {
    use rand::{SeedableRng, rngs::StdRng};

    use super::*;

    #[test]
    fn a_share_is_a_part_of_one_and_takes_about_as_many() {
        for wrong in [-0.1, 1.1, f64::NAN] {
            assert!(Share::try_from(wrong).is_err(), "{wrong}");
        }
        let mut random = StdRng::seed_from_u64(7);
        let mut taken = |share| (0..10_000).filter(|_| Share(share).takes(&mut random)).count();
        assert_eq!((taken(0.0), taken(1.0)), (0, 10_000));
        assert!((900..1_100).contains(&taken(0.1)));
    }
}
