//! Brings a norm's count to the nearest one that divides its axis.

use super::Norm;
use crate::norms::grouping::divisors::nearest_divisor;
use crate::norms::grouping::tiling::Axis;
use crate::norms::number::plural;
use std::num::NonZeroU32;
use thiserror::Error;

/// A count that did not divide its axis, and the one that does.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Error)]
#[error("went from {asked} to {found}: {asked} does not divide {}", plural(*.length, .of))]
pub struct Misfit {
    /// The count before.
    pub asked: NonZeroU32,
    /// The nearest divisor.
    pub found: NonZeroU32,
    /// The length of the axis.
    pub length: u32,
    /// What the axis counts: "channel".
    pub of: &'static str,
}

impl Misfit {
    /// The nearest count to `asked` that divides an axis, and what is wrong with `asked` if it is another.
    pub fn of(asked: NonZeroU32, length: u32, of: &'static str) -> (NonZeroU32, Option<Self>) {
        let found = nearest_divisor(asked, length);
        (found, (found != asked).then_some(Self { asked, found, length, of }))
    }
}

impl Norm {
    /// Moves its count to the nearest that divides the channels or images. The groups of a norm whose mean does not run
    /// over channels become 1, which nobody needs to be told. `nouns` are those of a channel and of an image.
    pub fn fit(&mut self, channels: u32, images: u32, nouns: [&'static str; 2]) -> Option<Misfit> {
        let divides = self.kind().number().divides()?;
        let has_channels = self.axes().is_none_or(|axes| axes.axes.contains(Axis::C));
        let count = self.count_mut()?;
        if !has_channels {
            *count = NonZeroU32::MIN;
            return None;
        }
        let (length, of) = if divides == Axis::C { (channels, nouns[0]) } else { (images, nouns[1]) };
        let (found, misfit) = Misfit::of(*count, length, of);
        *count = found;
        misfit
    }
}
