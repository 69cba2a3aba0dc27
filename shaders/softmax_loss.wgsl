// Softmax cross-entropy: the gradient of the mean loss, the loss itself and the number of rows classified correctly.
// LANES invocations share the rows.
// logits: [rows, classes] f32, read.  labels: [ring_len, rows] u32, read.  clock: Clock, read.
// dlogits: [rows, classes] f32, written.  results: [ring_len] vec2 (mean loss in nats, rows correct), one written.
// Twin: src/kernel/softmax_loss.rs
struct Params {
    rows: u32,
    classes: u32,
    ring_len: u32,
}
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> logits: array<f32>;
@group(0) @binding(2) var<storage, read> labels: array<u32>;
@group(0) @binding(3) var<storage, read> clock: Clock;
@group(0) @binding(4) var<storage, read_write> dlogits: array<f32>;
@group(0) @binding(5) var<storage, read_write> results: array<vec2<f32>>;

// (loss, 1 if correct) of one row; writes its gradient.
fn row_loss(row: u32, label: u32) -> vec2<f32> {
    let start = row * params.classes;
    var best = 0u;
    for (var k = 1u; k < params.classes; k++) {
        if logits[start + k] > logits[start + best] {
            best = k;
        }
    }
    // Subtracting the largest logit keeps exp within range.
    let largest = logits[start + best];
    var total = 0.0;
    for (var k = 0u; k < params.classes; k++) {
        total += exp(logits[start + k] - largest);
    }
    for (var k = 0u; k < params.classes; k++) {
        let probability = exp(logits[start + k] - largest) / total;
        dlogits[start + k] = (probability - select(0.0, 1.0, k == label)) / f32(params.rows);
    }
    return vec2<f32>(log(total) - (logits[start + label] - largest), select(0.0, 1.0, best == label));
}

@compute @workgroup_size(WG_SIZE)
fn main(
    @builtin(workgroup_id) workgroup: vec3<u32>,
    @builtin(num_workgroups) n_workgroups: vec3<u32>,
    @builtin(local_invocation_index) local: u32,
) {
    let lane = invocation_of(workgroup, n_workgroups, local);
    let slot = clock.step % params.ring_len;
    var sums = vec2<f32>(0.0);
    for (var row = lane; row < select(0u, params.rows, lane < LANES); row += LANES) {
        sums += row_loss(row, labels[slot * params.rows + row]);
    }
    let all = sum_lanes4(local, vec4<f32>(sums, 0.0, 0.0));
    if lane == 0u {
        results[slot] = vec2<f32>(all.x / f32(params.rows), all.y);
    }
}
