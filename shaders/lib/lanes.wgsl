// LANES invocations share one item of a reduction: 1 on software adapters, where barriers are very slow, and a whole
// workgroup on real GPUs. A power of two that divides WG_SIZE. The order of additions is fixed: same device, same bits.
override LANES: u32 = 1u;

var<workgroup> lane_sums: array<vec4<f32>, WG_SIZE>;

// Σ value over the invocations of an item, returned to each of them. Call in uniform control flow.
fn sum_lanes4(local: u32, value: vec4<f32>) -> vec4<f32> {
    if LANES == 1u {
        return value;
    }
    workgroupBarrier();
    lane_sums[local] = value;
    for (var width = LANES / 2u; width > 0u; width /= 2u) {
        workgroupBarrier();
        if local % LANES < width {
            lane_sums[local] += lane_sums[local + width];
        }
    }
    workgroupBarrier();
    return lane_sums[local - local % LANES];
}

fn sum_lanes(local: u32, value: f32) -> f32 {
    return sum_lanes4(local, vec4<f32>(value)).x;
}
