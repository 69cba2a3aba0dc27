//! Where the gradient goes: a gradient of 1 at the star's y, propagated back to every x with the engine's own tables.
//!
//! It has three terms: directly to the star's x, through every mean that the star is in, and through every variance.
//! The last two are the same few numbers for a whole box of values, so no tensor is written.

use super::parameters::Parameters;
use super::values::{Poked, box_recipe, merged};
use crate::figure::scene::{Method, Scene};
use crate::norms::grouping::tiling::Tiling;
use crate::norms::grouping::{Grouping, GroupingError};
use crate::norms::moments::Moments;
use crate::norms::norm::blend::Blend;
use crate::norms::norm::switchable::{SetPullback, Switchable};
use crate::norms::norm::{self, Fold, Norm, PlaneAffine, PlanePullback, PlaneSums, Recipe};
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
    /// Computes the gradient of the y at `star` under a scene, given the moments of all planes of `x` and the running
    /// ones of all channels if evaluation uses them.
    ///
    /// # Shapes
    /// `planes`: [N·C]; `running`: \[C\].
    ///
    /// # Errors
    /// [`GroupingError`] if the method does not fit the shape.
    pub fn of(
        scene: &Scene,
        x: Poked<'_>,
        planes: &[Moments],
        running: Option<&[Moments]>,
        star: u32,
    ) -> Result<Self, GroupingError> {
        let parameters = Parameters::of(scene, x.tensor);
        let star = Star { scene, x, planes, running, parameters, index: star };
        let (direct, shares) = match (scene.method, box_recipe(scene)?) {
            (_, Some((tiling, centers))) => star.by_box(tiling, centers),
            (Method::Own(own), None) => {
                let grouping = Grouping::tile(scene.shape, own.images, own.channels)?;
                star.by_planes(grouping, None, 1.0)
            }
            (Method::Norm(norm), None) => star.by_norm(norm)?,
        };
        Ok(Self { star: star.index, direct, shares })
    }

    /// The gradient with respect to the x at `index`, whose value is `x`.
    pub fn at(&self, index: u32, x: f32) -> Terms {
        let direct = if index == self.star { f64::from(self.direct) } else { 0.0 };
        let mut terms = Terms { direct, ..Terms::default() };
        for share in self.shares.iter().filter(|share| share.tiling.tile_of(index) == share.tile_idx) {
            terms.by_mean += f64::from(share.by_mean);
            terms.by_variance += f64::from(share.by_variance) * (f64::from(x) - share.mean);
        }
        terms
    }
}

/// The star's position in the tables of the backward pass.
struct Star<'a> {
    scene: &'a Scene,
    x: Poked<'a>,
    planes: &'a [Moments],
    running: Option<&'a [Moments]>,
    parameters: Parameters,
    index: u32,
}

type Parts = (f32, ArrayVec<Share, 3>);

impl Star<'_> {
    fn by_norm(&self, norm: Norm) -> Result<Parts, GroupingError> {
        let shape = self.scene.shape;
        Ok(match norm.recipe(shape)? {
            None | Some(Recipe::Axes(_)) => (1.0, ArrayVec::new()),
            Some(Recipe::Planes(recipe)) => {
                let grouping = if self.running.is_some() { Grouping::batch(shape)? } else { recipe.grouping };
                self.by_planes(grouping, self.running, 1.0)
            }
            Some(Recipe::BatchInstance) => {
                // The gradients of both norms, each with its share of γ: see [`norm::batch_instance`].
                let rho = self.parameters.rho_at(self.index);
                let (of_batch, batch) = self.by_planes(Grouping::batch(shape)?, self.running, rho);
                let (of_plane, plane) = self.by_planes(Grouping::instance(shape)?, None, 1.0 - rho);
                (of_batch + of_plane, plane.into_iter().chain(batch).collect())
            }
            Some(Recipe::Switchable) => self.by_switchable()?,
        })
    }

    /// The star's plane.
    fn plane(&self) -> u32 {
        self.index / self.scene.shape.plane_len()
    }

    /// The sums of a plane in which dy is 1 at the star and 0 elsewhere.
    fn sums(&self, origin: f32) -> PlaneSums {
        PlaneSums { dy: 1.0, dy_x: self.x.value(self.index) - origin }
    }

    /// Through a norm whose tiles are whole planes, which contributes `part` of the star's y.
    fn by_planes(&self, grouping: Grouping, running: Option<&[Moments]>, part: f32) -> Parts {
        let shape = self.scene.shape;
        let groups = running.map_or_else(|| merged(grouping, self.planes), <[Moments]>::to_vec);
        let plane = self.plane();
        let group = groups[grouping.group_of(plane) as usize];
        let mut sums = vec![PlaneSums::default(); self.planes.len()];
        sums[plane as usize] = self.sums(group.origin);
        let mut out = vec![PlanePullback::default(); self.planes.len()];
        let affine: Vec<f32> = self.parameters.affine().iter().map(|value| part * value).collect();
        let mut daffine = vec![0.0; affine.len()];
        let fold = Fold { grouping, epsilon: self.scene.epsilon, own_moments: u32::from(running.is_none()) };
        norm::fold_backward(fold, &groups, &sums, &affine, &mut out, &mut daffine);
        let share = running
            .is_none()
            .then(|| share(Tiling::of_planes(shape, grouping), self.index, group, out[plane as usize]));
        (out[plane as usize].dy, share.into_iter().collect())
    }

    /// A box that cuts planes is a plane of its own once its values are put in a row.
    fn by_box(&self, tiling: Tiling, centers: bool) -> Parts {
        let row = Shape::new(1, 1, 1, tiling.tile_len());
        let grouping = Grouping::instance(row).expect("a box has values");
        let group = self.x.moments(&tiling, tiling.tile_of(self.index), centers);
        let (mut out, mut daffine) = ([PlanePullback::default()], [0.0; 2]);
        let affine = self.parameters.affine_at(self.index);
        let mut sums = self.sums(group.origin);
        if self.scene.uncentred {
            // The numerator of x̂ is x itself: the variance moves it by x, not by x − mean.
            sums.dy_x = self.x.value(self.index) + group.offset;
        }
        let fold = Fold { grouping, epsilon: self.scene.epsilon, own_moments: 1 };
        norm::fold_backward(fold, &[group], &[sums], &affine, &mut out, &mut daffine);
        let mut share = share(tiling, self.index, group, out[0]);
        if !centers || self.scene.uncentred {
            // Nothing goes through a mean that is not subtracted.
            share.by_mean = 0.0;
        }
        (out[0].dy, ArrayVec::from_iter([share]))
    }

    fn by_switchable(&self) -> Result<Parts, GroupingError> {
        let Scene { shape, epsilon, .. } = *self.scene;
        let own_batch = u32::from(self.running.is_none());
        let blend = Blend { n: shape.n, c: shape.c, epsilon, own_batch };
        let groupings = [Grouping::instance(shape)?, Grouping::layer(shape)?, Grouping::batch(shape)?];
        let layers = merged(groupings[1], self.planes);
        let batch = self.running.map_or_else(|| merged(groupings[2], self.planes), <[Moments]>::to_vec);
        let affine = self.parameters.affine();
        let logits = self.parameters.logits().concat();
        let norm = Switchable { blend, affine: &affine, logits: &logits };
        let n_planes = self.planes.len();
        let (mut maps, mut blended) = (vec![PlaneAffine::default(); n_planes], self.planes.to_vec());
        norm.fold_forward(self.planes, &layers, &batch, &mut maps, &mut blended);
        let plane = self.plane();
        let own = self.planes[plane as usize];
        let mut sums = vec![PlaneSums::default(); n_planes];
        sums[plane as usize] = self.sums(own.origin);
        let mut sets = vec![SetPullback::default(); (shape.n + shape.c) as usize];
        norm.sets_backward(&layers, &batch, &blended, &sums, &mut sets, &mut vec![0.0; affine.len()]);
        let mut out = vec![PlanePullback::default(); n_planes];
        norm.fold_backward(self.planes, &blended, &sums, &sets, &mut out);
        let mut of_plane = out[plane as usize];
        let direct = of_plane.dy;
        let [image, channel] = [plane / shape.c, plane % shape.c];
        let mut shares = ArrayVec::new();
        for (grouping, group, set_idx) in
            [(groupings[1], layers[image as usize], image), (groupings[2], batch[channel as usize], shape.n + channel)]
        {
            let set = sets[set_idx as usize];
            of_plane.x -= set.x;
            of_plane.one -= set.x * (own.origin - set.origin) + set.one;
            let pullback = PlanePullback { dy: direct, x: set.x, one: set.one };
            if grouping != groupings[2] || self.running.is_none() {
                shares.push(share(Tiling::of_planes(shape, grouping), self.index, group, pullback));
            }
        }
        shares.insert(0, share(Tiling::of_planes(shape, groupings[0]), self.index, own, of_plane));
        Ok((direct, shares))
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
