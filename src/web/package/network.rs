//! Files of a network made from a snapshot of its run: weights, ONNX, and the setup as a program.

use super::read::{Fields, bad, bytes, error_with_code, is_given, needed, word, wrong};
use crate::engine::exec::DeviceChoice;
use crate::files::code::{Framework, Training};
use crate::files::{code, onnx, safetensors};
use crate::network::model::fold::fold_batch_norms;
use crate::norms::norm::fold_batch_norm::Formula;
use crate::training::data::TrainOn;
use crate::training::message::FailureCode;
use crate::training::train::{RunSpec, Snapshot, Trainer};
use js_sys::{Promise, Uint8Array};
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::future_to_promise;

#[wasm_bindgen(typescript_custom_section)]
const TYPES: &str = r#"
/** A file of a network: its weights by name, the network for evaluation, the same with batch norms folded into the
 *  layers before them, or a program that builds and trains it. */
export type NetworkFormat = "safetensors" | "onnx" | "onnx-folded" | "pytorch" | "keras";
"#;

#[wasm_bindgen]
extern "C" {
    /// `NetworkFormat` in TypeScript.
    #[wasm_bindgen(typescript_type = "NetworkFormat")]
    pub type JsNetworkFormat;
}

#[derive(Clone, Copy)]
enum Format {
    Safetensors,
    Onnx,
    OnnxFolded,
    Program(Framework),
}

const FORMATS: [(&str, Format); 5] = [
    ("safetensors", Format::Safetensors),
    ("onnx", Format::Onnx),
    ("onnx-folded", Format::OnnxFolded),
    ("pytorch", Format::Program(Framework::PyTorch)),
    ("keras", Format::Program(Framework::Keras)),
];

/// Returns a file of the network whose `snapshot` was made by `Run.snapshot`, with its data or without. For a program,
/// `data` is its name for the images, by default "MNIST", and `trainOn` says which of them it trains on, by default
/// "train".
///
/// Rejects with a `BlueCubeError`: "data-format" if the bytes are not a snapshot, "bad-spec" if the format cannot
/// express the network, `trainOn` is invalid, or `data` or `trainOn` is given for a file of weights.
#[wasm_bindgen(js_name = writeNetwork, unchecked_return_type = "Promise<Uint8Array>")]
pub fn write_network(
    #[wasm_bindgen(unchecked_param_type = "Uint8Array")] snapshot: JsValue,
    format: JsNetworkFormat,
    #[wasm_bindgen(unchecked_optional_param_type = "string")] data: JsValue,
    #[wasm_bindgen(js_name = trainOn, unchecked_optional_param_type = "TrainOn")] train_on: JsValue,
) -> Promise {
    let read = bytes(&snapshot, "snapshot").and_then(|bytes| {
        let snapshot = Snapshot::from_bytes(&bytes);
        let (snapshot, _) = snapshot.map_err(|error| error_with_code(&error.to_string(), FailureCode::DataFormat))?;
        Ok((snapshot, word(&format, "format", &FORMATS)?, Words::read(&data, &train_on)?))
    });
    future_to_promise(async move {
        let (snapshot, format, words) = read?;
        let trainer = Trainer::restore(snapshot.on(DeviceChoice::Cpu)).await;
        let mut trainer = trainer.map_err(|error| bad(&error.to_string()))?;
        let file = file_of(&mut trainer, format, words).await.map_err(|message| bad(&message))?;
        Ok(Uint8Array::from(&file[..]).into())
    })
}

async fn file_of(trainer: &mut Trainer, format: Format, words: Words) -> Result<Vec<u8>, String> {
    let told = |error: &dyn std::fmt::Display| error.to_string();
    let (mut model, mut weights) = (trainer.model(), trainer.weights().await.map_err(|error| told(&error))?);
    if let Format::Program(framework) = format {
        let diverged = weights.told_not_finite().map(|_| trainer.steps_done());
        return program(framework, trainer, words, diverged);
    }
    words.refuse()?;
    if let Format::OnnxFolded = format {
        let folded = fold_batch_norms(&model, &weights, Formula::Correct);
        (model, weights) = folded.map_err(|error| told(&error))?;
    }
    match format {
        Format::Safetensors => safetensors::write(&weights).map_err(|error| told(&error)),
        Format::Onnx | Format::OnnxFolded | Format::Program(_) => {
            onnx::write(&model, &weights).map_err(|error| told(&error))
        }
    }
}

fn program(framework: Framework, trainer: &Trainer, words: Words, diverged: Option<u32>) -> Result<Vec<u8>, String> {
    let &RunSpec { batch, learning_rate, seed, optimizer, plateau, clip_norm, model, .. } = trainer.spec();
    let training = Training {
        data: words.data.unwrap_or_else(|| "MNIST".to_owned()),
        batch,
        learning_rate,
        optimizer,
        plateau,
        clip_norm,
        diverged,
        images: words.images.unwrap_or(TrainOn::Train),
        evaluation_batch: model.evaluation_batch(),
        seed,
        epochs: if plateau.is_some() { EPOCHS_WITH_PLATEAU } else { 1 },
    };
    code::write(framework, &trainer.model(), &training).map(String::into_bytes).map_err(|error| error.to_string())
}

/// The epochs of source D, which has the schedule; in one epoch it would have no effect.
const EPOCHS_WITH_PLATEAU: u32 = 13;

/// What a program says about its data, where it is given.
struct Words {
    data: Option<String>,
    images: Option<TrainOn>,
}

impl Words {
    fn read(data: &JsValue, train_on: &JsValue) -> Result<Self, JsValue> {
        let name = || data.as_string().ok_or_else(|| wrong("data", data, "a string"));
        Ok(Self {
            data: is_given(data).then(name).transpose()?,
            images: is_given(train_on).then(|| read_images(train_on)).transpose()?,
        })
    }

    fn refuse(&self) -> Result<(), String> {
        let given = [("data", self.data.is_some()), ("trainOn", self.images.is_some())];
        match given.iter().find(|(_, is_given)| *is_given) {
            Some((name, _)) => {
                Err(format!("{name} has no effect: only the programs, pytorch and keras, name their data"))
            }
            None => Ok(()),
        }
    }
}

/// Reads `TrainOn` of the TypeScript.
fn read_images(train_on: &JsValue) -> Result<TrainOn, JsValue> {
    match train_on.as_string().as_deref() {
        Some("train") => Ok(TrainOn::Train),
        Some("test") => Ok(TrainOn::Test),
        None if train_on.is_object() => {
            let key = "first-of-each-class";
            let fields = Fields::of("trainOn", train_on, &[key])?;
            Ok(TrainOn::FirstOfEachClass(needed(fields.whole(key)?, key)?))
        }
        _ => Err(bad("trainOn must be \"train\", \"test\" or { \"first-of-each-class\": number }")),
    }
}
