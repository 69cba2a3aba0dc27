//! Groups whose squares f32 cannot hold, scaled by a power of two so that it can.
//!
//! x̂ = (x − mean)/√(variance + ε) does not change when the values of a group are multiplied by a factor and ε by its
//! square. A power of two rounds nothing. ε stays as it is: next to a variance that is not 0 among values as large as
//! these it is too small to matter, and without one x̂ is 0 whatever it is; where ε is 0, small values are scaled up too.

use super::check::settled;
use super::{NormOptions, NormalizeError, Statistics};
use crate::norms::grouping::tiling::Tiling;
use crate::norms::moments::{Moments, largest_squared};
use crate::norms::norm::Recipe;
use crate::norms::shape::Shape;
use std::borrow::Cow;

/// A tensor as the engine sees it.
pub(super) struct Scaled<'a> {
    x: Cow<'a, [f32]>,
    /// The groups and the factor by which each is scaled; none if nothing is.
    groups: Option<(Tiling, Vec<f32>)>,
}

/// Values up to this, 2⁴⁰, are left as they are: 2³² squares of their differences are finite, and so is 1/deviation³,
/// which a backward pass needs. Larger ones are scaled to between half of it and it. There neighbouring f32 are 2¹⁶ apart,
/// and the variance of n values that are not all equal is at least about 2³²/n.
const LARGEST: f32 = (1_u64 << 40) as f32;

/// The largest ε that is too small to matter next to that, for any n whose count is exact.
const MAX_EPSILON: f32 = 1e-2;

/// Where ε is 0, values all below 1/[`LARGEST`] are scaled to at least this: so that no factor exceeds f32.
const SMALL: f32 = 1.0 / (1_u64 << 30) as f32;

impl<'a> Scaled<'a> {
    /// Scales the groups of `x` that need it.
    ///
    /// # Errors
    /// [`NormalizeError::Value`] for values that are too large for a norm whose groups overlap, or for ε.
    pub(super) fn of(x: &'a [f32], shape: Shape, options: &NormOptions<'_>) -> Result<Self, NormalizeError> {
        let plain = Self { x: Cow::Borrowed(x), groups: None };
        let scales_up = options.epsilon == 0.0;
        let fits = |largest: f32| largest <= LARGEST && (!scales_up || largest == 0.0 || largest >= 1.0 / LARGEST);
        let (mut largest, mut is_small) = (0.0_f32, false);
        for value in x {
            largest = largest.max(value.abs());
            is_small |= value.abs() < 1.0 / LARGEST;
        }
        // Given statistics are not computed from squares.
        if matches!(options.statistics, Statistics::Running { .. }) || (largest <= LARGEST && !(scales_up && is_small))
        {
            return Ok(plain);
        }
        let tiling = match settled(shape, options).recipe(shape)? {
            None => return Ok(plain),
            Some(Recipe::Planes(recipe)) => Tiling::of_planes(shape, recipe.grouping),
            Some(Recipe::Axes(recipe)) => recipe.tiling,
            Some(Recipe::BatchInstance | Recipe::Switchable) => {
                return plain
                    .unless_too_large("a number whose square is far below 3e38, for a norm that mixes others,");
            }
        };
        if largest > LARGEST && options.epsilon > MAX_EPSILON {
            return plain.unless_too_large("a number whose square is far below 3e38, for an epsilon above 0.01,");
        }
        let mut of_group = vec![0.0_f32; tiling.n_tiles() as usize];
        for (index, value) in (0..).zip(x) {
            let group = &mut of_group[tiling.tile_of(index) as usize];
            *group = group.max(value.abs());
        }
        let factors: Vec<f32> =
            of_group.into_iter().map(|largest| if fits(largest) { 1.0 } else { factor(largest) }).collect();
        let x = (0..).zip(x).map(|(index, value)| value * factors[tiling.tile_of(index) as usize]).collect();
        Ok(Self { x: Cow::Owned(x), groups: Some((tiling, factors)) })
    }

    /// Refuses the first value that is so large that the sum of squares could exceed f32.
    fn unless_too_large(self, expected: &'static str) -> Result<Self, NormalizeError> {
        let most = largest_squared(self.x.len());
        match self.x.iter().position(|value| value.abs() > most) {
            Some(index) => Err(NormalizeError::Value { name: "x", index, value: self.x[index], expected }),
            None => Ok(self),
        }
    }

    /// The values for the engine.
    pub(super) fn x(&self) -> &[f32] {
        &self.x
    }

    /// Turns moments of the scaled values, by group, into those of the tensor.
    pub(super) fn restore_moments(&self, moments: &mut [Moments]) {
        let Some((_, factors)) = &self.groups else { return };
        for (moments, factor) in moments.iter_mut().zip(factors) {
            moments.origin /= factor;
            moments.offset /= factor;
            // One after the other: the square of the factor may underflow.
            moments.m2 = moments.m2 / factor / factor;
        }
    }

    /// Turns a gradient with respect to the scaled values into one with respect to the tensor.
    pub(super) fn restore_gradient(&self, dx: &mut [f32]) {
        let Some((tiling, factors)) = &self.groups else { return };
        for (index, dx) in (0..).zip(dx) {
            *dx *= factors[tiling.tile_of(index) as usize];
        }
    }
}

/// The power of two that takes a number to between [`LARGEST`]/2 and [`LARGEST`] if it is large, and to at least [`SMALL`] if
/// it is small.
fn factor(largest: f32) -> f32 {
    let mut factor = 1.0;
    while largest * factor > LARGEST {
        factor *= 0.5;
    }
    while largest * factor < SMALL {
        factor *= 2.0;
    }
    factor
}
