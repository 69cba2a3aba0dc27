// The pullback of every plane and the gradients of γ and β. LANES invocations share a channel.
// planes: [N·C] Moments, read.  batch: [C] Moments, read.  sums: [N·C] PlaneSums, read.
// affine: [2, C] f32, γ then β, read.  rho: [C] f32, read.
// pullbacks: [N·C] PlanePullback, written.  daffine: [2, C] f32, dγ then dβ, written.
// Twin: src/kernel/batch_instance_backward.rs
@group(0) @binding(0) var<uniform> blend: Blend;
@group(0) @binding(1) var<storage, read> planes: array<Moments>;
@group(0) @binding(2) var<storage, read> batch: array<Moments>;
@group(0) @binding(3) var<storage, read> sums: array<PlaneSums>;
@group(0) @binding(4) var<storage, read> affine: array<f32>;
@group(0) @binding(5) var<storage, read> rho: array<f32>;
@group(0) @binding(6) var<storage, read_write> pullbacks: array<PlanePullback>;
@group(0) @binding(7) var<storage, read_write> daffine: array<f32>;

// scales: the factors γρ·r_B and γ(1 − ρ)·r_I of dy; total: Σ dy and Σ dy·(x − μ_B) over the channel.
fn pullback(given: Moments, plane: Moments, plane_sums: PlaneSums, scales: vec2<f32>, total: vec2<f32>) -> PlanePullback {
    let own_batch = blend.own_batch == 1u;
    let of_batch = unless_single(scales.x, given, own_batch);
    let of_plane = unless_single(scales.y, plane, true);
    let batch_rstd = rstd(given, blend.epsilon);
    let plane_rstd = rstd(plane, blend.epsilon);
    let moved = select(vec2<f32>(0.0), of_batch * total / given.count, own_batch);
    let batch_x = -batch_rstd * batch_rstd * moved.y;
    let plane_x = -plane_rstd * plane_rstd * of_plane * about(plane_sums, plane.offset) / plane.count;
    let batch_one = -moved.x - batch_x * mean_from(given, plane.origin);
    let plane_one = -of_plane * plane_sums.dy / plane.count - plane_x * plane.offset;
    return PlanePullback(of_batch + of_plane, batch_x + plane_x, batch_one + plane_one);
}

@compute @workgroup_size(WG_SIZE)
fn main(
    @builtin(workgroup_id) workgroup: vec3<u32>,
    @builtin(num_workgroups) n_workgroups: vec3<u32>,
    @builtin(local_invocation_index) local: u32,
) {
    let item = invocation_of(workgroup, n_workgroups, local) / LANES;
    let lane = local % LANES;
    let inside = item < blend.c;
    let channel = select(0u, item, inside);
    let n_images = select(0u, blend.n, inside);
    let given = batch[channel];
    let shares = vec2<f32>(rho[channel], 1.0 - rho[channel]);
    let batch_rstd = rstd(given, blend.epsilon);

    // Σ dy, Σ dy·(x − μ_B), and Σ dy·x̂.
    var part = vec3<f32>(0.0);
    for (var n = lane; n < n_images; n += LANES) {
        let plane = planes[n * blend.c + channel];
        let plane_sums = sums[n * blend.c + channel];
        let about_batch = about(plane_sums, mean_from(given, plane.origin));
        let about_plane = about(plane_sums, plane.offset);
        let xhats = vec2<f32>(batch_rstd * about_batch, rstd(plane, blend.epsilon) * about_plane);
        part += vec3<f32>(plane_sums.dy, about_batch, dot(shares, xhats));
    }
    let total = sum_lanes4(local, vec4<f32>(part, 0.0));

    for (var n = lane; n < n_images; n += LANES) {
        let plane_idx = n * blend.c + channel;
        let plane = planes[plane_idx];
        let scales = affine[channel] * shares * vec2<f32>(batch_rstd, rstd(plane, blend.epsilon));
        pullbacks[plane_idx] = pullback(given, plane, sums[plane_idx], scales, total.xy);
    }
    if inside && lane == 0u {
        daffine[channel] = total.z;
        daffine[blend.c + channel] = total.x;
    }
}
