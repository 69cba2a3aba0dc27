// The images of this step as numbers from 0 to 1. One invocation per word of four bytes.
// ring: [ring_len, batch_words] u32, four pixels per word, first in the low byte, read.  clock: Clock, read.
// x: [4·batch_words] f32, written.
// Twin: src/kernel/unpack_images.rs
struct Params {
    batch_words: u32,
    ring_len: u32,
}
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> ring: array<u32>;
@group(0) @binding(2) var<storage, read> clock: Clock;
@group(0) @binding(3) var<storage, read_write> x: array<f32>;

@compute @workgroup_size(WG_SIZE)
fn main(
    @builtin(workgroup_id) workgroup: vec3<u32>,
    @builtin(num_workgroups) n_workgroups: vec3<u32>,
    @builtin(local_invocation_index) local: u32,
) {
    let i = invocation_of(workgroup, n_workgroups, local);
    if i >= params.batch_words {
        return;
    }
    let word = ring[clock.step % params.ring_len * params.batch_words + i];
    for (var byte = 0u; byte < 4u; byte++) {
        x[4u * i + byte] = f32((word >> (8u * byte)) & 255u) / 255.0;
    }
}
