//! The offsets of the fields that Rust shares with the shaders.

use blue_cube::grouping::Grouping;
use blue_cube::grouping::tiling::{Axes, Axis, Tiling};
use blue_cube::kernel::Kernel;
use blue_cube::kernel::adam::AdamParams;
use blue_cube::kernel::axes::{AxesParams, AxisSums};
use blue_cube::kernel::channel_sums::ChannelSumsParams;
use blue_cube::kernel::clip_gradients::ClipGradientsParams;
use blue_cube::kernel::constrain::ConstrainParams;
use blue_cube::kernel::conv2d::Conv2dParams;
use blue_cube::kernel::dropout::DropoutParams;
use blue_cube::kernel::gradient_norm::{GradientNorm, GradientNormParams};
use blue_cube::kernel::gru_step::GruParams;
use blue_cube::kernel::matmul::MatmulParams;
use blue_cube::kernel::max_pool::MaxPoolParams;
use blue_cube::kernel::plane_moments::PlaneMomentsParams;
use blue_cube::kernel::regularize::RegularizeParams;
use blue_cube::kernel::relu::LenParams;
use blue_cube::kernel::sgd::SgdParams;
use blue_cube::kernel::softmax_loss::{SoftmaxLossParams, StepResult};
use blue_cube::kernel::step_sum::StepParams;
use blue_cube::kernel::tick::{Clock, TickParams};
use blue_cube::kernel::unpack_images::UnpackImagesParams;
use blue_cube::kernel::update_running::UpdateRunningParams;
use blue_cube::moments::Moments;
use blue_cube::norm::Fold;
use blue_cube::norm::blend::Blend;
use blue_cube::norm::switchable::SetPullback;
use blue_cube::norm::{PlaneAffine, PlanePullback, PlaneSums};
use blue_cube::shape::Shape;
use std::num::NonZeroU32;

/// The offsets of a struct's fields in Rust, in bytes.
pub(crate) struct Layout {
    pub(crate) span: usize,
    pub(crate) fields: Vec<(&'static str, usize)>,
}

/// The layout of a struct: every field is named, or the pattern does not compile.
macro_rules! layout {
    ($struct:ident { $($field:ident),+ }) => {{
        let _ = |$struct { $($field: _),+ }: $struct| ();
        Layout {
            span: size_of::<$struct>(),
            fields: vec![$((stringify!($field), std::mem::offset_of!($struct, $field))),+],
        }
    }};
}

/// The fields of a grouping are private: they are found by their values.
fn grouping_layout() -> Layout {
    let span = |n| NonZeroU32::new(n).expect("not zero");
    let grouping = Grouping::tile(Shape::new(12, 10, 1, 1), span(3), span(5)).expect("divides");
    let words: [u32; 4] = bytemuck::cast(grouping);
    let offset = |value| 4 * words.iter().position(|&word| word == value).expect("kept");
    let fields = vec![("n", offset(12)), ("c", offset(10)), ("batch_span", offset(3)), ("channel_span", offset(5))];
    Layout { span: size_of::<Grouping>(), fields }
}

/// The fields of a tiling are private too: boxes of 3×5 rows by columns of 2×7×3×5 values.
fn tiling_layout() -> Layout {
    let over = Tiling::over(Shape::new(2, 7, 3, 5), Axes::new(&[Axis::H, Axis::W]), NonZeroU32::MIN).expect("fits");
    let words: [u32; 8] = bytemuck::cast(over);
    let offset = |values: [u32; 4]| 4 * words.windows(4).position(|found| found == values).expect("kept");
    Layout { span: size_of::<Tiling>(), fields: vec![("shape", offset([2, 7, 3, 5])), ("spans", offset([1, 1, 3, 5]))] }
}

/// The Rust struct behind the uniform block of a kernel.
pub(crate) fn params_layout(kernel: Kernel) -> Layout {
    match kernel {
        Kernel::Adam | Kernel::AmsGrad => layout!(AdamParams { len, beta1, beta2, epsilon, rate_factor }),
        Kernel::BatchInstanceBackward
        | Kernel::BatchInstanceForward
        | Kernel::BatchInstanceRho
        | Kernel::SwitchableBackward
        | Kernel::SwitchableForward
        | Kernel::SwitchableLogits
        | Kernel::SwitchableSets => layout!(Blend { n, c, epsilon, own_batch }),
        Kernel::AxisAffineGradient
        | Kernel::AxisMoments
        | Kernel::AxisScaleShift
        | Kernel::AxisScaleShiftBackward
        | Kernel::AxisSums => layout!(AxesParams { tiling, affine_spans, epsilon, centers }),
        Kernel::ChannelSums => layout!(ChannelSumsParams { n, c, plane_len }),
        Kernel::ClipGradients => layout!(ClipGradientsParams { len, part_len, n_parts, max_norm }),
        Kernel::Constrain => layout!(ConstrainParams { part_len, n_parts, bounds, low, high, rate, epsilon }),
        Kernel::Conv2d | Kernel::Conv2dGradInput | Kernel::Conv2dGradWeight => {
            layout!(Conv2dParams { n, c_in, h, w, c_out, h_out, w_out, kernel, padding })
        }
        Kernel::Dropout => layout!(DropoutParams { len, layer, threshold, scale }),
        Kernel::FoldBackward | Kernel::FoldForward => layout!(Fold { grouping, epsilon, own_moments }),
        Kernel::GradientNorm => layout!(GradientNormParams { len, part_len, n_parts }),
        Kernel::GroupMoments => grouping_layout(),
        Kernel::GruStep | Kernel::GruStepBackward => layout!(GruParams { rows, units }),
        Kernel::Matmul => layout!(MatmulParams { m, n, k, a_row, a_column, b_row, b_column, has_bias }),
        Kernel::MaxPool | Kernel::MaxPoolBackward => layout!(MaxPoolParams { n_planes, h, w, size }),
        Kernel::PlaneMoments | Kernel::PlaneSums | Kernel::ScaleShift | Kernel::ScaleShiftBackward => {
            layout!(PlaneMomentsParams { n_planes, plane_len })
        }
        Kernel::Regularize => layout!(RegularizeParams { part_len, n_parts, l1, l2, is_trained }),
        Kernel::Relu | Kernel::ReluBackward | Kernel::Tanh | Kernel::TanhBackward => layout!(LenParams { len }),
        Kernel::SoftmaxLoss => layout!(SoftmaxLossParams { rows, classes, ring_len }),
        Kernel::Sgd => layout!(SgdParams { len, momentum, rate_factor, rate_in_velocity }),
        Kernel::StepStack | Kernel::StepSum => layout!(StepParams { rows, len, n_steps, step }),
        Kernel::Tick => layout!(TickParams { beta1, beta2 }),
        Kernel::UnpackImages => layout!(UnpackImagesParams { batch_words, ring_len }),
        Kernel::UpdateRunning => layout!(UpdateRunningParams { n_channels, n_parts, momentum }),
    }
}

/// The Rust struct with the same name, for everything but the uniform block.
pub(crate) fn shared_layout(name: &str) -> Option<Layout> {
    Some(match name {
        "AxisSums" => layout!(AxisSums { g, g_xhat }),
        "Clock" => layout!(Clock { step, seed, learning_rate, beta1_power, beta2_power }),
        "GradientNorm" => layout!(GradientNorm { usual, large }),
        "Grouping" => grouping_layout(),
        "Tiling" => tiling_layout(),
        "Moments" => layout!(Moments { count, origin, offset, m2 }),
        "PlaneAffine" => layout!(PlaneAffine { origin, scale, shift }),
        "PlanePullback" => layout!(PlanePullback { dy, x, one }),
        "SetPullback" => layout!(SetPullback { origin, x, one }),
        "StepResult" => layout!(StepResult { loss, n_right }),
        "PlaneSums" => layout!(PlaneSums { dy, dy_x }),
        _ => return None,
    })
}
