//! The precision lens: one set of values, shifted away from zero, and its variance by four algorithms in f32.
//!
//! The first three are the textbook's, one value after another, and are here to be seen failing; the engine uses the
//! fourth.

use super::account::Account;
use super::number::fixed;
use crate::grouping::GroupingError;
use crate::moments::Moments;
use crate::scene::Place;
use serde::Serialize;
use tsify::Tsify;

/// Most values that are used: a picture of rounding needs no more.
pub const MOST_VALUES: u32 = 1 << 16;

/// The digits that f32 holds.
const DIGITS_OF_F32: f64 = 7.2;

/// The results of four algorithms for a set of values.
#[derive(Clone, PartialEq, Debug, Serialize, Tsify)]
#[serde(rename_all = "camelCase")]
pub struct Lens {
    /// How many values were used.
    pub count: u32,
    /// How many there are.
    pub of: u32,
    /// Their mean, in f64.
    pub mean: String,
    /// Their variance, in f64: of the values as f32 holds them after the shift.
    pub variance: String,
    /// One pass, Welford, two passes, ours.
    pub rows: Vec<LensRow>,
}

/// The result of one algorithm.
#[derive(Clone, PartialEq, Debug, Serialize, Tsify)]
#[serde(rename_all = "camelCase")]
pub struct LensRow {
    /// Which one.
    pub algorithm: Algorithm,
    /// The variance.
    pub variance: String,
    /// x̂ of the value in focus with that variance: NaN if variance and ε add up to less than 0.
    pub x_hat: String,
    /// How many digits of the variance are right, from 0 to those of f32.
    pub digits: f64,
    /// Whether x̂ is NaN.
    pub is_nan: bool,
}

/// An algorithm for the variance.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Tsify)]
#[serde(rename_all = "kebab-case")]
pub enum Algorithm {
    /// `E[x²] − E[x]²`.
    OnePass,
    /// One value at a time, about the mean so far. Source: Welford 1962.
    Welford,
    /// First the mean, then the squared distances from it.
    TwoPass,
    /// [`Moments::of`].
    Ours,
}

impl Algorithm {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::OnePass, Self::Welford, Self::TwoPass, Self::Ours];

    /// Computes the mean and the variance of `values`, in f32.
    pub fn mean_variance(self, values: &[f32]) -> [f32; 2] {
        let n = values.len() as f32;
        match self {
            Self::OnePass => {
                let (mut sum, mut squares) = (0.0_f32, 0.0_f32);
                for &x in values {
                    sum += x;
                    squares += x * x;
                }
                let mean = sum / n;
                [mean, squares / n - mean * mean]
            }
            Self::Welford => {
                let (mut mean, mut m2, mut count) = (0.0_f32, 0.0_f32, 0.0_f32);
                for &x in values {
                    count += 1.0;
                    let delta = x - mean;
                    mean += delta / count;
                    m2 += delta * (x - mean);
                }
                [mean, m2 / n]
            }
            Self::TwoPass => {
                let mean = values.iter().sum::<f32>() / n;
                [mean, values.iter().map(|x| (x - mean) * (x - mean)).sum::<f32>() / n]
            }
            Self::Ours => {
                let moments = Moments::of(values);
                [moments.mean(), moments.variance()]
            }
        }
    }
}

/// Computes the mean and the variance of `values` in f64, in two passes.
pub fn truth(values: &[f32]) -> [f64; 2] {
    let n = values.len() as f64;
    let mean = values.iter().map(|&x| f64::from(x)).sum::<f64>() / n;
    [mean, values.iter().map(|&x| (f64::from(x) - mean).powi(2)).sum::<f64>() / n]
}

/// How many digits of `got` match `want`, from 0 to what f32 holds.
pub fn digits_right(got: f64, want: f64) -> f64 {
    if got == want {
        return DIGITS_OF_F32;
    }
    let digits = -((got - want).abs() / want.abs()).log10();
    if digits.is_nan() { 0.0 } else { digits.clamp(0.0, DIGITS_OF_F32) }
}

impl Lens {
    /// The lens on the group of a place, shifted by `offset`.
    ///
    /// # Errors
    /// [`GroupingError`] if the method does not fit the shape.
    pub fn of(account: &Account, at: Place, offset: f32) -> Result<Option<Self>, GroupingError> {
        let sets = account.sets(at)?;
        let Some(set) = sets.iter().rfind(|set| !set.is_kept) else { return Ok(None) };
        let of = set.tiling.tile_len();
        let count = of.min(MOST_VALUES);
        let value = |member| account.x().value(set.tiling.member(set.tile_idx, member)) + offset;
        let values: Vec<f32> = (0..count).map(value).collect();
        let x = account.x().value(account.index(at)) + offset;
        Ok(Some(Self { count, of, ..Self::of_values(&values, x, account.scene().epsilon) }))
    }

    /// The lens on `values`, with x̂ of `x`.
    pub fn of_values(values: &[f32], x: f32, epsilon: f32) -> Self {
        let [mean, variance] = truth(values);
        let row = |algorithm: Algorithm| {
            let [got_mean, got] = algorithm.mean_variance(values);
            let x_hat = (x - got_mean) / (got + epsilon).sqrt();
            LensRow {
                algorithm,
                variance: fixed(f64::from(got), 4),
                x_hat: fixed(f64::from(x_hat), 3),
                digits: digits_right(f64::from(got), variance),
                is_nan: x_hat.is_nan(),
            }
        };
        Self {
            count: values.len() as u32,
            of: values.len() as u32,
            mean: fixed(mean, 4),
            variance: fixed(variance, 4),
            rows: Algorithm::ALL.map(row).into(),
        }
    }
}
