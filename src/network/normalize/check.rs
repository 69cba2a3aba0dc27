//! Whether the arguments of a call fit each other.

use super::{NormOptions, NormalizeError, Statistics};
use crate::norms::grouping::GroupingError;
use crate::norms::grouping::tiling::Axis;
use crate::norms::norm::{AffineAxes, AxesNorm, Norm, Recipe};
use crate::norms::shape::Shape;

/// # Errors
/// [`NormalizeError`] names the first argument that is wrong.
pub(super) fn check(x: &[f32], shape: Shape, options: &NormOptions<'_>) -> Result<(), NormalizeError> {
    let len = shape.checked_len().ok_or(NormalizeError::TooLarge { shape })?;
    if shape.is_empty() {
        return Err(GroupingError::Empty { shape }.into());
    }
    let affine_len = match settled(shape, options).recipe(shape)? {
        Some(Recipe::Axes(recipe)) => recipe.affine.n_tiles(),
        Some(Recipe::Planes(_) | Recipe::BatchInstance | Recipe::Switchable) | None => shape.c,
    };
    let finite = "a finite number";
    check_values("x", x, len, |x| x.is_finite(), finite)?;
    for (name, values) in [("gamma", options.gamma), ("beta", options.beta)] {
        values.map_or(Ok(()), |values| check_values(name, values, affine_len, |x| x.is_finite(), finite))?;
    }
    if let Some(rho) = options.mixture.rho {
        check_values("rho", rho, shape.c, |rho| (0.0..=1.0).contains(&rho), "a number from 0 to 1")?;
    }
    for (name, logits) in
        [("mean logits", options.mixture.mean_logits), ("variance logits", options.mixture.variance_logits)]
    {
        logits.map_or(Ok(()), |logits| check_values(name, &logits, 3, |x| x.is_finite(), finite))?;
    }
    let not_negative = "a finite number not below 0";
    check_values("epsilon", &[options.epsilon], 1, |x| x.is_finite() && x >= 0.0, not_negative)?;
    if let Statistics::Running { mean, variance } = options.statistics {
        if !options.norm.keeps_running() {
            return Err(NormalizeError::Without { norm: "this", what: "running statistics" });
        }
        check_values("running mean", mean, shape.c, |x| x.is_finite(), finite)?;
        check_values("running variance", variance, shape.c, |x| x.is_finite() && x >= 0.0, not_negative)?;
    }
    Ok(())
}

/// Returns the norm, with what γ and β run over taken from their length where nothing else says it. Running statistics are per
/// channel, so with them the parts of a batch do not matter and need not divide it.
pub(super) fn settled(shape: Shape, options: &NormOptions<'_>) -> Norm {
    let settle = |axes: AxesNorm| {
        let given = options.gamma.or(options.beta).map(|values| values.len() as u64);
        let len = |affine| match affine {
            AffineAxes::Channel => u64::from(shape.c),
            AffineAxes::Reduced => axes.axes.iter().map(|axis| u64::from(axis.length(shape))).product(),
            AffineAxes::Scalar => 1,
        };
        let fits = |&affine: &AffineAxes| given == Some(len(affine));
        let natural = axes.affine_axes();
        let affine = [natural, AffineAxes::Reduced, AffineAxes::Channel].into_iter().find(fits).unwrap_or(natural);
        AxesNorm { affine: axes.affine.or(Some(affine)), ..axes }
    };
    let is_running = matches!(options.statistics, Statistics::Running { .. });
    let mut norm = options.norm;
    if let Some(axes) = norm.axes_mut() {
        *axes = settle(*axes);
    }
    if is_running && norm.keeps_running() && norm.kind().number().divides() == Some(Axis::N) {
        return Norm::Batch;
    }
    norm
}

pub(super) fn check_values(
    name: &'static str,
    values: &[f32],
    len: u32,
    fits: impl Fn(f32) -> bool,
    expected: &'static str,
) -> Result<(), NormalizeError> {
    if values.len() != len as usize {
        return Err(NormalizeError::Len { name, found: values.len(), expected: len as usize });
    }
    match values.iter().position(|&value| !fits(value)) {
        Some(index) => Err(NormalizeError::Value { name, index, value: values[index], expected }),
        None => Ok(()),
    }
}
