//! Reads a norm in the words of the papers: "group norm, G = 2", "GN(2)", "norm over C, H", "no norm".

use super::axes::filled;
use super::parse::{Arg, Words};
use super::signature::{Kind, distance};
use super::value::Value;
use super::words;
use super::{Around, Call, CallError, Dialect, GainPatch, meaning};
use crate::figure::scene::Method;
use crate::figure::scene::layout::Layout;
use crate::network::layer::norm::gain::Gain;
use crate::norms::grouping::tiling::{Axes, Axis};
use crate::norms::norm::catalog::Number;
use crate::norms::norm::{AffineAxes, AxesNorm, DEFAULT_EPSILON, DEFAULT_MOMENTUM, Norm, NormKind};
use crate::norms::number::plural;
use std::num::NonZeroU32;

/// Returns the norm with a name without spaces, numbers to be filled in later: its full name with "norm" or
/// "normalization", its name in links, or "none".
fn named(name: &str) -> Option<NormKind> {
    NormKind::ALL.into_iter().find(|&kind| {
        let plain = plain_name(kind);
        // Norms over axes name them.
        kind.number() != Number::Axes && (name == plain || name == format!("{plain}alization") || name == kind.link())
    })
}

/// "batchinstancenorm".
fn plain_name(kind: NormKind) -> String {
    kind.lower_name().replace([' ', '-'], "").to_ascii_lowercase()
}

/// Returns what the words mean for a tensor of `shape`.
///
/// # Errors
/// [`CallError`] for an unknown name, or a number that does not fit the tensor.
pub(super) fn read(text: &Words, around: Around) -> Result<Call, CallError> {
    let shape = around.shape;
    let norm = norm(text, around)?;
    let at = text.words.first().map_or(0, |(at, _)| *at);
    norm.tilings(shape).map_err(|error| {
        let place = text.args.first().map_or(at, |arg| arg.value_at);
        CallError::new(place, error.to_string(), "")
    })?;
    let is_rms = !norm.kind().centers();
    let affine_shape = affine_shape(norm, around);
    let beta_rule = if is_rms { Gain::ABSENT } else { Gain::default() };
    let rules = if norm == Norm::None { [Gain::ABSENT; 2] } else { [Gain::default(), beta_rule] };
    let kind = if is_rms { Kind::Rms } else { Kind::Identity };
    let meaning = meaning::Meaning { norm, gains: vec![], remarks: vec![], mode: None };
    Ok(Call {
        dialect: Dialect::Paper,
        method: Method::Norm(norm),
        epsilon: DEFAULT_EPSILON,
        momentum: norm.keeps_running().then_some(DEFAULT_MOMENTUM),
        mode: None,
        affine: words::affine(rules, [None; 2], &affine_shape),
        affine_shape,
        says: words::says(norm, kind, &meaning, false, around),
        also: None,
        patch: GainPatch::default(),
    })
}

/// The shape of γ and β: per channel, or in the shape of the axes of a mean, in our order.
fn affine_shape(norm: Norm, Around { shape, layout, .. }: Around) -> Vec<u32> {
    let of_axes = |axes: AxesNorm| match axes.affine_axes() {
        AffineAxes::Channel => vec![shape.c],
        AffineAxes::Reduced => {
            axes.axes.iter().filter(|axis| layout.has(*axis)).map(|axis| axis.length(shape)).collect()
        }
        AffineAxes::Scalar => vec![],
    };
    if norm == Norm::None { vec![] } else { norm.boxes().map_or_else(|| vec![shape.c], of_axes) }
}

fn norm(text: &Words, around: Around) -> Result<Norm, CallError> {
    let names: Vec<&str> = text.words.iter().map(|(_, word)| word.as_str()).collect();
    if let Some(over) = names.iter().position(|&word| word == "over") {
        return norm_over(text, over, around.layout);
    }
    let mut name = names.concat().replace("isation", "ization");
    for tail in ["with", "of", "layer"] {
        name = name.strip_suffix(tail).filter(|rest| !rest.is_empty()).unwrap_or(&name).to_owned();
    }
    let Some(kind) = named(&name) else {
        let at = text.words.first().map_or(0, |(at, _)| *at);
        let known = NormKind::ALL.into_iter().filter(|kind| kind.number() != Number::Axes);
        let near = known.min_by_key(|&kind| {
            distance(&plain_name(kind), &name).min(distance(&format!("{}alization", plain_name(kind)), &name))
        });
        let hint =
            near.map_or(String::new(), |near| format!("the nearest is {}", written(of_one(near), around.layout)));
        if ["rms", "rmsnorm", "rmsnormalization"].contains(&name.as_str()) {
            let over = written(Norm::Rms(AxesNorm::over(&[Axis::C, Axis::H, Axis::W])), around.layout);
            return Err(CallError::new(text.end, "RMS norm names its axes", format!("for example: {over}")));
        }
        return Err(CallError::new(at, "no norm in the papers has this name", hint));
    };
    let mut norm = kind.first();
    let has_number = !text.args.is_empty();
    let count = match kind.number() {
        Number::Groups => number(text, "G", Axis::C, around)?,
        Number::Part => number(text, &format!("{}s", around.layout.counted(Axis::N)), Axis::N, around)?,
        Number::Devices if has_number => number(text, "devices", Axis::N, around)?,
        Number::Devices => words::devices(around),
        Number::Nothing | Number::Axes => match text.args.first() {
            Some(arg) => {
                return Err(CallError::new(arg.at, format!("{} takes no number", written(norm, around.layout)), ""));
            }
            None => return Ok(norm),
        },
    };
    norm.count_mut().into_iter().for_each(|old| *old = count);
    Ok(norm)
}

/// The norm of a kind with the count 1.
fn of_one(kind: NormKind) -> Norm {
    let mut norm = kind.first();
    norm.count_mut().into_iter().for_each(|count| *count = NonZeroU32::MIN);
    norm
}

/// "norm over C, H" or "RMS norm over C".
fn norm_over(text: &Words, over: usize, layout: Layout) -> Result<Norm, CallError> {
    let words = text.words[over + 1..].iter().filter(|(_, word)| word != "and");
    let mut axes: Vec<Axis> = Vec::new();
    let example = letters(layout.axes().filter(|axis| *axis != Axis::N), layout);
    let slip = |at| {
        CallError::new(
            at,
            format!("an axis must be one of ours: {}", layout.letters()),
            format!("for example: norm over {example}"),
        )
    };
    let named = |letter: &str| {
        layout.axes().find(|axis| letter.eq_ignore_ascii_case(layout.letter(*axis).encode_utf8(&mut [0; 4])))
    };
    for (at, word) in words {
        axes.push(named(word).ok_or_else(|| slip(*at))?);
    }
    for arg in &text.args {
        match &arg.value {
            Value::Name(name) => axes.push(named(name).ok_or_else(|| slip(arg.at))?),
            _ => return Err(slip(arg.at)),
        }
    }
    if axes.is_empty() {
        return Err(slip(text.end));
    }
    if let Some(twice) =
        axes.iter().enumerate().find(|(place, axis)| axes[..*place].contains(axis)).map(|(_, axis)| axis)
    {
        let message = format!("{} is named twice", layout.letter(*twice));
        return Err(CallError::new(text.words[over].0, message, "name every axis once"));
    }
    let axes = AxesNorm::over(&filled(Axes::new(&axes), |axis| layout.has(axis)));
    let names: String = text.words[..over].iter().map(|(_, word)| word.as_str()).collect();
    match names.as_str() {
        "norm" | "mean" | "layernorm" => Ok(Norm::Axes(axes)),
        "rms" | "rmsnorm" => Ok(Norm::Rms(axes)),
        _ => Err(CallError::new(
            text.words[0].0,
            "only norm and RMS norm take axes",
            format!("for example: norm over {example}"),
        )),
    }
}

/// "C, H, W": axes as they are said.
fn letters(axes: impl Iterator<Item = Axis>, layout: Layout) -> String {
    axes.map(|axis| layout.letter(axis).to_string()).collect::<Vec<_>>().join(", ")
}

/// The only number of a norm, which must divide the length of an axis.
fn number(text: &Words, name: &str, axis: Axis, around: Around) -> Result<NonZeroU32, CallError> {
    let whole = axis.length(around.shape);
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
    fits.ok_or_else(|| {
        CallError::new(*value_at, format!("{name} must divide our {}", plural(whole, around.layout.counted(axis))), "")
    })
}

/// A norm in words, with the axes that the array is said to have; those that it lacks, of length 1, change no mean.
pub(super) fn written(norm: Norm, layout: Layout) -> String {
    let name = norm.kind().lower_name();
    let over = |axes: AxesNorm| letters(axes.axes.iter().filter(|axis| layout.has(*axis)), layout);
    match (norm, norm.kind().number(), norm.count()) {
        (Norm::Axes(axes), ..) => format!("norm over {}", over(axes)),
        (Norm::Rms(axes), ..) => format!("{name} over {}", over(axes)),
        (_, Number::Groups, Some(groups)) => format!("{name}, G = {groups}"),
        (_, Number::Part, Some(size)) => format!("{name}, {}", plural(size.get(), layout.counted(Axis::N))),
        (_, Number::Devices, Some(devices)) => format!("{name}, {}", plural(devices.get(), "device")),
        _ => name,
    }
}
