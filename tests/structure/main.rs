//! The structure of the program, read from its sources.
#![cfg(not(target_arch = "wasm32"))]

mod catalog;
#[path = "../common/mod.rs"]
mod common;
mod contributing;
mod layering;
mod sources;
