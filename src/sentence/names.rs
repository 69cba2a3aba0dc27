//! What methods are called.

use crate::cube::marks::plural;
use crate::norm::Norm;
use crate::scene::{Method, OwnTile, Scene};
use crate::shape::Shape;

/// The method's full name.
pub fn name(method: Method) -> &'static str {
    match method {
        Method::Own(_) => "Your own norm",
        Method::Norm(norm) => match norm {
            Norm::None => "No norm",
            Norm::Batch => "Batch norm",
            Norm::Layer => "Layer norm",
            Norm::Instance => "Instance norm",
            Norm::Group { .. } => "Group norm",
            Norm::BatchInstance => "Batch-instance norm",
            Norm::Switchable => "Switchable norm",
            Norm::Axes(_) => "A norm over axes",
            Norm::Rms(_) => "RMS norm",
            Norm::GhostBatch { .. } => "Ghost batch norm",
            Norm::SyncBatch { .. } => "Sync batch norm",
        },
    }
}

/// The name of the reader's own tile, such as "group norm with 3 groups"; none if it has no name.
pub fn name_of(own: OwnTile, shape: Shape) -> Option<String> {
    let groups = |norm: Norm| match norm {
        Norm::Group { groups } => format!("group norm with {}", plural(groups.get(), "group")),
        Norm::GhostBatch { size } => format!("ghost batch norm with parts of {}", plural(size.get(), "image")),
        Norm::Axes(_) => "layer norm of each pixel, Keras’ LayerNormalization(axis=3)".into(),
        Norm::Batch if shape.n == 1 => "batch norm of one image, which is instance norm".into(),
        Norm::None
        | Norm::Batch
        | Norm::Layer
        | Norm::Instance
        | Norm::BatchInstance
        | Norm::Switchable
        | Norm::Rms(_)
        | Norm::SyncBatch { .. } => name(Method::Norm(norm)).to_lowercase(),
    };
    own.norm(shape).map(groups)
}

/// How many means the method computes, and from how many values each: "8 means of 48".
pub fn means(scene: &Scene) -> String {
    let what = if matches!(scene.method, Method::Norm(Norm::Rms(_))) { "root" } else { "mean" };
    match scene.method.tilings(scene.shape).as_deref() {
        Ok([one]) => format!("{} of {}", plural(one.n_tiles(), what), one.tile_len()),
        Ok([_, _]) => "mixes two results".into(),
        Ok([_, _, _]) => "mixes three moments".into(),
        Ok(_) | Err(_) => "no mean".into(),
    }
}
