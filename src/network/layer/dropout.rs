//! Drops values at random while training; the mask is a function of place, step and seed.

use crate::engine::plan::{PlanBuilder, Slot, Tensor};
use crate::kernel::dropout::{self, DropoutParams};

/// A dropout layer of one network.
pub struct Dropout {
    layer: u32,
    rate: f32,
}

/// The number of random words, 2³².
const N_WORDS: f64 = 4_294_967_296.0;

impl Dropout {
    pub(super) fn new(label: &str, rate: f32) -> Self {
        // FNV-1a, 32 bits: makes the masks of two layers different.
        let layer =
            label.bytes().fold(0x811c_9dc5, |hash: u32, byte| (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193));
        Self { layer, rate }
    }

    /// Forward on x, and backward on dy, with the same mask and scale.
    pub(super) fn apply(&self, plan: &mut PlanBuilder, x: Tensor, clock: Slot) -> Tensor {
        let y = plan.tensor("dropout.y", x.shape);
        let params = DropoutParams {
            len: x.shape.len(),
            layer: self.layer,
            threshold: (f64::from(self.rate) * N_WORDS) as u32,
            scale: 1.0 / (1.0 - self.rate),
        };
        plan.push(dropout::pass(params, dropout::Slots { x: x.slot, clock: clock.cast(), y: y.slot }));
        y
    }
}
