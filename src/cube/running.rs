//! The running statistics that evaluation takes: kept from batches of the same digits that came before this one.

use super::tensor::Tensor;
use crate::moments::Moments;
use crate::norm::{self, RUNNING_START};
use crate::scene::Scene;
use crate::shape::Shape;
use std::cell::RefCell;
use std::rc::Rc;

/// Batches seen before this one: with a momentum of 0.01 the start still weighs a third.
const N_BATCHES: u32 = 100;

/// The most images, rows and columns of such a batch: the statistics of a channel hardly depend on them.
const LONGEST: u32 = 8;

/// The running moments of every channel, as [`norm::update_running`] keeps them; the seeds are those after the scene's.
///
/// # Shapes
/// Result: [C].
pub fn running(scene: &Scene) -> Vec<Moments> {
    let n_channels = scene.shape.c as usize;
    let mut running = vec![RUNNING_START; n_channels];
    for batch in batches(scene).chunks_exact(n_channels) {
        norm::update_running(scene.momentum, batch, &mut running);
    }
    running
}

/// The batches of one shape and seed.
struct Batches {
    shape: Shape,
    seed: u32,
    moments: Rc<[Moments]>,
}

thread_local! {
    /// The last ones: they take longer than all else that a slider moves.
    static LAST: RefCell<Option<Batches>> = const { RefCell::new(None) };
}

/// The moments of every channel of the batches which came before: [batches, C].
fn batches(scene: &Scene) -> Rc<[Moments]> {
    let Scene { shape, seed, .. } = *scene;
    let last = LAST.with_borrow(|last| {
        let last = last.as_ref().filter(|last| (last.shape, last.seed) == (shape, seed));
        last.map(|last| Rc::clone(&last.moments))
    });
    last.unwrap_or_else(|| {
        let moments: Rc<[Moments]> = (1..=N_BATCHES).flat_map(|i| batch(shape, seed.wrapping_add(i))).collect();
        LAST.set(Some(Batches { shape, seed, moments: Rc::clone(&moments) }));
        moments
    })
}

fn batch(Shape { n, c, h, w }: Shape, seed: u32) -> Vec<Moments> {
    let shape = Shape { n: n.min(LONGEST), c, h: h.min(LONGEST), w: w.min(LONGEST) };
    let tensor = Tensor::sample(shape, seed);
    let plane = |n: u32, c: u32| Moments::of(tensor.plane(n * shape.c + c));
    (0..c).map(|c| Moments::merge_tree(shape.n, &|n| plane(n, c))).collect()
}
