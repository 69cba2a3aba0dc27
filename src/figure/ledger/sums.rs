//! The sums of one value: x, the mean and variance of its group, x̂ and y, each as a formula with its numbers.
//!
//! Operands have as many digits as the formula needs to give the result shown after it, and at least one more than that
//! result.

use super::account::{Account, Mixing, Set};
use super::formula::{
    Formula, Opens, Quantity, chosen_number, count, factor, fraction, less, letter, letter_of, number, power_of_ten,
    root, row, sign, squared_of,
};
use super::gain::GainHere;
use super::number::{decimal, digits_that_hold, fixed, rounded};
use super::origin::{Kept, SetSums};
use crate::figure::cube::parameters::ParametersHere;
use crate::figure::scene::Place;
use crate::norms::grouping::GroupingError;
use crate::norms::norm;
use crate::norms::norm::blend::softmax;
use serde::Serialize;
use tsify::Tsify;

/// Digits after the point of x, μ and σ².
pub(super) const DIGITS: usize = 4;

/// Digits after the point of x̂ and y.
const RESULT_DIGITS: usize = 3;

/// The sums of one value.
#[derive(Clone, PartialEq, Debug, Serialize, Tsify)]
#[serde(rename_all = "camelCase")]
pub struct Sums {
    /// Where the value is.
    pub place: Place,
    /// The same in words.
    pub words: String,
    /// The lines, from x to y.
    pub lines: Vec<SumLine>,
    /// The sets of values behind the means.
    pub sets: Vec<SetSums>,
    /// The weights of the mean and the variance of each set, in a norm that mixes them.
    pub weights: Vec<[String; 2]>,
    /// The running averages after the batch, if the norm keeps them.
    pub kept: Option<Kept>,
    /// x, x̂ and y, as the engine computes them.
    pub values: [f32; 3],
    /// The parameters of the value if they are a lane's learned ones instead of the scene's.
    pub learned: Option<ParametersHere>,
    /// γ and β of the value.
    pub gains: [GainHere; 2],
}

/// A letter, and what it equals.
#[derive(Clone, PartialEq, Debug, Serialize, Tsify)]
#[serde(rename_all = "camelCase")]
pub struct SumLine {
    /// The left-hand side.
    pub letter: Formula,
    /// In letters, if there is room.
    pub general: Option<Formula>,
    /// With numbers substituted.
    pub substituted: Option<Formula>,
    /// The result.
    pub result: Formula,
    /// What it is, in a few words.
    pub note: Option<String>,
}

impl Sums {
    /// Returns the sums of the value at a place.
    ///
    /// # Errors
    /// [`GroupingError`] if the method does not fit the shape.
    pub fn of(account: &Account, at: Place) -> Result<Self, GroupingError> {
        let sets = account.sets(at)?;
        let index = account.index(at);
        let x = account.x().value(index);
        let values = account.values().stages(index, x);
        let writer = Writer { account, sets: &sets, index, values: values.map(f64::from) };
        Ok(Self {
            place: at,
            words: account.scene().layout.place(at),
            lines: writer.lines(),
            sets: sets.iter().map(|set| SetSums::of(account, set, at)).collect(),
            weights: writer.weights().iter().map(|pair| pair.map(|weight| fixed(weight, 2))).collect(),
            kept: Kept::of(account, at)?,
            values,
            learned: account.parameters().learned_at(index),
            gains: GainHere::of(account, index),
        })
    }
}

struct Writer<'a> {
    account: &'a Account,
    sets: &'a [Set],
    /// The index of the value.
    index: u32,
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
                note: Some("passes through unchanged".into()),
                ..plain(letter("y"), number(y, DIGITS, opens(Quantity::Y, 0)))
            });
            return lines;
        }
        for (place, set) in self.sets.iter().enumerate() {
            lines.extend(self.statistics(place, set));
        }
        match self.account.mixing() {
            Mixing::Single => lines.push(self.x_hat(letter("x̂"), None, 0, &self.sets[0], self.values[1])),
            Mixing::BatchInstance => lines.extend(self.batch_instance()),
            Mixing::Switchable => lines.extend(self.switchable()),
        }
        lines.push(self.y());
        lines
    }

    /// μ = Σ/n and σ² = Σ/n, or their running averages.
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
            return vec![SumLine { note: Some("mean square; no mean is subtracted".into()), ..variance }];
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
        let subtracts = self.subtracts(set);
        let general_over =
            if subtracts { row([letter("x"), sign("−"), letter_of("μ", index)]) } else { letter("x") };
        let general = fraction(general_over, root(row([square, sign("+"), letter("ε")])));
        let substituted = self.normalized(set, set.mean(), set.variance(), place, result);
        SumLine {
            general: Some(general),
            substituted: Some(substituted),
            ..plain(name, number(result, RESULT_DIGITS, opens(Quantity::XHat, place)))
        }
    }

    /// Whether x̂ subtracts the mean of a set.
    fn subtracts(&self, set: &Set) -> bool {
        set.centers && !self.account.scene().uncentred
    }

    /// The numbers in (x − mean)/√(variance + ε).
    fn normalized(&self, set: &Set, mean: f64, variance: f64, place: usize, result: f64) -> Formula {
        let (x, subtracts) = (self.values[0], self.subtracts(set));
        let epsilon = decimal(self.account.scene().epsilon);
        let digits = digits_that_hold(result, RESULT_DIGITS, DIGITS, |digits| {
            let mean = if subtracts { rounded(mean, digits) } else { 0.0 };
            (rounded(x, digits) - mean) / (rounded(variance, digits) + epsilon).sqrt()
        });
        let x = (x, opens(Quantity::X, 0));
        let over =
            if subtracts { less(x, (mean, opens(Quantity::Mean, place)), digits) } else { number(x.0, digits, x.1) };
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
        let rho = decimal(self.account.parameters().rho_at(self.index));
        let terms = [(1, rho), (0, 1.0 - rho)];
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

    /// M and V, and x̂ from them.
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
        let parameters = self.account.parameters();
        let [gamma, beta] = parameters.affine_at(self.index);
        // What was learned, drawn or constrained is rounded like x̂; what a reader chose is shown as it was chosen.
        let is_learned = parameters.learned_at(self.index).is_some() || parameters.is_ruled();
        let shown = |value: f32, digits| if is_learned { rounded(f64::from(value), digits) } else { decimal(value) };
        let digits = digits_that_hold(y, RESULT_DIGITS, DIGITS, |digits| {
            shown(gamma, digits) * rounded(x_hat, digits) + shown(beta, digits)
        });
        let (between, size) = if beta < 0.0 { ("−", -beta) } else { ("+", beta) };
        let of_x_hat = opens(Quantity::XHat, 0);
        let [gamma, size] = [gamma, size]
            .map(|value| if is_learned { factor(f64::from(value), digits, None) } else { chosen_number(value) });
        let scene = self.account.scene();
        let [has_gamma, has_beta] = [scene.gamma_rule.is_present(), scene.has_beta()]
            .map(|has| has || parameters.learned_at(self.index).is_some());
        let (mut general, mut substituted) = (vec![], vec![]);
        if has_gamma {
            general.push(letter("γ"));
            substituted.extend([gamma, sign("×"), factor(x_hat, digits, of_x_hat)]);
        } else {
            substituted.push(number(x_hat, digits, of_x_hat));
        }
        general.push(letter("x̂"));
        if has_beta {
            general.extend([sign("+"), letter("β")]);
            substituted.extend([sign(between), size]);
        }
        SumLine {
            general: Some(row(general)),
            substituted: Some(row(substituted)),
            ..plain(letter("y"), number(y, RESULT_DIGITS, opens(Quantity::Y, 0)))
        }
    }

    /// The weights of the mean and the variance of every set; empty for a norm that mixes nothing.
    fn weights(&self) -> Vec<[f64; 2]> {
        let parameters = self.account.parameters();
        match self.account.mixing() {
            Mixing::Single => vec![],
            Mixing::BatchInstance => {
                let rho = decimal(parameters.rho_at(self.index));
                vec![[1.0 - rho; 2], [rho; 2]]
            }
            Mixing::Switchable => {
                let [means, variances] = parameters.logits().map(|logits| softmax(&logits));
                (0..3).map(|k| [f64::from(means[k]), f64::from(variances[k])]).collect()
            }
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
