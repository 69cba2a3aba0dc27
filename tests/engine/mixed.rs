//! Batch-instance and switchable norm on hard tensors, on both engines: against f64 and what careful f32 can do, and
//! against the norms that they mix.

use crate::common::hard::{Hard, devices, hard_tensors};
use crate::common::nets::MIXED;
use crate::common::{Data, assert_close, assert_no_failures, axes, check_close, to_f64};
use crate::oracle::mixed::{self as reference, Mixed};
use crate::oracle::norm::{Method, mean_variance, sets};
use blue_cube::exec::DeviceChoice;
use blue_cube::norm::{DEFAULT_EPSILON, Norm};
use blue_cube::normalize::{
    Mixture, NormGradients, NormOptions, Normalized, Statistics, normalize, normalize_backward,
};
use blue_cube::shape::Shape;

const EPSILON: f64 = DEFAULT_EPSILON as f64;

/// The parameters of a norm, and running statistics.
struct Drawn {
    norm: Norm,
    shape: Shape,
    gamma: Vec<f32>,
    beta: Vec<f32>,
    rho: Vec<f32>,
    logits: [[f32; 3]; 2],
    mean: Vec<f32>,
    variance: Vec<f32>,
}

impl Drawn {
    fn new(norm: Norm, shape: Shape, seed: u64) -> Self {
        let (mut data, c) = (Data::new(seed), shape.c as usize);
        let [gamma, beta] = [1.0, 0.0].map(|mean| data.normal(c, mean, 0.3));
        let logits = [(); 2].map(|()| [(); 3].map(|()| data.gauss() as f32));
        let rho = data.uniform(c, 0.0, 1.0);
        let (mean, variance) = (data.normal(c, 0.0, 1.0), data.uniform(c, 0.1, 2.0));
        Self { norm, shape, gamma, beta, rho, logits, mean, variance }
    }

    fn options(&self, device: DeviceChoice, in_evaluation: bool) -> NormOptions<'_> {
        let running = Statistics::Running { mean: &self.mean, variance: &self.variance };
        NormOptions {
            gamma: Some(&self.gamma),
            beta: Some(&self.beta),
            mixture: Mixture {
                rho: Some(&self.rho),
                mean_logits: Some(self.logits[0]),
                variance_logits: Some(self.logits[1]),
            },
            statistics: if in_evaluation { running } else { Statistics::Own },
            device,
            ..NormOptions::new(self.norm)
        }
    }

    fn oracle(&self, in_evaluation: bool) -> Mixed {
        let logits: Vec<f64> = self.logits.iter().flatten().map(|&logit| f64::from(logit)).collect();
        Mixed {
            mixture: match self.norm {
                Norm::BatchInstance => reference::Mixture::BatchInstance(to_f64(&self.rho)),
                _ => reference::Mixture::Switchable(logits.try_into().unwrap()),
            },
            shape: axes(self.shape),
            epsilon: EPSILON,
            gamma: to_f64(&self.gamma),
            beta: to_f64(&self.beta),
            running: in_evaluation.then(|| (to_f64(&self.mean), to_f64(&self.variance))),
        }
    }

    fn normalize(&self, x: &[f32], device: DeviceChoice, in_evaluation: bool) -> Normalized {
        pollster::block_on(normalize(x, self.shape, &self.options(device, in_evaluation))).unwrap()
    }

    fn backward(&self, x: &[f32], dy: &[f32], device: DeviceChoice, in_evaluation: bool) -> NormGradients {
        pollster::block_on(normalize_backward(x, dy, self.shape, &self.options(device, in_evaluation))).unwrap()
    }

    /// y in f32 by two passes relative to one value of each set, as careful code does without f64.
    fn careful(&self, x: &[f32]) -> Vec<f32> {
        let shape = axes(self.shape);
        let plane_len = self.shape.plane_len() as usize;
        let mut moments = [Method::Instance, Method::Layer, Method::Batch].map(|method| {
            let mut of = vec![(0.0, 0.0, 0.0); x.len()];
            for set in sets(method, shape) {
                let (origin, n) = (x[set[0]], set.len() as f32);
                let mean = set.iter().map(|&i| x[i] - origin).sum::<f32>() / n;
                let variance = set.iter().map(|&i| (x[i] - origin - mean).powi(2)).sum::<f32>() / n;
                set.iter().for_each(|&i| of[i] = (origin, mean, variance));
            }
            of.into_iter()
        });
        let [w, v] = self.logits.map(|logits| {
            let powers = logits.map(f32::exp);
            powers.map(|power| power / powers.iter().sum::<f32>())
        });
        let y = |(i, &x): (usize, &f32)| {
            let channel = i / plane_len % self.gamma.len();
            let [instance, layer, batch] = [0, 1, 2].map(|k| moments[k].next().unwrap());
            let from_mean = |(origin, mean, _): (f32, f32, f32)| x - origin - mean;
            let rstd = |variance: f32| 1.0 / (variance + DEFAULT_EPSILON).sqrt();
            let all = [instance, layer, batch];
            let xhat = if self.norm == Norm::BatchInstance {
                let rho = self.rho[channel];
                rho * from_mean(batch) * rstd(batch.2) + (1.0 - rho) * from_mean(instance) * rstd(instance.2)
            } else {
                let distance: f32 = all.iter().zip(w).map(|(&moments, w)| w * from_mean(moments)).sum();
                distance * rstd(all.iter().zip(v).map(|(moments, v)| v * moments.2).sum())
            };
            self.gamma[channel] * xhat + self.beta[channel]
        };
        x.iter().enumerate().map(y).collect()
    }
}

fn largest(values: &[f64]) -> f64 {
    values.iter().fold(0.0, |largest, value| value.abs().max(largest))
}

/// Every norm on every hard tensor on every engine.
fn each_hard_case(seed: u64, mut check: impl FnMut(&str, &Hard, &Drawn, DeviceChoice)) {
    for hard in hard_tensors() {
        for norm in MIXED {
            let drawn = Drawn::new(norm, hard.shape, seed);
            for device in devices() {
                check(&format!("{}, {norm:?}, {device:?}", hard.what), &hard, &drawn, device);
            }
        }
    }
}

#[test]
fn forward_is_as_exact_as_careful_f32() {
    let mut failures = Vec::new();
    each_hard_case(600, |what, Hard { shape, x, .. }, drawn, device| {
        let got = drawn.normalize(x, device, false);
        let want = drawn.oracle(false).forward(&to_f64(x));
        let error = |y: &[f32]| y.iter().zip(&want).map(|(y, w)| (f64::from(*y) - w).abs()).fold(0.0, f64::max);
        // Twice the other's error; if that has none, the rounding of y itself.
        let allowed = 2.0 * error(&drawn.careful(x)) + 4.0 * f64::from(f32::EPSILON) * largest(&want);
        if error(&got.y).is_nan() || error(&got.y) > allowed {
            failures.push(format!("{what}: y is off by {:e}, allowed {allowed:e}", error(&got.y)));
        }
        let (means, variances) = drawn.oracle(false).blended(&to_f64(x));
        let of_planes = |values: Vec<f64>| values.into_iter().step_by(shape.plane_len() as usize).collect::<Vec<_>>();
        // A constant's variance is 0 except for the rounding of its sum in f64; a mean of 10⁴ is returned as one f32.
        failures
            .extend(check_close(&got.variance, &of_planes(variances), 1e-20, 1e-6, &format!("{what}: variance")).err());
        failures.extend(check_close(&got.mean, &of_planes(means), 1e-6, 1e-6, &format!("{what}: mean")).err());
    });
    assert_no_failures("forward", &failures);
}

/// The failures of all gradients, each relative to the largest of its kind.
fn gradient_failures(what: &str, got: &NormGradients, want: &reference::Gradients, tolerance: f64) -> Vec<String> {
    // The gradients with respect to the logits of means and of variances are kinds of their own.
    let half = if want.mixture.len() == 6 { 3 } else { want.mixture.len() };
    let pairs = [
        ("dx", got.dx.as_slice(), want.x.as_slice()),
        ("dgamma", &got.dgamma, &want.gamma),
        ("dbeta", &got.dbeta, &want.beta),
        ("dmixture", &got.dmixture[..half], &want.mixture[..half]),
        ("dmixture of variances", &got.dmixture[half..], &want.mixture[half..]),
    ];
    let compare = |(name, got, want): (&str, &[f32], &[f64])| {
        // Where the gradient cancels to nothing, relative to its terms.
        check_close(got, want, tolerance * largest(want) + 1e-6, 0.0, &format!("{what}: {name}")).err()
    };
    pairs.into_iter().filter_map(compare).collect()
}

#[test]
fn backward_is_within_1e_4_of_f64() {
    let mut failures = Vec::new();
    each_hard_case(601, |what, Hard { x, gradient_tolerance, .. }, drawn, device| {
        let dy = Data::new(602).normal(x.len(), 0.0, 1.0);
        for in_evaluation in [false, true] {
            let got = drawn.backward(x, &dy, device, in_evaluation);
            let want = drawn.oracle(in_evaluation).backward(&to_f64(x), &to_f64(&dy));
            let what = format!("{what}, evaluation {in_evaluation}");
            failures.extend(gradient_failures(&what, &got, &want, *gradient_tolerance));
        }
    });
    assert_no_failures("backward", &failures);
}

#[test]
fn a_batch_of_1024_digits_keeps_its_digits() {
    let shape = Shape::new(1024, 2, 28, 28);
    for (norm, device) in MIXED.into_iter().flat_map(|norm| devices().into_iter().map(move |device| (norm, device))) {
        let mut data = Data::new(603);
        let (x, dy) = (data.normal(shape.len() as usize, 1e4, 1.0), data.normal(shape.len() as usize, 0.0, 1.0));
        let drawn = Drawn::new(norm, shape, 604);
        let (oracle, x64) = (drawn.oracle(false), to_f64(&x));
        let (_, variance) = oracle.blended(&x64);
        let of_planes: Vec<f64> = variance.into_iter().step_by(784).collect();
        let got = drawn.normalize(&x, device, false);
        let what = format!("{norm:?}, {device:?}");
        assert_close(&got.variance, &of_planes, 0.0, 1e-6, &what);
        let got = drawn.backward(&x, &dy, device, false);
        let failures = gradient_failures(&what, &got, &oracle.backward(&x64, &to_f64(&dy)), 2e-3);
        assert_no_failures("802,816 values a channel", &failures);
    }
}

#[test]
fn extremes_of_the_mixture_are_the_norms_it_is_made_of() {
    let shape = Shape::new(3, 6, 5, 7);
    let mut data = Data::new(605);
    let (x, dy) = (data.normal(shape.len() as usize, 0.5, 2.0), data.normal(shape.len() as usize, 0.0, 1.0));
    let chosen = |k: usize| [0, 1, 2].map(|other| if other == k { 60.0 } else { -60.0 });
    let table = [
        (Norm::BatchInstance, 1.0, 0, Norm::Batch),
        (Norm::BatchInstance, 0.0, 0, Norm::Instance),
        (Norm::Switchable, 0.0, 0, Norm::Instance),
        (Norm::Switchable, 0.0, 1, Norm::Layer),
        (Norm::Switchable, 0.0, 2, Norm::Batch),
    ];
    for ((norm, rho, k, pure), device) in
        table.into_iter().flat_map(|row| devices().into_iter().map(move |device| (row, device)))
    {
        let mixed = Drawn { rho: vec![rho; 6], logits: [chosen(k); 2], ..Drawn::new(norm, shape, 606) };
        let plain = Drawn { norm: pure, ..Drawn::new(pure, shape, 606) };
        let what = format!("{norm:?} as {pure:?}, {device:?}");
        // The same operations except for the origin of the maps: a few roundings of values near 5.
        assert_close(&mixed.normalize(&x, device, false).y, &plain.normalize(&x, device, false).y, 3e-6, 1e-6, &what);
        let [got, want] = [&mixed, &plain].map(|norm| norm.backward(&x, &dy, device, false));
        assert_close(&got.dx, &want.dx, 3e-6, 1e-6, &what);
        assert_close(&got.dgamma, &want.dgamma, 2e-5, 1e-6, &what);
        assert_close(&got.dbeta, &want.dbeta, 2e-5, 1e-6, &what);
    }
}

#[test]
fn a_mixture_starts_as_batch_norm_or_in_equal_parts() {
    let shape = Shape::new(3, 4, 3, 3);
    let x = Data::new(607).normal(shape.len() as usize, 0.5, 2.0);
    let y = |norm| pollster::block_on(normalize(&x, shape, &NormOptions::new(norm))).unwrap();
    assert_close(&y(Norm::BatchInstance).y, &y(Norm::Batch).y, 2e-6, 1e-6, "ρ = 1");
    let third = Drawn { logits: [[1.0; 3]; 2], ..Drawn::new(Norm::Switchable, shape, 608) };
    let (means, _) = third.oracle(false).blended(&to_f64(&x));
    let means: Vec<f64> = means.into_iter().step_by(9).collect();
    assert_close(&y(Norm::Switchable).mean, &means, 1e-6, 1e-6, "weights of a third");
}

#[test]
fn evaluation_takes_running_statistics_for_the_batch() {
    for shape in [Shape::new(2, 3, 2, 2), Shape::new(1, 1, 1, 1), Shape::new(5, 6, 1, 1), Shape::new(4, 2, 9, 7)] {
        let x = Data::new(609).normal(shape.len() as usize, 0.0, 1.0);
        for (norm, device) in MIXED.into_iter().flat_map(|norm| devices().into_iter().map(move |device| (norm, device)))
        {
            let drawn = Drawn::new(norm, shape, 610);
            let got = drawn.normalize(&x, device, true);
            let oracle = drawn.oracle(true);
            assert_close(
                &got.y,
                &oracle.forward(&to_f64(&x)),
                4e-6,
                2e-6,
                &format!("y of {norm:?} on {shape}, {device:?}"),
            );
            let (means, variances) = oracle.blended(&to_f64(&x));
            let plane_len = shape.plane_len() as usize;
            for (got, want) in [(got.mean, means), (got.variance, variances)] {
                let want: Vec<f64> = want.into_iter().step_by(plane_len).collect();
                assert_close(&got, &want, 1e-6, 1e-6, &format!("moments of {norm:?} on {shape}, {device:?}"));
            }
        }
    }
}

/// The oracle itself: its backward against central differences of its forward, in f64.
#[test]
fn oracle_backward_is_the_derivative_of_its_forward() {
    let (shape, mut failures) = (Shape::new(3, 4, 2, 2), Vec::new());
    let [x, dy] = [611, 612].map(|seed| to_f64(&Data::new(seed).normal(shape.len() as usize, 0.3, 1.0)));
    for (norm, in_evaluation) in MIXED.into_iter().flat_map(|norm| [false, true].map(|mode| (norm, mode))) {
        let oracle = Drawn::new(norm, shape, 613).oracle(in_evaluation);
        let loss = |oracle: &Mixed, x: &[f64]| -> f64 { oracle.forward(x).iter().zip(&dy).map(|(y, dy)| y * dy).sum() };
        // The error of a central difference is about step²·f‴/6 + 1e-15/step: 1e-9 at this step.
        let slopes = |len: usize, moved: &dyn Fn(usize, f64) -> f64| -> Vec<f64> {
            (0..len).map(|i| (moved(i, 1e-5) - moved(i, -1e-5)) / 2e-5).collect()
        };
        let of_x = slopes(x.len(), &|i, by| {
            let mut x = x.clone();
            x[i] += by;
            loss(&oracle, &x)
        });
        let of = |pick: &dyn Fn(&mut Mixed) -> &mut [f64]| {
            let len = pick(&mut oracle.clone()).len();
            slopes(len, &|i, by| {
                let mut oracle = oracle.clone();
                pick(&mut oracle)[i] += by;
                loss(&oracle, &x)
            })
        };
        let got = oracle.backward(&x, &dy);
        let rows = [
            ("dx", &got.x, of_x),
            ("dγ", &got.gamma, of(&|oracle| &mut oracle.gamma)),
            ("dβ", &got.beta, of(&|oracle| &mut oracle.beta)),
            ("mixture", &got.mixture, of(&|oracle| oracle.mixture.values_mut())),
        ];
        for (name, got, want) in rows {
            let what = format!("{name} of {norm:?}, evaluation {in_evaluation}");
            failures.extend(check_close(got, &want, 1e-8, 1e-8, &what).err());
        }
    }
    assert_no_failures("oracle against differences", &failures);
}

/// The mixed mean of a plane is the plain one if all sets are the same.
#[test]
fn one_image_of_one_channel_leaves_nothing_to_choose() {
    let shape = Shape::new(1, 1, 13, 11);
    let x = Data::new(614).normal(143, 2.0, 3.0);
    let dy = Data::new(615).normal(143, 0.0, 1.0);
    let (mean, variance) = mean_variance(&to_f64(&x), &(0..143).collect::<Vec<_>>());
    for (norm, device) in MIXED.into_iter().flat_map(|norm| devices().into_iter().map(move |device| (norm, device))) {
        let drawn = Drawn::new(norm, shape, 616);
        let got = drawn.normalize(&x, device, false);
        assert_close(&[got.mean[0], got.variance[0]], &[mean, variance], 0.0, 1e-6, "moments");
        let dmixture = drawn.backward(&x, &dy, device, false).dmixture;
        assert!(dmixture.iter().all(|&slope| slope == 0.0), "{norm:?}, {device:?}: {dmixture:?}");
    }
}

#[test]
fn training_lowers_the_loss_and_the_engines_agree() {
    for norm in MIXED {
        let curves: Vec<Vec<f32>> =
            devices().into_iter().map(|device| pollster::block_on(crate::bars::losses(norm, device, 40)).0).collect();
        for losses in &curves {
            let mean = |losses: &[f32]| losses.iter().sum::<f32>() / losses.len() as f32;
            assert!(mean(&losses[30..]) < 0.2 * mean(&losses[..3]), "{norm:?}: {losses:?}");
            assert_close(losses, &curves[0], 1e-3, 0.0, &format!("{norm:?}: an engine against the CPU"));
        }
    }
}
