//! The axes and lengths that arguments name, as axes of our tensor.

use super::bind::Bound;
use super::{CallError, Dialect};
use crate::norms::grouping::tiling::{Axes, Axis};
use crate::norms::shape::Shape;

/// "1, 2, 3, 6 do".
pub(super) fn divisors(length: u32) -> String {
    const SHOWN: usize = 8;
    const LARGEST: u32 = 4096;
    let all: Vec<String> =
        (1..=length.min(LARGEST)).filter(|n| length.is_multiple_of(*n)).take(SHOWN).map(|n| n.to_string()).collect();
    format!("{} do", all.join(", "))
}

/// The lengths of some axes.
pub(super) fn lengths(axes: &[Axis], shape: Shape) -> Vec<u32> {
    axes.iter().map(|axis| axis.length(shape)).collect()
}

/// Checks that the number of channels given is that of our tensor.
pub(super) fn channels(bound: &Bound, name: &str, shape: Shape) -> Result<(), CallError> {
    features(bound, name, Axes::new(&[Axis::C]), shape)
}

/// Checks that the number of features given is the length of the axis that has them, where that is one axis.
pub(super) fn features(bound: &Bound, name: &str, of: Axes, shape: Shape) -> Result<(), CallError> {
    let Some(given) = bound.whole(name)? else { return Ok(()) };
    let list: Vec<Axis> = of.iter().collect();
    let length: u32 = lengths(&list, shape).iter().product();
    if given == i64::from(length) {
        return Ok(());
    }
    let what = match list.as_slice() {
        [Axis::C] => "channels".to_owned(),
        _ => format!("values along {}", list.iter().map(|axis| axis.capital().to_string()).collect::<String>()),
    };
    let message = format!("{name} is {given}, but our tensor has {length} {what}");
    Err(CallError::new(bound.place(name), message, format!("write {length}")))
}

/// PyTorch's `normalized_shape` as axes of our tensor.
pub(super) fn trailing(bound: &Bound, shape: Shape) -> Result<Axes, CallError> {
    let name = "normalized_shape";
    let given = bound.wholes(name)?.unwrap_or_default();
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
pub(super) fn axes(bound: &Bound, name: &str) -> Result<Option<Axes>, CallError> {
    let Some(given) = bound.wholes(name)? else { return Ok(None) };
    let mut axes = Vec::new();
    for (at, number) in given {
        let place = if number < 0 { number.saturating_add(4) } else { number };
        let axis = match place {
            0 => return Err(batch_axis(at, bound.signature.dialect)),
            1 => Axis::H,
            2 => Axis::W,
            3 => Axis::C,
            _ => {
                let message = format!("axis {number} is out of range: the tensor has axes 0 to 3, or -4 to -1");
                return Err(CallError::new(at, message, "1 is H, 2 is W, 3 or -1 is C"));
            }
        };
        if axes.contains(&axis) {
            let message = format!("axis {number} is named twice: it is {}", axis.capital());
            return Err(CallError::new(at, message, "name every axis once"));
        }
        axes.push(axis);
    }
    Ok(Some(Axes::new(&axes)))
}

fn batch_axis(at: usize, dialect: Dialect) -> CallError {
    let message = format!("{} means the batch here: axis 0 is N", dialect.name());
    let hint = if dialect.is_channels_last() {
        "1 is H, 2 is W, 3 or -1 is C"
    } else {
        "leave N out: PyTorch’s shape starts at C"
    };
    CallError::new(at, message, hint)
}

/// The axes in the order in which the framework has them.
pub(super) fn in_order(dialect: Dialect, axes: Axes) -> Vec<Axis> {
    let mut list: Vec<Axis> = axes.iter().collect();
    if dialect.is_channels_last() && list.first() == Some(&Axis::C) {
        list.rotate_left(1);
    }
    list
}

/// The lengths of the tensor in the order of the framework's axes.
pub(super) fn lengths_in(dialect: Dialect, shape: Shape) -> [u32; 4] {
    let Shape { n, c, h, w } = shape;
    if dialect.is_channels_last() { [n, h, w, c] } else { [n, c, h, w] }
}
