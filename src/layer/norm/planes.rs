//! Batch, layer, instance and group norm: two reductions over planes, tables between them, and one affine map a plane.

use super::{NormSpec, planes, running_moments, words};
use crate::grouping::Grouping;
use crate::kernel::Kernel;
use crate::kernel::update_running::UpdateRunningParams;
use crate::layer::{Activation, LayerError, Mode};
use crate::moments::Moments;
use crate::norm::Fold;
use crate::norm::{PlaneAffine, PlanePullback, PlaneSums, PlanesRecipe, Recipe};
use crate::plan::{Parameter, PlanBuilder, Slot, Tensor};
use crate::shape::Shape;
use arrayvec::ArrayVec;

/// A norm that takes the moments of tiles of planes.
pub struct PlanesLayer {
    spec: NormSpec,
    /// γ then β, [2, C].
    pub affine: Parameter,
    /// [C] [`Moments`] of one value each, where the norm keeps them.
    pub running: Option<Slot>,
}

impl PlanesLayer {
    pub(super) fn new(plan: &mut PlanBuilder, label: &str, shape: Shape, spec: NormSpec, recipe: PlanesRecipe) -> Self {
        let affine = spec.affine.parameter(plan, label, shape.c);
        let running = recipe.keeps_running.then(|| running_moments(plan, label, shape.c));
        Self { spec, affine, running }
    }

    /// Norms of as many steps, with running statistics each: one γ and β, whose gradient is the sum of theirs, which the
    /// caller works out.
    pub(in crate::layer) fn steps(
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
    pub(in crate::layer) fn forward(
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
        let n_planes = x.shape.n_planes();
        let maps = plan.scratch("norm.maps", n_planes * words::<PlaneAffine>());
        let params = self.fold(x.shape, groups)?;
        plan.pass(Kernel::FoldForward, &params, &[groups, self.affine.value, maps], n_planes);
        let y = scale_shift(plan, x, maps);
        Ok(Activation { x, y, kept: ArrayVec::from_iter([groups, maps]), steps: Vec::new() })
    }

    pub(in crate::layer) fn backward(
        &self,
        plan: &mut PlanBuilder,
        activation: &Activation,
        dy: Tensor,
        wants_dx: bool,
    ) -> Option<Tensor> {
        let x = activation.x;
        let [groups, maps] = [activation.kept[0], activation.kept[1]];
        let params = self.fold(x.shape, groups).expect("the forward pass took the same");
        let sums = plane_sums(plan, x, dy, maps);
        let pullbacks = plan.scratch("norm.pullbacks", x.shape.n_planes() * words::<PlanePullback>());
        let slots = [groups, sums, self.affine.value, pullbacks, self.affine.gradient];
        plan.pass(Kernel::FoldBackward, &params, &slots, params.grouping.n_groups() + x.shape.c);
        wants_dx.then(|| pull_back(plan, x, dy, maps, pullbacks))
    }

    fn recipe(&self, shape: Shape) -> Result<PlanesRecipe, LayerError> {
        match self.spec.norm.recipe(shape)? {
            Some(Recipe::Planes(recipe)) => Ok(recipe),
            recipe => unreachable!("{recipe:?} is no recipe of planes"),
        }
    }

    /// Running statistics are those of a channel, whatever parts a training batch falls into.
    fn fold(&self, shape: Shape, groups: Slot) -> Result<Fold, LayerError> {
        let is_running = self.running == Some(groups);
        let grouping = if is_running { Grouping::batch(shape)? } else { self.recipe(shape)?.grouping };
        Ok(Fold { grouping, epsilon: self.spec.epsilon, own_moments: u32::from(!is_running) })
    }
}

/// Writes the reductions of a norm: from the values of `x` to the [`Moments`] of every group.
pub fn group_moments(plan: &mut PlanBuilder, recipe: PlanesRecipe, x: Tensor) -> Slot {
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
pub(super) fn plane_moments(plan: &mut PlanBuilder, x: Tensor) -> Slot {
    let n_planes = x.shape.n_planes();
    let out = plan.scratch("norm.plane_moments", n_planes * words::<Moments>());
    plan.reduction(Kernel::PlaneMoments, &planes(x.shape), &[x.slot, out], n_planes, x.shape.plane_len());
    out
}

/// Writes the merging of plane moments into those of the groups of `grouping`: [n_groups] [`Moments`].
pub(super) fn merge_moments(plan: &mut PlanBuilder, grouping: Grouping, planes: Slot) -> Slot {
    let n_groups = grouping.n_groups();
    let groups = plan.scratch("norm.group_moments", n_groups * words::<Moments>());
    plan.reduction(Kernel::GroupMoments, &grouping, &[planes, groups], n_groups, grouping.group_len());
    groups
}

/// Writes the move of the running statistics towards `groups`: [parts, C] [`Moments`].
pub(super) fn update_running(plan: &mut PlanBuilder, grouping: Grouping, momentum: f32, groups: Slot, running: Slot) {
    let n_channels = grouping.over_rows().n_groups();
    let params = UpdateRunningParams { n_channels, n_parts: grouping.n_groups() / n_channels, momentum };
    plan.pass(Kernel::UpdateRunning, &params, &[groups, running], n_channels);
}

/// Writes the moments of every channel in training, from those of planes, and the move of the running statistics towards
/// them; in evaluation the running ones stand for them. [C] [`Moments`].
pub(super) fn batch_moments(
    plan: &mut PlanBuilder,
    shape: Shape,
    planes: Slot,
    mode: Mode,
    momentum: f32,
    running: Slot,
) -> Result<Slot, LayerError> {
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

/// Memory for the map of every plane and for its mixed moments: [N·C] [`PlaneAffine`], [N·C] [`Moments`].
pub(super) fn blended_maps(plan: &mut PlanBuilder, shape: Shape) -> [Slot; 2] {
    let maps = plan.scratch("norm.maps", shape.n_planes() * words::<PlaneAffine>());
    [maps, plan.scratch("norm.blended_moments", shape.n_planes() * words::<Moments>())]
}

/// Writes y from the map of every plane.
pub(super) fn scale_shift(plan: &mut PlanBuilder, x: Tensor, maps: Slot) -> Tensor {
    let y = plan.tensor("norm.y", x.shape);
    let slots = [x.slot, maps, y.slot];
    plan.reduction(Kernel::ScaleShift, &planes(x.shape), &slots, x.shape.n_planes(), x.shape.plane_len());
    y
}

/// Writes Σ dy and Σ dy·(x − origin) of every plane, with the origins of `maps`: [N·C] [`PlaneSums`].
pub(super) fn plane_sums(plan: &mut PlanBuilder, x: Tensor, dy: Tensor, maps: Slot) -> Slot {
    let n_planes = x.shape.n_planes();
    let sums = plan.scratch("norm.sums", n_planes * words::<PlaneSums>());
    let slots = [x.slot, dy.slot, maps, sums];
    plan.reduction(Kernel::PlaneSums, &planes(x.shape), &slots, n_planes, x.shape.plane_len());
    sums
}

/// Writes dx from the pullback of every plane.
pub(super) fn pull_back(plan: &mut PlanBuilder, x: Tensor, dy: Tensor, maps: Slot, pullbacks: Slot) -> Tensor {
    let dx = plan.tensor("norm.dx", x.shape);
    let slots = [x.slot, dy.slot, maps, pullbacks, dx.slot];
    plan.reduction(Kernel::ScaleShiftBackward, &planes(x.shape), &slots, x.shape.n_planes(), x.shape.plane_len());
    dx
}
