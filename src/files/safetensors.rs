//! safetensors, a file format for named tensors: writes the weights of a network, reads any file of real numbers.

use super::bytes::Bytes;
use super::element::{ByteOrder, ElementType};
use super::error::{FileError, FileFault};
use super::layout::Layout;
use super::{Array, Budget, Format, Limits, Member};
use crate::network::model::weights::Weights;
use ::safetensors::tensor::TensorView;
use ::safetensors::{Dtype, SafeTensorError, SafeTensors, View};
use std::borrow::Cow;

/// A file starts with the length of its header, which is JSON.
const HEADER_AT: usize = 8;

/// How to read the shapes; written to the file's metadata under `layout`.
pub const LAYOUT: &str = "conv2d weight [C_out, C_in, K, K] (cross-correlation, stride 1); linear weight [inputs, features], \
     y = x·W + b, inputs flattened from C×H×W; norm gamma, beta, running_mean, running_variance, rho [C], the variance unbiased, gamma and beta of a norm over \
     axes in the shape of its axes (C, H, W in this order), 1 or 0 where one is not there; logits [2, 3], of means and variances, of instance, layer, batch";

/// Returns the bytes of a file with these weights as f32, under their names, without those that the network does not have.
///
/// # Errors
/// If the names take more than the 100 MB that the format allows for them.
pub fn write(weights: &Weights) -> Result<Vec<u8>, SafeTensorError> {
    let tensors = weights.tensors.iter().filter(|tensor| !tensor.is_absent).map(|tensor| {
        let bytes = tensor.values.iter().flat_map(|value| value.to_le_bytes()).collect();
        (tensor.name.as_str(), TensorBytes { shape: &tensor.shape, bytes })
    });
    // Only one entry: with more, their order in the file would differ from run to run.
    let layout = match weights.told_not_finite() {
        Some(told) => format!("{told}; {LAYOUT}"),
        None => LAYOUT.to_owned(),
    };
    let metadata = [("layout".to_owned(), layout)];
    ::safetensors::serialize(tensors, Some(metadata.into_iter().collect()))
}

/// Whether these are the first bytes of a file: the length of the header, of which the format allows 100 MB, and its brace.
pub(super) fn is_start(bytes: &[u8]) -> bool {
    matches!(bytes, [_, _, _, 0..=5, 0, 0, 0, 0, b'{', ..])
}

/// Reads every tensor, in the order of their values in the file.
///
/// # Errors
/// [`FileError`] if the header does not describe the file.
pub(super) fn read_members(file: &str, bytes: &[u8], limits: Limits) -> Result<Vec<Member>, FileError> {
    let fault = |fault| Bytes::new(file, bytes).fault(HEADER_AT, fault);
    let tensors = SafeTensors::deserialize(bytes);
    let tensors = tensors.map_err(|error| {
        let found = match error {
            SafeTensorError::MetadataIncompleteBuffer | SafeTensorError::InvalidHeaderLength => {
                "another length than the file: it may be cut".to_owned()
            }
            error => error.to_string(),
        };
        fault(FileFault::Safetensors { found })
    })?;
    let mut tensors = tensors.tensors();
    tensors.sort_by_key(|(name, tensor)| (tensor.data().as_ptr() as usize, name.clone()));
    let mut budget = Budget::default();
    let members = tensors
        .into_iter()
        .map(|(name, tensor)| {
            let array = read_tensor(&tensor, limits).map_err(|fault| Bytes::new(file, bytes).fault(HEADER_AT, fault));
            let array = array.and_then(|array| budget.take(file, array));
            Member { name, format: Format::Safetensors, array }
        })
        .collect();
    Ok(members)
}

fn read_tensor(tensor: &TensorView<'_>, limits: Limits) -> Result<Array, FileFault> {
    let unread = |what, advice| FileFault::Values { what, found: tensor.dtype().to_string(), advice };
    let dtype = match tensor.dtype() {
        Dtype::BOOL => ElementType::Bool,
        Dtype::U8 => ElementType::U8,
        Dtype::I8 => ElementType::I8,
        Dtype::U16 => ElementType::U16,
        Dtype::I16 => ElementType::I16,
        Dtype::U32 => ElementType::U32,
        Dtype::I32 => ElementType::I32,
        Dtype::U64 => ElementType::U64,
        Dtype::I64 => ElementType::I64,
        Dtype::F8_E4M3 => ElementType::F8E4m3,
        Dtype::F8_E5M2 => ElementType::F8E5m2,
        Dtype::F8_E4M3FNUZ => ElementType::F8E4m3fnuz,
        Dtype::F8_E5M2FNUZ => ElementType::F8E5m2fnuz,
        Dtype::F8_E8M0 => ElementType::F8E8m0,
        Dtype::F16 => ElementType::F16,
        Dtype::BF16 => ElementType::Bf16,
        Dtype::F32 => ElementType::F32,
        Dtype::F64 => ElementType::F64,
        Dtype::C64 => return Err(unread("complex numbers", "save its real and imaginary parts")),
        // The format does not say which bits of a byte come first.
        Dtype::F4 | Dtype::F6_E2M3 | Dtype::F6_E3M2 => {
            return Err(unread("values of less than a byte", "save it as bfloat16"));
        }
        // The crate may add types.
        _ => return Err(unread("values of an unknown type", "save it as float32")),
    };
    let layout = Layout {
        shape: tensor.shape().to_vec(),
        shape_at: HEADER_AT,
        dtype,
        order: ByteOrder::Little,
        is_fortran: false,
    };
    let (part, n_items) = layout.part(limits)?;
    Ok(layout.decode(tensor.data(), part, n_items))
}

/// A tensor in the format's terms.
struct TensorBytes<'a> {
    shape: &'a [usize],
    bytes: Vec<u8>,
}

impl View for TensorBytes<'_> {
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
