//! The gradient of the star's y, term by term: the data for a picture of it, and the sums of the terms.

use super::account::Account;
use super::number::fixed;
use crate::figure::cube::gradient::{Gradient, Terms};
use crate::figure::cube::groups::{Region, counts};
use crate::figure::cube::values::Values;
use crate::figure::scene::Place;
use crate::norms::grouping::GroupingError;
use crate::norms::grouping::tiling::Tiling;
use crate::norms::shape::Shape;
use arrayvec::ArrayVec;
use serde::Serialize;
use tsify::Tsify;

/// Most bars that are drawn.
const MOST_BARS: usize = 97;

/// Most x that are visited one by one.
const MOST_SUMMED: u32 = 1 << 16;

/// Digits after the point.
const DIGITS: usize = 3;

/// The gradient of the star's y with respect to every x.
#[derive(Clone, PartialEq, Debug, Serialize, Tsify)]
#[serde(rename_all = "camelCase")]
pub struct Backward {
    /// Direct, through the mean, through the variance, and in total.
    pub terms: Vec<TermRow>,
    /// How many x it depends on.
    pub count: u32,
    /// Position of the star among the bars.
    pub star: u32,
    /// The least and the greatest bar except the star's, which is far higher where there are many.
    pub range: [f64; 2],
}

/// One term.
#[derive(Clone, PartialEq, Debug, Serialize, Tsify)]
#[serde(rename_all = "camelCase")]
pub struct TermRow {
    /// Its value at the star.
    pub at_star: String,
    /// Its sum over all x.
    pub sum: String,
    /// Its values at some of the x, in order of increasing x.
    pub bars: Vec<f64>,
}

impl Backward {
    /// Computes the gradient for the star of an account.
    ///
    /// # Errors
    /// [`GroupingError`] if the method does not fit the shape.
    pub fn of(account: &Account) -> Result<Self, GroupingError> {
        let star = account.index(account.scene().selected);
        let gradient = gradient(account, star)?;
        let x = account.x();
        let at = |index: u32| gradient.at(index, x.value(index));
        let boxes = Boxes::of(&gradient, account.scene().shape, account.scene().selected);
        let sum = boxes.sum(&gradient, account.values(), at);
        let mut shown = boxes.some(MOST_BARS as u32);
        if !shown.contains(&star) {
            shown.push(star);
        }
        shown.sort_by(|&a, &b| x.value(a).total_cmp(&x.value(b)));
        let parts: [fn(Terms) -> f64; 4] = [|t| t.direct, |t| t.by_mean, |t| t.by_variance, Terms::sum];
        let row = |part: fn(Terms) -> f64| TermRow {
            at_star: fixed(part(at(star)), DIGITS),
            sum: fixed(part(sum), DIGITS),
            bars: shown.iter().map(|&index| part(at(index))).collect(),
        };
        let terms: Vec<TermRow> = parts.into_iter().map(row).collect();
        let star = shown.iter().position(|&index| index == star).expect("the star is among the bars");
        let others =
            |row: &TermRow| row.bars.iter().copied().enumerate().filter(|(i, _)| *i != star).collect::<Vec<_>>();
        let bars = terms.iter().flat_map(others);
        let range = bars.fold([0.0_f64, 0.0_f64], |[low, high], (_, bar)| [low.min(bar), high.max(bar)]);
        let star = star as u32;
        Ok(Self { terms, count: boxes.count, star, range })
    }
}

/// Computes the gradient of the y at `star` of an account.
///
/// # Errors
/// [`GroupingError`] if the method does not fit the shape.
pub fn gradient(account: &Account, star: u32) -> Result<Gradient, GroupingError> {
    Gradient::of(account.scene(), account.values(), account.x(), star)
}

/// The boxes of the x that the star's y depends on.
struct Boxes {
    star: u32,
    boxes: ArrayVec<(Tiling, u32), 3>,
    /// How many x they hold together.
    count: u32,
}

impl Boxes {
    fn of(gradient: &Gradient, shape: Shape, star: Place) -> Self {
        let boxes: ArrayVec<_, 3> = gradient.shares.iter().map(|share| (share.tiling, share.tile_idx)).collect();
        let around: ArrayVec<Region, 3> = boxes.iter().map(|(tiling, _)| Region::around(tiling, star)).collect();
        let [_, in_some, in_all] = counts(shape, &around);
        Self { star: gradient.star(), boxes, count: (in_some + in_all).max(1) }
    }

    /// Every nth x, each once, in order.
    fn indices(&self, nth: u32) -> Vec<u32> {
        let members = |&(tiling, tile_idx): &(Tiling, u32)| {
            (0..tiling.tile_len()).step_by(nth as usize).map(move |member| tiling.member(tile_idx, member))
        };
        let mut indices: Vec<u32> = self.boxes.iter().flat_map(members).collect();
        if indices.is_empty() {
            indices.push(self.star);
        }
        indices.sort_unstable();
        indices.dedup();
        indices
    }

    /// About `most` of the x.
    fn some(&self, most: u32) -> Vec<u32> {
        let nth = if self.count > MOST_SUMMED { self.count / MOST_SUMMED } else { 1 };
        let indices = self.indices(nth);
        let step = indices.len().div_ceil(most as usize);
        indices.into_iter().step_by(step).collect()
    }

    /// The sum of the gradient over all x. Over many it follows from the boxes: in each, the distances from the mean add
    /// up to 0, unless a norm does not subtract it.
    fn sum(&self, gradient: &Gradient, values: &Values, at: impl Fn(u32) -> Terms) -> Terms {
        let mut sum = Terms::default();
        if self.count > MOST_SUMMED {
            sum.direct = f64::from(gradient.direct);
            for (partition, share) in gradient.shares.iter().enumerate() {
                let len = f64::from(share.tiling.tile_len());
                sum.by_mean += f64::from(share.by_mean) * len;
                if !values.maps_planes() {
                    let distance = f64::from(values.mean(partition, share.tile_idx)) - share.mean;
                    sum.by_variance += f64::from(share.by_variance) * distance * len;
                }
            }
            return sum;
        }
        for index in self.indices(1) {
            let terms = at(index);
            sum.direct += terms.direct;
            sum.by_mean += terms.by_mean;
            sum.by_variance += terms.by_variance;
        }
        sum
    }
}
