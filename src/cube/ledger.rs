//! The sums behind one normalized value: x, the mean and variance of its group, x̂.

use super::Cell;
use super::tensor::Tensor;
use crate::moments::Moments;
use crate::norm::{DEFAULT_EPSILON, Norm, PlanesRecipe, Recipe, rstd};
use serde::Serialize;
use tsify::Tsify;

/// The normalization of one cell.
#[derive(Clone, Copy, PartialEq, Debug, Serialize, Tsify)]
#[serde(rename_all = "camelCase")]
pub struct Ledger {
    /// The cell.
    pub cell: Cell,
    /// Its row in the picture.
    pub row: u32,
    /// Its column in the picture.
    pub column: u32,
    /// Its value.
    pub x: f32,
    /// What its group makes of it; `None` without a norm.
    pub normalized: Option<Normalized>,
}

/// A value and the moments it is normalized by.
#[derive(Clone, Copy, PartialEq, Debug, Serialize, Tsify)]
#[serde(rename_all = "camelCase")]
pub struct Normalized {
    /// Values in the group.
    pub count: u32,
    /// Their sum.
    pub sum: f32,
    /// Their mean.
    pub mean: f32,
    /// The sum of their squared deviations.
    pub squares: f32,
    /// Their (biased) variance.
    pub variance: f32,
    /// Added to the variance.
    pub epsilon: f32,
    /// (x − mean)/√(variance + ε).
    pub x_hat: f32,
}

impl Ledger {
    /// The sums of `cell` under `norm`, in training; none if the norm does not fit the tensor.
    pub fn of(tensor: &Tensor, norm: Norm, cell: Cell) -> Self {
        let shape = tensor.shape();
        let x = tensor.at(cell);
        let recipe = norm.recipe(shape).ok().flatten();
        let normalized = recipe.map(|recipe| {
            let Recipe::Planes(PlanesRecipe { grouping, .. }) = recipe else { unreachable!("not offered yet") };
            let group_idx = grouping.group_of(cell.n * shape.c + cell.c);
            let planes = grouping.members(group_idx).map(|plane_idx| Moments::of(tensor.plane(plane_idx)));
            let moments = planes.reduce(Moments::merge).expect("a group has planes");
            Normalized {
                count: grouping.group_len() * shape.plane_len(),
                sum: moments.mean() * moments.count,
                mean: moments.mean(),
                squares: moments.m2,
                variance: moments.variance(),
                epsilon: DEFAULT_EPSILON,
                x_hat: (x - moments.mean()) * rstd(moments, DEFAULT_EPSILON),
            }
        });
        Self { cell, row: cell.k / shape.w, column: cell.k % shape.w, x, normalized }
    }
}
