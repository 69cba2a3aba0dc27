//! γ, β and mixture weights: the scene's, for all channels, or those that a lane's norm layer has learned, if its
//! tensor is shown with its own norm.

use super::tensor::Tensor;
use crate::figure::scene::{Method, Scene};
use crate::norms::norm::learned::{AffinePlaces, LearnedNorm};
use crate::norms::shape::Shape;
use serde::Serialize;
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
        let &Scene { shape, gamma, beta, rho, mean_logits, variance_logits, .. } = scene;
        let of_all = ParametersHere { gamma, beta, rho, mean_logits, variance_logits };
        let places = |layer: &Rc<LearnedNorm>| (AffinePlaces::of(layer.norm, shape), Rc::clone(layer));
        Self { shape, of_all, learned: learned(scene, tensor).map(places) }
    }

    /// γ and β of the value at a row-major index.
    pub fn affine_at(&self, index: u32) -> [f32; 2] {
        match &self.learned {
            Some((places, layer)) => [&layer.gamma, &layer.beta].map(|values| values[places.at(index)]),
            None => [self.of_all.gamma, self.of_all.beta],
        }
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
