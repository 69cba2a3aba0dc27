//! Batch-instance and switchable norm in f64, element by element, from the definitions of their papers.

use super::norm::{Method, mean_variance, sets};

/// What is mixed, and how.
#[derive(Clone)]
pub(crate) enum Mixture {
    /// ρ, [C].
    BatchInstance(Vec<f64>),
    /// For means, then for variances: instance, layer, batch.
    Switchable([f64; 6]),
}

/// One of the two norms with its parameters.
#[derive(Clone)]
pub(crate) struct Mixed {
    pub(crate) mixture: Mixture,
    pub(crate) shape: [usize; 4],
    pub(crate) epsilon: f64,
    pub(crate) gamma: Vec<f64>,
    pub(crate) beta: Vec<f64>,
    /// Mean and variance of every channel, which replace the batch's in evaluation.
    pub(crate) running: Option<(Vec<f64>, Vec<f64>)>,
}

pub(crate) struct Gradients {
    pub(crate) x: Vec<f64>,
    pub(crate) gamma: Vec<f64>,
    pub(crate) beta: Vec<f64>,
    /// With ρ or with the logits.
    pub(crate) mixture: Vec<f64>,
}

/// Where the statistics of an element come from.
struct Source {
    mean: Vec<f64>,
    variance: Vec<f64>,
    /// The elements of every mean; `None` if the mean is given.
    sets: Option<Vec<Vec<usize>>>,
    /// The mean of every element.
    of: Vec<usize>,
}

pub(crate) fn softmax(logits: &[f64]) -> Vec<f64> {
    let total: f64 = logits.iter().map(|logit| logit.exp()).sum();
    logits.iter().map(|logit| logit.exp() / total).collect()
}

impl Mixture {
    /// ρ, or the logits.
    pub(crate) fn values_mut(&mut self) -> &mut [f64] {
        match self {
            Self::BatchInstance(rho) => rho,
            Self::Switchable(logits) => logits,
        }
    }
}

impl Mixed {
    fn len(&self) -> usize {
        self.shape.iter().product()
    }

    fn place(&self, i: usize) -> (usize, usize) {
        let plane = i / (self.shape[2] * self.shape[3]);
        (plane / self.shape[1], plane % self.shape[1])
    }

    fn source(&self, method: Method, x: &[f64]) -> Source {
        if let (Method::Batch, Some((mean, variance))) = (method, &self.running) {
            let of = (0..self.len()).map(|i| self.place(i).1).collect();
            return Source { mean: mean.clone(), variance: variance.clone(), sets: None, of };
        }
        let sets = sets(method, self.shape);
        let (mean, variance) = sets.iter().map(|set| mean_variance(x, set)).unzip();
        let mut of = vec![usize::MAX; self.len()];
        for (set_idx, set) in sets.iter().enumerate() {
            set.iter().for_each(|&i| of[i] = set_idx);
        }
        Source { mean, variance, sets: Some(sets), of }
    }

    fn sources(&self, x: &[f64]) -> Vec<Source> {
        let methods: &[Method] = match self.mixture {
            Mixture::BatchInstance(_) => &[Method::Batch, Method::Instance],
            Mixture::Switchable(_) => &[Method::Instance, Method::Layer, Method::Batch],
        };
        methods.iter().map(|&method| self.source(method, x)).collect()
    }

    /// The weights of the means and of the variances of the sources, for a channel.
    fn weights(&self, channel: usize) -> [Vec<f64>; 2] {
        match &self.mixture {
            Mixture::BatchInstance(rho) => [(); 2].map(|()| vec![rho[channel], 1.0 - rho[channel]]),
            Mixture::Switchable(logits) => [softmax(&logits[..3]), softmax(&logits[3..])],
        }
    }

    /// The mixed mean and variance of every element.
    pub(crate) fn blended(&self, x: &[f64]) -> (Vec<f64>, Vec<f64>) {
        let sources = self.sources(x);
        let mix = |i: usize| {
            let [means, variances] = self.weights(self.place(i).1);
            let weigh = |weights: Vec<f64>, value: &dyn Fn(&Source) -> f64| -> f64 {
                weights.iter().zip(&sources).map(|(weight, source)| weight * value(source)).sum()
            };
            (
                weigh(means, &|source| source.mean[source.of[i]]),
                weigh(variances, &|source| source.variance[source.of[i]]),
            )
        };
        (0..self.len()).map(mix).unzip()
    }

    /// x̂ from one source.
    fn xhat(&self, source: &Source, x: &[f64], i: usize) -> f64 {
        (x[i] - source.mean[source.of[i]]) / (source.variance[source.of[i]] + self.epsilon).sqrt()
    }

    pub(crate) fn forward(&self, x: &[f64]) -> Vec<f64> {
        let xhat = self.mixed_xhat(x);
        (0..self.len()).map(|i| self.gamma[self.place(i).1] * xhat[i] + self.beta[self.place(i).1]).collect()
    }

    fn mixed_xhat(&self, x: &[f64]) -> Vec<f64> {
        match &self.mixture {
            Mixture::BatchInstance(rho) => {
                let sources = self.sources(x);
                let mix = |i: usize| {
                    let rho = rho[self.place(i).1];
                    rho * self.xhat(&sources[0], x, i) + (1.0 - rho) * self.xhat(&sources[1], x, i)
                };
                (0..self.len()).map(mix).collect()
            }
            Mixture::Switchable(_) => {
                let (mean, variance) = self.blended(x);
                (0..self.len()).map(|i| (x[i] - mean[i]) / (variance[i] + self.epsilon).sqrt()).collect()
            }
        }
    }

    /// Following the steps of Ioffe, Szegedy 2015, section 3: through x̂, then every variance, then every mean.
    pub(crate) fn backward(&self, x: &[f64], dy: &[f64]) -> Gradients {
        let xhat = self.mixed_xhat(x);
        let (mut gamma, mut beta) = (vec![0.0; self.shape[1]], vec![0.0; self.shape[1]]);
        for i in 0..self.len() {
            gamma[self.place(i).1] += dy[i] * xhat[i];
            beta[self.place(i).1] += dy[i];
        }
        let dxhat: Vec<f64> = (0..self.len()).map(|i| dy[i] * self.gamma[self.place(i).1]).collect();
        let (x, mixture) = match &self.mixture {
            Mixture::BatchInstance(rho) => self.batch_instance_backward(rho, x, &dxhat),
            Mixture::Switchable(_) => self.switchable_backward(x, &dxhat),
        };
        Gradients { x, gamma, beta, mixture }
    }

    fn batch_instance_backward(&self, rho: &[f64], x: &[f64], dxhat: &[f64]) -> (Vec<f64>, Vec<f64>) {
        let sources = self.sources(x);
        let mut dx = vec![0.0; x.len()];
        let mut drho = vec![0.0; rho.len()];
        for i in 0..x.len() {
            drho[self.place(i).1] += dxhat[i] * (self.xhat(&sources[0], x, i) - self.xhat(&sources[1], x, i));
        }
        for (k, source) in sources.iter().enumerate() {
            let g = |i: usize| dxhat[i] * [rho[self.place(i).1], 1.0 - rho[self.place(i).1]][k];
            let deviation = |i: usize| (source.variance[source.of[i]] + self.epsilon).sqrt();
            let [mut dmean, mut dvariance] = [(); 2].map(|()| vec![0.0; source.mean.len()]);
            for i in 0..x.len() {
                let set = source.of[i];
                dx[i] += g(i) / deviation(i);
                dmean[set] -= g(i) / deviation(i);
                dvariance[set] += g(i) * (x[i] - source.mean[set]) * -0.5 * deviation(i).powi(-3);
            }
            source.pull_back(x, &dmean, &dvariance, &mut dx);
        }
        (dx, drho)
    }

    fn switchable_backward(&self, x: &[f64], dxhat: &[f64]) -> (Vec<f64>, Vec<f64>) {
        let (sources, (mean, variance)) = (self.sources(x), self.blended(x));
        let weights = self.weights(0);
        let deviation = |i: usize| (variance[i] + self.epsilon).sqrt();
        let mut dx: Vec<f64> = (0..x.len()).map(|i| dxhat[i] / deviation(i)).collect();
        let mut dweights = [vec![0.0; 3], vec![0.0; 3]];
        for (k, source) in sources.iter().enumerate() {
            let [mut dmean, mut dvariance] = [(); 2].map(|()| vec![0.0; source.mean.len()]);
            for i in 0..x.len() {
                let set = source.of[i];
                let to_mean = -dxhat[i] / deviation(i);
                let to_variance = dxhat[i] * (x[i] - mean[i]) * -0.5 * deviation(i).powi(-3);
                dmean[set] += weights[0][k] * to_mean;
                dvariance[set] += weights[1][k] * to_variance;
                // Minus the mixture, which the softmax subtracts again: otherwise f64 loses digits at large means.
                dweights[0][k] += to_mean * (source.mean[set] - mean[i]);
                dweights[1][k] += to_variance * (source.variance[set] - variance[i]);
            }
            source.pull_back(x, &dmean, &dvariance, &mut dx);
        }
        // ∂w_k/∂logit_j = w_k·(δ_jk − w_j).
        let through_softmax = |(weights, dweights): (&Vec<f64>, &Vec<f64>)| {
            let total: f64 = weights.iter().zip(dweights).map(|(weight, dweight)| weight * dweight).sum();
            weights.iter().zip(dweights).map(|(weight, dweight)| weight * (dweight - total)).collect::<Vec<f64>>()
        };
        (dx, weights.iter().zip(&dweights).flat_map(through_softmax).collect())
    }
}

impl Source {
    /// Adds the part of the gradients of the means and variances in dx; nothing where they are given.
    fn pull_back(&self, x: &[f64], dmean: &[f64], dvariance: &[f64], dx: &mut [f64]) {
        for (k, set) in self.sets.iter().flatten().enumerate() {
            let count = set.len() as f64;
            for &i in set {
                dx[i] += dmean[k] / count + dvariance[k] * 2.0 * (x[i] - self.mean[k]) / count;
            }
        }
    }
}
