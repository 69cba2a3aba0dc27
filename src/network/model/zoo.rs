//! The networks that a run can train: each is a list of layers with the same norm at every place for one.

use super::{EVALUATION_BATCH, ModelSpec};
use crate::engine::plan::parameter::Regularizer;
use crate::network::layer::norm::NormSpec;
use crate::network::layer::{Cell, LayerSpec, Padding, WeightInit};
use crate::network::layer::{LayerError, row_gru, steps};
use crate::norms::norm::Norm;
use crate::norms::shape::Shape;
use serde::{Deserialize, Serialize};
use tsify::Tsify;

/// A network, by name.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug, Serialize, Deserialize, Tsify)]
#[serde(rename_all = "kebab-case")]
pub enum ModelKind {
    /// [`ModelSpec::tutorial_with`].
    #[default]
    Tutorial,
    /// [`ModelSpec::source_d`].
    SourceD,
    /// [`ModelSpec::deep`].
    Deep,
    /// [`ModelSpec::row_rnn`].
    RowRnn {
        /// Values in the state, 1 to 512.
        units: u32,
    },
    /// [`ModelSpec::row_gru`].
    RowGru {
        /// Values in the state, 1 to 512.
        units: u32,
    },
}

/// Images evaluated at a time by the larger networks, whose tensors would need much memory for more; divides the 10,000
/// images of the test sets.
const SMALL_EVALUATION_BATCH: u32 = 20;

/// Channels of [`ModelSpec::deep`] between its pooling layers.
const DEEP_CHANNELS: [&[u32]; 3] = [&[16, 16], &[32, 32], &[32, 32, 32, 32]];

impl ModelKind {
    /// Returns the network with `norm` at every place for a norm.
    pub fn model(self, norm: NormSpec) -> ModelSpec {
        match self {
            Self::Tutorial => ModelSpec::tutorial_with(norm),
            Self::SourceD => ModelSpec::source_d(norm),
            Self::Deep => ModelSpec::deep(norm),
            Self::RowRnn { units } => ModelSpec::row_rnn(units, norm),
            Self::RowGru { units } => ModelSpec::row_gru(units, norm),
        }
    }

    /// Checks that a norm can be at every place for one, with batches of `batch` images, without planning the network.
    /// Only recurrent nets refuse norms whose counts divide.
    ///
    /// # Errors
    /// [`LayerError`] says which norm, and why.
    pub fn check_norm(self, norm: Norm, batch: u32) -> Result<(), LayerError> {
        let width = match self {
            Self::Tutorial | Self::SourceD | Self::Deep => return Ok(()),
            Self::RowRnn { units } => units,
            Self::RowGru { units } => row_gru::N_GATES * units,
        };
        steps::recipe(norm, Shape::table(batch, width)).map(drop)
    }

    /// Images evaluated at a time.
    pub fn evaluation_batch(self) -> u32 {
        match self {
            Self::Tutorial => EVALUATION_BATCH,
            Self::SourceD | Self::Deep | Self::RowRnn { .. } | Self::RowGru { .. } => SMALL_EVALUATION_BATCH,
        }
    }
}

impl ModelSpec {
    /// The net of the notebook "GroupNormalization-keras" on 28×28 images: Conv 32 3×3 valid, `norm`, ReLU, Conv 64 3×3
    /// valid, `norm`, ReLU, MaxPool 2, Dropout 0.25, Flatten, Dense 128 ReLU, Dropout 0.5, Dense 10; He normal weights
    /// before every ReLU, an L2 penalty of 1e-5 on the convolutions. It has 1,199,882 parameters without norm.
    pub fn source_d(norm: NormSpec) -> Self {
        let conv2d = |channels| LayerSpec::Conv2d {
            channels,
            kernel: 3,
            padding: Padding::Valid,
            init: WeightInit::HeNormal,
            regularizer: Regularizer { l1: 0.0, l2: 1e-5 },
        };
        let dense = |features, init| LayerSpec::Linear { features, init, regularizer: Regularizer::default() };
        Self {
            image: Shape::IMAGE,
            layers: vec![
                conv2d(32),
                LayerSpec::Norm(norm),
                LayerSpec::Relu,
                conv2d(64),
                LayerSpec::Norm(norm),
                LayerSpec::Relu,
                LayerSpec::MaxPool { size: 2 },
                LayerSpec::Dropout { rate: 0.25 },
                LayerSpec::Flatten,
                dense(128, WeightInit::HeNormal),
                LayerSpec::Relu,
                LayerSpec::Dropout { rate: 0.5 },
                dense(10, WeightInit::GlorotUniform),
            ],
        }
    }

    /// Reads an image row by row: a simple recurrent layer of `units` over the 28 rows with `norm` in every step, Dense
    /// 10.
    pub fn row_rnn(units: u32, norm: NormSpec) -> Self {
        Self::by_rows(units, norm, Cell::Simple)
    }

    /// The same with a gated recurrent layer: see [`crate::network::layer::row_gru`].
    pub fn row_gru(units: u32, norm: NormSpec) -> Self {
        Self::by_rows(units, norm, Cell::Gru)
    }

    fn by_rows(units: u32, norm: NormSpec, cell: Cell) -> Self {
        let (init, regularizer) = (WeightInit::GlorotUniform, Regularizer::default());
        Self {
            image: Shape::IMAGE,
            layers: vec![
                LayerSpec::RowRnn { units, norm, cell },
                LayerSpec::Linear { features: 10, init, regularizer },
            ],
        }
    }

    /// Eight 3×3 convolutions, each followed by `norm` and ReLU, with two pooling layers between them and one dense
    /// layer at the end. Deep enough that without a norm it does not tolerate a high learning rate.
    pub fn deep(norm: NormSpec) -> Self {
        let regularizer = Regularizer::default();
        let conv2d = |channels| LayerSpec::Conv2d {
            channels,
            kernel: 3,
            padding: Padding::Same,
            init: WeightInit::HeNormal,
            regularizer,
        };
        let mut layers = Vec::new();
        for (block_idx, block) in DEEP_CHANNELS.into_iter().enumerate() {
            if block_idx > 0 {
                layers.push(LayerSpec::MaxPool { size: 2 });
            }
            for &channels in block {
                layers.extend([conv2d(channels), LayerSpec::Norm(norm), LayerSpec::Relu]);
            }
        }
        layers.extend([
            LayerSpec::Flatten,
            LayerSpec::Linear { features: 10, init: WeightInit::GlorotUniform, regularizer },
        ]);
        Self { image: Shape::IMAGE, layers }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::norms::norm::Norm;
    use std::num::NonZeroU32;

    #[test]
    fn source_ds_net_has_its_number_of_parameters() {
        let group = Norm::Group { groups: NonZeroU32::new(8).unwrap() };
        for (norm, want) in [(Norm::None, 1_199_882), (Norm::Batch, 1_200_074), (group, 1_200_074)] {
            let model = ModelSpec::source_d(NormSpec::new(norm)).plan(1, 2).unwrap();
            assert_eq!(model.plan.n_parameters(), want, "{norm:?}");
        }
    }

    #[test]
    fn the_gated_net_has_keras_number_of_parameters() {
        // GRU(64) on 28 values, reset_after=True: 3·(28·64 + 64·64 + 2·64) = 18,048; Dense 10: 650. Norms: γ and β of
        // two tables.
        for (norm, want) in [(Norm::None, 18_698), (Norm::Layer, 18_698 + 4 * 3 * 64)] {
            let plan = ModelSpec::row_gru(64, NormSpec::new(norm)).plan(2, 2).unwrap().plan;
            assert_eq!(plan.n_parameters(), want, "{norm:?}");
        }
    }

    #[test]
    fn batch_norm_keeps_statistics_of_every_row() {
        let kept = |norm| {
            let model = ModelSpec::row_rnn(32, NormSpec::new(norm));
            let plan = model.plan(2, 2).unwrap().plan;
            let running = plan.kept().filter(|(label, _)| label.ends_with("running_moments"));
            running.map(|(_, slot)| plan.view(slot).len / 4).collect::<Vec<u32>>()
        };
        assert_eq!(kept(Norm::Batch), [32; 28]);
        assert!(kept(Norm::Layer).is_empty());
        let error = ModelSpec::row_rnn(32, NormSpec::new(Norm::Instance)).plan(2, 2).err().unwrap();
        let want =
            "layer 0: a recurrent net’s states, one value per image and channel, cannot be normalized by instance norm";
        assert!(error.to_string().starts_with(want), "{error}");
    }

    #[test]
    fn every_net_plans_and_judges_the_test_sets_in_whole_batches() {
        for kind in [ModelKind::Tutorial, ModelKind::SourceD, ModelKind::Deep] {
            let evaluation_batch = kind.evaluation_batch();
            assert!(10_000_u32.is_multiple_of(evaluation_batch), "{kind:?}");
            for (norm, two_judgements) in [(Norm::None, false), (Norm::Batch, true), (Norm::Instance, false)] {
                let planned = kind.model(NormSpec::new(norm)).plan(2, evaluation_batch).unwrap();
                assert_eq!(planned.by_batch.map(|ports| ports.batch), two_judgements.then_some(2), "{kind:?} {norm:?}");
            }
        }
    }
}
