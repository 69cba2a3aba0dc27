//! What a norm does to the planes of a tensor: the tables between its two reductions and its affine map.
//!
//! Works on tables of planes, groups and channels only; the kernels work on the tensor itself.

pub mod batch_instance;
pub mod blend;
pub mod catalog;
mod defaults;
pub mod fit;
pub mod fold_batch_norm;
mod json;
pub mod learned;
mod running;
pub mod switchable;
mod text;

pub use catalog::NormKind;
pub use defaults::{DEFAULT_EPSILON, DEFAULT_MOMENTUM, KERAS_EPSILON, TORCH_EPSILON};
pub use running::{RUNNING_START, update_running, update_running_with};
pub use text::NormTextError;

use crate::norms::grouping::tiling::{Axes, Axis, Tiling};
use crate::norms::grouping::{Grouping, GroupingError};
use crate::norms::moments::Moments;
use crate::norms::shape::Shape;
use arrayvec::ArrayVec;
use bytemuck::{Pod, Zeroable};
use serde::{Deserialize, Serialize};
use std::num::NonZeroU32;

/// A normalization, as a user chooses it.
///
/// Its JSON is `{ "kind": "group", "groups": 2 }`: the kind in kebab case, then the parameters of that kind.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "kebab-case", try_from = "json::NormFields")]
pub enum Norm {
    /// No normalization.
    None,
    /// One mean per channel over the batch; running statistics in evaluation (Ioffe, Szegedy 2015).
    Batch,
    /// One mean per image (Ba, Kiros, Hinton 2016, as drawn in the Group Normalization paper).
    Layer,
    /// One mean per plane (Ulyanov, Vedaldi, Lempitsky 2016).
    Instance,
    /// One mean per image and group of neighbouring channels (Wu, He 2018).
    Group {
        /// G, the number of groups; divides C.
        groups: NonZeroU32,
    },
    /// Batch and instance norm mixed by one trained weight ρ per channel (Nam, Kim 2018).
    BatchInstance,
    /// The means and variances of instance, layer and batch norm mixed by trained weights (Luo et al. 2019).
    Switchable,
    /// A mean over any of the axes, with γ and β in the shape of those axes, as in Keras' and PyTorch's layer norm.
    /// There are no running statistics, even with n among the axes: evaluation uses the means of the evaluated batch.
    Axes(AxesNorm),
    /// No mean: x divided by its root mean square (Zhang, Sennrich 2019).
    Rms(AxesNorm),
    /// Batch norm of parts of the batch (Hoffer, Hubara, Soudry 2017).
    GhostBatch {
        /// Images per part; divides N.
        size: NonZeroU32,
    },
    /// Batch norm of a batch spread over devices, which merge their moments.
    SyncBatch {
        /// How many devices; divides N.
        devices: NonZeroU32,
    },
    /// One mean per pixel, over the channels, with γ and β per channel (Liu et al. 2022, ConvNeXt).
    Layer2d,
    /// No mean: x over the root of its mean square, per image and group of neighbouring channels, with γ per channel.
    GroupRms {
        /// G, the number of groups; divides C.
        groups: NonZeroU32,
    },
}

/// A mean over any of the axes.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize)]
pub struct AxesNorm {
    /// The axes that a mean runs over.
    pub axes: Axes,
    /// How many groups the channels are divided into, if C is among the axes; divides C.
    pub groups: NonZeroU32,
    /// What γ and β run over; `None` leaves it to [`AxesNorm::affine_axes`].
    #[serde(skip_serializing_if = "Option::is_none")]
    pub affine: Option<AffineAxes>,
}

/// What γ and β of an [`AxesNorm`] run over.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum AffineAxes {
    /// The channels.
    Channel,
    /// All places of the axes that a mean runs over.
    Reduced,
    /// Nothing: one γ and one β for all values, as source D's "InstanceNorm" has them.
    Scalar,
}

impl AxesNorm {
    /// Source D's "InstanceNorm" as it is written, `InstanceNormalization(axis=None)`: the moments of a whole image, one γ and
    /// one β. The source divides by the deviation + ε; here, as everywhere, the divisor is the root of the variance + ε.
    pub fn instance_as_written() -> Self {
        Self { affine: Some(AffineAxes::Scalar), ..Self::over(&[Axis::C, Axis::H, Axis::W]) }
    }

    /// A mean over `axes`, without groups.
    pub fn over(axes: &[Axis]) -> Self {
        Self { axes: Axes::new(axes), groups: NonZeroU32::MIN, affine: None }
    }

    /// What γ and β run over: what was asked for, or else the axes that a mean runs over, as in Keras and PyTorch; the
    /// channels if N is one of those, since parameters do not grow with the batch.
    pub fn affine_axes(self) -> AffineAxes {
        let natural = if self.axes.contains(Axis::N) { AffineAxes::Channel } else { AffineAxes::Reduced };
        self.affine.unwrap_or(natural)
    }

    fn recipe(self, shape: Shape, centers: bool) -> Result<AxesRecipe, GroupingError> {
        let tiling = Tiling::over(shape, self.axes, self.groups)?;
        let axes = match self.affine_axes() {
            AffineAxes::Channel => Axes::new(&[Axis::C]),
            AffineAxes::Reduced => self.axes,
            AffineAxes::Scalar => Axes::default(),
        };
        Ok(AxesRecipe { tiling, affine: Tiling::places_of(shape, axes), centers })
    }
}

/// How a norm works on tensors of a shape.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Recipe {
    /// The moments of tiles of planes.
    Planes(PlanesRecipe),
    /// Batch and instance norm, mixed.
    BatchInstance,
    /// The moments of instance, layer and batch norm, mixed.
    Switchable,
    /// The moments of boxes of values.
    Axes(AxesRecipe),
}

/// How a norm that takes the moments of tiles of planes works; γ and β are per channel.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct PlanesRecipe {
    /// Which planes share a mean.
    pub grouping: Grouping,
    /// Whether evaluation uses running statistics, one mean per channel, instead of the batch's own.
    pub keeps_running: bool,
    /// The parts of the batch whose moments are computed separately and then merged, if there are any.
    pub parts: Option<Grouping>,
}

/// How a norm that takes the moments of boxes of values works.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct AxesRecipe {
    /// Which values share a mean.
    pub tiling: Tiling,
    /// Which values share γ and β.
    pub affine: Tiling,
    /// Whether the mean is subtracted; if not, the variance is the mean square.
    pub centers: bool,
}

impl Norm {
    /// How this norm works on tensors of `shape`; `None` for [`Norm::None`].
    ///
    /// # Errors
    /// [`GroupingError`] if groups, parts or devices do not divide their axis, or the shape is empty.
    pub fn recipe(self, shape: Shape) -> Result<Option<Recipe>, GroupingError> {
        if let Some(axes) = self.boxes() {
            return axes.recipe(shape, self.kind().centers()).map(|recipe| Some(Recipe::Axes(recipe)));
        }
        let planes = |grouping| PlanesRecipe { grouping, keeps_running: false, parts: None };
        let batch = |grouping| PlanesRecipe { keeps_running: true, ..planes(grouping) };
        Ok(Some(match self {
            Self::None => return Ok(None),
            Self::Batch => Recipe::Planes(batch(Grouping::batch(shape)?)),
            Self::Layer => Recipe::Planes(planes(Grouping::layer(shape)?)),
            Self::Instance => Recipe::Planes(planes(Grouping::instance(shape)?)),
            Self::Group { groups } => Recipe::Planes(planes(Grouping::group(shape, groups)?)),
            Self::GhostBatch { size } => Recipe::Planes(batch(Grouping::tile(shape, size, NonZeroU32::MIN)?)),
            Self::SyncBatch { devices } => {
                let parts = Some(Grouping::devices(shape, devices)?);
                Recipe::Planes(PlanesRecipe { parts, ..batch(Grouping::batch(shape)?) })
            }
            Self::BatchInstance => Grouping::batch(shape).map(|_| Recipe::BatchInstance)?,
            Self::Switchable => Grouping::batch(shape).map(|_| Recipe::Switchable)?,
            Self::Axes(_) | Self::Rms(_) | Self::Layer2d | Self::GroupRms { .. } => {
                unreachable!("norms of boxes are above")
            }
        }))
    }

    /// The axes of its mean, of a norm that takes the moments of boxes of values and not of whole planes.
    pub fn boxes(self) -> Option<AxesNorm> {
        match self {
            Self::Axes(axes) | Self::Rms(axes) => Some(axes),
            Self::Layer2d => Some(AxesNorm::over(&[Axis::C])),
            Self::GroupRms { groups } => {
                let image = AxesNorm::over(&[Axis::C, Axis::H, Axis::W]);
                Some(AxesNorm { groups, affine: Some(AffineAxes::Channel), ..image })
            }
            Self::None
            | Self::Batch
            | Self::Layer
            | Self::Instance
            | Self::Group { .. }
            | Self::BatchInstance
            | Self::Switchable
            | Self::GhostBatch { .. }
            | Self::SyncBatch { .. } => None,
        }
    }

    /// The groups of channels of each image, of a norm that takes the moments of whole planes of one image.
    pub fn groups_per_image(self, n_channels: u32) -> Option<u32> {
        if self.keeps_running() {
            return None;
        }
        match self.recipe(Shape::new(1, n_channels, 1, 1)) {
            Ok(Some(Recipe::Planes(PlanesRecipe { grouping, .. }))) => Some(grouping.n_groups()),
            Ok(Some(Recipe::BatchInstance | Recipe::Switchable | Recipe::Axes(_)) | None) | Err(_) => None,
        }
    }

    /// The boxes of values whose moments a value of y depends on, the smallest first; none for [`Norm::None`].
    ///
    /// # Errors
    /// As [`Norm::recipe`].
    pub fn tilings(self, shape: Shape) -> Result<ArrayVec<Tiling, 3>, GroupingError> {
        let planes = |grouping| Tiling::of_planes(shape, grouping);
        let instance = planes(Grouping::instance(shape)?);
        let mut tilings = ArrayVec::new();
        match self.recipe(shape)? {
            None => {}
            Some(Recipe::Planes(recipe)) => tilings.push(planes(recipe.grouping)),
            Some(Recipe::BatchInstance) => tilings.extend([instance, planes(Grouping::batch(shape)?)]),
            Some(Recipe::Switchable) => {
                tilings.extend([instance, planes(Grouping::layer(shape)?), planes(Grouping::batch(shape)?)]);
            }
            Some(Recipe::Axes(recipe)) => tilings.push(recipe.tiling),
        }
        Ok(tilings)
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

/// What the backward pass needs to know about one plane of dy and x.
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

/// How the moments of groups become maps of planes. The bytes are those of the WGSL struct `Params` of both folds.
#[repr(C)]
#[derive(Clone, Copy, Debug, Pod, Zeroable)]
pub struct Fold {
    /// Which planes share a mean.
    pub grouping: Grouping,
    /// Added to the variance.
    pub epsilon: f32,
    /// 1 if the moments are those of x itself, so that x moves them; 0 if they are given, as in evaluation.
    pub own_moments: u32,
}

/// The affine map of every plane.
///
/// y = γ·(x − mean)·rstd + β  (Wu, He 2018, equations 1 and 6).
///
/// # Shapes
/// `groups`: `[n_groups]`; `affine`: `[2, C]`, γ then β; `out`: `[N·C]`.
pub fn fold_forward(fold: Fold, groups: &[Moments], affine: &[f32], out: &mut [PlaneAffine]) {
    let Fold { grouping, epsilon, .. } = fold;
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
/// dx = rstd·(g − E\[g\] − x̂·E\[g·x̂\]);  dγ = Σ dy·x̂ and dβ = Σ dy over the channel.
/// If the moments are given rather than those of x (`own_moments` is 0), dx = rstd·g.
///
/// # Shapes
/// `groups`: `[n_groups]`; `sums`: `[N·C]`; `affine` and `daffine`: `[2, C]`, γ then β; `out`: `[N·C]`.
pub fn fold_backward(
    fold: Fold,
    groups: &[Moments],
    sums: &[PlaneSums],
    affine: &[f32],
    out: &mut [PlanePullback],
    daffine: &mut [f32],
) {
    let Fold { grouping, epsilon, own_moments } = fold;
    let n_channels = affine.len() / 2;
    let gamma = &affine[..n_channels];
    for (group_idx, &group) in (0..).zip(groups) {
        let rstd = rstd(group, epsilon);
        let (mut g, mut g_xhat) = (0.0, 0.0);
        for plane_idx in grouping.members(group_idx).filter(|_| own_moments == 1) {
            let channel = plane_idx as usize % n_channels;
            // Uses the very factor that dy gets below, so that a group of one value has a gradient of exactly 0.
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
