//! Cases of the kernels of the norms.

use super::{Case, MOMENTS_WORDS, SIZES, unwritten};
use crate::common::{Data, F32_ROUNDOFF, as_words, axes, to_f64};
use crate::oracle::norm::{Method, mean_variance, sets};
use blue_cube::grouping::Grouping;
use blue_cube::kernel::Kernel;
use blue_cube::kernel::plane_moments::PlaneMomentsParams;
use blue_cube::kernel::update_running::UpdateRunningParams;
use blue_cube::moments::Moments;
use blue_cube::norm::Fold;
use blue_cube::norm::{PlaneAffine, PlanePullback, PlaneSums};
use blue_cube::shape::Shape;
use std::num::NonZeroU32;

pub(super) const EPSILON: f32 = 1e-5;

/// WGSL's division and square root are each accurate to 2.5 units in the last place, and a handful of them follow one
/// another: 20 units.
pub(super) const FEW_OPERATIONS: f64 = 20.0 * 2.0 * F32_ROUNDOFF;

pub(super) fn drawn_moments(data: &mut Data, len: usize, count: f32) -> Vec<Moments> {
    let moments = |_| {
        let (origin, variance) = (data.gauss() as f32, data.unit() as f32 + 0.1);
        Moments { count, origin, offset: 0.5 * data.gauss() as f32, m2: variance * count }
    };
    (0..len).map(moments).collect()
}

fn drawn_maps(data: &mut Data, len: usize) -> Vec<PlaneAffine> {
    let mut draw = || data.gauss() as f32;
    (0..len).map(|_| PlaneAffine { origin: draw(), scale: draw(), shift: draw() }).collect()
}

/// The shapes and tiles on which the tables are tested.
fn groupings() -> Vec<(Shape, Method, Grouping)> {
    let mut all = Vec::new();
    for (n, c) in [(1, 1), (3, 5), (7, 9), (1, 64), (65, 1), (63, 2), (13, 10), (784, 1), (2, 128)] {
        let shape = Shape::new(n, c, 3, 3);
        all.push((shape, Method::Batch, Grouping::batch(shape).expect("not empty")));
        all.push((shape, Method::Layer, Grouping::layer(shape).expect("not empty")));
        all.push((shape, Method::Instance, Grouping::instance(shape).expect("not empty")));
        let span = |n| NonZeroU32::new(n).expect("not zero");
        for groups in [2, 5].into_iter().filter(|&groups| c.is_multiple_of(groups)) {
            let grouping = Grouping::group(shape, span(groups)).expect("divides");
            all.push((shape, Method::Group(groups as usize), grouping));
        }
        if n.is_multiple_of(7) && c.is_multiple_of(3) {
            all.push((shape, Method::Tile(7, 3), Grouping::tile(shape, span(7), span(3)).expect("divides")));
        }
    }
    all
}

fn planes(n_planes: u32, plane_len: u32) -> PlaneMomentsParams {
    PlaneMomentsParams { n_planes, plane_len }
}

/// Moments of one plane in f64.
fn plane_reference(x: &[f32]) -> [f64; 3] {
    let all: Vec<usize> = (0..x.len()).collect();
    let (mean, variance) = mean_variance(&to_f64(x), &all);
    [x.len() as f64, mean, variance * x.len() as f64]
}

pub(crate) fn plane_moments() -> Vec<Case> {
    let mut cases = Vec::new();
    for plane_len in SIZES.into_iter().chain([1023, 1025, 100_352]) {
        for (n_planes, mean, deviation) in [(1, 0.5, 1.0), (3, 1e4, 1.0), (65, 0.0, 1e-4), (2, 0.1, 0.0)] {
            let x = Data::new(400).normal((n_planes * plane_len) as usize, mean, deviation);
            let wants = x.chunks(plane_len as usize).flat_map(plane_reference).collect::<Vec<_>>();
            let bound = vec![x, unwritten(MOMENTS_WORDS * n_planes as usize)];
            let what = format!("{n_planes} planes of {plane_len}, mean {mean}, deviation {deviation}");
            let mut case = Case::new(Kernel::PlaneMoments, what, &planes(n_planes, plane_len), bound, n_planes);
            if plane_len > 32_767 {
                case = case.in_company();
            }
            // The mean up to a few roundings of the spread, however large it is; the variance to 1e-6. Constants near
            // 0.1 are that far from the f64 that their plane was drawn from.
            let mean_tolerance = F32_ROUNDOFF * (8.0 * deviation + f64::from(u8::from(deviation == 0.0)) * mean);
            let tolerances = wants.chunks(3).flat_map(|moments| [0.0, mean_tolerance, 1e-6 * moments[2]]).collect();
            cases.push(case.within(1, wants, tolerances).of_moments());
        }
    }
    cases
}

pub(crate) fn group_moments() -> Vec<Case> {
    let case = |(shape, method, grouping): (Shape, Method, Grouping)| {
        let x = Data::new(401).normal(shape.len() as usize, 1.0, 2.0);
        let plane_table: Vec<Moments> = x.chunks(shape.plane_len() as usize).map(Moments::of).collect();
        let mut want = Vec::new();
        for set in sets(method, axes(shape)) {
            let (mean, variance) = mean_variance(&to_f64(&x), &set);
            want.extend([set.len() as f64, mean, variance * set.len() as f64]);
        }
        let n_groups = grouping.n_groups();
        let bound = vec![as_words(&plane_table), unwritten(MOMENTS_WORDS * n_groups as usize)];
        let what = format!("{method:?} on {shape}");
        // One lane merges up to 784 planes one after another: the roundings of the mean, near 1, are a random walk.
        Case::new(Kernel::GroupMoments, what, &grouping, bound, n_groups).nearly(1, want, 2e-6, 4e-6).of_moments()
    };
    groupings().into_iter().map(case).collect()
}

pub(crate) fn fold_forward() -> Vec<Case> {
    let case = |(shape, method, grouping): (Shape, Method, Grouping)| {
        let mut data = Data::new(402);
        let groups = drawn_moments(&mut data, grouping.n_groups() as usize, 9.0);
        let affine = data.normal(2 * shape.c as usize, 0.5, 1.0);
        let mut want = Vec::new();
        for plane_idx in 0..shape.n_planes() {
            let moments = groups[group_of(method, shape, plane_idx)];
            let channel = (plane_idx % shape.c) as usize;
            let variance = f64::from(moments.m2) / f64::from(moments.count);
            let scale = f64::from(affine[channel]) / (variance + f64::from(EPSILON)).sqrt();
            let beta = f64::from(affine[shape.c as usize + channel]);
            want.extend([f64::from(moments.origin), scale, beta - scale * f64::from(moments.offset)]);
        }
        let params = Fold { grouping, epsilon: EPSILON, own_moments: 1 };
        let bound = vec![as_words(&groups), affine, unwritten(want.len())];
        let what = format!("{method:?} on {shape}");
        // The shift is a difference of terms up to about 5, which may cancel.
        Case::new(Kernel::FoldForward, what, &params, bound, shape.n_planes()).nearly(
            2,
            want,
            10.0 * FEW_OPERATIONS,
            FEW_OPERATIONS,
        )
    };
    groupings().into_iter().map(case).collect()
}

/// The number of the set that contains a plane's values.
fn group_of(method: Method, shape: Shape, plane_idx: u32) -> usize {
    let value = (plane_idx * shape.plane_len()) as usize;
    sets(method, axes(shape)).iter().position(|set| set.binary_search(&value).is_ok()).expect("sets cover all")
}

pub(crate) fn fold_backward() -> Vec<Case> {
    groupings().into_iter().map(|(shape, method, grouping)| one_fold_backward(shape, method, grouping)).collect()
}

/// dx = rstd·(g − E[g] − x̂·E[g·x̂]) with g = γ·dy, split into factors of dy, x − origin and 1, all in f64.
fn one_fold_backward(shape: Shape, method: Method, grouping: Grouping) -> Case {
    let mut data = Data::new(403);
    let (n_planes, n_channels) = (shape.n_planes() as usize, shape.c as usize);
    let count = f64::from(grouping.group_len() * shape.plane_len());
    let groups = drawn_moments(&mut data, grouping.n_groups() as usize, count as f32);
    let mut draw_sums = || PlaneSums { dy: data.gauss() as f32, dy_x: data.gauss() as f32 };
    let sums: Vec<PlaneSums> = (0..n_planes).map(|_| draw_sums()).collect();
    let affine = data.normal(2 * n_channels, 0.5, 1.0);
    let mut pullbacks = vec![0.0; 3 * n_planes];
    let mut daffine = vec![0.0; 2 * n_channels];
    for (group_idx, set) in sets(method, axes(shape)).iter().enumerate() {
        let moments = groups[group_idx];
        let rstd = 1.0 / (f64::from(moments.m2) / count + f64::from(EPSILON)).sqrt();
        let mut members: Vec<usize> = set.iter().map(|i| i / shape.plane_len() as usize).collect();
        members.dedup();
        let over_group = |term: &dyn Fn(usize) -> f64| members.iter().map(|&p| term(p)).sum::<f64>() / count;
        let gamma = |p: usize| f64::from(affine[p % n_channels]);
        let mean_g = over_group(&|p| gamma(p) * f64::from(sums[p].dy));
        let offset = f64::from(moments.offset);
        // The sums are relative to the origin, x̂ to the mean.
        let dy_from_mean = |p: usize| f64::from(sums[p].dy_x) - offset * f64::from(sums[p].dy);
        let mean_g_xhat = over_group(&|p| gamma(p) * dy_from_mean(p) * rstd);
        for &p in &members {
            let factor_x = -rstd * mean_g_xhat * rstd;
            pullbacks[3 * p..3 * p + 3].copy_from_slice(&[
                rstd * gamma(p),
                factor_x,
                -rstd * mean_g - factor_x * offset,
            ]);
            daffine[p % n_channels] += dy_from_mean(p) * rstd;
            daffine[n_channels + p % n_channels] += f64::from(sums[p].dy);
        }
    }
    let params = Fold { grouping, epsilon: EPSILON, own_moments: 1 };
    let bound = vec![as_words(&groups), as_words(&sums), affine, unwritten(pullbacks.len()), unwritten(daffine.len())];
    // Sums of up to 784 terms near 1, one after another; the pullback divides them by the count, which is at least 9.
    let atol = F32_ROUNDOFF * 784.0;
    Case::new(Kernel::FoldBackward, format!("{method:?} on {shape}"), &params, bound, grouping.n_groups() + shape.c)
        .nearly(3, pullbacks, atol / 9.0, FEW_OPERATIONS)
        .nearly(4, daffine, atol, FEW_OPERATIONS)
}

pub(crate) fn scale_shift() -> Vec<Case> {
    let case = |plane_len: u32| {
        let (mut data, n_planes) = (Data::new(404), 5);
        let x = data.normal((n_planes * plane_len) as usize, 0.0, 2.0);
        let maps = drawn_maps(&mut data, n_planes as usize);
        let value = |(i, &x): (usize, &f32)| {
            let map = maps[i / plane_len as usize];
            f64::from(map.scale) * (f64::from(x) - f64::from(map.origin)) + f64::from(map.shift)
        };
        let want: Vec<f64> = x.iter().enumerate().map(value).collect();
        let bound = vec![x, as_words(&maps), unwritten(want.len())];
        let what = format!("planes of {plane_len}");
        // Three roundings of terms up to 20.
        Case::new(Kernel::ScaleShift, what, &planes(n_planes, plane_len), bound, n_planes).nearly(
            2,
            want,
            3.0 * 20.0 * F32_ROUNDOFF,
            0.0,
        )
    };
    SIZES.into_iter().map(case).collect()
}

pub(crate) fn plane_sums() -> Vec<Case> {
    let mut cases = Vec::new();
    for plane_len in SIZES.into_iter().chain([5000]) {
        for n_planes in [1, 3, 65] {
            let mut data = Data::new(405);
            let len = (n_planes * plane_len) as usize;
            let (x, dy) = (data.quarters(len, 2), data.quarters(len, 2));
            let origins = data.quarters(n_planes as usize, 2);
            let maps: Vec<PlaneAffine> =
                origins.iter().map(|&origin| PlaneAffine { origin, scale: 9.0, shift: 9.0 }).collect();
            let mut want = Vec::new();
            for (p, (x, dy)) in x.chunks(plane_len as usize).zip(dy.chunks(plane_len as usize)).enumerate() {
                let terms = x.iter().zip(dy).map(|(x, dy)| f64::from(dy * (x - origins[p])));
                want.extend([dy.iter().map(|&dy| f64::from(dy)).sum::<f64>(), terms.sum()]);
            }
            let bound = vec![x, dy, as_words(&maps), unwritten(want.len())];
            let what = format!("{n_planes} planes of {plane_len}");
            // Terms up to 8 in sixteenths, 5,000 of them: below 2²⁰ units.
            let case = Case::new(Kernel::PlaneSums, what, &planes(n_planes, plane_len), bound, n_planes);
            cases.push(case.exactly(3, want));
        }
    }
    cases
}

pub(crate) fn scale_shift_backward() -> Vec<Case> {
    let case = |plane_len: u32| {
        let (mut data, n_planes) = (Data::new(406), 5);
        let len = (n_planes * plane_len) as usize;
        let (x, dy) = (data.normal(len, 0.0, 1.0), data.normal(len, 0.0, 1.0));
        let maps = drawn_maps(&mut data, n_planes as usize);
        let mut draw = || data.gauss() as f32;
        let pullbacks: Vec<PlanePullback> =
            (0..n_planes).map(|_| PlanePullback { dy: draw(), x: draw(), one: draw() }).collect();
        let value = |i: usize| {
            let (map, pullback) = (maps[i / plane_len as usize], pullbacks[i / plane_len as usize]);
            let from_mean = f64::from(x[i]) - f64::from(map.origin);
            f64::from(pullback.dy) * f64::from(dy[i]) + f64::from(pullback.x) * from_mean + f64::from(pullback.one)
        };
        let want: Vec<f64> = (0..len).map(value).collect();
        let bound = vec![x, dy, as_words(&maps), as_words(&pullbacks), unwritten(len)];
        let what = format!("planes of {plane_len}");
        // Five roundings of terms up to 20.
        Case::new(Kernel::ScaleShiftBackward, what, &planes(n_planes, plane_len), bound, n_planes).nearly(
            4,
            want,
            5.0 * 20.0 * F32_ROUNDOFF,
            0.0,
        )
    };
    SIZES.into_iter().map(case).collect()
}

pub(crate) fn update_running() -> Vec<Case> {
    let mut cases = Vec::new();
    for (n_channels, count) in SIZES.into_iter().flat_map(|n| [2.0, 31_360.0].map(|count| (n, count))) {
        let (mut data, momentum) = (Data::new(407), 0.01_f32);
        let groups = drawn_moments(&mut data, n_channels as usize, count);
        let mut running = drawn_moments(&mut data, n_channels as usize, 1.0);
        running.iter_mut().for_each(|kept| kept.offset = 0.0);
        let mut want = Vec::new();
        for (batch, kept) in groups.iter().zip(&running) {
            let unbiased = f64::from(batch.m2) / (f64::from(count) - 1.0);
            let weigh = |kept: f64, new: f64| kept * (1.0 - f64::from(momentum)) + f64::from(momentum) * new;
            let mean = |moments: &Moments| f64::from(moments.origin) + f64::from(moments.offset);
            want.extend([1.0, weigh(mean(kept), mean(batch)), weigh(f64::from(kept.m2), unbiased)]);
        }
        let params = UpdateRunningParams { n_channels, n_parts: 1, momentum };
        let bound = vec![as_words(&groups), as_words(&running)];
        let what = format!("{n_channels} channels of {count} values");
        let case = Case::new(Kernel::UpdateRunning, what, &params, bound, n_channels);
        cases.push(case.nearly(1, want, 4.0 * F32_ROUNDOFF, FEW_OPERATIONS).of_moments());
    }
    cases
}
