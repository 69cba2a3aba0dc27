//! The running statistics that evaluation takes: kept from batches of the same digits that came before this one.

use super::tensor::Tensor;
use crate::grouping::Grouping;
use crate::moments::Moments;
use crate::norm::{self, RUNNING_START};
use crate::scene::Scene;
use crate::shape::Shape;

/// Batches seen before this one: with a momentum of 0.01 the start still weighs a third.
const N_BATCHES: u32 = 100;

/// The most images, rows and columns of such a batch: the statistics of a channel hardly depend on them.
const LONGEST: u32 = 8;

/// The running moments of every channel, as [`norm::update_running`] keeps them; the seeds are those after the scene's.
///
/// # Shapes
/// Result: [C].
pub fn running(scene: &Scene) -> Vec<Moments> {
    let Shape { n, c, h, w } = scene.shape;
    let shape = Shape { n: n.min(LONGEST), c, h: h.min(LONGEST), w: w.min(LONGEST) };
    let mut running = vec![RUNNING_START; c as usize];
    let Ok(batch) = Grouping::batch(shape) else { return running };
    for i in 1..=N_BATCHES {
        let tensor = Tensor::sample(shape, scene.seed.wrapping_add(i));
        let moments: Vec<_> = (0..batch.n_groups())
            .map(|group_idx| {
                let members: Vec<_> = batch.members(group_idx).map(|plane| Moments::of(tensor.plane(plane))).collect();
                Moments::merge_tree(batch.group_len(), &|member| members[member as usize])
            })
            .collect();
        norm::update_running(scene.momentum, &moments, &mut running);
    }
    running
}
