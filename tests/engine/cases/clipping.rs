//! Cases of the kernels that clip gradients: usual ones, and ones whose squares exceed f32.

use super::{Case, SIZES, unwritten};
use crate::common::{Data, to_f64};
use blue_cube::kernel::Kernel;
use blue_cube::kernel::clip_gradients::ClipGradientsParams;
use blue_cube::kernel::gradient_norm::{GradientNormParams, MOST_USUAL};

/// 2⁻⁹⁶.
const DOWN: f64 = 1.0 / (1_u128 << 96) as f64;

/// Deviations of the gradients, up to where f32 ends.
const DEVIATIONS: [f64; 4] = [0.1, 1e12, 3e19, 3e37];

/// The sums of squares of a part, as both kernels define them.
fn sums(gradients: &[f32]) -> [f64; 2] {
    let most = f64::from(MOST_USUAL);
    let usual = |g: &f32| f64::from(*g).clamp(-most, most).powi(2);
    let large = |g: &f32| (f64::from(*g) * DOWN).powi(2);
    [gradients.iter().map(usual).sum(), gradients.iter().map(large).sum()]
}

fn cases_of(one: fn(&str, GradientNormParams, Vec<f32>) -> Case) -> Vec<Case> {
    let mut cases = Vec::new();
    for (len, deviation) in SIZES.into_iter().flat_map(|len| DEVIATIONS.map(|deviation| (len, deviation))) {
        let gradients = Data::new(320).normal(len as usize, 0.0, deviation);
        cases.push(one(&format!("{len} gradients of about {deviation:e}"), GradientNormParams::of(len), gradients));
    }
    let mut gradients = Data::new(321).normal(200, 0.0, 1.0);
    gradients[137] = -2.5e19;
    cases.push(one("one gradient above all others", GradientNormParams::of(200), gradients));
    cases.push(one("no gradient", GradientNormParams::of(65), vec![0.0; 65]));
    cases
}

pub(crate) fn gradient_norm() -> Vec<Case> {
    cases_of(|what, params, gradients| {
        let want = gradients.chunks(params.part_len as usize).flat_map(sums).collect();
        let bound = vec![gradients, unwritten(2 * params.n_parts as usize)];
        // Sums of at most 13 squares; those that f32 cannot hold are 0 on some devices.
        let case = Case::new(Kernel::GradientNorm, what.to_owned(), &params, bound, params.n_parts);
        case.nearly(1, want, 1e-37, 1e-5)
    })
}

/// With a bound below the norm, and with one above it, which leaves the gradients as they are.
pub(crate) fn clip_gradients() -> Vec<Case> {
    let mut cases = cases_of(|what, params, gradients| clipped(what, params, gradients, 0.5));
    let gradients = Data::new(322).normal(65, 0.0, 1.0);
    cases.push(clipped("a norm below the bound", GradientNormParams::of(65), gradients, 100.0));
    cases
}

fn clipped(what: &str, params: GradientNormParams, gradients: Vec<f32>, max_norm: f32) -> Case {
    let parts = gradients.chunks(params.part_len as usize).flat_map(sums).map(|sum| sum as f32).collect();
    let norm = to_f64(&gradients).iter().map(|g| g * g).sum::<f64>().sqrt();
    let scale = (f64::from(max_norm) / norm.max(1e-300)).min(1.0);
    let want = gradients.iter().map(|&g| f64::from(g) * scale).collect();
    let GradientNormParams { len, part_len, n_parts } = params;
    let params = ClipGradientsParams { len, part_len, n_parts, max_norm };
    // A root and a quotient of a sum that is rounded to f32, and where a gradient is large, what is far smaller is 0.
    Case::new(Kernel::ClipGradients, what.to_owned(), &params, vec![parts, gradients], n_parts)
        .nearly(1, want, 1e-24, 1e-5)
}
