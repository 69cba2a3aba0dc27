//! The gradient of the star's y, term by term: the data for a picture of it, and the sums of the terms.

use super::account::Account;
use super::number::fixed;
use crate::figure::cube::gradient::{Gradient, Terms};
use crate::norms::grouping::GroupingError;
use serde::Serialize;
use std::collections::BTreeSet;
use tsify::Tsify;

/// Most bars that are drawn.
const MOST_BARS: usize = 97;

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
        let indices = indices(&gradient, star);
        let mut sum = Terms::default();
        for &index in &indices {
            let terms = at(index);
            sum.direct += terms.direct;
            sum.by_mean += terms.by_mean;
            sum.by_variance += terms.by_variance;
        }
        let mut shown: Vec<u32> = indices.iter().copied().step_by(indices.len().div_ceil(MOST_BARS)).collect();
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
        Ok(Self { terms, count: indices.len() as u32, star, range })
    }
}

/// Computes the gradient of the y at `star` of an account.
///
/// # Errors
/// [`GroupingError`] if the method does not fit the shape.
pub fn gradient(account: &Account, star: u32) -> Result<Gradient, GroupingError> {
    Gradient::of(account.scene(), account.x(), account.planes(), account.running_taken(), star)
}

/// The index of every x that the star's y depends on.
fn indices(gradient: &Gradient, star: u32) -> Vec<u32> {
    match gradient.shares.as_slice() {
        [] => vec![star],
        [share] => share.tiling.members(share.tile_idx).collect(),
        shares => {
            let all: BTreeSet<u32> = shares.iter().flat_map(|share| share.tiling.members(share.tile_idx)).collect();
            all.into_iter().collect()
        }
    }
}
