//! Copies `RunSetup` and `RestoreOptions` of the TypeScript out of JavaScript.

use super::gain_options::{OF_GAINS, read_rules};
use super::norm_options::read_trained_norm;
use super::read::{Fields, bad, needed, word};
use crate::engine::exec::DeviceChoice;
use crate::network::model::zoo::ModelKind;
use crate::network::optimizer::plateau::{PlateauRule, ReduceOnPlateau};
use crate::network::optimizer::{MomentumRule, OptimizerSpec};
use crate::norms::norm::{DEFAULT_EPSILON, DEFAULT_MOMENTUM, Norm};
use crate::training::setup::RNN_UNITS;
use crate::training::train::RunSpec;
use wasm_bindgen::prelude::*;

#[wasm_bindgen(typescript_custom_section)]
const TYPES: &str = r#"
/** Everything that determines a training run: one setup gives one loss curve. */
export interface RunSetup {
    /** The training data: N images of 28×28 bytes, 0 is the background, 255 full ink. Copied. */
    images: Uint8Array;
    /** N classes, 0 to 9. Copied. */
    labels: Uint8Array;
    /** The network. "tutorial", the default: conv 10 3×3, the norm, dense 128 with ReLU, dropout 0.2, dense 10. "source-d" has
     *  two convolutions and "deep" eight, each with the norm; "row-rnn" and "row-gru" read an image row by row with a state
     *  of 1 to 512 units, by default 64, and the norm in every step. */
    model?: "tutorial" | "source-d" | "deep" | "row-rnn" | "row-gru" | { kind: "row-rnn" | "row-gru", units?: number };
    /** The norm at every place for one. */
    norm: Norm | string;
    /** Images per step, 1 to 512. */
    batch: number;
    /** "adam", the default, and "ams-grad" have the constants of Keras: β₁ 0.9, β₂ 0.999, ε 1e-7. "sgd" has a momentum from 0,
     *  the default, to below 1, whose velocity has the learning rate in it by Keras' rule, the default, and not by PyTorch's. */
    optimizer?: "adam" | "ams-grad" | "sgd"
        | { kind: "adam" | "ams-grad" } | { kind: "sgd", momentum?: number, rule?: "keras" | "pytorch" };
    /** Above 0. */
    learningRate: number;
    /** The largest norm of all gradients together, 0.000001 to 1000000: larger ones are scaled down to it before the
     *  optimizer sees them. Not clipped by default. */
    clipNorm?: number;
    /** Lowers the learning rate when the loss that `endEpoch` is told has stopped falling, as Keras' `ReduceLROnPlateau`. */
    plateau?: PlateauOptions;
    /** Seed of the initial weights, γ and β included, the dropout and the order of the images; below 2³². */
    seed: number;
    /** Added to the variance by the norm, above 0; default 1e-5. */
    epsilon?: number;
    /** Weight of the new value in running statistics, 0 to 1; default 0.01. Keras' momentum is 1 minus this. */
    momentum?: number;
    /** Whether the norm has a β; default true. Without, it is neither trained nor in files of weights. */
    center?: boolean;
    /** Whether the norm has a γ; default true. */
    scale?: boolean;
    /** Default "ones". */
    gammaInitializer?: GainInitializer;
    /** Default "zeros". */
    betaInitializer?: GainInitializer;
    gammaConstraint?: GainConstraint;
    betaConstraint?: GainConstraint;
    gammaRegularizer?: GainRegularizer;
    betaRegularizer?: GainRegularizer;
    /** "gpu" is WebGPU, or an error; "auto", the default, is the faster in a short trial, and the CPU if the GPU fails. */
    device?: "auto" | "gpu" | "cpu";
}

/** When and by how much the learning rate is lowered: the names and meanings of Keras. */
export interface PlateauOptions {
    /** The rate is multiplied by it, between 0 and 1; default 0.2. */
    factor?: number;
    /** Epochs without improvement after which the rate is lowered; default 3. */
    patience?: number;
    /** A loss counts as better if it is lower than the best by more than this; default 0.0001. */
    minDelta?: number;
    /** Epochs after that during which none is counted; default 0. */
    cooldown?: number;
    /** The lowest rate; default 0.00001. */
    minLr?: number;
    /** Which version of Keras counts the epochs: "keras-2.1" lowers the rate one epoch later; default "keras". */
    rule?: "keras" | "keras-2.1";
}

/** Options of `Run.restore`. */
export interface RestoreOptions {
    /** The run's images, if the snapshot was made without them; checked to be the same. */
    images?: Uint8Array;
    /** Their labels. */
    labels?: Uint8Array;
    /** An engine other than the run's. */
    device?: "auto" | "gpu" | "cpu";
}
"#;

#[wasm_bindgen]
extern "C" {
    /// `RunSetup` in TypeScript.
    #[wasm_bindgen(typescript_type = "RunSetup")]
    pub type JsRunSetup;
    /// `RestoreOptions` in TypeScript.
    #[wasm_bindgen(typescript_type = "RestoreOptions")]
    pub type JsRestoreOptions;
}

/// The keys of `RunSetup`, without those of γ and β.
const OF_SETUP: [&str; 13] = [
    "images",
    "labels",
    "model",
    "norm",
    "batch",
    "optimizer",
    "learningRate",
    "clipNorm",
    "plateau",
    "seed",
    "epsilon",
    "momentum",
    "device",
];

/// Images and labels.
type Data = (Vec<u8>, Vec<u8>);

pub(super) fn read_setup(setup: &JsValue) -> Result<(RunSpec, Vec<u8>, Vec<u8>), JsValue> {
    let fields = Fields::of("Run.create", setup, &[&OF_SETUP[..], &OF_GAINS].concat())?;
    let norm = read_trained_norm(fields.get("norm")?)?;
    if norm == Norm::None {
        fields.refuse(&["epsilon", "momentum"], "there is no norm")?;
    }
    if !norm.keeps_running() {
        fields.refuse(&["momentum"], "this norm keeps no running statistics")?;
    }
    let given = |key| fields.get(key);
    let spec = RunSpec {
        norm,
        affine: read_rules(&fields, norm)?,
        model: given("model")?.map(|model| read_model(&model)).transpose()?.unwrap_or_default(),
        batch: needed(fields.whole("batch")?, "batch")?,
        optimizer: given("optimizer")?.map(|optimizer| read_optimizer(&optimizer)).transpose()?.unwrap_or_default(),
        learning_rate: needed(fields.number("learningRate")?, "learningRate")?,
        clip_norm: fields.number("clipNorm")?,
        plateau: given("plateau")?.map(|plateau| read_plateau(&plateau)).transpose()?,
        seed: needed(fields.whole("seed")?, "seed")?,
        epsilon: fields.number("epsilon")?.unwrap_or(DEFAULT_EPSILON),
        momentum: fields.number("momentum")?.unwrap_or(DEFAULT_MOMENTUM),
        device: fields.device()?.unwrap_or(DeviceChoice::Auto),
    };
    let data = |key| fields.bytes(key).and_then(|bytes| needed(bytes, key));
    Ok((spec, data("images")?, data("labels")?))
}

fn read_model(model: &JsValue) -> Result<ModelKind, JsValue> {
    let recurrent = |units| [("row-rnn", ModelKind::RowRnn { units }), ("row-gru", ModelKind::RowGru { units })];
    if model.is_object() {
        let fields = Fields::of("model", model, &["kind", "units"])?;
        let units = fields.whole("units")?.unwrap_or(RNN_UNITS);
        return needed(fields.word("kind", &recurrent(units))?, "the kind of the model");
    }
    let others = [("tutorial", ModelKind::Tutorial), ("source-d", ModelKind::SourceD), ("deep", ModelKind::Deep)];
    word(model, "model", &[&others[..], &recurrent(RNN_UNITS)].concat())
}

/// A word, or an object with that as its kind; SGD's has numbers.
fn read_optimizer(optimizer: &JsValue) -> Result<OptimizerSpec, JsValue> {
    let sgd = |momentum, rule| OptimizerSpec::Sgd { momentum, rule };
    let words = |sgd| [("adam", OptimizerSpec::Adam), ("ams-grad", OptimizerSpec::AmsGrad), ("sgd", sgd)];
    let plain = words(sgd(0.0, MomentumRule::Keras));
    if !optimizer.is_object() {
        return word(optimizer, "optimizer", &plain);
    }
    let fields = Fields::of("optimizer", optimizer, &["kind", "momentum", "rule"])?;
    let rule = fields.word("rule", &[("keras", MomentumRule::Keras), ("pytorch", MomentumRule::Pytorch)])?;
    let kinds = words(sgd(fields.number("momentum")?.unwrap_or(0.0), rule.unwrap_or_default()));
    let kind = needed(fields.word("kind", &kinds)?, "the kind of the optimizer")?;
    if !matches!(kind, OptimizerSpec::Sgd { .. }) {
        fields.refuse(&["momentum", "rule"], "only sgd has one")?;
    }
    Ok(kind)
}

fn read_plateau(plateau: &JsValue) -> Result<ReduceOnPlateau, JsValue> {
    let fields = Fields::of("plateau", plateau, &["factor", "patience", "minDelta", "cooldown", "minLr", "rule"])?;
    let usual = ReduceOnPlateau::SOURCE_D;
    let rule = fields.word("rule", &[("keras", PlateauRule::Keras), ("keras-2.1", PlateauRule::Keras21)])?;
    Ok(ReduceOnPlateau {
        factor: fields.number("factor")?.unwrap_or(usual.factor),
        patience: fields.whole("patience")?.unwrap_or(usual.patience),
        min_delta: fields.number("minDelta")?.unwrap_or(usual.min_delta),
        cooldown: fields.whole("cooldown")?.unwrap_or(usual.cooldown),
        min_lr: fields.number("minLr")?.unwrap_or(usual.min_lr),
        rule: rule.unwrap_or_default(),
    })
}

pub(super) fn read_restored(
    options: Option<JsRestoreOptions>,
) -> Result<(Option<Data>, Option<DeviceChoice>), JsValue> {
    let options = options.map_or(JsValue::UNDEFINED, JsValue::from);
    let fields = Fields::of("Run.restore", &options, &["images", "labels", "device"])?;
    let data = match (fields.bytes("images")?, fields.bytes("labels")?) {
        (None, None) => None,
        (Some(images), Some(labels)) => Some((images, labels)),
        (Some(_), None) | (None, Some(_)) => return Err(bad("images and labels belong together")),
    };
    Ok((data, fields.device()?))
}
