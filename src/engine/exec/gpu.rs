//! Runs a plan on the GPU: pipelines and bind groups are made once, and each run is one submission.

pub mod device;

use super::{DeviceInfo, ExecError};
use crate::engine::plan::{Pass, Plan, Section, Slot};
use crate::kernel::{Access, Kernel, KernelInfo, PARAMS_BYTES};
use device::GpuDevice;
use std::num::NonZeroU64;
use std::rc::Rc;
use wgpu::util::DeviceExt as _;

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
        let buffers: Vec<_> = (0..)
            .zip(plan.buffers())
            .map(|(buffer_idx, (label, _))| start_buffer(&device, label, &plan.start_values(buffer_idx, seed)))
            .collect();
        let params = params_buffer(&device, plan.all_passes());
        let dispatches: Vec<_> = plan
            .all_passes()
            .iter()
            .enumerate()
            .map(|(pass_idx, pass)| {
                let lanes = device.lanes_for(pass.item_len);
                let pipeline = device.pipeline(pass.kernel, lanes);
                let bindings = bind(&device, &plan, pass, &pipeline, &buffers, &params, pass_idx);
                Dispatch { pipeline, bindings, n_workgroups: workgroups(pass.n_items, lanes) }
            })
            .collect();
        let refused = scope.pop().await;
        if let Some(error) = memory_scope.pop().await {
            return Err(ExecError::OutOfMemory { reason: error.to_string() });
        }
        if let Some(error) = refused {
            return Err(ExecError::Refused { what: "a pipeline".to_owned(), reason: error.to_string() });
        }
        let mut train = dispatches;
        let mut evaluate = train.split_off(plan.passes(Section::Train).len());
        let evaluate_by_batch = evaluate.split_off(plan.passes(Section::Evaluate).len());
        Ok(Self { device, plan, buffers, staging: None, train, evaluate, evaluate_by_batch })
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
        let mut encoder = self.device.device.create_command_encoder(&wgpu::CommandEncoderDescriptor::default());
        {
            let mut pass = encoder.begin_compute_pass(&wgpu::ComputePassDescriptor::default());
            for dispatch in (0..n_times).flat_map(|_| dispatches) {
                let [x, y] = dispatch.n_workgroups;
                pass.set_pipeline(&dispatch.pipeline);
                pass.set_bind_group(0, &dispatch.bindings, &[]);
                pass.dispatch_workgroups(x, y, 1);
            }
        }
        self.device.queue.submit([encoder.finish()]);
    }

    pub(super) async fn read(&mut self, slots: &[Slot]) -> Result<Vec<Vec<f32>>, ExecError> {
        self.device.check()?;
        let views: Vec<_> = slots.iter().map(|&slot| self.plan.view(slot)).collect();
        let n_bytes = views.iter().map(|view| 4 * u64::from(view.len)).sum();
        let staging = self.staging(n_bytes);
        let mut encoder = self.device.device.create_command_encoder(&wgpu::CommandEncoderDescriptor::default());
        let mut end = 0;
        for view in &views {
            let (start, len) = (4 * u64::from(view.offset), 4 * u64::from(view.len));
            encoder.copy_buffer_to_buffer(&self.buffers[view.buffer as usize], start, &staging, end, len);
            end += len;
        }
        self.device.queue.submit([encoder.finish()]);
        let bytes = self.device.map(&staging, n_bytes).await?;
        self.device.check()?;
        let mut rest = bytemuck::cast_slice::<u8, f32>(&bytes);
        Ok(views
            .iter()
            .map(|view| {
                let (values, others) = rest.split_at(view.len as usize);
                rest = others;
                values.to_vec()
            })
            .collect())
    }

    fn staging(&mut self, n_bytes: u64) -> wgpu::Buffer {
        let large_enough = self.staging.take().filter(|buffer| buffer.size() >= n_bytes);
        let staging = large_enough.unwrap_or_else(|| {
            self.device.device.create_buffer(&wgpu::BufferDescriptor {
                label: Some("staging"),
                size: n_bytes,
                usage: wgpu::BufferUsages::MAP_READ | wgpu::BufferUsages::COPY_DST,
                mapped_at_creation: false,
            })
        });
        self.staging = Some(staging.clone());
        staging
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

fn start_buffer(device: &GpuDevice, label: &str, words: &[f32]) -> wgpu::Buffer {
    device.device.create_buffer_init(&wgpu::util::BufferInitDescriptor {
        label: Some(label),
        contents: bytemuck::cast_slice(words),
        usage: wgpu::BufferUsages::STORAGE | wgpu::BufferUsages::COPY_DST | wgpu::BufferUsages::COPY_SRC,
    })
}

fn params_buffer(device: &GpuDevice, passes: &[Pass]) -> wgpu::Buffer {
    let mut bytes = vec![0; PARAMS_STRIDE * passes.len()];
    for (block, pass) in bytes.chunks_exact_mut(PARAMS_STRIDE).zip(passes) {
        block[..PARAMS_BYTES].copy_from_slice(bytemuck::bytes_of(&pass.params));
    }
    device.device.create_buffer_init(&wgpu::util::BufferInitDescriptor {
        label: Some("params"),
        contents: &bytes,
        usage: wgpu::BufferUsages::UNIFORM,
    })
}

fn bind(
    device: &GpuDevice,
    plan: &Plan,
    pass: &Pass,
    pipeline: &wgpu::ComputePipeline,
    buffers: &[wgpu::Buffer],
    params: &wgpu::Buffer,
    pass_idx: usize,
) -> wgpu::BindGroup {
    let entry = |binding, buffer, offset, n_bytes| wgpu::BindGroupEntry {
        binding,
        resource: wgpu::BindingResource::Buffer(wgpu::BufferBinding { buffer, offset, size: NonZeroU64::new(n_bytes) }),
    };
    let block = entry(0, params, (PARAMS_STRIDE * pass_idx) as u64, PARAMS_BYTES as u64);
    let views = (1..).zip(&pass.slots).map(|(binding, &slot)| {
        let view = plan.view(slot);
        entry(binding, &buffers[view.buffer as usize], 4 * u64::from(view.offset), 4 * u64::from(view.len))
    });
    let entries: Vec<_> = std::iter::once(block).chain(views).collect();
    device.device.create_bind_group(&wgpu::BindGroupDescriptor {
        label: Some(pass.kernel.info().label),
        layout: &pipeline.get_bind_group_layout(0),
        entries: &entries,
    })
}

/// A grid of workgroups for `n_items` items with `lanes` invocations each, in two dimensions if one is not enough.
fn workgroups(n_items: u32, lanes: u32) -> [u32; 2] {
    let n_workgroups = (u64::from(n_items) * u64::from(lanes)).div_ceil(u64::from(WG_SIZE)) as u32;
    let rows = n_workgroups.div_ceil(MAX_WORKGROUPS);
    [n_workgroups.div_ceil(rows.max(1)), rows]
}
