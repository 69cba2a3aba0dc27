//! How an array's values lie in a file, and reading all of them or some items along the first axis.

use super::bytes::Bytes;
use super::element::{ByteOrder, ElementType};
use super::error::{FileError, FileFault};
use super::{Array, Limits, MAX_BYTES, Part};
use std::borrow::Cow;

/// An array as a file describes it.
pub(super) struct Layout {
    pub(super) shape: Vec<usize>,
    /// Where the file says the shape.
    pub(super) shape_at: usize,
    pub(super) dtype: ElementType,
    pub(super) order: ByteOrder,
    /// Whether the first axis varies fastest.
    pub(super) is_fortran: bool,
}

impl Layout {
    /// Reads the values, which are the rest of the file.
    pub(super) fn read(self, mut bytes: Bytes<'_>, limits: Limits) -> Result<Array, FileError> {
        let fault = |fault| bytes.fault(self.shape_at, fault);
        let (part, n_items) = self.part(limits).map_err(fault)?;
        // Beyond what memory can address, the file cannot have that many bytes either.
        let n_bytes = self.n_values().and_then(|n_values| n_values.checked_mul(self.dtype.n_bytes()));
        let n_bytes = n_bytes.ok_or_else(|| fault(self.too_large(limits)))?;
        let data = bytes.take(n_bytes, "the values")?;
        bytes.end()?;
        Ok(self.decode(data, part, n_items))
    }

    /// Converts the values in `data`, which has as many as the shape says: all, or `n_items` of them for a part.
    pub(super) fn decode(self, data: &[u8], part: Option<Part>, n_items: usize) -> Array {
        let Self { mut shape, dtype, order, is_fortran, .. } = self;
        let n_bytes = dtype.n_bytes();
        let from = part.map_or(0, |part| part.from);
        let data = if is_fortran {
            Cow::Owned(to_c_order(&shape, from, n_items, n_bytes, data))
        } else if part.is_some() {
            let item_bytes = data.len() / shape[0];
            Cow::Borrowed(&data[from * item_bytes..][..n_items * item_bytes])
        } else {
            Cow::Borrowed(data)
        };
        if part.is_some() {
            shape[0] = n_items;
        }
        let decoded = dtype.decode(&data, order);
        let (n_rounded, n_overflowed) = (decoded.n_rounded, decoded.n_overflowed);
        Array { shape, values: decoded.values, dtype, n_rounded, n_overflowed, part }
    }

    /// The part to read, if not all, and the length of its first axis.
    pub(super) fn part(&self, limits: Limits) -> Result<(Option<Part>, usize), FileFault> {
        let most = limits.most_values.min(MAX_BYTES / 4);
        let of = self.shape.first().copied().unwrap_or(1);
        if self.n_values().is_some_and(|n_values| n_values <= most) {
            return Ok((None, of));
        }
        let item = self.shape.iter().skip(1).try_fold(1_usize, |product, &length| product.checked_mul(length));
        let n_items = item.and_then(|item| most.checked_div(item)).unwrap_or(0);
        match limits.part_from {
            Some(from) if n_items > 0 => Ok((Some(Part { from: from.min(of.saturating_sub(n_items)), of }), n_items)),
            _ => Err(self.too_large(limits)),
        }
    }

    fn n_values(&self) -> Option<usize> {
        self.shape.iter().try_fold(1_usize, |product, &length| product.checked_mul(length))
    }

    fn too_large(&self, limits: Limits) -> FileFault {
        FileFault::TooLarge { shape: self.shape.clone(), max: limits.most_values.min(MAX_BYTES / 4) }
    }
}

/// Returns `n_items` items along the first axis of column-major values of `n_bytes` bytes each, row-major.
fn to_c_order(shape: &[usize], from: usize, n_items: usize, n_bytes: usize, values: &[u8]) -> Vec<u8> {
    let mut lengths = shape.to_vec();
    if let Some(first) = lengths.first_mut() {
        *first = n_items;
    }
    let mut strides = Vec::new();
    let mut stride = n_bytes;
    for &length in shape {
        strides.push(stride);
        stride *= length;
    }
    let mut place = vec![0; shape.len()];
    // The first axis has the stride of one value.
    let mut at = from * n_bytes;
    let mut ordered = Vec::new();
    for _ in 0..lengths.iter().product() {
        ordered.extend(&values[at..at + n_bytes]);
        for axis in (0..lengths.len()).rev() {
            place[axis] += 1;
            at += strides[axis];
            if place[axis] < lengths[axis] {
                break;
            }
            at -= strides[axis] * lengths[axis];
            place[axis] = 0;
        }
    }
    ordered
}
