//! Networks to test engines on.

use blue_cube::grouping::tiling::Axis;
use blue_cube::layer::norm::NormSpec;
use blue_cube::layer::norm::affine::AffineSpec;
use blue_cube::layer::{LayerSpec, Padding, WeightInit};
use blue_cube::model::ModelSpec;
use blue_cube::norm::catalog::NormKind;
use blue_cube::norm::{AxesNorm, Norm};
use blue_cube::plan::parameter::{Constraint, Regularizer, Tuning};
use blue_cube::random::Init;
use blue_cube::shape::Shape;
use std::num::NonZeroU32;

/// A norm of each kind of the catalogue, with its first numbers as near as `n` images and `c` channels allow.
pub(crate) fn every_norm(n: u32, c: u32) -> Vec<Norm> {
    NormKind::ALL.into_iter().map(|kind| fitted(kind, n, c)).collect()
}

/// A norm of a kind, with its first numbers as near as `n` images and `c` channels allow.
pub(crate) fn fitted(kind: NormKind, n: u32, c: u32) -> Norm {
    let mut norm = kind.first();
    norm.fit(c, n, ["channel", "image"]);
    norm
}

/// A norm of each kind of the catalogue that is not among `known`.
pub(crate) fn missing_norms(known: &[Norm], n: u32, c: u32) -> Vec<Norm> {
    let is_missing = |norm: &Norm| known.iter().all(|known| known.kind() != norm.kind());
    every_norm(n, c).into_iter().filter(is_missing).collect()
}

/// No norm, and the norms over planes of the paper's figure.
pub(crate) fn norms() -> [Norm; 5] {
    let group = Norm::Group { groups: NonZeroU32::new(5).expect("not zero") };
    [Norm::None, Norm::Batch, Norm::Layer, Norm::Instance, group]
}

/// The norms that mix others.
pub(crate) const MIXED: [Norm; 2] = [Norm::BatchInstance, Norm::Switchable];

/// The norms over axes, and over parts of the batch, for batches of any size.
pub(crate) fn others() -> [Norm; 4] {
    [
        Norm::Axes(AxesNorm::over(&[Axis::C])),
        Norm::Rms(AxesNorm::over(&[Axis::C, Axis::H, Axis::W])),
        Norm::GhostBatch { size: NonZeroU32::MIN },
        Norm::SyncBatch { devices: NonZeroU32::MIN },
    ]
}

/// γ and β, each with an initializer, a penalty and a constraint.
pub(crate) fn held_affine() -> AffineSpec {
    let gamma = Tuning {
        init: Init::Uniform { low: 0.5, high: 1.5 },
        constraint: Some(Constraint::MaxNorm { max: 2.0 }),
        regularizer: Regularizer { l1: 0.0, l2: 0.01 },
    };
    let beta = Tuning {
        init: Init::RANDOM_NORMAL,
        constraint: Some(Constraint::NonNegative),
        regularizer: Regularizer { l1: 0.01, l2: 0.0 },
    };
    AffineSpec { gamma, beta, ..AffineSpec::default() }
}

/// A network with every kind of layer, so that its plan has every kernel.
pub(crate) fn every_layer(norm: Norm) -> ModelSpec {
    let init = WeightInit::HeNormal;
    let conv =
        |padding| LayerSpec::Conv2d { channels: 10, kernel: 3, padding, init, regularizer: Regularizer::default() };
    ModelSpec {
        image: Shape::new(1, 1, 28, 28),
        layers: vec![
            conv(Padding::Same),
            LayerSpec::Norm(NormSpec { affine: held_affine(), ..NormSpec::new(norm) }),
            LayerSpec::Relu,
            LayerSpec::MaxPool { size: 3 },
            conv(Padding::Valid),
            LayerSpec::Flatten,
            LayerSpec::Dropout { rate: 0.5 },
            LayerSpec::Linear { features: 10, init, regularizer: Regularizer::default() },
        ],
    }
}
