//! The structure of the program, read from its sources.
#![cfg(not(target_arch = "wasm32"))]
#![allow(
    clippy::unwrap_used,
    reason = "a failed unwrap is a failed test; clippy only knows that of functions marked as tests"
)]

mod catalog;
mod choices;
#[path = "../common/mod.rs"]
mod common;
mod contributing;
mod layering;
mod sources;
