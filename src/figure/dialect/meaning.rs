//! What a layer's arguments mean for our tensor: the norm, ε, momentum, γ and β, and training or evaluation.

use super::axes::{
    all_but, axes, axes_or_last, channel_axis, channels, divisors, features, in_order, lengths, trailing, whole,
};
use super::bind::Bound;
use super::gains::{self, Gains};
use super::mode::{batch_mode, then};
use super::parse::Parsed;
use super::signature::Kind;
use super::value::Value;
use super::words;
use super::{Around, Call, CallError, Dialect, GainPatch, rank, refusal};
use crate::figure::scene::{Method, Mode};
use crate::norms::grouping::tiling::{Axes, Axis};
use crate::norms::norm::{AffineAxes, AxesNorm, Norm, TORCH_EPSILON};
use crate::norms::shape::Shape;
use std::num::NonZeroU32;

/// ε of flax's other layers, and of Keras' RMS norm.
pub(super) const FLAX_EPSILON: f64 = 1e-6;
/// ε of ConvNeXt's layer norm.
pub(super) const LAYER_2D_EPSILON: f64 = 1e-6;
/// PyTorch's momentum: the weight of the new value.
pub(super) const TORCH_MOMENTUM: f64 = 0.1;
/// Momentum in Keras and flax: the weight of the old value.
pub(super) const KEPT_MOMENTUM: f64 = 0.99;

/// The axes of a layer's mean and of its γ, before they are a whole [`Call`].
pub(super) struct Meaning {
    pub(super) norm: Norm,
    /// Axes of γ and β in the framework's order.
    pub(super) gains: Vec<Axis>,
    /// How the page differs from the framework, and what has nothing to act on.
    pub(super) remarks: Vec<String>,
    /// Training or evaluation, if the call says it.
    pub(super) mode: Option<Mode>,
}

impl Meaning {
    pub(super) fn of(norm: Norm, gains: Vec<Axis>) -> Self {
        Self { norm, gains, remarks: vec![], mode: None }
    }

    pub(super) fn remark(mut self, remark: impl Into<String>) -> Self {
        self.remarks.push(remark.into());
        self
    }
}

/// Returns what `bound`, with what follows it in `parsed`, does to a tensor of `shape`.
///
/// # Errors
/// [`CallError`] if the framework would refuse it, or it is made for another tensor.
pub(super) fn of(bound: &Bound, parsed: &Parsed, around: Around) -> Result<Call, CallError> {
    let shape = around.shape;
    rank::check(bound)?;
    let mut meaning = match bound.signature.kind {
        Kind::Identity => Meaning::of(Norm::None, vec![]),
        Kind::Batch | Kind::Sync => batch(bound, around)?,
        Kind::Layer | Kind::Rms => layer(bound, shape)?,
        Kind::Instance if rank::is_lone_plane(bound) => rank::lone_plane(bound, shape)?,
        Kind::Instance => instance(bound, shape)?,
        Kind::Group => group(bound, shape)?,
        Kind::Layer2d => {
            channels(bound, "num_channels", shape)?;
            Meaning::of(Norm::Layer2d, vec![Axis::C])
        }
    };
    meaning.remarks.extend(rank::remark(bound).map(str::to_owned));
    meaning.mode = then(bound, parsed)?.or(meaning.mode);
    let norm = meaning.norm;
    norm.tilings(shape).map_err(|error| CallError::new(bound.at, error.to_string(), ""))?;
    let gains = gains::read(bound, &meaning.gains)?;
    meaning.remarks.extend(gains.remarks.iter().cloned());
    let affine_shape = if gains.has_any() { lengths(&meaning.gains, shape) } else { vec![] };
    let epsilon = epsilon(bound)?;
    let momentum = momentum(bound, norm)?;
    let uncentred = bound.flag("rms_scaling")?;
    refusal::check(bound, norm, meaning.mode.unwrap_or(around.mode), epsilon, shape)?;
    bound.check_all_read()?;
    let Gains { rules: [gamma_rule, beta_rule], constants: [gamma, beta], .. } = gains;
    Ok(Call {
        dialect: bound.signature.dialect,
        method: Method::Norm(norm),
        epsilon: epsilon as f32,
        momentum,
        mode: meaning.mode,
        affine: words::affine([gamma_rule, beta_rule], [gamma, beta], &affine_shape),
        affine_shape,
        says: words::says(norm, bound.signature.kind, &meaning, uncentred, around),
        also: None,
        patch: GainPatch { gamma_rule, beta_rule, gamma, beta, uncentred },
    })
}

fn batch(bound: &Bound, around: Around) -> Result<Meaning, CallError> {
    let shape = around.shape;
    let kept = axes_or_last(bound, "axis")?;
    features(bound, "num_features", kept, shape)?;
    let gains: Vec<Axis> = in_order(bound, kept);
    let is_synchronized =
        bound.signature.kind == Kind::Sync || bound.flag("synchronized")? || bound.get("axis_name").is_some();
    let mode = batch_mode(bound)?;
    if let Some(arg) = bound.get("fused").filter(|arg| matches!(arg.value, Value::Flag(false))) {
        let message = "fused=False stores the variance divided by n, as Keras 3 does, and is not shown for Keras 2";
        return Err(CallError::new(arg.at, message, "choose Keras 3 to see it"));
    }
    let part = bound.whole("virtual_batch_size")?;
    if kept != Axes::new(&[Axis::C]) {
        if part.is_some() {
            let message = "virtual_batch_size over other axes than the channels is not shown here";
            return Err(CallError::new(bound.place("virtual_batch_size"), message, "leave axis out"));
        }
        let reduced: Vec<Axis> = all().filter(|axis| !kept.contains(*axis)).collect();
        if mode == Some(Mode::Eval) {
            let message = "evaluation over other axes than the channels is not shown here";
            return Err(CallError::new(bound.place("axis"), message, "leave axis out"));
        }
        let remark = "the framework keeps running statistics of this shape; the page uses the batch’s own";
        return Ok(Meaning::of(over(&reduced, AffineAxes::Channel), gains).remark(remark));
    }
    let tracks = !bound.takes("track_running_stats") || bound.flag("track_running_stats")?;
    let batch = |norm| Meaning { mode, ..Meaning::of(norm, gains.clone()) };
    Ok(match (is_synchronized, part) {
        (true, Some(_)) => {
            let message = "Keras refuses virtual_batch_size together with synchronized";
            return Err(CallError::new(bound.place("virtual_batch_size"), message, "leave one of them out"));
        }
        (true, None) => {
            let devices = words::devices(around);
            let remark = format!("the call does not say how many devices there are: here {devices}");
            batch(Norm::SyncBatch { devices }).remark(remark)
        }
        (false, Some(part)) => {
            let size = u32::try_from(part).ok().and_then(NonZeroU32::new).filter(|size| shape.n % *size == 0);
            let size = size.ok_or_else(|| {
                let message = format!("parts of {part} {}s do not divide our {}", bound.layout.noun(Axis::N), shape.n);
                CallError::new(bound.place("virtual_batch_size"), message, divisors(shape.n))
            })?;
            batch(Norm::GhostBatch { size })
        }
        (false, None) if tracks => batch(Norm::Batch),
        (false, None) => batch(over(&[Axis::N, Axis::H, Axis::W], AffineAxes::Channel)),
    })
}

fn layer(bound: &Bound, shape: Shape) -> Result<Meaning, CallError> {
    let dialect = bound.signature.dialect;
    let channel = Axes::new(&[Axis::C]);
    let reduced = match dialect {
        Dialect::Pytorch => trailing(bound, shape)?,
        Dialect::Jax | Dialect::Nnx => axes_or_last(bound, "reduction_axes")?,
        Dialect::Paper | Dialect::Keras | Dialect::Keras2 | Dialect::Tfa => axes_or_last(bound, "axis")?,
    };
    let of_gains = match dialect {
        Dialect::Jax | Dialect::Nnx => axes_or_last(bound, "feature_axes")?,
        Dialect::Paper | Dialect::Pytorch | Dialect::Keras | Dialect::Keras2 | Dialect::Tfa => reduced,
    };
    features(bound, "num_features", of_gains, shape)?;
    let has_gains = gains::read(bound, &in_order(bound, of_gains))?.has_any();
    let is_channel = of_gains == channel;
    let affine = if is_channel || !has_gains { AffineAxes::Channel } else { AffineAxes::Reduced };
    let list = whole(bound, reduced);
    let norm = match (bound.signature.kind, bound.flag("rms_scaling")?) {
        (Kind::Rms, _) => Norm::Rms(axes_norm(&list, affine)),
        // A norm over axes whatever they are: only those can leave the mean in.
        (_, true) => Norm::Axes(axes_norm(&list, affine)),
        (_, false) => over(&list, affine),
    };
    let meaning = Meaning::of(norm, in_order(bound, of_gains));
    let differs = has_gains && !is_channel && of_gains != reduced;
    Ok(if differs { meaning.remark("here γ and β have the shape of the axes of the mean") } else { meaning })
}

fn instance(bound: &Bound, shape: Shape) -> Result<Meaning, CallError> {
    let dialect = bound.signature.dialect;
    let name = if matches!(dialect, Dialect::Jax | Dialect::Nnx) { "feature_axes" } else { "axis" };
    let kept = axes_or_last(bound, name)?;
    // PyTorch does not use the number where there is nothing to have that many of.
    let counted = features(bound, "num_features", kept, shape);
    let is_used = dialect != Dialect::Pytorch || bound.flag("affine")? || bound.flag("track_running_stats")?;
    let unused = counted.err();
    if let Some(slip) =
        unused.as_ref().filter(|_| is_used || !bound.whole("num_features").is_ok_and(|given| given.is_some()))
    {
        return Err(slip.clone());
    }
    let gains = in_order(bound, kept);
    let reduced = all_but(bound, &[&[Axis::N], gains.as_slice()].concat());
    if reduced.is_empty() {
        let hint = match bound.order() {
            [Axis::N, _] => "a table of N, C has one value per channel of each row".to_owned(),
            _ => format!("name the channels, axis {}", channel_axis(bound)),
        };
        return Err(CallError::new(bound.place(name), "no axis is left to take a mean over", hint));
    }
    let reduced = whole(bound, Axes::new(&reduced));
    let [mean, variance] = ["running_mean", "running_var"].map(|name| bound.get(name).is_some());
    if bound.takes("use_input_stats") && !bound.flag("use_input_stats")? {
        if !(mean && variance) {
            let message = "PyTorch refuses this: Expected running_mean and running_var to be defined when use_input_stats is false";
            return Err(CallError::new(bound.place("use_input_stats"), message, "give running_mean and running_var"));
        }
        let of_channels = Meaning { mode: Some(Mode::Eval), ..Meaning::of(Norm::Batch, gains) };
        return Ok(of_channels.remark("with running statistics per channel it is batch norm in evaluation"));
    }
    let mut meaning = Meaning::of(over(&reduced, AffineAxes::Channel), gains);
    if let Some(slip) = unused {
        meaning = meaning.remark(format!("{}: without γ, β and running statistics PyTorch only warns", slip.message));
    }
    let keeps_running = mean || bound.flag("track_running_stats")?;
    Ok(if keeps_running {
        meaning.remark("in evaluation PyTorch uses running statistics; the page does not")
    } else {
        meaning
    })
}

fn group(bound: &Bound, shape: Shape) -> Result<Meaning, CallError> {
    let dialect = bound.signature.dialect;
    channels(bound, "num_channels", shape)?;
    let name = ["G", "num_groups", "groups"].into_iter().find(|name| bound.takes(name)).unwrap_or("groups");
    let axis = axes_or_last(bound, "axis")?;
    features(bound, "num_features", axis, shape)?;
    let Some(split) = axis.iter().next().filter(|_| axis.iter().count() == 1) else {
        return Err(CallError::new(
            bound.place("axis"),
            "group norm splits one axis",
            format!("axis={} is the channels", channel_axis(bound)),
        ));
    };
    let usual = Axes::new(&all_but(bound, &[Axis::N]));
    if axes(bound, "reduction_axes")?.is_some_and(|given| given != usual) {
        let others = all_but(bound, &[Axis::N, Axis::C]);
        let others = others.iter().map(|axis| format!("{}, ", bound.layout.letter(*axis))).collect::<String>();
        let hint = format!(
            "without it the mean is over {}the channels of a group",
            others.trim_end_matches(", ").to_owned() + if others.is_empty() { "" } else { " and " }
        );
        return Err(CallError::new(
            bound.place("reduction_axes"),
            "reduction_axes of group norm are not shown here",
            hint,
        ));
    }
    let length = split.length(shape);
    let what = if split == Axis::C { "channels" } else { "positions along this axis" };
    let groups = count_groups(bound, name, (length, what))?;
    let gains = vec![split];
    if split == Axis::C {
        return Ok(Meaning::of(Norm::Group { groups }, gains));
    }
    let others = whole(bound, Axes::new(&all_but(bound, &[Axis::N, split])));
    let norm = match groups.get() {
        1 => Norm::Layer,
        all if all == length => over(&others, AffineAxes::Channel),
        _ => {
            let (name, letter) = (dialect.name(), bound.layout.letter(split));
            let message = format!("{name} groups neighbours along {letter} here, not channels");
            let place = channel_axis(bound);
            let last = if place + 1 == bound.order().len() { ", or -1" } else { "" };
            let hint = if bound.takes("axis") {
                format!("the channels are axis={place}{last}")
            } else {
                format!("the channels are axis {place}, and {name} splits the last one")
            };
            return Err(CallError::new(bound.place("axis"), message, hint));
        }
    };
    Ok(Meaning::of(norm, gains))
}

/// The number of groups along an axis of that length; `what` names its positions.
fn count_groups(bound: &Bound, name: &str, (length, what): (u32, &str)) -> Result<NonZeroU32, CallError> {
    if let Some(size) = bound.whole("group_size")? {
        if !bound.is_nothing("num_groups") {
            let hint = format!("nn.GroupNorm(num_groups=None, group_size={size}) puts {size} channels in each group");
            return Err(CallError::new(
                bound.place("group_size"),
                "flax takes num_groups or group_size, not both",
                hint,
            ));
        }
        let count = u32::try_from(size).ok().filter(|&size| size > 0 && length.is_multiple_of(size));
        return count.and_then(|size| NonZeroU32::new(length / size)).ok_or_else(|| {
            let message = format!("groups of {size} channels do not divide our {length}");
            CallError::new(bound.place("group_size"), message, divisors(length))
        });
    }
    let Some(given) = bound.whole(name)? else {
        return Err(CallError::new(bound.at, format!("{name} is None"), "give the number of groups"));
    };
    let groups = if given == -1 && name == "groups" { i64::from(length) } else { given };
    let found = u32::try_from(groups).ok().and_then(NonZeroU32::new).filter(|&groups| length % groups == 0);
    found.ok_or_else(|| {
        let by_default = if bound.get(name).is_none() { ", the default," } else { "" };
        let message = format!("{given} groups{by_default} do not divide our {length} {what}");
        CallError::new(bound.place(name), message, divisors(length))
    })
}

fn all() -> impl Iterator<Item = Axis> {
    Axis::ALL.into_iter()
}

fn axes_norm(axes: &[Axis], affine: AffineAxes) -> AxesNorm {
    let natural = AxesNorm::over(axes);
    // Over the channels alone both are the same: the shorter one is used.
    let is_natural = natural.affine_axes() == affine || axes == [Axis::C];
    AxesNorm { affine: (!is_natural).then_some(affine), ..natural }
}

/// A mean over axes, as the named norm if there is one.
pub(super) fn over(axes: &[Axis], affine: AffineAxes) -> Norm {
    match (axes, affine) {
        ([Axis::C, Axis::H, Axis::W], AffineAxes::Channel) => Norm::Layer,
        ([Axis::H, Axis::W], AffineAxes::Channel) => Norm::Instance,
        _ => Norm::Axes(axes_norm(axes, affine)),
    }
}

fn epsilon(bound: &Bound) -> Result<f64, CallError> {
    const LARGEST: f64 = 10.0;
    let name = if bound.takes("eps") { "eps" } else { "epsilon" };
    if !bound.takes(name) {
        return Ok(TORCH_EPSILON);
    }
    // PyTorch's RMSNorm takes the epsilon of the number's type if it is not given.
    bound.number(name, f64::from(f32::EPSILON), [0.0, LARGEST])
}

/// The weight of the new value, for norms that keep running statistics.
fn momentum(bound: &Bound, norm: Norm) -> Result<Option<f32>, CallError> {
    let dialect = bound.signature.dialect;
    if dialect == Dialect::Pytorch && bound.is_nothing("momentum") && !bound.signature.is_function() {
        if !norm.keeps_running() {
            return Ok(None);
        }
        let hint = "give a number from 0 to 1: the weight of the new value";
        return Err(CallError::new(
            bound.at,
            "momentum=None is a plain average over all batches, which the page does not have",
            hint,
        ));
    }
    let given = bound.number("momentum", TORCH_MOMENTUM, [0.0, 1.0])?;
    let weight = if dialect.is_channels_last() { 1.0 - given } else { given };
    Ok(norm.keeps_running().then_some(weight as f32))
}
