//! Runs single kernels on a GPU without the executor, following WebGPU's own rules: natively, and in a browser's worker.

use blue_cube::exec::gpu::WG_SIZE;
use blue_cube::kernel::{Access, Kernel, Params};
use futures_channel::oneshot;

/// Most workgroups along one axis.
const MAX_GROUPS: u32 = 65_535;

/// Words bound after every written binding; a kernel that writes to them writes too far.
const GUARD_LEN: usize = 64;
const GUARD: f32 = -12_345.75;

pub(crate) struct Gpu {
    pub(crate) device: wgpu::Device,
    queue: wgpu::Queue,
    pub(crate) name: String,
}

#[cfg(target_arch = "wasm32")]
const BACKENDS: wgpu::Backends = wgpu::Backends::BROWSER_WEBGPU;
#[cfg(not(target_arch = "wasm32"))]
const BACKENDS: wgpu::Backends = wgpu::Backends::VULKAN;

/// Returns the adapter that the environment offers; without one prints a skip, or fails if `REQUIRE_GPU` is 1.
#[cfg(not(target_arch = "wasm32"))]
pub(crate) fn gpu_or_skip() -> Option<Gpu> {
    let gpu = pollster::block_on(Gpu::new());
    match &gpu {
        Ok(gpu) => println!("on {}", gpu.name),
        Err(error) => {
            assert_ne!(std::env::var("REQUIRE_GPU").as_deref(), Ok("1"), "REQUIRE_GPU=1, but there is no GPU: {error}");
            println!("SKIPPED: no GPU ({error})");
        }
    }
    gpu.ok()
}

impl Gpu {
    pub(crate) async fn new() -> Result<Self, String> {
        let instance = wgpu::Instance::new(wgpu::InstanceDescriptor {
            backends: BACKENDS,
            ..wgpu::InstanceDescriptor::new_without_display_handle()
        });
        let adapter = instance
            .request_adapter(&wgpu::RequestAdapterOptions::default())
            .await
            .map_err(|error| error.to_string())?;
        // The limits that every WebGPU device offers: a kernel that needs more fails here.
        let (device, queue) =
            adapter.request_device(&wgpu::DeviceDescriptor::default()).await.map_err(|error| error.to_string())?;
        Ok(Self { device, queue, name: adapter.get_info().name })
    }

    fn buffer(&self, words: &[f32], usage: wgpu::BufferUsages) -> wgpu::Buffer {
        let buffer = self.device.create_buffer(&wgpu::BufferDescriptor {
            label: None,
            size: 4 * words.len() as u64,
            usage: usage | wgpu::BufferUsages::COPY_DST,
            mapped_at_creation: false,
        });
        self.queue.write_buffer(&buffer, 0, bytemuck::cast_slice(words));
        buffer
    }

    fn pipeline(&self, kernel: Kernel, lanes: u32) -> wgpu::ComputePipeline {
        let facts = kernel.info();
        let module = self.device.create_shader_module(wgpu::ShaderModuleDescriptor {
            label: Some(facts.label),
            source: wgpu::ShaderSource::Wgsl(facts.wgsl.into()),
        });
        let lanes = [("LANES", f64::from(lanes))];
        self.device.create_compute_pipeline(&wgpu::ComputePipelineDescriptor {
            label: Some(facts.label),
            layout: None,
            module: &module,
            entry_point: Some("main"),
            compilation_options: wgpu::PipelineCompilationOptions {
                constants: if facts.reduces { &lanes } else { &[] },
                ..Default::default()
            },
            cache: None,
        })
    }

    /// Starts a kernel with `lanes` invocations per item, so that several can be waited for together: a promise takes Firefox a
    /// tenth of a second.
    pub(crate) fn start(
        &self,
        kernel: Kernel,
        params: &Params,
        bound: &[Vec<f32>],
        n_items: u32,
        lanes: u32,
    ) -> Started {
        let pipeline = self.pipeline(kernel, lanes);
        let uniform = self.buffer(bytemuck::cast_slice(bytemuck::bytes_of(params)), wgpu::BufferUsages::UNIFORM);
        let storage = wgpu::BufferUsages::STORAGE | wgpu::BufferUsages::COPY_SRC;
        let guarded = |(words, access): (&Vec<f32>, &Access)| {
            let guard = if *access == Access::ReadWrite { GUARD_LEN } else { 0 };
            let words: Vec<f32> = words.iter().copied().chain(std::iter::repeat_n(GUARD, guard)).collect();
            self.buffer(&words, storage)
        };
        let buffers: Vec<wgpu::Buffer> = bound.iter().zip(kernel.info().bindings).map(guarded).collect();
        let entries: Vec<wgpu::BindGroupEntry<'_>> = (0..)
            .zip(std::iter::once(&uniform).chain(&buffers))
            .map(|(binding, buffer)| wgpu::BindGroupEntry { binding, resource: buffer.as_entire_binding() })
            .collect();
        let bind_group = self.device.create_bind_group(&wgpu::BindGroupDescriptor {
            label: None,
            layout: &pipeline.get_bind_group_layout(0),
            entries: &entries,
        });
        let mut encoder = self.device.create_command_encoder(&wgpu::CommandEncoderDescriptor::default());
        let mut pass = encoder.begin_compute_pass(&wgpu::ComputePassDescriptor::default());
        pass.set_pipeline(&pipeline);
        pass.set_bind_group(0, &bind_group, &[]);
        let n_groups = (n_items * lanes).div_ceil(WG_SIZE);
        let n_rows = n_groups.div_ceil(MAX_GROUPS);
        pass.dispatch_workgroups(n_groups.div_ceil(n_rows), n_rows, 1);
        drop(pass);
        self.queue.submit([encoder.finish()]);
        let staging = self.copy(&buffers);
        let (done, mapped) = oneshot::channel();
        staging.map_async(wgpu::MapMode::Read, .., |result| drop(done.send(result)));
        let sizes = buffers.iter().map(wgpu::Buffer::size).collect();
        Started { kernel, lens: bound.iter().map(Vec::len).collect(), sizes, staging, mapped }
    }

    /// All buffers, one after another, in one that can be mapped.
    fn copy(&self, buffers: &[wgpu::Buffer]) -> wgpu::Buffer {
        let staging = self.device.create_buffer(&wgpu::BufferDescriptor {
            label: None,
            size: buffers.iter().map(wgpu::Buffer::size).sum(),
            usage: wgpu::BufferUsages::MAP_READ | wgpu::BufferUsages::COPY_DST,
            mapped_at_creation: false,
        });
        let mut encoder = self.device.create_command_encoder(&wgpu::CommandEncoderDescriptor::default());
        let mut at = 0;
        for buffer in buffers {
            encoder.copy_buffer_to_buffer(buffer, 0, &staging, at, buffer.size());
            at += buffer.size();
        }
        self.queue.submit([encoder.finish()]);
        staging
    }
}

/// A kernel that runs.
pub(crate) struct Started {
    kernel: Kernel,
    /// Words of each binding, without its guard.
    lens: Vec<usize>,
    /// Bytes of each buffer, with its guard.
    sizes: Vec<u64>,
    staging: wgpu::Buffer,
    mapped: oneshot::Receiver<Result<(), wgpu::BufferAsyncError>>,
}

impl Started {
    /// The contents of its bindings.
    ///
    /// # Panics
    /// If the kernel has written past the end of a binding, or wgpu reports an error.
    pub(crate) async fn end(self, gpu: &Gpu) -> Vec<Vec<f32>> {
        let Self { kernel, lens, sizes, staging, mapped } = self;
        // A browser needs no poll.
        gpu.device.poll(wgpu::PollType::wait_indefinitely()).expect("the device answers");
        mapped.await.expect("an answer").expect("a staging buffer maps");
        let words: Vec<f32> = bytemuck::pod_collect_to_vec(&staging.get_mapped_range(..).expect("mapped"));
        staging.unmap();
        let mut rest = &words[..];
        let read = |(size, len): (u64, usize)| {
            let (all, after) = rest.split_at(size as usize / 4);
            rest = after;
            let (words, guard) = all.split_at(len);
            assert!(guard.iter().all(|&word| word == GUARD), "{kernel:?} writes past the end of a binding");
            words.to_vec()
        };
        sizes.into_iter().zip(lens).map(read).collect()
    }
}
