//! A scene's tensor with the moments of its norm. Whatever γ, β, ε and weights do not change is kept.

use crate::figure::cube::groups::Region;
use crate::figure::cube::parameters::Parameters;
use crate::figure::cube::reductions::Reductions;
use crate::figure::cube::running::Running;
use crate::figure::cube::tensor::Tensor;
use crate::figure::cube::values::{Poked, Values, box_recipe, poke_of};
use crate::figure::scene::{Method, Place, Scene};
use crate::norms::grouping::GroupingError;
use crate::norms::grouping::tiling::Tiling;
use crate::norms::moments::Moments;
use crate::norms::norm::catalog::Mixes;
use arrayvec::ArrayVec;
use std::rc::Rc;

/// A scene and everything computed from it.
pub struct Account {
    scene: Scene,
    tensor: Rc<Tensor>,
    reductions: Rc<Reductions>,
    values: Values,
    /// Running moments of every channel, if the norm keeps them.
    running: Option<Running>,
}

/// The values that share one mean with a place, or the statistics that stand in for them.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Set {
    /// The name of the set in a method that mixes several: "instance", "layer", "batch".
    pub name: Option<&'static str>,
    /// The partition that it is a box of.
    pub tiling: Tiling,
    /// The box.
    pub tile_idx: u32,
    /// Its moments; relative to 0 if no mean is subtracted.
    pub moments: Moments,
    /// Whether the moments were kept from training; then they do not come from any value here.
    pub is_kept: bool,
    /// Whether the mean is subtracted.
    pub centers: bool,
}

/// How x̂ is computed from the sets that a value belongs to.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Mixing {
    /// There is at most one set.
    Single,
    /// Each set gives an x̂, and these are mixed.
    BatchInstance,
    /// The means are mixed, and the variances; one x̂ follows from them.
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
    /// The subscript of its letters in formulas: "B" for batch.
    pub fn index(&self) -> Option<&'static str> {
        self.name
            .and_then(|name| ["I", "L", "B"].into_iter().find(|index| name.starts_with(&index.to_ascii_lowercase())))
    }

    /// The mean.
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
    /// Makes the account of a scene on its tensor.
    ///
    /// # Errors
    /// [`GroupingError`] if the method does not fit the shape.
    pub fn new(scene: Scene, tensor: Rc<Tensor>) -> Result<Self, GroupingError> {
        let reductions = Reductions::of(&scene, &tensor)?;
        let values = Values::of(&scene, Poked { tensor: &tensor, poke: None }, &reductions)?;
        let mut account = Self { running: None, scene, tensor, reductions, values };
        account.running = account.keeps_running().then(|| Running::of(&account.scene));
        account.settle()?;
        Ok(account)
    }

    /// Changes to another scene on the same tensor.
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
        // A lane's own statistics belong to its norm only.
        let moves_running = (scene.momentum, scene.method, scene.stored())
            != (self.scene.momentum, self.scene.method, self.scene.stored());
        self.scene = scene;
        if !self.keeps_running() {
            self.running = None;
        } else if moves_running {
            self.running = Some(Running::of(&self.scene));
        }
        self.settle()
    }

    fn settle(&mut self) -> Result<(), GroupingError> {
        let poked = Poked { tensor: &self.tensor, poke: poke_of(&self.scene, &self.tensor) };
        self.values = Values::of(&self.scene, poked, &self.reductions)?;
        Ok(())
    }

    /// Whether the norm keeps running statistics at all.
    pub fn keeps_running(&self) -> bool {
        matches!(self.scene.method, Method::Norm(norm) if norm.keeps_running())
    }

    /// The tensor, without a poke.
    pub fn tensor(&self) -> &Rc<Tensor> {
        &self.tensor
    }

    /// The scene.
    pub fn scene(&self) -> &Scene {
        &self.scene
    }

    /// The tensor, with the star's x where it was dragged to.
    pub fn x(&self) -> Poked<'_> {
        Poked { tensor: &self.tensor, poke: poke_of(&self.scene, &self.tensor) }
    }

    /// What computes x̂ and y from x.
    pub fn values(&self) -> &Values {
        &self.values
    }

    /// γ, β and the weights of mixtures.
    pub fn parameters(&self) -> &Parameters {
        self.values.parameters()
    }

    /// The moments of every channel kept from training, if the norm keeps them.
    pub fn running(&self) -> Option<&Running> {
        self.running.as_ref()
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

    /// The sets that normalize a value, the smallest first; none without a norm.
    ///
    /// # Errors
    /// [`GroupingError`] if the method does not fit the shape.
    pub fn sets(&self, at: Place) -> Result<ArrayVec<Set, 3>, GroupingError> {
        let tilings = self.scene.method.tilings(self.scene.shape)?;
        let names = self.mixing().names();
        let index = self.index(at);
        let centers = box_recipe(&self.scene)?.is_none_or(|(_, centers)| centers);
        let set = |(place, tiling): (usize, Tiling)| {
            let tile_idx = tiling.tile_of(index);
            let (moments, is_kept) = (self.values.statistics(place, index), self.values.is_kept(place));
            // A reduction clamps a sum of squares at 0, which hides that it is not a number.
            let m2 = if moments.mean().is_finite() { moments.m2 } else { f32::NAN };
            let moments = Moments { m2, ..moments };
            Set { name: names.get(place).copied(), tiling, tile_idx, moments, is_kept, centers }
        };
        Ok(tilings.into_iter().enumerate().map(set).collect())
    }

    /// How x̂ is computed from the sets.
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
}
