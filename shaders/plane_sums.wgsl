// Σ dy and Σ dy·(x − origin) of every plane. LANES invocations share a plane.
// x, dy: [N·C, H·W] f32, read.  maps: [N·C] PlaneAffine, read.  sums: [N·C] PlaneSums, written.
// Twin: src/kernel/plane_sums.rs
struct Params {
    n_planes: u32,
    plane_len: u32,
}
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> x: array<f32>;
@group(0) @binding(2) var<storage, read> dy: array<f32>;
@group(0) @binding(3) var<storage, read> maps: array<PlaneAffine>;
@group(0) @binding(4) var<storage, read_write> sums: array<PlaneSums>;

// Additions before a partial sum is set aside.
const BLOCK_LEN: u32 = 128u;

@compute @workgroup_size(WG_SIZE)
fn main(
    @builtin(workgroup_id) workgroup: vec3<u32>,
    @builtin(num_workgroups) n_workgroups: vec3<u32>,
    @builtin(local_invocation_index) local: u32,
) {
    let plane = invocation_of(workgroup, n_workgroups, local) / LANES;
    let lane = local % LANES;
    let inside = plane < params.n_planes;
    let start = select(0u, plane * params.plane_len, inside);
    let end = select(0u, start + params.plane_len, inside);
    let origin = maps[select(0u, plane, inside)].origin;

    var total = vec2<f32>(0.0);
    for (var block = start + lane; block < end; block += BLOCK_LEN * LANES) {
        var part = vec2<f32>(0.0);
        for (var i = block; i < min(end, block + BLOCK_LEN * LANES); i += LANES) {
            part += vec2<f32>(dy[i], dy[i] * (x[i] - origin));
        }
        total += part;
    }
    let all = sum_lanes4(local, vec4<f32>(total, 0.0, 0.0));
    if inside && lane == 0u {
        sums[plane] = PlaneSums(all.x, all.y);
    }
}
