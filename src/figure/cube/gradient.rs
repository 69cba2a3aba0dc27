//! Where the gradient goes: a gradient of 1 at the star's y, propagated back to every x with the engine's own tables.
//!
//! It has three terms: directly to the star's x, through every mean that the star is in, and through every variance.
//! The last two are the same few numbers for a whole box of values, so no tensor is written.

use super::values::{Poked, Values, box_recipe};
use crate::figure::scene::Scene;
use crate::norms::grouping::GroupingError;
use crate::norms::grouping::tiling::Tiling;
use crate::norms::moments::Moments;
use crate::norms::norm::blend::Blend;
use crate::norms::norm::switchable::{SetPullback, Switchable};
use crate::norms::norm::{self, Fold, PlaneAffine, PlanePullback, PlaneSums};
use crate::norms::shape::Shape;
use arrayvec::ArrayVec;

/// The gradient of the star's y with respect to every x.
#[derive(Clone, PartialEq, Debug)]
pub struct Gradient {
    star: u32,
    /// With respect to the star's x, if the means and variances were constants.
    pub direct: f32,
    /// The parts through each mean and variance that the star is in.
    pub shares: ArrayVec<Share, 3>,
}

/// The parts through the mean and the variance of one box of values.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Share {
    /// The partition that the box belongs to.
    pub tiling: Tiling,
    /// The box.
    pub tile_idx: u32,
    /// Its mean.
    pub mean: f64,
    /// Through the mean, to each of its values.
    pub by_mean: f32,
    /// Through the variance, to each of its values: this times x − mean.
    pub by_variance: f32,
}

/// The gradient with respect to one x.
#[derive(Clone, Copy, Default, PartialEq, Debug)]
pub struct Terms {
    /// Direct: the star only.
    pub direct: f64,
    /// Through the means.
    pub by_mean: f64,
    /// Through the variances.
    pub by_variance: f64,
}

impl Terms {
    /// The sum of all three.
    pub fn sum(self) -> f64 {
        self.direct + self.by_mean + self.by_variance
    }
}

impl Gradient {
    /// Computes the gradient of the y at `star` under a scene with these values.
    ///
    /// # Errors
    /// [`GroupingError`] if the method does not fit the shape.
    pub fn of(scene: &Scene, values: &Values, x: Poked<'_>, star: u32) -> Result<Self, GroupingError> {
        let star = Star {
            values,
            x: x.value(star),
            index: star,
            shape: scene.shape,
            epsilon: scene.epsilon,
            uncentred: scene.uncentred,
        };
        let (direct, shares) = match box_recipe(scene)? {
            Some((_, centers)) => star.by_box(centers),
            None => match values.n_partitions() {
                0 => (1.0, ArrayVec::new()),
                1 => star.by_planes(0, 1.0),
                2 => {
                    // The gradients of both norms, each with its share of γ: see [`norm::batch_instance`].
                    let rho = values.parameters().rho_at(star.index);
                    let (of_batch, batch) = star.by_planes(1, rho);
                    let (of_plane, plane) = star.by_planes(0, 1.0 - rho);
                    (of_batch + of_plane, plane.into_iter().chain(batch).collect())
                }
                _ => star.by_switchable(),
            },
        };
        Ok(Self { star: star.index, direct, shares })
    }

    /// The row-major index of the star.
    pub fn star(&self) -> u32 {
        self.star
    }

    /// The gradient with respect to the x at `index`, whose value is `x`.
    pub fn at(&self, index: u32, x: f32) -> Terms {
        let is_star = index == self.star;
        self.mean_at(index, x, is_star.then_some(1))
    }

    /// The mean of the gradient over some values of one plane whose boxes hold them all, given one of them by its index,
    /// their mean x, and, if the star is among them, how many they are.
    pub fn mean_at(&self, index: u32, x: f32, with_star: Option<u32>) -> Terms {
        let direct = with_star.map_or(0.0, |count| f64::from(self.direct) / f64::from(count));
        let mut terms = Terms { direct, ..Terms::default() };
        for share in self.shares.iter().filter(|share| share.tiling.tile_of(index) == share.tile_idx) {
            terms.by_mean += f64::from(share.by_mean);
            terms.by_variance += f64::from(share.by_variance) * (f64::from(x) - share.mean);
        }
        terms
    }
}

/// The star's position in the tables of the backward pass. All other planes have a dy of 0, so that tables of the star's
/// plane and its boxes are enough.
struct Star<'a> {
    values: &'a Values,
    x: f32,
    index: u32,
    shape: Shape,
    epsilon: f32,
    /// Whether x is divided without subtracting the mean.
    uncentred: bool,
}

type Parts = (f32, ArrayVec<Share, 3>);

impl Star<'_> {
    /// The sums of a plane in which dy is 1 at the star and 0 elsewhere.
    fn sums(&self, group: Moments) -> PlaneSums {
        // If the numerator of x̂ is x itself, the variance moves it by x, not by x − mean.
        let from = if self.uncentred { -group.offset } else { group.origin };
        PlaneSums { dy: 1.0, dy_x: self.x - from }
    }

    fn share(&self, partition: usize, group: Moments, pullback: PlanePullback) -> Share {
        share(self.values.tiling(partition), self.index, group, pullback)
    }

    /// Through a norm whose boxes are whole planes, which contributes `part` of the star's y.
    fn by_planes(&self, partition: usize, part: f32) -> Parts {
        let is_own = !self.values.is_kept(partition);
        let group = self.values.statistics(partition, self.index);
        let affine = self.values.parameters().affine_at(self.index).map(|value| part * value);
        let pullback = self.pullback(group, &affine, is_own);
        let mut share = is_own.then(|| self.share(partition, group, pullback));
        if let (true, Some(share)) = (self.uncentred, &mut share) {
            share.by_mean = 0.0;
        }
        (pullback.dy, share.into_iter().collect())
    }

    /// A box that cuts planes is a plane of its own once its values are put in a row.
    fn by_box(&self, centers: bool) -> Parts {
        let group = self.values.statistics(0, self.index);
        let pullback = self.pullback(group, &self.values.parameters().affine_at(self.index), true);
        let mut share = self.share(0, group, pullback);
        if !centers || self.uncentred {
            // Nothing goes through a mean that is not subtracted.
            share.by_mean = 0.0;
        }
        (pullback.dy, ArrayVec::from_iter([share]))
    }

    /// The pullback of a plane whose moments are those of a group, of the tensor's own or given ones.
    fn pullback(&self, group: Moments, affine: &[f32; 2], is_own: bool) -> PlanePullback {
        let (mut out, mut daffine) = ([PlanePullback::default()], [0.0; 2]);
        let fold = Fold { own_moments: u32::from(is_own), ..self.values.fold() };
        norm::fold_backward(fold, &[group], &[self.sums(group)], affine, &mut out, &mut daffine);
        out[0]
    }

    fn by_switchable(&self) -> Parts {
        let values = self.values;
        // Only whether there is one image or channel, or more, makes a difference.
        let [n, c] = [self.shape.n, self.shape.c].map(|length| length.min(2));
        let n_planes = (n * c) as usize;
        let blend = Blend { n, c, epsilon: self.epsilon, own_batch: u32::from(!values.is_kept(2)) };
        let [own, layer, batch] = [0, 1, 2].map(|partition| values.statistics(partition, self.index));
        let [gamma, beta] = values.parameters().affine_at(self.index).map(|value| vec![value; c as usize]);
        let (affine, logits) = ([gamma, beta].concat(), values.parameters().logits().concat());
        let norm = Switchable { blend, affine: &affine, logits: &logits };
        let (planes, layers, batches) = (vec![own; n_planes], vec![layer; n as usize], vec![batch; c as usize]);
        let (mut maps, mut blended) = (vec![PlaneAffine::default(); n_planes], planes.clone());
        norm.fold_forward(&planes, &layers, &batches, &mut maps, &mut blended);
        let mut sums = vec![PlaneSums::default(); n_planes];
        sums[0] = self.sums(own);
        let mut sets = vec![SetPullback::default(); (n + c) as usize];
        norm.sets_backward(&layers, &batches, &blended, &sums, &mut sets, &mut vec![0.0; affine.len()]);
        let mut out = vec![PlanePullback::default(); n_planes];
        norm.fold_backward(&planes, &blended, &sums, &sets, &mut out);
        let mut of_plane = out[0];
        let direct = of_plane.dy;
        let mut shares = ArrayVec::new();
        for (partition, group, set) in [(1, layer, sets[0]), (2, batch, sets[n as usize])] {
            of_plane.x -= set.x;
            of_plane.one -= set.x * (own.origin - set.origin) + set.one;
            if !values.is_kept(partition) {
                shares.push(self.share(partition, group, PlanePullback { dy: direct, x: set.x, one: set.one }));
            }
        }
        shares.insert(0, self.share(0, own, of_plane));
        (direct, shares)
    }
}

/// Splits x·(x − origin) + one: x·(x − mean) goes through the variance, the rest through the mean.
fn share(tiling: Tiling, star: u32, group: Moments, pullback: PlanePullback) -> Share {
    Share {
        tiling,
        tile_idx: tiling.tile_of(star),
        mean: f64::from(group.origin) + f64::from(group.offset),
        by_mean: pullback.one + pullback.x * group.offset,
        by_variance: pullback.x,
    }
}
