//! The closed list of kernels. Each is one WGSL file in `shaders/` and one CPU twin of the same stem in `kernel/`;
//! both take the same parameters and the same bindings in the same order.

pub mod adam;
pub mod ams_grad;
pub mod axes;
pub mod axis_affine_gradient;
pub mod axis_moments;
pub mod axis_scale_shift;
pub mod axis_scale_shift_backward;
pub mod axis_sums;
pub mod batch_instance_backward;
pub mod batch_instance_forward;
pub mod batch_instance_rho;
pub mod channel_sums;
pub mod constrain;
pub mod conv2d;
pub mod conv2d_grad_input;
pub mod conv2d_grad_weight;
pub mod dropout;
pub mod fold_backward;
pub mod fold_forward;
pub mod group_moments;
pub mod gru_step;
pub mod gru_step_backward;
pub mod matmul;
pub mod max_pool;
pub mod max_pool_backward;
pub mod plane_moments;
pub mod plane_sums;
pub mod regularize;
pub mod relu;
pub mod relu_backward;
pub mod scale_shift;
pub mod scale_shift_backward;
pub mod sgd;
pub mod softmax_loss;
pub mod step_stack;
pub mod step_sum;
mod strip;
pub mod switchable_backward;
pub mod switchable_forward;
pub mod switchable_logits;
pub mod switchable_sets;
pub mod tanh;
pub mod tanh_backward;
pub mod tick;
pub mod unpack_images;
pub mod update_running;

use bytemuck::{AnyBitPattern, NoUninit, Pod, Zeroable};
use std::cell::{Ref, RefCell, RefMut};
use strip::stripped;

/// A step of computation that both engines know.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
#[expect(missing_docs, reason = "each is described in the file of its name")]
pub enum Kernel {
    Adam,
    AmsGrad,
    AxisAffineGradient,
    AxisMoments,
    AxisScaleShift,
    AxisScaleShiftBackward,
    AxisSums,
    BatchInstanceBackward,
    BatchInstanceForward,
    BatchInstanceRho,
    ChannelSums,
    Constrain,
    Conv2d,
    Conv2dGradInput,
    Conv2dGradWeight,
    Dropout,
    FoldBackward,
    FoldForward,
    GroupMoments,
    GruStep,
    GruStepBackward,
    Matmul,
    MaxPool,
    MaxPoolBackward,
    PlaneMoments,
    PlaneSums,
    Regularize,
    Relu,
    ReluBackward,
    ScaleShift,
    ScaleShiftBackward,
    Sgd,
    SoftmaxLoss,
    StepStack,
    StepSum,
    SwitchableBackward,
    SwitchableForward,
    SwitchableLogits,
    SwitchableSets,
    Tanh,
    TanhBackward,
    Tick,
    UnpackImages,
    UpdateRunning,
}

/// Whether a kernel only reads what is bound at a place, or writes it too.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Access {
    /// `var<storage, read>`.
    Read,
    /// `var<storage, read_write>`.
    ReadWrite,
}

/// What both engines need to know of a kernel.
pub struct KernelInfo {
    /// The stem of its files; the label of its pipeline.
    pub label: &'static str,
    /// The whole WGSL module, entry point `main`; without its comments in what [`Kernel::info`] returns.
    pub wgsl: &'static str,
    /// Its storage bindings, from binding 1 on; binding 0 is the uniform [`Params`].
    pub bindings: &'static [Access],
    /// Whether LANES invocations may share one item (`shaders/lib/lanes.wgsl`).
    pub reduces: bool,
    /// The CPU's version.
    pub twin: Twin,
}

/// The CPU's version of a kernel.
pub type Twin = fn(params: &Params, bindings: &Bindings<'_>);

impl Kernel {
    /// Every kernel.
    pub const ALL: &'static [Self] = &[
        Self::Adam,
        Self::AmsGrad,
        Self::AxisAffineGradient,
        Self::AxisMoments,
        Self::AxisScaleShift,
        Self::AxisScaleShiftBackward,
        Self::AxisSums,
        Self::BatchInstanceBackward,
        Self::BatchInstanceForward,
        Self::BatchInstanceRho,
        Self::ChannelSums,
        Self::Constrain,
        Self::Conv2d,
        Self::Conv2dGradInput,
        Self::Conv2dGradWeight,
        Self::Dropout,
        Self::FoldBackward,
        Self::FoldForward,
        Self::GroupMoments,
        Self::GruStep,
        Self::GruStepBackward,
        Self::Matmul,
        Self::MaxPool,
        Self::MaxPoolBackward,
        Self::PlaneMoments,
        Self::PlaneSums,
        Self::Regularize,
        Self::Relu,
        Self::ReluBackward,
        Self::ScaleShift,
        Self::ScaleShiftBackward,
        Self::Sgd,
        Self::SoftmaxLoss,
        Self::StepStack,
        Self::StepSum,
        Self::SwitchableBackward,
        Self::SwitchableForward,
        Self::SwitchableLogits,
        Self::SwitchableSets,
        Self::Tanh,
        Self::TanhBackward,
        Self::Tick,
        Self::UnpackImages,
        Self::UpdateRunning,
    ];

    /// The row of facts of this kernel.
    pub fn info(self) -> &'static KernelInfo {
        match self {
            Self::Adam => stripped!(adam),
            Self::AmsGrad => stripped!(ams_grad),
            Self::AxisAffineGradient => stripped!(axis_affine_gradient),
            Self::AxisMoments => stripped!(axis_moments),
            Self::AxisScaleShift => stripped!(axis_scale_shift),
            Self::AxisScaleShiftBackward => stripped!(axis_scale_shift_backward),
            Self::AxisSums => stripped!(axis_sums),
            Self::BatchInstanceBackward => stripped!(batch_instance_backward),
            Self::BatchInstanceForward => stripped!(batch_instance_forward),
            Self::BatchInstanceRho => stripped!(batch_instance_rho),
            Self::ChannelSums => stripped!(channel_sums),
            Self::Constrain => stripped!(constrain),
            Self::Conv2d => stripped!(conv2d),
            Self::Conv2dGradInput => stripped!(conv2d_grad_input),
            Self::Conv2dGradWeight => stripped!(conv2d_grad_weight),
            Self::Dropout => stripped!(dropout),
            Self::FoldBackward => stripped!(fold_backward),
            Self::FoldForward => stripped!(fold_forward),
            Self::GroupMoments => stripped!(group_moments),
            Self::GruStep => stripped!(gru_step),
            Self::GruStepBackward => stripped!(gru_step_backward),
            Self::Matmul => stripped!(matmul),
            Self::MaxPool => stripped!(max_pool),
            Self::MaxPoolBackward => stripped!(max_pool_backward),
            Self::PlaneMoments => stripped!(plane_moments),
            Self::PlaneSums => stripped!(plane_sums),
            Self::Regularize => stripped!(regularize),
            Self::Relu => stripped!(relu),
            Self::ReluBackward => stripped!(relu_backward),
            Self::ScaleShift => stripped!(scale_shift),
            Self::ScaleShiftBackward => stripped!(scale_shift_backward),
            Self::Sgd => stripped!(sgd),
            Self::SoftmaxLoss => stripped!(softmax_loss),
            Self::StepStack => stripped!(step_stack),
            Self::StepSum => stripped!(step_sum),
            Self::SwitchableBackward => stripped!(switchable_backward),
            Self::SwitchableForward => stripped!(switchable_forward),
            Self::SwitchableLogits => stripped!(switchable_logits),
            Self::SwitchableSets => stripped!(switchable_sets),
            Self::Tanh => stripped!(tanh),
            Self::TanhBackward => stripped!(tanh_backward),
            Self::Tick => stripped!(tick),
            Self::UnpackImages => stripped!(unpack_images),
            Self::UpdateRunning => stripped!(update_running),
        }
    }
}

/// Bytes of the uniform block of any kernel; the largest is a convolution's.
pub const PARAMS_BYTES: usize = 64;

/// The uniform block of one pass: the bytes of the kernel's own parameter struct, zero-filled.
#[repr(C, align(16))]
#[derive(Clone, Copy, PartialEq, Eq, Debug, Pod, Zeroable)]
pub struct Params([u8; PARAMS_BYTES]);

impl Params {
    /// The block that holds `params`.
    pub fn of<T: NoUninit>(params: &T) -> Self {
        let mut block = Self::zeroed();
        let bytes = bytemuck::bytes_of(params);
        block.0[..bytes.len()].copy_from_slice(bytes);
        block
    }

    /// The kernel's own struct back.
    pub fn get<T: AnyBitPattern>(&self) -> T {
        bytemuck::pod_read_unaligned(&self.0[..size_of::<T>()])
    }
}

/// A range of one buffer, in 32-bit words.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct View {
    /// The buffer's index.
    pub buffer: u32,
    /// First word.
    pub offset: u32,
    /// Words.
    pub len: u32,
}

/// What is bound to a twin: views into the CPU executor's buffers.
///
/// The cells cost a counter a borrow and turn a pass that reads what it writes into a panic instead of a wrong number;
/// a plan has been checked for that before (`Plan`), as WebGPU checks it too.
pub struct Bindings<'a> {
    buffers: &'a [RefCell<Vec<f32>>],
    views: &'a [View],
    scratch: &'a RefCell<Vec<f32>>,
}

impl<'a> Bindings<'a> {
    /// Binds `views` of `buffers`; `scratch` is lent to kernels that pack or unfold, and grows to what they need once.
    pub fn new(buffers: &'a [RefCell<Vec<f32>>], views: &'a [View], scratch: &'a RefCell<Vec<f32>>) -> Self {
        Self { buffers, views, scratch }
    }

    /// The values bound at `place`, counted from 0.
    pub fn read(&self, place: usize) -> Ref<'a, [f32]> {
        let view = self.views[place];
        Ref::map(self.buffers[view.buffer as usize].borrow(), |words| &words[range(view)])
    }

    /// The structs bound at `place`.
    pub fn read_as<T: AnyBitPattern>(&self, place: usize) -> Ref<'a, [T]> {
        Ref::map(self.read(place), |words| bytemuck::cast_slice(words))
    }

    /// The values bound at `place`, to write.
    pub fn write(&self, place: usize) -> RefMut<'a, [f32]> {
        let view = self.views[place];
        RefMut::map(self.buffers[view.buffer as usize].borrow_mut(), |words| &mut words[range(view)])
    }

    /// The structs bound at `place`, to write.
    pub fn write_as<T: Pod>(&self, place: usize) -> RefMut<'a, [T]> {
        RefMut::map(self.write(place), |words| bytemuck::cast_slice_mut(words))
    }

    /// Working memory whose content no kernel relies on.
    pub fn scratch(&self) -> RefMut<'a, Vec<f32>> {
        self.scratch.borrow_mut()
    }
}

fn range(view: View) -> std::ops::Range<usize> {
    view.offset as usize..(view.offset + view.len) as usize
}

/// The first `len` values of `scratch`, which grows to that once.
pub(crate) fn scratch_of(scratch: &mut Vec<f32>, len: usize) -> &mut [f32] {
    if scratch.len() < len {
        scratch.resize(len, 0.0);
    }
    &mut scratch[..len]
}
