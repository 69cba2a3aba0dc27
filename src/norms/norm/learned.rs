//! The parameters and statistics of a norm layer in a trained network, as shown to a viewer.

use super::{AxesRecipe, Norm, Recipe};
use crate::norms::grouping::tiling::Tiling;
use crate::norms::moments::Moments;
use crate::norms::shape::Shape;

/// A norm layer as training left it. Lists are empty where the norm has no such parameter or statistic.
#[derive(Clone, PartialEq, Debug)]
pub struct LearnedNorm {
    /// Which norm.
    pub norm: Norm,
    /// Added to the variance.
    pub epsilon: f32,
    /// Weight of the new value in running statistics.
    pub momentum: f32,
    /// γ, per channel; for norms over axes in the shape of those.
    pub gamma: Vec<f32>,
    /// β, shaped like γ.
    pub beta: Vec<f32>,
    /// ρ of batch-instance norm, per channel.
    pub rho: Vec<f32>,
    /// Logits of switchable norm: for means, then for variances; each of instance, layer, batch.
    pub logits: Vec<f32>,
    /// Running mean, per channel.
    pub running_mean: Vec<f32>,
    /// Running variance, unbiased, per channel.
    pub running_variance: Vec<f32>,
}

/// Which γ and β each value uses.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum AffinePlaces {
    /// Those of its channel.
    Channels {
        /// C.
        n_channels: u32,
        /// H·W.
        plane_len: u32,
    },
    /// Those of its tile.
    Tiles(Tiling),
}

impl AffinePlaces {
    /// The places of a norm on a tensor; those of the channels if the norm does not fit the shape.
    pub fn of(norm: Norm, shape: Shape) -> Self {
        match norm.recipe(shape) {
            Ok(Some(Recipe::Axes(AxesRecipe { affine, .. }))) => Self::Tiles(affine),
            // Parts of a training batch do not divide every batch that is looked at: γ and β are per channel.
            Ok(Some(Recipe::Planes(_) | Recipe::BatchInstance | Recipe::Switchable) | None) | Err(_) => {
                Self::Channels { n_channels: shape.c, plane_len: shape.plane_len() }
            }
        }
    }

    /// The number of γ.
    pub fn len(self) -> u32 {
        match self {
            Self::Channels { n_channels, .. } => n_channels,
            Self::Tiles(tiling) => tiling.n_tiles(),
        }
    }

    /// Whether there is no γ.
    pub fn is_empty(self) -> bool {
        self.len() == 0
    }

    /// The index of the γ that the value at a row-major index uses.
    pub fn at(self, index: u32) -> usize {
        match self {
            Self::Channels { n_channels, plane_len } => (index / plane_len % n_channels) as usize,
            Self::Tiles(tiling) => tiling.tile_of(index) as usize,
        }
    }
}

impl LearnedNorm {
    /// How long the lists of a norm are on a tensor of this shape, in their order.
    pub fn lengths(norm: Norm, shape: Shape) -> [usize; 6] {
        let (n_affine, n_channels) = (AffinePlaces::of(norm, shape).len() as usize, shape.c as usize);
        let n_running = if norm.keeps_running() { n_channels } else { 0 };
        let n_rho = if norm == Norm::BatchInstance { n_channels } else { 0 };
        let n_logits = if norm == Norm::Switchable { 6 } else { 0 };
        [n_affine, n_affine, n_rho, n_logits, n_running, n_running]
    }

    /// The lists, in their order.
    pub fn lists(&self) -> [&[f32]; 6] {
        let Self { gamma, beta, rho, logits, running_mean, running_variance, .. } = self;
        [gamma, beta, rho, logits, running_mean, running_variance]
    }

    /// Whether the lists have the lengths that a tensor of this shape asks for.
    pub fn fits(&self, shape: Shape) -> bool {
        self.lists().map(<[f32]>::len) == Self::lengths(self.norm, shape)
    }

    /// Whether these can be the parameters of `norm`: of the same kind, though a batch may divide into other parts than in training.
    pub fn is_of(&self, norm: Norm) -> bool {
        match (self.norm, norm) {
            (Norm::GhostBatch { .. }, Norm::GhostBatch { .. }) | (Norm::SyncBatch { .. }, Norm::SyncBatch { .. }) => {
                true
            }
            (own, norm) => own == norm,
        }
    }

    /// The running moments of a channel, as of one value.
    pub fn running(&self, channel: usize) -> Moments {
        Moments { count: 1.0, origin: self.running_mean[channel], offset: 0.0, m2: self.running_variance[channel] }
    }
}
