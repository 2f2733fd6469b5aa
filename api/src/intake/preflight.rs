//! Placeholder until the report is written.
