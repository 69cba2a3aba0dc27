//! Opens the engine that a run asks for; for [`DeviceChoice::Auto`], the faster of the two in a short timed trial.

use super::cpu::CpuExecutor;
use super::gpu::GpuExecutor;
use super::gpu::device::GpuDevice;
use super::gpu::trust::Sample;
use super::{DeviceChoice, DeviceKind, ExecError, Executor, SUBMIT_MILLIS, Trial};
use crate::engine::plan::{Plan, Section, Slot};
use std::pin::Pin;
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
    /// Opens an engine for `plan` with parameters from `seed`. `probe` is a slot that is small to read. A GPU is tested
    /// with `sample` first ([`GpuDevice::test`]).
    ///
    /// # Errors
    /// [`ExecError`] if the GPU is asked for and not available. With [`DeviceChoice::Auto`] the CPU is used instead.
    pub async fn choose(
        choice: DeviceChoice,
        plan: Rc<Plan>,
        seed: u32,
        probe: Slot,
        sample: &dyn Fn() -> Sample,
    ) -> Result<Chosen, ExecError> {
        let cpu = |plan| Self::Cpu(CpuExecutor::new(plan, seed));
        let settled = |executor| Chosen { executor, trial: None, gpu_failure: None };
        match choice {
            DeviceChoice::Cpu => Ok(settled(cpu(plan))),
            DeviceChoice::Gpu => Ok(settled(Self::gpu(plan, seed, sample).await?)),
            DeviceChoice::Auto => match Self::gpu(Rc::clone(&plan), seed, sample).await {
                Ok(gpu) => Ok(Self::faster(cpu(plan), gpu, seed, probe).await),
                Err(ExecError::NoGpu { .. }) => Ok(settled(cpu(plan))),
                Err(failure) => Ok(Chosen { gpu_failure: Some(failure), ..settled(cpu(plan)) }),
            },
        }
    }

    /// Opens the GPU, once it has been tested with `sample`.
    ///
    /// # Errors
    /// [`ExecError`] if there is none, or it fails, also in the test.
    pub async fn gpu(plan: Rc<Plan>, seed: u32, sample: &dyn Fn() -> Sample) -> Result<Self, ExecError> {
        let mut is_first = true;
        loop {
            // Boxed, so that the many callers do not have a copy each.
            let opening: Pin<Box<dyn Future<Output = _> + '_>> =
                Box::pin(Self::tested_gpu(Rc::clone(&plan), seed, sample));
            match opening.await {
                // The device was there from before, and lost while nobody used it: there may be another.
                Err(ExecError::Lost { .. }) if is_first => is_first = false,
                outcome => return outcome,
            }
        }
    }

    async fn tested_gpu(plan: Rc<Plan>, seed: u32, sample: &dyn Fn() -> Sample) -> Result<Self, ExecError> {
        let device = GpuDevice::shared().await?;
        device.test(&plan, sample).await?;
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
        let (mut n_steps, mut n_more) = (0, 1);
        while n_steps == 0 || (n_steps < TRIAL_STEPS && millis() < TRIAL_MILLIS) {
            let before = millis();
            self.run(Section::Train, n_more);
            self.read(&[probe]).await?;
            n_steps += n_more;
            // A GPU gets more at a time, as in training: reading back takes long.
            if self.device().kind != DeviceKind::Cpu && millis() - before < SUBMIT_MILLIS {
                n_more = (2 * n_more).min(TRIAL_STEPS);
            }
        }
        Ok(millis() / n_steps as f32)
    }
}
