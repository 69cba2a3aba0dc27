//! Opens the engine that a run asks for; for [`DeviceChoice::Auto`], the faster of the two in a short timed trial.

use super::cpu::CpuExecutor;
use super::gpu::GpuExecutor;
use super::gpu::device::GpuDevice;
use super::{DeviceChoice, DeviceKind, ExecError, Executor, Trial};
use crate::engine::plan::{Plan, Section, Slot};
use std::rc::Rc;
use web_time::Instant;

/// An engine, and what went wrong before it was opened.
pub struct Chosen {
    /// The engine, freshly started.
    pub executor: Executor,
    /// The trial that chose it, if there was one.
    pub trial: Option<Trial>,
    /// Why it is not the GPU, if a GPU is present but failed.
    pub gpu_failure: Option<ExecError>,
}

/// The longest trial of an engine, except for its first steps.
const TRIAL_MILLIS: f32 = 100.0;

/// The largest number of steps tried.
const TRIAL_STEPS: u32 = 8;

impl Executor {
    /// Opens an engine for `plan` with parameters from `seed`. `probe` is a slot that is small to read.
    ///
    /// # Errors
    /// [`ExecError`] if the GPU is asked for and not available. With [`DeviceChoice::Auto`] the CPU is used instead.
    pub async fn choose(choice: DeviceChoice, plan: Rc<Plan>, seed: u32, probe: Slot) -> Result<Chosen, ExecError> {
        let cpu = |plan| Self::Cpu(CpuExecutor::new(plan, seed));
        let settled = |executor| Chosen { executor, trial: None, gpu_failure: None };
        match choice {
            DeviceChoice::Cpu => Ok(settled(cpu(plan))),
            DeviceChoice::Gpu => Ok(settled(Self::gpu(plan, seed).await?)),
            DeviceChoice::Auto => match Self::gpu(Rc::clone(&plan), seed).await {
                Ok(gpu) => Ok(Self::faster(cpu(plan), gpu, seed, probe).await),
                Err(ExecError::NoGpu { .. }) => Ok(settled(cpu(plan))),
                Err(failure) => Ok(Chosen { gpu_failure: Some(failure), ..settled(cpu(plan)) }),
            },
        }
    }

    async fn gpu(plan: Rc<Plan>, seed: u32) -> Result<Self, ExecError> {
        let device = GpuDevice::shared().await?;
        Ok(Self::Gpu(Box::new(GpuExecutor::new(device, plan, seed).await?)))
    }

    async fn faster(mut cpu: Self, mut gpu: Self, seed: u32, probe: Slot) -> Chosen {
        let cpu_millis = cpu.millis_a_step(probe).await.unwrap_or(f32::INFINITY);
        let gpu_millis = match gpu.millis_a_step(probe).await {
            Ok(gpu_millis) => gpu_millis,
            Err(failure) => {
                cpu.restart(seed);
                return Chosen { executor: cpu, trial: None, gpu_failure: Some(failure) };
            }
        };
        let mut executor = if cpu_millis <= gpu_millis { cpu } else { gpu };
        executor.restart(seed);
        Chosen { executor, trial: Some(Trial { cpu_millis, gpu_millis }), gpu_failure: None }
    }

    /// Milliseconds per training step with whatever the memory holds, after one step to warm up.
    async fn millis_a_step(&mut self, probe: Slot) -> Result<f32, ExecError> {
        self.run(Section::Train, 1);
        self.read(&[probe]).await?;
        let start = Instant::now();
        let millis = || 1e3 * start.elapsed().as_secs_f32();
        let mut n_steps = 0;
        while n_steps == 0 || (n_steps < TRIAL_STEPS && millis() < TRIAL_MILLIS) {
            let n_more = if self.device().kind == DeviceKind::Gpu { TRIAL_STEPS } else { 1 };
            self.run(Section::Train, n_more);
            self.read(&[probe]).await?;
            n_steps += n_more;
        }
        Ok(millis() / n_steps as f32)
    }
}
