//! What a call does, in a sentence.

use super::Around;
use super::meaning::Meaning;
use super::signature::Kind;
use crate::figure::ledger::gain;
use crate::figure::scene::Mode;
use crate::network::layer::norm::gain::Gain;
use crate::norms::grouping::tiling::{Axes, Axis};
use crate::norms::norm::catalog::Mixes;
use crate::norms::norm::{AffineAxes, Norm};
use crate::norms::number::{count, plain, plural};
use std::num::NonZeroU32;

/// Such as "γ and β of shape (26, 26, 10), γ drawn from −0.05 to 0.05 at the start".
pub(super) fn affine(rules: [Gain; 2], constants: [Option<f32>; 2], shape: &[u32]) -> String {
    let lengths: Vec<String> = shape.iter().map(|length| count(*length)).collect();
    let of_shape = format!("of shape ({})", lengths.join(", "));
    let mut words = match rules.map(Gain::is_present) {
        [true, true] => format!("γ and β {of_shape}"),
        [true, false] => format!("γ {of_shape}, no β"),
        [false, true] => format!("β {of_shape}, no γ"),
        [false, false] => return "no γ and no β".into(),
    };
    for (letter, (rule, constant)) in ["γ", "β"].into_iter().zip(rules.into_iter().zip(constants)) {
        let mut said = if rule.is_present() { gain::words(rule) } else { vec![] };
        said.extend(constant.map(|value| format!("{} at the start", plain(value))));
        if !said.is_empty() {
            words += &format!(", {letter} {}", said.join(", "));
        }
    }
    words
}

/// The sentence that describes a call.
pub(super) fn says(norm: Norm, kind: Kind, meaning: &Meaning, uncentred: bool, around: Around) -> String {
    let shape = around.shape;
    let is_kept = meaning.mode == Some(Mode::Eval) && norm.keeps_running() && norm.kind().mixes() == Mixes::Nothing;
    let (counted, verdict) = match (is_kept, uncentred) {
        (true, _) => {
            let (kept, layout) = (plural(shape.c, "running mean"), around.layout);
            let each = if layout.has(Axis::C) { format!(", one per {},", layout.noun(Axis::C)) } else { String::new() };
            (format!("{kept}{each} and no mean of this tensor"), Some("batch norm in evaluation".into()))
        }
        (_, true) => {
            let verdict = "x is divided by the deviation from the mean, which is not subtracted: not RMS norm";
            (counted_as(norm, "deviation", around), Some(verdict.into()))
        }
        (false, false) => (counted_as(norm, norm.shared_word(), around), verdict(norm, kind, around)),
    };
    let verdict = verdict.map_or(String::new(), |verdict| format!(": {verdict}"));
    let remarks = meaning.remarks.join("; ");
    let remark = if remarks.is_empty() { remarks } else { format!(" ({remarks})") };
    format!("{counted}{verdict}{remark}.")
}

/// Such as "676 means of 10 values each in each of 4 images, one per pixel", of means or what takes their place.
fn counted_as(norm: Norm, what: &str, around: Around) -> String {
    let Around { shape, layout, .. } = around;
    match norm.kind().mixes() {
        _ if norm == Norm::None => return "No mean: values pass through unchanged".into(),
        Mixes::Results if layout.has(Axis::C) => {
            return format!("Batch and instance norm, mixed by one weight ρ per {}", layout.noun(Axis::C));
        }
        Mixes::Results => return "Batch and instance norm, mixed by one weight ρ".into(),
        Mixes::Moments => return "The moments of instance, layer and batch norm, mixed".into(),
        Mixes::Nothing => {}
    }
    let Ok(tilings) = norm.tilings(shape) else { return "No mean".into() };
    let Some(tiling) = tilings.first() else { return "No mean".into() };
    let [images, channels, rows, columns] = tiling.tiles_along();
    let by_image = images == shape.n && shape.n > 1;
    let n_means = if by_image { tiling.n_tiles() / shape.n } else { tiling.n_tiles() };
    let each = if by_image { format!(" in each of {}", plural(shape.n, layout.noun(Axis::N))) } else { String::new() };
    let channel = layout.noun(Axis::C);
    // An axis with several means is one that the array has.
    let of_pixels = if layout.has(Axis::H) { " of pixels" } else { "" };
    let column = layout.noun(Axis::W);
    let place = match (images > 1 && !by_image, channels > 1, rows > 1, columns > 1) {
        (true, true, false, false) => format!("one per {channel} and part of the batch"),
        (true, ..) => "one per part of the batch".into(),
        (_, true, false, false) if channels == shape.c => format!("one per {channel}"),
        (_, true, false, false) => format!("one per group of {channel}s"),
        (_, false, true, true) => "one per pixel".into(),
        (_, false, true, false) => "one per row of pixels".into(),
        (_, false, false, true) => format!("one per {column}{of_pixels}"),
        (_, true, true, false) => format!("one per row of a {channel}"),
        (_, true, false, true) => format!("one per {column} of a {channel}"),
        (_, true, true, true) => "one per value".into(),
        (_, false, false, false) => return one(n_means, what, tiling.tile_len(), &each),
    };
    format!("{}, {place}", one(n_means, what, tiling.tile_len(), &each))
}

fn one(n_means: u32, what: &str, n_values: u32, each: &str) -> String {
    let each_of = if n_means == 1 { "" } else { " each" };
    format!("{} of {}{each_of}{each}", plural(n_means, what), plural(n_values, "value"))
}

/// What the paper's figure calls this norm, or that the figure means something else by the layer's name.
fn verdict(norm: Norm, kind: Kind, Around { shape, layout, .. }: Around) -> Option<String> {
    let entries = |axes: Axes| axes.iter().map(|axis| axis.length(shape)).product::<u32>();
    Some(match (kind, norm) {
        (_, Norm::Batch) => "the figure’s batch norm".into(),
        (_, Norm::Layer) => "the figure’s layer norm".into(),
        (_, Norm::Instance) => "the figure’s instance norm".into(),
        (_, Norm::Group { groups }) if groups.get() == 1 => "one group, which is the figure’s layer norm".into(),
        (_, Norm::Group { groups }) if groups.get() == shape.c => {
            format!("one group per {}, which is the figure’s instance norm", layout.noun(Axis::C))
        }
        (_, Norm::Group { .. }) => "the figure’s group norm".into(),
        (_, Norm::SyncBatch { .. }) => {
            let whole = if layout.has(Axis::N) { " of the whole batch" } else { "" };
            format!("batch norm{whole}, spread over devices")
        }
        (Kind::Layer, Norm::Axes(axes)) if axes.axes == Axes::new(&[Axis::C, Axis::H, Axis::W]) => {
            let of_values = axes.affine_axes() == AffineAxes::Reduced;
            let gains = if of_values {
                format!(", but with a γ and a β for each of {}", plural(entries(axes.axes), "value"))
            } else {
                String::new()
            };
            format!("the means of the figure’s layer norm{gains}")
        }
        (Kind::Batch, Norm::Axes(axes)) if axes.axes == Axes::new(&[Axis::N, Axis::H, Axis::W]) => {
            "batch norm without running statistics".into()
        }
        (_, Norm::Layer2d) => format!("the layer norm of each {}, not the figure’s", layout.spot()),
        (Kind::Layer | Kind::Layer2d, _) => "not the figure’s layer norm".into(),
        (Kind::Batch | Kind::Sync, _) => "not the figure’s batch norm".into(),
        (Kind::Instance, _) => "not the figure’s instance norm".into(),
        (Kind::Group, _) => "not the figure’s group norm".into(),
        (Kind::Rms | Kind::Identity, _) => return None,
    })
}

/// How many devices a synchronized batch is spread over if the call does not say: as many as are shown, or else the
/// smallest divisor above 1.
pub(super) fn devices(around: Around) -> NonZeroU32 {
    let n_images = around.shape.n;
    let fewest = (2..=n_images).find(|devices| n_images.is_multiple_of(*devices)).unwrap_or(1);
    let shown = around.devices.filter(|devices| n_images % *devices == 0);
    shown.or(NonZeroU32::new(fewest)).unwrap_or(NonZeroU32::MIN)
}
