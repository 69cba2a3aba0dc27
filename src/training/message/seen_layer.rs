//! A norm layer on its way from a worker to the page.

use super::bytes;
use crate::norms::norm::Norm;
use crate::norms::norm::learned::LearnedNorm;
use crate::norms::shape::Shape;
use serde::{Deserialize, Serialize};
use tsify::Tsify;

/// A [`LearnedNorm`] whose lists are bytes: a list of numbers for each would take more time and code.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize, Tsify)]
#[serde(rename_all = "camelCase")]
pub struct SeenLayer {
    /// Which norm.
    #[tsify(type = "Norm")]
    pub norm: Norm,
    /// Added to the variance.
    pub epsilon: f32,
    /// Weight of the new value in running statistics.
    pub momentum: f32,
    /// γ, β, ρ, logits, running means and running variances, one after the other, as little-endian f32 values.
    #[serde(with = "bytes")]
    #[tsify(type = "Uint8Array")]
    values: Vec<u8>,
}

impl SeenLayer {
    /// The layer for the page.
    pub fn of(layer: &LearnedNorm) -> Self {
        let &LearnedNorm { norm, epsilon, momentum, .. } = layer;
        let values = layer.lists().into_iter().flat_map(bytemuck::cast_slice::<f32, u8>).copied().collect();
        Self { norm, epsilon, momentum, values }
    }

    /// The layer, if it is one of a tensor of this shape.
    pub fn learned(&self, shape: Shape) -> Option<LearnedNorm> {
        let &Self { norm, epsilon, momentum, .. } = self;
        let values: Vec<f32> = bytemuck::pod_collect_to_vec(&self.values);
        let mut rest = &values[..];
        let mut lists = LearnedNorm::lengths(norm, shape).into_iter().map(|length| {
            let (list, after) = rest.split_at_checked(length)?;
            rest = after;
            Some(list.to_vec())
        });
        let mut next = || lists.next().expect("as many lists as lengths");
        let (gamma, beta, rho, logits) = (next()?, next()?, next()?, next()?);
        let (running_mean, running_variance) = (next()?, next()?);
        let layer = LearnedNorm { norm, epsilon, momentum, gamma, beta, rho, logits, running_mean, running_variance };
        rest.is_empty().then_some(layer)
    }
}
