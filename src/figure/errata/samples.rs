//! Tensors for the errata, and their norms computed directly from the boxes.

use crate::engine::random::Init;
use crate::norms::moments::Moments;
use crate::norms::norm::{Norm, rstd};
use crate::norms::shape::Shape;

/// Seed of all samples.
const SEED: u32 = 7;

/// A normal sample with a given mean and standard deviation for each channel.
pub(super) fn sample(shape: Shape, of_channel: impl Fn(u32) -> (f32, f32)) -> Vec<f32> {
    let mut values = Init::Normal { mean: 0.0, deviation: 1.0 }.values(SEED, "errata", shape.len() as usize);
    for (plane, values) in (0..).zip(values.chunks_mut(shape.plane_len() as usize)) {
        let (mean, deviation) = of_channel(plane % shape.c);
        values.iter_mut().for_each(|value| *value = mean + deviation * *value);
    }
    values
}

/// (x − mean)/√(variance + ε) over the boxes of `norm`, which has one partition and fits `shape`.
pub(super) fn normalized(norm: Norm, shape: Shape, epsilon: f32, x: &[f32]) -> Vec<f32> {
    let tilings = norm.tilings(shape).expect("an erratum's norm fits its shape");
    let mut y = vec![0.0; x.len()];
    for tile in 0..tilings[0].n_tiles() {
        let values: Vec<f32> = tilings[0].members(tile).map(|i| x[i as usize]).collect();
        let moments = Moments::of(&values);
        let root = rstd(moments, epsilon);
        for (i, value) in tilings[0].members(tile).zip(values) {
            y[i as usize] = ((value - moments.origin) - moments.offset) * root;
        }
    }
    y
}

/// The greatest difference between two tensors.
pub(super) fn max_difference(a: &[f32], b: &[f32]) -> f64 {
    a.iter().zip(b).map(|(a, b)| f64::from((a - b).abs())).fold(0.0, f64::max)
}
