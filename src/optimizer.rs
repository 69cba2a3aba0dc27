//! Optimizers: what becomes of the gradients at the end of a step.

use crate::kernel::Kernel;
use crate::kernel::adam::AdamParams;
use crate::kernel::tick::{Clock, TickParams};
use crate::plan::{PlanBuilder, Slot};

/// Adam's constants (Kingma, Ba 2015); the learning rate is in the clock.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Adam {
    /// Decay of the mean of gradients.
    pub beta1: f32,
    /// Decay of the mean of squares.
    pub beta2: f32,
    /// Added to the root of the mean of squares.
    pub epsilon: f32,
}

/// Parameters that one invocation of the WGSL updates; divides the padded number of them (`PlanBuilder::parameter`).
const PARAMETERS_AN_ITEM: u32 = 4;

impl Adam {
    /// As in Keras, whose results the playground reproduces.
    pub const KERAS: Self = Self { beta1: 0.9, beta2: 0.999, epsilon: 1e-7 };

    /// The clock of a run at its start.
    pub fn clock(self, seed: u32, learning_rate: f32) -> Clock {
        Clock { step: 0, seed, learning_rate, beta1_power: self.beta1, beta2_power: self.beta2 }
    }

    /// Writes one update of all parameters, and the end of the step. Call after the last parameter was made.
    pub fn update(self, plan: &mut PlanBuilder, clock: Slot) {
        let (parameters, len) = plan.all_parameters();
        let means = plan.state("adam_means", len, &[0.0]);
        let squares = plan.state("adam_squares", len, &[0.0]);
        let params = AdamParams { len, beta1: self.beta1, beta2: self.beta2, epsilon: self.epsilon };
        let slots = [parameters.gradient, clock, parameters.value, means, squares];
        plan.pass(Kernel::Adam, &params, &slots, len / PARAMETERS_AN_ITEM);
        self.tick(plan, clock);
    }

    /// Moves a clock on by one step.
    pub fn tick(self, plan: &mut PlanBuilder, clock: Slot) {
        plan.pass(Kernel::Tick, &TickParams { beta1: self.beta1, beta2: self.beta2 }, &[clock], 1);
    }
}
