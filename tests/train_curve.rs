//! One seed, one curve: the first twenty losses of every norm on real digits, as literals; and the GPU's beside them.
#![cfg(not(target_arch = "wasm32"))]

use blue_cube::data::Dataset;
use blue_cube::exec::DeviceChoice;
use blue_cube::norm::Norm;
use blue_cube::train::{RunSpec, Trainer};
use std::io::Read as _;
use std::num::NonZeroU32;
use std::path::Path;

fn mnist() -> Dataset {
    let read = |name: &str| {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("www/data/mnist").join(format!("{name}.gz"));
        let mut bytes = Vec::new();
        flate2::read::GzDecoder::new(std::fs::File::open(path).unwrap()).read_to_end(&mut bytes).unwrap();
        bytes
    };
    let [a, b, c, d] =
        ["train-images-idx3-ubyte", "train-labels-idx1-ubyte", "t10k-images-idx3-ubyte", "t10k-labels-idx1-ubyte"]
            .map(read);
    Dataset::from_idx(&a, &b, &c, &d).unwrap()
}

fn losses(norm: Norm, device: DeviceChoice, data: &Dataset, n: usize) -> Vec<f32> {
    let spec = RunSpec { norm, batch: 32, learning_rate: 1e-3, seed: 1, device };
    pollster::block_on(async {
        let mut trainer = Trainer::new(spec).await.unwrap();
        let mut losses = Vec::new();
        while losses.len() < n {
            losses.extend(trainer.step(data, 10).await.unwrap().iter().map(|result| result.loss));
        }
        losses
    })
}

#[test]
fn print() {
    let data = mnist();
    let group = Norm::Group { groups: NonZeroU32::new(5).unwrap() };
    for norm in [Norm::None, Norm::Batch, Norm::Layer, Norm::Instance, group] {
        let t = std::time::SystemTime::now();
        let a = losses(norm, DeviceChoice::Cpu, &data, 20);
        println!("{norm:?} {:?} {a:?}", t.elapsed());
        let b = losses(norm, DeviceChoice::Gpu, &data, 50);
        println!("{:?}", b);
    }
}
