//! What methods are called.

use crate::figure::scene::layout::Layout;
use crate::figure::scene::{Method, OwnTile, Scene};
use crate::norms::grouping::tiling::Axis;
use crate::norms::norm::Norm;
use crate::norms::norm::catalog::{Mixes, Number};
use crate::norms::number::{count, plural};
use crate::norms::shape::Shape;

/// The method's full name.
pub fn name(method: Method) -> &'static str {
    match method {
        Method::Own(_) => "Your own norm",
        Method::Norm(norm) => norm.kind().name(),
    }
}

/// What the reader's own tile is called: "group norm with 3 groups"; none if it has no name.
pub fn name_of(own: OwnTile, shape: Shape, layout: Layout) -> Option<String> {
    let of_channels = || layout.order(true).iter().position(|axis| *axis == Axis::C);
    let groups = |norm: Norm| match norm {
        // The pixel's tile is the only one over axes.
        Norm::Axes(_) => {
            let call = of_channels().filter(|_| layout.has(Axis::C));
            let call = call.map_or(String::new(), |at| format!(", Keras’ LayerNormalization(axis={at})"));
            format!("layer norm of each {}{call}", layout.spot())
        }
        Norm::Batch if shape.n == 1 => format!("batch norm of one {}, which is instance norm", layout.noun(Axis::N)),
        other => {
            let name = other.kind().lower_name();
            match (other.kind().number(), other.count()) {
                (Number::Groups, Some(groups)) => format!("{name} with {}", plural(groups.get(), "group")),
                (Number::Part, Some(size)) => {
                    format!("{name} with parts of {}", plural(size.get(), layout.noun(Axis::N)))
                }
                _ => name,
            }
        }
    };
    own.norm(shape).map(groups)
}

/// What the values of a group share: "mean" or "root".
pub(super) fn shared_word(method: Method) -> &'static str {
    match method {
        Method::Own(_) => "mean",
        Method::Norm(norm) => norm.shared_word(),
    }
}

/// How many means the method takes, and of how many values each: "8 means of 48"; in evaluation, the running ones.
pub fn means(scene: &Scene) -> String {
    let what = shared_word(scene.method);
    if scene.method.takes_running(scene.mode)
        && matches!(scene.method, Method::Norm(norm) if norm.kind().mixes() == Mixes::Nothing)
    {
        return plural(scene.shape.c, "running mean");
    }
    match scene.method.tilings(scene.shape).as_deref() {
        Ok([one]) => format!("{} of {}", plural(one.n_tiles(), what), count(one.tile_len())),
        Ok([_, _]) => "mixes two results".into(),
        Ok([_, _, _]) => "mixes three moments".into(),
        Ok(_) | Err(_) => "no mean".into(),
    }
}
