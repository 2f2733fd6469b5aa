//! "Once": nobody is sent to twice and nobody is skipped, whatever dies. Each scenario has a stack of its own, breaks
//! something of it in mid-run, and ends with an audit: what the simulator accepted, against the ledger.
//!
//! What is left to chance comes from a seed, which a scenario that fails says: `SEED=… make test` has it again.

#![expect(clippy::unwrap_used, reason = "a test fails where something is not as it should be")]

mod audit;
mod control;
#[expect(dead_code, reason = "these tests need less of it than others")]
#[path = "../it/house.rs"]
mod house;
mod intake;
mod kills;
mod line;
mod network;
mod provider;
mod quota;
mod redis_dies;
mod scene;
mod seed;
mod workers;
