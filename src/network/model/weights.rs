//! The weights of a network in the form that other programs use: tensors with names and shapes, γ separate from β,
//! means and variances.
//!
//! Works on what was read from an engine; does not write files.

use super::{ModelError, ModelSpec, Stage};
use crate::engine::plan::{Plan, Slot};
use crate::network::layer::LayerSpec;
use crate::network::layer::norm::NormSpec;
use crate::norms::moments::Moments;
use crate::norms::norm::AffineAxes;

/// The weights of a network after some steps.
///
/// A convolution has `conv2d_N.weight` `[C_out, C_in, K, K]` and `conv2d_N.bias` `[C_out]`; a linear layer
/// `linear_N.weight` `[inputs, features]` and `linear_N.bias` `[features]`; a norm `norm_N.gamma` and `norm_N.beta`
/// `[C]`, or in the shape of the axes that they run over ([`crate::norms::norm::AxesNorm`]), and, if it keeps them,
/// `norm_N.running_mean` and `norm_N.running_variance` `[C]`. The variance is the unbiased one. Batch-instance norm also has `norm_N.rho` `[C]`, and switchable norm `norm_N.logits` `[2, 3]`, for means and for variances, of instance,
/// layer and batch. The shape of any other parameter is its length.
#[derive(Clone, PartialEq, Debug)]
pub struct Weights {
    /// Parameters in the order of the layers, then running statistics.
    pub tensors: Vec<NamedTensor>,
}

/// A tensor of a network.
#[derive(Clone, PartialEq, Debug)]
pub struct NamedTensor {
    /// A name such as `conv2d_0.weight`.
    pub name: String,
    /// The lengths of its axes, outermost first.
    pub shape: Vec<usize>,
    /// Its values, row-major.
    pub values: Vec<f32>,
    /// Whether the network does not have it: γ of 1 or β of 0 of a norm without, which operators that need one are given.
    pub is_absent: bool,
}

/// How a label of running statistics ends.
const RUNNING_MOMENTS: &str = ".running_moments";

/// How the label of switchable norm's logits ends.
const LOGITS: &str = ".logits";

impl Weights {
    /// A sentence, without its full stop, about weights that are infinite or NaN, as those of a network are whose training
    /// has diverged; `None` if all are finite. Files of weights say it, since most formats hold such numbers silently.
    pub fn told_not_finite(&self) -> Option<String> {
        let there = || self.tensors.iter().filter(|tensor| !tensor.is_absent);
        let odd = |tensor: &NamedTensor| tensor.values.iter().filter(|value| !value.is_finite()).count();
        let first = there().find(|tensor| odd(tensor) > 0)?;
        let (n_odd, n): (usize, usize) = (there().map(odd).sum(), there().map(|tensor| tensor.values.len()).sum());
        Some(format!("diverged: {n_odd} of {n} weights are NaN or infinite, the first in {}", first.name))
    }

    /// The slots of `plan` that hold weights, in the order in which [`Weights::new`] expects their contents.
    pub fn slots(plan: &Plan) -> Vec<Slot> {
        let parameters = plan.parameters().iter().map(|info| info.parameter.value);
        parameters.chain(running(plan).map(|(_, slot)| slot)).collect()
    }

    /// The weights of `model`, from the contents of the [`Weights::slots`] of its plan.
    ///
    /// # Errors
    /// [`ModelError::Layer`] if a layer does not fit its input; then there could be no plan.
    ///
    /// # Panics
    /// If `values` do not come from those slots.
    pub fn new(model: &ModelSpec, plan: &Plan, values: Vec<Vec<f32>>) -> Result<Self, ModelError> {
        let stages = model.stages(model.smallest_batch())?;
        let mut values = values.into_iter();
        let mut next = || values.next().expect("there are values for every slot");
        let mut tensors = Vec::new();
        for info in plan.parameters() {
            let values = next();
            match info.label.strip_suffix(".affine") {
                Some(layer) => {
                    let halves = halves(&stages, layer, values).into_iter().zip(&info.parts);
                    tensors
                        .extend(halves.map(|(half, part)| NamedTensor { is_absent: part.tuning().is_none(), ..half }));
                }
                None => tensors.push(tensor(&info.label, shape(&stages, &info.label, values.len()), values)),
            }
        }
        for (layer, _) in running(plan) {
            let moments: Vec<Moments> = bytemuck::pod_collect_to_vec(&next());
            let of = |what, value: fn(&Moments) -> f32| {
                tensor(&format!("{layer}.{what}"), vec![moments.len()], moments.iter().map(value).collect())
            };
            tensors.push(of("running_mean", |moments| moments.mean()));
            tensors.push(of("running_variance", |moments| moments.variance()));
        }
        Ok(Self { tensors })
    }

    /// Returns the values of the tensor with this name.
    pub fn values(&self, name: &str) -> Option<&[f32]> {
        self.tensors.iter().find(|tensor| tensor.name == name).map(|tensor| tensor.values.as_slice())
    }
}

/// The layers that keep running statistics, and where they are.
fn running(plan: &Plan) -> impl Iterator<Item = (&str, Slot)> {
    plan.kept().filter_map(|(label, slot)| Some((label.strip_suffix(RUNNING_MOMENTS)?, slot)))
}

fn tensor(name: &str, shape: Vec<usize>, values: Vec<f32>) -> NamedTensor {
    NamedTensor { name: name.to_owned(), shape, values, is_absent: false }
}

/// Splits γ and β of a norm, which keeps one after the other.
fn halves(stages: &[Stage], layer: &str, mut gamma: Vec<f32>) -> [NamedTensor; 2] {
    let beta = gamma.split_off(gamma.len() / 2);
    let shape = affine_shape(stages, layer).unwrap_or_else(|| vec![beta.len()]);
    [("gamma", gamma), ("beta", beta)].map(|(name, values)| tensor(&format!("{layer}.{name}"), shape.clone(), values))
}

/// The lengths of the axes that γ runs over, if they are not just the channels.
fn affine_shape(stages: &[Stage], layer: &str) -> Option<Vec<usize>> {
    let stage = stages.iter().find(|stage| stage.label == layer)?;
    let (LayerSpec::Norm(NormSpec { norm, .. }), Some(lengths)) = (stage.spec, stage.affine_lengths()) else {
        return None;
    };
    let norm = norm.boxes()?;
    let is_reduced = norm.affine_axes() == AffineAxes::Reduced;
    is_reduced.then(|| norm.axes.iter().map(|axis| lengths[axis as usize] as usize).collect())
}

/// The shape of a parameter of `len` values.
fn shape(stages: &[Stage], label: &str, len: usize) -> Vec<usize> {
    if label.ends_with(LOGITS) {
        return vec![2, len / 2];
    }
    let stage = stages.iter().find(|stage| label.strip_prefix(&stage.label) == Some(".weight"));
    let shape = stage.and_then(|stage| match stage.spec {
        LayerSpec::Conv2d { channels, kernel, .. } => Some(vec![channels, stage.x.c, kernel, kernel]),
        LayerSpec::Linear { features, .. } => Some(vec![stage.x.image_len(), features]),
        LayerSpec::RowRnn { units, cell, .. } => Some(vec![stage.x.w, cell.width(units)]),
        LayerSpec::Norm(_)
        | LayerSpec::Relu
        | LayerSpec::MaxPool { .. }
        | LayerSpec::Flatten
        | LayerSpec::Dropout { .. } => None,
    });
    shape.map_or(vec![len], |shape| shape.into_iter().map(|length| length as usize).collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::norms::norm::Norm;

    fn at_start(norm: Norm) -> Weights {
        let model = ModelSpec::tutorial(norm);
        let plan = model.plan(1, 1).unwrap().plan;
        let values = Weights::slots(&plan).into_iter().map(|slot| {
            let view = plan.view(slot);
            plan.start_values(view.buffer, 1)[view.offset as usize..(view.offset + view.len) as usize].to_vec()
        });
        Weights::new(&model, &plan, values.collect()).unwrap()
    }

    #[test]
    fn tensors_have_the_names_and_shapes_that_are_documented() {
        let weights = at_start(Norm::Batch);
        let shapes: Vec<(&str, &[usize])> =
            weights.tensors.iter().map(|tensor| (tensor.name.as_str(), tensor.shape.as_slice())).collect();
        let want: [(&str, &[usize]); 10] = [
            ("conv2d_0.weight", &[10, 1, 3, 3]),
            ("conv2d_0.bias", &[10]),
            ("norm_0.gamma", &[10]),
            ("norm_0.beta", &[10]),
            ("linear_0.weight", &[6760, 128]),
            ("linear_0.bias", &[128]),
            ("linear_1.weight", &[128, 10]),
            ("linear_1.bias", &[10]),
            ("norm_0.running_mean", &[10]),
            ("norm_0.running_variance", &[10]),
        ];
        assert_eq!(shapes, want);
        let fits = |tensor: &NamedTensor| tensor.values.len() == tensor.shape.iter().product::<usize>();
        assert!(weights.tensors.iter().all(fits));
        for (name, value) in [("norm_0.gamma", 1.0), ("norm_0.beta", 0.0), ("norm_0.running_variance", 1.0)] {
            assert_eq!(weights.values(name), Some([value; 10].as_slice()), "{name}");
        }
        assert_eq!(weights.values("norm_0.affine"), None);
    }
    #[test]
    fn what_mixes_norms_has_a_name_and_a_shape() {
        for (norm, name, shape) in
            [(Norm::BatchInstance, "norm_0.rho", vec![10]), (Norm::Switchable, "norm_0.logits", vec![2, 3])]
        {
            let weights = at_start(norm);
            let tensor = weights.tensors.iter().find(|tensor| tensor.name == name).unwrap();
            assert_eq!(tensor.shape, shape);
            assert!(tensor.values.iter().all(|&value| value == 1.0), "{tensor:?}");
            assert_eq!(weights.values("norm_0.running_variance"), Some([1.0; 10].as_slice()));
        }
    }
}
