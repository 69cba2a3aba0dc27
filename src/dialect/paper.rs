//! Reads a norm in the words of the papers: "group norm, G = 2", "GN(2)", "norm over C, H", "no norm".

use super::bind::axis_of;
use super::parse::{Arg, Value, Words};
use super::signature::{Kind, distance};
use super::words::{self, Gains};
use super::{Call, CallError, Dialect, meaning};
use crate::grouping::tiling::Axis;
use crate::norm::{AxesNorm, DEFAULT_EPSILON, DEFAULT_MOMENTUM, Norm};
use crate::scene::Method;
use crate::shape::Shape;
use std::num::NonZeroU32;

/// Names without spaces, and the norms that they mean; numbers are filled in later.
const NAMES: [(&str, Norm); 22] = [
    ("nonorm", Norm::None),
    ("none", Norm::None),
    ("batchnorm", Norm::Batch),
    ("bn", Norm::Batch),
    ("layernorm", Norm::Layer),
    ("ln", Norm::Layer),
    ("instancenorm", Norm::Instance),
    ("in", Norm::Instance),
    ("groupnorm", Norm::Group { groups: NonZeroU32::MIN }),
    ("gn", Norm::Group { groups: NonZeroU32::MIN }),
    ("batchinstancenorm", Norm::BatchInstance),
    ("bin", Norm::BatchInstance),
    ("switchablenorm", Norm::Switchable),
    ("sn", Norm::Switchable),
    ("ghostbatchnorm", Norm::GhostBatch { size: NonZeroU32::MIN }),
    ("syncbatchnorm", Norm::SyncBatch { devices: NonZeroU32::MIN }),
    ("batchnormalization", Norm::Batch),
    ("layernormalization", Norm::Layer),
    ("instancenormalization", Norm::Instance),
    ("groupnormalization", Norm::Group { groups: NonZeroU32::MIN }),
    ("batchinstancenormalization", Norm::BatchInstance),
    ("switchablenormalization", Norm::Switchable),
];

/// Returns what the words mean for a tensor of `shape`.
///
/// # Errors
/// [`CallError`] for an unknown name, or a number that does not fit the tensor.
pub(super) fn read(text: &Words, shape: Shape) -> Result<Call, CallError> {
    let norm = norm(text, shape)?;
    let at = text.words.first().map_or(0, |(at, _)| *at);
    norm.tilings(shape).map_err(|error| {
        let place = text.args.first().map_or(at, |arg| arg.value_at);
        CallError::new(place, error.to_string(), "")
    })?;
    let has_gains = norm != Norm::None;
    let is_rms = matches!(norm, Norm::Rms(_));
    let affine_shape = if has_gains { vec![shape.c] } else { vec![] };
    let gains = match (has_gains, is_rms) {
        (false, _) => Gains::Neither,
        (true, true) => Gains::Scale,
        (true, false) => Gains::Both,
    };
    let kind = if is_rms { Kind::Rms } else { Kind::Identity };
    let meaning = meaning::Meaning { norm, gains: vec![], remark: None };
    Ok(Call {
        dialect: Dialect::Paper,
        method: Method::Norm(norm),
        epsilon: DEFAULT_EPSILON,
        momentum: norm.keeps_running().then_some(DEFAULT_MOMENTUM),
        affine: words::affine(gains, &affine_shape, false),
        affine_shape,
        says: words::says(norm, kind, &meaning, shape),
        also: None,
    })
}

fn norm(text: &Words, shape: Shape) -> Result<Norm, CallError> {
    let names: Vec<&str> = text.words.iter().map(|(_, word)| word.as_str()).collect();
    if let Some(over) = names.iter().position(|&word| word == "over") {
        return norm_over(text, over);
    }
    let mut name = names.concat();
    for tail in ["with", "of", "layer"] {
        name = name.strip_suffix(tail).filter(|rest| !rest.is_empty()).unwrap_or(&name).to_owned();
    }
    let known = NAMES.iter().find(|(known, _)| *known == name);
    let Some((_, norm)) = known else {
        let at = text.words.first().map_or(0, |(at, _)| *at);
        let near = NAMES.iter().filter(|(known, _)| known.len() > 3).min_by_key(|(known, _)| distance(known, &name));
        let hint = near.map_or(String::new(), |(_, near)| format!("the nearest is {}", written(*near)));
        return Err(CallError::new(at, "no norm in the papers has this name", hint));
    };
    Ok(match norm {
        Norm::Group { .. } => Norm::Group { groups: number(text, "G", shape.c, "channels")? },
        Norm::GhostBatch { .. } => Norm::GhostBatch { size: number(text, "images", shape.n, "images")? },
        Norm::SyncBatch { .. } if text.args.is_empty() => Norm::SyncBatch { devices: words::first_devices(shape.n) },
        Norm::SyncBatch { .. } => Norm::SyncBatch { devices: number(text, "devices", shape.n, "images")? },
        other => match text.args.first() {
            Some(arg) => return Err(CallError::new(arg.at, format!("{} takes no number", written(*other)), "")),
            None => *other,
        },
    })
}

/// "norm over C, H" or "RMS norm over C".
fn norm_over(text: &Words, over: usize) -> Result<Norm, CallError> {
    let words = text.words[over + 1..].iter().filter(|(_, word)| word != "and");
    let mut axes: Vec<Axis> = Vec::new();
    let slip = |at| CallError::new(at, "an axis must be N, C, H or W", "for example: norm over C, H, W");
    for (at, word) in words {
        axes.push(axis_of(word).ok_or_else(|| slip(*at))?);
    }
    for arg in &text.args {
        match &arg.value {
            Value::Name(name) => axes.push(axis_of(name).ok_or_else(|| slip(arg.at))?),
            _ => return Err(slip(arg.at)),
        }
    }
    if axes.is_empty() {
        return Err(slip(text.end));
    }
    let axes = AxesNorm::over(&axes);
    let names: String = text.words[..over].iter().map(|(_, word)| word.as_str()).collect();
    match names.as_str() {
        "norm" | "mean" | "layernorm" => Ok(Norm::Axes(axes)),
        "rms" | "rmsnorm" => Ok(Norm::Rms(axes)),
        _ => Err(CallError::new(text.words[0].0, "only norm and RMS norm take axes", "for example: norm over C, H, W")),
    }
}

/// The only number of a norm, which must divide `whole`.
fn number(text: &Words, name: &str, whole: u32, things: &str) -> Result<NonZeroU32, CallError> {
    let Some(Arg { value, value_at, .. }) = text.args.first() else {
        return Err(CallError::new(text.end, format!("{name} is missing"), format!("for example: {name} = {whole}")));
    };
    if let Some(more) = text.args.get(1) {
        return Err(CallError::new(more.at, format!("this norm takes only {name}"), ""));
    }
    let found = match value {
        Value::Whole(number) => u32::try_from(*number).ok().and_then(NonZeroU32::new),
        _ => None,
    };
    let fits = found.filter(|&found| whole % found == 0);
    fits.ok_or_else(|| CallError::new(*value_at, format!("{name} must divide our {whole} {things}"), ""))
}

/// A norm in words.
pub(super) fn written(norm: Norm) -> String {
    let over = |axes: AxesNorm| {
        let letters: Vec<String> = axes.axes.iter().map(|axis| format!("{axis:?}")).collect();
        letters.join(", ")
    };
    match norm {
        Norm::None => "no norm".into(),
        Norm::Batch => "batch norm".into(),
        Norm::Layer => "layer norm".into(),
        Norm::Instance => "instance norm".into(),
        Norm::Group { groups } => format!("group norm, G = {groups}"),
        Norm::BatchInstance => "batch-instance norm".into(),
        Norm::Switchable => "switchable norm".into(),
        Norm::Axes(axes) => format!("norm over {}", over(axes)),
        Norm::Rms(axes) => format!("RMS norm over {}", over(axes)),
        Norm::GhostBatch { size } => format!("ghost batch norm, {size} images"),
        Norm::SyncBatch { devices } => format!("sync batch norm, {devices} devices"),
    }
}
