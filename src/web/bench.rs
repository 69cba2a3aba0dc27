//! The bench page's side of [`crate::training::bench`]: names and typed arrays.

use crate::engine::exec::DeviceChoice;
use crate::norms::norm::Norm;
use crate::training::bench::{BenchError, BenchItem, BenchSpec, BenchTrainer};
use js_sys::{Float32Array, Object, Reflect};
use serde::de::DeserializeOwned;
use wasm_bindgen::prelude::*;

/// A layer on a tensor, to be timed.
#[wasm_bindgen]
pub struct NormBenchItem(BenchItem);

#[wasm_bindgen]
impl NormBenchItem {
    /// Makes the item on the engine asked for; its inputs are the fields of `data` with their names.
    #[wasm_bindgen(unchecked_return_type = "NormBenchItem")]
    pub async fn create(
        #[wasm_bindgen(unchecked_param_type = "BenchSpec")] spec: JsValue,
        #[wasm_bindgen(unchecked_param_type = "DeviceChoice")] device: JsValue,
        #[wasm_bindgen(unchecked_param_type = "Record<string, Float32Array>")] data: JsValue,
    ) -> Result<Self, JsError> {
        let mut item = BenchItem::new(parse::<BenchSpec>(spec)?, parse::<DeviceChoice>(device)?).await?;
        let names: Vec<_> = item.inputs().collect();
        for name in names {
            let field = Reflect::get(&data, &name.into()).ok().and_then(|field| field.dyn_into::<Float32Array>().ok());
            let values = field.ok_or_else(|| BenchError::NoInput { name: name.to_owned() })?;
            item.write(name, &values.to_vec())?;
        }
        Ok(Self(item))
    }

    /// Repeats it `reps` times; resolves when the engine is done.
    pub async fn run(&mut self, reps: u32) -> Result<(), JsError> {
        Ok(self.0.run(reps).await?)
    }

    /// Returns the outputs of the last repetition, by name.
    #[wasm_bindgen(unchecked_return_type = "Record<string, Float32Array>")]
    pub async fn check(&mut self) -> Result<Object, JsError> {
        let outputs = Object::new();
        for (name, values) in self.0.outputs().await? {
            let array = Float32Array::from(values.as_slice());
            Reflect::set(&outputs, &name.into(), &array).map_err(|_| JsError::new("a field cannot be set"))?;
        }
        Ok(outputs)
    }

    /// What it runs on: a `DeviceInfo`.
    #[wasm_bindgen(unchecked_return_type = "DeviceInfo")]
    pub fn device(&self) -> Result<JsValue, JsError> {
        Ok(serde_wasm_bindgen::to_value(&self.0.device())?)
    }
}

/// Training of the tutorial's network, to be timed.
#[wasm_bindgen]
pub struct NormBenchTrainer(BenchTrainer);

#[wasm_bindgen]
impl NormBenchTrainer {
    /// Makes a run at step 0 that draws from `images`, [count, 784] from 0 to 1, with their `labels`.
    #[wasm_bindgen(unchecked_return_type = "NormBenchTrainer")]
    pub async fn create(
        #[wasm_bindgen(unchecked_param_type = "Norm")] norm: JsValue,
        batch: u32,
        #[wasm_bindgen(unchecked_param_type = "DeviceChoice")] device: JsValue,
        images: Vec<f32>,
        labels: Vec<u8>,
    ) -> Result<Self, JsError> {
        let (norm, device) = (parse::<Norm>(norm)?, parse::<DeviceChoice>(device)?);
        Ok(Self(BenchTrainer::new(norm, batch, device, &images, &labels).await?))
    }

    /// Does `reps` steps; resolves when the engine is done.
    pub async fn run(&mut self, reps: u32) -> Result<(), JsError> {
        Ok(self.0.run(reps).await?)
    }

    /// The loss of the last step.
    pub fn loss(&self) -> f32 {
        self.0.loss()
    }

    /// The share of `images` that the model classifies as their `labels` say.
    pub async fn accuracy(&mut self, images: Vec<f32>, labels: Vec<u8>) -> Result<f32, JsError> {
        Ok(self.0.accuracy(&images, &labels).await?)
    }

    /// What it runs on: a `DeviceInfo`.
    #[wasm_bindgen(unchecked_return_type = "DeviceInfo")]
    pub fn device(&self) -> Result<JsValue, JsError> {
        Ok(serde_wasm_bindgen::to_value(&self.0.device())?)
    }
}

fn parse<T: DeserializeOwned>(value: JsValue) -> Result<T, JsError> {
    Ok(serde_wasm_bindgen::from_value(value)?)
}
