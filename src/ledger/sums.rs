//! The sums of one value: x, the mean and variance of its group, x̂ and y, each as a formula with its numbers.
//!
//! Operands are written with as many digits as it takes for the formula to give the result that stands behind it, and with
//! one more than that at least.

use super::account::{Account, Set};
use super::formula::{
    Formula, Opens, Quantity, chosen_number, count, factor, fraction, less, letter, letter_of, number, power_of_ten,
    root, row, sign, squared_of,
};
use super::number::{decimal, digits_that_hold, fixed, rounded};
use crate::grouping::GroupingError;
use crate::moments::Moments;
use crate::norm::blend::softmax;
use crate::norm::{self, Norm};
use crate::scene::{Method, Place, Stage};
use serde::Serialize;
use tsify::Tsify;

/// Digits after the point of x, μ and σ².
const DIGITS: usize = 4;

/// Digits after the point of x̂ and y.
const RESULT_DIGITS: usize = 3;

/// Terms of a sum that are written out.
const N_TERMS: u32 = 4;

/// The sums of one value.
#[derive(Clone, PartialEq, Debug, Serialize, Tsify)]
#[serde(rename_all = "camelCase")]
pub struct Sums {
    /// Where it is.
    pub place: Place,
    /// One below the other, from x to y.
    pub lines: Vec<SumLine>,
    /// The sets of values behind the means.
    pub sets: Vec<SetSums>,
    /// The weights of the mean and the variance of each set, of a norm which mixes them.
    pub weights: Vec<[String; 2]>,
    /// What the batch leaves behind, of a norm that keeps averages.
    pub kept: Option<Kept>,
    /// x, x̂ and y, as the engine has them.
    pub values: [f32; 3],
}

/// A letter, and what it equals.
#[derive(Clone, PartialEq, Debug, Serialize, Tsify)]
#[serde(rename_all = "camelCase")]
pub struct SumLine {
    /// Left of the sign.
    pub letter: Formula,
    /// In letters, for who has the room.
    pub general: Option<Formula>,
    /// With the numbers put in.
    pub substituted: Option<Formula>,
    /// What comes out.
    pub result: Formula,
    /// What it is, in a few words.
    pub note: Option<String>,
}

/// Where a mean and a variance came from.
#[derive(Clone, PartialEq, Debug, Serialize, Tsify)]
#[serde(rename_all = "camelCase")]
pub struct SetSums {
    /// Which, of a norm that mixes several.
    pub name: Option<&'static str>,
    /// How many values.
    pub count: u32,
    /// Σ x.
    pub sum: String,
    /// Σ x / n.
    pub mean: String,
    /// Σ (x − μ)², or Σ x² where no mean is taken.
    pub squares: String,
    /// That over n.
    pub variance: String,
    /// The first values.
    pub terms: Vec<String>,
    /// Their squared distances.
    pub square_terms: Vec<String>,
    /// How many are not written out.
    pub more: u32,
    /// The box of values: where it begins and ends along N, C, H, W.
    pub from: [u32; 4],
    /// See `from`.
    pub to: [u32; 4],
    /// Whether they were kept from training.
    pub is_kept: bool,
    /// Whether a mean is taken.
    pub centers: bool,
}

/// The averages of the cell's channel before and after this batch.
#[derive(Clone, PartialEq, Debug, Serialize, Tsify)]
#[serde(rename_all = "camelCase")]
pub struct Kept {
    /// Values of the batch's channel.
    pub count: u32,
    /// Their variance with n below, which normalizes.
    pub biased: String,
    /// Their variance with n − 1 below, which is stored.
    pub unbiased: String,
    /// The running mean before, and after.
    pub mean: [String; 2],
    /// The running variance before, and after.
    pub variance: [String; 2],
    /// The batch's mean.
    pub batch_mean: String,
}

impl Sums {
    /// The sums of the value at a place.
    ///
    /// # Errors
    /// [`GroupingError`] if the method does not fit the shape.
    pub fn of(account: &Account, at: Place) -> Result<Self, GroupingError> {
        let sets = account.sets(at)?;
        let index = account.index(at);
        let x = account.x().value(index);
        let values = [Stage::X, Stage::XHat, Stage::Y].map(|stage| account.values().at(stage, index, x));
        let writer = Writer { account, sets: &sets, values: values.map(f64::from) };
        Ok(Self {
            place: at,
            lines: writer.lines(),
            sets: sets.iter().map(|set| set_sums(account, set, at)).collect(),
            weights: writer.weights().iter().map(|pair| pair.map(|weight| fixed(weight, 2))).collect(),
            kept: kept(account, at)?,
            values,
        })
    }
}

struct Writer<'a> {
    account: &'a Account,
    sets: &'a [Set],
    values: [f64; 3],
}

fn opens(what: Quantity, set: usize) -> Option<Opens> {
    Some(Opens { what, set: set as u32 })
}

impl Writer<'_> {
    fn lines(&self) -> Vec<SumLine> {
        let [x, _, y] = self.values;
        let of_x = opens(Quantity::X, 0);
        let mut lines = vec![plain(letter("x"), number(x, DIGITS, of_x))];
        if self.sets.is_empty() {
            lines.push(SumLine {
                general: Some(letter("x")),
                note: Some("goes on as it is".into()),
                ..plain(letter("y"), number(y, DIGITS, opens(Quantity::Y, 0)))
            });
            return lines;
        }
        for (place, set) in self.sets.iter().enumerate() {
            lines.extend(self.statistics(place, set));
        }
        match self.account.scene().method {
            Method::Norm(Norm::BatchInstance) => lines.extend(self.batch_instance()),
            Method::Norm(Norm::Switchable) => lines.extend(self.switchable()),
            Method::Norm(
                Norm::None
                | Norm::Batch
                | Norm::Layer
                | Norm::Instance
                | Norm::Group { .. }
                | Norm::Axes(_)
                | Norm::Rms(_)
                | Norm::GhostBatch { .. }
                | Norm::SyncBatch { .. },
            )
            | Method::Own(_) => lines.push(self.x_hat(letter("x̂"), None, 0, &self.sets[0], self.values[1])),
        }
        lines.push(self.y());
        lines
    }

    /// μ = Σ/n and σ² = Σ/n, or what was kept of them.
    fn statistics(&self, place: usize, set: &Set) -> Vec<SumLine> {
        let mean = |note| SumLine {
            note,
            ..plain(letter_of("μ", set.index()), number(set.mean(), DIGITS, opens(Quantity::Mean, place)))
        };
        let variance_result = number(set.variance(), DIGITS, opens(Quantity::Variance, place));
        let square = if set.centers { squared_of("σ", set.index()) } else { letter("ms") };
        if set.is_kept {
            let note = Some("kept from training".to_owned());
            return vec![mean(note.clone()), SumLine { note, ..plain(square, variance_result) }];
        }
        let n = set.moments.count;
        let over_count = |total: f64, result: f64, what| {
            let digits = digits_that_hold(result, DIGITS, 3, |digits| rounded(total, digits) / f64::from(n));
            row([number(total, digits, opens(what, place)), sign("∕"), count(n as u32)])
        };
        let total = set.mean() * f64::from(n);
        let squares = f64::from(set.moments.m2);
        let variance = SumLine {
            substituted: Some(over_count(squares, set.variance(), Quantity::Variance)),
            ..plain(square, variance_result)
        };
        if !set.centers {
            return vec![SumLine { note: Some("mean square; no mean is taken".into()), ..variance }];
        }
        vec![
            SumLine {
                substituted: Some(over_count(total, set.mean(), Quantity::Mean)),
                ..mean(set.name.map(Into::into))
            },
            variance,
        ]
    }

    /// x̂ = (x − μ)/√(σ² + ε).
    fn x_hat(&self, name: Formula, index: Option<&'static str>, place: usize, set: &Set, result: f64) -> SumLine {
        let square = if set.centers { squared_of("σ", index) } else { letter("ms") };
        let general_over =
            if set.centers { row([letter("x"), sign("−"), letter_of("μ", index)]) } else { letter("x") };
        let general = fraction(general_over, root(row([square, sign("+"), letter("ε")])));
        let substituted = self.normalized(set, set.mean(), set.variance(), place, result);
        SumLine {
            general: Some(general),
            substituted: Some(substituted),
            ..plain(name, number(result, RESULT_DIGITS, opens(Quantity::XHat, place)))
        }
    }

    /// The numbers of (x − mean)/√(variance + ε).
    fn normalized(&self, set: &Set, mean: f64, variance: f64, place: usize, result: f64) -> Formula {
        let x = self.values[0];
        let epsilon = decimal(self.account.scene().epsilon);
        let digits = digits_that_hold(result, RESULT_DIGITS, DIGITS, |digits| {
            let mean = if set.centers { rounded(mean, digits) } else { 0.0 };
            (rounded(x, digits) - mean) / (rounded(variance, digits) + epsilon).sqrt()
        });
        let x = (x, opens(Quantity::X, 0));
        let over =
            if set.centers { less(x, (mean, opens(Quantity::Mean, place)), digits) } else { number(x.0, digits, x.1) };
        let variance = number(variance, digits, opens(Quantity::Variance, place));
        fraction(over, root(row([variance, sign("+"), power_of_ten(self.account.scene().epsilon)])))
    }

    /// x̂ of both norms, and the mixture.
    fn batch_instance(&self) -> Vec<SumLine> {
        let epsilon = self.account.scene().epsilon;
        let x = self.values[0];
        let hats: Vec<f64> =
            self.sets.iter().map(|set| (x - set.mean()) * f64::from(norm::rstd(set.moments, epsilon))).collect();
        let mut lines: Vec<SumLine> = self
            .sets
            .iter()
            .zip(&hats)
            .enumerate()
            .map(|(place, (set, &hat))| {
                let name = letter_of("x̂", set.index());
                SumLine { general: None, ..self.x_hat(name, set.index(), place, set, hat) }
            })
            .collect();
        // The batch's, which is the second, comes first in the formula: ρ is its weight.
        let terms = [(1, decimal(self.account.scene().rho)), (0, 1.0 - decimal(self.account.scene().rho))];
        let general = row([
            letter("ρ"),
            letter_of("x̂", Some("B")),
            sign("+"),
            sign("("),
            count(1),
            sign("−"),
            letter("ρ"),
            sign(")"),
            letter_of("x̂", Some("I")),
        ]);
        let parts = terms.map(|(place, weight)| Part { weight, value: hats[place], what: Quantity::XHat, place });
        lines.push(self.mixed(letter("x̂"), Some(general), &parts, self.values[1], RESULT_DIGITS, Quantity::XHat));
        lines
    }

    /// M and V, and x̂ by them.
    fn switchable(&self) -> Vec<SumLine> {
        let weights = self.weights();
        let parts = |which: usize, what: Quantity, value: fn(&Set) -> f64| {
            let part =
                |(place, set): (usize, &Set)| Part { weight: weights[place][which], value: value(set), what, place };
            self.sets.iter().enumerate().map(part).collect::<Vec<_>>()
        };
        let total = |parts: &[Part]| parts.iter().map(|part| part.weight * part.value).sum::<f64>();
        let means = parts(0, Quantity::Mean, Set::mean);
        let variances = parts(1, Quantity::Variance, Set::variance);
        let (mean, variance) = (total(&means), total(&variances));
        let last = self.sets.len() - 1;
        let x_hat = SumLine {
            substituted: Some(self.normalized(&self.sets[last], mean, variance, last, self.values[1])),
            general: Some(fraction(
                row([letter("x"), sign("−"), letter("μ")]),
                root(row([squared_of("σ", None), sign("+"), letter("ε")])),
            )),
            ..plain(letter("x̂"), number(self.values[1], RESULT_DIGITS, opens(Quantity::XHat, 0)))
        };
        vec![
            self.mixed(letter("μ"), None, &means, mean, RESULT_DIGITS, Quantity::Mean),
            self.mixed(squared_of("σ", None), None, &variances, variance, RESULT_DIGITS, Quantity::Variance),
            x_hat,
        ]
    }

    /// A sum of weights times values.
    fn mixed(
        &self,
        name: Formula,
        general: Option<Formula>,
        parts: &[Part],
        result: f64,
        shown: usize,
        what: Quantity,
    ) -> SumLine {
        let digits = digits_that_hold(result, shown, 2, |digits| {
            let value_digits = digits.max(shown + 1);
            parts.iter().map(|part| rounded(part.weight, digits) * rounded(part.value, value_digits)).sum()
        });
        let mut terms = Vec::new();
        for (place, part) in parts.iter().enumerate() {
            if place > 0 {
                terms.push(sign("+"));
            }
            let value = factor(part.value, digits.max(shown + 1), opens(part.what, part.place));
            terms.extend([number(part.weight, digits, None), sign("·"), value]);
        }
        SumLine { general, substituted: Some(row(terms)), ..plain(name, number(result, shown, opens(what, 0))) }
    }

    /// y = γ·x̂ + β.
    fn y(&self) -> SumLine {
        let [_, x_hat, y] = self.values;
        let (gamma, beta) = (self.account.scene().gamma, self.account.scene().beta);
        let digits = digits_that_hold(y, RESULT_DIGITS, DIGITS, |digits| {
            decimal(gamma) * rounded(x_hat, digits) + decimal(beta)
        });
        let (between, size) = if beta < 0.0 { ("−", -beta) } else { ("+", beta) };
        let x_hat = factor(x_hat, digits, opens(Quantity::XHat, 0));
        SumLine {
            general: Some(row([letter("γ"), letter("x̂"), sign("+"), letter("β")])),
            substituted: Some(row([chosen_number(gamma), sign("×"), x_hat, sign(between), chosen_number(size)])),
            ..plain(letter("y"), number(y, RESULT_DIGITS, opens(Quantity::Y, 0)))
        }
    }

    /// The weights of the mean and the variance of every set; none of a norm that mixes nothing.
    fn weights(&self) -> Vec<[f64; 2]> {
        let scene = self.account.scene();
        match scene.method {
            Method::Norm(Norm::BatchInstance) => {
                let rho = decimal(scene.rho);
                vec![[1.0 - rho; 2], [rho; 2]]
            }
            Method::Norm(Norm::Switchable) => {
                let [means, variances] = [scene.mean_logits, scene.variance_logits].map(|logits| softmax(&logits));
                (0..3).map(|k| [f64::from(means[k]), f64::from(variances[k])]).collect()
            }
            Method::Norm(
                Norm::None
                | Norm::Batch
                | Norm::Layer
                | Norm::Instance
                | Norm::Group { .. }
                | Norm::Axes(_)
                | Norm::Rms(_)
                | Norm::GhostBatch { .. }
                | Norm::SyncBatch { .. },
            )
            | Method::Own(_) => vec![],
        }
    }
}

/// A weight times a value.
#[derive(Clone, Copy)]
struct Part {
    weight: f64,
    value: f64,
    what: Quantity,
    place: usize,
}

fn plain(letter: Formula, result: Formula) -> SumLine {
    SumLine { letter, general: None, substituted: None, result, note: None }
}

fn set_sums(account: &Account, set: &Set, at: Place) -> SetSums {
    let region = set.region(at);
    let count = set.tiling.tile_len();
    let n_terms = count.min(N_TERMS);
    let member = |member_idx| f64::from(account.x().value(set.tiling.member(set.tile_idx, member_idx)));
    let members: Vec<f64> = (0..n_terms).map(member).collect();
    let mean = if set.centers { set.mean() } else { 0.0 };
    let n = f64::from(set.moments.count);
    SetSums {
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
        is_kept: set.is_kept,
        centers: set.centers,
    }
}

/// What the batch does to the averages of the channel of a place.
fn kept(account: &Account, at: Place) -> Result<Option<Kept>, GroupingError> {
    let (Some(running), Some(&tiling)) =
        (account.running(), account.scene().method.tilings(account.scene().shape)?.last())
    else {
        return Ok(None);
    };
    // Parts of the batch move the averages one after the other.
    let parts = (0..account.scene().shape.n / tiling.spans()[0])
        .map(|part| tiling.tile_of(account.index(Place { n: part * tiling.spans()[0], ..at })))
        .map(|tile_idx| account.moments(tiling, tile_idx, true));
    let parts: Vec<Moments> = parts.collect();
    let before = running[at.c as usize];
    let mut after = [before];
    norm::update_running(account.scene().momentum, &parts, &mut after);
    let own = account.moments(tiling, tiling.tile_of(account.index(at)), true);
    let text = |value: f32| fixed(f64::from(value), DIGITS);
    Ok(Some(Kept {
        count: own.count as u32,
        biased: text(own.variance()),
        unbiased: text(own.sample_variance()),
        mean: [before, after[0]].map(|moments| text(moments.mean())),
        variance: [before, after[0]].map(|moments| text(moments.variance())),
        batch_mean: text(own.mean()),
    }))
}
