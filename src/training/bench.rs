//! What the bench page times: one layer on one tensor, or training of the tutorial net on given images. The engines run
//! both through plans, as they run everything else.
//!
//! Reads no clock: the caller does.

use crate::engine::exec::gpu::trust::Sample;
use crate::engine::exec::{DeviceChoice, DeviceInfo, ExecError, Executor};
use crate::engine::plan::parameter::Regularizer;
use crate::engine::plan::{PlanBuilder, PlanError, Section, Slot, Tensor};
use crate::network::layer::norm::NormSpec;
use crate::network::layer::norm::planes::group_moments;
use crate::network::layer::{Layer, LayerError, LayerSpec, Mode, WeightInit};
use crate::norms::moments::Moments;
use crate::norms::norm::{Norm, Recipe};
use crate::norms::shape::Shape;
use crate::training::train::{Run, RunError, RunSpec};
use serde::{Deserialize, Serialize};
use std::num::NonZeroU32;
use std::rc::Rc;
use thiserror::Error;

/// One repetition of a bench item.
#[derive(Clone, Copy, PartialEq, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "bench", derive(tsify::Tsify))]
#[serde(tag = "kind", rename_all = "lowercase")]
pub enum BenchSpec {
    /// Mean and biased variance of every group. Input: x.
    Moments {
        /// Which values share a mean.
        norm: Norm,
        /// N, C, H, W.
        shape: [u32; 4],
    },
    /// y. Inputs: x, gamma, beta.
    Fwd {
        /// Which norm.
        norm: Norm,
        /// N, C, H, W.
        shape: [u32; 4],
    },
    /// y, then dx, dγ, dβ. Inputs: x, gamma, beta, dy.
    FwdBwd {
        /// Which norm.
        norm: Norm,
        /// N, C, H, W.
        shape: [u32; 4],
    },
    /// C = A·B. Inputs: a, b.
    Gemm {
        /// M, K, N: A is M×K, B is K×N.
        dims: [u32; 3],
    },
}

/// Why a bench item cannot be made or run.
#[derive(Clone, PartialEq, Debug, Error)]
pub enum BenchError {
    /// The layer does not fit the shape.
    #[error(transparent)]
    Layer(#[from] LayerError),
    /// The plan is invalid.
    #[error(transparent)]
    Plan(#[from] PlanError),
    /// The engine is not available or has failed.
    #[error(transparent)]
    Exec(#[from] ExecError),
    /// The training run is invalid or has failed.
    #[error(transparent)]
    Run(#[from] RunError),
    /// Without a norm there is nothing to reduce.
    #[error("there are no moments without a norm")]
    NoMoments,
    /// The item has no such input.
    #[error("this item has no input {name}")]
    NoInput {
        /// The name asked for.
        name: String,
    },
    /// An input of the wrong length.
    #[error("input {name} has {found} values, {expected} expected")]
    InputLen {
        /// The input's name.
        name: &'static str,
        /// Values given.
        found: usize,
        /// Values that the shape calls for.
        expected: usize,
    },
}

/// A bench item on an engine: its inputs are written once, then it runs as often as asked.
pub struct BenchItem {
    executor: Executor,
    ports: Ports,
}

/// Where an item reads its inputs and writes its outputs.
struct Ports {
    inputs: Vec<Input>,
    outputs: Outputs,
    /// A few words: once they have been read, the engine is known to be done.
    probe: Slot,
}

struct Input {
    name: &'static str,
    slot: Slot,
    offset: u32,
    len: u32,
}

enum Outputs {
    Moments { groups: Slot },
    Forward { name: &'static str, y: Slot },
    Backward { dx: Slot, daffine: Slot },
}

impl BenchItem {
    /// Makes the item on the engine asked for, with all inputs set to zeros.
    ///
    /// # Errors
    /// [`BenchError`] if the spec is out of range or the engine is not available.
    pub async fn new(spec: BenchSpec, device: DeviceChoice) -> Result<Self, BenchError> {
        let mut builder = PlanBuilder::new();
        let ports = spec.record(&mut builder)?;
        let plan = Rc::new(builder.finish()?);
        let sample = || {
            let inputs = ports.inputs.iter().map(|input| (input.slot, Sample::numbers(input.len)));
            Sample { plan: Rc::clone(&plan), inputs: inputs.collect() }
        };
        let chosen = Executor::choose(device, Rc::clone(&plan), 0, ports.probe, &sample).await?;
        Ok(Self { executor: chosen.executor, ports })
    }

    /// Returns the names of the inputs.
    pub fn inputs(&self) -> impl Iterator<Item = &'static str> {
        self.ports.inputs.iter().map(|input| input.name)
    }

    /// Writes an input.
    ///
    /// # Errors
    /// [`BenchError::NoInput`], [`BenchError::InputLen`].
    pub fn write(&mut self, name: &str, values: &[f32]) -> Result<(), BenchError> {
        let input = self.ports.inputs.iter().find(|input| input.name == name);
        let &Input { name, slot, offset, len } = input.ok_or_else(|| BenchError::NoInput { name: name.to_owned() })?;
        if values.len() != len as usize {
            return Err(BenchError::InputLen { name, found: values.len(), expected: len as usize });
        }
        self.executor.write(slot, offset, bytemuck::cast_slice(values));
        Ok(())
    }

    /// Runs the item `n_times` and waits until the engine is done.
    ///
    /// # Errors
    /// [`BenchError::Exec`] if the engine failed.
    pub async fn run(&mut self, n_times: u32) -> Result<(), BenchError> {
        self.executor.run(Section::Train, n_times);
        self.executor.read(&[self.ports.probe]).await?;
        Ok(())
    }

    /// Returns the outputs of the last repetition as names and values. Moments are in the order of the groups.
    ///
    /// # Errors
    /// [`BenchError::Exec`] if the engine failed.
    pub async fn outputs(&mut self) -> Result<Vec<(&'static str, Vec<f32>)>, BenchError> {
        match self.ports.outputs {
            Outputs::Moments { groups } => {
                let words = self.executor.read(&[groups]).await?.remove(0);
                let groups: &[Moments] = bytemuck::cast_slice(&words);
                let means = groups.iter().map(|group| group.mean()).collect();
                Ok(vec![("mean", means), ("var", groups.iter().map(|group| group.variance()).collect())])
            }
            Outputs::Forward { name, y } => Ok(vec![(name, self.executor.read(&[y]).await?.remove(0))]),
            Outputs::Backward { dx, daffine } => {
                let [dx, mut dgamma] = <[_; 2]>::try_from(self.executor.read(&[dx, daffine]).await?)
                    .unwrap_or_else(|_| unreachable!("two slots were asked for"));
                let dbeta = dgamma.split_off(dgamma.len() / 2);
                Ok(vec![("dx", dx), ("dgamma", dgamma), ("dbeta", dbeta)])
            }
        }
    }

    /// The engine in use.
    pub fn device(&self) -> DeviceInfo {
        self.executor.device()
    }
}

impl BenchSpec {
    fn record(self, plan: &mut PlanBuilder) -> Result<Ports, BenchError> {
        let clock = plan.clock("clock");
        match self {
            Self::Moments { norm, shape: [n, c, h, w] } => {
                let x = input_tensor(plan, "x", Shape::new(n, c, h, w))?;
                let recipe = norm.recipe(x.shape).map_err(LayerError::from)?.ok_or(BenchError::NoMoments)?;
                let Recipe::Planes(recipe) = recipe else { return Err(BenchError::NoMoments) };
                let groups = group_moments(plan, recipe, x);
                Ok(Ports {
                    inputs: vec![whole("x", x)],
                    outputs: Outputs::Moments { groups: groups.words() },
                    probe: clock,
                })
            }
            Self::Fwd { norm, shape } => record_norm(plan, norm, shape, clock, false),
            Self::FwdBwd { norm, shape } => record_norm(plan, norm, shape, clock, true),
            Self::Gemm { dims: [m, k, n] } => {
                let a = input_tensor(plan, "a", Shape::table(m, k))?;
                let init = WeightInit::GlorotUniform;
                let (layer, _) = Layer::new(
                    plan,
                    LayerSpec::Linear { features: n, init, regularizer: Regularizer::default() },
                    "linear",
                    a.shape,
                )?;
                let y = layer.forward(plan, a, Mode::Train { clock })?.y.slot;
                let weights = plan.parameters()[0].parameter.value;
                let b = Input { name: "b", slot: weights, offset: 0, len: k * n };
                Ok(Ports { inputs: vec![whole("a", a), b], outputs: Outputs::Forward { name: "c", y }, probe: clock })
            }
        }
    }
}

fn record_norm(
    plan: &mut PlanBuilder,
    norm: Norm,
    [n, c, h, w]: [u32; 4],
    clock: Slot,
    with_backward: bool,
) -> Result<Ports, BenchError> {
    let x = input_tensor(plan, "x", Shape::new(n, c, h, w))?;
    let spec = LayerSpec::Norm(NormSpec::new(norm));
    let (layer, _) = Layer::new(plan, spec, "norm", x.shape)?;
    let activation = layer.forward(plan, x, Mode::Train { clock })?;
    let affine = plan.parameters().first().ok_or(BenchError::NoMoments)?.parameter;
    let channels = |name, offset| Input { name, slot: affine.value, offset, len: c };
    let mut inputs = vec![whole("x", x), channels("gamma", 0), channels("beta", c)];
    let mut outputs = Outputs::Forward { name: "y", y: activation.y.slot };
    if with_backward {
        let dy = input_tensor(plan, "dy", x.shape)?;
        inputs.push(whole("dy", dy));
        if let Some(dx) = layer.backward(plan, &activation, dy, clock, true) {
            outputs = Outputs::Backward { dx: dx.slot, daffine: affine.gradient };
        }
    }
    Ok(Ports { inputs, outputs, probe: clock })
}

fn input_tensor(plan: &mut PlanBuilder, name: &str, shape: Shape) -> Result<Tensor, LayerError> {
    let len = shape.checked_len().ok_or(LayerError::TooLarge { shape })?;
    Ok(Tensor { slot: plan.input(name, len), shape })
}

fn whole(name: &'static str, tensor: Tensor) -> Input {
    Input { name, slot: tensor.slot, offset: 0, len: tensor.shape.len() }
}

/// Training of the tutorial net on given images.
pub struct BenchTrainer {
    run: Run,
    loss: f32,
}

/// Adam's learning rate in training items, the tutorial's.
const LEARNING_RATE: f32 = 1e-3;

impl BenchTrainer {
    /// Makes a run at step 0 that will draw from `images`, \[count, 784\] from 0 to 1, with their `labels`.
    ///
    /// # Errors
    /// [`BenchError`] if the engine is not available or the data is malformed.
    pub async fn new(
        norm: Norm,
        batch: u32,
        device: DeviceChoice,
        images: &[f32],
        labels: &[u8],
    ) -> Result<Self, BenchError> {
        let spec = RunSpec { norm, batch, learning_rate: LEARNING_RATE, seed: 1, device, ..RunSpec::default() };
        Ok(Self { run: Run::new(spec, &pixels(images), labels).await?, loss: 0.0 })
    }

    /// Trains for `n` steps and waits until the engine is done.
    ///
    /// # Errors
    /// [`BenchError::Run`] if the engine failed or training diverged.
    pub async fn run(&mut self, n: u32) -> Result<(), BenchError> {
        if let Some(n) = NonZeroU32::new(n) {
            self.loss = self.run.step(n).await.map_err(RunError::from)?.loss;
        }
        Ok(())
    }

    /// The loss of the last step.
    pub fn loss(&self) -> f32 {
        self.loss
    }

    /// Returns the share of `images` that the model now classifies as their `labels` say.
    ///
    /// # Errors
    /// [`BenchError`] if the engine failed or the data is malformed.
    pub async fn accuracy(&mut self, images: &[f32], labels: &[u8]) -> Result<f32, BenchError> {
        Ok(self.run.evaluate(&pixels(images), labels).await?.accuracy)
    }

    /// The engine in use.
    pub fn device(&self) -> DeviceInfo {
        self.run.device()
    }
}

fn pixels(images: &[f32]) -> Vec<u8> {
    images.iter().map(|value| (255.0 * value).round() as u8).collect()
}
