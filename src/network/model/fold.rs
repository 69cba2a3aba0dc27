//! A network without its batch norms: each is folded into the convolution before it, with the same outputs in
//! evaluation.

use super::weights::Weights;
use super::{ModelError, ModelSpec, Stage};
use crate::network::layer::LayerSpec;
use crate::network::layer::norm::NormSpec;
use crate::norms::norm::Norm;
use crate::norms::norm::catalog::Mixes;
use crate::norms::norm::fold_batch_norm::{EvaluatedBatchNorm, FoldError, Formula, fold_batch_norm};
use thiserror::Error;

/// Why the batch norms of a network cannot be folded.
#[derive(Clone, PartialEq, Debug, Error)]
pub enum ModelFoldError {
    /// See [`ModelError`].
    #[error(transparent)]
    Model(#[from] ModelError),
    /// Tables that do not fit.
    #[error("{label}: {source}")]
    Fold {
        /// The convolution's label.
        label: String,
        /// Why.
        source: FoldError,
    },
    /// Weights that do not belong to the network.
    #[error("there are no weights {name}")]
    Weights {
        /// The tensor's name.
        name: String,
    },
}

/// Returns `model` and `weights` with every batch norm that follows a convolution folded into it. The layer remains as
/// [`Norm::None`], so that no label changes. A batch norm after any other layer stays as it is.
///
/// # Errors
/// [`ModelFoldError`] if the model is invalid, or the weights do not belong to it.
pub fn fold_batch_norms(
    model: &ModelSpec,
    weights: &Weights,
    formula: Formula,
) -> Result<(ModelSpec, Weights), ModelFoldError> {
    let (mut model, mut weights) = (model.clone(), weights.clone());
    let mut conv2d: Option<Stage> = None;
    for (index, stage) in model.stages(model.smallest_batch())?.into_iter().enumerate() {
        match (stage.spec, &conv2d) {
            // Comes between the two without doing anything.
            (LayerSpec::Norm(NormSpec { norm: Norm::None, .. }), _) => {}
            (LayerSpec::Norm(norm), Some(before)) if is_batch(norm.norm) => {
                fold(&mut weights, before, &stage, norm.epsilon, formula)?;
                model.layers[index] = LayerSpec::Norm(NormSpec { norm: Norm::None, ..norm });
            }
            (LayerSpec::Conv2d { .. }, _) => conv2d = Some(stage),
            (
                LayerSpec::Norm(_)
                | LayerSpec::Relu
                | LayerSpec::MaxPool { .. }
                | LayerSpec::Flatten
                | LayerSpec::Linear { .. }
                | LayerSpec::RowRnn { .. }
                | LayerSpec::Dropout { .. },
                _,
            ) => conv2d = None,
        }
    }
    Ok((model, weights))
}

/// Whether evaluation maps every channel by its running statistics alone.
fn is_batch(norm: Norm) -> bool {
    norm.keeps_running() && norm.kind().mixes() == Mixes::Nothing
}

fn fold(
    weights: &mut Weights,
    conv2d: &Stage,
    norm: &Stage,
    epsilon: f32,
    formula: Formula,
) -> Result<(), ModelFoldError> {
    let values = |stage: &Stage, what: &str| {
        let name = format!("{}.{what}", stage.label);
        weights.values(&name).ok_or(ModelFoldError::Weights { name })
    };
    let tables = EvaluatedBatchNorm {
        gamma: values(norm, "gamma")?,
        beta: values(norm, "beta")?,
        mean: values(norm, "running_mean")?,
        variance: values(norm, "running_variance")?,
        epsilon,
    };
    let bias = values(conv2d, "bias")?;
    let folded = fold_batch_norm(values(conv2d, "weight")?, conv2d.y.c as usize, Some(bias), tables, formula);
    let (weight, bias) = folded.map_err(|source| ModelFoldError::Fold { label: conv2d.label.clone(), source })?;
    let of_norm = format!("{}.", norm.label);
    weights.tensors.retain(|tensor| !tensor.name.starts_with(&of_norm));
    for (what, values) in [("weight", weight), ("bias", bias)] {
        let name = format!("{}.{what}", conv2d.label);
        let place = weights.tensors.iter_mut().find(|tensor| tensor.name == name);
        place.expect("it was read above").values = values;
    }
    Ok(())
}
