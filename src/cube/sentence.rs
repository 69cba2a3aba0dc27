//! The sentence over the cube: what the norm does to this tensor, counted.

use super::marks::plural;
use crate::norm::{AxesNorm, Norm};
use crate::shape::Shape;
use serde::Serialize;
use tsify::Tsify;

/// A piece of the sentence.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Tsify)]
pub struct Piece {
    /// Its words.
    pub text: String,
    /// What it stands for.
    pub role: Role,
}

/// What a piece of the sentence stands for.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Tsify)]
#[serde(rename_all = "kebab-case")]
pub enum Role {
    /// Plain words.
    Plain,
    /// The norm's name.
    Norm,
    /// A number that follows from the rest.
    Number,
    /// G, which the reader may change.
    Groups,
    /// The number of values that share a mean, in blue.
    Blue,
    /// A product of lengths, not to be broken.
    Shape,
}

/// The norm's full name.
pub fn name(norm: Norm) -> &'static str {
    match norm {
        Norm::None => "No norm",
        Norm::Batch => "Batch norm",
        Norm::Layer => "Layer norm",
        Norm::Instance => "Instance norm",
        Norm::Group { .. } => "Group norm",
        Norm::BatchInstance => "Batch-instance norm",
        Norm::Switchable => "Switchable norm",
        Norm::Axes(_) => "Norm over axes",
        Norm::Rms(_) => "RMS norm",
        Norm::GhostBatch { .. } => "Ghost batch norm",
        Norm::SyncBatch { .. } => "Sync batch norm",
    }
}

/// How many means the norm takes of a tensor, and of how many values each: "8 means of 48".
pub fn means(norm: Norm, shape: Shape) -> String {
    match (norm, norm.tilings(shape)) {
        (Norm::BatchInstance, _) => "mixes two results".into(),
        (Norm::Switchable, _) => "mixes three moments".into(),
        (Norm::Rms(_), Ok(tilings)) => format!("{} of {}", plural(tilings[0].n_tiles(), "root"), tilings[0].tile_len()),
        (_, Ok(tilings)) => match tilings.first() {
            Some(tiling) => format!("{} of {}", plural(tiling.n_tiles(), "mean"), tiling.tile_len()),
            None => "no mean".into(),
        },
        (_, Err(_)) => "no mean".into(),
    }
}

/// The sentence, in pieces.
pub fn sentence(norm: Norm, shape: Shape) -> Vec<Piece> {
    let Shape { n, c, h, w } = shape;
    let plane_len = shape.plane_len();
    let mut words = Words(vec![]);
    words.say(Role::Norm, name(norm));
    match norm {
        Norm::None => words
            .plain(format!(" takes no mean: the {} values of ", n * c * plane_len))
            .plain(format!("{} pass as they are, and none depends on another.", plural(n, "image"))),
        Norm::Batch if n == 1 => words
            .plain(format!(" takes each of {c} channels across a batch of one image, so here it is instance norm: "))
            .means(c, plane_len)
            .plain(" (".into())
            .shape(format!("{h} × {w}"))
            .plain(").".into()),
        Norm::Batch => words
            .plain(format!(" takes each of {} across {n} images: in training, ", plural(c, "channel")))
            .means(c, n * plane_len)
            .plain(" (".into())
            .shape(format!("{n} images × {h} × {w}"))
            .plain(") of one channel.".into()),
        Norm::Layer => words
            .plain(format!(" takes each of {} whole: ", plural(n, "image")))
            .means(n, c * plane_len)
            .plain(" (".into())
            .shape(format!("{} × {h} × {w}", plural(c, "channel")))
            .plain(") of one image.".into()),
        Norm::Instance => words
            .plain(format!(" keeps {} of {} apart: ", plural(c, "channel"), plural(n, "image")))
            .means(n * c, plane_len)
            .plain(" (".into())
            .shape(format!("{h} × {w}"))
            .plain(") of one channel of one image.".into()),
        Norm::BatchInstance => words
            .plain(format!(
                " mixes batch and instance norm by a weight ρ of each of {}: each value depends on ",
                plural(c, "channel")
            ))
            .say(Role::Blue, &format!("{} blue values", n * plane_len))
            .plain(format!(" of its channel, the {plane_len} of its own plane in both.")),
        Norm::Switchable => words
            .plain(
                " mixes the moments of instance, layer and batch norm by weights it learns: each value depends on "
                    .into(),
            )
            .say(Role::Blue, &format!("{} blue values", (n + c - 1) * plane_len))
            .plain(format!(" of its image or its channel, the {plane_len} of its own plane in all three.")),
        Norm::Axes(axes) => {
            let (n_means, n_values) = boxes(norm, shape);
            words
                .plain(format!(" takes a mean over {}: ", axes_in_words(axes)))
                .means(n_means, n_values)
                .plain(".".into())
        }
        Norm::Rms(axes) => {
            let (n_means, n_values) = boxes(norm, shape);
            words
                .plain(format!(
                    " subtracts no mean and divides by the root of the mean square over {}: each of the ",
                    axes_in_words(axes)
                ))
                .say(Role::Number, &n_means.to_string())
                .plain(if n_means == 1 { " root comes from " } else { " roots comes from " }.into())
                .say(Role::Blue, &format!("{n_values} blue values"))
                .plain(".".into())
        }
        Norm::GhostBatch { size } => words
            .plain(format!(" takes each of {} across parts of {}: ", plural(c, "channel"), plural(size.get(), "image")))
            .means(c * n / size, size.get() * plane_len)
            .plain(" of one channel.".into()),
        Norm::SyncBatch { devices } => words
            .plain(format!(
                " spreads {} over {}, which merge their moments: ",
                plural(n, "image"),
                plural(devices.get(), "device")
            ))
            .means(c, n * plane_len)
            .plain(" of one channel.".into()),
        Norm::Group { groups } => {
            let (groups, channels) = (groups.get(), c / groups);
            words
                .plain(format!(" splits {c} channels into "))
                .say(Role::Groups, &groups.to_string())
                .plain(format!(" group{}: ", if groups == 1 { "" } else { "s" }))
                .means(n * groups, channels * plane_len)
                .plain(" (".into())
                .shape(format!("{} × {h} × {w}", plural(channels, "channel")))
                .plain(") of one image.".into())
        }
    };
    words.0
}

/// How many boxes a norm takes its moments of, and of how many values each; none where it does not fit.
fn boxes(norm: Norm, shape: Shape) -> (u32, u32) {
    norm.tilings(shape).map_or((0, 0), |tilings| (tilings[0].n_tiles(), tilings[0].tile_len()))
}

/// "C, H and W in 2 groups of channels".
fn axes_in_words(norm: AxesNorm) -> String {
    let letters: Vec<String> = norm.axes.iter().map(|axis| format!("{axis:?}")).collect();
    let list = match letters.split_last() {
        Some((last, [])) => last.clone(),
        Some((last, others)) => format!("{} and {last}", others.join(", ")),
        None => "no axis".into(),
    };
    let groups = norm.groups.get();
    if groups > 1 { format!("{list} in {groups} groups of channels") } else { list }
}

/// The sentence as one text, for readers who hear it.
pub fn spoken(norm: Norm, shape: Shape) -> String {
    sentence(norm, shape).into_iter().map(|piece| piece.text).collect()
}

struct Words(Vec<Piece>);

impl Words {
    fn say(&mut self, role: Role, text: &str) -> &mut Self {
        self.0.push(Piece { text: text.into(), role });
        self
    }

    fn plain(&mut self, text: String) -> &mut Self {
        self.say(Role::Plain, &text)
    }

    fn shape(&mut self, text: String) -> &mut Self {
        self.say(Role::Shape, &text)
    }

    /// "each of the 8 means comes from 48 blue values".
    fn means(&mut self, n_means: u32, n_values: u32) -> &mut Self {
        self.say(Role::Plain, "each of the ")
            .say(Role::Number, &n_means.to_string())
            .say(Role::Plain, if n_means == 1 { " mean comes from " } else { " means comes from " })
            .say(Role::Blue, &format!("{n_values} blue values"))
    }
}
