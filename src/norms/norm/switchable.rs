//! The tables of switchable norm: y = γ·(x − M)/√(V + ε) + β, with M = Σ w_k·μ_k and V = Σ w′_k·σ²_k over the moments of
//! instance, layer and batch norm, w and w′ being the softmax of three logits each.
//!
//! On the values of one plane this is one affine map, about the origin of the plane's own moments.
//! Source: Luo et al. 2019.

use super::blend::{Blend, about, softmax, unless_single};
use super::{PlaneAffine, PlanePullback, PlaneSums, rstd};
use crate::norms::moments::Moments;
use bytemuck::{Pod, Zeroable};

/// What every pass reads, besides moments and sums.
#[derive(Clone, Copy)]
pub struct Switchable<'a> {
    /// Sizes and ε.
    pub blend: Blend,
    /// γ then β, [2, C].
    pub affine: &'a [f32],
    /// Logits for means, then for variances, each of instance, layer, batch: \[2, 3\].
    pub logits: &'a [f32],
}

/// What the mean and variance of one image or channel contribute to dx: x·(x − origin) + one, for its values.
#[repr(C)]
#[derive(Clone, Copy, Default, PartialEq, Debug, Pod, Zeroable)]
pub struct SetPullback {
    /// The origin of the set's moments.
    pub origin: f32,
    /// Factor of x − origin.
    pub x: f32,
    /// Added to every value.
    pub one: f32,
}

/// The gradients of a loss with respect to M and V, for one plane or summed over several.
#[derive(Clone, Copy, Default)]
struct StatisticsGradient {
    mean: f32,
    variance: f32,
}

impl Switchable<'_> {
    /// The affine map of every plane, and the moments with which it normalizes: M, and V times the values per plane as m2.
    ///
    /// With o the plane's origin and R = 1/√(V + ε), scale = γ·R and shift = β − γ·R·(M − o).
    ///
    /// # Shapes
    /// `planes`, `maps`, `blended`: [N·C]; `layers`: \[N\]; `batch`: \[C\], running ones in evaluation.
    pub fn fold_forward(
        &self,
        planes: &[Moments],
        layers: &[Moments],
        batch: &[Moments],
        maps: &mut [PlaneAffine],
        blended: &mut [Moments],
    ) {
        let [mean_weights, variance_weights] = self.weights();
        for (plane_idx, (map, mixed)) in maps.iter_mut().zip(blended).enumerate() {
            let plane = planes[plane_idx];
            let sets = sets_of(plane_idx, plane, layers, batch);
            let offset = weigh(mean_weights, sets.map(|set| set.mean_from(plane.origin)));
            let variance = weigh(variance_weights, sets.map(Moments::variance));
            *mixed = Moments { offset, m2: variance * plane.count, ..plane };
            let channel = plane_idx % batch.len();
            let scale = self.affine[channel] * rstd(*mixed, self.blend.epsilon);
            let beta = self.affine[batch.len() + channel];
            *map = PlaneAffine { origin: plane.origin, scale, shift: beta - scale * offset };
        }
    }

    /// What every image's and every channel's moments contribute to dx, and the gradients of γ and β.
    ///
    /// For a set of n values with weights w and w′: 2w′·(x − μ)·Σ dV/n + w·Σ dM/n, with its planes' gradients of M and V.
    /// Given moments contribute nothing. dγ = Σ dy·x̂ and dβ = Σ dy over the channel.
    ///
    /// # Shapes
    /// `layers`: \[N\]; `batch`: \[C\]; `blended`, `sums`: [N·C]; `sets`: [N + C], images then channels; `daffine`: [2, C].
    pub fn sets_backward(
        &self,
        layers: &[Moments],
        batch: &[Moments],
        blended: &[Moments],
        sums: &[PlaneSums],
        sets: &mut [SetPullback],
        daffine: &mut [f32],
    ) {
        let [w, v] = self.weights();
        let n_channels = batch.len();
        let gradient = |plane_idx: usize| self.gradient(plane_idx, blended[plane_idx], sums[plane_idx]);
        let (of_images, of_channels) = sets.split_at_mut(layers.len());
        for (image, (set, &layer)) in of_images.iter_mut().zip(layers).enumerate() {
            let planes = image * n_channels..(image + 1) * n_channels;
            let total = planes.map(gradient).fold(StatisticsGradient::default(), StatisticsGradient::plus);
            *set = set_pullback([w[1], v[1]], layer, true, total);
        }
        for (channel, (set, &batch)) in of_channels.iter_mut().zip(batch).enumerate() {
            let mut total = StatisticsGradient::default();
            let (mut dgamma, mut dbeta) = (0.0, 0.0);
            for plane_idx in self.blend.planes_of(channel) {
                let (mixed, sum) = (blended[plane_idx], sums[plane_idx]);
                total = total.plus(gradient(plane_idx));
                dgamma += rstd(mixed, self.blend.epsilon) * about(sum, mixed.offset);
                dbeta += sum.dy;
            }
            *set = set_pullback([w[2], v[2]], batch, self.blend.owns_batch(), total);
            daffine[channel] = dgamma;
            daffine[n_channels + channel] = dbeta;
        }
    }

    /// The pullback of every plane: γ·R·dy, and what its own moments, its image's and its channel's contribute.
    ///
    /// # Shapes
    /// `planes`, `blended`, `sums`, `out`: `[N·C]`; `sets`: `[N + C]`, from [`Switchable::sets_backward`].
    pub fn fold_backward(
        &self,
        planes: &[Moments],
        blended: &[Moments],
        sums: &[PlaneSums],
        sets: &[SetPullback],
        out: &mut [PlanePullback],
    ) {
        let [w, v] = self.weights();
        let [n_images, n_channels] = [self.blend.n as usize, self.blend.c as usize];
        for (plane_idx, out) in out.iter_mut().enumerate() {
            let (plane, mixed, gamma) = (planes[plane_idx], blended[plane_idx], self.affine[plane_idx % n_channels]);
            let of_plane = set_pullback([w[0], v[0]], plane, true, self.gradient(plane_idx, mixed, sums[plane_idx]));
            let dy = gamma * rstd(mixed, self.blend.epsilon) * self.moved(w, plane.count);
            *out = PlanePullback { dy, x: of_plane.x, one: of_plane.one };
            for set in [sets[plane_idx / n_channels], sets[n_images + plane_idx % n_channels]] {
                out.x += set.x;
                out.one += set.x * (plane.origin - set.origin) + set.one;
            }
        }
    }

    /// The gradients of the logits: w_j·Σ dM·(μ_j − M) and w′_j·Σ dV·(σ²_j − V) over all planes.
    ///
    /// The differences are computed as Σ w_k·(μ_j − μ_k), which is exactly 0 if all means are equal.
    ///
    /// # Shapes
    /// `planes`, `blended`, `sums`: [N·C]; `layers`: \[N\]; `batch`: \[C\]; `dlogits`: [2, 3].
    pub fn logits_backward(
        &self,
        planes: &[Moments],
        layers: &[Moments],
        batch: &[Moments],
        blended: &[Moments],
        sums: &[PlaneSums],
        dlogits: &mut [f32],
    ) {
        let [mean_weights, variance_weights] = self.weights();
        let mut totals = [0.0; 6];
        for image in 0..layers.len() {
            let mut parts = [0.0; 6];
            for plane_idx in image * batch.len()..(image + 1) * batch.len() {
                let plane = planes[plane_idx];
                let sets = sets_of(plane_idx, plane, layers, batch);
                let gradient = self.gradient(plane_idx, blended[plane_idx], sums[plane_idx]);
                let means = from_blend(mean_weights, sets.map(|set| set.mean_from(plane.origin)));
                let variances = from_blend(variance_weights, sets.map(Moments::variance));
                for k in 0..3 {
                    parts[k] += gradient.mean * means[k];
                    parts[3 + k] += gradient.variance * variances[k];
                }
            }
            totals.iter_mut().zip(parts).for_each(|(total, part)| *total += part);
        }
        let weights = mean_weights.into_iter().chain(variance_weights);
        for ((dlogit, total), weight) in dlogits.iter_mut().zip(totals).zip(weights) {
            *dlogit = weight * total;
        }
    }

    /// w and w′.
    fn weights(&self) -> [[f32; 3]; 2] {
        let (means, variances) = self.logits.split_at(3);
        [softmax(means), softmax(variances)]
    }

    /// dM = −γ·R·Σ dy and dV = −½·γ·R³·Σ dy·(x − M).
    fn gradient(&self, plane_idx: usize, mixed: Moments, sums: PlaneSums) -> StatisticsGradient {
        let rstd = rstd(mixed, self.blend.epsilon);
        let scale = -self.affine[plane_idx % self.blend.c as usize] * rstd;
        StatisticsGradient { mean: scale * sums.dy, variance: 0.5 * scale * rstd * rstd * about(sums, mixed.offset) }
    }

    /// The sum of the weights of the means: 1, except that sets of a single value count as 0 (see [`unless_single`]).
    fn moved(&self, [instance, layer, batch]: [f32; 3], plane_len: f32) -> f32 {
        let count = |planes: u32| planes as f32 * plane_len;
        unless_single(instance, plane_len, true)
            + unless_single(layer, count(self.blend.c), true)
            + unless_single(batch, count(self.blend.n), self.blend.owns_batch())
    }
}

impl StatisticsGradient {
    fn plus(self, other: Self) -> Self {
        Self { mean: self.mean + other.mean, variance: self.variance + other.variance }
    }
}

/// The moments with which a plane's values are normalized: of instance, layer and batch norm.
fn sets_of(plane_idx: usize, plane: Moments, layers: &[Moments], batch: &[Moments]) -> [Moments; 3] {
    [plane, layers[plane_idx / batch.len()], batch[plane_idx % batch.len()]]
}

/// What moments with weights w and w′ contribute to dx, given Σ dM and Σ dV over their planes.
fn set_pullback([w, v]: [f32; 2], set: Moments, own: bool, total: StatisticsGradient) -> SetPullback {
    if !own {
        return SetPullback::default();
    }
    let x = 2.0 * v * total.variance / set.count;
    let one = unless_single(w, set.count, own) * total.mean / set.count;
    SetPullback { origin: set.origin, x, one: one - x * set.offset }
}

fn weigh(weights: [f32; 3], values: [f32; 3]) -> f32 {
    weights[0] * values[0] + weights[1] * values[1] + weights[2] * values[2]
}

/// Each value less the weighted mean of all.
fn from_blend(weights: [f32; 3], values: [f32; 3]) -> [f32; 3] {
    values.map(|value| weigh(weights, values.map(|other| value - other)))
}
