//! What the page shows: everything that a reader can choose, as one value. A link holds it, and Undo goes back through
//! it.
//!
//! Choices only: what follows from them (statistics, pictures, words) is computed by `cube` and its neighbours.
//!
//! Uses: norms, engine::plan, engine::random, network::layer::norm, training::setup.

use crate::network::layer::norm::gain::Gain;
use crate::norms::grouping::GroupingError;
use crate::norms::grouping::tiling::Tiling;
use crate::norms::moments::Moments;
use crate::norms::norm::{DEFAULT_EPSILON, DEFAULT_MOMENTUM, Norm};
use crate::norms::shape::Shape;
use crate::training::setup::Setup;
use arrayvec::ArrayVec;

use layout::Layout;
use opened::Opened;
use serde::{Deserialize, Serialize};
use std::num::NonZeroU32;
use tsify::Tsify;

pub mod clamp;
pub mod field;
pub mod hash;
pub mod lane;
pub mod layout;
pub mod opened;

/// Everything that a reader can choose about the tensor, the norm, the picture and the race.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize, Tsify)]
#[serde(rename_all = "camelCase")]
pub struct Scene {
    /// Which values share a mean.
    pub method: Method,
    /// Shape of the tensor.
    #[tsify(type = "{ n: number, c: number, h: number, w: number }")]
    pub shape: Shape,
    /// Seed of the sample's values.
    pub seed: u32,
    /// Name of the reader's own tensor, which replaces the sample and fixes the shape.
    pub file: Option<String>,
    /// What is said of its axes, in whose order calls count them.
    pub layout: Layout,
    /// Factor for every value of the tensor: a in a·x + b.
    pub contrast: f32,
    /// Added to every value after that: b.
    pub brightness: f32,
    /// Whether batch norm and its relatives use the batch's statistics or running ones.
    pub mode: Mode,
    /// The cell marked with the star.
    pub selected: Place,
    /// The value that the star was dragged to, in the units of x.
    pub poke: Option<f32>,
    /// What the cells show.
    pub stage: Stage,
    /// γ of every channel.
    pub gamma: f32,
    /// β of every channel.
    pub beta: f32,
    /// What the call says of γ: "no" without it, "uniform,-0.05,0.05" for one drawn at random, "nonneg~l2,0.01" for a
    /// constraint and a penalty; empty for a plain one.
    #[tsify(type = "string")]
    pub gamma_rule: Gain,
    /// What the call says of β.
    #[tsify(type = "string")]
    pub beta_rule: Gain,
    /// Whether a norm over axes divides x by the deviation without subtracting the mean, as Keras' `rms_scaling` does.
    pub uncentred: bool,
    /// Added to the variance.
    pub epsilon: f32,
    /// Weight of the new value in running statistics.
    pub momentum: f32,
    /// ρ of batch-instance norm, for every channel, 0 to 1.
    pub rho: f32,
    /// Switchable norm's logits for the means of instance, layer and batch norm.
    pub mean_logits: [f32; 3],
    /// Switchable norm's logits for the variances.
    pub variance_logits: [f32; 3],
    /// How far the groups are pulled apart, 0 to 1.
    pub explode: f32,
    /// Whether every group has its own colour, or only the star's is highlighted.
    pub all_groups: bool,
    /// Whether every column is unfolded into a picture of H×W.
    pub unfolded: bool,
    /// Degrees that the camera is turned from the isometric pose, −25 to 25.
    pub turn: f32,
    /// Magnification, 1 to 8.
    pub zoom: f32,
    /// How far a magnified picture is moved right and down, in widths and heights of the canvas; at most the magnification − 1.
    pub pan: [f32; 2],
    /// First image and first channel in view, where not all are.
    pub pins: [u32; 2],
    /// The line of the walkthrough with the caret, 1 to 8.
    pub line: u32,
    /// Which errata are shown as written; the others are corrected.
    pub as_written: Vec<String>,
    /// The parts of the page that the reader has opened.
    pub open: Vec<Opened>,
    /// The race.
    pub race: Setup,
    /// The framework whose call is shown under the sentence.
    pub dialect: Dialect,
}

/// Which values share a mean.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize, Tsify)]
#[serde(rename_all = "kebab-case")]
pub enum Method {
    /// A norm with a name.
    Norm(#[tsify(type = "Norm")] Norm),
    /// The reader's own tile of the N×C table.
    Own(OwnTile),
}

/// A tile of that many images by that many channels; each divides its axis.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize, Tsify)]
#[serde(rename_all = "camelCase")]
pub struct OwnTile {
    /// Images per tile.
    #[tsify(type = "number")]
    pub images: NonZeroU32,
    /// Channels per tile.
    #[tsify(type = "number")]
    pub channels: NonZeroU32,
    /// Whether it holds a single pixel of each plane rather than the whole plane.
    pub pixel: bool,
}

/// Whether batch norm uses the batch's statistics or the running ones.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize, Tsify)]
#[serde(rename_all = "kebab-case")]
#[expect(missing_docs, reason = "the names are the field's")]
pub enum Mode {
    Train,
    Eval,
}

/// The framework or paper in whose terms a call of a norm layer is written.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize, Tsify)]
#[serde(rename_all = "kebab-case")]
pub enum Dialect {
    /// "group norm, G = 2".
    Paper,
    /// `torch.nn` and `torch.nn.functional`, N×C×H×W.
    Pytorch,
    /// `keras.layers` of Keras 3, N×H×W×C.
    Keras,
    /// `tf.keras.layers` of Keras 2, N×H×W×C.
    Keras2,
    /// `tensorflow_addons.layers`, N×H×W×C.
    Tfa,
    /// `flax.linen`, N×H×W×C.
    Jax,
    /// `flax.nnx`, N×H×W×C.
    Nnx,
}

/// Which variance of a batch goes into the running variance.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Stored {
    /// Divided by n − 1, as PyTorch and Keras 2's fused kernel store it.
    Unbiased,
    /// Divided by n, as it normalizes.
    Biased,
}

impl Stored {
    /// The variance of these moments that is stored.
    pub fn variance(self) -> fn(Moments) -> f32 {
        match self {
            Self::Unbiased => Moments::sample_variance,
            Self::Biased => Moments::variance,
        }
    }
}

/// What the cells show.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize, Tsify)]
#[serde(rename_all = "kebab-case")]
pub enum Stage {
    /// The input.
    X,
    /// (x − μ)/√(σ² + ε).
    XHat,
    /// γ·x̂ + β.
    Y,
    /// The gradient of the star's y with respect to every x.
    Gradient,
}

/// The place of a value.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Serialize, Deserialize, Tsify)]
#[expect(missing_docs, reason = "the names are the field's")]
pub struct Place {
    pub n: u32,
    pub c: u32,
    pub h: u32,
    pub w: u32,
}

/// The tensor of the Group Normalization paper's walkthroughs.
pub const FIRST_SHAPE: Shape = Shape { n: 4, c: 6, h: 4, w: 4 };

/// The erratum of the walkthrough's missing root, which the page shows as written until a reader corrects it.
pub const WALK_ROOT: &str = "walk-root";

impl Default for Scene {
    /// The paper's figure: group norm with 2 groups on a 4×6×4×4 tensor.
    fn default() -> Self {
        Self {
            method: Method::Norm(Norm::Group { groups: NonZeroU32::MIN.saturating_add(1) }),
            shape: FIRST_SHAPE,
            seed: 7,
            file: None,
            layout: Layout::Usual,
            contrast: 1.0,
            brightness: 0.0,
            mode: Mode::Train,
            selected: Place { n: 0, c: 0, h: 1, w: 1 },
            poke: None,
            stage: Stage::X,
            gamma: 1.0,
            beta: 0.0,
            gamma_rule: Gain::default(),
            beta_rule: Gain::default(),
            uncentred: false,
            epsilon: DEFAULT_EPSILON,
            momentum: DEFAULT_MOMENTUM,
            rho: 0.62,
            mean_logits: [1.0; 3],
            variance_logits: [1.0; 3],
            explode: 0.0,
            all_groups: false,
            unfolded: false,
            turn: 0.0,
            zoom: 1.0,
            pan: [0.0; 2],
            pins: [0, 0],
            line: 1,
            as_written: vec![WALK_ROOT.to_owned()],
            open: vec![],
            race: Setup::default(),
            dialect: Dialect::Pytorch,
        }
    }
}

impl Method {
    /// The boxes of values whose moments a value of y depends on, the smallest first; see [`Norm::tilings`].
    ///
    /// # Errors
    /// [`GroupingError`] if the method does not fit the shape.
    pub fn tilings(self, shape: Shape) -> Result<ArrayVec<Tiling, 3>, GroupingError> {
        match self {
            Self::Norm(norm) => norm.tilings(shape),
            Self::Own(own) => Ok(ArrayVec::from_iter([own.tiling(shape)?])),
        }
    }

    /// Whether it uses running statistics under `mode`. Of the norms that do, batch-instance and switchable norm mix
    /// them with means of the tensor's own values, which still affect each other.
    pub fn takes_running(self, mode: Mode) -> bool {
        matches!((self, mode), (Self::Norm(norm), Mode::Eval) if norm.keeps_running())
    }
}

impl Scene {
    /// Whether the norm has a β: no framework's RMS norm does, and a call can leave it out.
    pub fn has_beta(&self) -> bool {
        let could = match self.method {
            Method::Norm(norm) => norm.kind().centers() && !self.uncentred,
            Method::Own(_) => true,
        };
        could && self.beta_rule.is_present()
    }

    /// Which variance of a batch is stored: Keras 3 and flax store the one that normalizes, and so does Keras 2 where it
    /// cannot use its fused kernel, as for parts of a batch.
    pub fn stored(&self) -> Stored {
        let is_ghost = matches!(self.method, Method::Norm(Norm::GhostBatch { .. }));
        match self.dialect {
            Dialect::Keras | Dialect::Jax | Dialect::Nnx => Stored::Biased,
            Dialect::Keras2 if is_ghost => Stored::Biased,
            Dialect::Paper | Dialect::Pytorch | Dialect::Keras2 | Dialect::Tfa => Stored::Unbiased,
        }
    }
}

impl OwnTile {
    /// The boxes of this tile on `shape`.
    ///
    /// # Errors
    /// [`GroupingError`] if a span does not divide its axis.
    pub fn tiling(self, shape: Shape) -> Result<Tiling, GroupingError> {
        let planes = crate::norms::grouping::Grouping::tile(shape, self.images, self.channels)?;
        Ok(if self.pixel { Tiling::of_pixels(shape, planes) } else { Tiling::of_planes(shape, planes) })
    }

    /// The norm that this tile is on `shape`, if it has a name: a tile over the whole batch is batch norm, over a
    /// single plane instance norm, and so on.
    pub fn norm(self, shape: Shape) -> Option<Norm> {
        use crate::norms::grouping::tiling::Axis;
        use crate::norms::norm::AxesNorm;
        let (images, channels) = (self.images.get(), self.channels.get());
        if self.pixel {
            return (images == 1 && channels == shape.c).then(|| Norm::Axes(AxesNorm::over(&[Axis::C])));
        }
        match (images, channels) {
            (1, channels) if channels == shape.c && shape.c > 1 => Some(Norm::Layer),
            (1, 1) => Some(Norm::Instance),
            (1, channels) => Some(Norm::Group { groups: NonZeroU32::new(shape.c / channels)? }),
            (images, 1) if images == shape.n => Some(Norm::Batch),
            (_, 1) => Some(Norm::GhostBatch { size: self.images }),
            _ => None,
        }
    }
}
