//! Writes the setup as code: a Python program that builds and trains the same network with the same norms in another
//! framework.
//!
//! Writes text and runs nothing. The programs read the IDX files in the folder they are given and contact no server.
//! They use the framework's own layer for a norm where it has one; otherwise they bring the formula.

mod keras;
mod pytorch;

use crate::engine::plan::parameter::Regularizer;
use crate::network::layer::LayerSpec;
use crate::network::layer::norm::NormSpec;
use crate::network::model::{ModelError, ModelSpec, Stage};
use crate::network::optimizer::OptimizerSpec;
use crate::network::optimizer::plateau::ReduceOnPlateau;
use crate::norms::grouping::tiling::{Axes, Axis};
use crate::norms::norm::catalog::Number;
use crate::norms::norm::{AffineAxes, AxesNorm, Norm};
use crate::norms::shape::Shape;
use crate::training::data::TrainOn;
use std::fmt::Write;

/// The framework that a program is written for.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Framework {
    /// PyTorch, in one process, or in several with `torchrun`, which share each batch.
    PyTorch,
    /// Keras 3; a program with sync batch norm is for the TensorFlow backend.
    Keras,
}

/// How a program trains. Adam's constants are those of [`crate::network::optimizer::Adam::KERAS`].
#[derive(Clone, PartialEq, Debug)]
pub struct Training {
    /// The name of the data set, such as `MNIST`.
    pub data: String,
    /// Images per step.
    pub batch: u32,
    /// The optimizer's learning rate at the start.
    pub learning_rate: f32,
    /// The rule that turns gradients into steps.
    pub optimizer: OptimizerSpec,
    /// When the learning rate is lowered, judged by the loss on the test images after each epoch.
    pub plateau: Option<ReduceOnPlateau>,
    /// The norm down to which larger gradients are scaled.
    pub clip_norm: Option<f32>,
    /// The steps after which the weights of our run were no longer numbers, if they are not.
    pub diverged: Option<u32>,
    /// Which images to train on; evaluation uses all test images.
    pub images: TrainOn,
    /// Images per evaluation batch, which matters to norms whose moments span them.
    pub evaluation_batch: u32,
    /// Seed of the framework's own random numbers, so the run differs from ours with the same seed.
    pub seed: u32,
    /// Passes over the training images.
    pub epochs: u32,
}

/// Writes the program that trains `model`.
///
/// # Errors
/// [`ModelError`] if the model is invalid for the batch, or PyTorch's batch norm would see one value per channel.
pub fn write(framework: Framework, model: &ModelSpec, training: &Training) -> Result<String, ModelError> {
    let stages = model.stages(training.batch)?;
    stages.iter().try_for_each(|stage| check(framework, stage, training.batch))?;
    let n_parameters = model.plan(training.batch, training.batch)?.plan.n_parameters();
    let is_sgd = matches!(training.optimizer, OptimizerSpec::Sgd { .. });
    let mut program = Program { is_sgd, ..Program::default() };
    let parts = match framework {
        Framework::PyTorch => pytorch::parts(&mut program, &stages, training),
        Framework::Keras => keras::parts(&mut program, &stages, training),
    };
    let Training { data, batch, learning_rate, seed, epochs, evaluation_batch, .. } = training;
    let names: Vec<String> = norms(&stages).map(|norm| name(norm.norm)).collect();
    let mut text = format!("\"\"\"Trains on {data} {}, in {}. ", with(&names), parts.framework);
    let diverged = training.diverged.map_or_else(String::new, |steps| {
        format!("\nBlue Cube's own run of this diverged: after {steps} steps its weights were not numbers.\n")
    });
    let _ = write!(text, "Written by Blue Cube.\n\n{}{diverged}\"\"\"\n\n{}\n", parts.notes, parts.imports);
    let image = parts.image;
    let _ = write!(
        text,
        "IMAGE = ({}, {}, {})\nBATCH = {batch}\nLEARNING_RATE = {learning_rate:?}\nSEED = {seed}\nEPOCHS = {epochs}\n\
         EVALUATION_BATCH = {evaluation_batch}\nN_PARAMETERS = {n_parameters}\n",
        image[0], image[1], image[2]
    );
    let body = [READ_IDX, parts.load].into_iter().chain(program.definitions.iter().copied());
    for definition in body {
        let _ = write!(text, "\n\n{definition}");
    }
    let (open, close) = parts.sequential;
    let _ = write!(text, "\n\ndef build():\n    return {open}\n");
    for layer in &program.layers {
        let _ = writeln!(text, "        {layer},");
    }
    let _ = write!(text, "    {close}\n\n\n{}", parts.train);
    Ok(text)
}

/// Checks that the framework's own layer accepts its input.
fn check(framework: Framework, stage: &Stage, batch: u32) -> Result<(), ModelError> {
    let of_one_value = |norm: NormSpec, plane_len| {
        framework == Framework::PyTorch && norm.norm == Norm::Batch && batch * plane_len == 1
    };
    let (norm, plane_len) = match stage.spec {
        LayerSpec::RowRnn { norm, .. } => (norm, 1),
        LayerSpec::Norm(norm) => (norm, stage.x.plane_len()),
        LayerSpec::Conv2d { .. }
        | LayerSpec::Linear { .. }
        | LayerSpec::Relu
        | LayerSpec::MaxPool { .. }
        | LayerSpec::Flatten
        | LayerSpec::Dropout { .. } => return Ok(()),
    };
    if of_one_value(norm, plane_len) {
        return Err(ModelError::NoProgram {
            label: stage.label.clone(),
            what: "PyTorch with batch norm over one value per channel, which it refuses",
        });
    }
    Ok(())
}

const READ_IDX: &str = include_str!("code/read_idx.py");

/// The parts of a program other than its layers.
struct Parts {
    framework: &'static str,
    /// For the docstring: whole lines.
    notes: String,
    imports: String,
    /// Lengths of an image's axes, in the framework's order.
    image: [u32; 3],
    load: &'static str,
    /// The code before and after the layers.
    sequential: (&'static str, &'static str),
    train: String,
}

/// The layers of a program that is being written.
#[derive(Default)]
struct Program {
    /// One expression per layer.
    layers: Vec<String>,
    /// Functions and classes that the layers need.
    definitions: Vec<&'static str>,
    /// Whether the value so far has two axes, not four.
    is_table: bool,
    /// Whether the optimizer is SGD, whose steps grow with the gradient.
    is_sgd: bool,
}

impl Program {
    fn layer(&mut self, expression: String) {
        self.layers.push(expression);
    }

    fn define(&mut self, code: &'static str) {
        if !self.definitions.contains(&code) {
            self.definitions.push(code);
        }
    }

    /// Turns the value so far into images, with the layer `expression`.
    fn images(&mut self, expression: impl FnOnce() -> String) {
        if self.is_table {
            self.layer(expression());
        }
        self.is_table = false;
    }

    /// Turns the value so far into a table with one row per image, with the layer `expression`.
    fn table(&mut self, expression: &str) {
        if !self.is_table {
            self.layer(expression.to_owned());
        }
        self.is_table = true;
    }
}

/// Returns a call with each argument on a line of its own, as an element of the list of layers.
fn multiline(function: &str, arguments: &[String]) -> String {
    let arguments: String = arguments.iter().map(|argument| format!("            {argument},\n")).collect();
    format!("{function}(\n{arguments}        )")
}

/// The norms other than [`Norm::None`].
fn norms(stages: &[Stage]) -> impl Iterator<Item = NormSpec> {
    stages.iter().filter_map(|stage| match stage.spec {
        LayerSpec::Norm(norm) | LayerSpec::RowRnn { norm, .. } => Some(norm).filter(|norm| norm.norm != Norm::None),
        LayerSpec::Conv2d { .. }
        | LayerSpec::Relu
        | LayerSpec::MaxPool { .. }
        | LayerSpec::Flatten
        | LayerSpec::Linear { .. }
        | LayerSpec::Dropout { .. } => None,
    })
}

/// The norm of a recurrent layer's steps as a norm layer of its own, on a table with `width` columns.
fn step_norm(stage: &Stage, norm: NormSpec, width: u32) -> Stage {
    let table = Shape::table(stage.x.n, width);
    Stage { label: stage.label.clone(), spec: LayerSpec::Norm(norm), x: table, y: table }
}

/// Whether kernels have a penalty.
fn penalizes_kernels(stages: &[Stage]) -> bool {
    stages.iter().any(|stage| match stage.spec {
        LayerSpec::Conv2d { regularizer, .. } | LayerSpec::Linear { regularizer, .. } => {
            regularizer != Regularizer::default()
        }
        LayerSpec::Norm(_)
        | LayerSpec::Relu
        | LayerSpec::MaxPool { .. }
        | LayerSpec::Flatten
        | LayerSpec::RowRnn { .. }
        | LayerSpec::Dropout { .. } => false,
    })
}

/// Returns, for example, `with group norm (5 groups)`; each name once.
fn with(names: &[String]) -> String {
    let mut once: Vec<&str> = Vec::new();
    for name in names {
        if !once.contains(&name.as_str()) {
            once.push(name);
        }
    }
    if once.is_empty() { "without a norm".to_owned() } else { format!("with {}", once.join(" and ")) }
}

fn name(norm: Norm) -> String {
    let name = norm.kind().lower_name();
    match (norm, norm.kind().number(), norm.count()) {
        (Norm::Axes(axes), ..) => format!("a norm over {}", axes.axes.capitals()),
        (Norm::Rms(axes), ..) => format!("rms norm over {}", axes.axes.capitals()),
        (_, Number::Groups, Some(groups)) => format!("{name} ({groups} groups)"),
        (_, Number::Part, Some(size)) => format!("{name} (parts of {size})"),
        (_, Number::Devices, Some(devices)) => format!("{name} ({devices} devices)"),
        _ => name,
    }
}

/// The letters of `axes`, in the order of `all`.
fn letters(axes: Axes, all: &str) -> String {
    all.chars().filter(|&letter| axes.contains(axis(letter))).collect()
}

fn axis(letter: char) -> Axis {
    Axis::of_letter(letter).unwrap_or_else(|| unreachable!("{letter} is not an axis"))
}

/// The lengths of γ along the axes `all`, such as `[10, 1, 1]`; without N, unless γ runs over it.
fn affine_lengths(stage: &Stage, all: &str) -> Vec<u32> {
    let lengths = stage.affine_lengths().unwrap_or([1; 4]);
    let along = all.chars().map(|letter| lengths[axis(letter) as usize]);
    along.skip(usize::from(lengths[0] == 1)).collect()
}

/// Whether γ and β have the axes of the mean and there are no groups, as in the frameworks' layer norm.
fn is_layer_norm(norm: AxesNorm) -> bool {
    norm.affine_axes() == AffineAxes::Reduced && norm.groups.get() == 1 && !norm.axes.contains(Axis::N)
}

/// Whether `axes` are the last of the four axes `all`.
fn is_trailing(axes: Axes, all: &str) -> bool {
    all.ends_with(&letters(axes, all))
}
