// The affine map of every plane, y = scale·(x − origin) + shift, and the moments mixed by ρ. One invocation per plane.
// planes: [N·C] Moments, read.  batch: [C] Moments, read.  affine: [2, C] f32, γ then β, read.  rho: [C] f32, read.
// maps: [N·C] PlaneAffine, written.  blended: [N·C] Moments, written.
// Twin: src/kernel/batch_instance_forward.rs
@group(0) @binding(0) var<uniform> blend: Blend;
@group(0) @binding(1) var<storage, read> planes: array<Moments>;
@group(0) @binding(2) var<storage, read> batch: array<Moments>;
@group(0) @binding(3) var<storage, read> affine: array<f32>;
@group(0) @binding(4) var<storage, read> rho: array<f32>;
@group(0) @binding(5) var<storage, read_write> maps: array<PlaneAffine>;
@group(0) @binding(6) var<storage, read_write> blended: array<Moments>;

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
    let given = batch[channel];
    // The shares of batch norm and of instance norm.
    let shares = vec2<f32>(rho[channel], 1.0 - rho[channel]);
    let offsets = vec2<f32>(mean_from(given, plane.origin), plane.offset);
    let scales = affine[channel] * shares * vec2<f32>(rstd(given, blend.epsilon), rstd(plane, blend.epsilon));
    maps[plane_idx] = PlaneAffine(plane.origin, scales.x + scales.y, affine[blend.c + channel] - dot(scales, offsets));
    let mixed = dot(shares, vec2<f32>(variance(given), variance(plane)));
    blended[plane_idx] = Moments(plane.count, plane.origin, dot(shares, offsets), mixed * plane.count);
}
