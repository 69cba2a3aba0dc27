//! Files of a network from a snapshot of its run: weights, ONNX, and the setup as a program.

use super::read::{bad, error_with_code, get, whole};
use crate::data::TrainOn;
use crate::exec::DeviceChoice;
use crate::files::code::{Framework, Training};
use crate::files::{code, onnx, safetensors};
use crate::message::FailureCode;
use crate::model::fold::fold_batch_norms;
use crate::norm::fold_batch_norm::Formula;
use crate::train::{RunSpec, Snapshot, Trainer};
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
    /// See `NetworkFormat` in the TypeScript.
    #[wasm_bindgen(typescript_type = "NetworkFormat")]
    pub type JsNetworkFormat;
}

/// A file of the network of which `snapshot` was made by `Run.snapshot`, with its data or without. `data` is what a program
/// calls the images, "MNIST" if it is not given; `trainOn` is which of them it trains on, "train" if it is not given.
///
/// Rejects with a `BlueCubeError`: "data-format" if the bytes are no snapshot, "bad-spec" if the format has no words for the
/// network or `trainOn` is none.
#[wasm_bindgen(js_name = writeNetwork, unchecked_return_type = "Promise<Uint8Array>")]
pub fn write_network(
    snapshot: &[u8],
    format: JsNetworkFormat,
    data: Option<String>,
    #[wasm_bindgen(js_name = trainOn, unchecked_optional_param_type = "TrainOn")] train_on: JsValue,
) -> Promise {
    let read = Snapshot::from_bytes(snapshot);
    let images = read_images(&train_on);
    future_to_promise(async move {
        let (snapshot, _) = read.map_err(|error| error_with_code(&error.to_string(), FailureCode::DataFormat))?;
        let trainer = Trainer::restore(snapshot.on(DeviceChoice::Cpu)).await;
        let mut trainer = trainer.map_err(|error| bad(&error.to_string()))?;
        let format = JsValue::from(format).as_string().unwrap_or_default();
        let data = data.unwrap_or_else(|| "MNIST".to_owned());
        let file = file_of(&mut trainer, &format, data, images?).await.map_err(|message| bad(&message))?;
        Ok(Uint8Array::from(&file[..]).into())
    })
}

async fn file_of(trainer: &mut Trainer, format: &str, data: String, images: TrainOn) -> Result<Vec<u8>, String> {
    let told = |error: &dyn std::fmt::Display| error.to_string();
    let (mut model, mut weights) = (trainer.model(), trainer.weights().await.map_err(|error| told(&error))?);
    match format {
        "pytorch" => program(Framework::PyTorch, trainer, data, images),
        "keras" => program(Framework::Keras, trainer, data, images),
        "safetensors" => safetensors::write(&weights).map_err(|error| told(&error)),
        "onnx" | "onnx-folded" => {
            if format == "onnx-folded" {
                let folded = fold_batch_norms(&model, &weights, Formula::Correct);
                (model, weights) = folded.map_err(|error| told(&error))?;
            }
            onnx::write(&model, &weights).map_err(|error| told(&error))
        }
        other => Err(format!(
            "format is {other}, \"safetensors\", \"onnx\", \"onnx-folded\", \"pytorch\" or \"keras\" expected"
        )),
    }
}

fn program(framework: Framework, trainer: &Trainer, data: String, images: TrainOn) -> Result<Vec<u8>, String> {
    let &RunSpec { batch, learning_rate, seed, optimizer, plateau, model, .. } = trainer.spec();
    let training = Training {
        data,
        batch,
        learning_rate,
        optimizer,
        plateau,
        images,
        evaluation_batch: model.evaluation_batch(),
        seed,
        epochs: if plateau.is_some() { EPOCHS_WITH_PLATEAU } else { 1 },
    };
    code::write(framework, &trainer.model(), &training).map(String::into_bytes).map_err(|error| error.to_string())
}

/// Those of source D, whose schedule it is; in one epoch nothing would come of it.
const EPOCHS_WITH_PLATEAU: u32 = 13;

/// A `TrainOn` of the TypeScript.
fn read_images(train_on: &JsValue) -> Result<TrainOn, JsValue> {
    match train_on.as_string().as_deref() {
        None if train_on.is_undefined() => Ok(TrainOn::Train),
        Some("train") => Ok(TrainOn::Train),
        Some("test") => Ok(TrainOn::Test),
        _ => whole(&get(train_on, "first-of-each-class"))
            .map(TrainOn::FirstOfEachClass)
            .ok_or_else(|| bad("trainOn is \"train\", \"test\" or { \"first-of-each-class\": number }")),
    }
}
