//! Plans of passes, and the executors that run them on the CPU or the GPU.
//!
//! Knows kernels but no layers: what a network computes is decided above. Each module uses those above it.
//!
//! Uses: norms, kernel.

pub mod random;
pub mod plan;
pub mod exec;
