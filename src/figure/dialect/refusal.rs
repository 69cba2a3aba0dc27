//! What PyTorch refuses to normalize: too few values for a mean, and an ε of 0 in training.
//!
//! Source: PyTorch 2.15, `torch/nn/functional.py`: `_verify_batch_size`, `_verify_spatial_size`, `batch_norm`.

use super::bind::Bound;
use super::signature::Kind;
use super::{CallError, Dialect, rank};
use crate::figure::scene::Mode;
use crate::norms::norm::Norm;
use crate::norms::shape::Shape;

/// Refuses what PyTorch refuses in a mode. Without running statistics, evaluation is as training.
///
/// # Errors
/// [`CallError`] in PyTorch's words.
pub(super) fn check(bound: &Bound, norm: Norm, mode: Mode, epsilon: f64, shape: Shape) -> Result<(), CallError> {
    if bound.signature.dialect != Dialect::Pytorch {
        return Ok(());
    }
    let trains = mode == Mode::Train || !norm.keeps_running();
    let tracks_in_eval = mode == Mode::Eval && bound.flag("track_running_stats")?;
    let Shape { n, c, h, w } = shape;
    let sizes = rank::sizes(bound, shape);
    let refuse = |why: String, hint: &str| Err(CallError::new(bound.at, format!("PyTorch refuses this: {why}"), hint));
    let too_few = |size: String| format!("Expected more than 1 value per channel when training, got input size {size}");
    match bound.signature.kind {
        Kind::Batch | Kind::Sync if trains && n * h * w == 1 => refuse(
            too_few(format!("torch.Size({sizes:?})")),
            "a mean of one value is that value; in evaluation it is defined",
        ),
        Kind::Batch | Kind::Sync if trains && epsilon <= 0.0 => Err(CallError::new(
            bound.place("eps"),
            "PyTorch refuses this: batch_norm eps must be positive during training, but got 0",
            "in evaluation it may be 0",
        )),
        Kind::Instance if !rank::is_lone_plane(bound) && h * w == 1 && !norm.keeps_running() && !tracks_in_eval => {
            refuse(
                format!("Expected more than 1 spatial element when training, got input size torch.Size({sizes:?})"),
                "every plane has one value, which is its own mean",
            )
        }
        Kind::Group => match norm {
            Norm::Group { groups } if n * (c / groups) * h * w == 1 => refuse(
                too_few(format!("{:?}", [&[n * (c / groups), groups.get()], &sizes[2..]].concat())),
                "every group has one value, which is its own mean",
            ),
            _ => Ok(()),
        },
        _ => Ok(()),
    }
}
