//! Training runs and races: data, steps, evaluation, snapshots, experiments, and the messages between page and worker.
//!
//! Each module uses only those listed before it.
//!
//! Uses: norms, kernel, engine, network.

pub mod data;
pub mod train;
pub mod race;
pub mod bench;
pub mod message;
pub mod setup;
