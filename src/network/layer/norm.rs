//! Normalizations: each writes its own passes, behind one interface.

pub mod affine;
pub mod axes;
pub mod batch_instance;
pub mod gain;
pub mod planes;
pub mod rules;
pub mod switchable;

use super::{Activation, LayerError, Mode};
use crate::engine::plan::{Parameter, PlanBuilder, Slot, Tensor};
use crate::norms::moments::Moments;
use crate::norms::norm::{DEFAULT_EPSILON, DEFAULT_MOMENTUM, Norm, RUNNING_START, Recipe};
use crate::norms::shape::Shape;
use affine::AffineSpec;
use arrayvec::ArrayVec;
use axes::AxesLayer;
use batch_instance::BatchInstanceLayer;
use planes::PlanesLayer;
use switchable::SwitchableLayer;

/// A norm as a user specifies it.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct NormSpec {
    /// The kind of norm.
    pub norm: Norm,
    /// Added to the variance.
    pub epsilon: f32,
    /// Weight of the new value in running statistics.
    pub momentum: f32,
    /// How γ and β start and are trained.
    pub affine: AffineSpec,
}

impl NormSpec {
    /// `norm` with the default ε and momentum, and γ and β trained without constraint or penalty.
    pub fn new(norm: Norm) -> Self {
        Self { norm, epsilon: DEFAULT_EPSILON, momentum: DEFAULT_MOMENTUM, affine: AffineSpec::default() }
    }
}

/// A norm of one network.
pub enum NormLayer {
    /// [`Norm::None`].
    None,
    /// See [`Recipe::Planes`].
    Planes(PlanesLayer),
    /// See [`Recipe::BatchInstance`].
    BatchInstance(BatchInstanceLayer),
    /// See [`Recipe::Switchable`].
    Switchable(SwitchableLayer),
    /// See [`Recipe::Axes`].
    Axes(AxesLayer),
}

impl NormLayer {
    /// Makes the layer for input of `shape`; `label` names its parameters.
    ///
    /// # Errors
    /// [`LayerError::Grouping`] if the norm does not fit the shape, [`LayerError::Affine`] if the rules of γ or β are
    /// invalid.
    pub fn new(plan: &mut PlanBuilder, label: &str, shape: Shape, spec: NormSpec) -> Result<Self, LayerError> {
        spec.affine.check()?;
        Ok(match spec.norm.recipe(shape)? {
            None => Self::None,
            Some(Recipe::Planes(recipe)) => Self::Planes(PlanesLayer::new(plan, label, shape, spec, recipe)),
            Some(Recipe::BatchInstance) => Self::BatchInstance(BatchInstanceLayer::new(plan, label, shape, spec)),
            Some(Recipe::Switchable) => Self::Switchable(SwitchableLayer::new(plan, label, shape, spec)),
            Some(Recipe::Axes(recipe)) => Self::Axes(AxesLayer::new(plan, label, spec, recipe)),
        })
    }

    /// γ then β, each with all of its values; none without a norm.
    pub fn affine(&self) -> Option<Parameter> {
        match self {
            Self::None => None,
            Self::Planes(layer) => Some(layer.affine),
            Self::BatchInstance(layer) => Some(layer.affine),
            Self::Switchable(layer) => Some(layer.affine),
            Self::Axes(layer) => Some(layer.affine),
        }
    }

    /// The mixing parameter: ρ, \[C\], of batch-instance norm; the logits, \[2, 3\], of switchable norm
    /// (for means, then for variances; instance, layer, batch).
    pub fn mixture(&self) -> Option<Parameter> {
        match self {
            Self::BatchInstance(layer) => Some(layer.rho),
            Self::Switchable(layer) => Some(layer.logits),
            Self::None | Self::Planes(_) | Self::Axes(_) => None,
        }
    }

    /// \[C\] [`Moments`] of one value each, if the norm keeps running statistics.
    pub fn running(&self) -> Option<Slot> {
        match self {
            Self::Planes(layer) => layer.running.map(Slot::words),
            Self::BatchInstance(layer) => Some(layer.running.words()),
            Self::Switchable(layer) => Some(layer.running.words()),
            Self::None | Self::Axes(_) => None,
        }
    }

    /// Writes the forward pass. The first thing it keeps is the [`Moments`] with which it normalizes, one per group:
    /// for axes without a mean they are about 0; for a mixture there is one per plane, whose m2 is the mixed variance
    /// times H·W.
    ///
    /// # Errors
    /// [`LayerError::Grouping`] if the batch does not fit the norm.
    pub fn forward(&self, plan: &mut PlanBuilder, x: Tensor, mode: Mode) -> Result<Activation, LayerError> {
        match self {
            Self::None => Ok(Activation { x, y: x, kept: ArrayVec::new(), steps: Vec::new() }),
            Self::Planes(layer) => layer.forward(plan, x, mode),
            Self::BatchInstance(layer) => layer.forward(plan, x, mode),
            Self::Switchable(layer) => layer.forward(plan, x, mode),
            Self::Axes(layer) => layer.forward(plan, x),
        }
    }

    /// Writes the backward pass, through the statistics that the forward pass used: the gradients of the parameters,
    /// and of x if `wants_dx`. Running statistics are constants.
    pub fn backward(
        &self,
        plan: &mut PlanBuilder,
        activation: &Activation,
        dy: Tensor,
        wants_dx: bool,
    ) -> Option<Tensor> {
        match self {
            Self::None => Some(dy),
            Self::Planes(layer) => layer.backward(plan, activation, dy, wants_dx),
            Self::BatchInstance(layer) => layer.backward(plan, activation, dy, wants_dx),
            Self::Switchable(layer) => layer.backward(plan, activation, dy, wants_dx),
            Self::Axes(layer) => layer.backward(plan, activation, dy, wants_dx),
        }
    }
}

/// Memory for the running statistics of `n_channels` channels: `[C]` [`Moments`] of one value each.
fn running_moments(plan: &mut PlanBuilder, label: &str, n_channels: u32) -> Slot<Moments> {
    let start = bytemuck::cast::<Moments, [f32; 4]>(RUNNING_START);
    plan.state(&format!("{label}.running_moments"), n_channels * start.len() as u32, &start).cast()
}
