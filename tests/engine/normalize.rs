//! The public functions on hard tensors, on both engines: against f64, and against what a careful f32 algorithm can do.

use crate::common::hard::{Hard, devices, hard_tensors};
use crate::common::{Data, assert_no_failures, axes, check_close, to_f64};
use crate::oracle::norm::{self as reference, Method};
use blue_cube::exec::DeviceChoice;
use blue_cube::grouping::tiling::Axis;
use blue_cube::norm::{AxesNorm, Norm};
use blue_cube::normalize::{
    NormOptions, NormalizeError, Statistics, group_map, moments, normalize, normalize_backward,
};
use blue_cube::shape::Shape;
use std::num::NonZeroU32;

const EPSILON: f64 = 1e-5;

fn norms(shape: Shape) -> Vec<(Norm, Method)> {
    let mut norms =
        vec![(Norm::Batch, Method::Batch), (Norm::Layer, Method::Layer), (Norm::Instance, Method::Instance)];
    if shape.c.is_multiple_of(3) {
        norms.push((Norm::Group { groups: NonZeroU32::new(3).unwrap() }, Method::Group(3)));
    }
    let whole_batch = NonZeroU32::new(shape.n).unwrap();
    norms.push((Norm::SyncBatch { devices: whole_batch }, Method::Batch));
    norms.push((Norm::GhostBatch { size: NonZeroU32::MIN }, Method::Tile(1, 1)));
    norms
}

/// y by two passes in f32 relative to one value of the set, as careful code does without f64.
fn shifted_two_pass(
    x: &[f32],
    set: &[usize],
    gamma: impl Fn(usize) -> f32,
    beta: impl Fn(usize) -> f32,
    y: &mut [f32],
) {
    let n = set.len() as f32;
    let origin = x[set[0]];
    let mean = set.iter().map(|&i| x[i] - origin).sum::<f32>() / n;
    let variance = set.iter().map(|&i| (x[i] - origin - mean).powi(2)).sum::<f32>() / n;
    for &i in set {
        y[i] = gamma(i) * ((x[i] - origin - mean) / (variance + EPSILON as f32).sqrt()) + beta(i);
    }
}

#[test]
fn forward_is_as_exact_as_careful_f32() {
    let mut failures = Vec::new();
    for (hard, device) in hard_tensors().iter().flat_map(|hard| devices().into_iter().map(move |device| (hard, device)))
    {
        let Hard { what, shape, x, .. } = hard;
        let mut data = Data::new(501);
        let (gamma, beta) = (data.normal(shape.c as usize, 1.0, 0.3), data.normal(shape.c as usize, 0.0, 0.3));
        for (norm, method) in norms(*shape) {
            let options = NormOptions { gamma: Some(&gamma), beta: Some(&beta), device, ..NormOptions::new(norm) };
            let got = pollster::block_on(normalize(x, *shape, &options)).unwrap();
            let what = format!("{what}, {norm:?}, {device:?}");
            let want = reference::forward(method, axes(*shape), EPSILON, &to_f64(x), &to_f64(&gamma), &to_f64(&beta));
            let sets = reference::sets(method, axes(*shape));
            let mut careful = vec![0.0; x.len()];
            let channel = |i: usize| i / shape.plane_len() as usize % shape.c as usize;
            let mut variances = Vec::new();
            for set in &sets {
                shifted_two_pass(x, set, |i| gamma[channel(i)], |i| beta[channel(i)], &mut careful);
                variances.push(reference::mean_variance(&to_f64(x), set).1);
            }
            let error = |y: &[f32]| y.iter().zip(&want).map(|(y, w)| (f64::from(*y) - w).abs()).fold(0.0, f64::max);
            // Twice the other's error; if that has none, the rounding of y itself.
            let largest = want.iter().fold(0.0_f64, |largest, y| largest.max(y.abs()));
            let allowed = 2.0 * error(&careful) + 4.0 * f64::from(f32::EPSILON) * largest;
            if error(&got.y).is_nan() || error(&got.y) > allowed {
                failures.push(format!("{what}: y is off by {:e}, allowed {allowed:e}", error(&got.y)));
            }
            // A constant's variance is 0 except for the rounding of its sum in f64.
            failures.extend(check_close(&got.variance, &variances, 1e-20, 1e-6, &format!("{what}: variance")).err());
        }
    }
    assert_no_failures("forward", &failures);
}

#[test]
fn backward_is_within_1e_4_of_f64() {
    let mut failures = Vec::new();
    for (hard, device) in hard_tensors().iter().flat_map(|hard| devices().into_iter().map(move |device| (hard, device)))
    {
        let Hard { what, shape, x, gradient_tolerance } = hard;
        let mut data = Data::new(502);
        let gamma = data.normal(shape.c as usize, 1.0, 0.3);
        let dy = data.normal(x.len(), 0.0, 1.0);
        for (norm, method) in norms(*shape) {
            let options = NormOptions { gamma: Some(&gamma), device, ..NormOptions::new(norm) };
            let got = pollster::block_on(normalize_backward(x, &dy, *shape, &options)).unwrap();
            let want = reference::backward(method, axes(*shape), EPSILON, &to_f64(x), &to_f64(&gamma), &to_f64(&dy));
            let pairs =
                [("dx", &got.dx, &want.x), ("dgamma", &got.dgamma, &want.gamma), ("dbeta", &got.dbeta, &want.beta)];
            for (name, got, want) in pairs {
                // Relative to the largest value of the gradient, or of its terms where they cancel to nothing.
                let largest = want.iter().fold(0.0_f64, |largest, g| largest.max(g.abs()));
                let atol = gradient_tolerance * largest + 1e-6;
                let what = format!("{what}, {norm:?}, {device:?}: {name}");
                failures.extend(check_close(got, want, atol, 0.0, &what).err());
            }
        }
    }
    assert_no_failures("backward", &failures);
}

#[test]
fn a_batch_of_1024_digits_keeps_its_variance() {
    let mut data = Data::new(503);
    let shape = Shape::new(1024, 2, 28, 28);
    let x = data.normal(shape.len() as usize, 1e4, 1.0);
    for device in devices() {
        let got =
            pollster::block_on(moments(&x, shape, &NormOptions { device, ..NormOptions::new(Norm::Batch) })).unwrap();
        for (group, set) in got.iter().zip(reference::sets(Method::Batch, axes(shape))) {
            let (mean, variance) = reference::mean_variance(&to_f64(&x), &set);
            let error = (f64::from(group.variance()) - variance).abs() / variance;
            assert!(error <= 1e-6, "{device:?}: variance of 802,816 values is off by {error:e}");
            let error = (f64::from(group.origin) + f64::from(group.offset) - mean).abs();
            assert!(error <= 1e-6, "{device:?}: mean near 1e4 is off by {error:e} deviations");
        }
    }
}

/// Also for a batch that the parts of a training batch do not divide.
#[test]
fn evaluation_takes_running_statistics() {
    let shape = Shape::new(3, 3, 2, 2);
    let x = Data::new(504).normal(shape.len() as usize, 0.0, 1.0);
    let (mean, variance) = ([0.5, -1.0, 2.0], [1.0, 0.25, 4.0]);
    let two = NonZeroU32::new(2).unwrap();
    for norm in [Norm::Batch, Norm::GhostBatch { size: two }, Norm::SyncBatch { devices: two }] {
        for device in devices() {
            let statistics = Statistics::Running { mean: &mean, variance: &variance };
            let options = NormOptions { statistics, device, ..NormOptions::new(norm) };
            let got = pollster::block_on(normalize(&x, shape, &options)).unwrap();
            let kept = (to_f64(&mean), to_f64(&variance));
            let want = reference::evaluate(axes(shape), EPSILON, &to_f64(&x), (&kept.0, &kept.1), &[1.0; 3], &[0.0; 3]);
            check_close(&got.y, &want, 1e-6, 1e-6, "y").unwrap();
            assert_eq!(got.mean, mean);
            assert_eq!(got.variance, variance);
            let gradients = pollster::block_on(normalize_backward(&x, &x, shape, &options)).unwrap();
            assert_eq!(gradients.dgamma.len(), 3);
        }
    }
}

#[test]
fn group_map_is_the_papers() {
    let shape = Shape::new(2, 6, 2, 1);
    for (norm, method) in norms(shape) {
        let got = group_map(shape, norm).unwrap();
        for (group, set) in reference::sets(method, axes(shape)).iter().enumerate() {
            assert!(set.iter().all(|&i| got[i] == group as u32), "{norm:?}: {got:?}");
        }
    }
}

#[test]
fn wrong_calls_are_named() {
    let shape = Shape::new(2, 4, 2, 2);
    let x = vec![0.5; 32];
    let mut bad = x.clone();
    bad[5] = f32::NAN;
    let good = NormOptions { device: DeviceChoice::Cpu, ..NormOptions::new(Norm::Batch) };
    let call = |x: &[f32], shape, options| pollster::block_on(normalize(x, shape, &options)).unwrap_err().to_string();
    let groups = Norm::Group { groups: NonZeroU32::new(3).unwrap() };
    let running = Statistics::Running { mean: &[0.0; 4], variance: &[1.0, 1.0, -1.0, 1.0] };
    let table = [
        (call(&x[1..], shape, good), "x has 31 values, 32 expected"),
        (call(&bad, shape, good), "x[5] is NaN, a finite number expected"),
        (call(&x, shape, NormOptions { norm: groups, ..good }), "group count 3 does not divide 4 channels"),
        (call(&x, shape, NormOptions { gamma: Some(&[1.0; 3]), ..good }), "gamma has 3 values, 4 expected"),
        (
            call(&x, shape, NormOptions { epsilon: -1.0, ..good }),
            "epsilon[0] is -1, a finite number not below 0 expected",
        ),
        (
            call(&x, shape, NormOptions { statistics: running, ..good }),
            "running variance[2] is -1, a finite number not below 0 expected",
        ),
        (
            call(&x, shape, NormOptions { statistics: running, norm: Norm::Layer, ..good }),
            "this norm has no running statistics",
        ),
        (call(&[], Shape::new(0, 4, 2, 2), good), "shape 0×4×2×2 has no values"),
        (
            call(&x, Shape::new(70_000, 70_000, 2, 2), good),
            "shape 70000×70000×2×2 is too large: more than 4294967295 values cannot be held here",
        ),
    ];
    for (got, want) in table {
        assert_eq!(got, want);
    }
    let error = pollster::block_on(moments(&x, shape, &NormOptions::new(Norm::None))).unwrap_err();
    assert!(matches!(error, NormalizeError::Without { .. }), "{error}");
}

/// The values of pytorch#162489, where LN gives zeros, and larger ones up to the end of f32.
#[test]
fn values_whose_squares_exceed_f32_are_normalized() {
    let sample = [1e20_f32, 2e20, 3e20, 3.3e20];
    check_close(
        &two_pass(&sample).iter().map(|y| *y as f32).collect::<Vec<_>>(),
        &[-1.466, -0.360, 0.747, 1.079],
        5e-4,
        0.0,
        "f64",
    )
    .unwrap();
    let mut failures = Vec::new();
    for (device, power) in devices().into_iter().flat_map(|device| [0, 30, 50, 59].map(|power| (device, power))) {
        let x = sample.map(|x| x * (power as f32).exp2());
        for shape in [Shape::new(1, 4, 1, 1), Shape::new(1, 1, 2, 2), Shape::new(1, 2, 1, 2)] {
            let over = Norm::Axes(AxesNorm::over(&[Axis::C, Axis::H, Axis::W]));
            for norm in [Norm::Layer, Norm::Group { groups: NonZeroU32::MIN }, over] {
                let options = NormOptions { device, ..NormOptions::new(norm) };
                let got = pollster::block_on(normalize(&x, shape, &options)).unwrap();
                let what = format!("{norm:?}, {shape:?}, {device:?}, × 2^{power}");
                let wanted = two_pass(&x);
                failures.extend(check_close(&got.y, &wanted, 1e-6, 1e-6, &what).err());
                let dy = [1.0, 0.0, 0.0, 0.0];
                let back = pollster::block_on(normalize_backward(&x, &dy, shape, &options)).unwrap();
                let reference = reference::backward(
                    Method::Layer,
                    axes(shape),
                    1e-5,
                    &to_f64(&x),
                    &vec![1.0; shape.c as usize],
                    &to_f64(&dy),
                );
                let largest = reference.x.iter().fold(0.0_f64, |largest, dx| largest.max(dx.abs()));
                failures.extend(
                    check_close(&back.dx, &reference.x, 1e-5 * largest + 1e-44, 0.0, &format!("{what}, dx")).err(),
                );
            }
        }
    }
    assert_no_failures("large values", &failures);
}

/// In f64, whose squares hold all of f32.
fn two_pass(x: &[f32]) -> Vec<f64> {
    let x = to_f64(x);
    let mean = x.iter().sum::<f64>() / x.len() as f64;
    let variance = x.iter().map(|x| (x - mean).powi(2)).sum::<f64>() / x.len() as f64;
    x.iter().map(|x| (x - mean) / (variance + EPSILON).sqrt()).collect()
}

#[test]
fn a_group_of_large_values_leaves_the_others_as_they_are() {
    let (usual, large) = ([0.5_f32, -1.0, 2.0, 0.25], [1e25_f32, 3e25, -2e25, 0.0]);
    let x: Vec<f32> = usual.into_iter().chain(large).collect();
    for device in devices() {
        let options = NormOptions { device, ..NormOptions::new(Norm::Instance) };
        let got = pollster::block_on(normalize(&x, Shape::new(1, 2, 2, 2), &options)).unwrap();
        let alone = pollster::block_on(normalize(&usual, Shape::new(1, 1, 2, 2), &options)).unwrap();
        assert_eq!(got.y[..4], alone.y, "{device:?}");
        check_close(&got.y[4..], &two_pass(&large), 1e-6, 1e-6, "large").unwrap();
        assert_eq!(got.variance[1], f32::INFINITY, "which is beyond f32, and told so");
        assert!((got.mean[1] / 5e24 - 1.0).abs() < 1e-6, "{:?}", got.mean);
    }
}

#[test]
fn small_values_without_an_epsilon_are_normalized() {
    for (device, size) in devices().into_iter().flat_map(|device| [1e-20_f32, 1e-30, 1e-40].map(|size| (device, size)))
    {
        let x = [1.0, 2.0, 3.0, 4.0].map(|x| x * size);
        let options = NormOptions { device, epsilon: 0.0, ..NormOptions::new(Norm::Layer) };
        let got = pollster::block_on(normalize(&x, Shape::new(1, 4, 1, 1), &options)).unwrap();
        check_close(&got.y, &[-1.341_64, -0.447_21, 0.447_21, 1.341_64], 2e-5, 0.0, &format!("{device:?} {size:e}"))
            .unwrap();
    }
}

#[test]
fn values_that_a_mixture_cannot_hold_are_refused() {
    for norm in [Norm::BatchInstance, Norm::Switchable] {
        let got =
            pollster::block_on(normalize(&[1e20, 0.0, 1.0, 2.0], Shape::new(1, 1, 2, 2), &NormOptions::new(norm)));
        assert!(matches!(got, Err(NormalizeError::Value { name: "x", index: 0, .. })), "{norm:?}: {got:?}");
        let within =
            pollster::block_on(normalize(&[1e15, 0.0, 1.0, 2.0], Shape::new(1, 1, 2, 2), &NormOptions::new(norm)));
        assert!(within.unwrap().y.iter().all(|y| y.is_finite()));
    }
}
