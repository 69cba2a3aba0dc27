//! Runs a plan by calling each kernel's twin, in order, on one thread. Allocates nothing after construction.

use crate::engine::plan::{Pass, Plan, Section, Slot};
use crate::kernel::{Bindings, View};
use arrayvec::ArrayVec;
use std::cell::RefCell;
use std::rc::Rc;

/// The memory of a plan on the CPU.
pub struct CpuExecutor {
    plan: Rc<Plan>,
    buffers: Vec<RefCell<Vec<f32>>>,
    scratch: RefCell<Vec<f32>>,
}

impl CpuExecutor {
    /// Allocates the memory of `plan`, with parameters from `seed`.
    pub fn new(plan: Rc<Plan>, seed: u32) -> Self {
        let n_buffers = plan.buffers().len() as u32;
        let buffers = (0..n_buffers).map(|buffer_idx| RefCell::new(plan.start_values(buffer_idx, seed))).collect();
        Self { plan, buffers, scratch: RefCell::default() }
    }

    pub(super) fn restart(&mut self, seed: u32) {
        for (buffer_idx, buffer) in (0..).zip(&mut self.buffers) {
            *buffer.get_mut() = self.plan.start_values(buffer_idx, seed);
        }
    }

    pub(super) fn write(&mut self, slot: Slot, offset: u32, bytes: &[u8]) {
        let view = self.plan.view(slot);
        let buffer = self.buffers[view.buffer as usize].get_mut();
        let words = &mut buffer[view.offset as usize..(view.offset + view.len) as usize][offset as usize..];
        bytemuck::cast_slice_mut(&mut words[..bytes.len() / 4]).copy_from_slice(bytes);
    }

    pub(super) fn run(&mut self, section: Section, n_times: u32) {
        for _ in 0..n_times {
            for pass in self.plan.passes(section) {
                self.run_pass(pass);
            }
        }
    }

    pub(super) fn run_pass(&self, pass: &Pass) {
        let views: ArrayVec<View, 8> = pass.slots.iter().map(|&slot| self.plan.view(slot)).collect();
        (pass.kernel.info().twin)(&pass.params, &Bindings::new(&self.buffers, &views, &self.scratch));
    }

    /// The contents of a slot.
    pub fn read(&self, slot: Slot) -> Vec<f32> {
        let view = self.plan.view(slot);
        self.buffers[view.buffer as usize].borrow()[view.offset as usize..(view.offset + view.len) as usize].to_vec()
    }
}
