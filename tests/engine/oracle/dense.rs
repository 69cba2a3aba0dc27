//! Linear layers, `ReLU`, the softmax loss, Adam and the random words of dropout, by their definitions.

/// y[n,o] = Σ x[n,i]·w[o,i] + b[o], over i: x [n, in], weights [out, in].
pub(crate) fn linear_forward(n: usize, x: &[f64], weights: &[f64], bias: &[f64]) -> Vec<f64> {
    let (n_in, n_out) = (x.len() / n, bias.len());
    let mut y = Vec::new();
    for row in 0..n {
        for o in 0..n_out {
            y.push(bias[o] + (0..n_in).map(|i| x[row * n_in + i] * weights[o * n_in + i]).sum::<f64>());
        }
    }
    y
}

/// (dx, dweights, dbias) of [`linear_forward`].
pub(crate) fn linear_backward(n: usize, x: &[f64], weights: &[f64], dy: &[f64]) -> (Vec<f64>, Vec<f64>, Vec<f64>) {
    let (n_in, n_out) = (x.len() / n, dy.len() / n);
    let (mut dx, mut dweights, mut dbias) = (vec![0.0; x.len()], vec![0.0; weights.len()], vec![0.0; n_out]);
    for row in 0..n {
        for o in 0..n_out {
            let dy = dy[row * n_out + o];
            dbias[o] += dy;
            for i in 0..n_in {
                dx[row * n_in + i] += dy * weights[o * n_in + i];
                dweights[o * n_in + i] += dy * x[row * n_in + i];
            }
        }
    }
    (dx, dweights, dbias)
}

pub(crate) fn relu_forward(x: &[f64]) -> Vec<f64> {
    x.iter().map(|x| x.max(0.0)).collect()
}

/// The derivative at 0 is taken as 0, as Keras and PyTorch do.
pub(crate) fn relu_backward(x: &[f64], dy: &[f64]) -> Vec<f64> {
    x.iter().zip(dy).map(|(&x, &dy)| if x > 0.0 { dy } else { 0.0 }).collect()
}

/// The mean over the batch of −ln softmax(logits)[label], and its gradient with respect to the logits [n, classes].
pub(crate) fn softmax_cross_entropy(labels: &[usize], logits: &[f64]) -> (f64, Vec<f64>) {
    let (losses, dlogits) = softmax_cross_entropies(labels, logits);
    (losses.iter().sum::<f64>() / labels.len() as f64, dlogits)
}

/// The cross-entropy of every row, and the gradient of their mean.
pub(crate) fn softmax_cross_entropies(labels: &[usize], logits: &[f64]) -> (Vec<f64>, Vec<f64>) {
    let n_classes = logits.len() / labels.len();
    let (mut losses, mut dlogits) = (Vec::new(), Vec::new());
    for (row, &label) in logits.chunks(n_classes).zip(labels) {
        let top = row.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        let total: f64 = row.iter().map(|logit| (logit - top).exp()).sum();
        losses.push(total.ln() - (row[label] - top));
        for (class, logit) in row.iter().enumerate() {
            let target = if class == label { 1.0 } else { 0.0 };
            dlogits.push(((logit - top).exp() / total - target) / labels.len() as f64);
        }
    }
    (losses, dlogits)
}

/// Adam's hyperparameters, as Keras sets them.
pub(crate) const BETA_1: f64 = 0.9;
pub(crate) const BETA_2: f64 = 0.999;
pub(crate) const ADAM_EPSILON: f64 = 1e-7;

/// Step `t` (from 1) of Adam in Keras' form, which adds ε to √v before the bias correction:
/// w ← w − a·m/(√v + ε)  with a = lr·√(1 − β₂ᵗ)/(1 − β₁ᵗ).
///
/// Source: Kingma, Ba 2015, the reordered form at the end of section 2.
pub(crate) fn adam(t: i32, rate: f64, gradient: &[f64], w: &mut [f64], m: &mut [f64], v: &mut [f64]) {
    let rate = rate * (1.0 - BETA_2.powi(t)).sqrt() / (1.0 - BETA_1.powi(t));
    for (i, &g) in gradient.iter().enumerate() {
        m[i] = BETA_1 * m[i] + (1.0 - BETA_1) * g;
        v[i] = BETA_2 * v[i] + (1.0 - BETA_2) * g * g;
        w[i] -= rate * m[i] / (v[i].sqrt() + ADAM_EPSILON);
    }
}

/// Step `t` of AMSGrad as Keras 2 writes it: Adam's, with the largest v so far in place of v. `moments`: m, v, largest v.
///
/// Source: Reddi, Kale, Kumar 2018; Keras 2, `optimizers.py`, `Adam.get_updates` with `amsgrad=True`.
pub(crate) fn ams_grad(t: i32, rate: f64, gradient: &[f64], w: &mut [f64], moments: [&mut [f64]; 3]) {
    let rate = rate * (1.0 - BETA_2.powi(t)).sqrt() / (1.0 - BETA_1.powi(t));
    let [m, v, largest] = moments;
    for (i, &g) in gradient.iter().enumerate() {
        m[i] = BETA_1 * m[i] + (1.0 - BETA_1) * g;
        v[i] = BETA_2 * v[i] + (1.0 - BETA_2) * g * g;
        largest[i] = largest[i].max(v[i]);
        w[i] -= rate * m[i] / (largest[i].sqrt() + ADAM_EPSILON);
    }
}

/// Three random words from three counters: multiply-add, mix, fold the high half into the low, mix. Source: Jarzynski, Olano 2020, pcg3d.
pub(crate) fn pcg3d(v: [u32; 3]) -> [u32; 3] {
    let mut v = v.map(|v| ((u64::from(v) * 1_664_525 + 1_013_904_223) & 0xFFFF_FFFF) as u32);
    let mix = |v: &mut [u32; 3]| {
        for (i, j, k) in [(0, 1, 2), (1, 2, 0), (2, 0, 1)] {
            v[i] = ((u64::from(v[i]) + u64::from(v[j]) * u64::from(v[k])) & 0xFFFF_FFFF) as u32;
        }
    };
    mix(&mut v);
    v = v.map(|v| v ^ (v >> 16));
    mix(&mut v);
    v
}
