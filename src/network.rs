//! Layers, optimizers and whole networks, which write their passes into a plan; and one norm run on one tensor.
//!
//! Each module uses only those listed before it.
//!
//! Uses: norms, kernel, engine.

pub mod layer;
pub mod optimizer;
pub mod model;
pub mod normalize;
