//! Finds a GPU, asks it for what the plans need and no more, and keeps its last words.

use crate::exec::{DeviceInfo, DeviceKind, ExecError};
use std::sync::{Arc, Mutex};

/// An open device.
#[derive(Clone)]
pub struct GpuDevice {
    pub(super) device: wgpu::Device,
    pub(super) queue: wgpu::Queue,
    pub(super) info: DeviceInfo,
    pub(super) lanes: u32,
    failure: Arc<Mutex<Option<ExecError>>>,
}

/// Invocations that share an item of a reduction on a real GPU: a whole workgroup. On a software adapter, where
/// barriers are ruinous, each item has one.
pub const HARDWARE_LANES: u32 = 64;

impl GpuDevice {
    /// Opens the system's default adapter.
    ///
    /// # Errors
    /// [`ExecError::NoGpu`] without an adapter, [`ExecError::Limits`] if it offers less than the plans need.
    pub async fn open() -> Result<Self, ExecError> {
        let instance = wgpu::Instance::new(wgpu::InstanceDescriptor::new_without_display_handle());
        let adapter = instance
            .request_adapter(&wgpu::RequestAdapterOptions::default())
            .await
            .map_err(|error| ExecError::NoGpu { reason: no_adapter(&error) })?;
        let adapter_info = adapter.get_info();
        let (device, queue) = adapter
            .request_device(&descriptor())
            .await
            .map_err(|error| ExecError::Limits { reason: error.to_string() })?;
        let is_software = adapter_info.device_type == wgpu::DeviceType::Cpu;
        let kind = if is_software { DeviceKind::GpuSoftware } else { DeviceKind::Gpu };
        let info = DeviceInfo { kind, name: adapter_info.name, trial: None };
        Ok(Self::of(device, queue, info, if is_software { 1 } else { HARDWARE_LANES }))
    }

    /// Takes over a device that is open already, with `lanes` invocations an item.
    pub fn of(device: wgpu::Device, queue: wgpu::Queue, info: DeviceInfo, lanes: u32) -> Self {
        let failure = Arc::new(Mutex::new(None));
        let keep = |failure: &Arc<Mutex<Option<ExecError>>>| {
            let failure = Arc::clone(failure);
            move |error: ExecError| {
                if let Ok(mut first) = failure.lock() {
                    first.get_or_insert(error);
                }
            }
        };
        let keep_loss = keep(&failure);
        device.set_device_lost_callback(move |_, reason| keep_loss(ExecError::Lost { reason }));
        let keep_error = keep(&failure);
        device.on_uncaptured_error(Arc::new(move |error| keep_error(refused(&error))));
        Self { device, queue, info, lanes, failure }
    }

    /// The same device with another number of lanes.
    pub fn with_lanes(mut self, lanes: u32) -> Self {
        self.lanes = lanes;
        self
    }

    /// What it is.
    pub fn info(&self) -> &DeviceInfo {
        &self.info
    }

    /// Gives the device up, as if it were lost: for tests of what comes then.
    pub fn destroy(&self) {
        self.device.destroy();
    }

    /// # Errors
    /// The first error that no scope caught, or the loss of the device.
    pub(super) fn check(&self) -> Result<(), ExecError> {
        match self.failure.lock() {
            Ok(failure) => failure.clone().map_or(Ok(()), Err),
            Err(_) => Err(ExecError::Lost { reason: "its handler failed".to_owned() }),
        }
    }

    /// The first `n_bytes` of `staging`, when all that was submitted is done.
    pub(super) async fn map(&self, staging: &wgpu::Buffer, n_bytes: u64) -> Result<Vec<u8>, ExecError> {
        let (done, mapped) = futures_channel::oneshot::channel();
        staging.map_async(wgpu::MapMode::Read, ..n_bytes, move |result| {
            // The receiver is gone only if the read was given up.
            drop(done.send(result));
        });
        // Does nothing in a browser, which polls by itself.
        let lost = |reason: String| ExecError::Lost { reason };
        self.device.poll(wgpu::PollType::wait_indefinitely()).map_err(|error| lost(error.to_string()))?;
        match mapped.await {
            Ok(Ok(())) => {}
            Ok(Err(error)) => return self.check().and(Err(lost(error.to_string()))),
            Err(_) => return self.check().and(Err(lost("it did not answer".to_owned()))),
        }
        let bytes = staging.get_mapped_range(..n_bytes).map_err(|error| lost(error.to_string()))?.to_vec();
        staging.unmap();
        Ok(bytes)
    }
}

/// Needed limits only: those that every WebGPU device has to offer.
pub fn descriptor() -> wgpu::DeviceDescriptor<'static> {
    wgpu::DeviceDescriptor {
        label: Some("blue-cube"),
        required_limits: wgpu::Limits {
            max_storage_buffer_binding_size: 128 << 20,
            max_buffer_size: 256 << 20,
            ..wgpu::Limits::defaults()
        },
        ..Default::default()
    }
}

/// The error's own text lists the backends that were not compiled in, which helps nobody who uses the page.
fn no_adapter(error: &wgpu::RequestAdapterError) -> String {
    match error {
        wgpu::RequestAdapterError::NotFound { .. } if cfg!(target_arch = "wasm32") => {
            "the browser offers no WebGPU adapter".to_owned()
        }
        error => error.to_string(),
    }
}

fn refused(error: &wgpu::Error) -> ExecError {
    match error {
        wgpu::Error::OutOfMemory { .. } => ExecError::OutOfMemory { reason: error.to_string() },
        wgpu::Error::Validation { .. } | wgpu::Error::Internal { .. } => {
            ExecError::Refused { what: "a command".to_owned(), reason: error.to_string() }
        }
    }
}
