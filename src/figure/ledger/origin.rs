//! Where a mean and a variance come from: the set of values and its sums, or the averages kept from training.

use super::account::{Account, Set};
use super::number::fixed;
use super::sums::DIGITS;
use crate::figure::cube::values::odd_step;
use crate::figure::scene::{Place, Stored};
use crate::norms::grouping::GroupingError;
use crate::norms::grouping::tiling::Axis;
use crate::norms::moments::Moments;
use crate::norms::norm;
use serde::Serialize;
use tsify::Tsify;

/// Most parts of a batch that update the running averages one by one.
const MOST_PARTS: u32 = 1 << 12;

/// Terms of a sum that are written out.
const N_TERMS: u32 = 4;

/// Where a mean and a variance come from.
#[derive(Clone, PartialEq, Debug, Serialize, Tsify)]
#[serde(rename_all = "camelCase")]
pub struct SetSums {
    /// The name of the set, in a norm that mixes several.
    pub name: Option<&'static str>,
    /// How many values there are.
    pub count: u32,
    /// Σ x.
    pub sum: String,
    /// Σ x / n.
    pub mean: String,
    /// Σ (x − μ)², or Σ x² if no mean is subtracted.
    pub squares: String,
    /// That over n.
    pub variance: String,
    /// The first values.
    pub terms: Vec<String>,
    /// Their squared distances.
    pub square_terms: Vec<String>,
    /// How many terms are not written out.
    pub more: u32,
    /// The start of the box of values along N, C, H, W.
    pub from: [u32; 4],
    /// The end of the box.
    pub to: [u32; 4],
    /// The box in words: "image 0, channels 0 to 2, rows 0 to 3, columns 0 to 3".
    pub words: String,
    /// Whether the statistics were kept from training.
    pub is_kept: bool,
    /// Whether the mean is subtracted.
    pub centers: bool,
}

/// The running averages of the cell's channel before and after this batch.
#[derive(Clone, PartialEq, Debug, Serialize, Tsify)]
#[serde(rename_all = "camelCase")]
pub struct Kept {
    /// Whose values these are: "In this batch, this channel’s".
    pub whose: String,
    /// Values of the batch's channel.
    pub count: u32,
    /// Their variance divided by n, which normalizes.
    pub biased: String,
    /// The variance that the scene's framework stores: divided by n − 1, or the biased one.
    pub stored: String,
    /// Whether that is the biased one.
    pub stores_biased: bool,
    /// The running mean before, and after.
    pub mean: [String; 2],
    /// The running variance before, and after.
    pub variance: [String; 2],
    /// The batch's mean.
    pub batch_mean: String,
}

impl SetSums {
    /// Returns the sums of a set, seen from a place in it.
    pub fn of(account: &Account, set: &Set, at: Place) -> Self {
        let region = set.region(at);
        let count = set.tiling.tile_len();
        let n_terms = count.min(N_TERMS);
        let member = |member_idx| f64::from(account.x().value(set.tiling.member(set.tile_idx, member_idx)));
        let members: Vec<f64> = (0..n_terms).map(member).collect();
        let mean = if set.centers { set.mean() } else { 0.0 };
        let n = f64::from(set.moments.count);
        Self {
            name: set.name,
            count,
            sum: fixed(set.mean() * n, DIGITS),
            mean: fixed(set.mean(), DIGITS + 2),
            squares: fixed(f64::from(set.moments.m2), DIGITS),
            variance: fixed(set.variance(), DIGITS + 2),
            terms: members.iter().map(|&x| fixed(x, DIGITS)).collect(),
            square_terms: members.iter().map(|&x| fixed((x - mean).powi(2), DIGITS)).collect(),
            more: count - n_terms,
            from: region.from,
            to: region.to,
            words: account.scene().layout.span(region.from, region.to),
            is_kept: set.is_kept,
            centers: set.centers,
        }
    }
}

impl Kept {
    /// What the batch does to the running averages of a place's channel; `None` for a norm that keeps none.
    ///
    /// # Errors
    /// [`GroupingError`] if the method does not fit the shape.
    pub fn of(account: &Account, at: Place) -> Result<Option<Self>, GroupingError> {
        let (Some(running), Some(&tiling)) =
            (account.running(), account.scene().method.tilings(account.scene().shape)?.last())
        else {
            return Ok(None);
        };
        let last = account.values().n_partitions() - 1;
        // Parts of the batch update the averages one after another. Of very many, one stands for n in a row.
        let n_parts = account.scene().shape.n / tiling.spans()[0];
        let nth = odd_step(n_parts, MOST_PARTS);
        let momentum = (0..nth).fold(1.0, |left, _| left * (1.0 - account.scene().momentum));
        let momentum = if nth > 1 { 1.0 - momentum } else { account.scene().momentum };
        let parts = (0..n_parts)
            .step_by(nth as usize)
            .map(|part| tiling.tile_of(account.index(Place { n: part * tiling.spans()[0], ..at })))
            .map(|tile_idx| account.values().moments(last, tile_idx));
        let parts: Vec<Moments> = parts.collect();
        let before = running.at(at.c);
        let mut after = [before];
        // A lane keeps the statistics of our engine, which are PyTorch's, whatever the calls are written in.
        let is_learned = account.parameters().learned_at(account.index(at)).is_some();
        let stored = if is_learned { Stored::Unbiased } else { account.scene().stored() };
        norm::update_running_with(stored.variance(), momentum, &parts, &mut after);
        let own = account.values().moments(last, tiling.tile_of(account.index(at)));
        let text = |value: f32| fixed(f64::from(value), DIGITS);
        let layout = account.scene().layout;
        let batch = if layout.has(Axis::N) { "batch" } else { layout.noun(Axis::N) };
        let owner = if layout.has(Axis::C) { format!("this {}’s", layout.noun(Axis::C)) } else { "the".into() };
        Ok(Some(Self {
            whose: format!("In this {batch}, {owner}"),
            count: own.count as u32,
            biased: text(own.variance()),
            stored: text(stored.variance()(own)),
            stores_biased: stored == Stored::Biased,
            mean: [before, after[0]].map(|moments| text(moments.mean())),
            variance: [before, after[0]].map(|moments| text(moments.variance())),
            batch_mean: text(own.mean()),
        }))
    }
}
