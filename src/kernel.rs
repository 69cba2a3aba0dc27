//! The closed list of kernels. Each is one WGSL file in `shaders/` and one file of the same stem in `kernel/`, which
//! holds its CPU twin; both have the same parameters and the same bindings in the same order.
//!
//! To add a kernel:
//! 1. Write `shaders/stem.wgsl`; its header names the bindings and the twin.
//! 2. Write `kernel/stem.rs`: the parameter struct, `kernel! { … }` with the bindings by name, `pass()`, which counts
//!    the items and is all that layers see, and `twin()`. `relu.rs` is the shortest; `matmul.rs` shares items among
//!    invocations.
//! 3. Add its row to `kernels!` below.
//!    (`cargo fmt` does not see the file through the macro: run `rustfmt --edition 2024 src/kernel/*.rs`.)
//!
//! The tests then require its cases (`tests/engine/cases/mod.rs`), the layout of its parameters (`tests/engine/layouts/mod.rs`) and a
//! network that uses it (`tests/engine/plan_noop.rs`).
//!
//! Uses: norms.

#[macro_use]
mod declare;
pub mod axes;
mod bindings;
mod pass;
pub mod random;
mod strip;

pub use bindings::{Bindings, View};
pub use pass::{Items, PARAMS_BYTES, Params, Pass, Slot, Tensor};
use strip::stripped;

kernels! {
    adam: Adam,
    ams_grad: AmsGrad,
    axis_affine_gradient: AxisAffineGradient,
    axis_moments: AxisMoments,
    axis_scale_shift: AxisScaleShift,
    axis_scale_shift_backward: AxisScaleShiftBackward,
    axis_sums: AxisSums,
    batch_instance_backward: BatchInstanceBackward,
    batch_instance_forward: BatchInstanceForward,
    batch_instance_rho: BatchInstanceRho,
    channel_sums: ChannelSums,
    clip_gradients: ClipGradients,
    constrain: Constrain,
    conv2d: Conv2d,
    conv2d_grad_input: Conv2dGradInput,
    conv2d_grad_weight: Conv2dGradWeight,
    dropout: Dropout,
    fold_backward: FoldBackward,
    fold_forward: FoldForward,
    gradient_norm: GradientNorm,
    group_moments: GroupMoments,
    gru_step: GruStep,
    gru_step_backward: GruStepBackward,
    matmul: Matmul,
    max_pool: MaxPool,
    max_pool_backward: MaxPoolBackward,
    plane_moments: PlaneMoments,
    plane_sums: PlaneSums,
    regularize: Regularize,
    relu: Relu,
    relu_backward: ReluBackward,
    scale_shift: ScaleShift,
    scale_shift_backward: ScaleShiftBackward,
    sgd: Sgd,
    softmax_loss: SoftmaxLoss,
    step_stack: StepStack,
    step_sum: StepSum,
    switchable_backward: SwitchableBackward,
    switchable_forward: SwitchableForward,
    switchable_logits: SwitchableLogits,
    switchable_sets: SwitchableSets,
    tanh: Tanh,
    tanh_backward: TanhBackward,
    tick: Tick,
    unpack_images: UnpackImages,
    update_running: UpdateRunning,
}

/// Whether a kernel only reads a binding, or also writes it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Access {
    /// `var<storage, read>`.
    Read,
    /// `var<storage, read_write>`.
    ReadWrite,
}

/// The words of a binding's items, for whoever compares two of them.
#[derive(Clone, Copy, Debug)]
pub struct Layout {
    /// Words of one item, at least 1.
    pub words: usize,
    /// Whether they are plain numbers.
    pub are_floats: bool,
    /// Whether they are [`crate::norms::moments::Moments`], whose mean is in two parts.
    pub are_moments: bool,
}

impl Layout {
    /// The layout of items of type `T`, which is called `name`.
    const fn of<T>(name: &str) -> Self {
        let (are_floats, are_moments) = (matches!(name.as_bytes(), b"f32"), matches!(name.as_bytes(), b"Moments"));
        Self { words: size_of::<T>().div_ceil(4), are_floats, are_moments }
    }
}

/// What both engines need to know about a kernel.
pub struct KernelInfo {
    /// The stem of its files; the label of its pipeline.
    pub label: &'static str,
    /// The whole WGSL module, entry point `main`; without its comments in what [`Kernel::info`] returns.
    pub wgsl: &'static str,
    /// Its storage bindings, starting at binding 1; binding 0 is the uniform [`Params`].
    pub bindings: &'static [Access],
    /// The items of each binding.
    pub layouts: &'static [Layout],
    /// Whether LANES invocations may share one item (`shaders/lib/lanes.wgsl`).
    pub reduces: bool,
    /// The CPU implementation.
    pub twin: Twin,
}

/// The CPU implementation of a kernel.
pub type Twin = fn(params: &Params, bindings: &Bindings<'_>);

/// Returns the first `len` values of `scratch`, which grows to that length once.
pub(crate) fn scratch_of(scratch: &mut Vec<f32>, len: usize) -> &mut [f32] {
    if scratch.len() < len {
        scratch.resize(len, 0.0);
    }
    &mut scratch[..len]
}
