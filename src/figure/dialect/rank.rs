//! How many axes PyTorch's layers take, and which of them they take as the channels.
//!
//! Source: PyTorch 2.15, `torch/nn/modules/batchnorm.py` and `instancenorm.py`: `_check_input_dim`, `_get_no_batch_dim`.

use super::axes::lengths;
use super::bind::Bound;
use super::meaning::{Meaning, over};
use super::{CallError, Dialect};
use crate::figure::scene::layout::Layout;
use crate::norms::grouping::tiling::Axis;
use crate::norms::norm::AffineAxes;
use crate::norms::shape::Shape;

/// Refuses a layer for tensors of another number of axes.
///
/// # Errors
/// [`CallError`] in PyTorch's words.
pub(super) fn check(bound: &Bound) -> Result<(), CallError> {
    let n_axes = bound.order().len();
    let (takes, wants): (&[usize], &str) = match bound.signature.name.trim_start_matches("Lazy") {
        _ if bound.signature.dialect != Dialect::Pytorch => return Ok(()),
        "BatchNorm1d" | "InstanceNorm1d" => (&[2, 3], "2D or 3D"),
        // It takes three axes as C, H, W, which ours are not.
        "InstanceNorm2d" => (&[4], "3D or 4D"),
        name if name.ends_with("2d") => (&[4], "4D"),
        _ => return Ok(()),
    };
    if takes.contains(&n_axes) {
        return Ok(());
    }
    let kin = bound.signature.name.trim_start_matches("Lazy").trim_end_matches(['1', '2', 'd']);
    let refused = format!("PyTorch refuses this: expected {wants} input (got {n_axes}D input)");
    let (message, hint) = match (n_axes, kin) {
        (4, _) => (refused, format!("ours has 4 axes: {kin}2d")),
        (_, "LayerNorm") => (refused, format!("nn.LayerNorm takes the mean over the last of {n_axes} axes")),
        (3, "InstanceNorm") => {
            let ours = bound.layout.letters();
            let message = format!("PyTorch reads three axes as one image’s C, H, W, and ours are {ours}");
            (message, "nn.InstanceNorm1d takes them".to_owned())
        }
        _ => (refused, format!("nn.{kin}1d takes them")),
    };
    Err(CallError::new(bound.at, message, hint))
}

/// Whether PyTorch takes the rows of a table as the channels of one sequence.
pub(super) fn is_lone_plane(bound: &Bound) -> bool {
    let is_instance_1d = matches!(bound.signature.name, "InstanceNorm1d" | "LazyInstanceNorm1d" | "instance_norm");
    bound.signature.dialect == Dialect::Pytorch && is_instance_1d && bound.order().len() == 2
}

/// Instance norm of a table: without a batch its axes are C, L to PyTorch, so that every row has a mean.
///
/// # Errors
/// [`CallError`] if the number of channels is another, or the call needs a γ per row.
pub(super) fn lone_plane(bound: &Bound, shape: Shape) -> Result<Meaning, CallError> {
    if bound.signature.is_function() {
        let message = "PyTorch’s instance_norm takes a batch: at least the axes N, C, L";
        return Err(CallError::new(bound.at, message, "nn.InstanceNorm1d takes two axes, as C, L"));
    }
    let (rows, hint) = (shape.n, "for a mean of each channel say that the axes are C, L");
    if let Some(given) = bound.whole("num_features")?.filter(|given| *given != i64::from(rows)) {
        let message = format!("num_features is {given}, but PyTorch reads two axes as C, L: {rows} channels");
        return Err(CallError::new(bound.place("num_features"), message, hint));
    }
    for name in ["affine", "track_running_stats"] {
        if bound.flag(name)? {
            let message = format!("{name} would be for each of {rows} rows, which PyTorch takes for channels");
            return Err(CallError::new(bound.place(name), message, hint));
        }
    }
    if shape.c == 1 {
        let message = "PyTorch refuses this: Expected more than 1 spatial element when training";
        return Err(CallError::new(bound.at, message, "every row has one value, which is its own mean"));
    }
    let norm = over(&[Axis::C, Axis::H, Axis::W], AffineAxes::Channel);
    Ok(Meaning::of(norm, vec![]).remark("PyTorch reads two axes as C, L of one image: the rows are its channels"))
}

/// How a tensor must be turned for PyTorch, whose channels are axis 1.
pub(super) fn remark(bound: &Bound) -> Option<&'static str> {
    if bound.signature.dialect != Dialect::Pytorch || !bound.signature.kind.has_channels() {
        return None;
    }
    match bound.layout {
        Layout::Nhwc => Some("PyTorch’s channels are axis 1: read for x.permute(0, 3, 1, 2)"),
        Layout::Nlc => Some("PyTorch’s channels are axis 1: read for x.transpose(1, 2)"),
        _ => None,
    }
}

/// The sizes of the tensor as PyTorch's layers with channels see it.
pub(super) fn sizes(bound: &Bound, shape: Shape) -> Vec<u32> {
    let rest = bound.order().iter().copied().filter(|axis| !matches!(axis, Axis::N | Axis::C));
    lengths(&[Axis::N, Axis::C].into_iter().chain(rest).collect::<Vec<_>>(), shape)
}
