//! The layers of a network. Each writes its passes into a plan, forward and backward; none holds values or runs
//! anything.

pub mod conv2d;
pub mod dropout;
pub mod linear;
pub mod max_pool;
pub mod norm;
pub mod relu;
pub mod row_gru;
pub mod row_rnn;
pub mod steps;

use crate::engine::plan::parameter::{Part, Regularizer, Tuning, TuningError};
use crate::engine::plan::{PlanBuilder, Slot, Tensor};
use crate::engine::random::Init;
use crate::norms::grouping::GroupingError;
use crate::norms::shape::Shape;
use arrayvec::ArrayVec;
use conv2d::Conv2d;
use dropout::Dropout;
use linear::Linear;
use max_pool::MaxPool;
use norm::{NormLayer, NormSpec};
use row_gru::RowGru;
use row_rnn::RowRnn;
use steps::Step;
use thiserror::Error;

/// A layer as a user specifies it.
#[derive(Clone, Copy, PartialEq, Debug)]
pub enum LayerSpec {
    /// A square convolution, stride 1, with bias.
    Conv2d {
        /// C_out.
        channels: u32,
        /// Side of the kernel.
        kernel: u32,
        /// What happens at the edges.
        padding: Padding,
        /// How the weights start.
        init: WeightInit,
        /// What large weights cost.
        regularizer: Regularizer,
    },
    /// A normalization.
    Norm(NormSpec),
    /// max(x, 0).
    Relu,
    /// The largest value of every size × size window.
    MaxPool {
        /// Side and stride of the window.
        size: u32,
    },
    /// N×C×H×W to N×(C·H·W).
    Flatten,
    /// A full matrix of weights, with bias.
    Linear {
        /// Outputs.
        features: u32,
        /// How the weights start.
        init: WeightInit,
        /// What large weights cost.
        regularizer: Regularizer,
    },
    /// A recurrent layer over the rows of an image, which outputs its last state. `norm` must take the moments of tiles
    /// of planes; batch norm keeps running statistics for every step.
    RowRnn {
        /// Values in the state.
        units: u32,
        /// The norm in every step, before the nonlinearity.
        norm: NormSpec,
        /// What a step computes.
        cell: Cell,
    },
    /// Drops values at random while training.
    Dropout {
        /// The share dropped, from 0 to below 1.
        rate: f32,
    },
}

/// What a step of a recurrent layer computes.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Cell {
    /// A tanh: see [`row_rnn`].
    Simple,
    /// Three gates: see [`row_gru`].
    Gru,
}

impl Cell {
    /// Columns of the products in a step, which its norms normalize: `units` for every gate.
    pub fn width(self, units: u32) -> u32 {
        match self {
            Self::Simple => units,
            Self::Gru => row_gru::N_GATES * units,
        }
    }
}

/// What a convolution does at the edges.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Padding {
    /// No padding: the output is smaller by kernel − 1.
    Valid,
    /// Zeros, so that the output is as large as the input; the kernel's side must be odd.
    Same,
}

/// How weights start; biases start at 0.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[expect(missing_docs, reason = "see `Init`")]
pub enum WeightInit {
    GlorotUniform,
    HeNormal,
}

impl WeightInit {
    fn of(self, fan_in: u32, fan_out: u32) -> Init {
        match self {
            Self::GlorotUniform => Init::GlorotUniform { fan_in, fan_out },
            Self::HeNormal => Init::HeNormal { fan_in },
        }
    }

    /// Returns the rules of weights that start this way, for the given numbers of inputs and outputs.
    fn part(self, fan_in: u32, fan_out: u32, regularizer: Regularizer) -> Part {
        Part::Trained(Tuning { regularizer, ..Tuning::free(self.of(fan_in, fan_out)) })
    }
}

/// Whether a forward pass is for training.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Mode {
    /// Batch statistics, dropout on.
    Train {
        /// The clock that dropout masks follow.
        clock: Slot,
    },
    /// Running statistics, dropout off.
    Evaluate,
    /// Batch statistics, which leave the running ones unchanged; dropout off.
    EvaluateByBatch,
}

/// Why a layer does not fit its input.
#[derive(Clone, PartialEq, Debug, Error)]
pub enum LayerError {
    /// See [`GroupingError`].
    #[error(transparent)]
    Grouping(#[from] GroupingError),
    /// γ or β of a norm with settings that are invalid.
    #[error("{half}: {source}")]
    Affine {
        /// "gamma" or "beta".
        half: &'static str,
        /// Why.
        source: TuningError,
    },
    /// γ and β that differ between images, and a batch size other than the one they were made for.
    #[error("gamma and beta over n have {kept} values each, and a batch of {images} images needs {len}")]
    AffineBatch {
        /// N.
        images: u32,
        /// Values that this N needs.
        len: u32,
        /// Values that the layer has.
        kept: u32,
    },
    /// A kernel or window larger than the planes.
    #[error("a window of {size}×{size} does not fit planes of {h}×{w}")]
    Window {
        /// Side of the window.
        size: u32,
        /// Height of the planes.
        h: u32,
        /// Width of the planes.
        w: u32,
    },
    /// A kernel whose side is even cannot keep the size.
    #[error("a convolution that keeps the size needs a kernel with an odd side, not {kernel}")]
    EvenKernel {
        /// Side of the kernel.
        kernel: u32,
    },
    /// A norm that the steps of a recurrent layer cannot use.
    #[error("a recurrent net’s states, one value per image and channel, cannot be normalized by {norm}, {why}")]
    StepNorm {
        /// The norm's name.
        norm: String,
        /// Why not.
        why: &'static str,
    },
    /// A tensor with more values than a 32-bit index can address.
    #[error("a tensor of {shape} is too large")]
    TooLarge {
        /// Its shape.
        shape: Shape,
    },
}

/// A layer of one network, with the parameters it owns.
pub enum Layer {
    /// See [`LayerSpec::Conv2d`].
    Conv2d(Conv2d),
    /// See [`LayerSpec::Norm`].
    Norm(NormLayer),
    /// See [`LayerSpec::Relu`].
    Relu,
    /// See [`LayerSpec::MaxPool`].
    MaxPool(MaxPool),
    /// See [`LayerSpec::Flatten`].
    Flatten,
    /// See [`LayerSpec::Linear`].
    Linear(Linear),
    /// See [`Cell::Gru`].
    RowGru(RowGru),
    /// See [`Cell::Simple`].
    RowRnn(RowRnn),
    /// See [`LayerSpec::Dropout`].
    Dropout(Dropout),
}

/// What a forward pass leaves for the backward pass.
pub struct Activation {
    /// The input.
    pub x: Tensor,
    /// The output.
    pub y: Tensor,
    /// What else the layer keeps, in the layer's own order.
    pub kept: ArrayVec<Slot, 6>,
    /// What the steps of a recurrent layer leave.
    pub steps: Vec<Step>,
}

/// Where a norm, or a place for one, can be looked at.
#[derive(Clone, Copy, Debug)]
pub struct NormPort {
    /// The input.
    pub x: Tensor,
    /// The output; `x` itself if there is no norm.
    pub y: Tensor,
    /// γ then β, if there is a norm.
    pub affine: Option<Slot>,
    /// ρ of batch-instance norm, or the logits of switchable norm: see [`NormLayer::mixture`].
    pub mixture: Option<Slot>,
    /// \[C\] [`crate::norms::moments::Moments`] of one value each, if the norm keeps running statistics.
    pub running: Option<Slot>,
}

impl LayerSpec {
    /// Returns the norm of the layer, or of its steps; `None` for a layer without a place for one.
    pub fn norm(self) -> Option<NormSpec> {
        match self {
            Self::Norm(norm) | Self::RowRnn { norm, .. } => Some(norm),
            Self::Conv2d { .. }
            | Self::Relu
            | Self::MaxPool { .. }
            | Self::Flatten
            | Self::Linear { .. }
            | Self::Dropout { .. } => None,
        }
    }
}

impl Layer {
    /// Makes the layer for input of `shape` (its N is ignored); also returns the shape of its output. `label` names its
    /// parameters.
    ///
    /// # Errors
    /// [`LayerError`] if the layer does not fit the input.
    pub fn new(
        plan: &mut PlanBuilder,
        spec: LayerSpec,
        label: &str,
        shape: Shape,
    ) -> Result<(Self, Shape), LayerError> {
        let (layer, shape) = match spec {
            LayerSpec::Conv2d { channels, kernel, padding, init, regularizer } => {
                let (conv2d, shape) = Conv2d::new(plan, label, shape, channels, kernel, padding, (init, regularizer))?;
                (Self::Conv2d(conv2d), shape)
            }
            LayerSpec::Norm(norm) => (Self::Norm(NormLayer::new(plan, label, shape, norm)?), shape),
            LayerSpec::Relu => (Self::Relu, shape),
            LayerSpec::MaxPool { size } => {
                let (max_pool, shape) = MaxPool::new(shape, size)?;
                (Self::MaxPool(max_pool), shape)
            }
            LayerSpec::Flatten => (Self::Flatten, Shape::table(shape.n, shape.image_len())),
            LayerSpec::Linear { features, init, regularizer } => {
                let linear = Linear::new(plan, label, shape.image_len(), features, (init, regularizer));
                (Self::Linear(linear), Shape::table(shape.n, features))
            }
            LayerSpec::RowRnn { units, norm, cell: Cell::Gru } => {
                let row_gru = RowGru::new(plan, label, shape, units, norm)?;
                (Self::RowGru(row_gru), Shape::table(shape.n, units))
            }
            LayerSpec::RowRnn { units, norm, cell: Cell::Simple } => {
                let row_rnn = RowRnn::new(plan, label, shape, units, norm)?;
                (Self::RowRnn(row_rnn), Shape::table(shape.n, units))
            }
            LayerSpec::Dropout { rate } => (Self::Dropout(Dropout::new(label, rate)), shape),
        };
        shape.checked_len().ok_or(LayerError::TooLarge { shape })?;
        Ok((layer, shape))
    }

    /// Whether evaluation can use running statistics.
    pub fn keeps_running(&self) -> bool {
        match self {
            Self::Norm(norm) => norm.running().is_some(),
            Self::RowGru(row_gru) => row_gru.keeps_running(),
            Self::RowRnn(row_rnn) => row_rnn.keeps_running(),
            Self::Conv2d(_) | Self::Relu | Self::MaxPool(_) | Self::Flatten | Self::Linear(_) | Self::Dropout(_) => {
                false
            }
        }
    }

    /// Returns the norms that a forward pass went through, or the places for them, first to last: for a recurrent
    /// layer, those of every step.
    pub fn norm_ports(&self, activation: &Activation) -> Vec<NormPort> {
        match self {
            Self::Norm(norm) => vec![NormPort {
                x: activation.x,
                y: activation.y,
                affine: norm.affine().map(|affine| affine.value),
                mixture: norm.mixture().map(|mixture| mixture.value),
                running: norm.running(),
            }],
            Self::RowGru(row_gru) => row_gru.norm_ports(&activation.steps),
            Self::RowRnn(row_rnn) => row_rnn.norm_ports(&activation.steps),
            Self::Conv2d(_) | Self::Relu | Self::MaxPool(_) | Self::Flatten | Self::Linear(_) | Self::Dropout(_) => {
                Vec::new()
            }
        }
    }

    /// Writes the forward pass on `x`.
    ///
    /// # Errors
    /// [`LayerError`] if the batch does not fit the norm.
    pub fn forward(&self, plan: &mut PlanBuilder, x: Tensor, mode: Mode) -> Result<Activation, LayerError> {
        let plain = |y| Activation { x, y, kept: ArrayVec::new(), steps: Vec::new() };
        Ok(match self {
            Self::Conv2d(conv2d) => plain(conv2d.forward(plan, x)),
            Self::Norm(norm) => norm.forward(plan, x, mode)?,
            Self::Relu => plain(relu::forward(plan, x)),
            Self::MaxPool(max_pool) => plain(max_pool.forward(plan, x)),
            Self::Flatten => plain(Tensor { shape: Shape::table(x.shape.n, x.shape.image_len()), ..x }),
            Self::Linear(linear) => plain(linear.forward(plan, x)),
            Self::RowGru(row_gru) => row_gru.forward(plan, x, mode)?,
            Self::RowRnn(row_rnn) => row_rnn.forward(plan, x, mode)?,
            Self::Dropout(dropout) => match mode {
                Mode::Train { clock } => plain(dropout.apply(plan, x, clock)),
                Mode::Evaluate | Mode::EvaluateByBatch => plain(x),
            },
        })
    }

    /// Writes the backward pass: the gradients of the parameters, and of x if `wants_dx`. `clock` is the one of the
    /// forward pass.
    pub fn backward(
        &self,
        plan: &mut PlanBuilder,
        activation: &Activation,
        dy: Tensor,
        clock: Slot,
        wants_dx: bool,
    ) -> Option<Tensor> {
        match self {
            Self::Conv2d(conv2d) => conv2d.backward(plan, activation.x, dy, wants_dx),
            Self::Norm(norm) => norm.backward(plan, activation, dy, wants_dx),
            Self::Relu => wants_dx.then(|| relu::backward(plan, activation.y, dy)),
            Self::MaxPool(max_pool) => wants_dx.then(|| max_pool.backward(plan, activation.x, dy)),
            Self::Flatten => Some(Tensor { shape: activation.x.shape, ..dy }),
            Self::Linear(linear) => linear.backward(plan, activation.x, dy, wants_dx),
            Self::RowGru(row_gru) => row_gru.backward(plan, activation, dy, wants_dx),
            Self::RowRnn(row_rnn) => row_rnn.backward(plan, activation, dy, wants_dx),
            Self::Dropout(dropout) => wants_dx.then(|| dropout.apply(plan, dy, clock)),
        }
    }
}
