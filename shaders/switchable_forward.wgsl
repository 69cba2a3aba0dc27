// The affine map of every plane, y = scale·(x − origin) + shift, and the mixed moments with which it normalizes.
// One invocation per plane.
// planes: [N·C] Moments, read.  layers: [N] Moments, read.  batch: [C] Moments, read.
// affine: [2, C] f32, γ then β, read.  logits: [2, 3] f32, for means, then variances, each of instance, layer, batch, read.
// maps: [N·C] PlaneAffine, written.  blended: [N·C] Moments, written.
// Twin: src/kernel/switchable_forward.rs
@group(0) @binding(0) var<uniform> blend: Blend;
@group(0) @binding(1) var<storage, read> planes: array<Moments>;
@group(0) @binding(2) var<storage, read> layers: array<Moments>;
@group(0) @binding(3) var<storage, read> batch: array<Moments>;
@group(0) @binding(4) var<storage, read> affine: array<f32>;
@group(0) @binding(5) var<storage, read> logits: array<f32>;
@group(0) @binding(6) var<storage, read_write> maps: array<PlaneAffine>;
@group(0) @binding(7) var<storage, read_write> blended: array<Moments>;

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
    let layer = layers[plane_idx / blend.c];
    let given = batch[channel];
    let mean_weights = softmax(vec3<f32>(logits[0], logits[1], logits[2]));
    let variance_weights = softmax(vec3<f32>(logits[3], logits[4], logits[5]));
    let means = vec3<f32>(plane.offset, mean_from(layer, plane.origin), mean_from(given, plane.origin));
    let variances = vec3<f32>(variance(plane), variance(layer), variance(given));
    let offset = dot(mean_weights, means);
    let mixed = Moments(plane.count, plane.origin, offset, dot(variance_weights, variances) * plane.count);
    blended[plane_idx] = mixed;
    let scale = affine[channel] * rstd(mixed, blend.epsilon);
    maps[plane_idx] = PlaneAffine(plane.origin, scale, affine[blend.c + channel] - scale * offset);
}
