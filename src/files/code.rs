//! The setup as code: a Python program that builds and trains the same network with the same norms in another framework.
//!
//! Writes text and runs nothing. The programs read the IDX files that they are pointed at and ask no server. Where a
//! framework has a norm its own layer is taken; where it has none the program brings the formula.

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

/// What a program is written for.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Framework {
    /// PyTorch, in one process or by `torchrun` in several, which share each batch.
    PyTorch,
    /// Keras 3; one with sync batch norm is for the TensorFlow backend.
    Keras,
}

/// How a program trains; Adam's constants are those of [`crate::network::optimizer::Adam::KERAS`].
#[derive(Clone, PartialEq, Debug)]
pub struct Training {
    /// What the data set is called, such as `MNIST`.
    pub data: String,
    /// Images a step.
    pub batch: u32,
    /// The optimizer's learning rate at the start.
    pub learning_rate: f32,
    /// What makes steps of gradients.
    pub optimizer: OptimizerSpec,
    /// When the learning rate is lowered, by the loss on the test images after each epoch.
    pub plateau: Option<ReduceOnPlateau>,
    /// Those of the images that are trained on; all test images are judged.
    pub images: TrainOn,
    /// Images judged at a time: of account to norms that take moments over them.
    pub evaluation_batch: u32,
    /// Of the framework's own random numbers: the run is another than ours of this seed.
    pub seed: u32,
    /// Passes over the training images.
    pub epochs: u32,
}

/// The program that trains `model`.
///
/// # Errors
/// [`ModelError`] if the model cannot be planned for the batch, or PyTorch's batch norm would see one value a channel.
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
    let mut text = format!("\"\"\"Learns {data} {}, in {}. ", with(&names), parts.framework);
    let _ = write!(text, "Written by Blue Cube.\n\n{}\"\"\"\n\n{}\n", parts.notes, parts.imports);
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

/// Whether the framework's own layer takes what it is given.
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
            what: "PyTorch with batch norm of one value a channel, which it refuses",
        });
    }
    Ok(())
}

const READ_IDX: &str = include_str!("code/read_idx.py");

/// What of a program is not its layers.
struct Parts {
    framework: &'static str,
    /// For the docstring: whole lines.
    notes: String,
    imports: String,
    /// Lengths of an image's axes, in the framework's order.
    image: [u32; 3],
    load: &'static str,
    /// What stands before and behind the layers.
    sequential: (&'static str, &'static str),
    train: String,
}

/// The layers of a program under way.
#[derive(Default)]
struct Program {
    /// An expression each.
    layers: Vec<String>,
    /// Functions and classes that they need.
    definitions: Vec<&'static str>,
    /// Whether the value so far has two axes, not four.
    is_table: bool,
    /// Whether the optimizer is SGD, of which a step grows with the gradient.
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

    /// Makes the value so far images, by the layer `expression`.
    fn images(&mut self, expression: impl FnOnce() -> String) {
        if self.is_table {
            self.layer(expression());
        }
        self.is_table = false;
    }

    /// Makes the value so far a table with a row an image, by the layer `expression`.
    fn table(&mut self, expression: &str) {
        if !self.is_table {
            self.layer(expression.to_owned());
        }
        self.is_table = true;
    }
}

/// A call with every argument on a line of its own, as an element of the list of layers.
fn multiline(function: &str, arguments: &[String]) -> String {
    let arguments: String = arguments.iter().map(|argument| format!("            {argument},\n")).collect();
    format!("{function}(\n{arguments}        )")
}

/// The norms that do anything.
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

/// A step of a recurrent layer as a norm layer of its own, on a table of so many columns.
fn step_norm(stage: &Stage, norm: NormSpec, width: u32) -> Stage {
    let table = Shape::table(stage.x.n, width);
    Stage { label: stage.label.clone(), spec: LayerSpec::Norm(norm), x: table, y: table }
}

/// Whether kernels cost anything.
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

/// Such as `with group norm (5 groups)`; every name once.
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
    Axis::of_letter(letter).unwrap_or_else(|| unreachable!("{letter} is no axis"))
}

/// The lengths of γ along the axes `all`, such as `[10, 1, 1]`; without N, unless γ runs over it.
fn affine_lengths(stage: &Stage, all: &str) -> Vec<u32> {
    let lengths = stage.affine_lengths().unwrap_or([1; 4]);
    let along = all.chars().map(|letter| lengths[axis(letter) as usize]);
    along.skip(usize::from(lengths[0] == 1)).collect()
}

/// Whether γ and β run over the axes of the mean and there are no groups: a layer norm of the frameworks.
fn is_layer_norm(norm: AxesNorm) -> bool {
    norm.affine_axes() == AffineAxes::Reduced && norm.groups.get() == 1 && !norm.axes.contains(Axis::N)
}

/// Whether `axes` are the last of the four axes `all`.
fn is_trailing(axes: Axes, all: &str) -> bool {
    all.ends_with(&letters(axes, all))
}
