//! x, x̂ and y of every value of a scene's tensor, from the engine's own tables, without and with a poke of the star.
//!
//! Statistics are over the whole tensor. Nothing is kept per value or per plane: the map of a plane is computed from the
//! moments of its boxes when it is needed, by the engine's functions on a table of that one plane.

use super::gradient::Gradient;
use super::groups::Region;
use super::parameters::Parameters;
use super::reductions::{Kind, Reductions};
use super::running::Running;
use super::tensor::Tensor;
use super::work;
use crate::figure::scene::{Method, Scene, Stage};
use crate::norms::grouping::tiling::Tiling;
use crate::norms::grouping::{Grouping, GroupingError};
use crate::norms::moments::Moments;
use crate::norms::norm::batch_instance::BatchInstance;
use crate::norms::norm::blend::Blend;
use crate::norms::norm::switchable::Switchable;
use crate::norms::norm::{self, Fold, PlaneAffine, Recipe};
use crate::norms::shape::Shape;
use arrayvec::ArrayVec;
use std::borrow::Cow;
use std::cell::Cell;
use std::collections::HashSet;
use std::rc::Rc;

/// The least change of y that counts.
pub const MOVED: f32 = 1e-6;

/// Most values that are visited one by one to count those that moved.
const MOST_COUNTED: u32 = 1 << 15;

/// About how many are visited if they are more; every nth stands for n.
const MOST_SAMPLED: u32 = 1 << 13;

/// A tensor in which one value may be replaced.
#[derive(Clone, Copy, Debug)]
pub struct Poked<'a> {
    /// The tensor.
    pub tensor: &'a Tensor,
    /// The row-major index of the replaced value, and its new value.
    pub poke: Option<(u32, f32)>,
}

/// What gives x̂ and y from x.
#[derive(Clone, Debug)]
pub struct Values {
    reductions: Rc<Reductions>,
    /// The boxes of a poked star, one per partition, and their moments about their means with the poke.
    renewed: ArrayVec<(u32, Moments), 3>,
    parameters: Parameters,
    epsilon: f32,
    /// The running statistics, if they replace those of the last partition.
    running: Option<Running>,
    /// Whether x is divided without subtracting the mean.
    uncentred: bool,
    /// The gradient of the star's y, if the scene shows it.
    gradient: Option<Gradient>,
    /// The last plane whose maps were asked for, and the maps.
    last: Cell<Option<(u32, [PlaneAffine; 2])>>,
}

/// How many values of y a poke moves.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Moved {
    /// The number of values.
    pub count: u32,
    /// Whether it was estimated from a part of the values.
    pub is_estimate: bool,
}

impl Poked<'_> {
    /// A value.
    pub fn value(self, index: u32) -> f32 {
        work::add(1);
        match self.poke {
            Some((at, value)) if at == index => value,
            Some(_) | None => self.tensor.get(index),
        }
    }

    /// `len` values from `start`.
    pub fn run(&self, start: u32, len: u32) -> Cow<'_, [f32]> {
        work::add(len);
        let run = self.tensor.run(start, len);
        match self.poke {
            Some((at, value)) if (start..start + len).contains(&at) => {
                let mut run = run.into_owned();
                run[(at - start) as usize] = value;
                Cow::Owned(run)
            }
            Some(_) | None => run,
        }
    }
}

impl Values {
    /// Makes the values of a scene, with the star's x from `x`.
    ///
    /// # Errors
    /// [`GroupingError`] if the method does not fit the shape.
    pub fn of(scene: &Scene, x: Poked<'_>, reductions: &Rc<Reductions>) -> Result<Self, GroupingError> {
        let renewed = x.poke.map(|(index, _)| reductions.tables.iter().map(|table| table.renewed(x, index)).collect());
        let mut values = Self {
            reductions: Rc::clone(reductions),
            renewed: renewed.unwrap_or_default(),
            parameters: Parameters::of(scene, x.tensor),
            epsilon: scene.epsilon,
            uncentred: scene.uncentred,
            running: scene.method.takes_running(scene.mode).then(|| Running::of(scene)),
            gradient: None,
            last: Cell::new(None),
        };
        if scene.stage == Stage::Gradient {
            values.gradient = Some(Gradient::of(scene, &values, x, x.tensor.index(scene.selected))?);
        }
        Ok(values)
    }

    /// x, x̂ or y of the value `x` at `index`; without a norm all three are x. The gradient only if the scene shows it,
    /// otherwise 0.
    pub fn at(&self, stage: Stage, index: u32, x: f32) -> f32 {
        match stage {
            Stage::Gradient => self.gradient.as_ref().map_or(0.0, |gradient| gradient.at(index, x).sum() as f32),
            Stage::X => x,
            Stage::XHat => self.stages(index, x)[1],
            Stage::Y => self.stages(index, x)[2],
        }
    }

    /// The mean at a stage of a box of values in one plane, the first of which is at `index`, given their mean x; for a
    /// norm that maps planes.
    pub fn mean_at(&self, stage: Stage, index: u32, x: f32, values: &Region) -> f32 {
        match (stage, &self.gradient) {
            (Stage::Gradient, Some(gradient)) => {
                let has_star = values.contains(self.reductions.tensor.place(gradient.star()));
                gradient.mean_at(index, x, has_star.then(|| values.count())).sum() as f32
            }
            (stage, _) => self.at(stage, index, x),
        }
    }

    /// x, x̂ and y of the value `x` at `index`; without a norm all three are x.
    pub fn stages(&self, index: u32, x: f32) -> [f32; 3] {
        work::add(1);
        match self.reductions.kind {
            Kind::Nothing => [x; 3],
            Kind::Boxes => {
                let moments = self.statistics(0, index);
                let centred = if self.uncentred { x } else { x - moments.origin - moments.offset };
                let hat = centred * norm::rstd(moments, self.epsilon);
                let [gamma, beta] = self.parameters.affine_at(index);
                [x, hat, gamma * hat + beta]
            }
            Kind::Planes | Kind::BatchInstance | Kind::Switchable => {
                let maps = self.maps(index);
                if self.uncentred {
                    let ([gamma, beta], hat) = (self.parameters.affine_at(index), maps[0].scale * x);
                    return [x, hat, gamma * hat + beta];
                }
                let [hat, y] = maps.map(|map| map.scale * (x - map.origin) + map.shift);
                [x, hat, y]
            }
        }
    }

    /// The partitions whose boxes a value depends on, the smallest first.
    pub fn n_partitions(&self) -> usize {
        self.reductions.tables.len()
    }

    /// The partition at a position.
    pub fn tiling(&self, partition: usize) -> Tiling {
        self.reductions.tables[partition].tiling()
    }

    /// The moments of a box of a partition, with the poke.
    pub fn moments(&self, partition: usize, tile_idx: u32) -> Moments {
        let table = &self.reductions.tables[partition];
        match self.renewed.get(partition) {
            Some(&(renewed, moments)) if renewed == tile_idx => table.settle(moments),
            Some(_) | None => table.at(self.calm(), tile_idx),
        }
    }

    /// The mean of a box of a partition, with the poke, also where the norm does not subtract it.
    pub fn mean(&self, partition: usize, tile_idx: u32) -> f32 {
        match self.renewed.get(partition) {
            Some((renewed, moments)) if *renewed == tile_idx => moments.mean(),
            Some(_) | None => self.reductions.tables[partition].mean(self.calm(), tile_idx),
        }
    }

    fn calm(&self) -> Poked<'_> {
        Poked { tensor: &self.reductions.tensor, poke: None }
    }

    /// Whether a partition's moments are replaced by running ones.
    pub fn is_kept(&self, partition: usize) -> bool {
        self.running.is_some() && partition + 1 == self.n_partitions()
    }

    /// The moments that a partition contributes to the value at `index`: those of its box, or running ones.
    pub fn statistics(&self, partition: usize, index: u32) -> Moments {
        match &self.running {
            Some(running) if self.is_kept(partition) => running.at(self.channel(index)),
            Some(_) | None => self.moments(partition, self.tiling(partition).tile_of(index)),
        }
    }

    fn channel(&self, index: u32) -> u32 {
        let shape = self.reductions.tensor.shape();
        index / shape.plane_len() % shape.c
    }

    /// The maps from x to x̂ and to y of the plane of the value at `index`.
    fn maps(&self, index: u32) -> [PlaneAffine; 2] {
        let plane = index / self.reductions.tensor.shape().plane_len();
        match self.last.get() {
            Some((last, maps)) if last == plane => maps,
            Some(_) | None => {
                let moments = (0..self.n_partitions()).map(|partition| self.statistics(partition, index)).collect();
                let affines = [[1.0, 0.0], self.parameters.affine_at(index)];
                let maps = affines.map(|affine| self.map(index, &moments, &affine));
                self.last.set(Some((plane, maps)));
                maps
            }
        }
    }

    /// The map of a plane with these moments, γ and β, as of a table of one plane.
    fn map(&self, index: u32, moments: &ArrayVec<Moments, 3>, affine: &[f32; 2]) -> PlaneAffine {
        let (mut map, mut blended) = ([PlaneAffine::default()], [Moments::default()]);
        let blend = Blend { n: 1, c: 1, epsilon: self.epsilon, own_batch: u32::from(self.running.is_none()) };
        match self.reductions.kind {
            Kind::Planes => norm::fold_forward(self.fold(), moments, affine, &mut map),
            Kind::BatchInstance => {
                let rho = [self.parameters.rho_at(index)];
                let norm = BatchInstance { blend, planes: &moments[..1], batch: &moments[1..], affine, rho: &rho };
                norm.fold_forward(&mut map, &mut blended);
            }
            Kind::Switchable => {
                let logits = self.parameters.logits().concat();
                let norm = Switchable { blend, affine, logits: &logits };
                norm.fold_forward(&moments[..1], &moments[1..2], &moments[2..], &mut map, &mut blended);
            }
            Kind::Nothing | Kind::Boxes => {}
        }
        map[0]
    }

    /// The parameters of the engine's folds on a table of one plane. A forward pass does not need to know whose moments
    /// they are.
    pub fn fold(&self) -> Fold {
        let grouping = Grouping::instance(Shape::table(1, 1)).expect("one plane has values");
        Fold { grouping, epsilon: self.epsilon, own_moments: 1 }
    }

    /// How many values of y change by more than [`MOVED`] when the star's x becomes `x.poke` and these values become
    /// `after`.
    ///
    /// Only the star and those that share a mean with it are checked: the others are bitwise equal.
    pub fn moved(&self, after: &Self, x: Poked<'_>) -> Moved {
        let Some((star, _)) = x.poke else { return Moved { count: 0, is_estimate: false } };
        let before = Poked { poke: None, ..x };
        let is_moved = |index: u32| u32::from(self.delta(after, before, x, index).abs() > MOVED);
        let boxes: ArrayVec<(Tiling, u32), 3> = (0..self.n_partitions())
            .filter(|&partition| !self.is_kept(partition))
            .map(|partition| (self.tiling(partition), self.tiling(partition).tile_of(star)))
            .collect();
        let total: u32 = boxes.iter().map(|(tiling, _)| tiling.tile_len()).sum();
        let nth = if total > MOST_COUNTED { odd_step(total, MOST_SAMPLED) } else { 1 };
        let mut count = is_moved(star);
        for (k, (tiling, tile_idx)) in boxes.iter().enumerate() {
            let members = (0..tiling.tile_len()).step_by(nth as usize).map(|member| tiling.member(*tile_idx, member));
            let is_new = |index: &u32| {
                *index != star && boxes[..k].iter().all(|(tiling, tile_idx)| tiling.tile_of(*index) != *tile_idx)
            };
            count += members.filter(is_new).map(is_moved).sum::<u32>() * nth;
        }
        Moved { count: count.min(total.max(1)), is_estimate: nth > 1 }
    }

    /// The change of y at `index`.
    pub fn delta(&self, after: &Self, x_before: Poked<'_>, x_after: Poked<'_>, index: u32) -> f32 {
        after.at(Stage::Y, index, x_after.value(index)) - self.at(Stage::Y, index, x_before.value(index))
    }

    /// γ, β and the weights of mixtures.
    pub fn parameters(&self) -> &Parameters {
        &self.parameters
    }

    /// Whether x̂ and y are affine in x over a whole plane, so that the mean of some y is the y of their mean x.
    pub fn maps_planes(&self) -> bool {
        self.reductions.kind != Kind::Boxes
    }
}

/// The least n for which every nth of `len` values are at most `most`; odd if above 2, so that the values are not all in
/// the same columns of a table whose sides are powers of two.
pub fn odd_step(len: u32, most: u32) -> u32 {
    match len.div_ceil(most) {
        0 | 1 => 1,
        2 => 2,
        step => step | 1,
    }
}

/// The indices whose y changes, straight from the definition. For tests and small tensors.
pub fn moved_indices(before: &Values, after: &Values, x: Poked<'_>) -> HashSet<u32> {
    let whole = Poked { poke: None, ..x };
    let len = x.tensor.shape().len();
    (0..len).filter(|&index| before.delta(after, whole, x, index).abs() > MOVED).collect()
}

/// The index and value of a scene's poke, if it changes the star's x.
pub fn poke_of(scene: &Scene, tensor: &Tensor) -> Option<(u32, f32)> {
    scene.poke.map(|value| (tensor.index(scene.selected), value))
}

/// The boxes of a method that cuts planes, and whether it subtracts the mean; `None` for a method of whole planes.
pub fn box_recipe(scene: &Scene) -> Result<Option<(Tiling, bool)>, GroupingError> {
    Ok(match scene.method {
        Method::Own(own) if own.pixel => Some((own.tiling(scene.shape)?, true)),
        Method::Own(_) => None,
        Method::Norm(norm) => match norm.recipe(scene.shape)? {
            Some(Recipe::Axes(recipe)) => Some((recipe.tiling, recipe.centers)),
            Some(Recipe::Planes(_) | Recipe::BatchInstance | Recipe::Switchable) | None => None,
        },
    })
}
