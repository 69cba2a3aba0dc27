// What the moments of every image and channel contribute to dx, and the gradients of γ and β.
// LANES invocations share an item: first the N images, then the C channels.
// layers: [N] Moments, read.  batch: [C] Moments, read.  blended: [N·C] Moments, read.  sums: [N·C] PlaneSums, read.
// affine: [2, C] f32, γ then β, read.  logits: [2, 3] f32, read.
// sets: [N + C] SetPullback, written.  daffine: [2, C] f32, dγ then dβ, written.
// Twin: src/kernel/switchable_sets.rs
@group(0) @binding(0) var<uniform> blend: Blend;
@group(0) @binding(1) var<storage, read> layers: array<Moments>;
@group(0) @binding(2) var<storage, read> batch: array<Moments>;
@group(0) @binding(3) var<storage, read> blended: array<Moments>;
@group(0) @binding(4) var<storage, read> sums: array<PlaneSums>;
@group(0) @binding(5) var<storage, read> affine: array<f32>;
@group(0) @binding(6) var<storage, read> logits: array<f32>;
@group(0) @binding(7) var<storage, read_write> sets: array<SetPullback>;
@group(0) @binding(8) var<storage, read_write> daffine: array<f32>;

@compute @workgroup_size(WG_SIZE)
fn main(
    @builtin(workgroup_id) workgroup: vec3<u32>,
    @builtin(num_workgroups) n_workgroups: vec3<u32>,
    @builtin(local_invocation_index) local: u32,
) {
    let item = invocation_of(workgroup, n_workgroups, local) / LANES;
    let lane = local % LANES;
    let inside = item < blend.n + blend.c;
    let of_image = item < blend.n;
    let channel = select(item - blend.n, 0u, of_image || !inside);
    let first = select(channel, item * blend.c, of_image);
    let stride = select(blend.c, 1u, of_image);
    let len = select(0u, select(blend.n, blend.c, of_image), inside);

    // Σ dM, Σ dV, Σ dy·x̂ and Σ dy.
    var part = vec4<f32>(0.0);
    for (var i = lane; i < len; i += LANES) {
        let plane_idx = first + i * stride;
        let mixed = blended[plane_idx];
        let plane_sums = sums[plane_idx];
        let gradient = statistics_gradient(mixed, plane_sums, affine[plane_idx % blend.c], blend.epsilon);
        part += vec4<f32>(gradient, rstd(mixed, blend.epsilon) * about(plane_sums, mixed.offset), plane_sums.dy);
    }
    let total = sum_lanes4(local, part);
    if !inside || lane != 0u {
        return;
    }
    let mean_weights = softmax(vec3<f32>(logits[0], logits[1], logits[2]));
    let variance_weights = softmax(vec3<f32>(logits[3], logits[4], logits[5]));
    if of_image {
        sets[item] = set_pullback(vec2<f32>(mean_weights.y, variance_weights.y), layers[item], true, total.xy);
    } else {
        let weights = vec2<f32>(mean_weights.z, variance_weights.z);
        sets[item] = set_pullback(weights, batch[channel], blend.own_batch == 1u, total.xy);
        daffine[channel] = total.z;
        daffine[blend.c + channel] = total.w;
    }
}
