//! What a twin sees of the CPU executor's memory: each binding by name and type.

use bytemuck::{AnyBitPattern, Pod};
use std::cell::{Ref, RefCell, RefMut};
use std::ops::Range;

/// A range of one buffer, in 32-bit words.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct View {
    /// The buffer's index.
    pub buffer: u32,
    /// First word.
    pub offset: u32,
    /// Number of words.
    pub len: u32,
}

impl View {
    fn range(self) -> Range<usize> {
        self.offset as usize..(self.offset + self.len) as usize
    }
}

/// What is bound to a twin: views into the CPU executor's buffers.
///
/// The cells cost a counter per borrow and turn a pass that reads what it writes into a panic instead of a wrong
/// number; plans have already been checked for that (`Plan`), as WebGPU checks it too.
pub struct Bindings<'a> {
    buffers: &'a [RefCell<Vec<f32>>],
    views: &'a [View],
    scratch: &'a RefCell<Vec<f32>>,
}

impl<'a> Bindings<'a> {
    /// Binds `views` of `buffers`; `scratch` is lent to kernels that pack or unfold, and grows once to the size they
    /// need.
    pub fn new(buffers: &'a [RefCell<Vec<f32>>], views: &'a [View], scratch: &'a RefCell<Vec<f32>>) -> Self {
        Self { buffers, views, scratch }
    }

    /// The bindings one by one, in the kernel's order.
    pub(super) fn in_order(&self) -> InOrder<'a> {
        InOrder { buffers: self.buffers, views: self.views.iter() }
    }

    /// Working memory whose contents no kernel relies on.
    pub(super) fn scratch(&self) -> RefMut<'a, Vec<f32>> {
        self.scratch.borrow_mut()
    }
}

/// The bindings of a twin that have not been taken yet. Its methods are named after the accesses in `kernel!`.
pub(super) struct InOrder<'a> {
    buffers: &'a [RefCell<Vec<f32>>],
    views: std::slice::Iter<'a, View>,
}

impl<'a> InOrder<'a> {
    /// The items bound next.
    // Not inlined: one copy for all twins keeps the wasm small.
    #[inline(never)]
    pub(super) fn read<T: AnyBitPattern>(&mut self) -> Ref<'a, [T]> {
        let (buffer, range) = self.next();
        Ref::map(buffer.borrow(), |words| bytemuck::cast_slice(&words[range]))
    }

    /// The items bound next, to write.
    #[inline(never)]
    pub(super) fn write<T: Pod>(&mut self) -> RefMut<'a, [T]> {
        let (buffer, range) = self.next();
        RefMut::map(buffer.borrow_mut(), |words| bytemuck::cast_slice_mut(&mut words[range]))
    }

    fn next(&mut self) -> (&'a RefCell<Vec<f32>>, Range<usize>) {
        let view = self.views.next().expect("a pass binds everything that its kernel names");
        (&self.buffers[view.buffer as usize], view.range())
    }
}
