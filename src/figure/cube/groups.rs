//! Which values share a mean: the boxes of a scene's method around a place, and how they overlap a box of values.

use crate::figure::scene::{Method, Place, Scene};
use crate::norms::grouping::GroupingError;
use crate::norms::grouping::tiling::Tiling;
use crate::norms::norm::Norm;
use crate::norms::norm::catalog::Mixes;
use crate::norms::shape::Shape;
use arrayvec::ArrayVec;
use serde::Serialize;
use tsify::Tsify;

/// A box of values, half-open along N, C, H, W.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Region {
    /// Where it begins.
    pub from: [u32; 4],
    /// Where it ends.
    pub to: [u32; 4],
}

/// How much a value has in common with the star.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Serialize, Tsify)]
#[serde(rename_all = "kebab-case")]
pub enum Level {
    /// None of its means.
    Rest,
    /// One of several means.
    Some,
    /// All of its means.
    All,
}

/// The boxes of values whose own moments a value of y depends on, the smallest first.
#[derive(Clone, PartialEq, Debug)]
pub struct Groups {
    tilings: ArrayVec<Tiling, 3>,
    weights: ArrayVec<f32, 3>,
    norm: Option<Norm>,
    takes_running: bool,
}

impl Groups {
    /// Returns the groups of a scene. Means that evaluation takes from running statistics do not count.
    ///
    /// # Errors
    /// [`GroupingError`] if the method does not fit the shape.
    pub fn of(scene: &Scene) -> Result<Self, GroupingError> {
        let mut tilings = scene.method.tilings(scene.shape)?;
        let norm = match scene.method {
            Method::Norm(norm) => Some(norm),
            Method::Own(_) => None,
        };
        let takes_running = scene.method.takes_running(scene.mode);
        let mut weights = weights(scene, norm, tilings.len());
        if takes_running {
            // The batch's, which is the largest.
            tilings.pop();
            weights.pop();
        }
        Ok(Self { tilings, weights, norm, takes_running })
    }

    /// Its partitions, the smallest boxes first; empty if no value affects another.
    pub fn tilings(&self) -> &[Tiling] {
        &self.tilings
    }

    /// The weight of each partition's mean in the mixture.
    pub fn weights(&self) -> &[f32] {
        &self.weights
    }

    /// The norm, if the method has a name.
    pub fn norm(&self) -> Option<Norm> {
        self.norm
    }

    /// Whether a mean was kept from training.
    pub fn takes_running(&self) -> bool {
        self.takes_running
    }

    /// The boxes around a place.
    pub fn around(&self, at: Place) -> ArrayVec<Region, 3> {
        self.tilings.iter().map(|tiling| Region::around(tiling, at)).collect()
    }

    /// The shortest span along N and along C: where groups of columns end.
    pub fn column_spans(&self, shape: Shape) -> [u32; 2] {
        let shortest = |axis: usize| self.tilings.iter().map(|tiling| tiling.spans()[axis]).min();
        [shortest(0).unwrap_or(shape.n), shortest(1).unwrap_or(shape.c)]
    }

    /// A number for the group of a value: its box in the largest partition, 0 if there is none.
    pub fn home(&self, shape: Shape, at: Place) -> u32 {
        let index = ((at.n * shape.c + at.c) * shape.h + at.h) * shape.w + at.w;
        self.tilings.last().map_or(0, |tiling| tiling.tile_of(index))
    }
}

impl Region {
    /// The box of `tiling` that holds a place.
    pub fn around(tiling: &Tiling, at: Place) -> Self {
        let (place, spans) = (coordinates(at), tiling.spans());
        let from = std::array::from_fn(|axis| place[axis] / spans[axis] * spans[axis]);
        Self { from, to: std::array::from_fn(|axis| from[axis] + spans[axis]) }
    }

    /// The intersection of two boxes; may be empty.
    pub fn and(&self, other: &Self) -> Self {
        Self {
            from: std::array::from_fn(|axis| self.from[axis].max(other.from[axis])),
            to: std::array::from_fn(|axis| self.to[axis].min(other.to[axis])),
        }
    }

    /// How many values it holds.
    pub fn count(&self) -> u32 {
        (0..4).map(|axis| self.to[axis].saturating_sub(self.from[axis])).product()
    }

    /// Whether it holds a place.
    pub fn contains(&self, at: Place) -> bool {
        let place = coordinates(at);
        (0..4).all(|axis| (self.from[axis]..self.to[axis]).contains(&place[axis]))
    }
}

/// The level of a box of values: the highest among its values.
pub fn level(around_star: &[Region], values: &Region) -> Level {
    let Some((first, rest)) = around_star.split_first() else { return Level::Rest };
    let shared = rest.iter().fold(first.and(values), |shared, region| shared.and(region));
    if shared.count() > 0 {
        return Level::All;
    }
    if around_star.iter().any(|region| region.and(values).count() > 0) { Level::Some } else { Level::Rest }
}

/// How many values of the tensor are at each level: rest, some, all.
pub fn counts(shape: Shape, around_star: &[Region]) -> [u32; 3] {
    let Some((first, rest)) = around_star.split_first() else { return [shape.len(), 0, 0] };
    let all = rest.iter().fold(*first, |shared, region| shared.and(region)).count();
    // By inclusion–exclusion over all subsets of at most three boxes.
    let union: i64 = (1..1_u32 << around_star.len())
        .map(|subset| {
            let mut chosen = (0..around_star.len()).filter(|i| subset >> i & 1 == 1).map(|i| around_star[i]);
            let first = chosen.next().expect("the subset is not empty");
            let shared = i64::from(chosen.fold(first, |shared, region| shared.and(&region)).count());
            if subset.count_ones() % 2 == 1 { shared } else { -shared }
        })
        .sum();
    let union = u32::try_from(union).expect("a union of boxes is not negative");
    [shape.len() - union, union - all, all]
}

/// The coordinates along N, C, H, W.
pub fn coordinates(at: Place) -> [u32; 4] {
    [at.n, at.c, at.h, at.w]
}

fn weights(scene: &Scene, norm: Option<Norm>, count: usize) -> ArrayVec<f32, 3> {
    match norm.map(|norm| norm.kind().mixes()) {
        Some(Mixes::Results) => ArrayVec::from_iter([1.0 - scene.rho, scene.rho]),
        Some(Mixes::Moments) => ArrayVec::from(crate::norms::norm::blend::softmax(&scene.mean_logits)),
        Some(Mixes::Nothing) | None => std::iter::repeat_n(1.0, count).collect(),
    }
}
