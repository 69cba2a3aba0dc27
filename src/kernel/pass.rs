//! What a plan records of a kernel: its parameters, the memory it binds and how many items it works on.

use super::Kernel;
use crate::norms::shape::Shape;
use arrayvec::ArrayVec;
use bytemuck::{AnyBitPattern, NoUninit, Pod, Zeroable};
use std::fmt;
use std::hash::{Hash, Hasher};
use std::marker::PhantomData;

/// Bytes of the uniform block of any kernel; the largest is a convolution's.
pub const PARAMS_BYTES: usize = 64;

/// The uniform block of one pass: the bytes of the kernel's own parameter struct, zero-filled.
#[repr(C, align(16))]
#[derive(Clone, Copy, PartialEq, Eq, Debug, Pod, Zeroable)]
pub struct Params([u8; PARAMS_BYTES]);

impl Params {
    /// The block that holds `params`.
    pub fn of<T: NoUninit>(params: &T) -> Self {
        Self::of_bytes(bytemuck::bytes_of(params))
    }

    fn of_bytes(bytes: &[u8]) -> Self {
        let mut block = Self::zeroed();
        block.0[..bytes.len()].copy_from_slice(bytes);
        block
    }

    /// Returns the kernel's own struct.
    pub fn get<T: AnyBitPattern>(&self) -> T {
        bytemuck::pod_read_unaligned(&self.0[..size_of::<T>()])
    }
}

/// A range of one of a plan's buffers, bound as a whole. It holds items of type `T`, which is f32 unless stated.
///
/// A kernel receives its slots by name and type:
/// ```
/// # use blue_cube::kernel::scale_shift;
/// # use blue_cube::{plan::PlanBuilder, shape::Shape};
/// # let (mut plan, shape) = (PlanBuilder::new(), Shape::new(2, 3, 4, 4));
/// # let (x, y) = (plan.input("x", shape.len()), plan.scratch("y", shape.len()));
/// let maps = plan.table("maps", shape.n_planes());
/// plan.push(scale_shift::pass(shape, scale_shift::Slots { x, maps, y }));
/// ```
/// so that a slot of the wrong type does not compile:
/// ```compile_fail,E0308
/// # use blue_cube::kernel::scale_shift;
/// # use blue_cube::{norm::PlanePullback, plan::PlanBuilder, shape::Shape};
/// # let (mut plan, shape) = (PlanBuilder::new(), Shape::new(2, 3, 4, 4));
/// # let (x, y) = (plan.input("x", shape.len()), plan.scratch("y", shape.len()));
/// let maps = plan.table::<PlanePullback>("maps", shape.n_planes());
/// plan.push(scale_shift::pass(shape, scale_shift::Slots { x, maps, y }));
/// ```
pub struct Slot<T = f32> {
    idx: u32,
    items: PhantomData<fn() -> T>,
}

impl<T> Slot<T> {
    /// The slot of the plan's view `idx`.
    pub(crate) fn new(idx: u32) -> Self {
        Self { idx, items: PhantomData }
    }

    /// The index of its view in the plan.
    pub(crate) fn idx(self) -> u32 {
        self.idx
    }

    /// The same memory as plain words, which is how executors read and write it.
    pub fn words(self) -> Slot {
        self.cast()
    }

    /// The same memory, treated as items of another type.
    pub fn cast<U>(self) -> Slot<U> {
        Slot::new(self.idx)
    }
}

// If derived, these would require of T what they require of the slot.
impl<T> Clone for Slot<T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T> Copy for Slot<T> {}

impl<T> PartialEq for Slot<T> {
    fn eq(&self, other: &Self) -> bool {
        self.idx == other.idx
    }
}

impl<T> Eq for Slot<T> {}

impl<T> Hash for Slot<T> {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.idx.hash(state);
    }
}

impl<T> fmt::Debug for Slot<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Slot({})", self.idx)
    }
}

/// A slot that holds a tensor.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Tensor {
    /// Where it is.
    pub slot: Slot,
    /// Its shape.
    pub shape: Shape,
}

/// The values, tiles or sums that a pass computes.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Items {
    n: u32,
    len: u32,
}

impl Items {
    /// `n` items, each computed by one invocation.
    pub fn single(n: u32) -> Self {
        Self { n, len: 1 }
    }

    /// `n` items, each a loop of `len` rounds, which LANES invocations may share.
    pub fn shared(n: u32, len: u32) -> Self {
        Self { n, len }
    }
}

/// One dispatch.
#[derive(Clone, Debug)]
pub struct Pass {
    /// What to run.
    pub kernel: Kernel,
    /// Its uniform block.
    pub params: Params,
    /// Its bindings, in the kernel's order.
    pub slots: ArrayVec<Slot, 8>,
    /// The number of values, tiles or sums to compute.
    pub n_items: u32,
    /// The number of rounds in an item's loop, if several invocations may share it; 1 if they may not.
    pub item_len: u32,
}

impl Pass {
    /// A dispatch of `kernel`. Kernels build theirs with `Slots`, which `kernel!` declares.
    // Not inlined into the `pass` of every kernel, to keep the wasm small.
    #[inline(never)]
    pub(super) fn new(kernel: Kernel, params: &[u8], slots: &[Slot], items: Items) -> Self {
        let Items { n: n_items, len: item_len } = items;
        debug_assert!(item_len == 1 || kernel.info().reduces, "{} cannot share items", kernel.info().label);
        Self { kernel, params: Params::of_bytes(params), slots: slots.iter().copied().collect(), n_items, item_len }
    }
}
