//! A convolution and a batch norm against the one convolution that they fold into, by the correct formula and by the
//! wrong one.

use crate::common::Data;
use blue_cube::norm::fold_batch_norm::{EvaluatedBatchNorm, Formula, fold_batch_norm};

const C_IN: usize = 3;
const C_OUT: usize = 8;
const KERNEL: usize = 3;
const SIDE: usize = 9;
const EPSILON: f32 = 1e-5;

/// y[o, i, j] = bias[o] + Σ weight[o, c, r, s]·x[c, i + r, j + s], summed in f64.
fn conv2d(x: &[f32], weight: &[f32], bias: &[f32]) -> Vec<f64> {
    let side = SIDE + 1 - KERNEL;
    let mut y = Vec::new();
    for o in 0..C_OUT {
        for (i, j) in (0..side * side).map(|pixel| (pixel / side, pixel % side)) {
            let taps = (0..C_IN * KERNEL * KERNEL).map(|tap| {
                let (c, r, s) = (tap / (KERNEL * KERNEL), tap / KERNEL % KERNEL, tap % KERNEL);
                f64::from(weight[o * C_IN * KERNEL * KERNEL + tap]) * f64::from(x[(c * SIDE + i + r) * SIDE + j + s])
            });
            y.push(f64::from(bias[o]) + taps.sum::<f64>());
        }
    }
    y
}

/// The largest |folded − (convolution, then batch norm)| on one random image.
fn largest_error(formula: Formula) -> f64 {
    let mut data = Data::new(7);
    let mut table = |len, low, high| data.uniform(len, low, high);
    let x = table(C_IN * SIDE * SIDE, 0.0, 1.0);
    let (weight, bias) = (table(C_OUT * C_IN * KERNEL * KERNEL, -0.3, 0.3), table(C_OUT, -0.5, 0.5));
    let (gamma, beta) = (table(C_OUT, 0.5, 1.5), table(C_OUT, -1.0, 1.0));
    let (mean, variance) = (table(C_OUT, -0.5, 0.5), table(C_OUT, 0.05, 2.0));
    let norm = EvaluatedBatchNorm { gamma: &gamma, beta: &beta, mean: &mean, variance: &variance, epsilon: EPSILON };
    let (folded_weight, folded_bias) =
        fold_batch_norm(&weight, C_OUT, Some(&bias), norm, formula).expect("the tables fit");
    let want = conv2d(&x, &weight, &bias);
    let got = conv2d(&x, &folded_weight, &folded_bias);
    let plane_len = want.len() / C_OUT;
    let errors = want.iter().zip(&got).enumerate().map(|(i, (&x, &got))| {
        let of = |table: &[f32]| f64::from(table[i / plane_len]);
        let rstd = 1.0 / (of(&variance) + f64::from(EPSILON)).sqrt();
        (of(&gamma) * (x - of(&mean)) * rstd + of(&beta) - got).abs()
    });
    errors.fold(0.0, f64::max)
}

#[test]
fn the_root_gives_what_both_gave_and_the_formula_as_written_does_not() {
    let (correct, as_written) = (largest_error(Formula::Correct), largest_error(Formula::AsWritten));
    println!("largest error: {correct:.1e} with the root, {as_written:.1e} as written");
    assert!(correct <= 1e-5, "{correct}");
    assert!(as_written > 1e-1, "{as_written}");
}
