//! Norms over axes and RMS norm as layers and as functions: against f64 on hard tensors, and against the paper's norms
//! where their boxes are the same.

use crate::boxes::{axis_sets, every_axes_norm, norm_of, oracle};
use crate::common::hard::{Hard, devices};
use crate::common::{Data, assert_close, assert_no_failures, check_close, to_f64};
use crate::oracle::axes::AxesNorm as Oracle;
use blue_cube::exec::DeviceChoice;
use blue_cube::grouping::tiling::Axis;
use blue_cube::model::{ModelError, ModelSpec};
use blue_cube::norm::{AffineAxes, AxesNorm, Norm};
use blue_cube::normalize::{NormOptions, group_map, moments, normalize, normalize_backward};
use blue_cube::shape::Shape;
use std::num::NonZeroU32;

/// The hard tensors, plus one with nearly all zeros and a few large values, and one with long rows.
fn hard_tensors() -> Vec<Hard> {
    let (sparse, long) = (Shape::new(4, 6, 9, 31), Shape::new(2, 3, 1, 1100));
    let mut data = Data::new(520);
    let large = |i: u32| if i.is_multiple_of(97) { data.gauss().abs() as f32 + 9.0 } else { 0.0 };
    let x = (0..sparse.len()).map(large).collect();
    let mut all = crate::common::hard::hard_tensors();
    all.push(Hard { what: "mostly 0", shape: sparse, x, gradient_tolerance: 1e-4 });
    let x = data.normal(long.len() as usize, 0.0, 1.0);
    all.push(Hard { what: "rows longer than a run", shape: long, x, gradient_tolerance: 1e-4 });
    all
}

fn over(axes: &[Axis], affine: AffineAxes) -> AxesNorm {
    AxesNorm { affine: Some(affine), ..AxesNorm::over(axes) }
}

fn in_groups(axes: &[Axis], groups: u32) -> AxesNorm {
    AxesNorm { groups: NonZeroU32::new(groups).unwrap(), ..over(axes, AffineAxes::Channel) }
}

/// All norms on the CPU; on a GPU, which takes longer to start, some of each kind.
fn norms(shape: Shape, device: DeviceChoice) -> Vec<(AxesNorm, bool)> {
    use Axis::{C, H, N, W};
    if device == DeviceChoice::Cpu {
        let both = |norm| [(norm, true), (norm, false)];
        return every_axes_norm(shape).into_iter().flat_map(both).collect();
    }
    let groups = if shape.c.is_multiple_of(3) { 3 } else { 1 };
    vec![
        (over(&[C], AffineAxes::Reduced), true),
        (over(&[C, H, W], AffineAxes::Reduced), true),
        (over(&[C, H, W], AffineAxes::Scalar), true),
        (over(&[N, W], AffineAxes::Channel), true),
        (in_groups(&[C, H], groups), true),
        (over(&[C, W], AffineAxes::Reduced), false),
        (in_groups(&[N, C, H, W], groups), false),
    ]
}

/// Every norm on every hard tensor on every engine.
fn each_case(mut check: impl FnMut(&str, &Hard, AxesNorm, bool, DeviceChoice)) {
    for hard in hard_tensors() {
        for device in devices() {
            for (norm, centers) in norms(hard.shape, device) {
                let what = format!("{}, {norm:?}, centers {centers}, {device:?}", hard.what);
                check(&what, &hard, norm, centers, device);
            }
        }
    }
}

/// y by two passes in f32 relative to one value of each set, as careful code does without f64.
fn careful(oracle: &Oracle, x: &[f32], gamma: &[f32], beta: &[f32]) -> Vec<f32> {
    let mut y = vec![f32::NAN; x.len()];
    for set in oracle.sets() {
        let n = set.len() as f32;
        let origin = if oracle.centers { x[set[0]] } else { 0.0 };
        let mean = if oracle.centers { set.iter().map(|&i| x[i] - origin).sum::<f32>() / n } else { 0.0 };
        let variance = set.iter().map(|&i| (x[i] - origin - mean).powi(2)).sum::<f32>() / n;
        for i in set {
            y[i] = (x[i] - origin - mean) / (variance + oracle.epsilon as f32).sqrt();
        }
    }
    for (place, set) in oracle.affine_sets().into_iter().enumerate() {
        for i in set {
            y[i] = gamma[place] * y[i] + beta[place];
        }
    }
    y
}

fn largest(values: &[f64]) -> f64 {
    values.iter().fold(0.0, |largest, value| value.abs().max(largest))
}

#[test]
fn forward_is_as_exact_as_careful_f32() {
    let mut failures = Vec::new();
    each_case(|what, Hard { shape, x, .. }, norm, centers, device| {
        let oracle = oracle(norm, centers, *shape);
        let (n_affine, mut data) = (oracle.affine_sets().len(), Data::new(521));
        let (gamma, beta) = (data.normal(n_affine, 1.0, 0.3), data.normal(n_affine, 0.0, 0.3));
        let options =
            NormOptions { gamma: Some(&gamma), beta: Some(&beta), device, ..NormOptions::new(norm_of(norm, centers)) };
        let got = pollster::block_on(normalize(x, *shape, &options)).unwrap();
        let want = oracle.forward(&to_f64(x), &to_f64(&gamma), &to_f64(&beta));
        let error = |y: &[f32]| y.iter().zip(&want).map(|(y, w)| (f64::from(*y) - w).abs()).fold(0.0, f64::max);
        // Twice the other's error; if that has none, the rounding of y itself.
        let allowed = 2.0 * error(&careful(&oracle, x, &gamma, &beta)) + 4.0 * f64::from(f32::EPSILON) * largest(&want);
        if got.y.iter().any(|y| y.is_nan()) || error(&got.y) > allowed {
            failures.push(format!("{what}: y is off by {:e}, allowed {allowed:e}", error(&got.y)));
        }
        let (means, variances): (Vec<f64>, Vec<f64>) =
            oracle.sets().iter().map(|set| oracle.moments(&to_f64(x), set)).unzip();
        // A constant's variance is 0 except for the rounding of its sum in f64; a mean is returned as one f32.
        failures.extend(check_close(&got.variance, &variances, 1e-20, 1e-6, &format!("{what}: variance")).err());
        failures.extend(check_close(&got.mean, &means, 1e-6, 1e-6, &format!("{what}: mean")).err());
    });
    assert_no_failures("forward", &failures);
}

#[test]
fn backward_is_within_1e_4_of_f64() {
    let mut failures = Vec::new();
    each_case(|what, Hard { shape, x, gradient_tolerance, .. }, norm, centers, device| {
        let oracle = oracle(norm, centers, *shape);
        let mut data = Data::new(522);
        let (gamma, dy) = (data.normal(oracle.affine_sets().len(), 1.0, 0.3), data.normal(x.len(), 0.0, 1.0));
        let options = NormOptions { gamma: Some(&gamma), device, ..NormOptions::new(norm_of(norm, centers)) };
        let got = pollster::block_on(normalize_backward(x, &dy, *shape, &options)).unwrap();
        let want = oracle.backward(&to_f64(x), &to_f64(&gamma), &to_f64(&dy));
        for (name, got, want) in
            [("dx", &got.dx, &want.x), ("dgamma", &got.dgamma, &want.gamma), ("dbeta", &got.dbeta, &want.beta)]
        {
            // Relative to the largest value of the gradient, or of its terms where they cancel to nothing.
            let atol = gradient_tolerance * largest(want) + 1e-6;
            failures.extend(check_close(got, want, atol, 0.0, &format!("{what}: {name}")).err());
        }
    });
    assert_no_failures("backward", &failures);
}

#[test]
fn a_batch_of_1024_digits_keeps_its_variance() {
    let shape = Shape::new(1024, 2, 28, 28);
    let x = Data::new(523).normal(shape.len() as usize, 1e4, 1.0);
    let axes = AxesNorm::over(&[Axis::N, Axis::H, Axis::W]);
    for (device, centers) in devices().into_iter().flat_map(|device| [(device, true), (device, false)]) {
        let oracle = oracle(axes, centers, shape);
        let options = NormOptions { device, ..NormOptions::new(norm_of(axes, centers)) };
        let got = pollster::block_on(moments(&x, shape, &options)).unwrap();
        for (group, set) in got.iter().zip(oracle.sets()) {
            let (mean, variance) = oracle.moments(&to_f64(&x), &set);
            assert_eq!(group.count, 802_816.0);
            let error = (f64::from(group.variance()) - variance).abs() / variance;
            assert!(error <= 1e-6, "{device:?}: variance of 802,816 values is off by {error:e}");
            let error = (f64::from(group.origin) + f64::from(group.offset) - mean).abs();
            assert!(error <= 1e-6, "{device:?}: mean near 1e4 is off by {error:e} deviations");
        }
    }
}

/// Norms over axes that are the paper's norms, with γ and β per channel.
fn twins(shape: Shape) -> Vec<(AxesNorm, Norm)> {
    use Axis::{C, H, N, W};
    let channel = AffineAxes::Channel;
    let mut all = vec![
        (over(&[C, H, W], channel), Norm::Layer),
        (over(&[H, W], channel), Norm::Instance),
        (over(&[N, H, W], channel), Norm::Batch),
    ];
    for groups in (1..=shape.c).filter(|&groups| shape.c.is_multiple_of(groups)) {
        all.push((in_groups(&[C, H, W], groups), Norm::Group { groups: NonZeroU32::new(groups).unwrap() }));
    }
    all
}

#[test]
fn the_norms_of_the_paper_are_norms_over_axes() {
    for shape in [Shape::new(3, 6, 5, 7), Shape::new(1, 4, 1, 9), Shape::new(5, 2, 3, 1)] {
        let mut data = Data::new(524);
        let (x, dy) = (data.normal(shape.len() as usize, 1.0, 2.0), data.normal(shape.len() as usize, 0.0, 1.0));
        let (gamma, beta) = (data.normal(shape.c as usize, 1.0, 0.3), data.normal(shape.c as usize, 0.0, 0.3));
        for (axes, norm) in twins(shape) {
            assert_eq!(group_map(shape, Norm::Axes(axes)), group_map(shape, norm), "{norm:?} on {shape}");
            for device in devices() {
                let what = |name| format!("{name} of {norm:?} on {shape}, {device:?}");
                let options =
                    |norm| NormOptions { gamma: Some(&gamma), beta: Some(&beta), device, ..NormOptions::new(norm) };
                let [got, want] = [Norm::Axes(axes), norm]
                    .map(|norm| pollster::block_on(normalize(&x, shape, &options(norm))).unwrap());
                // The same formula with different roundings, of values up to 10, and up to 40 in a gradient of 1/ε.
                assert_close(&got.y, &want.y, 4e-6, 0.0, &what("y"));
                assert_close(&got.mean, &want.mean, 1e-6, 1e-6, &what("mean"));
                assert_close(&got.variance, &want.variance, 0.0, 2e-6, &what("variance"));
                let [got, want] = [Norm::Axes(axes), norm]
                    .map(|norm| pollster::block_on(normalize_backward(&x, &dy, shape, &options(norm))).unwrap());
                assert_close(&got.dx, &want.dx, 4e-5, 1e-5, &what("dx"));
                assert_close(&got.dgamma, &want.dgamma, 4e-5, 1e-5, &what("dγ"));
                assert_close(&got.dbeta, &want.dbeta, 4e-5, 1e-5, &what("dβ"));
            }
        }
    }
}

#[test]
fn a_mean_of_one_value_has_no_gradient_to_the_bit() {
    let shape = Shape::new(3, 1, 4, 5);
    let mut data = Data::new(525);
    let (x, dy) = (data.normal(60, 1e4, 3.0), data.normal(60, 0.0, 1.0));
    for device in devices() {
        let options = NormOptions {
            gamma: Some(&[0.3]),
            beta: Some(&[0.7]),
            device,
            ..NormOptions::new(Norm::Axes(over(&[Axis::C], AffineAxes::Reduced)))
        };
        assert_eq!(pollster::block_on(normalize(&x, shape, &options)).unwrap().y, [0.7; 60], "{device:?}");
        let got = pollster::block_on(normalize_backward(&x, &dy, shape, &options)).unwrap();
        assert_eq!((got.dx, got.dgamma), (vec![0.0; 60], vec![0.0]), "{device:?}");
    }
}

#[test]
fn rms_norm_is_blind_to_scale_and_sees_a_shift() {
    let shape = Shape::new(2, 3, 4, 4);
    let x = Data::new(526).quarters(96, 4);
    for axes in axis_sets() {
        let options = NormOptions { epsilon: 0.0, ..NormOptions::new(Norm::Rms(AxesNorm::over(&axes))) };
        let options = NormOptions { device: DeviceChoice::Cpu, ..options };
        let y = |scale: f32, shift: f32| {
            // Quarters away from 0, so that no map rounds.
            let x: Vec<f32> = x.iter().map(|x| scale * (x + 8.0 + shift)).collect();
            pollster::block_on(normalize(&x, shape, &options)).unwrap()
        };
        assert_eq!(y(1.0, 0.0).y, y(8.0, 0.0).y, "{axes:?}");
        assert!(y(1.0, 0.0).mean.iter().all(|&mean| mean == 0.0), "{axes:?}");
        let notices = y(1.0, 0.0).y.iter().zip(y(1.0, 4.0).y).any(|(plain, moved)| (plain - moved).abs() > 1e-3);
        assert!(notices, "{axes:?}");
    }
}

#[test]
fn the_tutorials_layer_norms_have_kerass_number_of_parameters_and_learn() {
    // Sources A and C: `LayerNormalization(axis=3)` and `(axis=1)` on N×H×W×C; and over all three axes.
    let cases = [(&[Axis::C][..], 866_818), (&[Axis::H], 866_850), (&[Axis::C, Axis::H, Axis::W], 866_798 + 13_520)];
    for (axes, n_parameters) in cases {
        for centers in [true, false] {
            let norm = norm_of(AxesNorm::over(axes), centers);
            assert_eq!(ModelSpec::tutorial(norm).plan(2, 2).unwrap().plan.n_parameters(), n_parameters, "{norm:?}");
            let mean = |losses: &[f32]| losses.iter().sum::<f32>() / losses.len() as f32;
            for device in devices() {
                let (losses, _) = pollster::block_on(crate::bars::losses(norm, device, 40));
                assert!(mean(&losses[32..]) < 0.5 * mean(&losses[..8]), "{norm:?}, {device:?} learns: {losses:?}");
            }
        }
    }
}

#[test]
fn gamma_over_images_wants_batches_of_one_size() {
    let norm = Norm::Axes(over(&[Axis::N, Axis::C], AffineAxes::Reduced));
    assert!(ModelSpec::tutorial(norm).plan(4, 4).is_ok());
    let error = ModelSpec::tutorial(norm).plan(4, 100).err().unwrap();
    assert!(matches!(error, ModelError::Layer { index: 1, .. }));
    assert_eq!(
        error.to_string(),
        "layer 1: gamma and beta over n have 40 values each, and a batch of 100 images needs 1000"
    );
    let by_channel = Norm::Axes(AxesNorm::over(&[Axis::N, Axis::C]));
    assert!(ModelSpec::tutorial(by_channel).plan(4, 100).is_ok(), "γ is per channel where a mean runs over images");
}
