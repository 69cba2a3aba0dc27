//! The sentence above the cube: what the method does to this tensor, with counts. It is the cube's caption, its
//! controls, and its equivalent for people who use a screen reader.
//!
//! Uses: norms, figure::scene, figure::cube.

mod names;
mod parts;
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
use parts::{Parts, joined, led};
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
        /// Which axis it is of ours: L lies along W.
        axis: Axis,
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
    let parts = Parts::of(scene);
    match scene.method {
        Method::Own(own) => own_tile(own, scene.shape, &parts),
        Method::Norm(norm) if scene.method.takes_running(scene.mode) => frozen(norm, scene, &parts),
        Method::Norm(norm) => live(norm, scene, &parts),
    }
}

fn live(norm: Norm, scene: &Scene, parts: &Parts) -> String {
    let Shape { n, c, .. } = scene.shape;
    let plane_len = scene.shape.plane_len();
    let sums = sums(scene);
    let Parts { images, channels, plane, .. } = parts;
    let (and_plane, of_one_channel) = (parts.and_plane(), parts.of_one(Axis::C));
    let product = |first: &str| joined(&[first, plane], " × ");
    match norm {
        Norm::None => format!(
            "[method] computes no mean: the *{}* {} of {}{}, {}.",
            count(scene.shape.len()),
            noun(scene.shape.len(), "value"),
            joined(&[images, channels, plane], ", "),
            if plane.is_empty() || images.is_empty() && channels.is_empty() { "" } else { " each" },
            if scene.shape.len() == 1 {
                "passes through unchanged"
            } else {
                "pass through unchanged, and none depends on another"
            }
        ),
        Norm::Batch if n == 1 => format!(
            "[method] normalizes {}{}: *{}*. In [mode], {sums}{and_plane}.",
            parts.each_channel(),
            parts.across(),
            identity(scene)
        ),
        Norm::Batch => format!(
            "[method] normalizes {}{}. In [mode], {sums}: {}{of_one_channel}.",
            parts.each_channel(),
            parts.across(),
            product(&parts.number(Axis::N, n)),
        ),
        Norm::Layer => {
            let others =
                led(", and nothing from any other ", if parts.has(Axis::N) { parts.layout.noun(Axis::N) } else { "" });
            let all = parts.all();
            format!(
                "[method] normalizes {} as a whole. {sums}: {all} {}{others}.",
                parts.each_image(),
                product(channels)
            )
        }
        Norm::Instance => format!(
            "[method] normalizes {} separately{}. {sums}{}.",
            parts.each_plane(),
            led(": ", &joined(&[images, channels], ", ")),
            if parts.has(Axis::H) { ", a single [h] × [w] picture" } else { &and_plane },
        ),
        Norm::Group { groups } | Norm::GroupRms { groups } => {
            let lead = if norm.kind().centers() { "" } else { "subtracts no mean: it " };
            let each_image = parts.each_image();
            let what = if channels.is_empty() {
                format!("takes {each_image} as")
            } else {
                format!("splits the {channels} of {each_image} into")
            };
            format!(
                "[method] {lead}{what} [groups] {}. {sums}: {}{}.",
                noun(groups.get(), "group"),
                product(&parts.number(Axis::C, c / groups)),
                parts.of_one(Axis::N),
            )
        }
        Norm::BatchInstance => format!(
            "[method] mixes two results: *{:.2}* of batch norm, in [mode] from ^{}^{}, and *{:.2}* of instance norm, from the *{} deep blue*{and_plane}.",
            scene.rho,
            plural(n * plane_len, "blue value"),
            led(" across ", &joined(&[images, channels], " of ")),
            1.0 - scene.rho,
            count(plane_len),
        ),
        Norm::Switchable => {
            let [instance, layer, batch] = softmax(&scene.mean_logits);
            format!(
                "[method] mixes the moments of three norms: *{instance:.2}* instance, *{layer:.2}* layer, *{batch:.2}* batch, over {}. In [mode], two walls of ^{}^ cross at ★.",
                joined(&[&joined(&[images, channels], " of "), plane], ", "),
                plural((n + c - 1) * plane_len, "blue value")
            )
        }
        Norm::Axes(axes) if scene.uncentred => {
            let does = "subtracts no mean: it divides by the deviation from the mean over";
            over_axes(does, axes, scene, parts)
        }
        Norm::Axes(axes) => over_axes("takes a mean over", axes, scene, parts),
        Norm::Rms(axes) => over_axes("subtracts no mean: it divides by the root mean square over", axes, scene, parts),
        Norm::Layer2d => layer_2d(parts, &sums),
        Norm::GhostBatch { size } => {
            let spread = if images.is_empty() {
                parts.across()
            } else {
                format!(" across parts of the batch, each [part] of the {images}")
            };
            let sized = product(&parts.number(Axis::N, size.get()));
            format!("[method] normalizes {}{spread}. In [mode], {sums}: {sized}{of_one_channel}.", parts.each_channel())
        }
        Norm::SyncBatch { devices } => format!(
            "[method] spreads {} over [devices] {}. In [mode], {sums}: {}{}.",
            parts.all_images(),
            if devices.get() == 1 { "device, which merges its moments" } else { "devices, which merge their moments" },
            product(&parts.number(Axis::N, n)),
            led(" of one of ", channels),
        ),
    }
}

/// Layer norm of single pixels; where a plane is a single value, of each image.
fn layer_2d(parts: &Parts, sums: &str) -> String {
    let Parts { channels, plane, .. } = parts;
    let who = if plane.is_empty() {
        parts.each_plane_of_values()
    } else {
        format!("each {} of {}", parts.spot(), parts.all_images())
    };
    let places = if parts.has(Axis::H) { format!("{plane} places") } else { plane.clone() };
    let all = joined(&[&led(&format!("{} ", parts.all()), channels), &led("at one of ", &places)], " ");
    format!("[method] normalizes {who} separately. {sums}{}.", led(": ", &all))
}

/// The sentence in evaluation mode, for a norm that then uses running statistics.
fn frozen(norm: Norm, scene: &Scene, parts: &Parts) -> String {
    let tensor = led(", over ", &joined(&[&parts.images, &parts.plane], " of "));
    let kept = format!("*{}* kept from training", plural(scene.shape.c, "running average"));
    let still_blue = |n_values: u32| format!("^{}^", plural(n_values, "blue value"));
    match norm.kind().mixes() {
        Mixes::Results => format!(
            "[method] mixes two results{tensor}: *{:.2}* of batch norm, in [mode] from {kept}{}, and *{:.2}* of instance norm, from {}.",
            scene.rho,
            led(" for ", &parts.channels),
            1.0 - scene.rho,
            still_blue(scene.shape.plane_len()),
        ),
        Mixes::Moments => format!(
            "[method] mixes three moments{tensor}{}. In [mode] batch norm’s come from {kept}; the others still come from {}{}.",
            led(if tensor.is_empty() { ", over " } else { " and " }, &parts.channels),
            still_blue(scene.shape.image_len()),
            parts.of_one(Axis::N),
        ),
        Mixes::Nothing => format!(
            "[method] normalizes {} separately{tensor}. In [mode] it computes no mean at all: it uses {kept}, which no value of this {} changes.",
            parts.each_channel(),
            if parts.has(Axis::N) { "batch" } else { parts.layout.noun(Axis::N) },
        ),
    }
}

fn over_axes(does: &str, axes: AxesNorm, scene: &Scene, parts: &Parts) -> String {
    let groups = match axes.groups.get() {
        _ if !axes.axes.contains(Axis::C) || !parts.has(Axis::C) => "",
        1 => ", with the channels in [groups] group",
        _ => ", with the channels in [groups] groups",
    };
    let spans = Norm::Axes(axes).tilings(scene.shape).map_or([1; 4], |tilings| tilings[0].spans());
    let spans = Axis::ALL.into_iter().zip(spans).filter(|(axis, _)| parts.has(*axis));
    let product = spans.map(|(_, span)| count(span)).collect::<Vec<_>>().join(" × ");
    let tensor = joined(&[&parts.images, &parts.channels, &parts.plane], ", ");
    format!("[method] {does} <axes>{groups}, for {tensor}. {}: *{product}*.", sums(scene))
}

fn own_tile(own: OwnTile, shape: Shape, parts: &Parts) -> String {
    let n_means = shape.n_planes() / (own.images.get() * own.channels.get());
    let tiles = own.images.get() * own.channels.get();
    let of_spot =
        if parts.has(Axis::H) { "one pixel of [h] × [w] in each plane".into() } else { led("one of ", &parts.plane) };
    let of_plane = if parts.has(Axis::H) { "[h] × [w] in each plane" } else { &parts.plane };
    let (n_means, n_values, span) = if own.pixel {
        (n_means * shape.plane_len(), tiles, &*of_spot)
    } else {
        (n_means, tiles * shape.plane_len(), of_plane)
    };
    let name = name_of(own, shape, parts.layout)
        .map_or_else(|| "It has no name".to_owned(), |name| format!("This is *{name}*"));
    let spans =
        joined(&[&led("[tile-images] of ", &parts.images), &led("[tile-channels] of ", &parts.channels)], " and ");
    let spans = if spans.is_empty() { parts.the_image() } else { spans };
    format!("[method] lets a mean span {spans}. {}{}. {name}.", each(n_means, "mean", n_values), led(", ", span))
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
