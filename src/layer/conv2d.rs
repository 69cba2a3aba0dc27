//! 2-D convolution with bias, stride 1.

use super::{LayerError, Padding, WeightInit};
use crate::kernel::Kernel;
use crate::kernel::channel_sums::ChannelSumsParams;
use crate::kernel::conv2d::Conv2dParams;
use crate::plan::parameter::Regularizer;
use crate::plan::{Parameter, PlanBuilder, Tensor};
use crate::random::Init;
use crate::shape::Shape;

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
        let slots = [x.slot, self.weights.value, self.bias.value, y.slot];
        plan.pass(Kernel::Conv2d, &self.params(x.shape, y.shape), &slots, y.shape.len());
        y
    }

    pub(super) fn backward(&self, plan: &mut PlanBuilder, x: Tensor, dy: Tensor, wants_dx: bool) -> Option<Tensor> {
        let params = self.params(x.shape, dy.shape);
        let n_weights = params.c_out * params.c_in * params.kernel * params.kernel;
        let slots = [x.slot, dy.slot, self.weights.gradient];
        let n_places = dy.shape.n * dy.shape.plane_len();
        plan.reduction(Kernel::Conv2dGradWeight, &params, &slots, n_weights, n_places);
        let sums = ChannelSumsParams { n: dy.shape.n, c: dy.shape.c, plane_len: dy.shape.plane_len() };
        plan.reduction(Kernel::ChannelSums, &sums, &[dy.slot, self.bias.gradient], dy.shape.c, n_places);
        wants_dx.then(|| {
            let dx = plan.tensor("conv2d.dx", x.shape);
            let slots = [self.weights.value, dy.slot, dx.slot];
            plan.pass(Kernel::Conv2dGradInput, &params, &slots, x.shape.len());
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
