//! What the page shows: the cube, the ledger, the sentence, the charts, and the calls that it reads and writes.
#![cfg(not(target_arch = "wasm32"))]
#![allow(
    clippy::unwrap_used,
    reason = "a failed unwrap is a failed test; clippy only knows that of functions marked as tests"
)]

#[path = "../common/bars.rs"]
mod bars;
mod calls;
mod canned;
mod chart_parameters;
mod chart_scale;
mod charts;
#[path = "../common/mod.rs"]
mod common;
mod cube;
mod cube_picking;
mod dialect;
mod dials;
mod errata;
mod first_paint;
mod frameworks;
mod lane_in_cube;
mod gains;
mod links;
mod ledger;
mod ledger_support;
mod numbers;
mod pasted;
mod preset;
mod role_words;
mod roles;
mod scene;
mod scenes;
mod sentence;
mod shapes;
mod shown;
mod svg;
mod walkthrough;
mod work;
