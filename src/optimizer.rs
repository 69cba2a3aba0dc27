//! Optimizers: what becomes of the gradients at the end of a step, and what holds the parameters afterwards.

use crate::kernel::Kernel;
use crate::kernel::adam::AdamParams;
use crate::kernel::constrain::{ConstrainParams, OF_NORM, OF_VALUES};
use crate::kernel::regularize::RegularizeParams;
use crate::kernel::tick::{Clock, TickParams};
use crate::plan::parameter::{Constraint, NORM_EPSILON, Regularizer, Tuning};
use crate::plan::{ParameterInfo, PlanBuilder, Slot};

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

/// Loops of `constrain` over a part.
const CONSTRAIN_LOOPS: u32 = 2;

impl Adam {
    /// As in Keras, whose results the playground reproduces.
    pub const KERAS: Self = Self { beta1: 0.9, beta2: 0.999, epsilon: 1e-7 };

    /// The clock of a run at its start.
    pub fn clock(self, seed: u32, learning_rate: f32) -> Clock {
        Clock { step: 0, seed, learning_rate, beta1_power: self.beta1, beta2_power: self.beta2 }
    }

    /// Writes one update of all parameters by the rules of their parts, and the end of the step. Call after the last
    /// parameter was made.
    pub fn update(self, plan: &mut PlanBuilder, clock: Slot) {
        let infos = plan.parameters().to_vec();
        infos.iter().for_each(|info| regularize(plan, info));
        let (parameters, len) = plan.all_parameters();
        let means = plan.state("adam_means", len, &[0.0]);
        let squares = plan.state("adam_squares", len, &[0.0]);
        for run in infos.chunk_by(|a, b| a.rate_factor == b.rate_factor) {
            let ([gradient, value, means, squares], len) =
                plan.along(run, [parameters.gradient, parameters.value, means, squares]);
            let Self { beta1, beta2, epsilon } = self;
            let params = AdamParams { len, beta1, beta2, epsilon, rate_factor: run[0].rate_factor };
            let slots = [gradient, clock, value, means, squares];
            plan.pass(Kernel::Adam, &params, &slots, len / PARAMETERS_AN_ITEM);
        }
        infos.iter().for_each(|info| constrain(plan, info));
        self.tick(plan, clock);
    }

    /// Moves a clock on by one step.
    pub fn tick(self, plan: &mut PlanBuilder, clock: Slot) {
        plan.pass(Kernel::Tick, &TickParams { beta1: self.beta1, beta2: self.beta2 }, &[clock], 1);
    }
}

/// Writes what makes the gradient of a parameter ready, where all of it is not as the layers left it.
fn regularize(plan: &mut PlanBuilder, info: &ParameterInfo) {
    let is_plain = |tuning: Option<Tuning>| tuning.is_some_and(|tuning| tuning.regularizer == Regularizer::default());
    if info.parts.iter().all(|part| is_plain(part.tuning())) {
        return;
    }
    let n_parts = info.parts.len() as u32;
    let mut params = RegularizeParams { part_len: info.part_len, n_parts, ..Default::default() };
    for (at, tuning) in info.parts.iter().enumerate().filter_map(|(at, part)| Some((at, part.tuning()?))) {
        params.is_trained[at] = 1;
        (params.l1[at], params.l2[at]) = (tuning.regularizer.l1, tuning.regularizer.l2);
    }
    let slots = [info.parameter.value, info.parameter.gradient];
    plan.pass(Kernel::Regularize, &params, &slots, n_parts * info.part_len);
}

/// Writes what keeps a parameter within its constraints, if it has any.
fn constrain(plan: &mut PlanBuilder, info: &ParameterInfo) {
    let n_parts = info.parts.len() as u32;
    let mut params = ConstrainParams { part_len: info.part_len, n_parts, epsilon: NORM_EPSILON, ..Default::default() };
    let mut is_asked_for = false;
    for (at, part) in info.parts.iter().enumerate() {
        let Some(constraint) = part.tuning().and_then(|tuning| tuning.constraint) else { continue };
        is_asked_for = true;
        let (bounds, low, high, rate) = match constraint {
            Constraint::MaxNorm { max } => (OF_NORM, 0.0, max, 1.0),
            // The largest number stands for none: WGSL need not know infinity.
            Constraint::NonNegative => (OF_VALUES, 0.0, f32::MAX, 1.0),
            Constraint::UnitNorm => (OF_NORM, 1.0, 1.0, 1.0),
            Constraint::MinMaxNorm { min, max, rate } => (OF_NORM, min, max, rate),
            Constraint::Clip { min, max } => (OF_VALUES, min, max, 1.0),
        };
        (params.bounds[at], params.low[at], params.high[at], params.rate[at]) = (bounds, low, high, rate);
    }
    if is_asked_for {
        let slots = [info.parameter.value];
        plan.reduction(Kernel::Constrain, &params, &slots, n_parts, CONSTRAIN_LOOPS * info.part_len);
    }
}
