//! Files read and written: arrays, weights, and the programs that say a run in code.
#![cfg(not(target_arch = "wasm32"))]

mod code;
#[path = "../common/mod.rs"]
mod common;
mod read;
mod write;
