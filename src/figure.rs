//! What the page shows apart from the race: the cube, the ledger, the sentence, the code, and the calls it reads and writes.
//!
//! Pure functions of a [`scene`] and a tensor; draws nothing itself. Each module uses only those listed before it.
//!
//! Uses: norms, kernel, engine::plan, engine::random, network::layer::norm, training::setup, training::race::experiment.

pub mod scene;
pub mod walkthrough;
pub mod errata;
pub mod cube;
pub mod ledger;
pub mod preparation;
pub mod sentence;
pub mod preset;
pub mod dialect;
