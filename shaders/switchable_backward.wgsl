// The pullback of every plane: γ·R·dy, and what its own moments, its image's and its channel's contribute.
// One invocation per plane.
// planes: [N·C] Moments, read.  blended: [N·C] Moments, read.  sums: [N·C] PlaneSums, read.
// affine: [2, C] f32, γ then β, read.  logits: [2, 3] f32, read.  sets: [N + C] SetPullback, read.
// pullbacks: [N·C] PlanePullback, written.
// Twin: src/kernel/switchable_backward.rs
@group(0) @binding(0) var<uniform> blend: Blend;
@group(0) @binding(1) var<storage, read> planes: array<Moments>;
@group(0) @binding(2) var<storage, read> blended: array<Moments>;
@group(0) @binding(3) var<storage, read> sums: array<PlaneSums>;
@group(0) @binding(4) var<storage, read> affine: array<f32>;
@group(0) @binding(5) var<storage, read> logits: array<f32>;
@group(0) @binding(6) var<storage, read> sets: array<SetPullback>;
@group(0) @binding(7) var<storage, read_write> pullbacks: array<PlanePullback>;

// The sum of the weights of the means: 1, except that sets of a single value count as 0 (see unless_single).
fn moved(weights: vec3<f32>, plane_len: f32) -> f32 {
    let counts = plane_len * vec3<f32>(1.0, f32(blend.c), f32(blend.n));
    let own = vec3<bool>(true, true, blend.own_batch == 1u);
    return dot(select(weights, vec3<f32>(0.0), (counts == vec3<f32>(1.0)) & own), vec3<f32>(1.0));
}

@compute @workgroup_size(WG_SIZE)
fn main(
    @builtin(workgroup_id) workgroup: vec3<u32>,
    @builtin(num_workgroups) n_workgroups: vec3<u32>,
    @builtin(local_invocation_index) local: u32,
) {
    let plane_idx = invocation_of(workgroup, n_workgroups, local);
    if plane_idx >= blend.n * blend.c {
        return;
    }
    let channel = plane_idx % blend.c;
    let plane = planes[plane_idx];
    let mixed = blended[plane_idx];
    let mean_weights = softmax(vec3<f32>(logits[0], logits[1], logits[2]));
    let variance_weights = softmax(vec3<f32>(logits[3], logits[4], logits[5]));
    let gradient = statistics_gradient(mixed, sums[plane_idx], affine[channel], blend.epsilon);
    let of_plane = set_pullback(vec2<f32>(mean_weights.x, variance_weights.x), plane, true, gradient);
    let of_layer = sets[plane_idx / blend.c];
    let of_batch = sets[blend.n + channel];
    let one = of_plane.one
        + of_layer.x * (plane.origin - of_layer.origin) + of_layer.one
        + of_batch.x * (plane.origin - of_batch.origin) + of_batch.one;
    let dy = affine[channel] * rstd(mixed, blend.epsilon) * moved(mean_weights, plane.count);
    pullbacks[plane_idx] = PlanePullback(dy, of_plane.x + of_layer.x + of_batch.x, one);
}
