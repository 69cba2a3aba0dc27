//! The formulas of the papers in f64, by brute force over sets of elements: slow, plain, and written without the engine.
//!
//! Tensors are row-major N×C×H×W, given as `[n, c, h, w]`.

#![allow(dead_code, reason = "every test binary takes the part it needs")]

pub(crate) mod axes;
pub(crate) mod conv;
pub(crate) mod dense;
pub(crate) mod mixed;
pub(crate) mod net;
pub(crate) mod norm;
