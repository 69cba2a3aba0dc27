//! x, x̂ and y of every value of a scene's tensor, from the engine's own tables, without and with a poke of the star.
//!
//! Statistics are over the whole tensor. They are kept as tables: x̂ and y are computed where they are needed.

use super::gradient::Gradient;
use super::parameters::Parameters;
use super::running::running;
use super::tensor::Tensor;
use crate::figure::scene::{Method, Mode, Scene, Stage};
use crate::norms::grouping::tiling::Tiling;
use crate::norms::grouping::{Grouping, GroupingError};
use crate::norms::moments::Moments;
use crate::norms::norm::batch_instance::BatchInstance;
use crate::norms::norm::blend::Blend;
use crate::norms::norm::switchable::Switchable;
use crate::norms::norm::{self, Fold, PlaneAffine, Recipe};
use std::borrow::Cow;
use std::collections::HashSet;
use std::rc::Rc;

/// The least change of y that counts.
pub const MOVED: f32 = 1e-6;

/// A tensor in which one value may be replaced.
#[derive(Clone, Copy, Debug)]
pub struct Poked<'a> {
    /// The tensor.
    pub tensor: &'a Tensor,
    /// The row-major index of the replaced value, and its new value.
    pub poke: Option<(u32, f32)>,
}

/// The tables that give x̂ and y from x.
#[derive(Clone, Debug)]
pub struct Values {
    tables: Tables,
    parameters: Parameters,
    epsilon: f32,
    /// Whether x is divided without subtracting the mean.
    uncentred: bool,
    /// The gradient of the star's y, if the scene shows it.
    gradient: Option<Gradient>,
}

#[derive(Clone, Debug)]
enum Tables {
    None,
    /// One map per plane.
    Planes {
        plane_len: u32,
        hats: Vec<PlaneAffine>,
        ys: Vec<PlaneAffine>,
    },
    /// The moments of every box, and those of a recomputed box that replace them.
    Boxes {
        tiling: Tiling,
        moments: Rc<Vec<Moments>>,
        renewed: Option<(u32, Moments)>,
    },
}

/// Whatever γ, β, ε, weights and the poke do not change: the moments of planes, or of boxes that cut planes.
#[derive(Clone, Debug)]
pub struct Reductions {
    planes: Vec<Moments>,
    boxes: Option<(Tiling, bool, Rc<Vec<Moments>>)>,
}

impl Poked<'_> {
    /// A value.
    pub fn value(self, index: u32) -> f32 {
        match self.poke {
            Some((at, value)) if at == index => value,
            Some(_) | None => self.tensor.values()[index as usize],
        }
    }

    /// `len` values from `start`.
    pub fn run(&self, start: u32, len: u32) -> Cow<'_, [f32]> {
        let run = &self.tensor.values()[start as usize..][..len as usize];
        match self.poke {
            Some((at, value)) if (start..start + len).contains(&at) => {
                let mut run = run.to_vec();
                run[(at - start) as usize] = value;
                Cow::Owned(run)
            }
            Some(_) | None => Cow::Borrowed(run),
        }
    }

    /// The moments of a box; without centring, the mean is 0 and the variance the mean square.
    pub fn moments(&self, tiling: &Tiling, tile_idx: u32, centers: bool) -> Moments {
        let [.., rows, columns] = tiling.spans();
        let [.., height, width] = tiling.lengths();
        // Whole planes and whole rows are contiguous in memory.
        let run_len = if columns == width && rows == height { rows * columns } else { columns };
        let n_runs = tiling.tile_len() / run_len;
        let of_run = |run: u32| Moments::of(&self.run(tiling.member(tile_idx, run * run_len), run_len));
        let moments = Moments::merge_tree(n_runs, &of_run);
        if centers {
            return moments;
        }
        let m2 = moments.m2 + moments.count * moments.mean() * moments.mean();
        Moments { count: moments.count, origin: 0.0, offset: 0.0, m2 }
    }
}

impl Reductions {
    /// Computes the reductions of a tensor for a scene's method.
    ///
    /// # Errors
    /// [`GroupingError`] if the method does not fit the shape.
    pub fn of(scene: &Scene, tensor: &Tensor) -> Result<Self, GroupingError> {
        let whole = Poked { tensor, poke: None };
        Ok(match box_recipe(scene)? {
            Some((tiling, centers)) => {
                let moments = (0..tiling.n_tiles()).map(|tile_idx| whole.moments(&tiling, tile_idx, centers)).collect();
                Self { planes: vec![], boxes: Some((tiling, centers, Rc::new(moments))) }
            }
            None => {
                let planes = (0..scene.shape.n_planes()).map(|plane| Moments::of(tensor.plane(plane))).collect();
                Self { planes, boxes: None }
            }
        })
    }
}

impl Values {
    /// Computes the tables of a scene, with the star's x from `x`.
    ///
    /// # Errors
    /// [`GroupingError`] if the method does not fit the shape.
    pub fn of(scene: &Scene, x: Poked<'_>, reductions: &Reductions) -> Result<Self, GroupingError> {
        let plane_len = scene.shape.plane_len();
        let parameters = Parameters::of(scene, x.tensor);
        let mut planes = Cow::Borrowed(&reductions.planes);
        if let (Some((index, _)), false) = (x.poke, planes.is_empty()) {
            let plane = index / plane_len;
            planes.to_mut()[plane as usize] = Moments::of(&x.run(plane * plane_len, plane_len));
        }
        let tables = match &reductions.boxes {
            Some((tiling, centers, moments)) => {
                let renewed = x.poke.map(|(index, _)| {
                    let tile_idx = tiling.tile_of(index);
                    (tile_idx, x.moments(tiling, tile_idx, *centers))
                });
                Tables::Boxes { tiling: *tiling, moments: Rc::clone(moments), renewed }
            }
            None => match plane_maps(scene, &planes, &parameters, &parameters.plain_affine())? {
                None => Tables::None,
                Some(hats) => {
                    let ys = plane_maps(scene, &planes, &parameters, &parameters.affine())?.unwrap_or_default();
                    Tables::Planes { plane_len, hats, ys }
                }
            },
        };
        let gradient = (scene.stage == Stage::Gradient).then(|| {
            let takes_running = matches!(scene.method, Method::Norm(norm) if norm.keeps_running());
            let running = (takes_running && scene.mode == Mode::Eval).then(|| running(scene));
            Gradient::of(scene, x, &planes, running.as_deref(), x.tensor.index(scene.selected))
        });
        let gradient = gradient.transpose()?;
        Ok(Self { tables, parameters, epsilon: scene.epsilon, uncentred: scene.uncentred, gradient })
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

    /// x, x̂ and y of the value `x` at `index`; without a norm all three are x.
    pub fn stages(&self, index: u32, x: f32) -> [f32; 3] {
        match &self.tables {
            Tables::None => [x; 3],
            Tables::Planes { plane_len, hats, ys } => {
                let plane = (index / plane_len) as usize;
                [x, apply(hats[plane], x), apply(ys[plane], x)]
            }
            Tables::Boxes { .. } => {
                let hat = self.box_hat(index, x);
                let [gamma, beta] = self.parameters.affine_at(index);
                [x, hat, gamma * hat + beta]
            }
        }
    }

    fn box_hat(&self, index: u32, x: f32) -> f32 {
        let Tables::Boxes { tiling, moments, renewed } = &self.tables else { return x };
        let tile_idx = tiling.tile_of(index);
        let moments = match renewed {
            Some((renewed, moments)) if *renewed == tile_idx => *moments,
            Some(_) | None => moments[tile_idx as usize],
        };
        let centred = if self.uncentred { x } else { x - moments.origin - moments.offset };
        centred * norm::rstd(moments, self.epsilon)
    }

    /// How many values of y change by more than [`MOVED`] when the star's x becomes `x.poke` and these tables become
    /// `after`.
    ///
    /// Only values whose table entry changed, and the star itself, are checked: the others are bitwise equal.
    pub fn moved(&self, after: &Self, x: Poked<'_>) -> u32 {
        let Some((star, _)) = x.poke else { return 0 };
        let before = Poked { poke: None, ..x };
        let moves = |index: &u32| self.delta(after, before, x, *index).abs() > MOVED;
        let count = |indices: &mut dyn Iterator<Item = u32>| indices.filter(moves).count() as u32;
        match (&self.tables, &after.tables) {
            (Tables::Planes { ys, .. }, Tables::Planes { ys: new, .. }) => {
                let is_moved = |a, b, from, to| u32::from((apply(b, to) - apply(a, from)).abs() > MOVED);
                let of_plane = |(plane, (&a, &b)): (u32, (&PlaneAffine, &PlaneAffine))| {
                    x.tensor.plane(plane).iter().map(|&value| is_moved(a, b, value, value)).sum::<u32>()
                };
                let changed = (0..).zip(ys.iter().zip(new)).filter(|(_, (a, b))| a != b);
                let of_all: u32 = changed.map(of_plane).sum();
                // The star's x differs as well.
                let value = before.value(star);
                let [own, own_new] = [ys, new].map(|maps| maps[(star / x.tensor.shape().plane_len()) as usize]);
                of_all - is_moved(own, own_new, value, value) + is_moved(own, own_new, value, x.value(star))
            }
            (Tables::Boxes { tiling, .. }, Tables::Boxes { .. }) => count(&mut tiling.members(tiling.tile_of(star))),
            _ => count(&mut std::iter::once(star)),
        }
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
        !matches!(self.tables, Tables::Boxes { .. })
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

fn apply(map: PlaneAffine, x: f32) -> f32 {
    map.scale * (x - map.origin) + map.shift
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

/// The map of every plane, with γ, then β, of every channel; `None` without a norm.
///
/// # Shapes
/// `planes`: [N·C]; `affine`: [2, C]; result: [N·C].
fn plane_maps(
    scene: &Scene,
    planes: &[Moments],
    parameters: &Parameters,
    affine: &[f32],
) -> Result<Option<Vec<PlaneAffine>>, GroupingError> {
    let shape = scene.shape;
    let mut maps = vec![PlaneAffine::default(); planes.len()];
    let recipe = match scene.method {
        Method::Norm(norm) => norm.recipe(shape)?,
        Method::Own(own) => {
            let grouping = Grouping::tile(shape, own.images, own.channels)?;
            norm::fold_forward(fold(scene, grouping), &merged(grouping, planes), affine, &mut maps);
            return Ok(Some(maps));
        }
    };
    let keeps_running = matches!(scene.method, Method::Norm(norm) if norm.keeps_running());
    let given = (keeps_running && scene.mode == Mode::Eval).then(|| running(scene));
    let own_batch = u32::from(given.is_none());
    let blend = Blend { n: shape.n, c: shape.c, epsilon: scene.epsilon, own_batch };
    let batch = |given: Option<Vec<Moments>>| -> Result<_, GroupingError> {
        Ok(given.unwrap_or(merged(Grouping::batch(shape)?, planes)))
    };
    let mut blended = planes.to_vec();
    match recipe {
        None | Some(Recipe::Axes(_)) => return Ok(None),
        Some(Recipe::Planes(recipe)) => {
            let (grouping, groups) = match given {
                Some(running) => (Grouping::batch(shape)?, running),
                None => (recipe.grouping, merged(recipe.grouping, planes)),
            };
            norm::fold_forward(fold(scene, grouping), &groups, affine, &mut maps);
        }
        Some(Recipe::BatchInstance) => {
            let (batch, rho) = (batch(given)?, parameters.rho());
            BatchInstance { blend, planes, batch: &batch, affine, rho: &rho }.fold_forward(&mut maps, &mut blended);
        }
        Some(Recipe::Switchable) => {
            let (batch, layers) = (batch(given)?, merged(Grouping::layer(shape)?, planes));
            let logits = parameters.logits().concat();
            Switchable { blend, affine, logits: &logits }.fold_forward(
                planes,
                &layers,
                &batch,
                &mut maps,
                &mut blended,
            );
        }
    }
    Ok(Some(maps))
}

/// The forward pass does not need to know whose moments they are.
fn fold(scene: &Scene, grouping: Grouping) -> Fold {
    Fold { grouping, epsilon: scene.epsilon, own_moments: 1 }
}

/// The moments of every group of planes.
pub fn merged(grouping: Grouping, planes: &[Moments]) -> Vec<Moments> {
    let group = |group_idx| {
        Moments::merge_tree(grouping.group_len(), &|member| planes[grouping.member(group_idx, member) as usize])
    };
    (0..grouping.n_groups()).map(group).collect()
}
