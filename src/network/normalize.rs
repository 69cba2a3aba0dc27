//! Normalizations of one tensor, forward and backward, as functions: the crate's and the package's front door.
//!
//! Each call records a small plan and runs it once; for many calls on one shape, record a [`crate::engine::plan::Plan`].

mod call;
mod check;
mod scaled;

use crate::engine::exec::{DeviceChoice, DeviceKind, ExecError};
use crate::engine::plan::{Plan, PlanBuilder, PlanError, Section, Slot};
use crate::norms::grouping::GroupingError;
use crate::norms::moments::Moments;
use crate::norms::norm::{DEFAULT_EPSILON, Norm};
use crate::norms::shape::Shape;
use call::{Call, Gradients, open, sample};
use check::{check, check_values};
use scaled::Scaled;
use thiserror::Error;

/// How to normalize.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct NormOptions<'a> {
    /// Which values share a mean.
    pub norm: Norm,
    /// What a mixture of norms starts from.
    pub mixture: Mixture<'a>,
    /// Added to the variance before the root; not below 0.
    pub epsilon: f32,
    /// γ, \[C\] or, for axes, in the shape of [`crate::norms::norm::AxesNorm::affine_axes`]; ones if not given.
    pub gamma: Option<&'a [f32]>,
    /// β, as long as γ; zeros if not given.
    pub beta: Option<&'a [f32]>,
    /// Which mean and variance: the tensor's own, or batch norm's running ones.
    pub statistics: Statistics<'a>,
    /// The engine.
    pub device: DeviceChoice,
}

/// The weights with which batch-instance and switchable norm mix.
#[derive(Clone, Copy, PartialEq, Debug, Default)]
pub struct Mixture<'a> {
    /// ρ of batch-instance norm, \[C\], each from 0 to 1; ones if not given, which is batch norm.
    pub rho: Option<&'a [f32]>,
    /// Switchable norm's logits for the means of instance, layer and batch norm; ones if not given.
    pub mean_logits: Option<[f32; 3]>,
    /// Switchable norm's logits for the variances.
    pub variance_logits: Option<[f32; 3]>,
}

/// Which mean and variance a norm uses.
#[derive(Clone, Copy, PartialEq, Debug)]
pub enum Statistics<'a> {
    /// The tensor's own, as in training. Norms that keep no running statistics use these in evaluation too.
    Own,
    /// Running statistics instead of the batch's, as in evaluation ([`Norm::keeps_running`]).
    Running {
        /// \[C\].
        mean: &'a [f32],
        /// \[C\], not below 0.
        variance: &'a [f32],
    },
}

impl NormOptions<'_> {
    /// `norm` with ε = 10⁻⁵, γ = 1, β = 0, the tensor's own statistics, and any engine.
    pub fn new(norm: Norm) -> Self {
        let (gamma, beta, mixture) = (None, None, Mixture::default());
        let (statistics, device) = (Statistics::Own, DeviceChoice::Auto);
        Self { norm, mixture, epsilon: DEFAULT_EPSILON, gamma, beta, statistics, device }
    }
}

/// A normalized tensor.
#[derive(Clone, PartialEq, Debug)]
pub struct Normalized {
    /// γ·(x − mean)/√(variance + ε) + β, in the shape of x.
    pub y: Vec<f32>,
    /// The mean of every group, in group order; empty without a norm. For batch-instance and switchable norm there is one per
    /// plane, mixed as the norm mixes; for rms norm they are 0.
    pub mean: Vec<f32>,
    /// The biased variance of every group, mixed like the means; for rms norm the mean square. ∞ where it exceeds f32,
    /// which y does not.
    pub variance: Vec<f32>,
    /// The device that computed it.
    pub device: DeviceKind,
}

/// The gradients of a loss with respect to the inputs of a norm.
#[derive(Clone, PartialEq, Debug)]
pub struct NormGradients {
    /// With respect to x, in its shape.
    pub dx: Vec<f32>,
    /// With respect to γ, \[C\].
    pub dgamma: Vec<f32>,
    /// With respect to β, \[C\].
    pub dbeta: Vec<f32>,
    /// With respect to ρ, \[C\], or the logits for means, then for variances, \[2, 3\]; empty for a norm that mixes nothing.
    pub dmixture: Vec<f32>,
    /// The device that computed them.
    pub device: DeviceKind,
}

/// Why a tensor cannot be normalized as asked.
#[derive(Clone, PartialEq, Debug, Error)]
pub enum NormalizeError {
    /// Groups that do not divide the channels, or an empty shape.
    #[error(transparent)]
    Grouping(#[from] GroupingError),
    /// A shape with more values than a 32-bit index can address, or than there is memory for.
    #[error("shape {shape} is too large: more than {most} values cannot be held here")]
    TooLarge {
        /// The shape given.
        shape: Shape,
        /// Most values of a tensor.
        most: u32,
    },
    /// A norm whose tables, with the tensor, do not fit in memory.
    #[error("shape {shape} is too large for this norm: {needed} bytes are needed, of at most {most}")]
    Memory {
        /// The shape given.
        shape: Shape,
        /// What the call needs.
        needed: u64,
        /// What a call may need.
        most: u64,
    },
    /// An array of the wrong length.
    #[error("{name} has {found} values, {expected} expected")]
    Len {
        /// Which array.
        name: &'static str,
        /// Values given.
        found: usize,
        /// Values that the shape calls for.
        expected: usize,
    },
    /// A number out of its range.
    #[error("{name}[{index}] is {value}, {expected} expected")]
    Value {
        /// Which array or number.
        name: &'static str,
        /// Its index; 0 for a single number.
        index: usize,
        /// The value given.
        value: f32,
        /// What it should be.
        expected: &'static str,
    },
    /// Something that the norm does not have, such as running statistics for a norm that keeps none.
    #[error("{norm} norm has no {what}")]
    Without {
        /// Which norm.
        norm: &'static str,
        /// What it does not have.
        what: &'static str,
    },
    /// See [`PlanError`].
    #[error(transparent)]
    Plan(#[from] PlanError),
    /// See [`ExecError`].
    #[error(transparent)]
    Exec(#[from] ExecError),
}

/// Normalizes `x`, row-major in `shape`.
///
/// y = γ·(x − mean)/√(variance + ε) + β, with one mean and one biased variance per group and γ, β per channel. For a group
/// of equal values, or of a single value, y = β. Source: Wu, He 2018, equations 1 to 6.
///
/// The squares of x may exceed f32: groups with very large values are scaled by a power of two first, and with ε = 0 so
/// are groups of very small ones, which rounds nothing.
///
/// # Examples
/// ```ignore-wasm32
/// use blue_cube::exec::DeviceChoice;
/// use blue_cube::norm::Norm;
/// use blue_cube::normalize::{NormOptions, normalize};
/// use blue_cube::shape::Shape;
///
/// let shape = Shape { n: 2, c: 1, h: 1, w: 2 };
/// let options = NormOptions { epsilon: 0.0, device: DeviceChoice::Cpu, ..NormOptions::new(Norm::Instance) };
/// let result = pollster::block_on(normalize(&[1.0, 3.0, 10.0, 30.0], shape, &options))?;
/// assert_eq!(result.y, [-1.0, 1.0, -1.0, 1.0]);
/// # Ok::<(), blue_cube::normalize::NormalizeError>(())
/// ```
///
/// # Errors
/// [`NormalizeError`] if lengths, groups or numbers do not fit, or the engine asked for is not available.
pub async fn normalize(x: &[f32], shape: Shape, options: &NormOptions<'_>) -> Result<Normalized, NormalizeError> {
    check(x, shape, options)?;
    let scaled = Scaled::of(x, shape, options)?;
    let (plan, call) = Call::plan(shape, options)?;
    let mut executor = open(options.device, plan, &|| sample(shape, options, false)).await?;
    call.write(&mut executor, scaled.x(), options);
    executor.run(Section::Train, 1);
    let groups: Vec<Slot> = call.activation.kept.first().copied().into_iter().collect();
    let slots: Vec<Slot> = std::iter::once(call.activation.y.slot).chain(groups).collect();
    let mut outcome = executor.read(&slots).await?.into_iter();
    let y = outcome.next().unwrap_or_default();
    let mut words = outcome.next().unwrap_or_default();
    let groups: &mut [Moments] = bytemuck::cast_slice_mut(&mut words);
    scaled.restore_moments(groups);
    Ok(Normalized {
        y,
        mean: groups.iter().map(|group| group.mean()).collect(),
        variance: groups.iter().map(|group| group.variance()).collect(),
        device: executor.device().kind,
    })
}

/// Returns the gradients of a loss with respect to x and the parameters, given its gradient `dy` with respect to the output
/// of [`normalize`]. Running statistics are constants.
///
/// # Errors
/// As for [`normalize`]; and [`NormalizeError::Without`] without a norm.
pub async fn normalize_backward(
    x: &[f32],
    dy: &[f32],
    shape: Shape,
    options: &NormOptions<'_>,
) -> Result<NormGradients, NormalizeError> {
    check(x, shape, options)?;
    let scaled = Scaled::of(x, shape, options)?;
    check_values("dy", dy, shape.len(), |dy| dy.is_finite(), "a finite number")?;
    let (plan, call, gradients) = Gradients::plan(shape, options)?;
    let Gradients { dy: input, dx, affine } = gradients;
    let mut executor = open(options.device, plan, &|| sample(shape, options, true)).await?;
    call.write(&mut executor, scaled.x(), options);
    executor.write(input, 0, bytemuck::cast_slice(dy));
    executor.run(Section::Train, 1);
    let mixture = call.layer.mixture().map(|mixture| mixture.gradient);
    let slots: Vec<Slot> = [dx, affine].into_iter().chain(mixture).collect();
    let mut outcome = executor.read(&slots).await?.into_iter();
    let mut next = || outcome.next().unwrap_or_default();
    let (mut dx, mut dgamma, dmixture) = (next(), next(), next());
    scaled.restore_gradient(&mut dx);
    let dbeta = dgamma.split_off(dgamma.len() / 2);
    Ok(NormGradients { dx, dgamma, dbeta, dmixture, device: executor.device().kind })
}

/// Returns the moments with which the norm normalizes `x`, in group order: for batch-instance and switchable norm those of
/// every plane, mixed as the norm mixes; for rms norm those about 0.
///
/// # Errors
/// As for [`normalize`]; and [`NormalizeError::Without`] without a norm.
pub async fn moments(x: &[f32], shape: Shape, options: &NormOptions<'_>) -> Result<Vec<Moments>, NormalizeError> {
    check(x, shape, options)?;
    let scaled = Scaled::of(x, shape, options)?;
    let (plan, call) = Call::plan(shape, options)?;
    let Some(&groups) = call.activation.kept.first() else {
        return Err(NormalizeError::Without { norm: "no", what: "moments" });
    };
    let mut executor = open(options.device, plan, &|| sample(shape, options, false)).await?;
    call.write(&mut executor, scaled.x(), options);
    executor.run(Section::Train, 1);
    let words = executor.read(&[groups]).await?.remove(0);
    let mut moments = bytemuck::cast_slice(&words).to_vec();
    scaled.restore_moments(&mut moments);
    Ok(moments)
}

/// Returns the group of every value of a tensor of `shape`, row-major: the index of its mean in [`Normalized::mean`].
///
/// # Errors
/// [`NormalizeError::Grouping`], [`NormalizeError::TooLarge`], and [`NormalizeError::Without`] without a norm.
pub fn group_map(shape: Shape, norm: Norm) -> Result<Vec<u32>, NormalizeError> {
    let len = checked_len(shape)?;
    let tilings = norm.tilings(shape)?;
    let Some(tiling) = tilings.first() else {
        return Err(NormalizeError::Without { norm: "no", what: "groups" });
    };
    Ok((0..len).map(|index| tiling.tile_of(index)).collect())
}

/// Most bytes of a call's tables: half of what the wasm can address.
const MOST_BYTES: u64 = isize::MAX as u64;

/// Most values of a tensor, of which the largest tables have eight words for each.
const MOST_VALUES: u64 = MOST_BYTES / 32;

/// Returns the number of values of a shape that fits in memory.
fn checked_len(shape: Shape) -> Result<u32, NormalizeError> {
    let most = u32::try_from(MOST_VALUES).unwrap_or(u32::MAX);
    shape.checked_len().filter(|&len| len <= most).ok_or(NormalizeError::TooLarge { shape, most })
}

/// Finishes the plan of a call, unless its buffers do not fit in memory.
fn finished(plan: PlanBuilder, shape: Shape) -> Result<Plan, NormalizeError> {
    let plan = plan.finish()?;
    let needed = plan.buffers().map(|(_, len)| 4 * u64::from(len)).sum();
    if needed > MOST_BYTES {
        return Err(NormalizeError::Memory { shape, needed, most: MOST_BYTES });
    }
    Ok(plan)
}
