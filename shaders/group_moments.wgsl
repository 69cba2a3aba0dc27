// Merges plane moments into group moments. LANES invocations share a group.
// planes: [N·C] Moments, read.  groups: [n_groups] Moments, written.
// Twin: src/kernel/group_moments.rs
@group(0) @binding(0) var<uniform> grouping: Grouping;
@group(0) @binding(1) var<storage, read> planes: array<Moments>;
@group(0) @binding(2) var<storage, read_write> groups: array<Moments>;

// Merges before a partial result is set aside: the rounding of a long sequence would show in the variance.
const BLOCK_LEN: u32 = 32u;

var<workgroup> lane_moments: array<Moments, WG_SIZE>;

@compute @workgroup_size(WG_SIZE)
fn main(
    @builtin(workgroup_id) workgroup: vec3<u32>,
    @builtin(num_workgroups) n_workgroups: vec3<u32>,
    @builtin(local_invocation_index) local: u32,
) {
    let group = invocation_of(workgroup, n_workgroups, local) / LANES;
    let lane = local % LANES;
    let inside = group < n_groups(grouping);
    let len = select(0u, group_len(grouping), inside);

    var merged = Moments(0.0, 0.0, 0.0, 0.0);
    for (var block = lane; block < len; block += BLOCK_LEN * LANES) {
        var part = Moments(0.0, 0.0, 0.0, 0.0);
        for (var i = block; i < min(len, block + BLOCK_LEN * LANES); i += LANES) {
            part = merge(part, planes[member(grouping, group, i)]);
        }
        merged = merge(merged, part);
    }
    lane_moments[local] = merged;
    for (var width = LANES / 2u; width > 0u; width /= 2u) {
        workgroupBarrier();
        if lane < width {
            lane_moments[local] = merge(lane_moments[local], lane_moments[local + width]);
        }
    }
    if inside && lane == 0u {
        groups[group] = lane_moments[local];
    }
}
