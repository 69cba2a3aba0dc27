//! Runs side by side: the same first weights, the same images in the same order, one engine in turn.
//!
//! [`preset`] says what the sources' experiments are and what they reported.

pub mod preset;
