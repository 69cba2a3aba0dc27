//! Cases of convolution and pooling. On quarters they are exact: sums of at most 2,352 products of quarters up to 2.

use super::{Case, unwritten};
use crate::common::{Data, to_f64};
use crate::oracle::conv::{Conv, max_pool_backward as pool_backward, max_pool_forward as pool_forward};
use blue_cube::kernel::Kernel;
use blue_cube::kernel::conv2d::Conv2dParams;
use blue_cube::kernel::max_pool::MaxPoolParams;

fn len(shape: [usize; 4]) -> usize {
    shape.iter().product()
}

/// Shapes with every oddity: one value, a kernel as large as the image, unequal sides, few and many channels.
fn convs() -> Vec<Conv> {
    vec![
        Conv::valid([1, 1, 1, 1], 1, 1),
        Conv::valid([2, 1, 3, 3], 1, 3),
        Conv::valid([1, 2, 5, 9], 3, 3),
        Conv::valid([3, 3, 7, 5], 2, 5),
        Conv::valid([2, 1, 28, 28], 10, 3),
        Conv::valid([1, 9, 8, 8], 65, 2),
        Conv::same([1, 1, 1, 1], 1, 3),
        Conv::same([1, 1, 2, 3], 2, 5),
        Conv::same([2, 3, 6, 11], 5, 3),
        Conv::same([1, 2, 3, 4], 2, 7),
        Conv::same([3, 1, 28, 28], 2, 3),
        Conv::same([65, 1, 3, 3], 1, 1),
    ]
}

fn params(conv: Conv) -> Conv2dParams {
    let int = |n: usize| u32::try_from(n).expect("small");
    let ([n, c_in, h, w], [_, c_out, h_out, w_out]) = (conv.input.map(int), conv.output().map(int));
    let (kernel, padding) = (int(conv.window.kernel), int(conv.window.padding));
    Conv2dParams { n, c_in, h, w, c_out, h_out, w_out, kernel, padding }
}

struct Drawn {
    x: Vec<f32>,
    weights: Vec<f32>,
    bias: Vec<f32>,
    dy: Vec<f32>,
}

fn draw(conv: Conv) -> Drawn {
    let mut data = Data::new(200);
    let taps = conv.window.kernel * conv.window.kernel;
    Drawn {
        x: data.quarters(len(conv.input), 2),
        weights: data.quarters(conv.n_out * conv.input[1] * taps, 2),
        bias: data.quarters(conv.n_out, 2),
        dy: data.quarters(len(conv.output()), 2),
    }
}

fn case(kernel: Kernel, conv: Conv, bound: Vec<Vec<f32>>, n_items: usize) -> Case {
    let what = format!("{:?} → {:?}, kernel {}", conv.input, conv.output(), conv.window.kernel);
    Case::new(kernel, what, &params(conv), bound, u32::try_from(n_items).expect("small"))
}

pub(crate) fn conv2d() -> Vec<Case> {
    let one = |conv: Conv| {
        let Drawn { x, weights, bias, .. } = draw(conv);
        let want = conv.forward(&to_f64(&x), &to_f64(&weights), &to_f64(&bias));
        let n_items = want.len();
        case(Kernel::Conv2d, conv, vec![x, weights, bias, unwritten(n_items)], n_items).exactly(3, want)
    };
    convs().into_iter().map(one).collect()
}

pub(crate) fn conv2d_grad_input() -> Vec<Case> {
    let one = |conv: Conv| {
        let Drawn { x, weights, dy, .. } = draw(conv);
        let (want, _, _) = conv.backward(&to_f64(&x), &to_f64(&weights), &to_f64(&dy));
        let n_items = want.len();
        case(Kernel::Conv2dGradInput, conv, vec![weights, dy, unwritten(n_items)], n_items).exactly(2, want)
    };
    convs().into_iter().map(one).collect()
}

pub(crate) fn conv2d_grad_weight() -> Vec<Case> {
    let one = |conv: Conv| {
        let Drawn { x, weights, dy, .. } = draw(conv);
        let (_, want, _) = conv.backward(&to_f64(&x), &to_f64(&weights), &to_f64(&dy));
        let n_items = want.len();
        case(Kernel::Conv2dGradWeight, conv, vec![x, dy, unwritten(n_items)], n_items).exactly(2, want)
    };
    convs().into_iter().map(one).collect()
}

/// (n, c, h, w) and the side of the window; if it does not divide h or w, the remainder is ignored.
const POOLS: [([u32; 4], u32); 7] = [
    ([1, 1, 1, 1], 1),
    ([1, 1, 2, 2], 2),
    ([3, 2, 5, 7], 2),
    ([2, 3, 9, 8], 3),
    ([1, 1, 28, 28], 2),
    ([1, 65, 4, 5], 4),
    ([63, 1, 3, 3], 2),
];

/// Quarters up to 1 have nine values: most windows contain ties, where the first one wins.
fn draw_pool(shape: [u32; 4], side: u32) -> (MaxPoolParams, [usize; 4], Vec<f32>, Vec<f32>) {
    let [n, c, h, w] = shape;
    let mut data = Data::new(201);
    let x = data.quarters((n * c * h * w) as usize, 1);
    let dy = data.quarters((n * c * (h / side) * (w / side)) as usize, 2);
    (MaxPoolParams { n_planes: n * c, h, w, size: side }, shape.map(|axis| axis as usize), x, dy)
}

pub(crate) fn max_pool() -> Vec<Case> {
    let one = |(shape, side): ([u32; 4], u32)| {
        let (params, axes, x, dy) = draw_pool(shape, side);
        let want = pool_forward(axes, side as usize, &to_f64(&x));
        let n_items = u32::try_from(dy.len()).expect("small");
        let bound = vec![x, unwritten(dy.len())];
        Case::new(Kernel::MaxPool, format!("{shape:?}, window {side}"), &params, bound, n_items).exactly(1, want)
    };
    POOLS.into_iter().map(one).collect()
}

pub(crate) fn max_pool_backward() -> Vec<Case> {
    let one = |(shape, side): ([u32; 4], u32)| {
        let (params, axes, x, dy) = draw_pool(shape, side);
        let want = pool_backward(axes, side as usize, &to_f64(&x), &to_f64(&dy));
        let n_items = u32::try_from(x.len()).expect("small");
        let bound = vec![x, dy, unwritten(want.len())];
        let what = format!("{shape:?}, window {side}");
        Case::new(Kernel::MaxPoolBackward, what, &params, bound, n_items).exactly(2, want)
    };
    POOLS.into_iter().map(one).collect()
}
