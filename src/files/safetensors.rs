//! safetensors, a file format for named tensors: writes the weights of a network.

use crate::network::model::weights::Weights;
use ::safetensors::{Dtype, SafeTensorError, View};
use std::borrow::Cow;

/// How to read the shapes; written to the file's metadata under `layout`.
pub const LAYOUT: &str = "conv2d weight [C_out, C_in, K, K] (cross-correlation, stride 1); linear weight [inputs, features], \
     y = x·W + b, inputs flattened from C×H×W; norm gamma, beta, running_mean, running_variance, rho [C], the variance unbiased, gamma and beta of a norm over \
     axes in the shape of its axes (C, H, W in this order); logits [2, 3], of means and variances, of instance, layer, batch";

/// Returns the bytes of a file with these weights as f32, under their names.
///
/// # Errors
/// If the names take more than the 100 MB that the format allows for them.
pub fn write(weights: &Weights) -> Result<Vec<u8>, SafeTensorError> {
    let tensors = weights.tensors.iter().map(|tensor| {
        let bytes = tensor.values.iter().flat_map(|value| value.to_le_bytes()).collect();
        (tensor.name.as_str(), Bytes { shape: &tensor.shape, bytes })
    });
    // Only one entry: with more, their order in the file would differ from run to run.
    let layout = match weights.told_not_finite() {
        Some(told) => format!("{told}; {LAYOUT}"),
        None => LAYOUT.to_owned(),
    };
    let metadata = [("layout".to_owned(), layout)];
    ::safetensors::serialize(tensors, Some(metadata.into_iter().collect()))
}

/// A tensor in the format's terms.
struct Bytes<'a> {
    shape: &'a [usize],
    bytes: Vec<u8>,
}

impl View for Bytes<'_> {
    fn dtype(&self) -> Dtype {
        Dtype::F32
    }

    fn shape(&self) -> &[usize] {
        self.shape
    }

    fn data(&self) -> Cow<'_, [u8]> {
        Cow::Borrowed(&self.bytes)
    }

    fn data_len(&self) -> usize {
        self.bytes.len()
    }
}
