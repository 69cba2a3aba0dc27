//! Tensors that are hard on a norm's arithmetic, and the engines to test them on.

use super::Data;
use super::gpu::gpu_or_skip;
use blue_cube::exec::DeviceChoice;
use blue_cube::shape::Shape;

/// A tensor that is hard on sums of squares.
pub(crate) struct Hard {
    pub(crate) what: &'static str,
    pub(crate) shape: Shape,
    pub(crate) x: Vec<f32>,
    /// Tolerance of a gradient against f64, relative to the largest: 10⁻⁴, or with a mean of 10⁴ standard deviations
    /// 2·10⁻³.
    pub(crate) gradient_tolerance: f64,
}

pub(crate) fn hard_tensors() -> Vec<Hard> {
    let mut data = Data::new(500);
    let mut all = Vec::new();
    let mut add = |what, (n, c, h, w): (u32, u32, u32, u32), gradient_tolerance, draw: &mut dyn FnMut(usize) -> f32| {
        let shape = Shape::new(n, c, h, w);
        all.push(Hard { what, shape, x: (0..shape.len() as usize).map(draw).collect(), gradient_tolerance });
    };
    add("normal", (3, 6, 5, 7), 1e-4, &mut |_| data.gauss() as f32);
    add("mean 1e4, deviation 1", (3, 6, 5, 7), 2e-3, &mut |_| (1e4 + data.gauss()) as f32);
    add("variance 1e-8", (3, 6, 5, 7), 1e-4, &mut |_| (1e-4 * data.gauss()) as f32);
    add("constant", (3, 6, 5, 7), 1e-4, &mut |_| 0.1);
    add("after ReLU", (4, 6, 9, 3), 1e-4, &mut |_| data.gauss().max(0.0) as f32);
    add("channels of unlike spread", (3, 6, 5, 7), 1e-4, &mut |i| {
        let channel = i / 35 % 6;
        (10_f64.powi(channel as i32 - 3) * data.gauss() + channel as f64) as f32
    });
    add("one value", (1, 1, 1, 1), 1e-4, &mut |_| 3.0);
    add("one image, one channel", (1, 1, 13, 11), 1e-4, &mut |_| data.gauss() as f32);
    add("planes of one value", (5, 6, 1, 1), 1e-4, &mut |_| data.gauss() as f32);
    all
}

/// The available engines.
pub(crate) fn devices() -> Vec<DeviceChoice> {
    let gpu = gpu_or_skip().map(|_| DeviceChoice::Gpu);
    std::iter::once(DeviceChoice::Cpu).chain(gpu).collect()
}
