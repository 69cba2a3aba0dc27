//! Batch, layer, instance and group norm: two reductions over planes, tables between them, and one affine map per
//! plane.

use super::{NormSpec, running_moments};
use crate::engine::plan::{Parameter, PlanBuilder, Slot, Tensor};
use crate::kernel::update_running::{self, UpdateRunningParams};
use crate::kernel::{fold_backward, fold_forward};
use crate::kernel::{group_moments, plane_moments, plane_sums, scale_shift, scale_shift_backward};
use crate::network::layer::{Activation, LayerError, Mode};
use crate::norms::grouping::Grouping;
use crate::norms::moments::Moments;
use crate::norms::norm::Fold;
use crate::norms::norm::{PlaneAffine, PlanePullback, PlaneSums, PlanesRecipe, Recipe};
use crate::norms::shape::Shape;
use arrayvec::ArrayVec;

/// A norm that takes the moments of tiles of planes.
pub struct PlanesLayer {
    spec: NormSpec,
    /// γ then β, [2, C].
    pub affine: Parameter,
    /// \[C\] [`Moments`] of one value each, if the norm keeps running statistics.
    pub running: Option<Slot<Moments>>,
}

impl PlanesLayer {
    pub(super) fn new(plan: &mut PlanBuilder, label: &str, shape: Shape, spec: NormSpec, recipe: PlanesRecipe) -> Self {
        let affine = spec.affine.parameter(plan, label, shape.c);
        let running = recipe.keeps_running.then(|| running_moments(plan, label, shape.c));
        Self { spec, affine, running }
    }

    /// The norms of `n_steps` steps, each with its own running statistics. They share γ and β, whose gradient is the
    /// sum over the steps, which the caller computes.
    pub(in crate::network::layer) fn steps(
        plan: &mut PlanBuilder,
        label: &str,
        shape: Shape,
        spec: NormSpec,
        recipe: PlanesRecipe,
        n_steps: u32,
    ) -> (Parameter, Vec<Self>) {
        let shared = spec.affine.parameter(plan, label, shape.c);
        let mut norm_of = |step| {
            let gradient = plan.scratch("norm.step_gradient", 2 * shape.c);
            let label = format!("{label}_{step}");
            let running = recipe.keeps_running.then(|| running_moments(plan, &label, shape.c));
            Self { spec, affine: Parameter { gradient, ..shared }, running }
        };
        (shared, (0..n_steps).map(&mut norm_of).collect())
    }

    /// Keeps the slots of the group moments and of the planes' maps.
    pub(in crate::network::layer) fn forward(
        &self,
        plan: &mut PlanBuilder,
        x: Tensor,
        mode: Mode,
    ) -> Result<Activation, LayerError> {
        let groups = match (mode, self.running) {
            (Mode::Evaluate, Some(running)) => running,
            (Mode::Train { .. }, Some(running)) => {
                let groups = group_moments(plan, self.recipe(x.shape)?, x);
                update_running(plan, self.recipe(x.shape)?.grouping, self.spec.momentum, groups, running);
                groups
            }
            (Mode::EvaluateByBatch, Some(_)) | (_, None) => group_moments(plan, self.recipe(x.shape)?, x),
        };
        let maps = plan.table("norm.maps", x.shape.n_planes());
        let slots = fold_forward::Slots { groups, affine: self.affine.value, maps };
        plan.push(fold_forward::pass(self.fold(x.shape, groups)?, slots));
        let y = scale_shift(plan, x, maps);
        Ok(Activation { x, y, kept: ArrayVec::from_iter([groups.words(), maps.words()]), steps: Vec::new() })
    }

    pub(in crate::network::layer) fn backward(
        &self,
        plan: &mut PlanBuilder,
        activation: &Activation,
        dy: Tensor,
        wants_dx: bool,
    ) -> Option<Tensor> {
        let x = activation.x;
        let (groups, maps) = (activation.kept[0].cast(), activation.kept[1].cast());
        let fold = self.fold(x.shape, groups).expect("the forward pass used the same shape");
        let sums = plane_sums(plan, x, dy, maps);
        let pullbacks = plan.table("norm.pullbacks", x.shape.n_planes());
        let (affine, daffine) = (self.affine.value, self.affine.gradient);
        plan.push(fold_backward::pass(fold, fold_backward::Slots { groups, sums, affine, pullbacks, daffine }));
        wants_dx.then(|| pull_back(plan, x, dy, maps, pullbacks))
    }

    fn recipe(&self, shape: Shape) -> Result<PlanesRecipe, LayerError> {
        match self.spec.norm.recipe(shape)? {
            Some(Recipe::Planes(recipe)) => Ok(recipe),
            recipe => unreachable!("{recipe:?} is not a recipe over planes"),
        }
    }

    /// Running statistics are per channel, whatever parts a training batch is divided into.
    fn fold(&self, shape: Shape, groups: Slot<Moments>) -> Result<Fold, LayerError> {
        let is_running = self.running == Some(groups);
        let grouping = if is_running { Grouping::batch(shape)? } else { self.recipe(shape)?.grouping };
        Ok(Fold { grouping, epsilon: self.spec.epsilon, own_moments: u32::from(!is_running) })
    }
}

/// Writes the reductions of a norm: from the values of `x` to the [`Moments`] of every group.
pub fn group_moments(plan: &mut PlanBuilder, recipe: PlanesRecipe, x: Tensor) -> Slot<Moments> {
    let planes = plane_moments(plan, x);
    match recipe.parts {
        None => merge_moments(plan, recipe.grouping, planes),
        Some(parts) => {
            let of_parts = merge_moments(plan, parts, planes);
            merge_moments(plan, parts.over_rows(), of_parts)
        }
    }
}

/// Writes the moments of every plane of `x`: [N·C] [`Moments`].
pub(super) fn plane_moments(plan: &mut PlanBuilder, x: Tensor) -> Slot<Moments> {
    let planes = plan.table("norm.plane_moments", x.shape.n_planes());
    plan.push(plane_moments::pass(x.shape, plane_moments::Slots { x: x.slot, planes }));
    planes
}

/// Writes the merging of plane moments into those of the groups of `grouping`: `[n_groups]` [`Moments`].
pub(super) fn merge_moments(plan: &mut PlanBuilder, grouping: Grouping, planes: Slot<Moments>) -> Slot<Moments> {
    let groups = plan.table("norm.group_moments", grouping.n_groups());
    plan.push(group_moments::pass(grouping, group_moments::Slots { planes, groups }));
    groups
}

/// Writes the update of the running statistics towards `groups`: `[parts, C]` [`Moments`].
pub(super) fn update_running(
    plan: &mut PlanBuilder,
    grouping: Grouping,
    momentum: f32,
    groups: Slot<Moments>,
    running: Slot<Moments>,
) {
    let n_channels = grouping.over_rows().n_groups();
    let params = UpdateRunningParams { n_channels, n_parts: grouping.n_groups() / n_channels, momentum };
    plan.push(update_running::pass(params, update_running::Slots { groups, running }));
}

/// Writes the moments of every channel in training, from those of planes, and the update of the running statistics
/// towards them; in evaluation the running statistics take their place. `[C]` [`Moments`].
pub(super) fn batch_moments(
    plan: &mut PlanBuilder,
    shape: Shape,
    planes: Slot<Moments>,
    mode: Mode,
    momentum: f32,
    running: Slot<Moments>,
) -> Result<Slot<Moments>, LayerError> {
    let grouping = Grouping::batch(shape)?;
    Ok(match mode {
        Mode::Evaluate => running,
        Mode::EvaluateByBatch => merge_moments(plan, grouping, planes),
        Mode::Train { .. } => {
            let batch = merge_moments(plan, grouping, planes);
            update_running(plan, grouping, momentum, batch, running);
            batch
        }
    })
}

/// Memory for the map of every plane and for its mixed moments: `[N·C]` [`PlaneAffine`], `[N·C]` [`Moments`].
pub(super) fn blended_maps(plan: &mut PlanBuilder, shape: Shape) -> (Slot<PlaneAffine>, Slot<Moments>) {
    let maps = plan.table("norm.maps", shape.n_planes());
    (maps, plan.table("norm.blended_moments", shape.n_planes()))
}

/// Writes y from the map of every plane.
pub(super) fn scale_shift(plan: &mut PlanBuilder, x: Tensor, maps: Slot<PlaneAffine>) -> Tensor {
    let y = plan.tensor("norm.y", x.shape);
    plan.push(scale_shift::pass(x.shape, scale_shift::Slots { x: x.slot, maps, y: y.slot }));
    y
}

/// Writes Σ dy and Σ dy·(x − origin) of every plane, with the origins of `maps`: [N·C] [`PlaneSums`].
pub(super) fn plane_sums(plan: &mut PlanBuilder, x: Tensor, dy: Tensor, maps: Slot<PlaneAffine>) -> Slot<PlaneSums> {
    let sums = plan.table("norm.sums", x.shape.n_planes());
    plan.push(plane_sums::pass(x.shape, plane_sums::Slots { x: x.slot, dy: dy.slot, maps, sums }));
    sums
}

/// Writes dx from the pullback of every plane.
pub(super) fn pull_back(
    plan: &mut PlanBuilder,
    x: Tensor,
    dy: Tensor,
    maps: Slot<PlaneAffine>,
    pullbacks: Slot<PlanePullback>,
) -> Tensor {
    let dx = plan.tensor("norm.dx", x.shape);
    let slots = scale_shift_backward::Slots { x: x.slot, dy: dy.slot, maps, pullbacks, dx: dx.slot };
    plan.push(scale_shift_backward::pass(x.shape, slots));
    dx
}
