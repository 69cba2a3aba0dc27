//! The axes and lengths that arguments name, as axes of our tensor.

use super::CallError;
use super::bind::Bound;
use super::value::Value;
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
        _ => format!("values along {}", list.iter().map(|axis| bound.layout.letter(*axis)).collect::<String>()),
    };
    let message = format!("{name} is {given}, but our tensor has {length} {what}");
    Err(CallError::new(bound.place(name), message, format!("write {length}")))
}

/// PyTorch's `normalized_shape` as axes of our tensor.
pub(super) fn trailing(bound: &Bound, shape: Shape) -> Result<Axes, CallError> {
    let name = "normalized_shape";
    let given = bound.wholes(name)?.unwrap_or_default();
    if let Some(arg) =
        bound.get(name).filter(|arg| bound.signature.is_function() && matches!(arg.value, Value::Whole(_)))
    {
        let message = "PyTorch refuses this: normalized_shape must be tuple of ints, not int";
        return Err(CallError::new(arg.value_at, message, "write it with a comma, as in (4,)"));
    }
    let all = bound.order();
    let axes = &all[all.len() - given.len().min(all.len())..];
    let ours = lengths(axes, shape);
    let wrong = given.iter().rev().zip(ours.iter().rev()).find(|((_, given), ours)| *given != i64::from(**ours));
    if given.len() > all.len() || wrong.is_some() {
        let at = wrong.map_or(bound.place(name), |((at, _), _)| *at);
        let letters: Vec<String> = axes.iter().map(|axis| bound.layout.letter(*axis).to_string()).collect();
        let message =
            format!("PyTorch takes the mean over the last axes, here [{}] of lengths {ours:?}", letters.join(", "));
        let hint = format!("the figure’s layer norm is over {:?}", lengths(&all[1..], shape));
        return Err(CallError::new(at, message, hint));
    }
    if axes.len() == all.len() {
        return Err(batch_axis(bound, bound.place(name)));
    }
    Ok(Axes::new(axes))
}

/// The axes named by an argument of a framework that numbers them.
pub(super) fn axes(bound: &Bound, name: &str) -> Result<Option<Axes>, CallError> {
    let Some(given) = bound.wholes(name)? else { return Ok(None) };
    let order = bound.order();
    let mut axes = Vec::new();
    for (at, number) in given {
        let place = if number < 0 { number.saturating_add(order.len() as i64) } else { number };
        let axis = match usize::try_from(place).ok().and_then(|place| order.get(place)) {
            Some(Axis::N) => return Err(batch_axis(bound, at)),
            Some(axis) => *axis,
            None => return Err(CallError::new(at, out_of_range(number, order.len()), numbers(bound))),
        };
        if axes.contains(&axis) {
            let message = format!("axis {number} is named twice: it is {}", bound.layout.letter(axis));
            return Err(CallError::new(at, message, "name every axis once"));
        }
        axes.push(axis);
    }
    Ok(Some(Axes::new(&axes)))
}

/// The axes named by an argument whose default is the last one; that of the channels where a call numbers none.
pub(super) fn axes_or_last(bound: &Bound, name: &str) -> Result<Axes, CallError> {
    let last = bound.order().last().filter(|_| bound.signature.dialect.is_channels_last());
    Ok(axes(bound, name)?.unwrap_or_else(|| Axes::new(&[last.copied().unwrap_or(Axis::C)])))
}

/// What is wrong with the number of an axis.
pub(super) fn out_of_range(number: i64, n_axes: usize) -> String {
    format!("axis {number} is out of range: the tensor has axes 0 to {}, or -{n_axes} to -1", n_axes - 1)
}

/// "1 is H, 2 is W, 3 or -1 is C".
fn numbers(bound: &Bound) -> String {
    let order = bound.order();
    let one = |(place, axis): (usize, &Axis)| {
        let last = if place + 1 == order.len() { " or -1" } else { "" };
        format!("{place}{last} is {}", bound.layout.letter(*axis))
    };
    order.iter().enumerate().skip(1).map(one).collect::<Vec<_>>().join(", ")
}

/// The number of the channels' axis.
pub(super) fn channel_axis(bound: &Bound) -> usize {
    bound.order().iter().position(|axis| *axis == Axis::C).unwrap_or(1)
}

fn batch_axis(bound: &Bound, at: usize) -> CallError {
    let dialect = bound.signature.dialect;
    let message = format!("{} means the batch here: axis 0 is N", dialect.name());
    let hint = if dialect.is_channels_last() {
        numbers(bound)
    } else {
        format!("leave N out: PyTorch’s shape starts at {}", bound.layout.letter(bound.order()[1]))
    };
    CallError::new(at, message, hint)
}

/// The axes in the order in which the call sees them.
pub(super) fn in_order(bound: &Bound, axes: Axes) -> Vec<Axis> {
    bound.order().iter().copied().filter(|axis| axes.contains(*axis)).collect()
}

/// The axes that a call can take a mean over, in our order, but for `kept`.
pub(super) fn all_but(bound: &Bound, kept: &[Axis]) -> Vec<Axis> {
    Axis::ALL.into_iter().filter(|axis| bound.order().contains(axis) && !kept.contains(axis)).collect()
}

/// The axes of a mean together with those of length 1 that the call does not see, so that the mean has its usual name.
pub(super) fn whole(bound: &Bound, reduced: Axes) -> Vec<Axis> {
    filled(reduced, |axis| bound.order().contains(&axis))
}

/// The axes of a mean together with those of length 1 that are not seen.
pub(super) fn filled(reduced: Axes, is_seen: impl Fn(Axis) -> bool) -> Vec<Axis> {
    // A list of channels is a plane of one value, a sequence a plane of one row.
    let has_rows = reduced.contains(Axis::W) || (!is_seen(Axis::W) && reduced.contains(Axis::C));
    let fills = |axis: Axis| has_rows && !is_seen(axis) && matches!(axis, Axis::H | Axis::W);
    Axis::ALL.into_iter().filter(|axis| reduced.contains(*axis) || fills(*axis)).collect()
}
