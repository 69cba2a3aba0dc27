//! Runs plans. The CPU executor calls each kernel's twin; the GPU executor records and submits its WGSL.

use serde::{Deserialize, Serialize};
use tsify::Tsify;

/// Which engine a run asks for.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Serialize, Deserialize, Tsify)]
#[serde(rename_all = "kebab-case")]
pub enum DeviceChoice {
    /// The faster of the two, by a short timed trial; the CPU where there is no GPU.
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

/// Milliseconds a training step in the trial that chose the engine.
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
    /// The adapter's own name; empty where it has none, as in browsers.
    pub name: String,
    /// The trial behind [`DeviceChoice::Auto`], if there was one.
    pub trial: Option<Trial>,
}
