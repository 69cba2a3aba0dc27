//! Formulas and constants that change the spread of the output.

use super::samples::{max_difference, normalized, sample};
use super::{Erratum, Outcome, Patch};
use crate::engine::random::Init;
use crate::figure::scene::WALK_ROOT;
use crate::figure::walkthrough::ROOT_LINE;
use crate::figure::walkthrough::measure::Walk;
use crate::norms::moments::Moments;
use crate::norms::norm::fold_batch_norm::{EvaluatedBatchNorm, Formula, fold_batch_norm};
use crate::norms::norm::{DEFAULT_EPSILON, Norm, RUNNING_START, rstd, update_running};
use crate::norms::shape::Shape;
use std::num::NonZeroU32;

/// Shape in comparisons between two norms: the output of the tutorial's convolution for two digits.
const SHAPE: Shape = Shape { n: 2, c: 10, h: 26, w: 26 };

/// Division by the variance instead of its root.
pub(super) fn root() -> Erratum {
    let mut walk = Walk::new(7);
    walk.step();
    let findings = walk.findings();
    let [as_written, corrected] =
        [findings.written, findings.corrected].map(|measured| Outcome::number(measured.statistics.std.into(), 2));
    let patch = Patch { line: Some(ROOT_LINE), ..Patch::default() };
    Erratum {
        id: WALK_ROOT,
        source: "The walkthrough",
        words: "divides by the variance instead of its square root",
        quantity: "std of the output",
        as_written,
        corrected,
        scenes: Some([patch; 2]),
    }
}

/// ε next to a small variance.
pub(super) fn epsilon() -> Erratum {
    /// Standard deviation of the input.
    const DEVIATION: f32 = 0.009;
    let epsilons = [1e-3, 1e-5];
    let mut x = normalized(Norm::Layer, SHAPE, 0.0, &sample(SHAPE, |_| (0.0, 1.0)));
    x.iter_mut().for_each(|x| *x *= DEVIATION);
    let [as_written, corrected] = epsilons.map(|epsilon| {
        let y = normalized(Norm::Layer, SHAPE, epsilon, &x);
        Outcome::number(Moments::of(&y).variance().sqrt().into(), 3)
    });
    let patch = |epsilon| Patch { epsilon: Some(epsilon), ..Patch::default() };
    Erratum {
        id: "walk-epsilon",
        source: "The walkthrough",
        words: "says 10⁻³ or 10⁻⁵ for ε shouldn’t matter; with a std of 0.009 it does",
        quantity: "std of the output",
        as_written,
        corrected,
        scenes: Some(epsilons.map(patch)),
    }
}

/// γ and β drawn from Keras' "random_uniform".
pub(super) fn random_gamma() -> Erratum {
    let x = normalized(Norm::Instance, SHAPE, DEFAULT_EPSILON, &sample(SHAPE, |_| (0.0, 1.0)));
    // 10 draws would depend on luck; 10,000 channels show the distribution.
    let spread = |init: Init| {
        let gamma = init.values(7, "gamma", 10_000);
        let squares: f64 = gamma.iter().map(|gamma| f64::from(*gamma).powi(2)).sum();
        let signal: f64 = x.iter().map(|x| f64::from(*x).powi(2)).sum::<f64>() / x.len() as f64;
        (squares / gamma.len() as f64 * signal).sqrt()
    };
    let [as_written, corrected] =
        [Init::RANDOM_UNIFORM, Init::Constant(1.0)].map(|init| Outcome::number(spread(init), 3));
    let patch = |gamma| Patch { gamma: Some(gamma), ..Patch::norm(Norm::Instance) };
    Erratum {
        id: "tutorial-random-gamma",
        source: "The tutorial",
        words: "draws instance norm’s γ from ±0.05, which crushes the signal",
        quantity: "rms of γ·x̂",
        as_written,
        corrected,
        scenes: Some([patch(0.029), patch(1.0)]),
    }
}

/// The bias of a convolution before a norm.
pub(super) fn cancelled_bias() -> Erratum {
    let five = NonZeroU32::new(5).expect("5 is not 0");
    let norms = [Norm::Instance, Norm::Group { groups: five }];
    let bias = |channel: u32| 0.5 * channel as f32;
    let [with, without] = [1.0, 0.0].map(|factor| sample(SHAPE, |channel| (factor * bias(channel), 1.0)));
    let change = |norm| {
        let [with, without] = [&with, &without].map(|x| normalized(norm, SHAPE, DEFAULT_EPSILON, x));
        max_difference(&with, &without)
    };
    let [as_written, corrected] = norms.map(|norm| Outcome::number(change(norm), 2));
    Erratum {
        id: "tutorial-bias",
        source: "The tutorial",
        words: "trains a bias that instance norm cancels; group norm does not",
        quantity: "what the bias changes",
        as_written,
        corrected,
        scenes: None,
    }
}

/// Batch norm folded into the layer before it.
pub(super) fn folded() -> Erratum {
    let [as_written, corrected] =
        [Formula::AsWritten, Formula::Correct].map(|formula| Outcome::number(fold_error(formula), 1));
    Erratum {
        id: "overview-fold",
        source: "The overview",
        words: "folds batch norm with γ/σ² instead of γ/√(σ² + ε)",
        quantity: "max |Δ| of the output",
        as_written,
        corrected,
        scenes: None,
    }
}

/// max |y − y′| between a pixel-wise convolution followed by batch norm in evaluation mode, and the convolution with
/// the norm folded in.
fn fold_error(formula: Formula) -> f64 {
    const CHANNELS: usize = 10;
    const PIXELS: usize = 500;
    let draw = |label, low, high, len| Init::Uniform { low, high }.values(7, label, len);
    let x = draw("x", -2.0, 2.0, CHANNELS * PIXELS);
    let (weight, bias) = (draw("weight", -1.0, 1.0, CHANNELS * CHANNELS), draw("bias", -1.0, 1.0, CHANNELS));
    let (gamma, beta) = (draw("gamma", 0.5, 1.5, CHANNELS), draw("beta", -1.0, 1.0, CHANNELS));
    let (mean, variance) = (draw("mean", -1.0, 1.0, CHANNELS), draw("variance", 0.25, 4.0, CHANNELS));
    let norm =
        EvaluatedBatchNorm { gamma: &gamma, beta: &beta, mean: &mean, variance: &variance, epsilon: DEFAULT_EPSILON };
    let folded = fold_batch_norm(&weight, CHANNELS, Some(&bias), norm, formula).expect("all tables have 10 channels");
    let layer = |weight: &[f32], bias: &[f32], pixel: &[f32]| -> Vec<f32> {
        let outputs = weight.chunks(CHANNELS).zip(bias);
        outputs.map(|(row, bias)| row.iter().zip(pixel).map(|(w, x)| w * x).sum::<f32>() + bias).collect()
    };
    let apart = |pixel: &[f32]| -> Vec<f32> {
        let outputs = layer(&weight, &bias, pixel).into_iter().enumerate();
        let kept = |c: usize| Moments { origin: mean[c], m2: variance[c], ..RUNNING_START };
        outputs.map(|(c, y)| gamma[c] * (y - mean[c]) * rstd(kept(c), DEFAULT_EPSILON) + beta[c]).collect()
    };
    let errors = x.chunks(CHANNELS).map(|pixel| max_difference(&apart(pixel), &layer(&folded.0, &folded.1, pixel)));
    errors.fold(0.0, f64::max)
}

/// Momentum as the weight of the old value or of the new value.
pub(super) fn momentum() -> Erratum {
    let momenta = [0.99, 0.01];
    let ones = Moments { count: 32.0, origin: 1.0, offset: 0.0, m2: 32.0 };
    let [as_written, corrected] = momenta.map(|momentum| {
        let mut running = [RUNNING_START];
        update_running(momentum, &[ones], &mut running);
        Outcome::number(running[0].mean().into(), 2)
    });
    let patch = |momentum| Patch { momentum: Some(momentum), ..Patch::norm(Norm::Batch) };
    Erratum {
        id: "momentum",
        source: "Keras’ momentum",
        words: "0.99 weights the old mean, in PyTorch the new: copied there, it keeps one batch",
        quantity: "mean after a batch of ones",
        as_written,
        corrected,
        scenes: Some(momenta.map(patch)),
    }
}
