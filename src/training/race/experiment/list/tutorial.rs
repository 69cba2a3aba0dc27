//! Source A, the TensorFlow Addons tutorial: as it is written, and with training and test images separate.

use super::{ExperimentRow, Figures, KERAS_EPSILON, as_reported, below, lane, row};
use crate::network::layer::norm::rules::AffineRules;
use crate::norms::grouping::tiling::Axis;
use crate::norms::norm::{AxesNorm, Norm};
use crate::training::data::{DataName, TrainOn};
use crate::training::race::experiment::Experiment;
use crate::training::race::experiment::Figure::{TestAccuracy, TestLoss, TrainAccuracy, TrainLoss};
use crate::training::race::experiment::claim::{Claim, Comparison};
use crate::training::race::experiment::sweep::Sweep;
use crate::training::train::RunSpec;
use std::num::NonZeroU32;

pub(super) const EXPERIMENTS: [ExperimentRow; 2] = [
    row("A-gn5", "the tutorial’s net, trained with it", false, |name, _| a_gn5(name)),
    row("A-testset", "the tutorial trains on its test set", false, |name, _| a_testset(name)),
];

const GROUPS: NonZeroU32 = NonZeroU32::new(5).expect("not zero");

fn tutorial(norm: Norm) -> RunSpec {
    RunSpec { norm, epsilon: KERAS_EPSILON, ..RunSpec::default() }
}

/// Keras' `LayerNormalization(axis=3)` on images with channels last: the ten channels at each pixel.
fn by_pixel() -> Norm {
    Norm::Axes(AxesNorm::over(&[Axis::C]))
}

/// `fit` on the test images, as the tutorial does.
fn a_testset(name: &'static str) -> Experiment {
    let trained = |loss: [f32; 2], accuracy: [f32; 2]| {
        [
            (1, TrainLoss, loss[0]),
            (1, TrainAccuracy, accuracy[0]),
            (2, TrainLoss, loss[1]),
            (2, TrainAccuracy, accuracy[1]),
        ]
    };
    let in_uniform = RunSpec { affine: AffineRules::RANDOM_UNIFORM, ..tutorial(Norm::Instance) };
    let lanes = vec![
        lane("GN 5", tutorial(Norm::Group { groups: GROUPS }), &trained([0.5211, 0.2453], [0.8480, 0.9238])),
        lane("over C", tutorial(by_pixel()), &trained([0.4022, 0.1746], [0.8748, 0.9442])),
        lane("IN, random γ", in_uniform, &trained([0.5437, 0.2119], [0.8356, 0.9343])),
        lane("IN", tutorial(Norm::Instance), &trained([0.4906, 0.2328], [0.8530, 0.9273])),
        lane("BN", tutorial(Norm::Batch), &trained([0.5007, 0.2413], [0.8497, 0.9250])),
        lane("none", tutorial(Norm::None), &trained([0.4195, 0.2040], [0.8701, 0.9362])),
    ];
    Experiment {
        name,
        reproduces: "The tutorial as written: model.fit(x_test, y_test), batch 32, Adam; the figures are means of 3 seeds in Keras \
                     2.15 (deviation about 0.005), since the tutorial prints none. Over C is Keras' LayerNormalization(axis=3), random γ its \
                     random_uniform",
        differs: "The test images are those trained on: the test figures here say nothing about other images. One seed.",
        data: DataName::Mnist,
        train_on: TrainOn::Test,
        epochs: 2,
        claims: ["GN 5", "over C", "IN, random γ", "IN", "BN", "none"].map(trained_as_reported).into(),
        lanes,
        sweep: Sweep::default(),
    }
}

fn trained_as_reported(lane: &'static str) -> Claim {
    Claim { lane, epoch: 2, figure: TrainAccuracy, what: Comparison::AsReported { by: 0.02 } }
}

/// The tutorial's group norm, trained on the training images.
fn a_gn5(name: &'static str) -> Experiment {
    let judged = |accuracy, loss, train| [(1, TestAccuracy, accuracy), (1, TestLoss, loss), (1, TrainAccuracy, train)];
    let lane = |name, spec, figures: Figures<'_>| lane(name, spec, figures);
    Experiment {
        name,
        reproduces: "The tutorial's net with group norm of 5 groups on the 60,000 training images, one epoch, batch 32; Keras 2.15, \
                     means of 3 seeds (deviation 0.001 to 0.003)",
        differs: "One seed. On this shallow net normalization does not help, nor does it in Keras.",
        train_on: TrainOn::Train,
        epochs: 1,
        claims: vec![as_reported("GN 5", 1, 0.01), as_reported("none", 1, 0.01), below("GN 5", "none", 1, 0.0)],
        lanes: vec![
            lane("GN 5", tutorial(Norm::Group { groups: GROUPS }), &judged(0.9572, 0.1417, 0.9128)),
            lane("none", tutorial(Norm::None), &judged(0.9635, 0.1184, 0.9264)),
        ],
        ..a_testset(name)
    }
}
