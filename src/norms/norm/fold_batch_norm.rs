//! Batch norm folded into the convolution before it: in evaluation both are affine, so one can do the work of both.
//!
//! Works on weights only; `files::onnx` writes the folded network.

use thiserror::Error;

/// A batch norm in evaluation: y = γ·(x − mean)/√(variance + ε) + β for each channel.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct EvaluatedBatchNorm<'a> {
    /// γ, \[C\].
    pub gamma: &'a [f32],
    /// β, \[C\].
    pub beta: &'a [f32],
    /// Running mean, \[C\].
    pub mean: &'a [f32],
    /// Running variance, \[C\].
    pub variance: &'a [f32],
    /// ε, added to the variance.
    pub epsilon: f32,
}

/// How the gain of a folded channel is computed.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum Formula {
    /// γ/√(variance + ε).
    #[default]
    Correct,
    /// γ/variance, as in the code of the normalization overview: wrong by √(variance + ε)/variance, unless the variance
    /// is near 1. For showing the effect of that.
    AsWritten,
}

/// Why a batch norm cannot be folded.
#[derive(Clone, Copy, PartialEq, Debug, Error)]
pub enum FoldError {
    /// A table that does not have one value per channel.
    #[error("{found} values of {table} found, {channels} expected, one per output channel")]
    Channels {
        /// Which table.
        table: &'static str,
        /// Its length.
        found: usize,
        /// C_out.
        channels: usize,
    },
    /// A negative variance, or one with which the gain would be infinite.
    #[error("variance[{channel}] is {value}, a finite number {expected} expected")]
    Variance {
        /// Its channel.
        channel: usize,
        /// The variance.
        value: f32,
        /// The range it should be in.
        expected: &'static str,
    },
    /// An ε that is negative or not a number.
    #[error("epsilon is {value}, a finite number not below 0 expected")]
    Epsilon {
        /// ε.
        value: f32,
    },
    /// Weights whose number is not a multiple of the output channels.
    #[error("{found} weights found, a positive multiple of {channels} output channels expected")]
    Weights {
        /// How many weights.
        found: usize,
        /// C_out.
        channels: usize,
    },
}

/// Returns the weight and bias of a convolution that does what the given one and the batch norm after it do.
///
/// weight′ = weight·gain and bias′ = (bias − mean)·gain + β, with gain = γ/√(variance + ε). The gain is computed in f64.
///
/// # Shapes
/// `weight`: `[C_out, …]`, such as `[C_out, C_in, K, K]`; `bias`: `[C_out]`, zeros if not given. The results likewise.
///
/// # Examples
/// ```
/// use blue_cube::norm::fold_batch_norm::{EvaluatedBatchNorm, Formula, fold_batch_norm};
///
/// let norm = EvaluatedBatchNorm { gamma: &[6.0], beta: &[1.0], mean: &[5.0], variance: &[4.0], epsilon: 0.0 };
/// let (weight, bias) = fold_batch_norm(&[1.0, 2.0], 1, Some(&[5.0]), norm, Formula::Correct)?;
/// assert_eq!((weight, bias), (vec![3.0, 6.0], vec![1.0])); // the gain is 6/√4 = 3
/// # Ok::<(), blue_cube::norm::fold_batch_norm::FoldError>(())
/// ```
///
/// # Errors
/// [`FoldError`] names the first table whose length does not fit `out_channels`, or the first invalid variance.
///
/// Source: Jacob et al. 2018, batch normalization folding.
pub fn fold_batch_norm(
    weight: &[f32],
    out_channels: usize,
    bias: Option<&[f32]>,
    norm: EvaluatedBatchNorm<'_>,
    formula: Formula,
) -> Result<(Vec<f32>, Vec<f32>), FoldError> {
    check(weight, out_channels, bias, norm)?;
    check_gains(norm, formula)?;
    let gain = |channel: usize| {
        let (gamma, variance) = (f64::from(norm.gamma[channel]), f64::from(norm.variance[channel]));
        match formula {
            Formula::Correct => gamma / (variance + f64::from(norm.epsilon)).sqrt(),
            Formula::AsWritten => gamma / variance,
        }
    };
    let taps = weight.len() / out_channels;
    let folded_weight = (0..).zip(weight).map(|(i, &w)| (f64::from(w) * gain(i / taps)) as f32).collect();
    let folded_bias = (0..out_channels).map(|channel| {
        let bias = bias.map_or(0.0, |bias| f64::from(bias[channel]));
        ((bias - f64::from(norm.mean[channel])) * gain(channel) + f64::from(norm.beta[channel])) as f32
    });
    Ok((folded_weight, folded_bias.collect()))
}

fn check(weight: &[f32], channels: usize, bias: Option<&[f32]>, norm: EvaluatedBatchNorm<'_>) -> Result<(), FoldError> {
    if channels == 0 || weight.is_empty() || !weight.len().is_multiple_of(channels) {
        return Err(FoldError::Weights { found: weight.len(), channels });
    }
    let tables = [
        ("bias", bias.map_or(channels, <[f32]>::len)),
        ("gamma", norm.gamma.len()),
        ("beta", norm.beta.len()),
        ("mean", norm.mean.len()),
        ("variance", norm.variance.len()),
    ];
    match tables.into_iter().find(|(_, found)| *found != channels) {
        Some((table, found)) => Err(FoldError::Channels { table, found, channels }),
        None => Ok(()),
    }
}

fn check_gains(norm: EvaluatedBatchNorm<'_>, formula: Formula) -> Result<(), FoldError> {
    let EvaluatedBatchNorm { variance, epsilon, .. } = norm;
    if !(epsilon.is_finite() && epsilon >= 0.0) {
        return Err(FoldError::Epsilon { value: epsilon });
    }
    // A variance of 0 is a divisor of 0 unless something is added to it.
    let adds = formula == Formula::Correct && epsilon > 0.0;
    let expected = if adds { "not below 0" } else { "above 0" };
    let is_good = |value: f32| value.is_finite() && (value > 0.0 || adds && value == 0.0);
    match (0..).zip(variance).find(|&(_, &value)| !is_good(value)) {
        Some((channel, &value)) => Err(FoldError::Variance { channel, value, expected }),
        None => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TABLES: [&[f32]; 4] = [&[1.0, -2.0], &[0.5, 0.0], &[3.0, 1.0], &[4.0, 0.25]];

    fn norm([gamma, beta, mean, variance]: [&[f32]; 4]) -> EvaluatedBatchNorm<'_> {
        EvaluatedBatchNorm { gamma, beta, mean, variance, epsilon: 0.0 }
    }

    #[test]
    fn gains_are_by_root_or_as_written() {
        let fold = |bias, formula| fold_batch_norm(&[2.0, 4.0, 1.0, 8.0], 2, bias, norm(TABLES), formula).unwrap();
        assert_eq!(fold(Some(&[1.0, 0.0]), Formula::Correct), (vec![1.0, 2.0, -4.0, -32.0], vec![-0.5, 4.0]));
        assert_eq!(fold(None, Formula::Correct).1, [-1.0, 4.0]);
        assert_eq!(fold(Some(&[1.0, 0.0]), Formula::AsWritten), (vec![0.5, 1.0, -8.0, -64.0], vec![0.0, 8.0]));
    }

    #[test]
    fn lengths_that_do_not_fit_are_named() {
        let fold = |weight: &[f32], channels, bias, tables| {
            fold_batch_norm(weight, channels, bias, norm(tables), Formula::Correct).unwrap_err().to_string()
        };
        let weights = "weights found, a positive multiple of";
        assert_eq!(fold(&[1.0; 3], 2, None, TABLES), format!("3 {weights} 2 output channels expected"));
        assert_eq!(fold(&[], 0, None, TABLES), format!("0 {weights} 0 output channels expected"));
        let channels = "expected, one per output channel";
        assert_eq!(fold(&[1.0; 4], 2, Some(&[1.0]), TABLES), format!("1 values of bias found, 2 {channels}"));
        for (table_idx, table) in ["gamma", "beta", "mean", "variance"].into_iter().enumerate() {
            let mut tables = TABLES;
            tables[table_idx] = &[1.0; 3];
            assert_eq!(fold(&[1.0; 4], 2, None, tables), format!("3 values of {table} found, 2 {channels}"));
        }
    }

    #[test]
    fn variances_that_cannot_be_are_named() {
        let fold = |variance: &[f32], epsilon, formula| {
            let norm = EvaluatedBatchNorm { epsilon, ..norm([TABLES[0], TABLES[1], TABLES[2], variance]) };
            fold_batch_norm(&[1.0; 4], 2, None, norm, formula)
        };
        let told = |variance: &[f32], epsilon, formula| fold(variance, epsilon, formula).unwrap_err().to_string();
        let zero = "variance[1] is 0, a finite number above 0 expected";
        assert_eq!(
            told(&[1.0, -1.0], 1.0, Formula::Correct),
            "variance[1] is -1, a finite number not below 0 expected"
        );
        assert_eq!(
            told(&[f32::NAN, 1.0], 1.0, Formula::Correct),
            "variance[0] is NaN, a finite number not below 0 expected"
        );
        assert_eq!(told(&[1.0, 0.0], 0.0, Formula::Correct), zero);
        assert_eq!(told(&[1.0, 0.0], 1.0, Formula::AsWritten), zero);
        assert_eq!(told(&[1.0, 1.0], -1.0, Formula::Correct), "epsilon is -1, a finite number not below 0 expected");
        assert!(fold(&[1.0, 0.0], 1.0, Formula::Correct).is_ok());
    }
}
