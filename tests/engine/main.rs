//! The engine against its oracle in f64, against PyTorch's, Keras' and ONNX' figures, and CPU against GPU.
#![cfg(not(target_arch = "wasm32"))]
#![allow(
    clippy::unwrap_used,
    reason = "a failed unwrap is a failed test; clippy only knows that of functions marked as tests"
)]

mod accuracy;
mod affine;
mod allocations;
mod axes;
#[path = "../common/bars.rs"]
mod bars;
mod boxes;
mod cases;
#[path = "../common/mod.rs"]
mod common;
mod data;
mod engines;
mod fold_batch_norm;
mod golden;
mod gpu_lost;
mod gpu_trust;
mod gradients;
mod lane_rules;
mod layouts;
mod looks;
mod mixed;
mod mnist;
mod moments;
mod norm_oracle;
mod normalize;
mod oracle;
mod parameters;
mod partition;
mod plan_noop;
mod race;
mod race_turns;
mod recurrent;
mod recurrent_trains;
mod setup;
mod shaders;
mod snapshot;
mod train_curve;
mod tutorial_net;
mod twins;
