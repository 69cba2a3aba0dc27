//! Plans of passes, and the executors that run them on the CPU or the GPU.
//!
//! Knows kernels but no layers: `network` decides what is computed. Each module uses only those listed before it.
//!
//! Uses: norms, kernel.

pub mod random;
pub mod plan;
pub mod exec;
