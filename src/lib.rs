//! Blue Cube: normalization layers one can touch.
//!
//! A tensor has shape N×C×H×W (images, channels, height, width; row-major f32). A *plane* is one (n, c) slice of
//! H·W values, numbered p = n·C + c. A normalization is a tile of the N×C table of planes ([`grouping`]), the merged
//! [`moments`] of each tile, and one affine map a plane ([`norm`]). Layers *write* passes into a [`plan`]; an executor
//! ([`exec`]) *runs* the plan on the CPU or, by the WGSL in `shaders/`, on the GPU. The page and its worker exchange
//! the messages of `web`, and nothing else.
//!
//! Modules use those above them in this list only (`tests/layering.rs` checks it); `data`, `files`, `chart`,
//! `dialect`, `walkthrough` with `errata`, and `cube` are side branches which do not know one another; `ledger` is one that reads the
//! cube's tensor.

pub mod number;
pub mod shape;
pub mod grouping;
pub mod moments;
pub mod norm;
pub mod random;
pub mod kernel;
pub mod plan;
pub mod layer;
pub mod optimizer;
pub mod model;
pub mod exec;
pub mod normalize;
pub mod data;
pub mod train;
pub mod race;
pub mod files;
pub mod bench;
pub mod message;
pub mod setup;
pub mod chart;
pub mod scene;
pub mod walkthrough;
pub mod errata;
pub mod cube;
pub mod ledger;
pub mod sentence;
pub mod preset;
pub mod dialect;
#[cfg(target_arch = "wasm32")]
pub mod web;
