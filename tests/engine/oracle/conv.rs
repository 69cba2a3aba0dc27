//! Convolution (which in networks means cross-correlation) and max-pooling, by their definitions.

/// The window of a convolution and its zero padding at the top and left edges.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Window {
    pub(crate) kernel: usize,
    pub(crate) padding: usize,
}

impl Window {
    /// No padding: each side loses kernel − 1 values.
    pub(crate) fn valid(kernel: usize) -> Self {
        Self { kernel, padding: 0 }
    }

    /// Keeps height and width; where kernel − 1 is odd, the bottom and right edges get the larger share, as in Keras.
    pub(crate) fn same(kernel: usize) -> Self {
        Self { kernel, padding: (kernel - 1) / 2 }
    }

    fn out_len(self, len: usize, same: bool) -> usize {
        if same { len } else { len + 1 - self.kernel }
    }
}

/// A convolution with stride 1: x [n, c, h, w], weights [out, c, kernel, kernel], bias [out].
#[derive(Clone, Copy, Debug)]
pub(crate) struct Conv {
    pub(crate) input: [usize; 4],
    pub(crate) n_out: usize,
    pub(crate) window: Window,
    pub(crate) same: bool,
}

/// Every product in the sum that defines a convolution, as indices into the three tensors.
struct Term {
    x: usize,
    weight: usize,
    y: usize,
}

impl Conv {
    pub(crate) fn valid(input: [usize; 4], n_out: usize, kernel: usize) -> Self {
        Self { input, n_out, window: Window::valid(kernel), same: false }
    }

    pub(crate) fn same(input: [usize; 4], n_out: usize, kernel: usize) -> Self {
        Self { input, n_out, window: Window::same(kernel), same: true }
    }

    /// [n, out, h', w'].
    pub(crate) fn output(self) -> [usize; 4] {
        let [n, _, h, w] = self.input;
        [n, self.n_out, self.window.out_len(h, self.same), self.window.out_len(w, self.same)]
    }

    /// y[n,o,i,j] = Σ x[n,c,i+u−pad,j+v−pad]·w[o,c,u,v]: calls `visit` with every product inside the image.
    fn visit_terms(self, mut visit: impl FnMut(Term)) {
        let [n_images, n_in, h, w] = self.input;
        let [_, n_out, h_out, w_out] = self.output();
        let Window { kernel, padding } = self.window;
        for n in 0..n_images {
            for (o, c) in (0..n_out).flat_map(|o| (0..n_in).map(move |c| (o, c))) {
                for (i, j) in (0..h_out).flat_map(|i| (0..w_out).map(move |j| (i, j))) {
                    for (u, v) in (0..kernel).flat_map(|u| (0..kernel).map(move |v| (u, v))) {
                        let (row, column) = (i + u, j + v);
                        if row < padding || row >= h + padding || column < padding || column >= w + padding {
                            continue;
                        }
                        visit(Term {
                            x: ((n * n_in + c) * h + row - padding) * w + column - padding,
                            weight: ((o * n_in + c) * kernel + u) * kernel + v,
                            y: ((n * n_out + o) * h_out + i) * w_out + j,
                        });
                    }
                }
            }
        }
    }

    pub(crate) fn forward(self, x: &[f64], weights: &[f64], bias: &[f64]) -> Vec<f64> {
        let [n, n_out, h_out, w_out] = self.output();
        let mut y: Vec<f64> = (0..n * n_out * h_out * w_out).map(|i| bias[i / (h_out * w_out) % n_out]).collect();
        self.visit_terms(|term| y[term.y] += x[term.x] * weights[term.weight]);
        y
    }

    /// (dx, dweights, dbias).
    pub(crate) fn backward(self, x: &[f64], weights: &[f64], dy: &[f64]) -> (Vec<f64>, Vec<f64>, Vec<f64>) {
        let [_, n_out, h_out, w_out] = self.output();
        let (mut dx, mut dweights, mut dbias) = (vec![0.0; x.len()], vec![0.0; weights.len()], vec![0.0; n_out]);
        self.visit_terms(|term| {
            dx[term.x] += dy[term.y] * weights[term.weight];
            dweights[term.weight] += dy[term.y] * x[term.x];
        });
        for (i, dy) in dy.iter().enumerate() {
            dbias[i / (h_out * w_out) % n_out] += dy;
        }
        (dx, dweights, dbias)
    }
}

/// For every window of `side`² values (stride `side`, no padding) of the input [n, c, h, w], the index of its greatest
/// value, the first in a tie.
pub(crate) fn max_pool_winners([n, c, h, w]: [usize; 4], side: usize, x: &[f64]) -> Vec<usize> {
    let mut winners = Vec::new();
    for plane in 0..n * c {
        for (i, j) in (0..h / side).flat_map(|i| (0..w / side).map(move |j| (i, j))) {
            let mut winner = None;
            for (u, v) in (0..side).flat_map(|u| (0..side).map(move |v| (u, v))) {
                let at = (plane * h + i * side + u) * w + j * side + v;
                if winner.is_none_or(|winner: usize| x[at] > x[winner]) {
                    winner = Some(at);
                }
            }
            winners.push(winner.expect("side is not 0"));
        }
    }
    winners
}

pub(crate) fn max_pool_forward(input: [usize; 4], side: usize, x: &[f64]) -> Vec<f64> {
    max_pool_winners(input, side, x).into_iter().map(|at| x[at]).collect()
}

pub(crate) fn max_pool_backward(input: [usize; 4], side: usize, x: &[f64], dy: &[f64]) -> Vec<f64> {
    let mut dx = vec![0.0; x.len()];
    for (at, dy) in max_pool_winners(input, side, x).into_iter().zip(dy) {
        dx[at] += dy;
    }
    dx
}
