//! The counterpart of `browser.rs` where wgpu is on a system's own API: there it returns all errors and ends all waits
//! itself.

use crate::engine::exec::ExecError;
use std::sync::Arc;

/// Waits for `work`, which ends by itself and is never late.
///
/// # Errors
/// None here.
pub(super) async fn within<T>(_what: &'static str, work: impl Future<Output = T>, _late: fn()) -> Result<T, ExecError> {
    Ok(work.await)
}

/// Waits for nothing: here a device that is polled says at once that it is lost.
pub(super) async fn moment() {}

/// Tells `fail` of every error that no scope catches.
pub(super) fn listen(device: &wgpu::Device, fail: impl Fn(ExecError) + Send + Sync + 'static) {
    device.on_uncaptured_error(Arc::new(move |error| fail(refused(&error))));
}

/// The adapter's name, if it is not in its description.
pub(super) fn name(_device: &wgpu::Device) -> String {
    String::new()
}

fn refused(error: &wgpu::Error) -> ExecError {
    match error {
        wgpu::Error::OutOfMemory { .. } => ExecError::OutOfMemory { reason: error.to_string() },
        wgpu::Error::Validation { .. } | wgpu::Error::Internal { .. } => {
            ExecError::Refused { what: "a command".to_owned(), reason: error.to_string() }
        }
    }
}
