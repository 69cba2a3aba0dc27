//! A plan: every pass of a training step and of an evaluation, recorded once per model and batch size, run by either
//! engine.
//!
//! Holds no values and touches no device.

pub mod parameter;

use crate::engine::random::Init;
use crate::kernel::tick::Clock;
use crate::kernel::{Access, View};
pub use crate::kernel::{Pass, Slot, Tensor};
use crate::norms::shape::Shape;
use arrayvec::ArrayVec;
pub use parameter::{Parameter, ParameterInfo};
use parameter::{Part, Tuning};
use thiserror::Error;

/// A part of a plan that is run by itself.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Section {
    /// Forward, loss, backward, update.
    Train,
    /// Forward and loss, with dropout off and running statistics.
    Evaluate,
    /// The same with the batch's own statistics, if running ones are kept; otherwise empty.
    EvaluateByBatch,
}

/// What a buffer starts with.
#[derive(Clone, PartialEq, Debug)]
enum Start {
    /// Undefined: a pass must write it before another reads it.
    Unwritten,
    /// Zeros, to be written from outside or updated in place.
    Zeros,
    /// These words, repeated.
    Words(Vec<f32>),
}

struct Buffer {
    label: String,
    len: u32,
    start: Start,
}

/// Every pass of a model on a batch, with the memory they need.
pub struct Plan {
    buffers: Vec<Buffer>,
    views: Vec<View>,
    passes: Vec<Pass>,
    /// The number of passes up to the end of the first section, and of the second.
    ends: ArrayVec<usize, 2>,
    parameters: Vec<ParameterInfo>,
}

/// Why a plan is invalid.
#[derive(Clone, PartialEq, Debug, Error)]
pub enum PlanError {
    /// A pass reads what no pass before it has written.
    #[error("pass {pass} ({kernel}) reads {buffer}, which nothing has written")]
    ReadBeforeWrite {
        /// Index of the pass.
        pass: usize,
        /// Its kernel's label.
        kernel: &'static str,
        /// The buffer's label.
        buffer: String,
    },
    /// A pass writes a buffer and binds it a second time, which neither engine can do.
    #[error("pass {pass} ({kernel}) writes {buffer} and binds it twice")]
    Aliased {
        /// Index of the pass.
        pass: usize,
        /// Its kernel's label.
        kernel: &'static str,
        /// The buffer's label.
        buffer: String,
    },
    /// A buffer larger than what every GPU can bind.
    #[error("{buffer} needs {mebibytes} MiB, and a buffer holds at most 128 MiB: make the batch smaller")]
    TooLarge {
        /// The buffer's label.
        buffer: String,
        /// Its size.
        mebibytes: u32,
    },
}

/// Words of the largest buffer: 128 MiB, the binding size that every WebGPU device offers.
const MAX_BUFFER_WORDS: u32 = (128 << 20) / 4;

/// Views start at multiples of this many words: 256 bytes, the offset alignment that every WebGPU device accepts.
const VIEW_ALIGNMENT: u32 = 64;

/// Words in a clock.
const CLOCK_WORDS: u32 = (size_of::<Clock>() / 4) as u32;

impl Plan {
    /// The passes of a section, in order.
    pub fn passes(&self, section: Section) -> &[Pass] {
        let end = |section_idx: usize| self.ends.get(section_idx).copied().unwrap_or(self.passes.len());
        match section {
            Section::Train => &self.passes[..end(0)],
            Section::Evaluate => &self.passes[end(0)..end(1)],
            Section::EvaluateByBatch => &self.passes[end(1)..],
        }
    }

    /// All passes.
    pub fn all_passes(&self) -> &[Pass] {
        &self.passes
    }

    /// The trainable parameters, in the order of the layers.
    pub fn parameters(&self) -> &[ParameterInfo] {
        &self.parameters
    }

    /// The number of trainable values.
    pub fn n_parameters(&self) -> u32 {
        self.parameters.iter().map(ParameterInfo::n_trained).sum()
    }

    /// The number of words that the parameters occupy, as do the optimizer's tables that run parallel to them.
    pub fn parameters_len(&self) -> u32 {
        self.buffers[PARAMETERS as usize].len
    }

    /// Where a slot is.
    pub fn view(&self, slot: Slot) -> View {
        self.views[slot.idx() as usize]
    }

    /// The label and the length in words of every buffer.
    pub fn buffers(&self) -> impl ExactSizeIterator<Item = (&str, u32)> {
        self.buffers.iter().map(|buffer| (buffer.label.as_str(), buffer.len))
    }

    /// Returns what every buffer starts with; parameters start by their own rule, from `seed`.
    pub fn start_values(&self, buffer_idx: u32, seed: u32) -> Vec<f32> {
        let buffer = &self.buffers[buffer_idx as usize];
        let mut words = match &buffer.start {
            Start::Unwritten | Start::Zeros => vec![0.0; buffer.len as usize],
            Start::Words(words) => words.iter().copied().cycle().take(buffer.len as usize).collect(),
        };
        if buffer_idx == PARAMETERS {
            for info in &self.parameters {
                let view = self.view(info.parameter.value);
                words[view.offset as usize..(view.offset + view.len) as usize]
                    .copy_from_slice(&info.start_values(seed));
            }
        }
        words
    }

    /// The label and slot of everything that lasts from step to step besides the parameters, as made by
    /// [`PlanBuilder::state`].
    pub fn kept(&self) -> impl Iterator<Item = (&str, Slot)> {
        let kept = self.state().into_iter().filter(|&slot| self.view(slot).buffer != PARAMETERS);
        kept.map(|slot| (self.buffers[self.view(slot).buffer as usize].label.as_str(), slot))
    }

    /// The slots whose contents make up the state of a training run: parameters, what the optimizer and the norms keep,
    /// and the clocks. Everything else follows from them and from the input.
    pub fn state(&self) -> Vec<Slot> {
        let kept = |view: &View| {
            let buffer = &self.buffers[view.buffer as usize];
            let is_kept = view.buffer == PARAMETERS || matches!(buffer.start, Start::Words(_));
            is_kept && view.offset == 0 && view.len == buffer.len
        };
        (0..).zip(&self.views).filter(|(_, view)| kept(view)).map(|(slot, _)| Slot::new(slot)).collect()
    }
}

const PARAMETERS: u32 = 0;
const GRADIENTS: u32 = 1;

/// Builds a plan.
pub struct PlanBuilder {
    plan: Plan,
}

impl Default for PlanBuilder {
    fn default() -> Self {
        Self::new()
    }
}

impl PlanBuilder {
    /// A plan with no passes and no memory.
    pub fn new() -> Self {
        let plan = Plan {
            buffers: Vec::new(),
            views: Vec::new(),
            passes: Vec::new(),
            ends: ArrayVec::new(),
            parameters: Vec::new(),
        };
        let mut builder = Self { plan };
        builder.buffer("parameters", 0, Start::Zeros);
        builder.buffer("gradients", 0, Start::Zeros);
        builder
    }

    /// Memory that is written from outside before each run.
    pub fn input(&mut self, label: &str, len: u32) -> Slot {
        self.whole(label, len, Start::Zeros)
    }

    /// Memory that lasts from step to step and starts with `words`, repeated.
    pub fn state(&mut self, label: &str, len: u32, words: &[f32]) -> Slot {
        self.whole(label, len, Start::Words(words.to_vec()))
    }

    /// The clock of a section: see [`Clock`].
    pub fn clock(&mut self, label: &str) -> Slot {
        self.state(label, CLOCK_WORDS, &[0.0])
    }

    /// Memory that one pass writes and later ones read.
    pub fn scratch(&mut self, label: &str, len: u32) -> Slot {
        self.whole(label, len, Start::Unwritten)
    }

    /// A table of `n` items that one pass writes and later ones read.
    pub fn table<T>(&mut self, label: &str, n: u32) -> Slot<T> {
        self.scratch(label, n * (size_of::<T>() / 4) as u32).cast()
    }

    /// A tensor that one pass writes and later ones read.
    pub fn tensor(&mut self, label: &str, shape: Shape) -> Tensor {
        Tensor { slot: self.scratch(label, shape.len()), shape }
    }

    /// A trainable parameter of `len` values.
    pub fn parameter(&mut self, label: String, len: u32, init: Init) -> Parameter {
        self.parameter_of(label, len, &[Part::Trained(Tuning::free(init))], 1.0)
    }

    /// A parameter of one or two parts of `part_len` values each, trained at `rate_factor` times the learning rate.
    pub fn parameter_of(&mut self, label: String, part_len: u32, parts: &[Part], rate_factor: f32) -> Parameter {
        let len = part_len * parts.len() as u32;
        let offset = self.plan.buffers[PARAMETERS as usize].len;
        for buffer in [PARAMETERS, GRADIENTS] {
            self.plan.buffers[buffer as usize].len = (offset + len).next_multiple_of(VIEW_ALIGNMENT);
        }
        let value = self.view(View { buffer: PARAMETERS, offset, len });
        let gradient = self.view(View { buffer: GRADIENTS, offset, len });
        let parameter = Parameter { value, gradient };
        let parts = parts.iter().copied().collect();
        self.plan.parameters.push(ParameterInfo { label, parameter, part_len, parts, rate_factor });
        parameter
    }

    /// Appends a pass, as made by the `pass` function of a kernel's module.
    pub fn push(&mut self, pass: Pass) {
        self.plan.passes.push(pass);
    }

    /// All parameters as one, with their gradients, and the number of words in them. Call it after the last parameter.
    pub fn all_parameters(&mut self) -> (Parameter, u32) {
        let len = self.plan.buffers[PARAMETERS as usize].len;
        let mut whole = |buffer| self.view(View { buffer, offset: 0, len });
        (Parameter { value: whole(PARAMETERS), gradient: whole(GRADIENTS) }, len)
    }

    /// The range of these neighbouring parameters in slots that run parallel to [`PlanBuilder::all_parameters`], and
    /// its number of words. Returns the slots themselves if the range is all of them.
    pub fn along<const N: usize>(&mut self, neighbours: &[ParameterInfo], whole: [Slot; N]) -> ([Slot; N], u32) {
        let [first, last] = [neighbours.first(), neighbours.last()]
            .map(|info| self.plan.view(info.expect("at least one parameter").parameter.value));
        let len = (last.offset + last.len).next_multiple_of(VIEW_ALIGNMENT) - first.offset;
        if len == self.plan.buffers[PARAMETERS as usize].len {
            return (whole, len);
        }
        (whole.map(|slot| self.view(View { offset: first.offset, len, ..self.plan.view(slot) })), len)
    }

    /// The trainable parameters so far.
    pub fn parameters(&self) -> &[ParameterInfo] {
        &self.plan.parameters
    }

    /// Starts the next section, to which all later passes belong: [`Section::Evaluate`], then
    /// [`Section::EvaluateByBatch`].
    ///
    /// # Panics
    /// If both have begun.
    pub fn begin_evaluation(&mut self) {
        self.plan.ends.push(self.plan.passes.len());
    }

    /// Checks the plan and returns it.
    ///
    /// # Errors
    /// [`PlanError`] if a pass reads what nothing wrote, binds what it writes twice, or a buffer is too large.
    pub fn finish(self) -> Result<Plan, PlanError> {
        if let Some(buffer) = self.plan.buffers.iter().find(|buffer| buffer.len > MAX_BUFFER_WORDS) {
            return Err(PlanError::TooLarge { buffer: buffer.label.clone(), mebibytes: buffer.len.div_ceil(1 << 18) });
        }
        let mut written: Vec<bool> = self.plan.buffers.iter().map(|buffer| buffer.start != Start::Unwritten).collect();
        for (pass_idx, pass) in self.plan.passes.iter().enumerate() {
            self.check(pass_idx, pass, &mut written)?;
        }
        Ok(self.plan)
    }

    fn check(&self, pass_idx: usize, pass: &Pass, written: &mut [bool]) -> Result<(), PlanError> {
        let info = pass.kernel.info();
        let buffer_of = |slot: &Slot| self.plan.view(*slot).buffer;
        let label = |buffer: u32| self.plan.buffers[buffer as usize].label.clone();
        for (slot, access) in pass.slots.iter().zip(info.bindings) {
            let buffer = buffer_of(slot);
            let n_uses = pass.slots.iter().filter(|other| buffer_of(other) == buffer).count();
            match access {
                Access::ReadWrite if n_uses > 1 => {
                    return Err(PlanError::Aliased { pass: pass_idx, kernel: info.label, buffer: label(buffer) });
                }
                Access::Read if !written[buffer as usize] => {
                    return Err(PlanError::ReadBeforeWrite {
                        pass: pass_idx,
                        kernel: info.label,
                        buffer: label(buffer),
                    });
                }
                Access::ReadWrite => written[buffer as usize] = true,
                Access::Read => {}
            }
        }
        Ok(())
    }

    fn whole(&mut self, label: &str, len: u32, start: Start) -> Slot {
        let buffer = self.buffer(label, len, start);
        self.view(View { buffer, offset: 0, len })
    }

    fn buffer(&mut self, label: &str, len: u32, start: Start) -> u32 {
        self.plan.buffers.push(Buffer { label: label.to_owned(), len, start });
        self.plan.buffers.len() as u32 - 1
    }

    fn view(&mut self, view: View) -> Slot {
        self.plan.views.push(view);
        Slot::new(self.plan.views.len() as u32 - 1)
    }
}
