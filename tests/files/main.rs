//! Files read and written: arrays, weights, and the programs that say a run in code.
#![cfg(not(target_arch = "wasm32"))]
#![allow(
    clippy::unwrap_used,
    reason = "a failed unwrap is a failed test; clippy only knows that of functions marked as tests"
)]

mod code;
#[path = "../common/mod.rs"]
mod common;
mod read;
mod write;
