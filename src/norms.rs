//! What a normalization layer is: which values share a mean, and what happens to them.
//!
//! Works on tables of planes, groups and channels; holds no tensor and no memory. Each module uses only those listed before it.
//!
//! Uses: nothing.

pub mod number;
pub mod shape;
pub mod grouping;
pub mod moments;
pub mod norm;
