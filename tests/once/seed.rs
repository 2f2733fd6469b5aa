//! Chance that can be had again.

use rand::{SeedableRng, rngs::StdRng};

/// The seed of all that a scenario leaves to chance: drawn, or `SEED` from the environment. When a test fails while it
/// is held, it says itself.
pub(crate) struct Seed(u64);

impl Seed {
    pub(crate) fn draw() -> Self {
        Self(std::env::var("SEED").map_or_else(|_| rand::random(), |text| text.parse().unwrap()))
    }

    pub(crate) fn chance(&self) -> StdRng {
        StdRng::seed_from_u64(self.0)
    }

    pub(crate) const fn number(&self) -> u64 {
        self.0
    }
}

impl Drop for Seed {
    fn drop(&mut self) {
        if std::thread::panicking() {
            eprintln!("The same faults again: SEED={}", self.0);
        }
    }
}
