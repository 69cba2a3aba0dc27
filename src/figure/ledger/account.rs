//! A scene's tensor with the moments that its norm takes. What does not change while γ, β, ε or weights do is kept.

use crate::figure::cube::groups::Region;
use crate::figure::cube::parameters::Parameters;
use crate::figure::cube::running::running;
use crate::figure::cube::tensor::Tensor;
use crate::figure::cube::values::{Poked, Reductions, Values, box_recipe, poke_of};
use crate::figure::scene::{Method, Mode, Place, Scene};
use crate::norms::grouping::GroupingError;
use crate::norms::grouping::tiling::Tiling;
use crate::norms::moments::Moments;
use crate::norms::norm::catalog::Mixes;
use arrayvec::ArrayVec;
use std::rc::Rc;

/// A scene, worked out.
pub struct Account {
    scene: Scene,
    tensor: Rc<Tensor>,
    reductions: Reductions,
    values: Values,
    /// The moments of every plane, of the tensor as it is.
    planes: Vec<Moments>,
    /// The same with the star's x moved, if it is.
    poked_planes: Option<Vec<Moments>>,
    /// Running moments of every channel, where the norm keeps such.
    running: Option<Vec<Moments>>,
}

/// The values that share one mean with a place, or the statistics that stand for them.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Set {
    /// Which one, of a method that mixes several: "instance", "layer", "batch".
    pub name: Option<&'static str>,
    /// The partition that it is a box of.
    pub tiling: Tiling,
    /// The box.
    pub tile_idx: u32,
    /// Its moments; those about 0 where no mean is taken.
    pub moments: Moments,
    /// Whether the moments were kept from training: then they are those of no value here.
    pub is_kept: bool,
    /// Whether a mean is taken.
    pub centers: bool,
}

/// How x̂ is made of the sets that a value is in.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Mixing {
    /// There is one set at most.
    Single,
    /// Each set makes an x̂, and these are mixed.
    BatchInstance,
    /// The means are mixed, and the variances, and these make an x̂.
    Switchable,
}

impl Mixing {
    /// The names of the sets, the smallest first.
    fn names(self) -> &'static [&'static str] {
        match self {
            Self::Single => &[],
            Self::BatchInstance => &["instance", "batch"],
            Self::Switchable => &["instance", "layer", "batch"],
        }
    }
}

impl Set {
    /// The index that its letters have in formulas: "B" of batch.
    pub fn index(&self) -> Option<&'static str> {
        self.name
            .and_then(|name| ["I", "L", "B"].into_iter().find(|index| name.starts_with(&index.to_ascii_lowercase())))
    }

    /// The mean, in both of its parts.
    pub fn mean(&self) -> f64 {
        f64::from(self.moments.origin) + f64::from(self.moments.offset)
    }

    /// The biased variance.
    pub fn variance(&self) -> f64 {
        f64::from(self.moments.variance())
    }

    /// The box of values.
    pub fn region(&self, at: Place) -> Region {
        Region::around(&self.tiling, at)
    }
}

impl Account {
    /// A scene on its tensor.
    ///
    /// # Errors
    /// [`GroupingError`] if the method does not fit the shape.
    pub fn new(scene: Scene, tensor: Rc<Tensor>) -> Result<Self, GroupingError> {
        let planes = (0..scene.shape.n_planes()).map(|plane_idx| Moments::of(tensor.plane(plane_idx))).collect();
        let reductions = Reductions::of(&scene, &tensor)?;
        let values = Values::of(&scene, Poked { tensor: &tensor, poke: None }, &reductions)?;
        let mut account = Self { running: None, poked_planes: None, scene, tensor, reductions, values, planes };
        account.running = account.keeps_running().then(|| running(&account.scene));
        account.settle()?;
        Ok(account)
    }

    /// Takes another scene of the same tensor.
    ///
    /// # Errors
    /// [`GroupingError`] if the method does not fit the shape; then nothing has changed.
    pub fn renew(&mut self, scene: Scene) -> Result<(), GroupingError> {
        if scene == self.scene {
            return Ok(());
        }
        if scene.method != self.scene.method {
            self.reductions = Reductions::of(&scene, &self.tensor)?;
        }
        // A lane's own statistics are those of its norm only.
        let moves_running = (scene.momentum, scene.method) != (self.scene.momentum, self.scene.method);
        self.scene = scene;
        if !self.keeps_running() {
            self.running = None;
        } else if moves_running {
            self.running = Some(running(&self.scene));
        }
        self.settle()
    }

    fn settle(&mut self) -> Result<(), GroupingError> {
        let poked = Poked { tensor: &self.tensor, poke: poke_of(&self.scene, &self.tensor) };
        self.poked_planes = poked.poke.map(|(index, _)| {
            let plane_len = self.scene.shape.plane_len();
            let plane = index / plane_len;
            let mut planes = self.planes.clone();
            planes[plane as usize] = Moments::of(&poked.run(plane * plane_len, plane_len));
            planes
        });
        self.values = Values::of(&self.scene, poked, &self.reductions)?;
        Ok(())
    }

    /// Whether the norm keeps running statistics at all.
    pub fn keeps_running(&self) -> bool {
        matches!(self.scene.method, Method::Norm(norm) if norm.keeps_running())
    }

    /// The tensor, as it is.
    pub fn tensor(&self) -> &Rc<Tensor> {
        &self.tensor
    }

    /// The scene.
    pub fn scene(&self) -> &Scene {
        &self.scene
    }

    /// The tensor, the star's x being what it was dragged to.
    pub fn x(&self) -> Poked<'_> {
        Poked { tensor: &self.tensor, poke: poke_of(&self.scene, &self.tensor) }
    }

    /// The plane of the star, where its x is another than the tensor's.
    pub fn poked_plane(&self) -> Option<u32> {
        self.x().poke.map(|(index, _)| index / self.scene.shape.plane_len())
    }

    /// What makes x̂ and y of x.
    pub fn values(&self) -> &Values {
        &self.values
    }

    /// γ, β and the weights of mixtures.
    pub fn parameters(&self) -> &Parameters {
        self.values.parameters()
    }

    /// The moments of every plane.
    pub fn planes(&self) -> &[Moments] {
        self.poked_planes.as_ref().unwrap_or(&self.planes)
    }

    /// The moments kept from training of every channel, where the norm keeps such.
    pub fn running(&self) -> Option<&[Moments]> {
        self.running.as_deref()
    }

    /// The running moments, where evaluation takes those.
    pub fn running_taken(&self) -> Option<&[Moments]> {
        self.running().filter(|_| self.scene.mode == Mode::Eval)
    }

    /// The row-major index of a place.
    pub fn index(&self, at: Place) -> u32 {
        self.tensor.index(at)
    }

    /// The place of a row-major index.
    pub fn place(&self, index: u32) -> Place {
        let shape = self.scene.shape;
        let (plane, k) = (index / shape.plane_len(), index % shape.plane_len());
        Place { n: plane / shape.c, c: plane % shape.c, h: k / shape.w, w: k % shape.w }
    }

    /// The sets that a value is normalized by, the smallest first; none without a norm.
    ///
    /// # Errors
    /// [`GroupingError`] if the method does not fit the shape.
    pub fn sets(&self, at: Place) -> Result<ArrayVec<Set, 3>, GroupingError> {
        let tilings = self.scene.method.tilings(self.scene.shape)?;
        let names = self.mixing().names();
        let index = self.index(at);
        let last = tilings.len().saturating_sub(1);
        let centers = box_recipe(&self.scene)?.is_none_or(|(_, centers)| centers);
        let set = |(place, tiling): (usize, Tiling)| {
            let tile_idx = tiling.tile_of(index);
            // The batch's, which is the largest.
            let kept = self.running_taken().filter(|_| place == last);
            let moments = match kept {
                Some(running) => running[at.c as usize],
                None => self.moments(tiling, tile_idx, centers),
            };
            // A reduction clamps a sum of squares at 0, which hides that it is none.
            let m2 = if moments.mean().is_finite() { moments.m2 } else { f32::NAN };
            let moments = Moments { m2, ..moments };
            Set { name: names.get(place).copied(), tiling, tile_idx, moments, is_kept: kept.is_some(), centers }
        };
        Ok(tilings.into_iter().enumerate().map(set).collect())
    }

    /// How x̂ is made of the sets.
    pub fn mixing(&self) -> Mixing {
        match self.scene.method {
            Method::Norm(norm) => match norm.kind().mixes() {
                Mixes::Results => Mixing::BatchInstance,
                Mixes::Moments => Mixing::Switchable,
                Mixes::Nothing => Mixing::Single,
            },
            Method::Own(_) => Mixing::Single,
        }
    }

    /// The moments of a box: of whole planes those of the planes merged, as the engine does.
    pub fn moments(&self, tiling: Tiling, tile_idx: u32, centers: bool) -> Moments {
        let [_, _, height, width] = tiling.spans();
        let plane_len = self.scene.shape.plane_len();
        if height * width != plane_len || !centers {
            return self.x().moments(&tiling, tile_idx, centers);
        }
        let plane = |member: u32| self.planes()[(tiling.member(tile_idx, member * plane_len) / plane_len) as usize];
        Moments::merge_tree(tiling.tile_len() / plane_len, &plane)
    }
}
