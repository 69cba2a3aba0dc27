//! The rules of parameters around an update: what is added to gradients before it, and how values are constrained after
//! it.

use crate::engine::plan::parameter::{NORM_EPSILON, Regularizer, Tuning};
use crate::engine::plan::{ParameterInfo, PlanBuilder};
use crate::kernel::clip_gradients;
use crate::kernel::constrain::{self, ConstrainParams};
use crate::kernel::gradient_norm::{self, GradientNormParams};
use crate::kernel::regularize::{self, RegularizeParams};

/// Writes the pass that prepares the gradient of a parameter, unless the gradient is as the layers left it.
pub(super) fn regularize(plan: &mut PlanBuilder, info: &ParameterInfo) {
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
    let slots = regularize::Slots { values: info.parameter.value, gradient: info.parameter.gradient };
    plan.push(regularize::pass(params, slots));
}

/// Writes the passes that hold the norm of all gradients at `max_norm`.
pub(super) fn clip(plan: &mut PlanBuilder, max_norm: f32) {
    let (all, len) = plan.all_parameters();
    let params = GradientNormParams::of(len);
    let parts = plan.table("gradient_norm", params.n_parts);
    plan.push(gradient_norm::pass(params, gradient_norm::Slots { gradients: all.gradient, parts }));
    plan.push(clip_gradients::pass(params, max_norm, clip_gradients::Slots { parts, gradients: all.gradient }));
}

/// Writes the pass that keeps a parameter within its constraints, if it has any.
pub(super) fn constrain(plan: &mut PlanBuilder, info: &ParameterInfo) {
    let n_parts = info.parts.len() as u32;
    let mut params = ConstrainParams { part_len: info.part_len, n_parts, epsilon: NORM_EPSILON, ..Default::default() };
    let mut is_asked_for = false;
    for (at, part) in info.parts.iter().enumerate() {
        let Some(constraint) = part.tuning().and_then(|tuning| tuning.constraint) else { continue };
        is_asked_for = true;
        let (bounds, [low, high, rate]) = constraint.bounds();
        (params.bounds[at], params.low[at], params.high[at], params.rate[at]) = (bounds, low, high, rate);
    }
    if is_asked_for {
        plan.push(constrain::pass(params, info.parameter.value));
    }
}
