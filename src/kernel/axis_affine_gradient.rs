//! dγ = Σ dy·x̂ and dβ = Σ dy, each over the values that share a γ and a β.

use super::Pass;
use super::axes::{AxesParams, Groups, MAX_RUN_LEN, for_each_run, sums_and_words};
use crate::norms::moments::Moments;

kernel! {
    axis_affine_gradient(AxesParams) uses [lanes, moments, tiling, axes];
    read x: [f32],
    read dy: [f32],
    read groups: [Moments],
    write daffine: [f32];
    scratch
}

/// A pass in which invocations share the values of one γ and β.
pub fn pass(params: AxesParams, slots: Slots) -> Pass {
    slots.pass(&params, params.affine_items())
}

fn twin(params: AxesParams, Bound { x, dy, groups: moments, mut daffine, mut scratch }: Bound<'_>) {
    let (sums, words) = sums_and_words(&mut scratch, daffine.len(), 3 * moments.len());
    let (dgamma, dbeta) = sums.split_at_mut(daffine.len() / 2);
    let groups = Groups::new(&moments, params.epsilon, words);
    let mut terms = [0.0; MAX_RUN_LEN];
    for_each_run(params.tilings(), |run| {
        let (terms, dy) = (&mut terms[..run.len], run.of(&dy));
        groups.normalize(run.tiles[0], run.of(&x), terms);
        terms.iter_mut().zip(dy).for_each(|(term, dy)| *term *= dy);
        run.tiles[1].add(terms, dgamma);
        run.tiles[1].add(dy, dbeta);
    });
    for (out, sum) in daffine.iter_mut().zip(sums) {
        *out = *sum as f32;
    }
}
