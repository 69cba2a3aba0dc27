//! A normalization: two reductions over planes, tables between them, and one affine map a plane.

use super::{Activation, LayerError, Mode};
use crate::kernel::Kernel;
use crate::kernel::fold_forward::FoldParams;
use crate::kernel::plane_moments::PlaneMomentsParams;
use crate::kernel::update_running::UpdateRunningParams;
use crate::moments::Moments;
use crate::norm::{Norm, PlaneAffine, PlanePullback, PlaneSums, RUNNING_START, Recipe};
use crate::plan::{Parameter, PlanBuilder, Slot, Tensor};
use crate::random::Init;
use crate::shape::Shape;
use arrayvec::ArrayVec;

/// A norm of one network.
pub struct NormLayer {
    norm: Norm,
    epsilon: f32,
    momentum: f32,
    own: Option<Own>,
}

/// What every norm but [`Norm::None`] owns.
struct Own {
    /// γ then β, [2, C].
    affine: Parameter,
    /// [C] [`Moments`] of one value each, where the norm keeps them.
    running: Option<Slot>,
}

impl NormLayer {
    /// The layer for input of `shape`; `label` names its parameters. The gradient of its γ and β is that of [`NormLayer::affine`].
    ///
    /// # Errors
    /// [`LayerError::Grouping`] if the groups do not divide the channels or the shape is empty.
    pub fn new(
        plan: &mut PlanBuilder,
        label: &str,
        shape: Shape,
        norm: Norm,
        epsilon: f32,
        momentum: f32,
    ) -> Result<Self, LayerError> {
        let own = norm.recipe(shape)?.map(|recipe| {
            let affine = plan.parameter(format!("{label}.affine"), 2 * shape.c, Init::UnitAffine);
            let start = bytemuck::cast::<Moments, [f32; 4]>(RUNNING_START);
            let running = recipe
                .keeps_running
                .then(|| plan.state(&format!("{label}.running_moments"), shape.c * words::<Moments>(), &start));
            Own { affine, running }
        });
        Ok(Self { norm, epsilon, momentum, own })
    }

    /// γ then β, [2, C]; none without a norm.
    pub fn affine(&self) -> Option<Parameter> {
        self.own.as_ref().map(|own| own.affine)
    }

    /// [C] [`Moments`] of one value each, where the norm keeps running statistics.
    pub fn running(&self) -> Option<Slot> {
        self.own.as_ref()?.running
    }

    /// Writes the forward pass; it keeps the slots of the group moments and of the planes' maps, if there is a norm.
    ///
    /// # Errors
    /// [`LayerError::Grouping`] if the batch does not fit the norm.
    pub fn forward(&self, plan: &mut PlanBuilder, x: Tensor, mode: Mode) -> Result<Activation, LayerError> {
        let (Some(recipe), Some(own)) = (self.norm.recipe(x.shape)?, &self.own) else {
            return Ok(Activation { x, y: x, kept: ArrayVec::new() });
        };
        let groups = match (mode, own.running) {
            (Mode::Evaluate, Some(running)) => running,
            (Mode::Train { .. }, Some(running)) => {
                let groups = group_moments(plan, recipe, x);
                let params = UpdateRunningParams { n_channels: x.shape.c, momentum: self.momentum };
                plan.pass(Kernel::UpdateRunning, &params, &[groups, running], x.shape.c);
                groups
            }
            (_, None) => group_moments(plan, recipe, x),
        };
        let n_planes = x.shape.n_planes();
        let maps = plan.scratch("norm.maps", n_planes * words::<PlaneAffine>());
        plan.pass(Kernel::FoldForward, &self.fold(recipe), &[groups, own.affine.value, maps], n_planes);
        let y = plan.tensor("norm.y", x.shape);
        plan.reduction(Kernel::ScaleShift, &planes(x.shape), &[x.slot, maps, y.slot], n_planes, x.shape.plane_len());
        Ok(Activation { x, y, kept: ArrayVec::from([groups, maps]) })
    }

    /// Writes the backward pass through batch statistics: the gradient of γ and β, and of x if `wants_dx`.
    pub fn backward(
        &self,
        plan: &mut PlanBuilder,
        activation: &Activation,
        dy: Tensor,
        wants_dx: bool,
    ) -> Option<Tensor> {
        let x = activation.x;
        let (Ok(Some(recipe)), Some(own)) = (self.norm.recipe(x.shape), &self.own) else {
            return Some(dy);
        };
        let [groups, maps] = [activation.kept[0], activation.kept[1]];
        let n_planes = x.shape.n_planes();
        let sums = plan.scratch("norm.sums", n_planes * words::<PlaneSums>());
        plan.reduction(
            Kernel::PlaneSums,
            &planes(x.shape),
            &[x.slot, dy.slot, maps, sums],
            n_planes,
            x.shape.plane_len(),
        );
        let pullbacks = plan.scratch("norm.pullbacks", n_planes * words::<PlanePullback>());
        let slots = [groups, sums, own.affine.value, pullbacks, own.affine.gradient];
        plan.pass(Kernel::FoldBackward, &self.fold(recipe), &slots, recipe.grouping.n_groups() + x.shape.c);
        wants_dx.then(|| {
            let dx = plan.tensor("norm.dx", x.shape);
            let slots = [x.slot, dy.slot, maps, pullbacks, dx.slot];
            plan.reduction(Kernel::ScaleShiftBackward, &planes(x.shape), &slots, n_planes, x.shape.plane_len());
            dx
        })
    }

    fn fold(&self, recipe: Recipe) -> FoldParams {
        FoldParams { grouping: recipe.grouping, epsilon: self.epsilon }
    }
}

/// Writes the two reductions of a norm: from the values of `x` to the [`Moments`] of every group.
pub fn group_moments(plan: &mut PlanBuilder, recipe: Recipe, x: Tensor) -> Slot {
    let n_planes = x.shape.n_planes();
    let plane_moments = plan.scratch("norm.plane_moments", n_planes * words::<Moments>());
    plan.reduction(Kernel::PlaneMoments, &planes(x.shape), &[x.slot, plane_moments], n_planes, x.shape.plane_len());
    let n_groups = recipe.grouping.n_groups();
    let groups = plan.scratch("norm.group_moments", n_groups * words::<Moments>());
    plan.reduction(
        Kernel::GroupMoments,
        &recipe.grouping,
        &[plane_moments, groups],
        n_groups,
        recipe.grouping.group_len(),
    );
    groups
}

fn planes(shape: Shape) -> PlaneMomentsParams {
    PlaneMomentsParams { n_planes: shape.n_planes(), plane_len: shape.plane_len() }
}

fn words<T>() -> u32 {
    (size_of::<T>() / 4) as u32
}
