//! The pages in a real browser. Each test has a browser and a stack of its own.

#![expect(clippy::unwrap_used, reason = "a test fails where something is not as it should be")]

mod accessibility;
mod browser;
mod campaign;
mod connection;
mod driver;
mod failures;
mod figures;
#[expect(dead_code, reason = "these tests need less of it than others")]
#[path = "../it/house.rs"]
mod house;
mod list;
mod names;
mod new_campaign;
mod pages;
mod recipients;
mod tabs;
mod upload;
