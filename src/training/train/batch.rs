//! One batch of images on its way to the engine.

use crate::engine::exec::Executor;
use crate::network::model::{Ports, RING_LEN};
use crate::training::data::{Batches, Dataset};

/// Memory for one batch before it is handed to the engine.
#[derive(Default)]
pub(super) struct Batch {
    /// Indices of its images among those to train on.
    pub(super) indices: Vec<u32>,
    pub(super) images: Vec<u8>,
    pub(super) labels: Vec<u32>,
}

impl Batch {
    /// Takes the next images to train on.
    pub(super) fn draw(&mut self, data: &Dataset, batches: &mut Batches) {
        batches.next_batch(data.n_ready(), data.n_train(), &mut self.indices);
        let train = data.train();
        self.gather(|index| (train.image(index), train.label(index)));
    }

    pub(super) fn gather<'a>(&mut self, example: impl Fn(u32) -> (&'a [u8], u8)) {
        self.images.clear();
        self.labels.clear();
        for &index in &self.indices {
            let (image, label) = example(index);
            self.images.extend_from_slice(image);
            self.labels.push(u32::from(label));
        }
    }

    /// Hands over the batch for the run of its section at clock step `step`.
    pub(super) fn write(&self, executor: &mut Executor, ports: Ports, step: u32) {
        let place = step % RING_LEN;
        executor.write(ports.images, place * (self.images.len() / 4) as u32, &self.images);
        executor.write(ports.labels, place * ports.batch, bytemuck::cast_slice(&self.labels));
    }
}
