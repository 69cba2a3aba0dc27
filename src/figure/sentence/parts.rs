//! The tensor's axes as the sentence names them: those that the reader said it has, in the sentence's notation.

use crate::figure::scene::Scene;
use crate::figure::scene::layout::Layout;
use crate::norms::grouping::tiling::Axis;
use crate::norms::number::{noun, plural};
use crate::norms::shape::Shape;

/// Words for the axes of a scene's tensor. Of an axis that the array lacks they say nothing.
pub(super) struct Parts {
    /// What is said of the axes.
    pub(super) layout: Layout,
    shape: Shape,
    /// "[n] images"; empty without that axis.
    pub(super) images: String,
    /// "[c] channels".
    pub(super) channels: String,
    /// The places of a plane: "[h] × [w]", "[w] positions".
    pub(super) plane: String,
}

impl Parts {
    pub(super) fn of(scene: &Scene) -> Self {
        let (layout, shape) = (scene.layout, scene.shape);
        let of_axis = |axis: Axis| if layout.has(axis) { counted(layout, axis, shape) } else { String::new() };
        let plane = if layout.has(Axis::H) { "[h] × [w]".to_owned() } else { of_axis(Axis::W) };
        Self { layout, shape, images: of_axis(Axis::N), channels: of_axis(Axis::C), plane }
    }

    /// "each of [n] images"; of one there is no each.
    pub(super) fn each_image(&self) -> String {
        match (self.has(Axis::N), self.shape.n) {
            (false, _) => self.the_image(),
            (true, 1) => self.images.clone(),
            (true, _) => format!("each of {}", self.images),
        }
    }

    /// "each of the [c] channels"; without channels, the values.
    pub(super) fn each_channel(&self) -> String {
        match (self.has(Axis::C), self.shape.c) {
            (false, _) => "the values".into(),
            (true, 1) => format!("the {}", self.channels),
            (true, _) => format!("each of the {}", self.channels),
        }
    }

    /// " across the batch of [n] images", or, of an array without a batch, " of the image".
    pub(super) fn across(&self) -> String {
        match (self.has(Axis::N), self.shape.n) {
            (false, _) => format!(" of {}", self.the_image()),
            (true, 1) => format!(" across a batch of {}", self.images),
            (true, _) => format!(" across the batch of {}", self.images),
        }
    }

    /// "each channel of each image".
    pub(super) fn each_plane(&self) -> String {
        let image = if self.has(Axis::N) { format!("each {}", self.noun(Axis::N)) } else { self.the_image() };
        if self.has(Axis::C) { format!("each channel of {image}") } else { image }
    }

    /// "each of [n] examples", whose planes are single values.
    pub(super) fn each_plane_of_values(&self) -> String {
        if self.has(Axis::N) { self.each_image() } else { self.the_image() }
    }

    /// "the image": the array as a whole, without a batch.
    pub(super) fn the_image(&self) -> String {
        format!("the {}", self.noun(Axis::N))
    }

    /// "[n] images", or "the image".
    pub(super) fn all_images(&self) -> String {
        if self.has(Axis::N) { self.images.clone() } else { self.the_image() }
    }

    /// "all", before the channels: "its", if there is only one.
    pub(super) fn all(&self) -> &'static str {
        if self.has(Axis::C) && self.shape.c == 1 { "its" } else { "all" }
    }

    /// " of one channel".
    pub(super) fn of_one(&self, axis: Axis) -> String {
        if self.has(axis) { format!(" of one {}", self.noun(axis)) } else { String::new() }
    }

    /// "*4 images*", as a factor; empty without that axis.
    pub(super) fn number(&self, axis: Axis, value: u32) -> String {
        if self.has(axis) { format!("*{}*", plural(value, self.noun(axis))) } else { String::new() }
    }

    /// ", [h] × [w]".
    pub(super) fn and_plane(&self) -> String {
        led(", ", &self.plane)
    }

    /// What one value of a plane is called.
    pub(super) fn spot(&self) -> &'static str {
        self.layout.spot()
    }

    pub(super) fn has(&self, axis: Axis) -> bool {
        self.layout.has(axis)
    }

    fn noun(&self, axis: Axis) -> &'static str {
        self.layout.noun(axis)
    }
}

/// The length of an axis as a number that can be changed, and what it counts: "[w] positions".
fn counted(layout: Layout, axis: Axis, shape: Shape) -> String {
    format!("[{}] {}", axis.letter(), noun(axis.length(shape), layout.noun(axis)))
}

/// The parts that say something, with `between` between them.
pub(super) fn joined(parts: &[&str], between: &str) -> String {
    parts.iter().copied().filter(|part| !part.is_empty()).collect::<Vec<_>>().join(between)
}

/// `text` after `lead`; empty if it says nothing.
pub(super) fn led(lead: &str, text: &str) -> String {
    if text.is_empty() { String::new() } else { format!("{lead}{text}") }
}
