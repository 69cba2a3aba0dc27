//! Files of a network from a snapshot of its run: weights, ONNX, and the setup as a program.

use super::read::{bad, error_with_code};
use crate::exec::DeviceChoice;
use crate::files::code::{Framework, Training};
use crate::files::{code, onnx, safetensors};
use crate::message::FailureCode;
use crate::model::fold::fold_batch_norms;
use crate::norm::fold_batch_norm::Formula;
use crate::optimizer::OptimizerSpec;
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
/// calls the images, "MNIST" if it is not given.
///
/// Rejects with a `BlueCubeError`: "data-format" if the bytes are no snapshot, "bad-spec" if the format has no words for the
/// network (programs are written for Adam only).
#[wasm_bindgen(js_name = writeNetwork, unchecked_return_type = "Promise<Uint8Array>")]
pub fn write_network(snapshot: &[u8], format: JsNetworkFormat, data: Option<String>) -> Promise {
    let read = Snapshot::from_bytes(snapshot);
    future_to_promise(async move {
        let (snapshot, _) = read.map_err(|error| error_with_code(&error.to_string(), FailureCode::DataFormat))?;
        let trainer = Trainer::restore(snapshot.on(DeviceChoice::Cpu)).await;
        let mut trainer = trainer.map_err(|error| bad(&error.to_string()))?;
        let format = JsValue::from(format).as_string().unwrap_or_default();
        let data = data.unwrap_or_else(|| "MNIST".to_owned());
        let file = file_of(&mut trainer, &format, data).await.map_err(|message| bad(&message))?;
        Ok(Uint8Array::from(&file[..]).into())
    })
}

async fn file_of(trainer: &mut Trainer, format: &str, data: String) -> Result<Vec<u8>, String> {
    let told = |error: &dyn std::fmt::Display| error.to_string();
    let (mut model, mut weights) = (trainer.model(), trainer.weights().await.map_err(|error| told(&error))?);
    match format {
        "pytorch" => program(Framework::PyTorch, trainer, data),
        "keras" => program(Framework::Keras, trainer, data),
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

fn program(framework: Framework, trainer: &Trainer, data: String) -> Result<Vec<u8>, String> {
    let &RunSpec { batch, learning_rate, seed, optimizer, .. } = trainer.spec();
    if optimizer != OptimizerSpec::Adam {
        return Err("programs are written with Adam as the optimizer only".to_owned());
    }
    let training = Training { data, batch, learning_rate, seed, epochs: 1 };
    code::write(framework, &trainer.model(), &training).map(String::into_bytes).map_err(|error| error.to_string())
}
