//! The tutorial's network in f64, forward and backward: Conv 10 3×3 valid, norm, Dense 128 `ReLU`, Dropout 0.2, Dense
//! 10.

use super::conv::Conv;
use super::norm::{self, Method};
use super::{dense, norm::Gradients};

pub(crate) const N_CHANNELS: usize = 10;
const SIDE: usize = 28;
const KERNEL: usize = 3;
const SIDE_OUT: usize = SIDE - KERNEL + 1;
const FEATURES: usize = 128;
const DROPOUT_SCALE: f64 = 1.25;

/// The values of every parameter, or their gradients. Linear weights are [inputs, features], as in Keras.
#[derive(Clone)]
pub(crate) struct Parameters {
    pub(crate) conv: Vec<f64>,
    pub(crate) conv_bias: Vec<f64>,
    /// γ then β; empty without a norm.
    pub(crate) affine: Vec<f64>,
    pub(crate) hidden: Vec<f64>,
    pub(crate) hidden_bias: Vec<f64>,
    pub(crate) out: Vec<f64>,
    pub(crate) out_bias: Vec<f64>,
}

impl Parameters {
    /// All of them, in the order of the layers.
    pub(crate) fn all_mut(&mut self) -> Vec<&mut Vec<f64>> {
        let [a, b, c] = [&mut self.conv, &mut self.conv_bias, &mut self.affine];
        let [d, e, f, g] = [&mut self.hidden, &mut self.hidden_bias, &mut self.out, &mut self.out_bias];
        [a, b, c, d, e, f, g].into_iter().filter(|values| !values.is_empty()).collect()
    }
}

/// The source of a norm's statistics.
#[derive(Clone, Copy)]
pub(crate) enum Statistics<'a> {
    None,
    Batch(Method),
    /// Mean and variance of every channel.
    Running(&'a [f64], &'a [f64]),
}

/// The inputs of a step other than the parameters.
#[derive(Clone, Copy)]
pub(crate) struct Batch<'a> {
    /// [n, 1, 28, 28], from 0 to 1.
    pub(crate) images: &'a [f64],
    pub(crate) labels: &'a [usize],
    /// Whether dropout keeps a value, [n, 128]; all of them without dropout.
    pub(crate) kept: Option<&'a [bool]>,
    pub(crate) statistics: Statistics<'a>,
    pub(crate) epsilon: f64,
}

/// The intermediate outputs of the layers.
pub(crate) struct Activations {
    pub(crate) conv: Vec<f64>,
    norm: Vec<f64>,
    hidden: Vec<f64>,
    dropped: Vec<f64>,
    pub(crate) logits: Vec<f64>,
}

impl Batch<'_> {
    fn conv(&self) -> Conv {
        Conv::valid([self.labels.len(), 1, SIDE, SIDE], N_CHANNELS, KERNEL)
    }

    fn dropout(&self, x: &[f64]) -> Vec<f64> {
        let Some(kept) = self.kept else { return x.to_vec() };
        x.iter().zip(kept).map(|(x, &kept)| if kept { x * DROPOUT_SCALE } else { 0.0 }).collect()
    }

    pub(crate) fn forward(&self, p: &Parameters) -> Activations {
        let n = self.labels.len();
        let conv = self.conv().forward(self.images, &p.conv, &p.conv_bias);
        let (gamma, beta) = p.affine.split_at(p.affine.len() / 2);
        let shape = [n, N_CHANNELS, SIDE_OUT, SIDE_OUT];
        let norm = match self.statistics {
            Statistics::None => conv.clone(),
            Statistics::Batch(method) => norm::forward(method, shape, self.epsilon, &conv, gamma, beta),
            Statistics::Running(mean, variance) => {
                norm::evaluate(shape, self.epsilon, &conv, (mean, variance), gamma, beta)
            }
        };
        let hidden = dense::linear_forward(n, &norm, &transposed(&p.hidden, FEATURES), &p.hidden_bias);
        let dropped = self.dropout(&dense::relu_forward(&hidden));
        let logits = dense::linear_forward(n, &dropped, &transposed(&p.out, p.out_bias.len()), &p.out_bias);
        Activations { conv, norm, hidden, dropped, logits }
    }

    pub(crate) fn loss(&self, p: &Parameters) -> f64 {
        dense::softmax_cross_entropy(self.labels, &self.forward(p).logits).0
    }

    /// The loss and the gradient of every parameter.
    pub(crate) fn backward(&self, p: &Parameters) -> (f64, Parameters) {
        let n = self.labels.len();
        let Activations { conv, norm, hidden, dropped, logits } = self.forward(p);
        let (loss, dlogits) = dense::softmax_cross_entropy(self.labels, &logits);
        let weights = transposed(&p.out, p.out_bias.len());
        let (ddropped, dout, dout_bias) = dense::linear_backward(n, &dropped, &weights, &dlogits);
        let dhidden = dense::relu_backward(&hidden, &self.dropout(&ddropped));
        let weights = transposed(&p.hidden, FEATURES);
        let (dnorm, dhidden_weights, dhidden_bias) = dense::linear_backward(n, &norm, &weights, &dhidden);
        let (dconv, daffine) = match self.statistics {
            Statistics::Batch(method) => {
                let (gamma, shape) = (&p.affine[..N_CHANNELS], [n, N_CHANNELS, SIDE_OUT, SIDE_OUT]);
                let Gradients { x, gamma, beta } = norm::backward(method, shape, self.epsilon, &conv, gamma, &dnorm);
                (x, [gamma, beta].concat())
            }
            Statistics::None | Statistics::Running(..) => (dnorm, Vec::new()),
        };
        let (_, dconv_weights, dconv_bias) = self.conv().backward(self.images, &p.conv, &dconv);
        let gradients = Parameters {
            conv: dconv_weights,
            conv_bias: dconv_bias,
            affine: daffine,
            hidden: transposed(&dhidden_weights, norm.len() / n),
            hidden_bias: dhidden_bias,
            out: transposed(&dout, FEATURES),
            out_bias: dout_bias,
        };
        (loss, gradients)
    }
}

/// The transpose of a table with `n_columns` columns.
fn transposed(table: &[f64], n_columns: usize) -> Vec<f64> {
    let n_rows = table.len() / n_columns;
    (0..table.len()).map(|i| table[i % n_rows * n_columns + i / n_rows]).collect()
}
