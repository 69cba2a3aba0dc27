//! The shape of a tensor and the arithmetic of its planes. Knows nothing of norms or memory.

use serde::{Deserialize, Serialize};

/// The shape N×C×H×W of a row-major f32 tensor: images, channels, height, width.
///
/// A *plane* is one (n, c) slice of H·W values; planes are numbered p = n·C + c.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Shape {
    /// Images in the batch.
    pub n: u32,
    /// Channels.
    pub c: u32,
    /// Height, in values.
    pub h: u32,
    /// Width, in values.
    pub w: u32,
}

impl Shape {
    /// One image of the data sets, which the networks are made for.
    pub const IMAGE: Self = Self { n: 1, c: 1, h: 28, w: 28 };

    /// The shape n×c×h×w.
    pub fn new(n: u32, c: u32, h: u32, w: u32) -> Self {
        Self { n, c, h, w }
    }

    /// A table of `n` rows of `features` values, as linear layers see it: n×features×1×1.
    pub fn table(n: u32, features: u32) -> Self {
        Self::new(n, features, 1, 1)
    }

    /// N·C.
    pub fn n_planes(self) -> u32 {
        self.n * self.c
    }

    /// H·W, in values.
    pub fn plane_len(self) -> u32 {
        self.h * self.w
    }

    /// C·H·W, the values of one image.
    pub fn image_len(self) -> u32 {
        self.c * self.plane_len()
    }

    /// N·C·H·W; `None` if it does not fit a 32-bit index, the widest that WGSL has.
    pub fn checked_len(self) -> Option<u32> {
        self.n.checked_mul(self.c)?.checked_mul(self.h)?.checked_mul(self.w)
    }

    /// N·C·H·W, in values.
    ///
    /// # Panics
    /// If it exceeds `u32::MAX`, which [`Shape::checked_len`] rules out for shapes from outside.
    pub fn len(self) -> u32 {
        self.checked_len().expect("every shape is checked on input")
    }

    /// Whether one of the four axes is empty.
    pub fn is_empty(self) -> bool {
        [self.n, self.c, self.h, self.w].contains(&0)
    }
}

impl std::fmt::Display for Shape {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}×{}×{}×{}", self.n, self.c, self.h, self.w)
    }
}
