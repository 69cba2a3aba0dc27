//! Cases of the kernels of batch-instance and switchable norm: random tables that need not come from any tensor.

use super::norms::{EPSILON, FEW_OPERATIONS, drawn_moments};
use super::{Case, MOMENTS_WORDS, unwritten};
use crate::common::{Data, F32_ROUNDOFF, as_words};
use crate::oracle::mixed::softmax;
use blue_cube::kernel::Kernel;
use blue_cube::moments::Moments;
use blue_cube::norm::PlaneSums;
use blue_cube::norm::blend::Blend;
use blue_cube::norm::switchable::SetPullback;

/// What the kernels read, for N images of C planes.
struct Tables {
    n: usize,
    c: usize,
    own_batch: bool,
    planes: Vec<Moments>,
    layers: Vec<Moments>,
    batch: Vec<Moments>,
    blended: Vec<Moments>,
    sums: Vec<PlaneSums>,
    affine: Vec<f32>,
    rho: Vec<f32>,
    logits: Vec<f32>,
}

/// Moments in double precision.
#[derive(Clone, Copy)]
struct Exact {
    count: f64,
    mean: f64,
    variance: f64,
    rstd: f64,
}

impl Exact {
    fn of(moments: Moments) -> Self {
        let [count, origin, offset, m2] = [moments.count, moments.origin, moments.offset, moments.m2].map(f64::from);
        let variance = m2 / count;
        Self { count, mean: origin + offset, variance, rstd: 1.0 / (variance + f64::from(EPSILON)).sqrt() }
    }
}

/// Every size around a workgroup, planes of one value, and given statistics.
fn tables() -> Vec<Tables> {
    let mut all = Vec::new();
    for (n, c, plane_len) in [
        (1, 1, 1),
        (1, 1, 9),
        (1, 3, 1),
        (3, 1, 1),
        (3, 5, 1),
        (3, 5, 9),
        (7, 9, 4),
        (1, 64, 9),
        (65, 1, 9),
        (63, 2, 9),
        (2, 128, 9),
        (784, 1, 9),
        (5, 7, 9),
    ] {
        all.extend([true, false].map(|own_batch| Tables::drawn(n, c, plane_len, own_batch)));
    }
    all
}

impl Tables {
    fn drawn(n: usize, c: usize, plane_len: usize, own_batch: bool) -> Self {
        let mut data = Data::new(410);
        let batch_len = if own_batch { n * plane_len } else { 1 };
        let planes = drawn_moments(&mut data, n * c, plane_len as f32);
        Self {
            n,
            c,
            own_batch,
            layers: drawn_moments(&mut data, n, (c * plane_len) as f32),
            batch: drawn_moments(&mut data, c, batch_len as f32),
            // Mixed moments have the plane's own origin and count.
            blended: planes
                .iter()
                .map(|plane| Moments { offset: data.gauss() as f32, m2: plane.count, ..*plane })
                .collect(),
            planes,
            sums: (0..n * c).map(|_| PlaneSums { dy: data.gauss() as f32, dy_x: data.gauss() as f32 }).collect(),
            affine: data.normal(2 * c, 0.5, 1.0),
            rho: data.uniform(c, 0.0, 1.0),
            logits: data.normal(6, 0.0, 1.0),
        }
    }

    fn case(&self, kernel: Kernel, bound: Vec<Vec<f32>>, n_items: usize) -> Case {
        let Self { n, c, own_batch, planes, .. } = self;
        let what = format!("{n} images of {c} planes of {}, batch's own moments: {own_batch}", planes[0].count);
        let blend = Blend { n: *n as u32, c: *c as u32, epsilon: EPSILON, own_batch: u32::from(*own_batch) };
        Case::new(kernel, what, &blend, bound, n_items as u32)
    }

    fn places(&self) -> impl Iterator<Item = (usize, usize, usize)> {
        let c = self.c;
        (0..self.n * c).map(move |p| (p, p / c, p % c))
    }

    fn gamma(&self, channel: usize) -> f64 {
        f64::from(self.affine[channel])
    }

    fn beta(&self, channel: usize) -> f64 {
        f64::from(self.affine[self.c + channel])
    }

    /// Σ dy and Σ dy·(x − mean).
    fn sums_about(&self, p: usize, mean: f64) -> [f64; 2] {
        let PlaneSums { dy, dy_x } = self.sums[p];
        let distance = mean - f64::from(self.planes[p].origin);
        [f64::from(dy), f64::from(dy_x) - distance * f64::from(dy)]
    }

    /// Weight, moments and whether they come from x, for batch and instance norm.
    fn halves(&self, p: usize) -> [(f64, Exact, bool); 2] {
        let rho = f64::from(self.rho[p % self.c]);
        let batch = Exact::of(self.batch[p % self.c]);
        [(rho, batch, self.own_batch), (1.0 - rho, Exact::of(self.planes[p]), true)]
    }

    /// Weights of mean and variance, and moments, for instance, layer and batch norm.
    fn thirds(&self, p: usize) -> [(f64, f64, Exact); 3] {
        let [w, v] =
            [0, 3].map(|at| softmax(&self.logits[at..at + 3].iter().map(|&x| f64::from(x)).collect::<Vec<_>>()));
        let moments = [self.planes[p], self.layers[p / self.c], self.batch[p % self.c]];
        [0, 1, 2].map(|k| (w[k], v[k], Exact::of(moments[k])))
    }

    /// (dM, dV) of a plane.
    fn statistics_gradient(&self, p: usize) -> [f64; 2] {
        let mixed = Exact::of(self.blended[p]);
        let [dy, dy_x] = self.sums_about(p, mixed.mean);
        let gamma = self.gamma(p % self.c);
        [-gamma * mixed.rstd * dy, -0.5 * gamma * mixed.rstd.powi(3) * dy_x]
    }

    /// Σ (dM, dV) over some planes.
    fn statistics_gradients(&self, planes: impl Iterator<Item = usize>) -> [f64; 2] {
        planes.map(|p| self.statistics_gradient(p)).fold([0.0; 2], |[a, b], [c, d]| [a + c, b + d])
    }

    /// Sums of up to that many terms near 1, one after another.
    fn sum_tolerance(&self) -> f64 {
        F32_ROUNDOFF * (100 + self.n.max(self.c)) as f64
    }
}

/// x̂ from moments that do not depend on x, or from a single value, is a constant for the backward pass.
fn slope(weight: f64, moments: Exact, own: bool) -> f64 {
    if own && moments.count == 1.0 { 0.0 } else { weight * moments.rstd }
}

/// Factors of dy, x − origin and 1.
type Terms = [f64; 3];

pub(crate) fn batch_instance_forward() -> Vec<Case> {
    let case = |tables: &Tables| {
        let (mut maps, mut blended) = (Vec::new(), Vec::new());
        for (p, _, channel) in tables.places() {
            let (origin, gamma) = (f64::from(tables.planes[p].origin), tables.gamma(channel));
            let halves = tables.halves(p);
            let sum = |term: &dyn Fn(&(f64, Exact, bool)) -> f64| halves.iter().map(term).sum::<f64>();
            let scale = gamma * sum(&|(weight, moments, _)| weight * moments.rstd);
            let shift = gamma * sum(&|(weight, moments, _)| weight * moments.rstd * (moments.mean - origin));
            maps.extend([origin, scale, tables.beta(channel) - shift]);
            let count = halves[1].1.count;
            let variance = sum(&|(weight, moments, _)| weight * moments.variance);
            blended.extend([count, sum(&|(weight, moments, _)| weight * moments.mean), variance * count]);
        }
        let Tables { planes, batch, affine, rho, .. } = tables;
        let room = [unwritten(maps.len()), unwritten(MOMENTS_WORDS * planes.len())];
        let bound = [as_words(planes), as_words(batch), affine.clone(), rho.clone()].into_iter().chain(room).collect();
        // Shifts and means are differences of terms up to about 10, which may cancel.
        tables
            .case(Kernel::BatchInstanceForward, bound, planes.len())
            .nearly(4, maps, 10.0 * FEW_OPERATIONS, FEW_OPERATIONS)
            .nearly(5, blended, FEW_OPERATIONS, FEW_OPERATIONS)
            .of_moments()
    };
    tables().iter().map(case).collect()
}

/// dx = s·(g − E[g] − x̂·E[g·x̂]) for each norm, with g = γ·weight·dy, split into factors of dy, x − origin and 1.
fn batch_instance_pullback(tables: &Tables, p: usize) -> Terms {
    let (channel, origin) = (p % tables.c, f64::from(tables.planes[p].origin));
    let mut terms = [0.0; 3];
    for (k, (weight, moments, own)) in tables.halves(p).into_iter().enumerate() {
        let slope = tables.gamma(channel) * slope(weight, moments, own);
        terms[0] += slope;
        let members: Vec<usize> =
            if k == 0 { (0..tables.n).map(|n| n * tables.c + channel).collect() } else { vec![p] };
        let total = |at: usize| members.iter().map(|&p| tables.sums_about(p, moments.mean)[at]).sum::<f64>();
        if own {
            let x = -slope * moments.rstd.powi(2) * total(1) / moments.count;
            terms[1] += x;
            terms[2] -= slope * total(0) / moments.count + x * (moments.mean - origin);
        }
    }
    terms
}

pub(crate) fn batch_instance_backward() -> Vec<Case> {
    let case = |tables: &Tables| {
        let pullbacks: Vec<f64> = tables.places().flat_map(|(p, _, _)| batch_instance_pullback(tables, p)).collect();
        let mut daffine = vec![0.0; 2 * tables.c];
        for (p, _, channel) in tables.places() {
            let xhat = tables.halves(p).map(|(w, m, _)| w * m.rstd * tables.sums_about(p, m.mean)[1]);
            daffine[channel] += xhat[0] + xhat[1];
            daffine[tables.c + channel] += tables.sums_about(p, 0.0)[0];
        }
        let Tables { planes, batch, sums, affine, rho, .. } = tables;
        let read = [as_words(planes), as_words(batch), as_words(sums), affine.clone(), rho.clone()];
        let bound = read.into_iter().chain([unwritten(pullbacks.len()), unwritten(daffine.len())]).collect();
        let atol = tables.sum_tolerance();
        tables
            .case(Kernel::BatchInstanceBackward, bound, tables.c)
            .nearly(5, pullbacks, 10.0 * atol, FEW_OPERATIONS)
            .nearly(6, daffine, 10.0 * atol, FEW_OPERATIONS)
    };
    tables().iter().map(case).collect()
}

pub(crate) fn batch_instance_rho() -> Vec<Case> {
    let case = |tables: &Tables| {
        let mut drho = vec![0.0; tables.c];
        for (p, _, channel) in tables.places() {
            let [batch, plane] = tables.halves(p).map(|(_, m, _)| m.rstd * tables.sums_about(p, m.mean)[1]);
            drho[channel] += tables.gamma(channel) * (batch - plane);
        }
        let Tables { planes, batch, sums, affine, .. } = tables;
        let bound = vec![as_words(planes), as_words(batch), as_words(sums), affine.clone(), unwritten(drho.len())];
        tables.case(Kernel::BatchInstanceRho, bound, tables.c).nearly(
            4,
            drho,
            10.0 * tables.sum_tolerance(),
            FEW_OPERATIONS,
        )
    };
    tables().iter().map(case).collect()
}

pub(crate) fn switchable_forward() -> Vec<Case> {
    let case = |tables: &Tables| {
        let (mut maps, mut blended) = (Vec::new(), Vec::new());
        for (p, _, channel) in tables.places() {
            let (origin, thirds) = (f64::from(tables.planes[p].origin), tables.thirds(p));
            let mean: f64 = thirds.iter().map(|(w, _, moments)| w * moments.mean).sum();
            let variance: f64 = thirds.iter().map(|(_, v, moments)| v * moments.variance).sum();
            let scale = tables.gamma(channel) / (variance + f64::from(EPSILON)).sqrt();
            maps.extend([origin, scale, tables.beta(channel) - scale * (mean - origin)]);
            blended.extend([thirds[0].2.count, mean, variance * thirds[0].2.count]);
        }
        let Tables { planes, layers, batch, affine, logits, .. } = tables;
        let read = [as_words(planes), as_words(layers), as_words(batch), affine.clone(), logits.clone()];
        let room = [unwritten(maps.len()), unwritten(MOMENTS_WORDS * planes.len())];
        // As for batch-instance norm; WGSL's exp is accurate to 3 + 2·|logit| units in the last place.
        tables
            .case(Kernel::SwitchableForward, read.into_iter().chain(room).collect(), planes.len())
            .nearly(5, maps, 10.0 * FEW_OPERATIONS, FEW_OPERATIONS)
            .nearly(6, blended, 2.0 * FEW_OPERATIONS, FEW_OPERATIONS)
            .of_moments()
    };
    tables().iter().map(case).collect()
}

pub(crate) fn switchable_sets() -> Vec<Case> {
    let case = |tables: &Tables| {
        let &Tables { n, c, own_batch, .. } = tables;
        let (mut sets, mut daffine) = (Vec::new(), vec![0.0; 2 * c]);
        let mut add = |k: usize, first: usize, moments: Moments, own: bool, [dmean, dvariance]: [f64; 2]| {
            let (w, v, Exact { count, .. }) = tables.thirds(first)[k];
            let x = 2.0 * v * dvariance / count;
            let one = if count == 1.0 { 0.0 } else { w * dmean / count } - x * f64::from(moments.offset);
            sets.extend(if own { [f64::from(moments.origin), x, one] } else { [0.0; 3] });
        };
        for image in 0..n {
            let total = tables.statistics_gradients(image * c..(image + 1) * c);
            add(1, image * c, tables.layers[image], true, total);
        }
        for channel in 0..c {
            let total = tables.statistics_gradients((0..n).map(|image| image * c + channel));
            add(2, channel, tables.batch[channel], own_batch, total);
        }
        for (p, _, channel) in tables.places() {
            let mixed = Exact::of(tables.blended[p]);
            let [dy, dy_x] = tables.sums_about(p, mixed.mean);
            daffine[channel] += mixed.rstd * dy_x;
            daffine[c + channel] += dy;
        }
        let Tables { layers, batch, blended, sums, affine, logits, .. } = tables;
        let read =
            [as_words(layers), as_words(batch), as_words(blended), as_words(sums), affine.clone(), logits.clone()];
        let bound = read.into_iter().chain([unwritten(sets.len()), unwritten(daffine.len())]).collect();
        let atol = tables.sum_tolerance();
        tables.case(Kernel::SwitchableSets, bound, n + c).nearly(6, sets, atol, FEW_OPERATIONS).nearly(
            7,
            daffine,
            10.0 * atol,
            FEW_OPERATIONS,
        )
    };
    tables().iter().map(case).collect()
}

/// dx = γ·R·dy + Σ_k (w_k·Σ dM/N_k + 2·(x − μ_k)·w′_k·Σ dV/N_k), the last two from the `sets` that the case draws.
fn switchable_pullback(tables: &Tables, sets: &[SetPullback], p: usize) -> Terms {
    let &Tables { n, c, own_batch, .. } = tables;
    let (plane, thirds) = (tables.planes[p], tables.thirds(p));
    let [dmean, dvariance] = tables.statistics_gradient(p);
    let counts = [1, c, n].map(|planes| planes as f64 * f64::from(plane.count));
    let moved = (0..3).filter(|&k| counts[k] > 1.0 || (k == 2 && !own_batch)).map(|k| thirds[k].0).sum::<f64>();
    let x = 2.0 * thirds[0].1 * dvariance / counts[0];
    let one = if counts[0] > 1.0 { thirds[0].0 * dmean / counts[0] } else { 0.0 };
    let scale = tables.gamma(p % c) * Exact::of(tables.blended[p]).rstd * moved;
    let mut terms = [scale, x, one - x * f64::from(plane.offset)];
    for set in [sets[p / c], sets[n + p % c]] {
        terms[1] += f64::from(set.x);
        terms[2] += f64::from(set.one) + f64::from(set.x) * (f64::from(plane.origin) - f64::from(set.origin));
    }
    terms
}

pub(crate) fn switchable_backward() -> Vec<Case> {
    let case = |tables: &Tables| {
        let mut data = Data::new(411);
        let mut draw = || data.gauss() as f32;
        let n_sets = tables.n + tables.c;
        let sets: Vec<_> = (0..n_sets).map(|_| SetPullback { origin: draw(), x: draw(), one: draw() }).collect();
        let pullbacks: Vec<f64> = tables.places().flat_map(|(p, _, _)| switchable_pullback(tables, &sets, p)).collect();
        let Tables { planes, blended, sums, affine, logits, .. } = tables;
        let read = [as_words(planes), as_words(blended), as_words(sums), affine.clone(), logits.clone()];
        let bound = read.into_iter().chain([as_words(&sets), unwritten(pullbacks.len())]).collect();
        // Sums of a handful of terms up to 20.
        let case = tables.case(Kernel::SwitchableBackward, bound, planes.len());
        case.nearly(6, pullbacks, 20.0 * FEW_OPERATIONS, FEW_OPERATIONS)
    };
    tables().iter().map(case).collect()
}

pub(crate) fn switchable_logits() -> Vec<Case> {
    let case = |tables: &Tables| {
        let mut dlogits = vec![0.0; 6];
        // What the roundings of that many terms can add up to.
        let mut size = 0.0;
        for (p, _, _) in tables.places() {
            let (thirds, [dmean, dvariance]) = (tables.thirds(p), tables.statistics_gradient(p));
            let mean: f64 = thirds.iter().map(|(w, _, moments)| w * moments.mean).sum();
            let variance: f64 = thirds.iter().map(|(_, v, moments)| v * moments.variance).sum();
            for (k, (w, v, moments)) in thirds.into_iter().enumerate() {
                dlogits[k] += w * dmean * (moments.mean - mean);
                dlogits[3 + k] += v * dvariance * (moments.variance - variance);
                size += dmean.abs() * (moments.mean.abs() + 1.0) + dvariance.abs();
            }
        }
        let Tables { planes, layers, batch, blended, sums, affine, logits, .. } = tables;
        let read = [as_words(planes), as_words(layers), as_words(batch), as_words(blended), as_words(sums)];
        let bound = read.into_iter().chain([affine.clone(), logits.clone(), unwritten(6)]).collect();
        let case = tables.case(Kernel::SwitchableLogits, bound, 1);
        case.nearly(7, dlogits, F32_ROUNDOFF * (size + 10.0), FEW_OPERATIONS)
    };
    tables().iter().map(case).collect()
}
