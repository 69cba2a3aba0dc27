//! The sentence above the cube: what the method does to this tensor, with counts. It is the cube's caption, its
//! controls, and its equivalent for people who use a screen reader.
//!
//! Uses: norms, figure::scene, figure::cube.

mod names;
mod words;

use crate::figure::cube::reductions::Reductions;
use crate::figure::cube::shown::shown;
use crate::figure::cube::values::{Poked, Values};
use crate::figure::scene::field::SceneField;
use crate::figure::scene::{Method, Mode, OwnTile, Scene, Stage};
use crate::norms::grouping::tiling::Axis;
use crate::norms::norm::blend::softmax;
use crate::norms::norm::catalog::Mixes;
use crate::norms::norm::{AxesNorm, Norm};
use crate::norms::number::{count, noun, plural};
use crate::norms::shape::Shape;
use names::shared_word;
pub use names::{means, name, name_of};
use serde::Serialize;
use tsify::Tsify;
use words::read;

/// With more values than this, the identity of batch and instance norm is stated without computing both at every
/// change.
const MAX_COMPARED: u32 = 1 << 17;

/// A piece of the sentence.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Tsify)]
#[serde(rename_all = "kebab-case", tag = "role")]
pub enum Piece {
    /// Plain words.
    Plain {
        /// The words.
        text: String,
    },
    /// The method's name, a menu.
    Method {
        /// Its name.
        text: String,
    },
    /// Training or evaluation, a toggle.
    Mode {
        /// Its name.
        text: String,
    },
    /// A number or name that follows from the rest.
    Number {
        /// The number.
        text: String,
    },
    /// The number of values that share a mean, in blue.
    Blue {
        /// The number.
        text: String,
    },
    /// A number that can be changed.
    Field {
        /// The number.
        text: String,
        /// Which number it is.
        field: SceneField,
    },
    /// An axis that a mean may span.
    Axis {
        /// Its letter.
        text: String,
        /// Whether a mean spans it.
        on: bool,
    },
}

impl Piece {
    /// Its text.
    pub fn text(&self) -> &str {
        match self {
            Self::Plain { text }
            | Self::Method { text }
            | Self::Mode { text }
            | Self::Number { text }
            | Self::Blue { text }
            | Self::Field { text, .. }
            | Self::Axis { text, .. } => text,
        }
    }
}

/// Returns the sentence of a scene, in pieces.
pub fn sentence(scene: &Scene) -> Vec<Piece> {
    read(&template(scene), scene)
}

/// Returns the sentence as one text, for screen readers.
pub fn spoken(scene: &Scene) -> String {
    let mut said = String::new();
    let mut follows_axis = false;
    for piece in sentence(scene) {
        match &piece {
            Piece::Axis { on: false, .. } => continue,
            Piece::Axis { text, .. } if follows_axis => said.extend([", ", text]),
            other => said += other.text(),
        }
        follows_axis = matches!(piece, Piece::Axis { .. });
    }
    said
}

/// Returns the sentence in the notation that [`words::read`] parses: `[field]`, `*number*`, `^blue^`, `<axes>`.
fn template(scene: &Scene) -> String {
    match scene.method {
        Method::Own(own) => own_tile(own, scene.shape),
        Method::Norm(norm) if scene.method.takes_running(scene.mode) => frozen(norm, scene),
        Method::Norm(norm) => live(norm, scene),
    }
}

fn live(norm: Norm, scene: &Scene) -> String {
    let Shape { n, c, .. } = scene.shape;
    let plane_len = scene.shape.plane_len();
    let sums = sums(scene);
    let (images, channels) = (noun(n, "image"), noun(c, "channel"));
    let (each_image, each_channel) = each_of(scene.shape);
    let all = if c == 1 { "its" } else { "all" };
    match norm {
        Norm::None => format!(
            "[method] computes no mean: the *{}* {} of [n] {images}, [c] {channels}, [h] × [w] each, {}.",
            count(scene.shape.len()),
            noun(scene.shape.len(), "value"),
            if scene.shape.len() == 1 {
                "passes through unchanged"
            } else {
                "pass through unchanged, and none depends on another"
            }
        ),
        Norm::Batch if n == 1 => format!(
            "[method] normalizes {each_channel} across a batch of [n] image: *{}*. In [mode], {sums}, [h] × [w].",
            identity(scene)
        ),
        Norm::Batch => format!(
            "[method] normalizes {each_channel} across the batch of [n] images. In [mode], {sums}: *{}* × [h] × [w] of one channel.",
            plural(n, "image")
        ),
        Norm::Layer => {
            format!(
                "[method] normalizes {each_image} as a whole. {sums}: {all} [c] {channels} × [h] × [w], and nothing from any other image."
            )
        }
        Norm::Instance => {
            format!(
                "[method] normalizes each channel of each image separately: [n] {images}, [c] {channels}. {sums}, a single [h] × [w] picture."
            )
        }
        Norm::Group { groups } => format!(
            "[method] splits the [c] {channels} of {each_image} into [groups] {}. {sums}: *{}* × [h] × [w] of one image.",
            if groups.get() == 1 { "group" } else { "groups" },
            plural(c / groups, "channel"),
        ),
        Norm::GroupRms { groups } => format!(
            "[method] subtracts no mean: it splits the [c] {channels} of {each_image} into [groups] {}. {sums}: *{}* × [h] × [w] of one image.",
            if groups.get() == 1 { "group" } else { "groups" },
            plural(c / groups, "channel"),
        ),
        Norm::BatchInstance => format!(
            "[method] mixes two results: *{:.2}* of batch norm, in [mode] from ^{}^ across [n] {images} of [c] {channels}, and *{:.2}* of instance norm, from the *{} deep blue*, [h] × [w].",
            scene.rho,
            plural(n * plane_len, "blue value"),
            1.0 - scene.rho,
            count(plane_len),
        ),
        Norm::Switchable => {
            let [instance, layer, batch] = softmax(&scene.mean_logits);
            format!(
                "[method] mixes the moments of three norms: *{instance:.2}* instance, *{layer:.2}* layer, *{batch:.2}* batch, over [n] {images} of [c] {channels}, [h] × [w]. In [mode], two walls of ^{}^ cross at ★.",
                plural((n + c - 1) * plane_len, "blue value")
            )
        }
        Norm::Axes(axes) if scene.uncentred => {
            let does = "subtracts no mean: it divides by the deviation from the mean over";
            over_axes(does, axes, scene, &sums)
        }
        Norm::Axes(axes) => over_axes("takes a mean over", axes, scene, &sums),
        Norm::Rms(axes) => over_axes("subtracts no mean: it divides by the root mean square over", axes, scene, &sums),
        Norm::Layer2d => {
            format!(
                "[method] normalizes each pixel of [n] {images} separately. {sums}: {all} [c] {channels} at one of [h] × [w] places."
            )
        }
        Norm::GhostBatch { size } => format!(
            "[method] normalizes {each_channel} across parts of the batch, each [part] of the [n] {images}. In [mode], {sums}: *{}* × [h] × [w] of one channel.",
            plural(size.get(), "image")
        ),
        Norm::SyncBatch { devices } => format!(
            "[method] spreads [n] {images} over [devices] {}. In [mode], {sums}: *{}* × [h] × [w] of one of [c] {channels}.",
            if devices.get() == 1 { "device, which merges its moments" } else { "devices, which merge their moments" },
            plural(n, "image"),
        ),
    }
}

/// "each of [n] images" and "each of the [c] channels"; of one there is no each.
fn each_of(Shape { n, c, .. }: Shape) -> (&'static str, &'static str) {
    (
        if n == 1 { "[n] image" } else { "each of [n] images" },
        if c == 1 { "the [c] channel" } else { "each of the [c] channels" },
    )
}

/// The sentence in evaluation mode, for a norm that then uses running statistics.
fn frozen(norm: Norm, scene: &Scene) -> String {
    let Shape { n, c, .. } = scene.shape;
    let (images, channels) = (noun(n, "image"), noun(c, "channel"));
    let (_, each_channel) = each_of(scene.shape);
    let tensor = format!("over [n] {images} of [h] × [w]");
    let kept = format!("*{}* kept from training", plural(c, "running average"));
    let still_blue = |n_values: u32| format!("^{}^", plural(n_values, "blue value"));
    match norm.kind().mixes() {
        Mixes::Results => format!(
            "[method] mixes two results, {tensor}: *{:.2}* of batch norm, in [mode] from {kept} for [c] {channels}, and *{:.2}* of instance norm, from {}.",
            scene.rho,
            1.0 - scene.rho,
            still_blue(scene.shape.plane_len()),
        ),
        Mixes::Moments => format!(
            "[method] mixes three moments, {tensor} and [c] {channels}. In [mode] batch norm’s come from {kept}; the others still come from {} of one image.",
            still_blue(scene.shape.image_len()),
        ),
        Mixes::Nothing => format!(
            "[method] normalizes {each_channel} separately, {tensor}. In [mode] it computes no mean at all: it uses {kept}, which no value of this batch changes."
        ),
    }
}

fn over_axes(does: &str, axes: AxesNorm, scene: &Scene, sums: &str) -> String {
    let groups = match axes.groups.get() {
        1 if axes.axes.contains(Axis::C) => ", with the channels in [groups] group",
        _ if axes.axes.contains(Axis::C) => ", with the channels in [groups] groups",
        _ => "",
    };
    let (images, channels) = (noun(scene.shape.n, "image"), noun(scene.shape.c, "channel"));
    let spans = Norm::Axes(axes).tilings(scene.shape).map_or([1; 4], |tilings| tilings[0].spans());
    let product = spans.map(count).join(" × ");
    format!("[method] {does} <axes>{groups}, for [n] {images}, [c] {channels}, [h] × [w]. {sums}: *{product}*.")
}

fn own_tile(own: OwnTile, shape: Shape) -> String {
    let n_means = shape.n_planes() / (own.images.get() * own.channels.get());
    let tiles = own.images.get() * own.channels.get();
    let (n_means, n_values, span) = if own.pixel {
        (n_means * shape.plane_len(), tiles, "one pixel of [h] × [w] in each plane")
    } else {
        (n_means, tiles * shape.plane_len(), "[h] × [w] in each plane")
    };
    let name = name_of(own, shape).map_or_else(|| "It has no name".to_owned(), |name| format!("This is *{name}*"));
    format!(
        "[method] lets a mean span [tile-images] of [n] {} and [tile-channels] of [c] {}. {}, {span}. {name}.",
        noun(shape.n, "image"),
        noun(shape.c, "channel"),
        each(n_means, "mean", n_values)
    )
}

/// "Each of the 8 means comes from 48 blue values".
fn sums(scene: &Scene) -> String {
    let what = shared_word(scene.method);
    match scene.method.tilings(scene.shape) {
        Ok(tilings) if !tilings.is_empty() => each(tilings[0].n_tiles(), what, tilings[0].tile_len()),
        Ok(_) | Err(_) => "No mean is taken".into(),
    }
}

fn each(n_means: u32, what: &str, n_values: u32) -> String {
    let who =
        if n_means == 1 { format!("The *one* {what}") } else { format!("Each of the *{}* {what}s", count(n_means)) };
    format!("{who} comes from ^{}^", plural(n_values, "blue value"))
}

/// What batch norm of one image is, with its largest difference from instance norm, computed by the engine.
fn identity(scene: &Scene) -> String {
    let said = "here it is instance norm";
    let far = |norm| {
        let scene = Scene { method: Method::Norm(norm), poke: None, ..scene.clone() };
        let tensor = shown(&scene);
        let x = Poked { tensor: &tensor, poke: None };
        let values = Values::of(&scene, x, &Reductions::of(&scene, &tensor).ok()?).ok()?;
        let y = |index| values.at(Stage::Y, index, x.value(index));
        Some((0..scene.shape.len()).map(y).collect::<Vec<_>>())
    };
    if scene.shape.len() > MAX_COMPARED {
        return said.to_owned();
    }
    let (Some(batch), Some(instance)) = (far(Norm::Batch), far(Norm::Instance)) else { return said.to_owned() };
    let most = batch.iter().zip(&instance).map(|(a, b)| (a - b).abs()).fold(0.0, f32::max);
    format!("{said}, largest difference {most}")
}

impl Mode {
    /// Its name in the sentence.
    pub fn word(self) -> &'static str {
        match self {
            Self::Train => "training",
            Self::Eval => "evaluation",
        }
    }
}
