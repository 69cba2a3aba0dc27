//! Cases of the kernels that change parameters: optimizers, preparation of their gradients, and constraints on values
//! afterwards.

use super::training::{as_seen, clock_at};
use super::{Case, SIZES};
use crate::common::{Data, to_f64};
use crate::oracle::dense;
use blue_cube::kernel::Kernel;
use blue_cube::kernel::adam::AdamParams;
use blue_cube::kernel::constrain::{ConstrainParams, OF_NORM, OF_NOTHING, OF_VALUES};
use blue_cube::kernel::regularize::RegularizeParams;
use blue_cube::kernel::sgd::SgdParams;
use blue_cube::kernel::tick::Clock;

pub(crate) fn adam() -> Vec<Case> {
    let mut cases = Vec::new();
    // A plan pads the number of parameters to a multiple of four, which the shader processes at a time.
    let sizes = SIZES.map(|len| len.next_multiple_of(4));
    // ρ of batch-instance norm learns at ten times the rate.
    for (len, (t, rate_factor)) in
        sizes.into_iter().flat_map(|len| [(1, 1.0), (1, 10.0), (2, 1.0), (2, 0.5), (1000, 1.0)].map(|t| (len, t)))
    {
        let mut data = Data::new(300);
        let size = len as usize;
        let (gradient, w) = (data.normal(size, 0.0, 0.1), data.normal(size, 0.0, 1.0));
        // Before the first step both are 0. The squares must match the mean, or the step is larger than Adam ever
        // makes.
        let (m, v) = match t {
            1 => (vec![0.0; size], vec![0.0; size]),
            _ => (data.normal(size, 0.0, 0.05), data.uniform(size, 0.01, 0.02)),
        };
        let [mut want_w, mut want_m, mut want_v] = [&w, &m, &v].map(|values| to_f64(values));
        dense::adam(t, 1e-3 * f64::from(rate_factor), &to_f64(&gradient), &mut want_w, &mut want_m, &mut want_v);
        let power = |beta: f64| beta.powi(t) as f32;
        let clock = Clock {
            beta1_power: power(dense::BETA_1),
            beta2_power: power(dense::BETA_2),
            ..clock_at(t.unsigned_abs() - 1)
        };
        let params = AdamParams {
            len,
            beta1: dense::BETA_1 as f32,
            beta2: dense::BETA_2 as f32,
            epsilon: dense::ADAM_EPSILON as f32,
            rate_factor,
        };
        let bound = vec![gradient, as_seen(clock), w, m, v];
        // β₂ = 0.999 in f32 is off by 1e-8, which is 1.3e-5 of 1 − β₂, in the moving squares and in the bias correction.
        // A step here is at most about 1e-3 of the factor, so 2e-5 of that, plus the rounding of w near 3.
        let case =
            Case::new(Kernel::Adam, format!("{len} values, step {t}, rate × {rate_factor}"), &params, bound, len / 4)
                .nearly(2, want_w, 2e-5 * 1e-3 * f64::from(rate_factor), 2e-7)
                .nearly(3, want_m, 1e-8, 1e-6)
                .nearly(4, want_v, 1e-10, 2e-5);
        cases.push(case);
    }
    cases.push(of_large_gradients());
    cases
}

/// Gradients whose squares exceed f32 count as 2⁶³: the first step moves a weight by the rate, as any first step does.
fn of_large_gradients() -> Case {
    let gradient = vec![3e19, -1e30, f32::MAX, -9e18, 1e10, 0.5, -f32::MAX, 2e19];
    let held: Vec<f64> = to_f64(&gradient).into_iter().map(|g| g.clamp(-LARGEST, LARGEST)).collect();
    let len = gradient.len();
    let [mut want_w, mut want_m, mut want_v] = [(); 3].map(|()| vec![0.0; len]);
    dense::adam(1, 1e-3, &held, &mut want_w, &mut want_m, &mut want_v);
    let [beta1, beta2, epsilon] = [dense::BETA_1, dense::BETA_2, dense::ADAM_EPSILON].map(|number| number as f32);
    let params = AdamParams { len: len as u32, beta1, beta2, epsilon, rate_factor: 1.0 };
    let clock = Clock { beta1_power: beta1, beta2_power: beta2, ..clock_at(0) };
    let zeros = || vec![0.0; len];
    let bound = vec![gradient, as_seen(clock), zeros(), zeros(), zeros()];
    Case::new(Kernel::Adam, "large gradients".to_owned(), &params, bound, len as u32 / 4)
        .nearly(2, want_w, 2e-5 * 1e-3, 2e-7)
        .nearly(3, want_m, 1e-8, 1e-6)
        .nearly(4, want_v, 1e-10, 2e-5)
}

/// 2⁶³.
const LARGEST: f64 = 9_223_372_036_854_775_808.0;

/// The largest mean of squares is before or after the step's own.
pub(crate) fn ams_grad() -> Vec<Case> {
    let mut cases = Vec::new();
    let sizes = SIZES.map(|len| len.next_multiple_of(4));
    for (len, (t, rate_factor)) in sizes.into_iter().flat_map(|len| [(2, 1.0), (1000, 0.5)].map(|t| (len, t))) {
        let mut data = Data::new(310);
        let size = len as usize;
        let (gradient, w) = (data.normal(size, 0.0, 0.1), data.normal(size, 0.0, 1.0));
        let (m, v) = (data.normal(size, 0.0, 0.05), data.uniform(size, 0.01, 0.02));
        let maxima = data.uniform(size, 0.01, 0.02);
        let [mut want_w, mut want_m, mut want_v, mut want_max] = [&w, &m, &v, &maxima].map(|values| to_f64(values));
        let moments = [&mut want_m, &mut want_v, &mut want_max].map(Vec::as_mut_slice);
        dense::ams_grad(t, 1e-3 * f64::from(rate_factor), &to_f64(&gradient), &mut want_w, moments);
        let power = |beta: f64| beta.powi(t) as f32;
        let clock = Clock {
            beta1_power: power(dense::BETA_1),
            beta2_power: power(dense::BETA_2),
            ..clock_at(t.unsigned_abs() - 1)
        };
        let (beta1, beta2, epsilon) = (dense::BETA_1 as f32, dense::BETA_2 as f32, dense::ADAM_EPSILON as f32);
        let params = AdamParams { len, beta1, beta2, epsilon, rate_factor };
        let bound = vec![gradient, as_seen(clock), w, m, v, maxima];
        // As for Adam.
        let case = Case::new(Kernel::AmsGrad, format!("{len} values, step {t}"), &params, bound, len / 4)
            .nearly(2, want_w, 2e-5 * 1e-3 * f64::from(rate_factor), 2e-7)
            .nearly(3, want_m, 1e-8, 1e-6)
            .nearly(4, want_v, 1e-10, 2e-5)
            .nearly(5, want_max, 1e-10, 2e-5);
        cases.push(case);
    }
    cases
}

/// On a grid on which f32 rounds nothing.
pub(crate) fn sgd() -> Vec<Case> {
    let mut cases = Vec::new();
    for (len, rate_in_velocity) in SIZES.into_iter().flat_map(|len| [0, 1].map(|flag| (len, flag))) {
        let mut data = Data::new(311);
        let [gradient, w, velocity] = [(); 3].map(|()| data.quarters(len as usize, 8));
        let (momentum, rate_factor, learning_rate) = (0.5, 2.0, 0.125);
        let rate = f64::from(learning_rate * rate_factor);
        let (of_gradient, of_velocity) = if rate_in_velocity == 1 { (rate, 1.0) } else { (1.0, rate) };
        let pairs = gradient.iter().zip(&velocity);
        let want_velocity: Vec<f64> =
            pairs.map(|(&g, &v)| f64::from(v) * f64::from(momentum) + of_gradient * f64::from(g)).collect();
        let want_w = w.iter().zip(&want_velocity).map(|(&w, v)| f64::from(w) - of_velocity * v).collect();
        let clock = Clock { learning_rate, ..clock_at(3) };
        let params = SgdParams { len, momentum, rate_factor, rate_in_velocity };
        let bound = vec![gradient, as_seen(clock), w, velocity];
        let what = format!("{len} values, rate in the velocity: {rate_in_velocity}");
        let case = Case::new(Kernel::Sgd, what, &params, bound, len);
        cases.push(case.exactly(2, want_w).exactly(3, want_velocity));
    }
    cases
}

/// One part, or two of which the second is fixed or has other factors.
pub(crate) fn regularize() -> Vec<Case> {
    let mut cases = Vec::new();
    let rules =
        [([0.25, 0.0], [0.5, 0.0], [1, 0]), ([0.0, 0.5], [0.0, 0.125], [0, 1]), ([1.0, 0.0], [0.0, 2.0], [1, 1])];
    for (part_len, (l1, l2, is_trained)) in SIZES.into_iter().flat_map(|len| rules.map(|rule| (len, rule))) {
        for n_parts in [1, 2] {
            let len = (n_parts * part_len) as usize;
            let mut data = Data::new(310);
            // Quarters, among them zeros, at which |w| has slope 0: all sums are exact.
            let (values, gradient) = (data.quarters(len, 2), data.quarters(len, 4));
            let slope = |w: f64, part: usize| {
                let sign = if w == 0.0 { 0.0 } else { w.signum() };
                f64::from(l1[part]) * sign + 2.0 * f64::from(l2[part]) * w
            };
            let want = |i: usize| match i / part_len as usize {
                part if is_trained[part] == 1 => f64::from(gradient[i]) + slope(f64::from(values[i]), part),
                _ => 0.0,
            };
            let want = (0..len).map(want).collect();
            let params = RegularizeParams { part_len, n_parts, l1, l2, is_trained };
            let what = format!("{n_parts} parts of {part_len}, l1 {l1:?}, l2 {l2:?}, trained {is_trained:?}");
            let bound = vec![values, gradient];
            cases.push(Case::new(Kernel::Regularize, what, &params, bound, len as u32).exactly(1, want));
        }
    }
    cases
}

/// Keras' ε.
const EPSILON: f32 = 1e-7;

/// The second part's constraint: its kind, low, high and rate.
const HOLDS: [(u32, f32, f32, f32); 5] = [
    (OF_NOTHING, 0.0, 0.0, 0.0),
    (OF_VALUES, 0.0, f32::MAX, 1.0),
    (OF_VALUES, -0.5, 0.75, 1.0),
    (OF_NORM, 0.0, 2.0, 1.0),
    (OF_NORM, 1.0, 1.0, 1.0),
];

pub(crate) fn constrain() -> Vec<Case> {
    let mut cases = Vec::new();
    // γ of a norm over C, H and W of the tutorial net has 6,760 values and more.
    let sizes = SIZES.into_iter().chain([13_520]);
    for (part_len, hold) in sizes.flat_map(|len| HOLDS.map(|hold| (len, hold))) {
        // The first part's norm is below its bounds, within, and above.
        for spread in [0.0, 0.001, 10.0] {
            let first = (OF_NORM, 0.5, 4.0, 0.25);
            cases.push(one_constrain(part_len, spread, &[first, hold]));
            cases.push(one_constrain(part_len, spread, &[hold]));
        }
    }
    cases
}

fn one_constrain(part_len: u32, spread: f64, holds: &[(u32, f32, f32, f32)]) -> Case {
    let n_parts = holds.len() as u32;
    let values = Data::new(311).normal((n_parts * part_len) as usize, 0.0, spread);
    let mut params = ConstrainParams { part_len, n_parts, epsilon: EPSILON, ..ConstrainParams::default() };
    let (mut want, mut tolerances) = (Vec::new(), Vec::new());
    for (part, (values, &(bounds, low, high, rate))) in values.chunks(part_len as usize).zip(holds).enumerate() {
        (params.bounds[part], params.low[part], params.high[part], params.rate[part]) = (bounds, low, high, rate);
        let [low, high, rate] = [low, high, rate].map(f64::from);
        let norm = values.iter().map(|&w| f64::from(w).powi(2)).sum::<f64>().sqrt();
        let factor = (rate * norm.clamp(low, high) + (1.0 - rate) * norm) / (f64::from(EPSILON) + norm);
        // A sum of n squares, one after another, is off by at most half of n·2⁻²⁴, and usually by √n of that; its root
        // by half as much. WGSL's square root and quotient add some units in the last place.
        let rtol = if bounds == OF_NORM { 5e-7 + 6e-8 * f64::from(part_len).sqrt() } else { 0.0 };
        for &w in values {
            let w = f64::from(w);
            let held = match bounds {
                OF_NOTHING => w,
                OF_VALUES => w.clamp(low, high),
                _ => w * factor,
            };
            want.push(held);
            tolerances.push(rtol * held.abs());
        }
    }
    let what = format!("{holds:?}, parts of {part_len} values, spread {spread}");
    Case::new(Kernel::Constrain, what, &params, vec![values], n_parts).within(0, want, tolerances)
}
