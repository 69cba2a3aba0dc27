//! γ, β and mixture weights: the scene's, for all channels or as its call starts and constrains them, or those that a
//! lane's norm layer has learned, if its tensor is shown with its own norm.

use super::tensor::Tensor;
use crate::engine::plan::parameter::Regularizer;
use crate::figure::scene::{Method, Scene};
use crate::network::layer::norm::gain::{Gain, Start};
use crate::norms::norm::Norm;
use crate::norms::norm::learned::{AffinePlaces, LearnedNorm};
use crate::norms::shape::Shape;
use serde::Serialize;
use std::cell::RefCell;
use std::rc::Rc;
use tsify::Tsify;

/// The parameters of a scene's norm.
#[derive(Clone, Debug)]
pub struct Parameters {
    shape: Shape,
    /// The scene's.
    of_all: ParametersHere,
    /// Which γ and β apply to a value, and the layer that learned them.
    learned: Option<(AffinePlaces, Rc<LearnedNorm>)>,
    /// γ and β of every place, if the call draws or constrains them.
    ruled: Option<(AffinePlaces, Pair)>,
}

/// The parameters at one place, named as in a scene.
#[derive(Clone, Copy, PartialEq, Debug, Serialize, Tsify)]
#[serde(rename_all = "camelCase")]
#[expect(missing_docs, reason = "see `Scene`")]
pub struct ParametersHere {
    pub gamma: f32,
    pub beta: f32,
    pub rho: f32,
    pub mean_logits: [f32; 3],
    pub variance_logits: [f32; 3],
}

/// The lane's norm layer that a tensor comes from, if the scene shows it with its own norm.
pub fn learned<'a>(scene: &Scene, tensor: &'a Tensor) -> Option<&'a Rc<LearnedNorm>> {
    tensor.layer().filter(|layer| matches!(scene.method, Method::Norm(norm) if layer.is_of(norm)))
}

impl Parameters {
    /// The parameters of a scene on its tensor.
    pub fn of(scene: &Scene, tensor: &Tensor) -> Self {
        let &Scene { shape, rho, mean_logits, variance_logits, .. } = scene;
        let [gamma, beta] = numbers(scene);
        let of_all = ParametersHere { gamma, beta, rho, mean_logits, variance_logits };
        let places = |layer: &Rc<LearnedNorm>| (AffinePlaces::of(layer.norm, shape), Rc::clone(layer));
        let learned = learned(scene, tensor).map(places);
        let ruled = if learned.is_none() { ruled(scene) } else { None };
        Self { shape, of_all, learned, ruled }
    }

    /// γ and β of the value at a row-major index.
    pub fn affine_at(&self, index: u32) -> [f32; 2] {
        match (&self.learned, &self.ruled) {
            (Some((places, layer)), _) => [&layer.gamma, &layer.beta].map(|values| values[places.at(index)]),
            (None, Some((places, [gamma, beta]))) => [gamma, beta].map(|values| values[places.at(index)]),
            (None, None) => [self.of_all.gamma, self.of_all.beta],
        }
    }

    /// Whether the call draws or constrains γ or β.
    pub fn is_ruled(&self) -> bool {
        self.ruled.is_some()
    }

    /// The penalties on γ and on β that training adds to the loss; 0 where there is none.
    pub fn penalties(&self, scene: &Scene) -> [f64; 2] {
        let places = places(scene).len() as usize;
        let of = |at: usize, gain: Gain| {
            if gain.regularizer == Regularizer::default() || !gain.is_present() {
                return 0.0;
            }
            match (&self.learned, &self.ruled) {
                (Some((_, layer)), _) => gain.regularizer.penalty([&layer.gamma, &layer.beta][at]),
                (None, Some((_, values))) => gain.regularizer.penalty(&values[at]),
                (None, None) => gain.regularizer.penalty(&[[self.of_all.gamma, self.of_all.beta][at]]) * places as f64,
            }
        };
        [of(0, scene.gamma_rule), of(1, scene.beta_rule)]
    }

    /// ρ of the value at a row-major index.
    pub fn rho_at(&self, index: u32) -> f32 {
        let channel = index / self.shape.plane_len() % self.shape.c;
        let learned = self.learned.as_ref().and_then(|(_, layer)| layer.rho.get(channel as usize));
        learned.copied().unwrap_or(self.of_all.rho)
    }

    /// The logits of the means and of the variances.
    pub fn logits(&self) -> [[f32; 3]; 2] {
        match self.learned.as_ref().map(|(_, layer)| layer.logits.as_slice()) {
            Some(&[a, b, c, d, e, f]) => [[a, b, c], [d, e, f]],
            Some(_) | None => [self.of_all.mean_logits, self.of_all.variance_logits],
        }
    }

    /// The parameters of the value at a row-major index if they were learned; any that the norm lacks are the scene's.
    pub fn learned_at(&self, index: u32) -> Option<ParametersHere> {
        self.learned.as_ref()?;
        let ([gamma, beta], [mean_logits, variance_logits]) = (self.affine_at(index), self.logits());
        Some(ParametersHere { gamma, beta, rho: self.rho_at(index), mean_logits, variance_logits })
    }
}

/// γ and β as numbers for all places: 1 and 0 where the layer has none.
fn numbers(scene: &Scene) -> [f32; 2] {
    let gamma = if scene.gamma_rule.is_present() { scene.gamma } else { 1.0 };
    [gamma, if scene.has_beta() { scene.beta } else { 0.0 }]
}

/// The places of γ and β of a scene's norm.
pub fn places(scene: &Scene) -> AffinePlaces {
    match scene.method {
        Method::Norm(norm) => AffinePlaces::of(norm, scene.shape),
        Method::Own(_) => AffinePlaces::of(Norm::Batch, scene.shape),
    }
}

/// γ and β of every place.
type Pair = [Rc<[f32]>; 2];

/// What the values of a parameter follow from: its rule, number, seed and length.
type Key = ([(Gain, u32); 2], u32, u32);

thread_local! {
    /// The last ones: what is drawn or constrained does not change while other things are dragged.
    static LAST: RefCell<Option<(Key, Pair)>> = const { RefCell::new(None) };
}

/// γ and β of every place, if one of them is drawn or constrained.
fn ruled(scene: &Scene) -> Option<(AffinePlaces, Pair)> {
    let is_ruled = |gain: Gain| gain.constraint.is_some() || !matches!(gain.start, Start::Absent | Start::Number);
    let [gamma, beta] = numbers(scene);
    let beta_rule = if scene.has_beta() { scene.beta_rule } else { Gain::ABSENT };
    if !is_ruled(scene.gamma_rule) && !is_ruled(beta_rule) {
        return None;
    }
    let places = places(scene);
    let key = ([(scene.gamma_rule, gamma.to_bits()), (beta_rule, beta.to_bits())], scene.seed, places.len());
    let last = LAST.with_borrow(|last| last.as_ref().filter(|(old, _)| *old == key).map(|(_, values)| values.clone()));
    let values = last.unwrap_or_else(|| {
        let make = |gain: Gain, number, label| gain.values(number, scene.seed, label, places.len() as usize).into();
        let values = [make(scene.gamma_rule, gamma, "gamma"), make(beta_rule, beta, "beta")];
        LAST.set(Some((key, values.clone())));
        values
    });
    Some((places, values))
}
