//! Runs a plan on the GPU: pipelines and bind groups are made once, and each run is one submission.

pub mod device;
pub mod trust;
#[cfg(target_arch = "wasm32")]
#[path = "gpu/browser.rs"]
mod host;
#[cfg(not(target_arch = "wasm32"))]
#[path = "gpu/native.rs"]
mod host;

use super::{DeviceInfo, ExecError};
use crate::engine::plan::{Pass, Plan, Section, Slot};
use crate::kernel::{Access, Kernel, KernelInfo, PARAMS_BYTES};
use device::GpuDevice;
use std::num::NonZeroU64;
use std::rc::Rc;

/// The memory, pipelines and bindings of a plan on the GPU.
pub struct GpuExecutor {
    device: Rc<GpuDevice>,
    plan: Rc<Plan>,
    buffers: Vec<wgpu::Buffer>,
    /// Mappable memory for reading back, kept at the largest size requested.
    staging: Option<wgpu::Buffer>,
    train: Vec<Dispatch>,
    evaluate: Vec<Dispatch>,
    evaluate_by_batch: Vec<Dispatch>,
}

/// A pass, ready to be encoded.
struct Dispatch {
    pipeline: wgpu::ComputePipeline,
    bindings: wgpu::BindGroup,
    n_workgroups: [u32; 2],
}

/// Invocations per workgroup, as in `shaders/lib/grid.wgsl`: `tests/engine/shaders.rs` compares them.
pub const WG_SIZE: u32 = 64;

/// The largest number of workgroups in one dimension of a dispatch: the limit that every WebGPU device offers.
const MAX_WORKGROUPS: u32 = 65_535;

/// Uniform blocks start at multiples of this: the offset alignment that every WebGPU device accepts.
const PARAMS_STRIDE: usize = 256;

impl GpuExecutor {
    /// Allocates the memory and pipelines of `plan`, with parameters from `seed`.
    ///
    /// # Errors
    /// [`ExecError`] if there is not enough memory or a pipeline is refused.
    pub async fn new(device: impl Into<Rc<GpuDevice>>, plan: Rc<Plan>, seed: u32) -> Result<Self, ExecError> {
        let device = device.into();
        let memory_scope = device.device.push_error_scope(wgpu::ErrorFilter::OutOfMemory);
        let scope = device.device.push_error_scope(wgpu::ErrorFilter::Validation);
        let made = Self::make(&device, &plan, seed);
        let (refused, no_memory) = (scope.pop(), memory_scope.pop());
        let refused = device.within("to make a plan's pipelines", refused).await?;
        let no_memory = device.within("for a plan's memory", no_memory).await?;
        if refused.is_some() || no_memory.is_some() {
            // A device that is lost refuses everything, memory too: that is no lack of it.
            device.settle().await;
        }
        device.check()?;
        if let Some(error) = no_memory {
            return Err(ExecError::OutOfMemory { reason: error.to_string() });
        }
        if let Some(error) = refused {
            return Err(ExecError::Refused { what: "a pipeline".to_owned(), reason: error.to_string() });
        }
        let (buffers, mut train) = made?;
        let mut evaluate = train.split_off(plan.passes(Section::Train).len());
        let evaluate_by_batch = evaluate.split_off(plan.passes(Section::Evaluate).len());
        Ok(Self { device, plan, buffers, staging: None, train, evaluate, evaluate_by_batch })
    }

    /// The buffers and all passes of a plan. Errors that wgpu returns nowhere are left to the scopes.
    fn make(device: &GpuDevice, plan: &Plan, seed: u32) -> Result<(Vec<wgpu::Buffer>, Vec<Dispatch>), ExecError> {
        let started = (0..).zip(plan.buffers());
        let buffers = started
            .map(|(buffer_idx, (label, _))| start_buffer(device, label, &plan.start_values(buffer_idx, seed)))
            .collect::<Result<Vec<_>, _>>()?;
        let params = params_buffer(device, plan.all_passes())?;
        let mut dispatches = Vec::new();
        for (block, pass) in (0..).step_by(PARAMS_STRIDE).zip(plan.all_passes()) {
            let lanes = device.lanes_for(pass.item_len);
            let pipeline = device.pipeline(pass.kernel, lanes);
            device.check()?;
            let views = pass.slots.iter().map(|&slot| {
                let view = plan.view(slot);
                let (offset, n_bytes) = (4 * u64::from(view.offset), 4 * u64::from(view.len));
                Binding { buffer: &buffers[view.buffer as usize], offset, n_bytes }
            });
            let block = Binding { buffer: &params, offset: block, n_bytes: PARAMS_BYTES as u64 };
            let bindings = bind(device, pass.kernel, &pipeline, block, views)?;
            dispatches.push(Dispatch { pipeline, bindings, n_workgroups: workgroups(pass.n_items, lanes) });
        }
        Ok((buffers, dispatches))
    }

    pub(super) fn restart(&mut self, seed: u32) {
        for (buffer_idx, buffer) in (0..).zip(&self.buffers) {
            let words = self.plan.start_values(buffer_idx, seed);
            self.device.queue.write_buffer(buffer, 0, bytemuck::cast_slice(&words));
        }
    }

    pub(super) fn write(&mut self, slot: Slot, offset: u32, bytes: &[u8]) {
        let view = self.plan.view(slot);
        assert!(4 * (view.len - offset) as usize >= bytes.len(), "a write must stay within its slot");
        let start = 4 * u64::from(view.offset + offset);
        self.device.queue.write_buffer(&self.buffers[view.buffer as usize], start, bytes);
    }

    pub(super) fn run(&mut self, section: Section, n_times: u32) {
        let dispatches = match section {
            Section::Train => &self.train,
            Section::Evaluate => &self.evaluate,
            Section::EvaluateByBatch => &self.evaluate_by_batch,
        };
        self.device.submit((0..n_times).flat_map(|_| dispatches));
    }

    pub(super) async fn read(&mut self, slots: &[Slot]) -> Result<Vec<Vec<f32>>, ExecError> {
        self.device.check()?;
        let views: Vec<_> = slots.iter().map(|&slot| self.plan.view(slot)).collect();
        let n_bytes = views.iter().map(|view| 4 * u64::from(view.len)).sum();
        let staging = match self.staging.take().filter(|buffer| buffer.size() >= n_bytes) {
            Some(large_enough) => large_enough,
            None => self.device.staging(n_bytes)?,
        };
        let copied = views.iter().map(|view| {
            let (start, len) = (4 * u64::from(view.offset), 4 * u64::from(view.len));
            (&self.buffers[view.buffer as usize], start, len)
        });
        let words = self.device.read(&staging, n_bytes, copied).await?;
        self.staging = Some(staging);
        let mut rest = &words[..];
        Ok(views
            .iter()
            .map(|view| {
                let (values, others) = rest.split_at(view.len as usize);
                rest = others;
                values.to_vec()
            })
            .collect())
    }

    pub(super) fn device(&self) -> DeviceInfo {
        self.device.info.clone()
    }

    /// The device it runs on.
    pub fn gpu_device(&self) -> &GpuDevice {
        &self.device
    }
}

impl Drop for GpuExecutor {
    /// A browser would keep the memory until its next garbage collection, which sees only a few words instead of these
    /// megabytes.
    fn drop(&mut self) {
        self.buffers.iter().chain(&self.staging).for_each(wgpu::Buffer::destroy);
    }
}

/// Makes the pipeline of a kernel in which `lanes` invocations share an item.
pub fn pipeline(device: &wgpu::Device, kernel: Kernel, lanes: u32) -> wgpu::ComputePipeline {
    let info = kernel.info();
    let module = device.create_shader_module(wgpu::ShaderModuleDescriptor {
        label: Some(info.label),
        source: wgpu::ShaderSource::Wgsl(info.wgsl.into()),
    });
    let group = bind_group_layout(device, info);
    let layout = device.create_pipeline_layout(&wgpu::PipelineLayoutDescriptor {
        label: Some(info.label),
        bind_group_layouts: &[Some(&group)],
        immediate_size: 0,
    });
    let constants = [("LANES", f64::from(lanes))];
    device.create_compute_pipeline(&wgpu::ComputePipelineDescriptor {
        label: Some(info.label),
        layout: Some(&layout),
        module: &module,
        entry_point: Some("main"),
        compilation_options: wgpu::PipelineCompilationOptions {
            constants: if info.reduces { &constants } else { &[] },
            ..Default::default()
        },
        cache: None,
    })
}

fn bind_group_layout(device: &wgpu::Device, info: &KernelInfo) -> wgpu::BindGroupLayout {
    let buffer = |binding: u32, ty| wgpu::BindGroupLayoutEntry {
        binding,
        visibility: wgpu::ShaderStages::COMPUTE,
        ty: wgpu::BindingType::Buffer { ty, has_dynamic_offset: false, min_binding_size: None },
        count: None,
    };
    let storage = |access: &Access| wgpu::BufferBindingType::Storage { read_only: *access == Access::Read };
    let uniform = [buffer(0, wgpu::BufferBindingType::Uniform)];
    let entries: Vec<_> =
        uniform.into_iter().chain((1..).zip(info.bindings).map(|(at, access)| buffer(at, storage(access)))).collect();
    device.create_bind_group_layout(&wgpu::BindGroupLayoutDescriptor { label: Some(info.label), entries: &entries })
}

fn start_buffer(device: &GpuDevice, label: &str, words: &[f32]) -> Result<wgpu::Buffer, ExecError> {
    let usage = wgpu::BufferUsages::STORAGE | wgpu::BufferUsages::COPY_SRC;
    device.buffer(label, usage, bytemuck::cast_slice(words))
}

fn params_buffer(device: &GpuDevice, passes: &[Pass]) -> Result<wgpu::Buffer, ExecError> {
    let mut bytes = vec![0; PARAMS_STRIDE * passes.len()];
    for (block, pass) in bytes.chunks_exact_mut(PARAMS_STRIDE).zip(passes) {
        block[..PARAMS_BYTES].copy_from_slice(bytemuck::bytes_of(&pass.params));
    }
    device.buffer("params", wgpu::BufferUsages::UNIFORM, &bytes)
}

/// A range of a buffer.
struct Binding<'a> {
    buffer: &'a wgpu::Buffer,
    offset: u64,
    n_bytes: u64,
}

impl<'a> Binding<'a> {
    fn entry(self, binding: u32) -> wgpu::BindGroupEntry<'a> {
        let Self { buffer, offset, n_bytes } = self;
        let resource = wgpu::BufferBinding { buffer, offset, size: NonZeroU64::new(n_bytes) };
        wgpu::BindGroupEntry { binding, resource: wgpu::BindingResource::Buffer(resource) }
    }
}

/// Binds a pass's block of parameters and its slots.
fn bind<'a>(
    device: &GpuDevice,
    kernel: Kernel,
    pipeline: &wgpu::ComputePipeline,
    params: Binding<'a>,
    slots: impl Iterator<Item = Binding<'a>>,
) -> Result<wgpu::BindGroup, ExecError> {
    let all = std::iter::once(params).chain(slots);
    let entries: Vec<_> = (0..).zip(all).map(|(at, binding)| binding.entry(at)).collect();
    let bindings = device.device.create_bind_group(&wgpu::BindGroupDescriptor {
        label: Some(kernel.info().label),
        layout: &pipeline.get_bind_group_layout(0),
        entries: &entries,
    });
    device.check()?;
    Ok(bindings)
}

/// A grid of workgroups for `n_items` items with `lanes` invocations each, in two dimensions if one is not enough.
fn workgroups(n_items: u32, lanes: u32) -> [u32; 2] {
    let n_workgroups = (u64::from(n_items) * u64::from(lanes)).div_ceil(u64::from(WG_SIZE)) as u32;
    let rows = n_workgroups.div_ceil(MAX_WORKGROUPS);
    [n_workgroups.div_ceil(rows.max(1)), rows]
}
