//! What a call does, in a sentence.

use super::meaning::Meaning;
use super::signature::Kind;
use crate::engine::random::KERAS_SPREAD;
use crate::norms::grouping::tiling::{Axes, Axis};
use crate::norms::norm::catalog::Mixes;
use crate::norms::norm::{AffineAxes, Norm};
use crate::norms::shape::Shape;
use std::num::NonZeroU32;

/// Which of γ and β a layer has.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Gains {
    Both,
    Scale,
    Shift,
    Neither,
}

/// Such as "γ and β of shape (26, 26, 10)".
pub(super) fn affine(gains: Gains, shape: &[u32], is_random: bool) -> String {
    let lengths: Vec<String> = shape.iter().map(u32::to_string).collect();
    let of_shape = format!("of shape ({})", lengths.join(", "));
    let drawn = || format!(", drawn from −{KERAS_SPREAD} to {KERAS_SPREAD} at the start");
    let start = if is_random { drawn() } else { String::new() };
    match gains {
        Gains::Both => format!("γ and β {of_shape}{start}"),
        Gains::Scale => format!("γ {of_shape}, no β{start}"),
        Gains::Shift => format!("β {of_shape}, no γ{start}"),
        Gains::Neither => "no γ and no β".into(),
    }
}

/// The sentence that describes a call.
pub(super) fn says(norm: Norm, kind: Kind, meaning: &Meaning, shape: Shape) -> String {
    let counted = counted(norm, shape);
    let verdict = verdict(norm, kind, shape).map_or(String::new(), |verdict| format!(": {verdict}"));
    let remark = meaning.remark.as_ref().map_or(String::new(), |remark| format!(" ({remark})"));
    format!("{counted}{verdict}{remark}.")
}

/// Such as "676 means of 10 values each in each of 4 images, one per pixel".
pub(super) fn counted(norm: Norm, shape: Shape) -> String {
    match norm.kind().mixes() {
        _ if norm == Norm::None => return "No mean: values pass through unchanged".into(),
        Mixes::Results => return "Batch and instance norm, mixed by one weight ρ per channel".into(),
        Mixes::Moments => return "The moments of instance, layer and batch norm, mixed".into(),
        Mixes::Nothing => {}
    }
    let what = norm.shared_word();
    let Ok(tilings) = norm.tilings(shape) else { return "No mean".into() };
    let Some(tiling) = tilings.first() else { return "No mean".into() };
    let [images, channels, rows, columns] = tiling.tiles_along();
    let by_image = images == shape.n && shape.n > 1;
    let count = if by_image { tiling.n_tiles() / shape.n } else { tiling.n_tiles() };
    let each = if by_image { format!(" in each of {} images", shape.n) } else { String::new() };
    let place = match (images > 1 && !by_image, channels > 1, rows > 1, columns > 1) {
        (true, true, false, false) => "one per channel and part of the batch",
        (true, ..) => "one per part of the batch",
        (_, true, false, false) if channels == shape.c => "one per channel",
        (_, true, false, false) => "one per group of channels",
        (_, false, true, true) => "one per pixel",
        (_, false, true, false) => "one per row of pixels",
        (_, false, false, true) => "one per column of pixels",
        (_, true, true, false) => "one per row of a channel",
        (_, true, false, true) => "one per column of a channel",
        (_, true, true, true) => "one per value",
        (_, false, false, false) => return one(count, what, tiling.tile_len(), &each),
    };
    format!("{}, {place}", one(count, what, tiling.tile_len(), &each))
}

fn one(count: u32, what: &str, n_values: u32, each: &str) -> String {
    let (s, each_of) = if count == 1 { ("", "") } else { ("s", " each") };
    format!("{count} {what}{s} of {n_values} values{each_of}{each}")
}

/// What the paper's figure calls this norm, or that the figure means something else by the layer's name.
fn verdict(norm: Norm, kind: Kind, shape: Shape) -> Option<String> {
    let entries = |axes: Axes| axes.iter().map(|axis| axis.length(shape)).product::<u32>();
    Some(match (kind, norm) {
        (_, Norm::Batch) => "the figure’s batch norm".into(),
        (_, Norm::Layer) => "the figure’s layer norm".into(),
        (_, Norm::Instance) => "the figure’s instance norm".into(),
        (_, Norm::Group { groups }) if groups.get() == 1 => "one group, which is the figure’s layer norm".into(),
        (_, Norm::Group { groups }) if groups.get() == shape.c => {
            "one group per channel, which is the figure’s instance norm".into()
        }
        (_, Norm::Group { .. }) => "the figure’s group norm".into(),
        (_, Norm::SyncBatch { .. }) => "batch norm of the whole batch, spread over devices".into(),
        (Kind::Layer, Norm::Axes(axes)) if axes.axes == Axes::new(&[Axis::C, Axis::H, Axis::W]) => {
            let of_values = axes.affine_axes() == AffineAxes::Reduced;
            let gains = if of_values {
                format!(", but with a γ and a β for each of {} values", entries(axes.axes))
            } else {
                String::new()
            };
            format!("the means of the figure’s layer norm{gains}")
        }
        (Kind::Batch, Norm::Axes(axes)) if axes.axes == Axes::new(&[Axis::N, Axis::H, Axis::W]) => {
            "batch norm without running statistics".into()
        }
        (_, Norm::Layer2d) => "the layer norm of each pixel, not the figure’s".into(),
        (Kind::Layer | Kind::Layer2d, _) => "not the figure’s layer norm".into(),
        (Kind::Batch | Kind::Sync, _) => "not the figure’s batch norm".into(),
        (Kind::Instance, _) => "not the figure’s instance norm".into(),
        (Kind::Group, _) => "not the figure’s group norm".into(),
        (Kind::Rms | Kind::Identity, _) => return None,
    })
}

/// How many devices a synchronized batch is spread over if the call does not say: the smallest divisor above 1.
pub(super) fn first_devices(n_images: u32) -> NonZeroU32 {
    let fewest = (2..=n_images).find(|devices| n_images.is_multiple_of(*devices)).unwrap_or(1);
    NonZeroU32::new(fewest).unwrap_or(NonZeroU32::MIN)
}
