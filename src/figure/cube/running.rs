//! The running statistics that evaluation uses: those of the lane that the tensor came from; otherwise kept from
//! batches of the same digits before this one, or, for a given tensor, from that tensor over and over. The dials are
//! applied after that: they do not change the kept statistics.

use super::pace::{Pace, at_once};
use super::parameters::learned;
use super::reductions::Table;
use super::sample::N_FILTERS;
use super::shown::of_file;
use super::tensor::Tensor;
use super::values::Poked;
use crate::figure::scene::{Scene, Stored};
use crate::norms::grouping::tiling::{Axes, Axis, Tiling};
use crate::norms::moments::Moments;
use crate::norms::norm::learned::LearnedNorm;
use crate::norms::norm::{self, RUNNING_START};
use crate::norms::shape::Shape;
use std::cell::RefCell;
use std::rc::{Rc, Weak};

/// Batches before this one: with a momentum of 0.01 the start still has a weight of a third.
const N_BATCHES: u32 = 100;

/// Most images, rows and columns of such a batch: the statistics of a channel hardly depend on them.
const LONGEST: u32 = 8;

/// Most channels whose batches are made up one by one. Those after them have the same filters, and the same noise in the
/// batches before this one.
const MOST_CHANNELS: u32 = 8 * N_FILTERS;

/// The running moments of every channel.
#[derive(Clone, Debug)]
pub struct Running(Source);

#[derive(Clone, Debug)]
enum Source {
    Lane(Rc<LearnedNorm>),
    /// Of the first channels; the others repeat them.
    Sample(Vec<Moments>),
    /// The moments of every channel of a given tensor, and the weight of [`RUNNING_START`] after all batches.
    Given {
        channels: Rc<Table>,
        tensor: Rc<Tensor>,
        of_start: f32,
        stored: Stored,
    },
}

impl Running {
    /// The running moments of a scene, kept by [`norm::update_running`]; the seeds are those after the scene's.
    pub fn of(scene: &Scene) -> Self {
        let given = of_file(scene);
        if let Some(layer) = given.as_deref().and_then(|tensor| learned(scene, tensor)) {
            return Self(Source::Lane(Rc::clone(layer)));
        }
        Self(match (batches(scene), given) {
            (Batches::Given(channels), Some(tensor)) => {
                let of_start = (0..N_BATCHES).fold(1.0, |weight, _| weight * (1.0 - scene.momentum));
                Source::Given { channels, tensor, of_start, stored: scene.stored() }
            }
            (Batches::Given(_), None) => Source::Sample(vec![RUNNING_START]),
            (Batches::Sample(batches), _) => {
                let n_channels = n_channels(scene.shape);
                let mut running = vec![RUNNING_START; n_channels as usize];
                norm::update_running_with(scene.stored().variance(), scene.momentum, &batches, &mut running);
                Source::Sample(running)
            }
        })
    }

    /// Those of a channel.
    pub fn at(&self, channel: u32) -> Moments {
        match &self.0 {
            Source::Lane(layer) => layer.running(channel as usize),
            Source::Sample(running) => running[channel as usize % running.len()],
            Source::Given { channels, tensor, of_start, stored } => {
                // The same batch every time: the distance from it shrinks by the same factor.
                let batch = channels.at(Poked { tensor, poke: None }, channel);
                let towards = |start: f32, end: f32| end + (start - end) * of_start;
                let origin = towards(RUNNING_START.mean(), batch.mean());
                let m2 = towards(RUNNING_START.m2, stored.variance()(batch));
                Moments { count: 1.0, origin, offset: 0.0, m2 }
            }
        }
    }
}

/// The batches before this one, as moments of channels.
#[derive(Clone)]
enum Batches {
    /// \[batches, channels\], of at most [`MOST_CHANNELS`] channels.
    Sample(Rc<[Moments]>),
    /// A given tensor, over and over.
    Given(Rc<Table>),
}

/// The batches of one shape and seed, or of a given tensor.
struct Last {
    shape: Shape,
    seed: u32,
    given: Weak<Tensor>,
    batches: Batches,
}

thread_local! {
    /// The last ones: they take longer than everything else that a slider changes.
    static LAST: RefCell<Option<Last>> = const { RefCell::new(None) };
}

/// Computes what the running statistics of a scene are made of, in slices, unless it is at hand.
pub async fn prepare(scene: &Scene, pace: &Pace) {
    let is_of_lane = of_file(scene).is_some_and(|tensor| learned(scene, &tensor).is_some());
    if !is_of_lane {
        batches_at(scene, pace).await;
    }
}

fn batches(scene: &Scene) -> Batches {
    at_once(batches_at(scene, &Pace::endless()))
}

async fn batches_at(scene: &Scene, pace: &Pace) -> Batches {
    let Scene { shape, seed, .. } = *scene;
    let tensor = of_file(scene);
    let given = tensor.as_ref().map_or_else(Weak::new, Rc::downgrade);
    let last = LAST.with_borrow(|last| {
        let is_it = |last: &&Last| (last.shape, last.seed) == (shape, seed) && last.given.ptr_eq(&given);
        last.as_ref().filter(is_it).map(|last| last.batches.clone())
    });
    if let Some(last) = last {
        return last;
    }
    let batches = match tensor {
        Some(tensor) => Batches::Given(Rc::new(channels(&tensor, pace).await)),
        None => {
            let mut batches = vec![];
            for i in 1..=N_BATCHES {
                batches.extend(batch(shape, seed.wrapping_add(i), pace).await);
            }
            Batches::Sample(batches.into())
        }
    };
    LAST.set(Some(Last { shape, seed, given, batches: batches.clone() }));
    batches
}

fn n_channels(shape: Shape) -> u32 {
    shape.c.min(MOST_CHANNELS)
}

async fn batch(shape: Shape, seed: u32, pace: &Pace) -> Vec<Moments> {
    let Shape { n, h, w, .. } = shape;
    let shape = Shape { n: n.min(LONGEST), c: n_channels(shape), h: h.min(LONGEST), w: w.min(LONGEST) };
    let tensor = Tensor::sample_at(shape, seed, pace).await;
    let channels = channels(&tensor, pace).await;
    (0..shape.c).map(|channel| channels.at(Poked { tensor: &tensor, poke: None }, channel)).collect()
}

/// The moments of every channel of a tensor: \[C\].
async fn channels(tensor: &Tensor, pace: &Pace) -> Table {
    let tiling = Tiling::places_of(tensor.shape(), Axes::new(&[Axis::C]));
    Table::at_pace(tensor, tiling, true, None, pace).await
}
