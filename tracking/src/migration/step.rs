use std::fmt;

use serde::Serialize;

/// One thing that a migration looked after.
#[derive(Debug, Serialize)]
pub struct Step {
    /// The migration, as its file is called: `0001_delivery_tracking`.
    pub migration: &'static str,
    /// The table, unless none is named.
    pub table: Option<String>,
    /// What came of it.
    pub outcome: Outcome,
    /// The same in words.
    pub text: String,
}

/// What came of a step.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// It was done now.
    Done,
    /// A dry run would have done it.
    WouldBeDone,
    /// There was nothing to do.
    There,
    /// It is not as the definition has it, and does no harm.
    LeftAlone,
    /// No table is named.
    Skipped,
}

impl fmt::Display for Step {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.migration, self.text)
    }
}
