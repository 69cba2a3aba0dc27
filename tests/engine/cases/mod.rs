//! For every kernel, its inputs on odd sizes, and the outputs according to the oracle.

pub(crate) mod axes;
pub(crate) mod clipping;
pub(crate) mod dense;
pub(crate) mod images;
pub(crate) mod mixed;
pub(crate) mod norms;
pub(crate) mod parameters;
pub(crate) mod recurrent;
pub(crate) mod training;

use crate::common::to_f64;
use blue_cube::kernel::{Kernel, Params};
use bytemuck::NoUninit;

/// Odd sizes: one, around a workgroup, and a plane of a real image.
pub(crate) const SIZES: [u32; 5] = [1, 63, 64, 65, 28 * 28];

/// Initial content of what a kernel must write, to show what it leaves out.
pub(crate) const UNWRITTEN: f32 = 7.5e5;

/// What a binding must hold afterwards, each value with its own tolerance.
pub(crate) struct Want {
    pub(crate) binding: usize,
    pub(crate) values: Vec<f64>,
    pub(crate) tolerances: Vec<f64>,
    /// The binding holds `Moments`: `values` are their count, mean and m2.
    pub(crate) are_moments: bool,
}

impl Want {
    /// What is compared: the binding's words, or the count, mean and m2 of its moments, whose mean is the sum of its
    /// parts.
    pub(crate) fn read(&self, words: &[f32]) -> Vec<f64> {
        if !self.are_moments {
            return to_f64(words);
        }
        let numbers = |moments: &[f32; MOMENTS_WORDS]| {
            let [count, origin, offset, m2] = moments.map(f64::from);
            [count, origin + offset, m2]
        };
        words.as_chunks().0.iter().flat_map(numbers).collect()
    }
}

/// Words of one `Moments`.
pub(crate) const MOMENTS_WORDS: usize = 4;

/// One run of one kernel.
pub(crate) struct Case {
    pub(crate) what: String,
    pub(crate) kernel: Kernel,
    pub(crate) params: Params,
    /// The contents of its bindings before the run.
    pub(crate) bound: Vec<Vec<f32>>,
    /// Values, tiles or sums to compute, as in a plan's pass.
    pub(crate) n_items: u32,
    /// The fewest invocations per item with which a GPU is asked to compute it.
    pub(crate) min_lanes: u32,
    pub(crate) wants: Vec<Want>,
}

impl Case {
    pub(crate) fn new<P: NoUninit>(
        kernel: Kernel,
        what: String,
        params: &P,
        bound: Vec<Vec<f32>>,
        n_items: u32,
    ) -> Self {
        Self { what, kernel, params: Params::of(params), bound, n_items, min_lanes: 1, wants: Vec::new() }
    }

    /// Not with one invocation per item: Mesa's lavapipe silently ends all loops of an invocation after 65,535 rounds
    /// in total (`LP_MAX_TGSI_LOOP_ITERATIONS`).
    pub(crate) fn in_company(mut self) -> Self {
        self.min_lanes = 8;
        self
    }

    /// Compares every value exactly: for inputs on a grid on which f32 rounds nothing.
    pub(crate) fn exactly(self, binding: usize, values: Vec<f64>) -> Self {
        self.nearly(binding, values, 0.0, 0.0)
    }

    /// Compares every value to `atol` + `rtol`·|value|.
    pub(crate) fn nearly(self, binding: usize, values: Vec<f64>, atol: f64, rtol: f64) -> Self {
        let tolerances = values.iter().map(|value| atol + rtol * value.abs()).collect();
        self.within(binding, values, tolerances)
    }

    pub(crate) fn within(mut self, binding: usize, values: Vec<f64>, tolerances: Vec<f64>) -> Self {
        self.wants.push(Want { binding, values, tolerances, are_moments: false });
        self
    }

    /// Makes the last expected binding one of moments.
    pub(crate) fn of_moments(mut self) -> Self {
        self.wants.iter_mut().next_back().expect("a binding is expected").are_moments = true;
        self
    }
}

/// Room for `len` values that a kernel must write.
pub(crate) fn unwritten(len: usize) -> Vec<f32> {
    vec![UNWRITTEN; len]
}

/// The cases of a kernel. A kernel without any does not compile.
pub(crate) fn cases(kernel: Kernel) -> Vec<Case> {
    match kernel {
        Kernel::Adam => parameters::adam(),
        Kernel::AmsGrad => parameters::ams_grad(),
        Kernel::AxisAffineGradient => axes::axis_affine_gradient(),
        Kernel::AxisMoments => axes::axis_moments(),
        Kernel::AxisScaleShift => axes::axis_scale_shift(),
        Kernel::AxisScaleShiftBackward => axes::axis_scale_shift_backward(),
        Kernel::AxisSums => axes::axis_sums(),
        Kernel::BatchInstanceBackward => mixed::batch_instance_backward(),
        Kernel::BatchInstanceForward => mixed::batch_instance_forward(),
        Kernel::BatchInstanceRho => mixed::batch_instance_rho(),
        Kernel::ChannelSums => dense::channel_sums(),
        Kernel::ClipGradients => clipping::clip_gradients(),
        Kernel::Constrain => parameters::constrain(),
        Kernel::Conv2d => images::conv2d(),
        Kernel::Conv2dGradInput => images::conv2d_grad_input(),
        Kernel::Conv2dGradWeight => images::conv2d_grad_weight(),
        Kernel::Dropout => training::dropout(),
        Kernel::FoldBackward => norms::fold_backward(),
        Kernel::FoldForward => norms::fold_forward(),
        Kernel::GradientNorm => clipping::gradient_norm(),
        Kernel::GroupMoments => norms::group_moments(),
        Kernel::GruStep => recurrent::gru_step(),
        Kernel::GruStepBackward => recurrent::gru_step_backward(),
        Kernel::Matmul => dense::matmul(),
        Kernel::MaxPool => images::max_pool(),
        Kernel::MaxPoolBackward => images::max_pool_backward(),
        Kernel::PlaneMoments => norms::plane_moments(),
        Kernel::PlaneSums => norms::plane_sums(),
        Kernel::Regularize => parameters::regularize(),
        Kernel::Relu => dense::relu(),
        Kernel::ReluBackward => dense::relu_backward(),
        Kernel::ScaleShift => norms::scale_shift(),
        Kernel::ScaleShiftBackward => norms::scale_shift_backward(),
        Kernel::Sgd => parameters::sgd(),
        Kernel::SoftmaxLoss => training::softmax_loss(),
        Kernel::StepStack => recurrent::step_stack(),
        Kernel::StepSum => recurrent::step_sum(),
        Kernel::SwitchableBackward => mixed::switchable_backward(),
        Kernel::SwitchableForward => mixed::switchable_forward(),
        Kernel::SwitchableLogits => mixed::switchable_logits(),
        Kernel::SwitchableSets => mixed::switchable_sets(),
        Kernel::Tanh => recurrent::tanh(),
        Kernel::TanhBackward => recurrent::tanh_backward(),
        Kernel::Tick => training::tick(),
        Kernel::UnpackImages => training::unpack_images(),
        Kernel::UpdateRunning => norms::update_running(),
    }
}
