//! The running statistics that evaluation uses: those of the lane that the tensor came from; otherwise kept from
//! batches of the same digits before this one, or, for a given tensor, from that tensor over and over. The dials are
//! applied after that: they do not change the kept statistics.

use super::parameters::learned;
use super::shown::of_file;
use super::tensor::Tensor;
use crate::figure::scene::Scene;
use crate::norms::moments::Moments;
use crate::norms::norm::{self, RUNNING_START};
use crate::norms::shape::Shape;
use std::cell::RefCell;
use std::rc::{Rc, Weak};

/// Batches before this one: with a momentum of 0.01 the start still has a weight of a third.
const N_BATCHES: u32 = 100;

/// Most images, rows and columns of such a batch: the statistics of a channel hardly depend on them.
const LONGEST: u32 = 8;

/// The running moments of every channel, kept as the scene's framework keeps them; the seeds are those after the scene's.
///
/// # Shapes
/// Result: \[C\].
pub fn running(scene: &Scene) -> Vec<Moments> {
    if let Some(layer) = of_file(scene).as_deref().and_then(|tensor| learned(scene, tensor)) {
        return layer.running();
    }
    let n_channels = scene.shape.c as usize;
    let mut running = vec![RUNNING_START; n_channels];
    for batch in batches(scene).chunks_exact(n_channels).cycle().take(N_BATCHES as usize) {
        norm::update_running_with(scene.stored().variance(), scene.momentum, batch, &mut running);
    }
    running
}

/// The batches of one shape and seed, or of a given tensor.
struct Batches {
    shape: Shape,
    seed: u32,
    given: Weak<Tensor>,
    moments: Rc<[Moments]>,
}

thread_local! {
    /// The last ones: they take longer than everything else that a slider changes.
    static LAST: RefCell<Option<Batches>> = const { RefCell::new(None) };
}

/// The moments of every channel of the batches before this one: \[batches, C\]; for a given tensor, \[1, C\].
fn batches(scene: &Scene) -> Rc<[Moments]> {
    let Scene { shape, seed, .. } = *scene;
    let tensor = of_file(scene);
    let given = tensor.as_ref().map_or_else(Weak::new, Rc::downgrade);
    let last = LAST.with_borrow(|last| {
        let is_it = |last: &&Batches| (last.shape, last.seed) == (shape, seed) && last.given.ptr_eq(&given);
        last.as_ref().filter(is_it).map(|last| Rc::clone(&last.moments))
    });
    last.unwrap_or_else(|| {
        let moments: Rc<[Moments]> = match tensor {
            Some(tensor) => channels(&tensor).into(),
            None => (1..=N_BATCHES).flat_map(|i| batch(shape, seed.wrapping_add(i))).collect(),
        };
        LAST.set(Some(Batches { shape, seed, given, moments: Rc::clone(&moments) }));
        moments
    })
}

fn batch(Shape { n, c, h, w }: Shape, seed: u32) -> Vec<Moments> {
    let shape = Shape { n: n.min(LONGEST), c, h: h.min(LONGEST), w: w.min(LONGEST) };
    channels(&Tensor::sample(shape, seed))
}

/// The moments of every channel of a tensor: \[C\].
fn channels(tensor: &Tensor) -> Vec<Moments> {
    let Shape { n, c, .. } = tensor.shape();
    let plane = |n: u32, channel: u32| Moments::of(tensor.plane(n * c + channel));
    (0..c).map(|channel| Moments::merge_tree(n, &|n| plane(n, channel))).collect()
}
