//! Runs kernels' twins without the executor, so that a fault in one cannot hide in the other.

use blue_cube::kernel::{Bindings, Kernel, Params, View};
use blue_cube::plan::{Pass, Plan, Slot};
use std::cell::RefCell;

/// Returns the contents of one kernel's bindings after its twin has run on them.
pub(crate) fn run_twin(kernel: Kernel, params: &Params, bound: &[Vec<f32>]) -> Vec<Vec<f32>> {
    let buffers: Vec<RefCell<Vec<f32>>> = bound.iter().cloned().map(RefCell::new).collect();
    let views: Vec<View> = (0..).zip(bound).map(|(buffer, words)| whole(buffer, words.len())).collect();
    (kernel.info().twin)(params, &Bindings::new(&buffers, &views, &RefCell::default()));
    buffers.into_iter().map(RefCell::into_inner).collect()
}

fn whole(buffer: u32, len: usize) -> View {
    View { buffer, offset: 0, len: u32::try_from(len).expect("short") }
}

/// The buffers of a plan.
pub(crate) struct Memory<'a> {
    plan: &'a Plan,
    buffers: Vec<RefCell<Vec<f32>>>,
    scratch: RefCell<Vec<f32>>,
}

impl<'a> Memory<'a> {
    pub(crate) fn new(plan: &'a Plan, seed: u32) -> Self {
        let n_buffers = u32::try_from(plan.buffers().len()).expect("few");
        let buffers = (0..n_buffers).map(|buffer| RefCell::new(plan.start_values(buffer, seed))).collect();
        Self { plan, buffers, scratch: RefCell::default() }
    }

    fn range(&self, slot: Slot) -> (usize, std::ops::Range<usize>) {
        let view = self.plan.view(slot);
        (view.buffer as usize, view.offset as usize..(view.offset + view.len) as usize)
    }

    pub(crate) fn read(&self, slot: Slot) -> Vec<f32> {
        let (buffer, range) = self.range(slot);
        self.buffers[buffer].borrow()[range].to_vec()
    }

    pub(crate) fn write(&self, slot: Slot, values: &[f32]) {
        let (buffer, range) = self.range(slot);
        self.buffers[buffer].borrow_mut()[range].copy_from_slice(values);
    }

    /// Returns the whole buffer with this label, if there is one.
    pub(crate) fn buffer(&self, label: &str) -> Option<Vec<f32>> {
        let at = self.plan.buffers().position(|(found, _)| found == label)?;
        Some(self.buffers[at].borrow().clone())
    }

    pub(crate) fn run(&self, passes: &[Pass]) {
        for pass in passes {
            let views: Vec<View> = pass.slots.iter().map(|&slot| self.plan.view(slot)).collect();
            (pass.kernel.info().twin)(&pass.params, &Bindings::new(&self.buffers, &views, &self.scratch));
        }
    }
}
