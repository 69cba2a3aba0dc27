//! Norms over axes to test: every set of axes, with groups of channels and without, for the engine and for the oracle.

#![allow(dead_code, reason = "every test binary takes the part it needs")]

use crate::common::axes;
use crate::oracle::axes::AxesNorm as Oracle;
use blue_cube::grouping::tiling::{Axes, Axis};
use blue_cube::norm::{AffineAxes, AxesNorm, AxesRecipe, DEFAULT_EPSILON, Norm, Recipe};
use blue_cube::shape::Shape;
use std::num::NonZeroU32;

/// The 15 sets of axes.
pub(crate) fn axis_sets() -> Vec<Vec<Axis>> {
    let all = [Axis::N, Axis::C, Axis::H, Axis::W];
    (1..16_u32).map(|bits| all.into_iter().filter(|&axis| bits >> (axis as u32) & 1 == 1).collect()).collect()
}

/// Every norm over axes that fits `shape`: with every divisor of C as its groups, γ per channel and of the reduced
/// shape.
pub(crate) fn every_axes_norm(shape: Shape) -> Vec<AxesNorm> {
    let mut norms = Vec::new();
    for set in axis_sets() {
        let most = if set.contains(&Axis::C) { shape.c } else { 1 };
        for groups in (1..=most).filter(|&groups| shape.c.is_multiple_of(groups)) {
            for affine in [AffineAxes::Channel, AffineAxes::Reduced, AffineAxes::Scalar] {
                let groups = NonZeroU32::new(groups).expect("from 1 on");
                norms.push(AxesNorm { axes: Axes::new(&set), groups, affine: Some(affine) });
            }
        }
    }
    norms
}

pub(crate) fn norm_of(axes: AxesNorm, centers: bool) -> Norm {
    if centers { Norm::Axes(axes) } else { Norm::Rms(axes) }
}

pub(crate) fn recipe(norm: AxesNorm, centers: bool, shape: Shape) -> AxesRecipe {
    match norm_of(norm, centers).recipe(shape) {
        Ok(Some(Recipe::Axes(recipe))) => recipe,
        other => panic!("{norm:?} on {shape}: {other:?}"),
    }
}

pub(crate) fn oracle(norm: AxesNorm, centers: bool, shape: Shape) -> Oracle {
    let over = [Axis::N, Axis::C, Axis::H, Axis::W].map(|axis| norm.axes.contains(axis));
    let affine = match norm.affine_axes() {
        AffineAxes::Channel => [false, true, false, false],
        AffineAxes::Reduced => over,
        AffineAxes::Scalar => [false; 4],
    };
    let (groups, epsilon) = (norm.groups.get() as usize, f64::from(DEFAULT_EPSILON));
    Oracle { shape: axes(shape), axes: over, groups, affine, centers, epsilon }
}
