//! Normalization by sets of elements, as the Group Normalization paper defines it.

/// Which elements share a mean.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Method {
    Batch,
    Layer,
    Instance,
    /// G groups of neighbouring channels.
    Group(usize),
    /// Tiles of that many images by that many channels.
    Tile(usize, usize),
}

/// Places (n, c) of every element of a tensor.
fn coordinates([n, c, h, w]: [usize; 4]) -> Vec<(usize, usize)> {
    let mut all = Vec::new();
    for image in 0..n {
        for channel in 0..c {
            for _ in 0..h * w {
                all.push((image, channel));
            }
        }
    }
    all
}

/// What two elements of one set must have in common.
///
/// Wu, He 2018, section 3.1: batch norm the channel, layer norm the image, instance norm both, group norm the image
/// and ⌊channel/(C/G)⌋.
pub(crate) fn key(method: Method, n_channels: usize, (n, c): (usize, usize)) -> (usize, usize) {
    match method {
        Method::Batch => (0, c),
        Method::Layer => (n, 0),
        Method::Instance => (n, c),
        Method::Group(groups) => (n, c / (n_channels / groups)),
        Method::Tile(images, channels) => (n / images, c / channels),
    }
}

/// The sets of elements that share mean and variance, as lists of indices.
pub(crate) fn sets(method: Method, shape: [usize; 4]) -> Vec<Vec<usize>> {
    let mut sets = std::collections::BTreeMap::<_, Vec<usize>>::new();
    for (i, place) in coordinates(shape).into_iter().enumerate() {
        sets.entry(key(method, shape[1], place)).or_default().push(i);
    }
    sets.into_values().collect()
}

/// Mean and biased variance of the elements of one set.
pub(crate) fn mean_variance(x: &[f64], set: &[usize]) -> (f64, f64) {
    let mean = set.iter().map(|&i| x[i]).sum::<f64>() / set.len() as f64;
    let variance = set.iter().map(|&i| (x[i] - mean).powi(2)).sum::<f64>() / set.len() as f64;
    (mean, variance)
}

/// y = γ·(x − μ)/√(σ² + ε) + β, with μ and σ² of the element's set, γ and β of its channel.
pub(crate) fn forward(
    method: Method,
    shape: [usize; 4],
    epsilon: f64,
    x: &[f64],
    gamma: &[f64],
    beta: &[f64],
) -> Vec<f64> {
    let places = coordinates(shape);
    let mut y = vec![f64::NAN; x.len()];
    for set in sets(method, shape) {
        let (mean, variance) = mean_variance(x, &set);
        for i in set {
            let channel = places[i].1;
            y[i] = gamma[channel] * (x[i] - mean) / (variance + epsilon).sqrt() + beta[channel];
        }
    }
    y
}

/// y = γ·(x − mean)/√(variance + ε) + β with given statistics per channel: batch norm in evaluation.
pub(crate) fn evaluate(
    shape: [usize; 4],
    epsilon: f64,
    x: &[f64],
    (mean, variance): (&[f64], &[f64]),
    gamma: &[f64],
    beta: &[f64],
) -> Vec<f64> {
    let places = coordinates(shape);
    let map = |(i, &x): (usize, &f64)| {
        let c = places[i].1;
        gamma[c] * (x - mean[c]) / (variance[c] + epsilon).sqrt() + beta[c]
    };
    x.iter().enumerate().map(map).collect()
}

/// The gradients of a loss with respect to x, γ and β.
pub(crate) struct Gradients {
    pub(crate) x: Vec<f64>,
    pub(crate) gamma: Vec<f64>,
    pub(crate) beta: Vec<f64>,
}

/// Backward in the steps of Ioffe, Szegedy 2015, section 3: through x̂, then the variance, then the mean.
pub(crate) fn backward(
    method: Method,
    shape: [usize; 4],
    epsilon: f64,
    x: &[f64],
    gamma: &[f64],
    dy: &[f64],
) -> Gradients {
    let places = coordinates(shape);
    let mut gradients = Gradients { x: vec![f64::NAN; x.len()], gamma: vec![0.0; shape[1]], beta: vec![0.0; shape[1]] };
    for set in sets(method, shape) {
        let count = set.len() as f64;
        let (mean, variance) = mean_variance(x, &set);
        let deviation = (variance + epsilon).sqrt();
        let dxhat = |i: usize| dy[i] * gamma[places[i].1];
        let dvariance: f64 = set.iter().map(|&i| dxhat(i) * (x[i] - mean) * -0.5 * deviation.powi(-3)).sum();
        let dmean_direct: f64 = set.iter().map(|&i| -dxhat(i) / deviation).sum();
        let dmean_by_variance: f64 = dvariance * set.iter().map(|&i| -2.0 * (x[i] - mean)).sum::<f64>() / count;
        let dmean = dmean_direct + dmean_by_variance;
        for i in set {
            gradients.x[i] = dxhat(i) / deviation + dvariance * 2.0 * (x[i] - mean) / count + dmean / count;
            gradients.gamma[places[i].1] += dy[i] * (x[i] - mean) / deviation;
            gradients.beta[places[i].1] += dy[i];
        }
    }
    gradients
}
