//! The tables of `norm`, applied to tensors by hand, against the oracle on odd shapes; and what each norm is blind to.

use crate::common::{Data, assert_close, assert_no_failures, axes, check_close, to_f64};
use crate::oracle::norm::Method;
use blue_cube::grouping::Grouping;
use blue_cube::moments::Moments;
use blue_cube::norm::{
    DEFAULT_EPSILON, DEFAULT_MOMENTUM, Fold, Norm, PlaneAffine, PlanePullback, PlaneSums, PlanesRecipe, RUNNING_START,
    Recipe, fold_backward, fold_forward, rstd, update_running,
};
use blue_cube::shape::Shape;
use std::num::NonZeroU32;

/// Rounding of y and dx on inputs near 1: about ten operations after the moments, each correct to 6e-8, on values up to
/// about 10.
const ATOL: f64 = 4e-6;
const RTOL: f64 = 4e-6;

fn group(groups: u32) -> Norm {
    Norm::Group { groups: NonZeroU32::new(groups).expect("not zero") }
}

fn fold(grouping: Grouping) -> Fold {
    Fold { grouping, epsilon: DEFAULT_EPSILON, own_moments: 1 }
}

fn method(norm: Norm) -> Method {
    match norm {
        Norm::Batch => Method::Batch,
        Norm::Layer => Method::Layer,
        Norm::Instance => Method::Instance,
        Norm::Group { groups } => Method::Group(groups.get() as usize),
        Norm::GhostBatch { size } => Method::Tile(size.get() as usize, 1),
        Norm::SyncBatch { .. } => Method::Batch,
        other => panic!("{other:?} is not a norm of planes"),
    }
}

fn odd_shapes() -> Vec<Shape> {
    [
        (1, 1, 1, 1),
        (1, 1, 5, 7),
        (5, 1, 3, 3),
        (1, 6, 3, 5),
        (3, 6, 1, 1),
        (2, 6, 1, 7),
        (4, 12, 7, 1),
        (3, 10, 9, 7),
        (7, 6, 8, 8),
        (2, 3, 5, 13),
        (2, 2, 28, 28),
        (65, 2, 1, 1),
    ]
    .map(|(n, c, h, w)| Shape::new(n, c, h, w))
    .to_vec()
}

/// Every norm that fits `shape`.
fn norms(shape: Shape) -> Vec<Norm> {
    let groups = (1..=shape.c).filter(|&g| shape.c.is_multiple_of(g)).map(group);
    [Norm::Batch, Norm::Layer, Norm::Instance].into_iter().chain(groups).collect()
}

/// A norm layer composed from the tables, in the order in which the kernels run.
struct Composed {
    shape: Shape,
    grouping: Grouping,
    groups: Vec<Moments>,
    affine: Vec<f32>,
    maps: Vec<PlaneAffine>,
}

impl Composed {
    fn new(norm: Norm, shape: Shape, x: &[f32], affine: &[f32]) -> Self {
        let Some(Recipe::Planes(PlanesRecipe { grouping, .. })) = norm.recipe(shape).expect("groups divide channels")
        else {
            panic!("{norm:?} is not a norm of planes");
        };
        let planes: Vec<Moments> = x.chunks(shape.plane_len() as usize).map(Moments::of).collect();
        let merged = |group_idx| {
            let members: Vec<u32> = grouping.members(group_idx).collect();
            Moments::merge_tree(grouping.group_len(), &|i| planes[members[i as usize] as usize])
        };
        let groups = (0..grouping.n_groups()).map(merged).collect();
        let mut composed = Self { shape, grouping, groups, affine: affine.to_vec(), maps: Vec::new() };
        composed.fold(norm);
        composed
    }

    fn fold(&mut self, norm: Norm) {
        assert_ne!(norm, Norm::None);
        self.maps = vec![PlaneAffine::default(); self.shape.n_planes() as usize];
        fold_forward(fold(self.grouping), &self.groups, &self.affine, &mut self.maps);
    }

    fn forward(&self, x: &[f32]) -> Vec<f32> {
        let plane_len = self.shape.plane_len() as usize;
        let apply = |(i, &x): (usize, &f32)| {
            let map = self.maps[i / plane_len];
            map.scale * (x - map.origin) + map.shift
        };
        x.iter().enumerate().map(apply).collect()
    }

    /// (dx, daffine). The plane sums are computed in f64, so that only the folds round.
    fn backward(&self, x: &[f32], dy: &[f32]) -> (Vec<f32>, Vec<f32>) {
        let plane_len = self.shape.plane_len() as usize;
        let mut sums = Vec::new();
        for ((x, dy), map) in x.chunks(plane_len).zip(dy.chunks(plane_len)).zip(&self.maps) {
            let dy_x: f64 = x.iter().zip(dy).map(|(&x, &dy)| f64::from(dy) * f64::from(x - map.origin)).sum();
            sums.push(PlaneSums { dy: dy.iter().map(|&dy| f64::from(dy)).sum::<f64>() as f32, dy_x: dy_x as f32 });
        }
        let mut pullbacks = vec![PlanePullback::default(); sums.len()];
        // Stale gradients must be overwritten, not added to.
        let mut daffine = vec![77.0; self.affine.len()];
        let (grouping, affine) = (self.grouping, &self.affine);
        fold_backward(fold(grouping), &self.groups, &sums, affine, &mut pullbacks, &mut daffine);
        let apply = |(i, (&x, &dy)): (usize, (&f32, &f32))| {
            let pullback = pullbacks[i / plane_len];
            dy * pullback.dy + (x - self.maps[i / plane_len].origin) * pullback.x + pullback.one
        };
        (x.iter().zip(dy).enumerate().map(apply).collect(), daffine)
    }
}

/// γ around 1 with both signs, β around 0.
fn random_affine(data: &mut Data, n_channels: u32) -> Vec<f32> {
    let n_channels = n_channels as usize;
    let mut affine = data.uniform(n_channels, -2.0, 2.0);
    affine.extend(data.uniform(n_channels, -1.0, 1.0));
    affine
}

#[test]
fn forward_is_the_oracle_on_odd_shapes() {
    let (mut data, mut failures) = (Data::new(10), Vec::new());
    for shape in odd_shapes() {
        for norm in norms(shape) {
            let x = data.normal(shape.len() as usize, 0.5, 1.5);
            let affine = random_affine(&mut data, shape.c);
            let got = Composed::new(norm, shape, &x, &affine).forward(&x);
            let (gamma, beta) = affine.split_at(shape.c as usize);
            let epsilon = f64::from(DEFAULT_EPSILON);
            let (x, gamma, beta) = (to_f64(&x), to_f64(gamma), to_f64(beta));
            let want = crate::oracle::norm::forward(method(norm), axes(shape), epsilon, &x, &gamma, &beta);
            failures.extend(check_close(&got, &want, ATOL, RTOL, &format!("{norm:?} on {shape}")).err());
        }
    }
    assert_no_failures("norm forward", &failures);
}

#[test]
fn backward_is_the_oracle_on_odd_shapes() {
    let (mut data, mut failures) = (Data::new(11), Vec::new());
    for shape in odd_shapes() {
        for norm in norms(shape) {
            let len = shape.len() as usize;
            let (x, dy) = (data.normal(len, 0.5, 1.5), data.normal(len, 0.1, 1.0));
            let affine = random_affine(&mut data, shape.c);
            let composed = Composed::new(norm, shape, &x, &affine);
            let (dx, daffine) = composed.backward(&x, &dy);
            let (gamma, epsilon) = (to_f64(&affine[..shape.c as usize]), f64::from(DEFAULT_EPSILON));
            let want =
                crate::oracle::norm::backward(method(norm), axes(shape), epsilon, &to_f64(&x), &gamma, &to_f64(&dy));
            // A gradient is a multiple of rstd; for few values, which may be close together, rstd is up to 1/√ε = 316.
            let steepest =
                composed.groups.iter().map(|&group| f64::from(rstd(group, DEFAULT_EPSILON))).fold(1.0, f64::max);
            // Sums of up to `len` terms near 1 in f32 over the planes.
            let sum_atol = ATOL * (f64::from(shape.n * shape.plane_len())).sqrt();
            let what = format!("{norm:?} on {shape}");
            let want_affine: Vec<f64> = want.gamma.iter().chain(&want.beta).copied().collect();
            failures.extend(check_close(&dx, &want.x, ATOL * steepest, RTOL, &format!("dx, {what}")).err());
            failures.extend(check_close(&daffine, &want_affine, sum_atol, RTOL, &format!("dγ dβ, {what}")).err());
        }
    }
    assert_no_failures("norm backward", &failures);
}

/// The oracle itself: its backward against central differences of its forward, in f64.
#[test]
fn oracle_backward_is_the_derivative_of_its_forward() {
    let (mut data, mut failures) = (Data::new(12), Vec::new());
    let shape = [2, 4, 3, 2];
    let (len, n_channels, epsilon) = (48, 4, 1e-5);
    for method in [Method::Batch, Method::Layer, Method::Instance, Method::Group(2), Method::Tile(2, 2)] {
        let mut draw = |len| to_f64(&data.normal(len, 0.3, 1.0));
        let (x, dy, gamma, beta) = (draw(len), draw(len), draw(n_channels), draw(n_channels));
        let loss = |x: &[f64], gamma: &[f64], beta: &[f64]| -> f64 {
            let y = crate::oracle::norm::forward(method, shape, epsilon, x, gamma, beta);
            y.iter().zip(&dy).map(|(y, dy)| y * dy).sum()
        };
        // The error of a central difference is about step²·f‴/6 + 1e-15/step: 1e-9 at this step.
        let slope = |at: &[f64], loss: &dyn Fn(&[f64]) -> f64| -> Vec<f64> {
            let step = 1e-5;
            let moved = |i: usize, by: f64| {
                let mut at = at.to_vec();
                at[i] += by;
                loss(&at)
            };
            (0..at.len()).map(|i| (moved(i, step) - moved(i, -step)) / (2.0 * step)).collect()
        };
        let got = crate::oracle::norm::backward(method, shape, epsilon, &x, &gamma, &dy);
        let want_x = slope(&x, &|x| loss(x, &gamma, &beta));
        let want_gamma = slope(&gamma, &|gamma| loss(&x, gamma, &beta));
        let want_beta = slope(&beta, &|beta| loss(&x, &gamma, beta));
        for (got, want, what) in [(got.x, want_x, "dx"), (got.gamma, want_gamma, "dγ"), (got.beta, want_beta, "dβ")] {
            failures.extend(check_close(&got, &want, 1e-8, 1e-8, &format!("{what}, {method:?}")).err());
        }
    }
    assert_no_failures("oracle against differences", &failures);
}

/// γ = 1, β = 0.
fn plain_affine(n_channels: u32) -> Vec<f32> {
    (0..2 * n_channels).map(|i| if i < n_channels { 1.0 } else { 0.0 }).collect()
}

/// y for `x`, and for `x` after an affine map chosen by (n, c), without γ and β.
fn plain_and_moved(norm: Norm, shape: Shape, map: impl Fn(u32, u32) -> (f32, f32)) -> (Vec<f32>, Vec<f32>) {
    // On quarters the map rounds nothing, so both inputs are exactly what they should be.
    let x = Data::new(13).quarters(shape.len() as usize, 4);
    let move_one = |(i, &x): (usize, &f32)| {
        let plane_idx = u32::try_from(i).expect("small") / shape.plane_len();
        let (scale, shift) = map(plane_idx / shape.c, plane_idx % shape.c);
        scale * x + shift
    };
    let moved: Vec<f32> = x.iter().enumerate().map(move_one).collect();
    let affine = plain_affine(shape.c);
    let [plain, moved] = [x, moved].map(|x| Composed::new(norm, shape, &x, &affine).forward(&x));
    (plain, moved)
}

/// Scales are ≥ 4, so ε changes y by at most 1e-5/σ² of 1, or 1e-5 at variance near 1; shifts of 64 cost six bits.
const INVARIANCE_ATOL: f64 = 5e-5;

#[test]
fn each_norm_is_blind_to_its_own_scale_and_shift() {
    let shape = Shape::new(3, 6, 5, 7);
    let scale_shift = |k: u32| ((k % 3 + 4) as f32, (k as f32 - 3.0) * 8.0);
    let by_image: &dyn Fn(u32, u32) -> (f32, f32) = &|n, _| scale_shift(n);
    let by_channel: &dyn Fn(u32, u32) -> (f32, f32) = &|_, c| scale_shift(c);
    let by_plane: &dyn Fn(u32, u32) -> (f32, f32) = &|n, c| scale_shift(n * 6 + c);
    let by_pair: &dyn Fn(u32, u32) -> (f32, f32) = &|n, c| scale_shift(n * 3 + c / 2);
    let everywhere: &dyn Fn(u32, u32) -> (f32, f32) = &|_, _| (5.0, 8.0);
    let cases = [
        (Norm::Instance, "plane", by_plane, true),
        (Norm::Instance, "image", by_image, true),
        (Norm::Instance, "channel", by_channel, true),
        (Norm::Layer, "image", by_image, true),
        (Norm::Layer, "channel", by_channel, false),
        (Norm::Layer, "plane", by_plane, false),
        (Norm::Batch, "channel", by_channel, true),
        (Norm::Batch, "image", by_image, false),
        (Norm::Batch, "plane", by_plane, false),
        (group(3), "pair of channels", by_pair, true),
        (group(3), "image", by_image, true),
        (group(3), "channel", by_channel, false),
        (Norm::Batch, "everything", everywhere, true),
        (Norm::Layer, "everything", everywhere, true),
    ];
    let mut failures = Vec::new();
    for (norm, of_what, map, blind) in cases {
        let (plain, moved) = plain_and_moved(norm, shape, map);
        let comparison = check_close(&moved, &plain, INVARIANCE_ATOL, 0.0, &format!("{norm:?}, scale a {of_what}"));
        match comparison {
            Err(message) if blind => failures.push(message),
            Ok(()) if !blind => failures.push(format!("{norm:?} did not notice a scale and shift per {of_what}")),
            _ => {}
        }
    }
    assert_no_failures("invariance", &failures);
}

#[test]
fn group_norm_is_layer_norm_at_one_group_and_instance_norm_at_c() {
    for shape in odd_shapes() {
        let x = Data::new(14).normal(shape.len() as usize, 1.0, 2.0);
        let affine = random_affine(&mut Data::new(15), shape.c);
        let y = |norm| Composed::new(norm, shape, &x, &affine).forward(&x);
        assert_eq!(y(group(1)), y(Norm::Layer), "{shape}");
        assert_eq!(y(group(shape.c)), y(Norm::Instance), "{shape}");
    }
}

#[test]
fn one_image_makes_batch_norm_instance_norm() {
    let shape = Shape::new(1, 6, 5, 7);
    let x = Data::new(16).normal(shape.len() as usize, 1.0, 2.0);
    let affine = random_affine(&mut Data::new(17), shape.c);
    let y = |norm| Composed::new(norm, shape, &x, &affine).forward(&x);
    assert_eq!(y(Norm::Batch), y(Norm::Instance));
}

#[test]
fn output_has_mean_0_and_variance_1() {
    let shape = Shape::new(4, 6, 9, 7);
    for norm in norms(shape) {
        let x = Data::new(18).normal(shape.len() as usize, 100.0, 3.0);
        let y = to_f64(&Composed::new(norm, shape, &x, &plain_affine(shape.c)).forward(&x));
        for set in crate::oracle::norm::sets(method(norm), axes(shape)) {
            let (mean, variance) = crate::oracle::norm::mean_variance(&y, &set);
            // The mean, 100, is stored to 4e-6, a third of which is visible after division by 3; ε/9 is 1.1e-6.
            assert!(mean.abs() < 3e-6, "{norm:?}: mean {mean}");
            assert!((variance - 1.0).abs() < 5e-6, "{norm:?}: variance {variance}");
        }
    }
}

#[test]
fn constant_input_gives_beta_and_no_nan() {
    for shape in odd_shapes() {
        for norm in norms(shape) {
            for constant in [0.0, 0.1, -1e4 - 1.0 / 3.0, 1e-30] {
                let x = vec![constant; shape.len() as usize];
                let affine = random_affine(&mut Data::new(19), shape.c);
                let composed = Composed::new(norm, shape, &x, &affine);
                let beta = |i: usize| affine[shape.c as usize + i / shape.plane_len() as usize % shape.c as usize];
                let want: Vec<f32> = (0..x.len()).map(beta).collect();
                assert_eq!(composed.forward(&x), want, "{norm:?} on {shape} of {constant}");
                let (dx, daffine) = composed.backward(&x, &vec![1.0; x.len()]);
                assert!(dx.iter().chain(&daffine).all(|x| x.is_finite()), "{norm:?} on {shape} of {constant}");
            }
        }
    }
}

#[test]
fn large_means_keep_their_digits() {
    let shape = Shape::new(3, 4, 7, 9);
    for norm in norms(shape) {
        let x = Data::new(20).normal(shape.len() as usize, 1e4, 1.0);
        let y = Composed::new(norm, shape, &x, &plain_affine(shape.c)).forward(&x);
        let (ones, zeros) = (vec![1.0; 4], vec![0.0; 4]);
        let epsilon = f64::from(DEFAULT_EPSILON);
        let want = crate::oracle::norm::forward(method(norm), axes(shape), epsilon, &to_f64(&x), &ones, &zeros);
        // A mean of 10⁴ is stored to half of 2⁻¹⁰, 4.9e-4; a plane's mean and two merges above it round three times,
        // and y shows the sum unchanged.
        assert_close(&y, &want, 1.5e-3, 0.0, &format!("{norm:?}"));
    }
}

#[test]
fn evaluation_uses_running_statistics() {
    let shape = Shape::new(3, 4, 5, 5);
    let grouping = Grouping::batch(shape).unwrap();
    let x = Data::new(21).normal(shape.len() as usize, 2.0, 3.0);
    let affine = random_affine(&mut Data::new(22), shape.c);
    let batch = Composed::new(Norm::Batch, shape, &x, &affine).groups;
    let mut running = vec![RUNNING_START; 4];
    let (mut mean, mut variance) = (vec![0.0; 4], vec![1.0; 4]);
    let (momentum, n) = (f64::from(DEFAULT_MOMENTUM), f64::from(shape.n * shape.plane_len()));
    for _ in 0..3 {
        update_running(DEFAULT_MOMENTUM, &batch, &mut running);
        for (c, set) in crate::oracle::norm::sets(Method::Batch, axes(shape)).iter().enumerate() {
            let (batch_mean, biased) = crate::oracle::norm::mean_variance(&to_f64(&x), set);
            mean[c] = (1.0 - momentum) * mean[c] + momentum * batch_mean;
            variance[c] = (1.0 - momentum) * variance[c] + momentum * biased * n / (n - 1.0);
        }
    }
    let got_mean: Vec<f32> = running.iter().map(|moments| moments.mean()).collect();
    let got_variance: Vec<f32> = running.iter().map(|moments| moments.variance()).collect();
    // Three steps of three roundings each on values near 1.
    assert_close(&got_mean, &mean, 1e-6, 1e-6, "running mean");
    assert_close(&got_variance, &variance, 1e-6, 1e-6, "running variance");

    let mut maps = vec![PlaneAffine::default(); shape.n_planes() as usize];
    fold_forward(fold(grouping), &running, &affine, &mut maps);
    let plane_len = shape.plane_len() as usize;
    let y: Vec<f32> =
        (0..x.len()).map(|i| maps[i / plane_len]).zip(&x).map(|(m, x)| m.scale * (x - m.origin) + m.shift).collect();
    let (gamma, beta) = affine.split_at(4);
    let (epsilon, x) = (f64::from(DEFAULT_EPSILON), to_f64(&x));
    let want =
        crate::oracle::norm::evaluate(axes(shape), epsilon, &x, (&mean, &variance), &to_f64(gamma), &to_f64(beta));
    assert_close(&y, &want, 2e-5, 1e-6, "evaluation of values up to 20");
}

#[test]
fn recipes_say_which_norms_keep_statistics() {
    let shape = Shape::new(2, 6, 3, 3);
    assert_eq!(Norm::None.recipe(shape), Ok(None));
    for norm in norms(shape) {
        let keeps = matches!(norm.recipe(shape), Ok(Some(Recipe::Planes(recipe))) if recipe.keeps_running);
        assert_eq!((keeps, norm.keeps_running()), (norm == Norm::Batch, norm == Norm::Batch), "{norm:?}");
    }
    assert!(group(4).recipe(shape).is_err());
    assert!(Norm::Batch.recipe(Shape::new(0, 6, 3, 3)).is_err());
}
