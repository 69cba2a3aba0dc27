//! The largest value of every size × size window; windows do not overlap, and an incomplete last row or column is
//! ignored.

use super::{Items, Pass};
use bytemuck::{Pod, Zeroable};

/// Parameters of the planes to pool.
#[repr(C)]
#[derive(Clone, Copy, Debug, Pod, Zeroable)]
#[expect(missing_docs, reason = "the names say it")]
pub struct MaxPoolParams {
    pub n_planes: u32,
    pub h: u32,
    pub w: u32,
    pub size: u32,
}

kernel! {
    max_pool(MaxPoolParams) uses [];
    read x: [f32],
    write y: [f32],
}

/// A pass with one invocation per window.
pub fn pass(params: MaxPoolParams, slots: Slots) -> Pass {
    slots.pass(&params, Items::single(params.n_planes * (params.h / params.size) * (params.w / params.size)))
}

fn twin(params: MaxPoolParams, Bound { x, mut y }: Bound<'_>) {
    let windows = Windows::of(params);
    for (window_idx, y) in y.iter_mut().enumerate() {
        *y = x[windows.largest(&x, window_idx)];
    }
}

/// The positions of the windows of a pooling.
pub(super) struct Windows {
    h: usize,
    w: usize,
    size: usize,
}

impl Windows {
    pub(super) fn of(params: MaxPoolParams) -> Self {
        Self { h: params.h as usize, w: params.w as usize, size: params.size as usize }
    }

    /// The index of the largest value of a window; of equal values, the first.
    pub(super) fn largest(&self, x: &[f32], window_idx: usize) -> usize {
        let (h_out, w_out) = (self.h / self.size, self.w / self.size);
        let plane = window_idx / (h_out * w_out);
        let row = window_idx / w_out % h_out * self.size;
        let corner = (plane * self.h + row) * self.w + window_idx % w_out * self.size;
        let mut best = corner;
        for row in 0..self.size {
            for i in corner + row * self.w..corner + row * self.w + self.size {
                if x[i] > x[best] {
                    best = i;
                }
            }
        }
        best
    }
}
