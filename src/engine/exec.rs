//! Runs plans. The CPU executor calls each kernel's twin; the GPU executor records and submits its WGSL.

use serde::{Deserialize, Serialize};
use tsify::Tsify;

/// Which engine a run asks for.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Serialize, Deserialize, Tsify)]
#[serde(rename_all = "kebab-case")]
pub enum DeviceChoice {
    /// The faster of the two in a short timed trial; the CPU if there is no GPU.
    #[default]
    Auto,
    /// WebGPU (Vulkan natively), or an error.
    Gpu,
    /// The CPU, with SIMD in the browser.
    Cpu,
}

/// What an engine runs on.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize, Tsify)]
#[serde(rename_all = "kebab-case")]
pub enum DeviceKind {
    /// A GPU.
    Gpu,
    /// A GPU emulated by software (a fallback adapter).
    GpuSoftware,
    /// The CPU.
    Cpu,
}

/// Milliseconds per training step in the trial that chose the engine.
#[derive(Clone, Copy, PartialEq, Debug, Serialize, Deserialize, Tsify)]
#[serde(rename_all = "camelCase")]
pub struct Trial {
    /// On the CPU.
    pub cpu_millis: f32,
    /// On the GPU.
    pub gpu_millis: f32,
}

/// The engine that a run got.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize, Tsify)]
#[serde(rename_all = "camelCase")]
pub struct DeviceInfo {
    /// What it runs on.
    pub kind: DeviceKind,
    /// The adapter's own name, or as much of it as a browser tells; may be empty.
    pub name: String,
    /// The trial behind [`DeviceChoice::Auto`], if there was one.
    pub trial: Option<Trial>,
}

pub mod choose;
pub mod cpu;
pub mod gpu;

use crate::engine::plan::{Section, Slot};
use cpu::CpuExecutor;
use gpu::GpuExecutor;
use thiserror::Error;

/// The longest that a GPU may take for an answer.
pub const PATIENCE_SECONDS: u16 = 10;

/// The longest that steps submitted to a GPU together should take: what draws the page waits for them.
pub const SUBMIT_MILLIS: f32 = 8.0;

/// Holds the memory of a plan and runs its sections.
pub enum Executor {
    /// Runs the kernels' twins, at once.
    Cpu(CpuExecutor),
    /// Runs the kernels' WGSL, queued.
    Gpu(Box<GpuExecutor>),
}

/// Why an engine is not available or has failed.
#[derive(Clone, PartialEq, Debug, Error)]
pub enum ExecError {
    /// No adapter, or no API to ask for one.
    #[error("no GPU is available: {reason}")]
    NoGpu {
        /// The system's message.
        reason: String,
    },
    /// The adapter offers less than a plan needs.
    #[error("the GPU cannot provide what this run needs: {reason}")]
    Limits {
        /// The system's message.
        reason: String,
    },
    /// The device was lost, while working or while idle.
    #[error("the GPU was lost: {reason}")]
    Lost {
        /// The system's message.
        reason: String,
    },
    /// There was not enough memory for the plan.
    #[error("the GPU does not have enough memory for this run: {reason}")]
    OutOfMemory {
        /// The system's message.
        reason: String,
    },
    /// It has not answered for [`PATIENCE_SECONDS`].
    #[error("the GPU was asked {what} and did not answer for {PATIENCE_SECONDS} s")]
    Silent {
        /// What it was asked for.
        what: &'static str,
    },
    /// It computes something other than the CPU does.
    #[error("the GPU{named} computes {gpu} where the CPU computes {cpu}, {what}")]
    Wrong {
        /// Its name in brackets, after a space; empty if it has none.
        named: String,
        /// What was computed, as in "as the loss of step 5".
        what: String,
        /// The GPU's number.
        gpu: f32,
        /// The CPU's.
        cpu: f32,
    },
    /// A shader, pipeline, buffer or command was refused.
    #[error("the GPU refused {what}: {reason}")]
    Refused {
        /// What was refused.
        what: String,
        /// The system's message.
        reason: String,
    },
}

impl Executor {
    /// Copies `bytes` into `slot`, starting at 32-bit word `offset`.
    ///
    /// # Panics
    /// If the bytes are not whole words or reach past the end of the slot.
    pub fn write(&mut self, slot: Slot, offset: u32, bytes: &[u8]) {
        match self {
            Self::Cpu(cpu) => cpu.write(slot, offset, bytes),
            Self::Gpu(gpu) => gpu.write(slot, offset, bytes),
        }
    }

    /// Runs a section `n_times`. The CPU is done on return; the GPU has one more submission in its queue.
    pub fn run(&mut self, section: Section, n_times: u32) {
        match self {
            Self::Cpu(cpu) => cpu.run(section, n_times),
            Self::Gpu(gpu) => gpu.run(section, n_times),
        }
    }

    /// Resets all memory to what the plan starts with, with parameters drawn from `seed`.
    pub fn restart(&mut self, seed: u32) {
        match self {
            Self::Cpu(cpu) => cpu.restart(seed),
            Self::Gpu(gpu) => gpu.restart(seed),
        }
    }

    /// Returns the contents of `slots` once everything queued so far is done.
    ///
    /// # Errors
    /// [`ExecError`] if the GPU has failed or been lost at any time before.
    pub async fn read(&mut self, slots: &[Slot]) -> Result<Vec<Vec<f32>>, ExecError> {
        match self {
            Self::Cpu(cpu) => Ok(slots.iter().map(|&slot| cpu.read(slot)).collect()),
            Self::Gpu(gpu) => gpu.read(slots).await,
        }
    }

    /// Whether it is a GPU that computes something other than the CPU does, as far as that is known.
    pub fn is_wrong(&self) -> bool {
        match self {
            Self::Cpu(_) => false,
            Self::Gpu(gpu) => matches!(gpu.gpu_device().check(), Err(ExecError::Wrong { .. })),
        }
    }

    /// Records that it computed `gpu`, as `what`, where the CPU computes `cpu`: a GPU is not used again.
    pub fn wrong(&self, what: String, gpu: f32, cpu: f32) -> ExecError {
        match self {
            Self::Cpu(_) => ExecError::Wrong { named: String::new(), what, gpu, cpu },
            Self::Gpu(executor) => executor.gpu_device().wrong(what, gpu, cpu),
        }
    }

    /// What it runs on.
    pub fn device(&self) -> DeviceInfo {
        match self {
            Self::Cpu(_) => DeviceInfo { kind: DeviceKind::Cpu, name: String::new(), trial: None },
            Self::Gpu(gpu) => gpu.device(),
        }
    }
}
