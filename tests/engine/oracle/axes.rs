//! Norms over any axes and RMS norm in f64, element by element: two elements share a mean if they are at the same
//! position along all axes that the mean does not run over, and in the same group of channels.

use super::norm::{Gradients, mean_variance};
use std::collections::BTreeMap;

/// n, c, h, w of every element.
fn places([n, c, h, w]: [usize; 4]) -> Vec<[usize; 4]> {
    let mut all = Vec::new();
    for image in 0..n {
        for channel in 0..c {
            for row in 0..h {
                all.extend((0..w).map(|column| [image, channel, row, column]));
            }
        }
    }
    all
}

/// One of the norms, on one shape.
#[derive(Clone)]
pub(crate) struct AxesNorm {
    pub(crate) shape: [usize; 4],
    /// The axes of n, c, h, w that a mean runs over.
    pub(crate) axes: [bool; 4],
    pub(crate) groups: usize,
    /// The axes of γ and β.
    pub(crate) affine: [bool; 4],
    /// Whether the mean is subtracted; otherwise it is RMS norm.
    pub(crate) centers: bool,
    pub(crate) epsilon: f64,
}

impl AxesNorm {
    /// The elements that share a mean, in the order of what they have in common.
    pub(crate) fn sets(&self) -> Vec<Vec<usize>> {
        self.alike(|[n, c, h, w]| {
            let group = c / (self.shape[1] / self.groups);
            let kept = [n, if self.axes[1] { group } else { c }, h, w];
            let counts = [!self.axes[0], true, !self.axes[2], !self.axes[3]];
            std::array::from_fn(|axis| if counts[axis] { kept[axis] } else { 0 })
        })
    }

    /// The elements that share a γ and a β, row by row over the affine axes.
    pub(crate) fn affine_sets(&self) -> Vec<Vec<usize>> {
        self.alike(|place| std::array::from_fn(|axis| if self.affine[axis] { place[axis] } else { 0 }))
    }

    fn alike(&self, key: impl Fn([usize; 4]) -> [usize; 4]) -> Vec<Vec<usize>> {
        let mut sets = BTreeMap::<[usize; 4], Vec<usize>>::new();
        for (i, place) in places(self.shape).into_iter().enumerate() {
            sets.entry(key(place)).or_default().push(i);
        }
        sets.into_values().collect()
    }

    /// What is subtracted, and the variance about it: mean and variance, or 0 and the mean square.
    pub(crate) fn moments(&self, x: &[f64], set: &[usize]) -> (f64, f64) {
        if self.centers {
            mean_variance(x, set)
        } else {
            (0.0, set.iter().map(|&i| x[i] * x[i]).sum::<f64>() / set.len() as f64)
        }
    }

    /// The number of the γ of every element.
    fn affine_of(&self) -> Vec<usize> {
        let mut of = vec![usize::MAX; self.shape.iter().product()];
        for (number, set) in self.affine_sets().iter().enumerate() {
            set.iter().for_each(|&i| of[i] = number);
        }
        of
    }

    /// y = γ·(x − mean)/√(variance + ε) + β, or γ·x/√(mean square + ε) + β.
    pub(crate) fn forward(&self, x: &[f64], gamma: &[f64], beta: &[f64]) -> Vec<f64> {
        let (of, mut y) = (self.affine_of(), vec![f64::NAN; x.len()]);
        for set in self.sets() {
            let (mean, variance) = self.moments(x, &set);
            for i in set {
                y[i] = gamma[of[i]] * (x[i] - mean) / (variance + self.epsilon).sqrt() + beta[of[i]];
            }
        }
        y
    }

    /// Through x̂, then the variance or mean square, then the mean.
    pub(crate) fn backward(&self, x: &[f64], gamma: &[f64], dy: &[f64]) -> Gradients {
        let of = self.affine_of();
        let zeros = vec![0.0; gamma.len()];
        let mut gradients = Gradients { x: vec![f64::NAN; x.len()], gamma: zeros.clone(), beta: zeros };
        for set in self.sets() {
            let count = set.len() as f64;
            let (mean, variance) = self.moments(x, &set);
            let deviation = (variance + self.epsilon).sqrt();
            let dxhat = |i: usize| dy[i] * gamma[of[i]];
            let dvariance: f64 = set.iter().map(|&i| dxhat(i) * (x[i] - mean) * -0.5 * deviation.powi(-3)).sum();
            // The variance does not change with the mean to first order, and RMS norm has no mean.
            let dmean: f64 = if self.centers { set.iter().map(|&i| -dxhat(i) / deviation).sum() } else { 0.0 };
            for i in set {
                gradients.x[i] = dxhat(i) / deviation + dvariance * 2.0 * (x[i] - mean) / count + dmean / count;
                gradients.gamma[of[i]] += dy[i] * (x[i] - mean) / deviation;
                gradients.beta[of[i]] += dy[i];
            }
        }
        gradients
    }
}
