//! Cases of the kernels that work on values, rows and columns.

use super::{Case, SIZES, unwritten};
use crate::common::{Data, to_f64};
use crate::oracle::dense;
use blue_cube::kernel::Kernel;
use blue_cube::kernel::channel_sums::ChannelSumsParams;
use blue_cube::kernel::matmul::{GPU_TILE, MatmulParams};
use blue_cube::kernel::relu::LenParams;

/// Two dimensions of workgroups are needed for more values than this: 65,535 workgroups of 64.
const ONE_ROW_OF_WORKGROUPS: u32 = 65_535 * 64;

pub(crate) fn relu() -> Vec<Case> {
    let sizes = SIZES.into_iter().chain([ONE_ROW_OF_WORKGROUPS + 65]);
    let case = |len: u32| {
        let mut x = Data::new(100).quarters(len as usize, 4);
        x[0] = -0.0;
        let want = dense::relu_forward(&to_f64(&x));
        let bound = vec![x, unwritten(len as usize)];
        Case::new(Kernel::Relu, format!("{len} values"), &LenParams { len }, bound, len).exactly(1, want)
    };
    sizes.map(case).collect()
}

pub(crate) fn relu_backward() -> Vec<Case> {
    let case = |len: u32| {
        let mut data = Data::new(101);
        let (x, dy) = (data.quarters(len as usize, 1), data.quarters(len as usize, 4));
        let want = dense::relu_backward(&to_f64(&x), &to_f64(&dy));
        // The kernel reads y, whose sign is that of x where it matters.
        let y = x.iter().map(|x| x.max(0.0)).collect();
        let bound = vec![y, dy, unwritten(len as usize)];
        Case::new(Kernel::ReluBackward, format!("{len} values"), &LenParams { len }, bound, len).exactly(2, want)
    };
    SIZES.into_iter().map(case).collect()
}

/// Quarters up to 4, at most 6,272 per channel: sums below 2¹⁵ in quarters are exact.
pub(crate) fn channel_sums() -> Vec<Case> {
    let mut cases = Vec::new();
    for (n, c, plane_len) in
        [(1, 1, 1), (3, 5, 1), (65, 10, 1), (2, 3, 63), (1, 65, 64), (5, 2, 65), (8, 10, 784), (128, 1, 49)]
    {
        let dy = Data::new(102).quarters((n * c * plane_len) as usize, 4);
        let mut want = vec![0.0; c as usize];
        for (i, &dy) in dy.iter().enumerate() {
            want[i / plane_len as usize % c as usize] += f64::from(dy);
        }
        let params = ChannelSumsParams { n, c, plane_len };
        let what = format!("{n}×{c}×{plane_len}");
        let case = Case::new(Kernel::ChannelSums, what, &params, vec![dy, unwritten(c as usize)], c);
        cases.push(case.exactly(1, want));
    }
    cases
}

/// (m, n, k) around the tiles and blocks of both engines.
const MATMUL_SIZES: [(u32, u32, u32); 12] = [
    (1, 1, 1),
    (1, 10, 63),
    (3, 5, 7),
    (8, 4, 64),
    (9, 5, 65),
    (7, 3, 512),
    (63, 64, 65),
    (65, 63, 64),
    (64, 513, 9),
    (5, 1030, 3),
    (32, 128, 784),
    (130, 9, 513),
];

/// Quarters up to 2 over sums of at most 784: below 2¹⁶ in sixteenths, so every sum is exact in any order.
pub(crate) fn matmul() -> Vec<Case> {
    let mut cases = Vec::new();
    for (m, n, k) in MATMUL_SIZES {
        for (a_transposed, b_transposed, has_bias) in
            [(false, false, true), (true, false, false), (false, true, false), (true, true, true)]
        {
            cases.push(one_matmul([m, n, k], a_transposed, b_transposed, has_bias));
        }
    }
    cases
}

fn one_matmul([m, n, k]: [u32; 3], a_transposed: bool, b_transposed: bool, has_bias: bool) -> Case {
    let mut data = Data::new(103);
    let (a, b) = (data.quarters((m * k) as usize, 2), data.quarters((k * n) as usize, 2));
    let bias = data.quarters(n as usize, 2);
    let [a_row, a_column] = if a_transposed { [1, m] } else { [k, 1] };
    let [b_row, b_column] = if b_transposed { [1, k] } else { [n, 1] };
    let mut want = Vec::new();
    for (i, j) in (0..m).flat_map(|i| (0..n).map(move |j| (i, j))) {
        let product = |l: u32| a[(i * a_row + l * a_column) as usize] * b[(l * b_row + j * b_column) as usize];
        let start = if has_bias { f64::from(bias[j as usize]) } else { 0.0 };
        want.push(start + (0..k).map(|l| f64::from(product(l))).sum::<f64>());
    }
    let params = MatmulParams { m, n, k, a_row, a_column, b_row, b_column, has_bias: has_bias.into() };
    let what = format!("{m}×{k}·{k}×{n}, transposed {a_transposed} {b_transposed}, bias {has_bias}");
    let n_items = m.div_ceil(GPU_TILE[0]) * n.div_ceil(GPU_TILE[1]);
    let bound = vec![a, b, bias, unwritten((m * n) as usize)];
    Case::new(Kernel::Matmul, what, &params, bound, n_items).exactly(3, want)
}
