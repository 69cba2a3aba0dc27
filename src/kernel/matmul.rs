//! C = A·B, plus one bias per column if there is a bias: the heart of the training engine.
//!
//! Both factors are packed into panels that the inner tile reads in order, whatever their strides (Goto, van de Geijn
//! 2008). The tile multiplies and adds without fusing, so that native code and wasm give the same bits.

use super::{Items, Pass, Slot, scratch_of};
use bytemuck::{Pod, Zeroable};

/// Sizes and strides; a stride is in values.
#[repr(C)]
#[derive(Clone, Copy, Debug, Pod, Zeroable)]
#[expect(missing_docs, reason = "the names say it")]
pub struct MatmulParams {
    pub m: u32,
    pub n: u32,
    pub k: u32,
    pub a_row: u32,
    pub a_column: u32,
    pub b_row: u32,
    pub b_column: u32,
    pub has_bias: u32,
}

/// Rows and columns of the WGSL kernel's tile.
pub const GPU_TILE: [u32; 2] = [8, 4];

kernel! {
    matmul(MatmulParams) uses [lanes];
    read a: [f32],
    read b: [f32],
    read bias: [f32],
    write c: [f32];
    scratch
}

impl MatmulParams {
    /// A·B of row-major tables: A is [m, k], B is [k, n].
    pub fn product([m, n, k]: [u32; 3]) -> Self {
        Self { m, n, k, a_row: k, a_column: 1, b_row: n, b_column: 1, has_bias: 0 }
    }

    /// A·Bᵀ of row-major tables: A is [m, k], B is [n, k].
    pub fn product_with_transposed([m, n, k]: [u32; 3]) -> Self {
        Self { b_row: 1, b_column: k, ..Self::product([m, n, k]) }
    }

    /// Aᵀ·B of row-major tables: A is [k, m], B is [k, n].
    pub fn product_of_transposed([m, n, k]: [u32; 3]) -> Self {
        Self { a_row: 1, a_column: m, ..Self::product([m, n, k]) }
    }
}

/// C = A·B, or C = A·B + bias.
#[derive(Clone, Copy, Debug)]
#[expect(missing_docs, reason = "the names say it")]
pub struct Product {
    pub a: Slot,
    pub b: Slot,
    /// One value per column.
    pub bias: Option<Slot>,
    pub c: Slot,
}

/// A pass in which invocations share a tile of C. `product` determines whether there is a bias.
pub fn pass(params: MatmulParams, product: Product) -> Pass {
    let Product { a, b, bias, c } = product;
    let params = MatmulParams { has_bias: bias.is_some().into(), ..params };
    let n_tiles = params.m.div_ceil(GPU_TILE[0]) * params.n.div_ceil(GPU_TILE[1]);
    // Something must be bound in place of the bias; it is not read.
    Slots { a, b, bias: bias.unwrap_or(b), c }.pass(&params, Items::shared(n_tiles, params.k))
}

fn twin(params: MatmulParams, Bound { a, b, bias, mut c, mut scratch }: Bound<'_>) {
    let a = Matrix { values: &a, row: params.a_row as usize, column: params.a_column as usize };
    let b = Matrix { values: &b, row: params.b_row as usize, column: params.b_column as usize };
    let size = Size { m: params.m as usize, n: params.n as usize, k: params.k as usize };
    let has_bias = params.has_bias != 0;
    if has_bias {
        c.chunks_exact_mut(size.n).for_each(|row| row.copy_from_slice(&bias));
    }
    matmul(size, a, b, has_bias, &mut c, scratch_of(&mut scratch, SCRATCH_LEN));
}

/// A factor: value (i, j) is at i·row + j·column.
#[derive(Clone, Copy)]
pub struct Matrix<'a> {
    /// The values that the strides step through.
    pub values: &'a [f32],
    /// Distance from one row to the next, in values.
    pub row: usize,
    /// Distance from one column to the next, in values.
    pub column: usize,
}

/// The size of a product: C is m×n, the sum runs over k.
#[derive(Clone, Copy)]
#[expect(missing_docs, reason = "the names say it")]
pub struct Size {
    pub m: usize,
    pub n: usize,
    pub k: usize,
}

/// Rows and columns of the inner tile: eight SIMD registers of sums, two of B, and A's values broadcast one by one.
const TILE_ROWS: usize = 4;
const TILE_COLUMNS: usize = 8;

/// Depth of a panel: 8 KiB of B stay in the first-level cache.
const BLOCK_K: usize = 256;
/// Rows of A packed at a time: 64 KiB.
const BLOCK_ROWS: usize = 64;
/// Columns of B packed at a time: 512 KiB, for the second-level cache.
const BLOCK_COLUMNS: usize = 512;

/// Working memory of [`matmul`], in values.
pub const SCRATCH_LEN: usize = BLOCK_K * (BLOCK_ROWS + BLOCK_COLUMNS);

/// C = A·B, or C += A·B if `accumulate`. `c`: [m, n], row-major; `scratch`: [`SCRATCH_LEN`] values.
pub fn matmul(size: Size, a: Matrix<'_>, b: Matrix<'_>, accumulate: bool, c: &mut [f32], scratch: &mut [f32]) {
    let (packed_a, packed_b) = scratch.split_at_mut(BLOCK_K * BLOCK_ROWS);
    for column in (0..size.n).step_by(BLOCK_COLUMNS) {
        let columns = BLOCK_COLUMNS.min(size.n - column);
        for k in (0..size.k).step_by(BLOCK_K) {
            let depth = BLOCK_K.min(size.k - k);
            let b_block = &b.values[k * b.row + column * b.column..];
            pack::<TILE_COLUMNS>(b_block, b.column, b.row, columns, depth, packed_b);
            for row in (0..size.m).step_by(BLOCK_ROWS) {
                let rows = BLOCK_ROWS.min(size.m - row);
                let a_block = &a.values[row * a.row + k * a.column..];
                pack::<TILE_ROWS>(a_block, a.row, a.column, rows, depth, packed_a);
                let c_block = &mut c[row * size.n + column..];
                let block = Block { rows, columns, depth, stride: size.n };
                multiply_block(block, packed_a, packed_b, accumulate || k > 0, c_block);
            }
        }
    }
}

/// Copies `len` lines of `depth` values into panels of `LINES` lines, interleaved; missing lines are zero.
fn pack<const LINES: usize>(
    values: &[f32],
    line_stride: usize,
    depth_stride: usize,
    len: usize,
    depth: usize,
    out: &mut [f32],
) {
    for (panel_idx, panel) in out.chunks_exact_mut(LINES * depth).take(len.div_ceil(LINES)).enumerate() {
        let first = panel_idx * LINES;
        let panel = &mut panel.as_chunks_mut::<LINES>().0[..depth];
        if first + LINES <= len && line_stride == 1 {
            for (k, lines) in panel.iter_mut().enumerate() {
                let start = first + k * depth_stride;
                lines.copy_from_slice(&values[start..start + LINES]);
            }
        } else {
            pack_panel(&values[first * line_stride..], line_stride, depth_stride, len - first, panel);
        }
    }
}

fn pack_panel<const LINES: usize>(
    values: &[f32],
    line_stride: usize,
    depth_stride: usize,
    len: usize,
    panel: &mut [[f32; LINES]],
) {
    for line in 0..LINES {
        if line >= len {
            panel.iter_mut().for_each(|lines| lines[line] = 0.0);
        } else if depth_stride == 1 {
            let values = &values[line * line_stride..];
            panel.iter_mut().zip(values).for_each(|(lines, &value)| lines[line] = value);
        } else {
            let values = values[line * line_stride..].iter().step_by(depth_stride);
            panel.iter_mut().zip(values).for_each(|(lines, &value)| lines[line] = value);
        }
    }
}

#[derive(Clone, Copy)]
struct Block {
    rows: usize,
    columns: usize,
    depth: usize,
    /// Distance from one row of C to the next, in values.
    stride: usize,
}

fn multiply_block(block: Block, packed_a: &[f32], packed_b: &[f32], accumulate: bool, c: &mut [f32]) {
    for (j, b_panel) in packed_b.chunks_exact(TILE_COLUMNS * block.depth).enumerate() {
        let column = j * TILE_COLUMNS;
        if column >= block.columns {
            break;
        }
        let columns = TILE_COLUMNS.min(block.columns - column);
        for (i, a_panel) in packed_a.chunks_exact(TILE_ROWS * block.depth).enumerate() {
            let row = i * TILE_ROWS;
            if row >= block.rows {
                break;
            }
            let sums = tile(a_panel, b_panel);
            for (r, sums) in sums.iter().take(block.rows - row).enumerate() {
                let start = (row + r) * block.stride + column;
                let c = &mut c[start..start + columns];
                if accumulate {
                    c.iter_mut().zip(sums).for_each(|(c, sum)| *c += sum);
                } else {
                    c.copy_from_slice(&sums[..columns]);
                }
            }
        }
    }
}

/// The product of two panels of the same depth.
fn tile(a_panel: &[f32], b_panel: &[f32]) -> [[f32; TILE_COLUMNS]; TILE_ROWS] {
    let mut sums = [[0.0; TILE_COLUMNS]; TILE_ROWS];
    let lines = a_panel.as_chunks::<TILE_ROWS>().0.iter().zip(b_panel.as_chunks::<TILE_COLUMNS>().0);
    for (a, b) in lines {
        for (sums, &a) in sums.iter_mut().zip(a) {
            for (sum, &b) in sums.iter_mut().zip(b) {
                *sum += a * b;
            }
        }
    }
    sums
}
