//! The tables of batch-instance norm: y = (ρ·x̂_BN + (1 − ρ)·x̂_IN)·γ + β, with one weight ρ per channel.
//!
//! On the values of one plane this is one affine map, about the origin of the plane's own moments.
//! Source: Nam, Kim 2018.

use super::blend::{Blend, about, unless_single};
use super::{PlaneAffine, PlanePullback, PlaneSums, rstd};
use crate::norms::moments::Moments;

/// What both passes read, except the gradient of ρ.
#[derive(Clone, Copy)]
pub struct BatchInstance<'a> {
    /// Sizes and ε.
    pub blend: Blend,
    /// The moments of every plane, [N·C].
    pub planes: &'a [Moments],
    /// The moments of every channel, \[C\], or running ones.
    pub batch: &'a [Moments],
    /// γ then β, [2, C].
    pub affine: &'a [f32],
    /// ρ, \[C\].
    pub rho: &'a [f32],
}

impl BatchInstance<'_> {
    /// The affine map of every plane, and the moments mixed in the same way as x̂: mean = ρ·μ_B + (1 − ρ)·μ_I, likewise the variance.
    ///
    /// With o the plane's origin, scale = γρ·r_B + γ(1 − ρ)·r_I and shift = β − γρ·r_B·(μ_B − o) − γ(1 − ρ)·r_I·(μ_I − o).
    ///
    /// # Shapes
    /// `maps`, `blended`: `[N·C]`.
    pub fn fold_forward(&self, maps: &mut [PlaneAffine], blended: &mut [Moments]) {
        for (plane_idx, (map, mixed)) in maps.iter_mut().zip(blended).enumerate() {
            let channel = plane_idx % self.rho.len();
            let (plane, batch, rho) = (self.planes[plane_idx], self.batch[channel], self.rho[channel]);
            let [of_batch, of_plane] = self.scales(plane_idx);
            let batch_offset = batch.mean_from(plane.origin);
            let beta = self.affine[self.rho.len() + channel];
            *map = PlaneAffine {
                origin: plane.origin,
                scale: of_batch + of_plane,
                shift: beta - of_batch * batch_offset - of_plane * plane.offset,
            };
            let variance = rho * batch.variance() + (1.0 - rho) * plane.variance();
            let offset = rho * batch_offset + (1.0 - rho) * plane.offset;
            *mixed = Moments { offset, m2: variance * plane.count, ..plane };
        }
    }

    /// The pullback of every plane, and the gradients of γ and β.
    ///
    /// dx is the sum of batch norm's pullback of γρ·dy and instance norm's of γ(1 − ρ)·dy ([`super::fold_backward`]);
    /// dγ = Σ dy·(ρ·x̂_B + (1 − ρ)·x̂_I) and dβ = Σ dy over the channel.
    ///
    /// # Shapes
    /// `sums`, `out`: [N·C]; `daffine`: [2, C], γ then β.
    pub fn fold_backward(&self, sums: &[PlaneSums], out: &mut [PlanePullback], daffine: &mut [f32]) {
        let n_channels = self.rho.len();
        for (channel, &rho) in self.rho.iter().enumerate() {
            let batch = self.batch[channel];
            let batch_rstd = rstd(batch, self.blend.epsilon);
            let (mut g, mut g_x, mut dgamma, mut dbeta) = (0.0, 0.0, 0.0, 0.0);
            for plane_idx in self.blend.planes_of(channel) {
                let (plane, sum) = (self.planes[plane_idx], sums[plane_idx]);
                let about_batch = about(sum, batch.mean_from(plane.origin));
                let plane_rstd = rstd(plane, self.blend.epsilon);
                g += sum.dy;
                g_x += about_batch;
                dgamma += rho * batch_rstd * about_batch + (1.0 - rho) * plane_rstd * about(sum, plane.offset);
                dbeta += sum.dy;
            }
            if !self.blend.owns_batch() {
                (g, g_x) = (0.0, 0.0);
            }
            for plane_idx in self.blend.planes_of(channel) {
                let (plane, sum) = (self.planes[plane_idx], sums[plane_idx]);
                let [of_batch, of_plane] = self.scales(plane_idx);
                let of_batch = unless_single(of_batch, batch.count, self.blend.owns_batch());
                let of_plane = unless_single(of_plane, plane.count, true);
                let plane_rstd = rstd(plane, self.blend.epsilon);
                let batch_x = -batch_rstd * batch_rstd * of_batch * g_x / batch.count;
                let plane_x = -plane_rstd * plane_rstd * of_plane * about(sum, plane.offset) / plane.count;
                let batch_one = -of_batch * g / batch.count - batch_x * batch.mean_from(plane.origin);
                let plane_one = -of_plane * sum.dy / plane.count - plane_x * plane.offset;
                out[plane_idx] =
                    PlanePullback { dy: of_batch + of_plane, x: batch_x + plane_x, one: batch_one + plane_one };
            }
            daffine[channel] = dgamma;
            daffine[n_channels + channel] = dbeta;
        }
    }

    /// γρ·r_B and γ(1 − ρ)·r_I of a plane.
    fn scales(&self, plane_idx: usize) -> [f32; 2] {
        let channel = plane_idx % self.rho.len();
        let (gamma, rho) = (self.affine[channel], self.rho[channel]);
        let batch = gamma * rho * rstd(self.batch[channel], self.blend.epsilon);
        [batch, gamma * (1.0 - rho) * rstd(self.planes[plane_idx], self.blend.epsilon)]
    }
}

/// The gradient of ρ: dρ = γ·Σ dy·(x̂_B − x̂_I) over the channel.
///
/// # Shapes
/// `planes`, `sums`: [N·C]; `batch`, `drho`: \[C\]; `affine`: [2, C], γ then β.
pub fn rho_backward(
    blend: Blend,
    planes: &[Moments],
    batch: &[Moments],
    sums: &[PlaneSums],
    affine: &[f32],
    drho: &mut [f32],
) {
    for (channel, drho) in drho.iter_mut().enumerate() {
        let batch = batch[channel];
        let batch_rstd = rstd(batch, blend.epsilon);
        let mut total = 0.0;
        for plane_idx in blend.planes_of(channel) {
            let (plane, sum) = (planes[plane_idx], sums[plane_idx]);
            let of_batch = batch_rstd * about(sum, batch.mean_from(plane.origin));
            total += of_batch - rstd(plane, blend.epsilon) * about(sum, plane.offset);
        }
        *drho = affine[channel] * total;
    }
}
