//! Tests a GPU before it is trusted: every pipeline in use, once per device, against its kernel's twin.
//!
//! A small plan of the same kernels runs on the CPU. Before a pass whose pipeline is untested, the GPU gets what the pass
//! binds; afterwards it must hold what the twin left. Each kernel thus meets the data that the kernels before it make,
//! and no error is carried from one to the next. The outcome is kept as long as the device is open and no longer: a
//! test takes well under a second, drivers change between visits, and browsers do not say which GPU they use.

use super::device::GpuDevice;
use super::{Binding, Dispatch, PARAMS_STRIDE, WG_SIZE, bind, params_buffer, start_buffer, workgroups};
use crate::engine::exec::ExecError;
use crate::engine::exec::cpu::CpuExecutor;
use crate::engine::plan::{Pass, Plan, Slot};
use crate::kernel::{Access, Bindings, Kernel, Layout, View};
use std::cell::RefCell;
use std::rc::Rc;

/// A small plan of the kernels in use, and what its inputs hold.
pub struct Sample {
    /// The plan.
    pub plan: Rc<Plan>,
    /// Words from the start of slots; the other inputs are zeros.
    pub inputs: Vec<(Slot, Vec<f32>)>,
}

impl Sample {
    /// `len` numbers from −2 to 2 for an input that may hold anything.
    pub fn numbers(len: u32) -> Vec<f32> {
        (0..len).map(|at| (at.wrapping_mul(2_654_435_761) >> 8) as f32 / (1 << 22) as f32 - 2.0).collect()
    }
}

/// Where GPU and CPU differ.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Difference {
    /// Which kernel.
    pub kernel: Kernel,
    /// How many invocations shared an item.
    pub lanes: u32,
    /// What the GPU computed.
    pub gpu: f32,
    /// What the CPU computed.
    pub cpu: f32,
}

/// What the GPU may differ by, as a share of the largest change that the kernel makes in that field. Our own tests find
/// less than 1e-5; a device's tanh and exp may be coarser than the one that they run on.
const TOLERANCE: f32 = 1e-3;

/// What it may differ by for each round of an item's loop, as a share of the largest number bound: sums that cancel are
/// only rounding.
const ROUNDING: f32 = 1e-6;

/// Numbers from here on are not numbers, but bytes or integers as words.
const LARGEST: f32 = 1e20;

/// The seed of the sample's parameters.
const SEED: u32 = 1;

impl GpuDevice {
    /// Tests the pipelines of `plan` that have not been tested on this device, with `sample`.
    ///
    /// # Errors
    /// [`ExecError::Wrong`] for the first that computes something other than the CPU does, and any error of the device.
    /// The device then has failed.
    pub async fn test(&self, plan: &Plan, sample: impl FnOnce() -> Sample) -> Result<(), ExecError> {
        let mut untested = self.untested(plan);
        if untested.is_empty() {
            return Ok(());
        }
        let differences = self.differences(&sample(), &mut untested).await?;
        match differences.first() {
            None => Ok(()),
            Some(&Difference { kernel, gpu, cpu, .. }) => {
                Err(self.wrong(format!("in a test of {}", kernel.info().label), gpu, cpu))
            }
        }
    }

    /// The pipelines that `plan` uses on this device and that have not been tested.
    pub fn untested(&self, plan: &Plan) -> Vec<(Kernel, u32)> {
        let trusted = self.trusted.borrow();
        let mut untested = Vec::new();
        for pass in plan.all_passes() {
            let pipeline = (pass.kernel, self.lanes_for(pass.item_len));
            if !trusted.contains(&pipeline) && !untested.contains(&pipeline) {
                untested.push(pipeline);
            }
        }
        untested
    }

    /// Runs the pipelines of `untested` that the sample has, which are removed from it; returns where GPU and CPU
    /// differ.
    ///
    /// # Errors
    /// Any error of the device.
    pub async fn differences(
        &self,
        sample: &Sample,
        untested: &mut Vec<(Kernel, u32)>,
    ) -> Result<Vec<Difference>, ExecError> {
        let plan = &sample.plan;
        let mut cpu = CpuExecutor::new(Rc::clone(plan), SEED);
        for (slot, words) in &sample.inputs {
            cpu.write(*slot, 0, bytemuck::cast_slice(words));
        }
        let mut differences = Vec::new();
        for pass in plan.all_passes() {
            let mut lanes = [1, WG_SIZE].to_vec();
            lanes.retain(|&lanes| lanes == 1 || pass.item_len > 1);
            lanes.retain(|&lanes| untested.contains(&(pass.kernel, lanes)));
            if lanes.is_empty() {
                cpu.run_pass(pass);
                continue;
            }
            let bound = |cpu: &CpuExecutor| pass.slots.iter().map(|&slot| cpu.read(slot)).collect::<Vec<_>>();
            let mut before = bound(&cpu);
            cpu.run_pass(pass);
            let mut after = bound(&cpu);
            // A GPU that leaves everything as it was would go unnoticed: here sums cancel, for example.
            if difference(pass, &before, &after, &before).is_none() {
                (before, after) = with_noise(pass, before);
            }
            for lanes in lanes {
                let pipeline = (pass.kernel, lanes);
                let gpu = self.run_alone(pass, lanes, &before).await?;
                untested.retain(|&other| other != pipeline);
                match difference(pass, &before, &after, &gpu) {
                    Some((gpu, cpu)) => differences.push(Difference { kernel: pass.kernel, lanes, gpu, cpu }),
                    None => self.trusted.borrow_mut().push(pipeline),
                }
            }
        }
        Ok(differences)
    }

    /// Returns what a pass leaves in its bindings, which hold `bound` before.
    async fn run_alone(&self, pass: &Pass, lanes: u32, bound: &[Vec<f32>]) -> Result<Vec<Vec<f32>>, ExecError> {
        let label = pass.kernel.info().label;
        let buffers = bound.iter().map(|words| start_buffer(self, label, words)).collect::<Result<Vec<_>, _>>()?;
        let params = params_buffer(self, std::slice::from_ref(pass))?;
        let pipeline = self.pipeline(pass.kernel, lanes);
        self.check()?;
        let wholes = buffers.iter().map(|buffer| Binding { buffer, offset: 0, n_bytes: buffer.size() });
        let params = Binding { buffer: &params, offset: 0, n_bytes: PARAMS_STRIDE as u64 };
        let bindings = bind(self, pass.kernel, &pipeline, params, wholes)?;
        let dispatch = Dispatch { pipeline, bindings, n_workgroups: workgroups(pass.n_items, lanes) };
        self.submit([&dispatch].into_iter());
        let n_bytes = buffers.iter().map(wgpu::Buffer::size).sum();
        let staging = self.staging(n_bytes)?;
        let copied = buffers.iter().map(|buffer| (buffer, 0, buffer.size()));
        let words = self.read(&staging, n_bytes, copied).await;
        buffers.iter().chain([&staging]).for_each(wgpu::Buffer::destroy);
        let words = words?;
        let mut rest = &words[..];
        let mut next = |len| rest.split_off(..len).unwrap_or_default().to_vec();
        Ok(bound.iter().map(|words| next(words.len())).collect())
    }
}

/// What a pass binds with noise for the numbers that it reads, and what its twin makes of it.
fn with_noise(pass: &Pass, mut bound: Vec<Vec<f32>>) -> (Vec<Vec<f32>>, Vec<Vec<f32>>) {
    let info = pass.kernel.info();
    for ((words, access), layout) in bound.iter_mut().zip(info.bindings).zip(info.layouts) {
        if *access == Access::Read && layout.are_floats {
            *words = Sample::numbers(words.len() as u32);
        }
    }
    let buffers: Vec<_> = bound.iter().cloned().map(RefCell::new).collect();
    let view = |(buffer, words): (u32, &Vec<f32>)| View { buffer, offset: 0, len: words.len() as u32 };
    let views: Vec<_> = (0..).zip(&bound).map(view).collect();
    (info.twin)(&pass.params, &Bindings::new(&buffers, &views, &RefCell::default()));
    (bound, buffers.into_iter().map(RefCell::into_inner).collect())
}

/// Where `gpu` differs most from what the twin left, and the twin's number; none if it does not differ.
fn difference(pass: &Pass, before: &[Vec<f32>], after: &[Vec<f32>], gpu: &[Vec<f32>]) -> Option<(f32, f32)> {
    let info = pass.kernel.info();
    let largest = before.iter().chain(after).flatten().fold(0.0, |largest, &word| greater(largest, word));
    let rounding = ROUNDING * pass.item_len as f32 * largest;
    let mut worst = None;
    for (at, (access, &layout)) in info.bindings.iter().zip(info.layouts).enumerate() {
        let [before, after, gpu] = [before, after, gpu].map(|all| numbers(layout, &all[at]));
        for field in 0..layout.words {
            let of_field = |words: &[f32]| words.iter().copied().skip(field).step_by(layout.words).collect::<Vec<_>>();
            let [before, after, gpu] = [&before, &after, &gpu].map(|words| of_field(words));
            let tolerance = match access {
                // What the GPU only reads must come back to the bit.
                Access::Read => -1.0,
                Access::ReadWrite => {
                    let changes = before.iter().zip(&after).map(|(before, after)| after - before);
                    TOLERANCE * changes.fold(0.0, greater) + rounding
                }
            };
            for (gpu, cpu) in gpu.into_iter().zip(after) {
                let is_same = gpu.to_bits() == cpu.to_bits() || (gpu - cpu).abs() <= tolerance;
                let is_worse = worst
                    .is_none_or(|(gpu_then, cpu_then): (f32, f32)| (gpu - cpu).abs() > (gpu_then - cpu_then).abs());
                if !is_same && is_worse {
                    worst = Some((gpu, cpu));
                }
            }
        }
    }
    worst
}

/// The greater size, if `word` is a number.
fn greater(largest: f32, word: f32) -> f32 {
    if word.abs() < LARGEST { largest.max(word.abs()) } else { largest }
}

/// The words as numbers: the two parts of a mean, which engines may split as they like, in one.
fn numbers(layout: Layout, words: &[f32]) -> Vec<f32> {
    let mut numbers = words.to_vec();
    if layout.are_moments {
        for moments in numbers.as_chunks_mut::<4>().0 {
            (moments[1], moments[2]) = (moments[1] + moments[2], 0.0);
        }
    }
    numbers
}
