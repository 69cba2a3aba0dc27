// C = A·B, plus a bias a column where there is one. An item is a tile of 8 × 4 values kept in registers; LANES
// invocations share a tile, each with its part of the sum over k.
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
    var a_at: array<u32, TILE_ROWS>;
    for (var i = 0u; i < TILE_ROWS; i++) {
        a_at[i] = min(row + i, params.m - 1u) * params.a_row;
    }
    let columns = min(vec4<u32>(column) + vec4<u32>(0u, 1u, 2u, 3u), vec4<u32>(params.n - 1u));
    let b_at = columns * params.b_column;

    var sums: array<vec4<f32>, TILE_ROWS>;
    for (var k = lane; k < select(0u, params.k, inside); k += LANES) {
        let b_k = b_at + k * params.b_row;
        let b_values = vec4<f32>(b[b_k.x], b[b_k.y], b[b_k.z], b[b_k.w]);
        let a_k = k * params.a_column;
        for (var i = 0u; i < TILE_ROWS; i++) {
            sums[i] += a[a_at[i] + a_k] * b_values;
        }
    }
    for (var i = 0u; i < TILE_ROWS; i++) {
        sums[i] = sum_lanes4(local, sums[i]);
    }
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
