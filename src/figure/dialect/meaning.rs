//! What a layer's arguments mean for our tensor: the norm, ε, momentum, and the shape of γ and β.

use super::bind::Bound;
use super::parse::Value;
use super::signature::Kind;
use super::words::{self, Gains};
use super::{Call, CallError, Dialect};
use crate::figure::scene::Method;
use crate::norms::grouping::tiling::{Axes, Axis};
use crate::norms::norm::{AffineAxes, AxesNorm, KERAS_EPSILON, Norm, TORCH_EPSILON};
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
    /// How the page differs from the framework.
    pub(super) remark: Option<String>,
}

/// Returns what `bound` does to a tensor of `shape`.
///
/// # Errors
/// [`CallError`] if the framework would refuse it, or it is made for another tensor.
pub(super) fn of(bound: &Bound, shape: Shape) -> Result<Call, CallError> {
    let meaning = match bound.signature.kind {
        Kind::Identity => Meaning { norm: Norm::None, gains: vec![], remark: None },
        Kind::Batch | Kind::Sync => batch(bound, shape)?,
        Kind::Layer | Kind::Rms => layer(bound, shape)?,
        Kind::Instance => instance(bound, shape)?,
        Kind::Group => group(bound, shape)?,
        Kind::Layer2d => {
            channels(bound, "num_channels", shape)?;
            Meaning { norm: Norm::Layer2d, gains: vec![Axis::C], remark: None }
        }
    };
    let norm = meaning.norm;
    let fits = norm.tilings(shape).map_err(|error| CallError::new(bound.at, error.to_string(), ""));
    let gains = gains(bound, &meaning.gains)?;
    let affine_shape = if gains == Gains::Neither { vec![] } else { lengths(&meaning.gains, shape) };
    fits.map(|_| ())?;
    Ok(Call {
        dialect: bound.signature.dialect,
        method: Method::Norm(norm),
        epsilon: epsilon(bound)? as f32,
        momentum: momentum(bound, norm)?,
        affine: words::affine(gains, &affine_shape, is_random(bound)),
        affine_shape,
        says: words::says(norm, bound.signature.kind, &meaning, shape),
        also: None,
    })
}

fn lengths(axes: &[Axis], shape: Shape) -> Vec<u32> {
    axes.iter().map(|axis| axis.length(shape)).collect()
}

fn batch(bound: &Bound, shape: Shape) -> Result<Meaning, CallError> {
    channels(bound, "num_features", shape)?;
    let kept = match axes(bound, "axis", shape)? {
        Some(axes) => axes,
        None => Axes::new(&[Axis::C]),
    };
    let gains: Vec<Axis> = in_order(bound.signature.dialect, kept);
    let is_synchronized =
        bound.signature.kind == Kind::Sync || bound.flag("synchronized", false)? || bound.get("axis_name").is_some();
    if kept == Axes::new(&[Axis::C]) {
        let keeps_running = bound.flag("track_running_stats", true)?;
        let (norm, remark) = match (is_synchronized, keeps_running) {
            (true, _) => {
                let devices = words::first_devices(shape.n);
                let remark = format!("the call does not say how many devices there are: here {devices}");
                (Norm::SyncBatch { devices }, Some(remark))
            }
            (false, true) => (Norm::Batch, None),
            (false, false) => (over(&[Axis::N, Axis::H, Axis::W], AffineAxes::Channel), None),
        };
        return Ok(Meaning { norm, gains, remark });
    }
    let reduced: Vec<Axis> = all().filter(|axis| !kept.contains(*axis)).collect();
    let remark = "the framework keeps running statistics of this shape; the page uses the batch’s own".to_owned();
    Ok(Meaning { norm: over(&reduced, AffineAxes::Channel), gains, remark: Some(remark) })
}

fn layer(bound: &Bound, shape: Shape) -> Result<Meaning, CallError> {
    let dialect = bound.signature.dialect;
    let reduced = match dialect {
        Dialect::Pytorch => trailing(bound, shape)?,
        Dialect::Jax => axes(bound, "reduction_axes", shape)?.unwrap_or(Axes::new(&[Axis::C])),
        Dialect::Paper | Dialect::Keras | Dialect::Tfa => axes(bound, "axis", shape)?.unwrap_or(Axes::new(&[Axis::C])),
    };
    let of_gains = match dialect {
        Dialect::Jax => axes(bound, "feature_axes", shape)?.unwrap_or(Axes::new(&[Axis::C])),
        Dialect::Paper | Dialect::Pytorch | Dialect::Keras | Dialect::Tfa => reduced,
    };
    let has_gains = gains(bound, &[Axis::C])? != Gains::Neither;
    let is_channel = of_gains == Axes::new(&[Axis::C]);
    let affine = if is_channel || !has_gains { AffineAxes::Channel } else { AffineAxes::Reduced };
    let list: Vec<Axis> = reduced.iter().collect();
    let is_rms = bound.signature.kind == Kind::Rms || bound.flag("rms_scaling", false)?;
    let norm = if is_rms { Norm::Rms(axes_norm(&list, affine)) } else { over(&list, affine) };
    let remark =
        (!is_channel && of_gains != reduced).then(|| "here γ and β have the shape of the axes of the mean".to_owned());
    Ok(Meaning { norm, gains: in_order(dialect, of_gains), remark })
}

fn instance(bound: &Bound, shape: Shape) -> Result<Meaning, CallError> {
    channels(bound, "num_features", shape)?;
    let name = if bound.signature.dialect == Dialect::Jax { "feature_axes" } else { "axis" };
    let kept = axes(bound, name, shape)?.unwrap_or(Axes::new(&[Axis::C]));
    let gains = in_order(bound.signature.dialect, kept);
    let reduced: Vec<Axis> = all().filter(|&axis| axis != Axis::N && !kept.contains(axis)).collect();
    if reduced.is_empty() {
        return Err(CallError::new(
            bound.place(name),
            "no axis is left to take a mean over",
            "name the channels, axis 3",
        ));
    }
    let keeps_running = bound.flag("track_running_stats", false)? || !bound.flag("use_input_stats", true)?;
    let remark = keeps_running.then(|| "in evaluation PyTorch uses running statistics; the page does not".to_owned());
    Ok(Meaning { norm: over(&reduced, AffineAxes::Channel), gains, remark })
}

fn group(bound: &Bound, shape: Shape) -> Result<Meaning, CallError> {
    let dialect = bound.signature.dialect;
    channels(bound, "num_channels", shape)?;
    let name = match dialect {
        Dialect::Paper => "G",
        Dialect::Pytorch | Dialect::Jax => "num_groups",
        Dialect::Keras | Dialect::Tfa => "groups",
    };
    let axis = axes(bound, "axis", shape)?.unwrap_or(Axes::new(&[Axis::C]));
    let Some(split) = axis.iter().next().filter(|_| axis.iter().count() == 1) else {
        return Err(CallError::new(bound.place("axis"), "group norm splits one axis", "axis=3 is the channels"));
    };
    if bound.get("reduction_axes").is_some() {
        let hint = "without it the mean is over H, W and the channels of a group";
        return Err(CallError::new(
            bound.place("reduction_axes"),
            "group norm over other axes is not shown here",
            hint,
        ));
    }
    let length = split.length(shape);
    let what = if split == Axis::C { "channels" } else { "positions along this axis" };
    let groups = count_groups(bound, name, (length, what), shape)?;
    let gains = vec![split];
    if split == Axis::C {
        return Ok(Meaning { norm: Norm::Group { groups }, gains, remark: None });
    }
    let others: Vec<Axis> = all().filter(|&axis| axis != Axis::N && axis != split).collect();
    let norm = match groups.get() {
        1 => Norm::Layer,
        all if all == length => over(&others, AffineAxes::Channel),
        _ => {
            let message = format!("{} groups neighbours along {split:?} here, not channels", dialect.name());
            return Err(CallError::new(bound.place("axis"), message, "the channels are axis=3, or -1"));
        }
    };
    Ok(Meaning { norm, gains, remark: None })
}

/// The number of groups along an axis of that length; `what` names its positions.
fn count_groups(bound: &Bound, name: &str, (length, what): (u32, &str), shape: Shape) -> Result<NonZeroU32, CallError> {
    /// The default of Keras, TensorFlow Addons and flax.
    const DEFAULT_GROUPS: i64 = 32;
    let size = bound.whole("group_size", shape)?;
    if let Some(size) = size {
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
    let given = bound.whole(name, shape)?.unwrap_or(DEFAULT_GROUPS);
    let groups = if given == -1 && name == "groups" { i64::from(length) } else { given };
    let found = u32::try_from(groups).ok().and_then(NonZeroU32::new).filter(|&groups| length % groups == 0);
    found.ok_or_else(|| {
        let by_default = if bound.get(name).is_none() { ", the default," } else { "" };
        let message = format!("{given} groups{by_default} do not divide our {length} {what}");
        CallError::new(bound.place(name), message, divisors(length))
    })
}

/// "1, 2, 3, 6 do".
fn divisors(length: u32) -> String {
    const SHOWN: usize = 8;
    const LARGEST: u32 = 4096;
    let all: Vec<String> =
        (1..=length.min(LARGEST)).filter(|n| length.is_multiple_of(*n)).take(SHOWN).map(|n| n.to_string()).collect();
    format!("{} do", all.join(", "))
}

/// Checks that the number of channels given is that of our tensor.
fn channels(bound: &Bound, name: &str, shape: Shape) -> Result<(), CallError> {
    let Some(given) = bound.whole(name, shape)? else { return Ok(()) };
    if given == i64::from(shape.c) {
        return Ok(());
    }
    let message = format!("{name} is {given}, but our tensor has {} channels", shape.c);
    Err(CallError::new(bound.place(name), message, format!("write {}", shape.c)))
}

/// PyTorch's `normalized_shape` as axes of our tensor.
fn trailing(bound: &Bound, shape: Shape) -> Result<Axes, CallError> {
    let name = "normalized_shape";
    let given = bound.wholes(name, shape)?.unwrap_or_default();
    let all = Axis::ALL;
    let axes = &all[all.len() - given.len().min(all.len())..];
    let ours = lengths(axes, shape);
    let wrong = given.iter().rev().zip(ours.iter().rev()).find(|((_, given), ours)| *given != i64::from(**ours));
    if given.len() > all.len() || wrong.is_some() {
        let at = wrong.map_or(bound.place(name), |((at, _), _)| *at);
        let message = format!("PyTorch takes the mean over the last axes, here {axes:?} of lengths {ours:?}");
        let hint = format!("the figure’s layer norm is over {:?}", [shape.c, shape.h, shape.w]);
        return Err(CallError::new(at, message, hint));
    }
    if axes.len() == all.len() {
        return Err(batch_axis(bound.place(name), Dialect::Pytorch));
    }
    Ok(Axes::new(axes))
}

/// The axes named by an argument of a framework with N×H×W×C.
fn axes(bound: &Bound, name: &str, shape: Shape) -> Result<Option<Axes>, CallError> {
    let Some(given) = bound.wholes(name, shape)? else { return Ok(None) };
    let mut axes = Vec::new();
    for (at, number) in given {
        let place = if number < 0 { number + 4 } else { number };
        axes.push(match place {
            0 => return Err(batch_axis(at, bound.signature.dialect)),
            1 => Axis::H,
            2 => Axis::W,
            3 => Axis::C,
            _ => {
                let message = format!("axis {number} is out of range: the tensor has axes 0 to 3, or -4 to -1");
                return Err(CallError::new(at, message, "1 is H, 2 is W, 3 or -1 is C"));
            }
        });
    }
    Ok(Some(Axes::new(&axes)))
}

fn batch_axis(at: usize, dialect: Dialect) -> CallError {
    let message = format!("{} means the batch here: axis 0 is N", dialect.name());
    let hint = match dialect {
        Dialect::Pytorch => "leave N out: PyTorch’s shape starts at C",
        Dialect::Paper | Dialect::Keras | Dialect::Tfa | Dialect::Jax => "1 is H, 2 is W, 3 or -1 is C",
    };
    CallError::new(at, message, hint)
}

fn all() -> impl Iterator<Item = Axis> {
    Axis::ALL.into_iter()
}

fn in_order(dialect: Dialect, axes: Axes) -> Vec<Axis> {
    let mut list: Vec<Axis> = axes.iter().collect();
    if dialect.is_channels_last() && list.first() == Some(&Axis::C) {
        list.rotate_left(1);
    }
    list
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

fn gains(bound: &Bound, axes: &[Axis]) -> Result<Gains, CallError> {
    if axes.is_empty() {
        return Ok(Gains::Neither);
    }
    let is_function = bound.signature.name.contains('_');
    let (scale, shift) = match bound.signature.dialect {
        Dialect::Pytorch if is_function => (bound.get("weight").is_some(), bound.get("bias").is_some()),
        Dialect::Pytorch => {
            let by_default = bound.signature.kind != Kind::Instance;
            let both = bound.flag("affine", by_default)? && bound.flag("elementwise_affine", true)?;
            (both, both && bound.signature.kind != Kind::Rms && bound.flag("bias", true)?)
        }
        Dialect::Keras | Dialect::Tfa | Dialect::Paper => {
            let is_rms = bound.signature.kind == Kind::Rms || bound.flag("rms_scaling", false)?;
            (bound.flag("scale", true)?, bound.flag("center", true)? && !is_rms)
        }
        Dialect::Jax => {
            (bound.flag("use_scale", true)?, bound.flag("use_bias", true)? && bound.signature.kind != Kind::Rms)
        }
    };
    Ok(match (scale, shift) {
        (true, true) => Gains::Both,
        (true, false) => Gains::Scale,
        (false, true) => Gains::Shift,
        (false, false) => Gains::Neither,
    })
}

/// Whether γ or β starts from random numbers.
fn is_random(bound: &Bound) -> bool {
    ["gamma_initializer", "beta_initializer"].iter().any(|name| {
        bound.get(name).is_some_and(|arg| match &arg.value {
            Value::Text(text) | Value::Name(text) => matches!(text.as_str(), "random_uniform" | "RandomUniform"),
            _ => false,
        })
    })
}

fn epsilon(bound: &Bound) -> Result<f64, CallError> {
    const LARGEST: f64 = 10.0;
    let (dialect, kind) = (bound.signature.dialect, bound.signature.kind);
    let (name, default) = match dialect {
        // PyTorch's default is the epsilon of the number's type.
        Dialect::Pytorch if kind == Kind::Rms => ("eps", f64::from(f32::EPSILON)),
        Dialect::Pytorch if kind == Kind::Layer2d => ("eps", LAYER_2D_EPSILON),
        Dialect::Pytorch | Dialect::Paper => ("eps", TORCH_EPSILON),
        Dialect::Keras if kind == Kind::Rms => ("epsilon", FLAX_EPSILON),
        Dialect::Keras | Dialect::Tfa => ("epsilon", KERAS_EPSILON),
        Dialect::Jax if kind == Kind::Batch => ("epsilon", TORCH_EPSILON),
        Dialect::Jax => ("epsilon", FLAX_EPSILON),
    };
    bound.number(name, default, [0.0, LARGEST])
}

/// The weight of the new value, for norms that keep running statistics.
fn momentum(bound: &Bound, norm: Norm) -> Result<Option<f32>, CallError> {
    let dialect = bound.signature.dialect;
    if dialect == Dialect::Pytorch && bound.is_nothing("momentum") {
        let hint = "give a number from 0 to 1: the weight of the new value";
        return Err(CallError::new(
            bound.at,
            "momentum=None is a plain average over all batches, which the page does not have",
            hint,
        ));
    }
    let weight = match dialect {
        Dialect::Pytorch | Dialect::Paper => bound.number("momentum", TORCH_MOMENTUM, [0.0, 1.0])?,
        Dialect::Keras | Dialect::Tfa | Dialect::Jax => 1.0 - bound.number("momentum", KEPT_MOMENTUM, [0.0, 1.0])?,
    };
    Ok(norm.keeps_running().then_some(weight as f32))
}
