//! Optimizers: what happens to the gradients at the end of a step, and what constrains the parameters afterwards.
//!
//! The learning rate is in the clock, where it can change from step to step; [`plateau`] says when it should.

pub mod plateau;
mod rules;

use crate::engine::plan::{ParameterInfo, PlanBuilder, Slot};
use crate::kernel::adam::{self, AdamParams};
use crate::kernel::ams_grad;
use crate::kernel::sgd::{self, SgdParams};
use crate::kernel::tick::{self, Clock, TickParams};
use serde::{Deserialize, Serialize};
use tsify::Tsify;

/// An optimizer as a user chooses it. Its JSON is `"adam"`, `"ams-grad"` or `{ "sgd": { "momentum": 0.9, "rule":
/// "keras" } }`.
#[derive(Clone, Copy, PartialEq, Default, Debug, Serialize, Deserialize, Tsify)]
#[serde(rename_all = "kebab-case")]
pub enum OptimizerSpec {
    /// [`Adam::KERAS`].
    #[default]
    Adam,
    /// Adam with the largest mean of squares so far (Reddi, Kale, Kumar 2018), as Keras 2 writes it: with Adam's bias
    /// correction, which the paper does not have, and ε added before it. PyTorch adds ε after correcting the squares.
    AmsGrad,
    /// Stochastic gradient descent.
    Sgd {
        /// The fraction of the velocity that is kept, from 0 to below 1.
        momentum: f32,
        /// Which definition of the velocity.
        rule: MomentumRule,
    },
}

/// Defines the velocity v of a weight w, where g is its gradient, μ the momentum and α the learning rate. As long as α
/// does not change, both give the same weights; after a change, Keras' old velocity keeps the old α.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug, Serialize, Deserialize, Tsify)]
#[serde(rename_all = "kebab-case")]
pub enum MomentumRule {
    /// v ← μ·v − α·g,  w ← w + v.
    #[default]
    Keras,
    /// v ← μ·v + g,  w ← w − α·v.
    Pytorch,
}

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

impl OptimizerSpec {
    /// Whether the momentum is within its range.
    pub fn is_valid(self) -> bool {
        match self {
            Self::Adam | Self::AmsGrad => true,
            Self::Sgd { momentum, rule: MomentumRule::Keras | MomentumRule::Pytorch } => (0.0..1.0).contains(&momentum),
        }
    }

    /// The clock of a run at its start.
    pub fn clock(self, seed: u32, learning_rate: f32) -> Clock {
        Adam::KERAS.clock(seed, learning_rate)
    }

    /// Writes one update of all parameters by the rules of their parts, and the end of the step. With `clip_norm`, the
    /// gradients are first scaled so that their norm, over all parameters and with their penalties, is at most that. Call
    /// it after the last parameter has been made.
    pub fn update(self, plan: &mut PlanBuilder, clock: Slot, clip_norm: Option<f32>) {
        let infos = plan.parameters().to_vec();
        infos.iter().for_each(|info| rules::regularize(plan, info));
        if let Some(max_norm) = clip_norm {
            rules::clip(plan, max_norm);
        }
        match self {
            Self::Adam => Adam::KERAS.move_parameters(plan, &infos, clock, false),
            Self::AmsGrad => Adam::KERAS.move_parameters(plan, &infos, clock, true),
            Self::Sgd { momentum, rule } => descend(plan, &infos, clock, momentum, rule),
        }
        infos.iter().for_each(|info| rules::constrain(plan, info));
        self.tick(plan, clock);
    }

    /// Advances a clock by one step. The powers in it are Adam's, whether needed or not.
    pub fn tick(self, plan: &mut PlanBuilder, clock: Slot) {
        Adam::KERAS.tick(plan, clock);
    }
}

impl Adam {
    /// As in Keras, whose results the playground reproduces.
    pub const KERAS: Self = Self { beta1: 0.9, beta2: 0.999, epsilon: 1e-7 };

    /// The clock of a run at its start.
    pub fn clock(self, seed: u32, learning_rate: f32) -> Clock {
        Clock { step: 0, seed, learning_rate, beta1_power: self.beta1, beta2_power: self.beta2 }
    }

    /// Advances a clock by one step.
    pub fn tick(self, plan: &mut PlanBuilder, clock: Slot) {
        plan.push(tick::pass(TickParams { beta1: self.beta1, beta2: self.beta2 }, clock.cast()));
    }

    fn move_parameters(self, plan: &mut PlanBuilder, infos: &[ParameterInfo], clock: Slot, keeps_maxima: bool) {
        let (all, len) = plan.all_parameters();
        let clock = clock.cast();
        let means = plan.state("adam_means", len, &[0.0]);
        let squares = plan.state("adam_squares", len, &[0.0]);
        let maxima = keeps_maxima.then(|| plan.state("adam_maxima", len, &[0.0]));
        for run in infos.chunk_by(|a, b| a.rate_factor == b.rate_factor) {
            let ([gradients, parameters, means, squares], len) =
                plan.along(run, [all.gradient, all.value, means, squares]);
            let Self { beta1, beta2, epsilon } = self;
            let params = AdamParams { len, beta1, beta2, epsilon, rate_factor: run[0].rate_factor };
            let pass = match maxima {
                None => adam::pass(params, adam::Slots { gradients, clock, parameters, means, squares }),
                Some(maxima) => {
                    let ([maxima], _) = plan.along(run, [maxima]);
                    ams_grad::pass(params, ams_grad::Slots { gradients, clock, parameters, means, squares, maxima })
                }
            };
            plan.push(pass);
        }
    }
}

fn descend(plan: &mut PlanBuilder, infos: &[ParameterInfo], clock: Slot, momentum: f32, rule: MomentumRule) {
    let (all, len) = plan.all_parameters();
    let clock = clock.cast();
    let velocities = plan.state("sgd_velocities", len, &[0.0]);
    for run in infos.chunk_by(|a, b| a.rate_factor == b.rate_factor) {
        let ([gradients, parameters, velocities], len) = plan.along(run, [all.gradient, all.value, velocities]);
        let rate_in_velocity = u32::from(rule == MomentumRule::Keras);
        let params = SgdParams { len, momentum, rate_factor: run[0].rate_factor, rate_in_velocity };
        plan.push(sgd::pass(params, sgd::Slots { gradients, clock, parameters, velocities }));
    }
}
