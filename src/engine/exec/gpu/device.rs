//! Finds a GPU, requests what the plans need and no more, and keeps its last error.

use super::{WG_SIZE, pipeline};
use crate::engine::exec::{DeviceInfo, DeviceKind, ExecError};
use crate::kernel::Kernel;
use std::cell::RefCell;
use std::collections::HashMap;
use std::rc::{Rc, Weak};
use std::sync::{Arc, Mutex};

/// An open device.
#[derive(Clone)]
pub struct GpuDevice {
    pub(super) device: wgpu::Device,
    pub(super) queue: wgpu::Queue,
    pub(super) info: DeviceInfo,
    /// Items of at least this many rounds are shared.
    min_shared_len: u32,
    failure: Arc<Mutex<Option<ExecError>>>,
    /// Keyed by kernel and invocations per item; only those requested so far.
    pipelines: Rc<RefCell<HashMap<(Kernel, u32), wgpu::ComputePipeline>>>,
}

thread_local! {
    /// The device of [`GpuDevice::shared`], while anyone holds it.
    static SHARED: RefCell<Weak<GpuDevice>> = const { RefCell::new(Weak::new()) };
}

/// The shortest items that a workgroup of a real GPU shares: all but very short ones are shared.
const MIN_SHARED_LEN: u32 = 32;

/// The shortest items that a workgroup of a software adapter shares: only those that one invocation might not finish.
/// Barriers are very slow there, but lavapipe silently ends all loops of an invocation after 65,535 rounds, and a
/// kernel may need three loops over its item.
const MIN_SHARED_LEN_SOFTWARE: u32 = 16_384;

const IS_WASM: bool = cfg!(target_arch = "wasm32");

const NO_ADAPTER: &str = "the browser offers no WebGPU adapter";

impl GpuDevice {
    /// Returns the device that others in this thread have open, or a new one if there is none or it has failed: the
    /// lanes of a race share one device and its pipelines.
    ///
    /// # Errors
    /// As for [`GpuDevice::open`].
    pub async fn shared() -> Result<Rc<Self>, ExecError> {
        let open = SHARED.with_borrow(Weak::upgrade).filter(|device| device.check().is_ok());
        if let Some(device) = open {
            return Ok(device);
        }
        let device = Rc::new(Self::open().await?);
        SHARED.set(Rc::downgrade(&device));
        Ok(device)
    }

    /// Opens the system's default adapter.
    ///
    /// # Errors
    /// [`ExecError::NoGpu`] without an adapter, [`ExecError::Limits`] if it offers less than the plans need.
    pub async fn open() -> Result<Self, ExecError> {
        // Outside a page or a worker, as in Node, the instance itself would panic.
        if IS_WASM && !wgpu::util::is_browser_webgpu_supported().await {
            return Err(ExecError::NoGpu { reason: NO_ADAPTER.to_owned() });
        }
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
        let min_shared_len = if is_software { MIN_SHARED_LEN_SOFTWARE } else { MIN_SHARED_LEN };
        Ok(Self::of(device, queue, info).sharing_from(min_shared_len))
    }

    /// Wraps a device that is already open.
    pub fn of(device: wgpu::Device, queue: wgpu::Queue, info: DeviceInfo) -> Self {
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
        Self { device, queue, info, min_shared_len: MIN_SHARED_LEN, failure, pipelines: Rc::default() }
    }

    /// Returns the same device, with a workgroup sharing items of at least `min_shared_len` rounds.
    pub fn sharing_from(self, min_shared_len: u32) -> Self {
        Self { min_shared_len, ..self }
    }

    /// The number of invocations that share an item of `item_len` rounds.
    pub(super) fn lanes_for(&self, item_len: u32) -> u32 {
        if item_len > 1 && item_len >= self.min_shared_len { WG_SIZE } else { 1 }
    }

    /// Returns the pipeline of a kernel in which `lanes` invocations share an item.
    pub(super) fn pipeline(&self, kernel: Kernel, lanes: u32) -> wgpu::ComputePipeline {
        let mut pipelines = self.pipelines.borrow_mut();
        pipelines.entry((kernel, lanes)).or_insert_with(|| pipeline(&self.device, kernel, lanes)).clone()
    }

    /// A description of the device.
    pub fn info(&self) -> &DeviceInfo {
        &self.info
    }

    /// Gives up the device, as if it had been lost: for tests of what happens then.
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

    /// Returns the first `n_bytes` of `staging`, once everything submitted is done.
    pub(super) async fn map(&self, staging: &wgpu::Buffer, n_bytes: u64) -> Result<Vec<u8>, ExecError> {
        let (done, mapped) = futures_channel::oneshot::channel();
        staging.map_async(wgpu::MapMode::Read, ..n_bytes, move |result| {
            // The receiver is gone only if the read was abandoned.
            drop(done.send(result));
        });
        // Does nothing in a browser, which polls automatically.
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

/// Requests only limits that every WebGPU device has to offer.
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

/// The error's own text lists the backends that were not compiled in, which does not help users of the page.
fn no_adapter(error: &wgpu::RequestAdapterError) -> String {
    match error {
        wgpu::RequestAdapterError::NotFound { .. } if IS_WASM => NO_ADAPTER.to_owned(),
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
