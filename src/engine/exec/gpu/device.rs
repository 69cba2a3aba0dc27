//! Finds a GPU, requests what the plans need and no more, and keeps its first error.

mod shared;

use super::{Dispatch, WG_SIZE, host, pipeline};
use crate::engine::exec::{DeviceInfo, DeviceKind, ExecError, PATIENCE_SECONDS};
use crate::kernel::Kernel;
use std::cell::{Cell, RefCell};
use std::collections::HashMap;
use std::rc::Rc;
use std::sync::{Arc, Mutex};
use std::time::Duration;

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
    /// Those that have been tested and compute what the CPU does.
    pub(super) trusted: Rc<RefCell<Vec<(Kernel, u32)>>>,
    /// For tests: what comes back next is wrong.
    is_spoiled: Rc<Cell<bool>>,
    /// For tests: how it ends.
    doom: Rc<RefCell<Option<Doom>>>,
}

/// The calls until a device is lost, or until another failure if there is one.
type Doom = (u32, Option<ExecError>);

/// The shortest items that a workgroup of a real GPU shares: all but very short ones are shared.
const MIN_SHARED_LEN: u32 = 32;

/// The shortest items that a workgroup of a software adapter shares: only those that one invocation might not finish.
/// Barriers are very slow there, but lavapipe silently ends all loops of an invocation after 65,535 rounds, and a
/// kernel may need three loops over its item.
const MIN_SHARED_LEN_SOFTWARE: u32 = 16_384;

/// How often a failed device is given a moment of 50 ms to say that it is lost.
const SETTLE_MOMENTS: u32 = 20;

const IS_WASM: bool = cfg!(target_arch = "wasm32");

/// What a device that does not return from a read was asked for.
const RESULTS: &str = "for its results";

const NO_ADAPTER: &str = "the browser offers no WebGPU adapter";

impl GpuDevice {
    /// Opens the system's default adapter.
    ///
    /// # Errors
    /// [`ExecError::NoGpu`] without an adapter, [`ExecError::Limits`] if it offers less than the plans need,
    /// [`ExecError::Silent`] if the system does not say.
    pub async fn open() -> Result<Self, ExecError> {
        const ADAPTER: &str = "for an adapter";
        // Outside a page or a worker, as in Node, the instance itself would panic.
        if IS_WASM && !host::within(ADAPTER, wgpu::util::is_browser_webgpu_supported(), Self::hear_late).await? {
            return Err(ExecError::NoGpu { reason: NO_ADAPTER.to_owned() });
        }
        let instance = wgpu::Instance::new(wgpu::InstanceDescriptor::new_without_display_handle());
        let asked = async move { instance.request_adapter(&wgpu::RequestAdapterOptions::default()).await };
        let adapter = host::within(ADAPTER, asked, Self::hear_late)
            .await?
            .map_err(|error| ExecError::NoGpu { reason: no_adapter(&error) })?;
        let adapter_info = adapter.get_info();
        let asked = async move { adapter.request_device(&descriptor()).await };
        let (device, queue) = host::within("for a device", asked, Self::hear_late)
            .await?
            .map_err(|error| ExecError::Limits { reason: error.to_string() })?;
        let is_software = adapter_info.device_type == wgpu::DeviceType::Cpu;
        let kind = if is_software { DeviceKind::GpuSoftware } else { DeviceKind::Gpu };
        let name = Some(adapter_info.name).filter(|name| !name.is_empty()).unwrap_or_else(|| host::name(&device));
        let info = DeviceInfo { kind, name, trial: None };
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
                    match &*first {
                        // A device that is lost refuses things before it says so.
                        Some(ExecError::Refused { .. }) if matches!(error, ExecError::Lost { .. }) => {
                            *first = Some(error);
                        }
                        Some(_) => {}
                        None => *first = Some(error),
                    }
                }
            }
        };
        let keep_loss = keep(&failure);
        device.set_device_lost_callback(move |_, reason| keep_loss(ExecError::Lost { reason }));
        host::listen(&device, keep(&failure));
        Self {
            device,
            queue,
            info,
            min_shared_len: MIN_SHARED_LEN,
            failure,
            pipelines: Rc::default(),
            trusted: Rc::default(),
            is_spoiled: Rc::default(),
            doom: Rc::default(),
        }
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

    /// wgpu's device.
    pub fn handle(&self) -> &wgpu::Device {
        &self.device
    }

    /// Gives up the device, as if it had been lost: for tests of what happens then.
    pub fn destroy(&self) {
        self.device.destroy();
    }

    /// Makes what is read next wrong: for tests of what happens then.
    pub fn spoil(&self) {
        self.is_spoiled.set(true);
    }

    /// Fails with `failure`, or is lost without one, at its call number `n_calls` from now on, whatever that does: for
    /// tests of what happens then.
    pub fn fail_at(&self, n_calls: u32, failure: Option<ExecError>) {
        self.doom.replace(Some((n_calls, failure)));
    }

    fn approach_doom(&self) {
        let mut doom = self.doom.borrow_mut();
        match doom.as_mut() {
            Some((0, failure)) => {
                match failure.take() {
                    Some(failure) => drop(self.fail(failure)),
                    None => self.destroy(),
                }
                *doom = None;
            }
            Some((n_calls, _)) => *n_calls -= 1,
            None => {}
        }
    }

    /// # Errors
    /// The first error that no scope caught, or the loss of the device.
    pub(in crate::engine::exec) fn check(&self) -> Result<(), ExecError> {
        self.approach_doom();
        match self.failure() {
            Err(ExecError::Refused { .. }) => {
                self.hear();
                self.failure()
            }
            state => state,
        }
    }

    /// Lets a device that is lost say so: natively none does before it is polled.
    fn hear(&self) {
        // Fails only at a wait.
        drop(self.device.poll(wgpu::PollType::Poll));
    }

    /// Waits until a device that refuses something because it is lost has said so, which takes a busy browser a while; a
    /// device that is not lost says nothing.
    pub(super) async fn settle(&self) {
        self.hear();
        for _ in 0..SETTLE_MOMENTS {
            if matches!(self.failure(), Err(ExecError::Lost { .. })) {
                break;
            }
            host::moment().await;
        }
    }

    fn failure(&self) -> Result<(), ExecError> {
        match self.failure.lock() {
            Ok(failure) => failure.clone().map_or(Ok(()), Err),
            Err(_) => Err(ExecError::Lost { reason: "its handler failed".to_owned() }),
        }
    }

    /// Takes `pipeline` for a kernel's with that many invocations per item: for tests of a GPU that computes something
    /// else.
    pub fn take_for(&self, kernel: Kernel, lanes: u32, pipeline: wgpu::ComputePipeline) {
        self.pipelines.borrow_mut().insert((kernel, lanes), pipeline);
    }

    /// Records that it computes `gpu` for something that is `cpu`, and that it is to be used no more.
    pub(in crate::engine::exec) fn wrong(&self, what: String, gpu: f32, cpu: f32) -> ExecError {
        let named = if self.info.name.is_empty() { String::new() } else { format!(" ({})", self.info.name) };
        self.fail(ExecError::Wrong { named, what, gpu, cpu })
    }

    /// Records why it cannot be used any more.
    fn fail(&self, error: ExecError) -> ExecError {
        if let Ok(mut first) = self.failure.lock() {
            first.get_or_insert(error.clone());
        }
        error
    }

    /// Waits for an answer of the device.
    ///
    /// # Errors
    /// [`ExecError::Silent`] if it gives none.
    pub(super) async fn within<T: 'static>(
        &self,
        what: &'static str,
        answer: impl Future<Output = T> + 'static,
    ) -> Result<T, ExecError> {
        host::within(what, answer, Self::hear_late).await.map_err(|error| self.fail(error))
    }

    /// Makes a buffer that holds `bytes`. Not mapped for that at its creation, at which browsers throw when memory is
    /// short.
    pub(super) fn buffer(
        &self,
        label: &str,
        usage: wgpu::BufferUsages,
        bytes: &[u8],
    ) -> Result<wgpu::Buffer, ExecError> {
        let buffer = self.empty(label, usage | wgpu::BufferUsages::COPY_DST, bytes.len() as u64)?;
        self.queue.write_buffer(&buffer, 0, bytes);
        Ok(buffer)
    }

    /// Makes mappable memory for reading back.
    pub(super) fn staging(&self, n_bytes: u64) -> Result<wgpu::Buffer, ExecError> {
        self.empty("staging", wgpu::BufferUsages::MAP_READ | wgpu::BufferUsages::COPY_DST, n_bytes)
    }

    fn empty(&self, label: &str, usage: wgpu::BufferUsages, size: u64) -> Result<wgpu::Buffer, ExecError> {
        let descriptor = wgpu::BufferDescriptor { label: Some(label), size, usage, mapped_at_creation: false };
        let buffer = self.device.create_buffer(&descriptor);
        self.check()?;
        Ok(buffer)
    }

    /// Submits passes together; does nothing once the device has failed.
    pub(super) fn submit<'a>(&self, dispatches: impl Iterator<Item = &'a Dispatch>) {
        let mut encoder = self.device.create_command_encoder(&wgpu::CommandEncoderDescriptor::default());
        if self.check().is_err() {
            return;
        }
        {
            let mut pass = encoder.begin_compute_pass(&wgpu::ComputePassDescriptor::default());
            for dispatch in dispatches {
                let [x, y] = dispatch.n_workgroups;
                pass.set_pipeline(&dispatch.pipeline);
                pass.set_bind_group(0, &dispatch.bindings, &[]);
                pass.dispatch_workgroups(x, y, 1);
            }
        }
        self.queue.submit([encoder.finish()]);
    }

    /// Returns the contents of ranges of buffers, each from a start and as long as given, once everything submitted is
    /// done. They are `n_bytes` together and pass through `staging`.
    pub(super) async fn read<'a>(
        &self,
        staging: &wgpu::Buffer,
        n_bytes: u64,
        ranges: impl Iterator<Item = (&'a wgpu::Buffer, u64, u64)>,
    ) -> Result<Vec<f32>, ExecError> {
        let mut encoder = self.device.create_command_encoder(&wgpu::CommandEncoderDescriptor::default());
        self.check()?;
        let mut end = 0;
        for (buffer, start, len) in ranges {
            encoder.copy_buffer_to_buffer(buffer, start, staging, end, len);
            end += len;
        }
        self.queue.submit([encoder.finish()]);
        let mut words = self.map(staging, n_bytes).await?;
        self.check()?;
        if self.is_spoiled.take() {
            words.iter_mut().for_each(|word| *word = f32::from_bits(word.to_bits() ^ 0x0040_0000));
        }
        Ok(words)
    }

    async fn map(&self, staging: &wgpu::Buffer, n_bytes: u64) -> Result<Vec<f32>, ExecError> {
        let (done, mapped) = futures_channel::oneshot::channel();
        staging.map_async(wgpu::MapMode::Read, ..n_bytes, move |result| {
            // The receiver is gone only if the read was abandoned.
            drop(done.send(result));
        });
        let lost = |reason: String| ExecError::Lost { reason };
        // Does nothing in a browser, which polls automatically.
        let timeout = Some(Duration::from_secs(PATIENCE_SECONDS.into()));
        match self.device.poll(wgpu::PollType::Wait { submission_index: None, timeout }) {
            Ok(_) => {}
            Err(wgpu::PollError::Timeout) => return Err(self.fail(ExecError::Silent { what: RESULTS })),
            Err(error) => return Err(lost(error.to_string())),
        }
        match self.within(RESULTS, mapped).await? {
            Ok(Ok(())) => {}
            Ok(Err(error)) => {
                self.settle().await;
                self.check()?;
                // A browser's device that is not lost.
                let refused = ExecError::Refused { what: "to be read".to_owned(), reason: error.to_string() };
                return Err(if IS_WASM { refused } else { lost(error.to_string()) });
            }
            Err(_) => return self.check().and(Err(lost("it did not answer".to_owned()))),
        }
        let range = staging.get_mapped_range(..n_bytes).map_err(|error| lost(error.to_string()))?;
        let words = bytemuck::pod_collect_to_vec(&range);
        drop(range);
        staging.unmap();
        Ok(words)
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
