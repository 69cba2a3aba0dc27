//! Blue Cube: normalization layers you can touch.
//!
//! A tensor has shape N×C×H×W (images, channels, height, width; row-major f32). A *plane* is one (n, c) slice of H·W
//! values, numbered p = n·C + c. A normalization layer is a tile of the N×C table of planes ([`grouping`]), the merged
//! [`moments`] of each tile, and one affine map per plane ([`norm`]). Layers *write* passes into a [`plan`]; an executor
//! ([`exec`]) *runs* the plan on the CPU or, with the WGSL in `shaders/`, on the GPU. The page and its worker exchange
//! the messages in [`message`], and nothing else.
//!
//! The modules below are storeys: each uses only those listed before it, and of those only the ones that its documentation
//! lists after "Uses:" (`tests/structure/layering.rs` reads both). A storey's modules are also available from the root:
//! `blue_cube::shape` is `blue_cube::norms::shape`.

pub mod norms;
pub mod kernel;
pub mod engine;
pub mod network;
pub mod training;
pub mod files;
pub mod chart;
pub mod figure;
#[cfg(target_arch = "wasm32")]
pub mod web;

pub use engine::{exec, plan, random};
pub use figure::{cube, dialect, errata, ledger, preparation, preset, scene, sentence, walkthrough};
pub use network::{layer, model, normalize, optimizer};
pub use norms::{grouping, moments, norm, number, shape};
pub use training::{bench, data, message, race, setup, train};
