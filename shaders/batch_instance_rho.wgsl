// The gradient of ρ: γ·Σ dy·(x̂_B − x̂_I) over a channel. LANES invocations share a channel.
// planes: [N·C] Moments, read.  batch: [C] Moments, read.  sums: [N·C] PlaneSums, read.
// affine: [2, C] f32, γ then β, read.  drho: [C] f32, written.
// Twin: src/kernel/batch_instance_rho.rs
@group(0) @binding(0) var<uniform> blend: Blend;
@group(0) @binding(1) var<storage, read> planes: array<Moments>;
@group(0) @binding(2) var<storage, read> batch: array<Moments>;
@group(0) @binding(3) var<storage, read> sums: array<PlaneSums>;
@group(0) @binding(4) var<storage, read> affine: array<f32>;
@group(0) @binding(5) var<storage, read_write> drho: array<f32>;

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
    let given = batch[channel];
    let batch_rstd = rstd(given, blend.epsilon);
    var part = 0.0;
    for (var n = lane; n < select(0u, blend.n, inside); n += LANES) {
        let plane = planes[n * blend.c + channel];
        let plane_sums = sums[n * blend.c + channel];
        let of_batch = batch_rstd * about(plane_sums, mean_from(given, plane.origin));
        part += of_batch - rstd(plane, blend.epsilon) * about(plane_sums, plane.offset);
    }
    let total = sum_lanes(local, part);
    if inside && lane == 0u {
        drho[channel] = affine[channel] * total;
    }
}
