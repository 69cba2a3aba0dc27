//! A small generated data set, and the results of training on it, the same on every platform.

#![allow(dead_code, reason = "every test binary takes the part it needs")]

use blue_cube::data::Dataset;
use blue_cube::exec::{DeviceChoice, DeviceKind};
use blue_cube::norm::Norm;
use blue_cube::random::pcg3d;
use blue_cube::train::{RunSpec, Trainer};
use std::num::NonZeroU32;

pub(crate) const GROUP_5: Norm = Norm::Group { groups: NonZeroU32::new(5).unwrap() };

/// The first losses of [`GROUP_5`] on the CPU, in native code and in wasm alike.
pub(crate) const LOSSES: [f32; 6] = [2.9921174, 1.3325663, 0.39979684, 1.1678888, 0.0014055822, 0.019895012];

/// Ten distinguishable kinds of pictures: a bright bar whose position is the label, over noise.
pub(crate) fn dataset(n_images: u32) -> Dataset {
    let header = |magic: u32, sizes: &[u32]| -> Vec<u8> {
        std::iter::once(magic).chain(sizes.iter().copied()).flat_map(u32::to_be_bytes).collect()
    };
    let pixel = |n: u32, i: u32| {
        let is_bar = i / 28 / 3 == n % 10;
        if is_bar { 200 } else { (pcg3d([n, i, 7])[0] >> 26) as u8 }
    };
    let mut images = header(2051, &[n_images, 28, 28]);
    images.extend((0..n_images).flat_map(|n| (0..784).map(move |i| pixel(n, i))));
    let mut labels = header(2049, &[n_images]);
    labels.extend((0..n_images).map(|n| (n % 10) as u8));
    Dataset::from_idx(&images, &labels, &images, &labels).unwrap()
}

/// Losses of the first steps, and the engine.
pub(crate) async fn losses(norm: Norm, device: DeviceChoice, n_steps: u32) -> (Vec<f32>, DeviceKind) {
    let data = dataset(200);
    let spec = RunSpec { norm, batch: 8, learning_rate: 1e-3, seed: 3, device, ..RunSpec::default() };
    let mut trainer = Trainer::new(spec).await.unwrap();
    let mut losses = Vec::new();
    while losses.len() < n_steps as usize {
        let results = trainer.step(&data, n_steps - losses.len() as u32).await.unwrap();
        losses.extend(results.iter().map(|result| result.loss));
    }
    (losses, trainer.device().kind)
}
