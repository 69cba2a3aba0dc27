//! [`crate::training::train::Run`] for JavaScript.

use super::read::{Fields, bad, bytes, error_with_code, object, shown, whole, wrong};
use super::run_options::{JsRestoreOptions, JsRunSetup, read_restored, read_setup};
use crate::engine::exec::DeviceKind;
use crate::files::{onnx, safetensors};
use crate::network::model::fold::fold_batch_norms;
use crate::norms::norm::fold_batch_norm::Formula;
use crate::training::message::FailureCode;
use crate::training::train::{Run, RunError, TrainError};
use js_sys::{Promise, Uint8Array};
use std::cell::Cell;
use std::num::NonZeroU32;
use std::rc::Rc;
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::future_to_promise;

#[wasm_bindgen(typescript_custom_section)]
const TYPES: &str = r#"
/** The last of the steps that were done. */
export interface StepReport {
    /** Steps done in total. */
    step: number;
    /** Mean cross-entropy of its batch, nats, with dropout. */
    loss: number;
    /** Share of its batch classified correctly, 0 to 1. */
    accuracy: number;
}
"#;

#[wasm_bindgen]
extern "C" {
    /// What to leave out of a snapshot.
    #[wasm_bindgen(typescript_type = "{ data?: boolean }")]
    pub type JsSnapshotOptions;
    /// What to do to the network before it is written.
    #[wasm_bindgen(typescript_type = "{ folded?: boolean }")]
    pub type JsOnnxOptions;
}

/// A training run. One call at a time: until its promise settles, the next rejects with the code "bad-message".
///
/// On the CPU engine a call works without a break, so a page should keep its run in a worker or ask for few steps at a
/// time. `free()` releases the memory, and so does leaving the block of a `using` declaration.
#[wasm_bindgen(js_name = Run)]
pub struct JsRun(Rc<Held>);

/// A run between two calls.
struct Held {
    /// `None` while a call works on it.
    run: Cell<Option<Run>>,
    device: Cell<DeviceKind>,
}

#[wasm_bindgen(js_class = Run)]
impl JsRun {
    /// Makes a run at step 0.
    ///
    /// Rejects with a `BlueCubeError` if a setting, a length or a label is wrong, an option is unknown, or the GPU is
    /// asked for and not available.
    #[wasm_bindgen(unchecked_return_type = "Promise<Run>")]
    pub fn create(setup: JsRunSetup) -> Promise {
        let read = read_setup(&setup);
        future_to_promise(async move {
            let (spec, images, labels) = read?;
            Ok(Self::new(Run::new(spec, &images, &labels).await.map_err(|error| thrown(&error))?).into())
        })
    }

    /// The run whose `snapshot` made these bytes; on the CPU it continues bit for bit.
    ///
    /// Rejects with a `BlueCubeError`: "data-format" if the bytes are not a run's, "bad-spec" if images or labels are
    /// missing or not the run's, or as `create` does.
    #[wasm_bindgen(unchecked_return_type = "Promise<Run>")]
    pub fn restore(
        #[wasm_bindgen(js_name = bytes, unchecked_param_type = "Uint8Array")] snapshot: JsValue,
        options: Option<JsRestoreOptions>,
    ) -> Promise {
        let read = bytes(&snapshot, "bytes").and_then(|bytes| Ok((bytes, read_restored(options)?)));
        future_to_promise(async move {
            let (bytes, (data, device)) = read?;
            let data = data.as_ref().map(|(images, labels)| (&images[..], &labels[..]));
            Ok(Self::new(Run::restore(&bytes, data, device).await.map_err(|error| thrown(&error))?).into())
        })
    }

    fn new(run: Run) -> Self {
        let device = Cell::new(run.device().kind);
        Self(Rc::new(Held { run: Cell::new(Some(run)), device }))
    }

    /// Does `n` steps, at least 1, and resolves with the last.
    ///
    /// Rejects with a `BlueCubeError`: "diverged" if a loss is not a number; "gpu-lost" and the like if the GPU was
    /// asked for and failed.
    #[wasm_bindgen(unchecked_return_type = "Promise<StepReport>")]
    pub fn step(&self, #[wasm_bindgen(unchecked_param_type = "number")] n: JsValue) -> Promise {
        self.work(async move |run| {
            let given = shown(&n);
            let n = whole(&n).and_then(NonZeroU32::new);
            let n = n.ok_or_else(|| bad(&format!("n is {given}, expected a whole number of steps, at least 1")))?;
            let last = run.step(n).await.map_err(|error| thrown(&error.into()))?;
            let numbers =
                [("step", f64::from(last.step)), ("loss", last.loss.into()), ("accuracy", last.accuracy.into())];
            Ok(object::<JsValue>(&numbers.map(|(key, number)| (key, number.into()))))
        })
    }

    /// Evaluates the model on other images, any number of them, without dropout and with running statistics if the norm
    /// keeps them.
    ///
    /// Rejects with a `BlueCubeError` if lengths or labels are wrong, or the GPU was asked for and failed.
    #[wasm_bindgen(unchecked_return_type = "Promise<{ loss: number, accuracy: number }>")]
    pub fn evaluate(
        &self,
        #[wasm_bindgen(unchecked_param_type = "Uint8Array")] images: JsValue,
        #[wasm_bindgen(unchecked_param_type = "Uint8Array")] labels: JsValue,
    ) -> Promise {
        let data = bytes(&images, "images").and_then(|images| Ok((images, bytes(&labels, "labels")?)));
        self.work(async move |run| {
            let (images, labels) = data?;
            let got = run.evaluate(&images, &labels).await.map_err(|error| thrown(&error))?;
            Ok(object::<JsValue>(&[("loss", f64::from(got.loss).into()), ("accuracy", f64::from(got.accuracy).into())]))
        })
    }

    /// Tells a run with a `plateau` the loss after an epoch, which may lower its learning rate; resolves with the rate in
    /// force, and whether it is lower now.
    ///
    /// Rejects with a `BlueCubeError` if the run has no plateau, or the loss is not a number.
    #[wasm_bindgen(js_name = endEpoch, unchecked_return_type = "Promise<{ learningRate: number, lowered: boolean }>")]
    pub fn end_epoch(&self, #[wasm_bindgen(unchecked_param_type = "number")] loss: JsValue) -> Promise {
        self.work(async move |run| {
            let loss = loss.as_f64().ok_or_else(|| wrong("loss", &loss, "a number"))?;
            let ended = run.end_epoch(loss as f32);
            let (rate, lowered) = ended.ok_or_else(|| bad("endEpoch has no effect: the run has no plateau"))?;
            Ok(object::<JsValue>(&[("learningRate", f64::from(rate).into()), ("lowered", lowered.into())]))
        })
    }

    /// The whole state of the run, as bytes for `restore`: about 10 MB, and the images and labels unless `data` is
    /// false. A promise, since a GPU answers later.
    ///
    /// Rejects with a `BlueCubeError` if the GPU was asked for and failed.
    #[wasm_bindgen(unchecked_return_type = "Promise<Uint8Array>")]
    pub fn snapshot(&self, options: Option<JsSnapshotOptions>) -> Promise {
        let with_data = read_flag("snapshot", options, "data");
        self.work(async move |run| {
            let with_data = with_data?.unwrap_or(true);
            let bytes = run.snapshot(with_data).await.map_err(|error| thrown(&error.into()))?;
            Ok(Uint8Array::from(&bytes[..]).into())
        })
    }

    /// The weights as a safetensors file: `conv2d_0.weight`, `norm_0.gamma` and so on.
    ///
    /// Rejects with a `BlueCubeError` if the GPU was asked for and failed.
    #[wasm_bindgen(unchecked_return_type = "Promise<Uint8Array>")]
    pub fn safetensors(&self) -> Promise {
        self.work(async |run| {
            let weights = run.weights().await.map_err(|error| thrown(&error.into()))?;
            let file = safetensors::write(&weights).map_err(|error| bad(&error.to_string()))?;
            Ok(Uint8Array::from(&file[..]).into())
        })
    }

    /// The network as an ONNX file, opset 17: input `images`, N×1×28×28 from 0 to 1, and output `logits`, N×10. If
    /// `folded`, with batch norm folded into the convolution before it.
    ///
    /// Rejects with a `BlueCubeError` if the GPU was asked for and failed.
    #[wasm_bindgen(unchecked_return_type = "Promise<Uint8Array>")]
    pub fn onnx(&self, options: Option<JsOnnxOptions>) -> Promise {
        let is_folded = read_flag("onnx", options, "folded");
        self.work(async move |run| {
            let is_folded = is_folded?.unwrap_or(false);
            let mut weights = run.weights().await.map_err(|error| thrown(&error.into()))?;
            let mut model = run.model();
            if is_folded {
                let folded = fold_batch_norms(&model, &weights, Formula::Correct);
                (model, weights) = folded.map_err(|error| bad(&error.to_string()))?;
            }
            let file = onnx::write(&model, &weights).map_err(|error| bad(&error.to_string()))?;
            Ok(Uint8Array::from(&file[..]).into())
        })
    }

    /// The engine in use.
    #[wasm_bindgen(getter, unchecked_return_type = "\"gpu\" | \"cpu\"")]
    pub fn device(&self) -> JsValue {
        if self.0.device.get() == DeviceKind::Cpu { "cpu" } else { "gpu" }.into()
    }

    /// The promise of some work on the run. The run lives until the work is done, even if it is freed before.
    fn work(&self, work: impl AsyncFnOnce(&mut Run) -> Result<JsValue, JsValue> + 'static) -> Promise {
        let held = Rc::clone(&self.0);
        future_to_promise(async move {
            let busy = "the run is busy: await its last promise first";
            let mut run = held.run.take().ok_or_else(|| error_with_code(busy, FailureCode::BadMessage))?;
            let outcome = work(&mut run).await;
            held.device.set(run.device().kind);
            held.run.set(Some(run));
            outcome
        })
    }
}

/// Reads the one option of a method.
fn read_flag(method: &str, options: Option<impl Into<JsValue>>, key: &str) -> Result<Option<bool>, JsValue> {
    let options = options.map_or(JsValue::UNDEFINED, Into::into);
    Fields::of(method, &options, &[key])?.flag(key)
}

fn thrown(error: &RunError) -> JsValue {
    let code = match error {
        RunError::Train(TrainError::Exec(error)) => FailureCode::from(error),
        RunError::Train(TrainError::Diverged { .. } | TrainError::NotANumber { .. }) => FailureCode::Diverged,
        RunError::Snapshot(_) => FailureCode::DataFormat,
        RunError::Train(
            TrainError::Batch { .. }
            | TrainError::LearningRate { .. }
            | TrainError::Setting(_)
            | TrainError::FixedBatch { .. }
            | TrainError::NoNorm { .. }
            | TrainError::NoImage { .. }
            | TrainError::Model(_),
        )
        | RunError::Data(_)
        | RunError::NoData
        | RunError::OtherData { .. } => FailureCode::BadSpec,
    };
    error_with_code(&error.to_string(), code)
}
