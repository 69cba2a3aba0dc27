//! Σ over images and places for every channel: the gradient of a bias.

use super::{Items, Pass};
use crate::norms::moments::sum_by_lanes;
use crate::norms::shape::Shape;
use bytemuck::{Pod, Zeroable};

/// Parameters of the tensor to sum.
#[repr(C)]
#[derive(Clone, Copy, Debug, Pod, Zeroable)]
#[expect(missing_docs, reason = "the names say it")]
pub struct ChannelSumsParams {
    pub n: u32,
    pub c: u32,
    pub plane_len: u32,
}

impl ChannelSumsParams {
    fn of(shape: Shape) -> Self {
        Self { n: shape.n, c: shape.c, plane_len: shape.plane_len() }
    }
}

kernel! {
    channel_sums(ChannelSumsParams) uses [lanes];
    read dy: [f32],
    write sums: [f32],
}

/// A pass in which invocations share a channel.
pub fn pass(shape: Shape, slots: Slots) -> Pass {
    slots.pass(&ChannelSumsParams::of(shape), Items::shared(shape.c, shape.n * shape.plane_len()))
}

/// A pass with one invocation per channel: for a table, where neighbouring invocations read neighbouring values.
pub fn pass_of_table(shape: Shape, slots: Slots) -> Pass {
    slots.pass(&ChannelSumsParams::of(shape), Items::single(shape.c))
}

fn twin(params: ChannelSumsParams, Bound { dy, mut sums }: Bound<'_>) {
    sums.fill(0.0);
    let plane_len = params.plane_len as usize;
    for image in dy.chunks_exact(params.c as usize * plane_len) {
        for (sum, plane) in sums.iter_mut().zip(image.chunks_exact(plane_len)) {
            *sum += if plane_len == 1 { plane[0] } else { sum_by_lanes(plane, |dy| dy) };
        }
    }
}
