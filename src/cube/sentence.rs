//! The sentence over the cube: what the norm does to this tensor, counted.

use super::marks::plural;
use crate::norm::{Norm, PlanesRecipe, Recipe};
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
    match norm.recipe(shape) {
        Ok(Some(Recipe::Planes(PlanesRecipe { grouping, .. }))) => {
            format!("{} of {}", plural(grouping.n_groups(), "mean"), grouping.group_len() * shape.plane_len())
        }
        Ok(Some(_)) => todo!(),
        Ok(None) | Err(_) => "no mean".into(),
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
        Norm::BatchInstance
        | Norm::Switchable
        | Norm::Axes(_)
        | Norm::Rms(_)
        | Norm::GhostBatch { .. }
        | Norm::SyncBatch { .. } => todo!(),
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
