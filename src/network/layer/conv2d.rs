//! 2-D convolution with bias, stride 1.

use super::{LayerError, Padding, WeightInit};
use crate::engine::plan::parameter::Regularizer;
use crate::engine::plan::{Parameter, PlanBuilder, Tensor};
use crate::engine::random::Init;
use crate::kernel::conv2d::{self, Conv2dParams};
use crate::kernel::{channel_sums, conv2d_grad_input, conv2d_grad_weight};
use crate::norms::shape::Shape;

/// A convolution of one network.
pub struct Conv2d {
    kernel: u32,
    padding: u32,
    channels: u32,
    weights: Parameter,
    bias: Parameter,
}

impl Conv2d {
    pub(super) fn new(
        plan: &mut PlanBuilder,
        label: &str,
        shape: Shape,
        channels: u32,
        kernel: u32,
        padding: Padding,
        (init, regularizer): (WeightInit, Regularizer),
    ) -> Result<(Self, Shape), LayerError> {
        let padding = match padding {
            Padding::Valid => 0,
            Padding::Same if kernel % 2 == 1 => kernel / 2,
            Padding::Same => return Err(LayerError::EvenKernel { kernel }),
        };
        if kernel == 0 || kernel > shape.h + 2 * padding || kernel > shape.w + 2 * padding {
            return Err(LayerError::Window { size: kernel, h: shape.h, w: shape.w });
        }
        let taps = kernel * kernel;
        let part = init.part(shape.c * taps, channels * taps, regularizer);
        let weights = plan.parameter_of(format!("{label}.weight"), channels * shape.c * taps, &[part], 1.0);
        let bias = plan.parameter(format!("{label}.bias"), channels, Init::Constant(0.0));
        let conv2d = Self { kernel, padding, channels, weights, bias };
        Ok((conv2d, conv2d_shape(shape, channels, kernel, padding)))
    }

    pub(super) fn forward(&self, plan: &mut PlanBuilder, x: Tensor) -> Tensor {
        let y = plan.tensor("conv2d.y", conv2d_shape(x.shape, self.channels, self.kernel, self.padding));
        let slots = conv2d::Slots { x: x.slot, weights: self.weights.value, bias: self.bias.value, y: y.slot };
        plan.push(conv2d::pass(self.params(x.shape, y.shape), slots));
        y
    }

    pub(super) fn backward(&self, plan: &mut PlanBuilder, x: Tensor, dy: Tensor, wants_dx: bool) -> Option<Tensor> {
        let params = self.params(x.shape, dy.shape);
        let slots = conv2d_grad_weight::Slots { x: x.slot, dy: dy.slot, dweights: self.weights.gradient };
        plan.push(conv2d_grad_weight::pass(params, slots));
        plan.push(channel_sums::pass(dy.shape, channel_sums::Slots { dy: dy.slot, sums: self.bias.gradient }));
        wants_dx.then(|| {
            let dx = plan.tensor("conv2d.dx", x.shape);
            let slots = conv2d_grad_input::Slots { weights: self.weights.value, dy: dy.slot, dx: dx.slot };
            plan.push(conv2d_grad_input::pass(params, slots));
            dx
        })
    }

    fn params(&self, x: Shape, y: Shape) -> Conv2dParams {
        Conv2dParams {
            n: x.n,
            c_in: x.c,
            h: x.h,
            w: x.w,
            c_out: y.c,
            h_out: y.h,
            w_out: y.w,
            kernel: self.kernel,
            padding: self.padding,
        }
    }
}

fn conv2d_shape(x: Shape, channels: u32, kernel: u32, padding: u32) -> Shape {
    Shape::new(x.n, channels, x.h + 2 * padding + 1 - kernel, x.w + 2 * padding + 1 - kernel)
}
