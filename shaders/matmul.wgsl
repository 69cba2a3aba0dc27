// C = A·B, plus one bias per column if there is a bias. An item is a tile of 8 × 4 values kept in registers; LANES
// invocations share a tile, each computing its part of the sum over k.
// a: [m, k] and b: [k, n] f32 by strides, so that a transpose costs nothing, read.  bias: [n] f32, read.
// c: [m, n] f32, row-major, written.
// Twin: src/kernel/matmul.rs
struct Params {
    m: u32,
    n: u32,
    k: u32,
    a_row: u32,
    a_column: u32,
    b_row: u32,
    b_column: u32,
    has_bias: u32,
}
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> a: array<f32>;
@group(0) @binding(2) var<storage, read> b: array<f32>;
@group(0) @binding(3) var<storage, read> bias: array<f32>;
@group(0) @binding(4) var<storage, read_write> c: array<f32>;

const TILE_ROWS: u32 = 8u;
const TILE_COLUMNS: u32 = 4u;

@compute @workgroup_size(WG_SIZE)
fn main(
    @builtin(workgroup_id) workgroup: vec3<u32>,
    @builtin(num_workgroups) n_workgroups: vec3<u32>,
    @builtin(local_invocation_index) local: u32,
) {
    let tile = invocation_of(workgroup, n_workgroups, local) / LANES;
    let lane = local % LANES;
    let tiles_a_row = (params.n + TILE_COLUMNS - 1u) / TILE_COLUMNS;
    let row = tile / tiles_a_row * TILE_ROWS;
    let column = tile % tiles_a_row * TILE_COLUMNS;
    let inside = row < params.m;

    // Rows and columns past the edge repeat the last one; they are not stored.
    let first = min(vec4<u32>(row) + vec4<u32>(0u, 1u, 2u, 3u), vec4<u32>(params.m - 1u)) * params.a_row;
    let second = min(vec4<u32>(row) + vec4<u32>(4u, 5u, 6u, 7u), vec4<u32>(params.m - 1u)) * params.a_row;
    let columns = min(vec4<u32>(column) + vec4<u32>(0u, 1u, 2u, 3u), vec4<u32>(params.n - 1u)) * params.b_column;

    // Eight variables rather than an array, which software adapters keep in memory.
    var sum0 = vec4<f32>(0.0);
    var sum1 = vec4<f32>(0.0);
    var sum2 = vec4<f32>(0.0);
    var sum3 = vec4<f32>(0.0);
    var sum4 = vec4<f32>(0.0);
    var sum5 = vec4<f32>(0.0);
    var sum6 = vec4<f32>(0.0);
    var sum7 = vec4<f32>(0.0);
    for (var k = lane; k < select(0u, params.k, inside); k += LANES) {
        let b_at = columns + k * params.b_row;
        let b_k = vec4<f32>(b[b_at.x], b[b_at.y], b[b_at.z], b[b_at.w]);
        let at = k * params.a_column;
        sum0 += a[first.x + at] * b_k;
        sum1 += a[first.y + at] * b_k;
        sum2 += a[first.z + at] * b_k;
        sum3 += a[first.w + at] * b_k;
        sum4 += a[second.x + at] * b_k;
        sum5 += a[second.y + at] * b_k;
        sum6 += a[second.z + at] * b_k;
        sum7 += a[second.w + at] * b_k;
    }
    let sums = array<vec4<f32>, TILE_ROWS>(
        sum_lanes4(local, sum0),
        sum_lanes4(local, sum1),
        sum_lanes4(local, sum2),
        sum_lanes4(local, sum3),
        sum_lanes4(local, sum4),
        sum_lanes4(local, sum5),
        sum_lanes4(local, sum6),
        sum_lanes4(local, sum7),
    );
    if lane != 0u || !inside {
        return;
    }
    for (var i = 0u; i < min(TILE_ROWS, params.m - row); i++) {
        for (var j = 0u; j < min(TILE_COLUMNS, params.n - column); j++) {
            let start = select(0.0, bias[column + j], params.has_bias != 0u);
            c[(row + i) * params.n + column + j] = start + sums[i][j];
        }
    }
}
