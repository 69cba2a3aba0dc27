//! What a norm does to the planes of a tensor: the tables between its two reductions and its affine map.
//!
//! Works on tables of planes, groups and channels only; the tensor itself is the kernels' business.

pub mod fold_batch_norm;

use crate::grouping::{Grouping, GroupingError};
use crate::moments::Moments;
use crate::shape::Shape;
use bytemuck::{Pod, Zeroable};
use serde::{Deserialize, Serialize};
use std::num::NonZeroU32;
use tsify::Tsify;

/// A normalization, as a user chooses it. γ and β are per channel for every kind.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize, Tsify)]
#[serde(tag = "kind", rename_all = "kebab-case")]
pub enum Norm {
    /// No normalization.
    None,
    /// A mean a channel over the batch; running statistics in evaluation (Ioffe, Szegedy 2015).
    Batch,
    /// A mean an image (Ba, Kiros, Hinton 2016, as drawn in the Group Normalization paper).
    Layer,
    /// A mean a plane (Ulyanov, Vedaldi, Lempitsky 2016).
    Instance,
    /// A mean an image and group of neighbouring channels (Wu, He 2018).
    Group {
        /// G, the number of groups; divides C.
        #[tsify(type = "number")]
        groups: NonZeroU32,
    },
}

/// Added to the variance before the root: the value of the papers and of PyTorch.
pub const DEFAULT_EPSILON: f32 = 1e-5;

/// Weight of the new value in batch norm's running statistics: 0.01, which Keras writes as momentum 0.99 and PyTorch
/// as momentum 0.01.
pub const DEFAULT_MOMENTUM: f32 = 0.01;

/// What makes a norm work on a shape.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Recipe {
    /// Which planes share a mean.
    pub grouping: Grouping,
    /// Whether evaluation takes running statistics instead of the batch's own.
    pub keeps_running: bool,
}

impl Norm {
    /// How this norm works on tensors of `shape`; `None` for [`Norm::None`].
    ///
    /// # Errors
    /// [`GroupingError`] if the groups do not divide the channels or the shape is empty.
    pub fn recipe(self, shape: Shape) -> Result<Option<Recipe>, GroupingError> {
        let grouping = match self {
            Self::None => return Ok(None),
            Self::Batch => Grouping::batch(shape)?,
            Self::Layer => Grouping::layer(shape)?,
            Self::Instance => Grouping::instance(shape)?,
            Self::Group { groups } => Grouping::group(shape, groups)?,
        };
        Ok(Some(Recipe { grouping, keeps_running: self == Self::Batch }))
    }
}

/// y = scale·(x − origin) + shift, for the values of one plane.
///
/// Not y = scale·x + shift′: with a mean of 10⁴ and a deviation of 1 the two terms of that would cancel four digits.
#[repr(C)]
#[derive(Clone, Copy, Default, PartialEq, Debug, Pod, Zeroable)]
pub struct PlaneAffine {
    /// Near the mean of the plane's group: see [`Moments::origin`].
    pub origin: f32,
    /// γ·rstd.
    pub scale: f32,
    /// β − γ·rstd·(mean − origin).
    pub shift: f32,
}

/// What the backward pass needs of one plane of dy and x.
#[repr(C)]
#[derive(Clone, Copy, Default, PartialEq, Debug, Pod, Zeroable)]
pub struct PlaneSums {
    /// Σ dy.
    pub dy: f32,
    /// Σ dy·(x − origin).
    pub dy_x: f32,
}

impl PlaneSums {
    /// Σ dy·(x − mean), from the sum about the origin.
    fn about_mean(self, group: Moments) -> f32 {
        self.dy_x - group.offset * self.dy
    }
}

/// dx = dy·∂y + x·(x − origin) + one, for the values of one plane.
#[repr(C)]
#[derive(Clone, Copy, Default, PartialEq, Debug, Pod, Zeroable)]
pub struct PlanePullback {
    /// Factor of dy.
    pub dy: f32,
    /// Factor of x − origin.
    pub x: f32,
    /// Added to every value.
    pub one: f32,
}

/// 1/√(variance + ε).
pub fn rstd(moments: Moments, epsilon: f32) -> f32 {
    1.0 / (moments.variance() + epsilon).sqrt()
}

/// The affine map of every plane.
///
/// y = γ·(x − mean)·rstd + β  (Wu, He 2018, equations 1 and 6).
///
/// # Shapes
/// `groups`: [n_groups]; `affine`: [2, C], γ then β; `out`: [N·C].
pub fn fold_forward(grouping: Grouping, epsilon: f32, groups: &[Moments], affine: &[f32], out: &mut [PlaneAffine]) {
    let (gamma, beta) = affine.split_at(affine.len() / 2);
    for (plane_idx, map) in (0..).zip(out) {
        let group = groups[grouping.group_of(plane_idx) as usize];
        let channel = plane_idx as usize % gamma.len();
        let scale = gamma[channel] * rstd(group, epsilon);
        *map = PlaneAffine { origin: group.origin, scale, shift: beta[channel] - scale * group.offset };
    }
}

/// The pullback of every plane, and the gradients of γ and β.
///
/// With g = γ·dy, x̂ = (x − mean)·rstd and E the mean over the group of M values:
/// dx = rstd·(g − E[g] − x̂·E[g·x̂]);  dγ = Σ dy·x̂ and dβ = Σ dy over the channel.
///
/// # Shapes
/// `groups`: [n_groups]; `sums`: [N·C]; `affine` and `daffine`: [2, C], γ then β; `out`: [N·C].
pub fn fold_backward(
    grouping: Grouping,
    epsilon: f32,
    groups: &[Moments],
    sums: &[PlaneSums],
    affine: &[f32],
    out: &mut [PlanePullback],
    daffine: &mut [f32],
) {
    let n_channels = affine.len() / 2;
    let gamma = &affine[..n_channels];
    for (group_idx, &group) in (0..).zip(groups) {
        let rstd = rstd(group, epsilon);
        let (mut g, mut g_xhat) = (0.0, 0.0);
        for plane_idx in grouping.members(group_idx) {
            let channel = plane_idx as usize % n_channels;
            // With the very factor that dy gets below, so that a group of one value has a gradient of 0 to the bit.
            let scale = rstd * gamma[channel];
            g += scale * sums[plane_idx as usize].dy;
            g_xhat += scale * sums[plane_idx as usize].about_mean(group);
        }
        for plane_idx in grouping.members(group_idx) {
            let channel = plane_idx as usize % n_channels;
            let x = -rstd * rstd * g_xhat / group.count;
            out[plane_idx as usize] =
                PlanePullback { dy: rstd * gamma[channel], x, one: -g / group.count - x * group.offset };
        }
    }
    let (dgamma, dbeta) = daffine.split_at_mut(n_channels);
    dgamma.fill(0.0);
    dbeta.fill(0.0);
    for (plane_idx, sum) in (0..).zip(sums) {
        let channel = plane_idx as usize % n_channels;
        let group = groups[grouping.group_of(plane_idx) as usize];
        dgamma[channel] += rstd(group, epsilon) * sum.about_mean(group);
        dbeta[channel] += sum.dy;
    }
}

/// Moves batch norm's running statistics towards those of a batch.
///
/// running ← (1 − momentum)·running + momentum·batch, with the unbiased variance of the batch. A running entry is
/// written as the moments of one value: count 1, its mean, and the variance as m2, so that [`fold_forward`] takes it as is.
///
/// # Shapes
/// `groups` and `running`: [C].
pub fn update_running(momentum: f32, groups: &[Moments], running: &mut [Moments]) {
    for (kept, batch) in running.iter_mut().zip(groups) {
        let mean = kept.mean() + momentum * (batch.mean() - kept.mean());
        let variance = kept.m2 + momentum * (batch.sample_variance() - kept.m2);
        *kept = Moments { count: 1.0, origin: mean, offset: 0.0, m2: variance };
    }
}

/// What running statistics start from: mean 0, variance 1.
pub const RUNNING_START: Moments = Moments { count: 1.0, origin: 0.0, offset: 0.0, m2: 1.0 };
