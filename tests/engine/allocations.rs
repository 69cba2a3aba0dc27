//! A training step on the CPU allocates nothing once the run is set up.

use blue_cube::exec::Executor;
use blue_cube::exec::cpu::CpuExecutor;
use blue_cube::grouping::tiling::Axis;
use blue_cube::model::ModelSpec;
use blue_cube::norm::{AxesNorm, Norm};
use blue_cube::optimizer::Adam;
use blue_cube::plan::Section;
use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;
use std::rc::Rc;

struct Counting;

thread_local! {
    static N_ALLOCATIONS: Cell<usize> = const { Cell::new(0) };
}

#[expect(unsafe_code, reason = "the allocator trait is unsafe; each call is passed on as it is")]
// SAFETY: every method only counts and forwards to the system's allocator.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        N_ALLOCATIONS.set(N_ALLOCATIONS.get() + 1);
        // SAFETY: the caller upholds the contract, which is the system allocator's.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        // SAFETY: the caller upholds the contract, which is the system allocator's.
        unsafe { System.dealloc(pointer, layout) }
    }
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;

#[test]
fn a_step_allocates_nothing() {
    let axes = |axes: &[Axis]| Norm::Axes(AxesNorm::over(axes));
    for norm in [Norm::Batch, axes(&[Axis::C]), axes(&[Axis::N, Axis::C, Axis::H, Axis::W])] {
        let planned = ModelSpec::tutorial(norm).plan(4, 4).unwrap();
        let mut executor = Executor::Cpu(CpuExecutor::new(Rc::new(planned.plan), 1));
        let clock = Adam::KERAS.clock(1, 1e-3);
        executor.write(planned.train.clock, 0, bytemuck::bytes_of(&clock));
        // The first step grows the kernels' working memory.
        executor.run(Section::Train, 1);
        let before = N_ALLOCATIONS.get();
        executor.run(Section::Train, 3);
        assert_eq!(N_ALLOCATIONS.get() - before, 0, "allocations in three steps with {norm:?}");
        drop(vec![0_u8; 64]);
        assert!(N_ALLOCATIONS.get() > before, "the counter counts");
    }
}
