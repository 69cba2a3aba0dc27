// The gradients of the logits: w_j·Σ dM·(μ_j − M) and w′_j·Σ dV·(σ²_j − V) over all planes. LANES invocations share
// them.
// planes: [N·C] Moments, read.  layers: [N] Moments, read.  batch: [C] Moments, read.  blended: [N·C] Moments, read.
// sums: [N·C] PlaneSums, read.  affine: [2, C] f32, γ then β, read.  logits: [2, 3] f32, read.
// dlogits: [2, 3] f32, written.
// Twin: src/kernel/switchable_logits.rs
@group(0) @binding(0) var<uniform> blend: Blend;
@group(0) @binding(1) var<storage, read> planes: array<Moments>;
@group(0) @binding(2) var<storage, read> layers: array<Moments>;
@group(0) @binding(3) var<storage, read> batch: array<Moments>;
@group(0) @binding(4) var<storage, read> blended: array<Moments>;
@group(0) @binding(5) var<storage, read> sums: array<PlaneSums>;
@group(0) @binding(6) var<storage, read> affine: array<f32>;
@group(0) @binding(7) var<storage, read> logits: array<f32>;
@group(0) @binding(8) var<storage, read_write> dlogits: array<f32>;

// Additions before a partial sum is set aside.
const BLOCK_LEN: u32 = 128u;

// Each value less the weighted mean of all, computed so that it is 0 if all are equal.
fn from_blend(weights: vec3<f32>, values: vec3<f32>) -> vec3<f32> {
    return vec3<f32>(dot(weights, values.x - values), dot(weights, values.y - values), dot(weights, values.z - values));
}

@compute @workgroup_size(WG_SIZE)
fn main(
    @builtin(workgroup_id) workgroup: vec3<u32>,
    @builtin(num_workgroups) n_workgroups: vec3<u32>,
    @builtin(local_invocation_index) local: u32,
) {
    let item = invocation_of(workgroup, n_workgroups, local) / LANES;
    let lane = local % LANES;
    let end = select(0u, blend.n * blend.c, item == 0u);
    let mean_weights = softmax(vec3<f32>(logits[0], logits[1], logits[2]));
    let variance_weights = softmax(vec3<f32>(logits[3], logits[4], logits[5]));

    var means = vec3<f32>(0.0);
    var variances = vec3<f32>(0.0);
    for (var block = lane; block < end; block += BLOCK_LEN * LANES) {
        var mean_part = vec3<f32>(0.0);
        var variance_part = vec3<f32>(0.0);
        for (var i = block; i < min(end, block + BLOCK_LEN * LANES); i += LANES) {
            let plane = planes[i];
            let layer = layers[i / blend.c];
            let given = batch[i % blend.c];
            let gradient = statistics_gradient(blended[i], sums[i], affine[i % blend.c], blend.epsilon);
            let offsets = vec3<f32>(plane.offset, mean_from(layer, plane.origin), mean_from(given, plane.origin));
            mean_part += gradient.x * from_blend(mean_weights, offsets);
            let spreads = vec3<f32>(variance(plane), variance(layer), variance(given));
            variance_part += gradient.y * from_blend(variance_weights, spreads);
        }
        means += mean_part;
        variances += variance_part;
    }
    let all_means = mean_weights * sum_lanes4(local, vec4<f32>(means, 0.0)).xyz;
    let all_variances = variance_weights * sum_lanes4(local, vec4<f32>(variances, 0.0)).xyz;
    if item == 0u && lane == 0u {
        for (var k = 0u; k < 3u; k++) {
            dlogits[k] = all_means[k];
            dlogits[3u + k] = all_variances[k];
        }
    }
}
