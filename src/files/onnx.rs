//! ONNX: writes a trained network for other programs to run.
//!
//! Writes the network as it is: to remove batch norms, fold them first ([`crate::network::model::fold`]). Dropout is omitted, as
//! it does nothing in evaluation. The network's input, [`INPUT`], is N×C×H×W images of floats from 0 to 1; its output,
//! [`OUTPUT`], is N×classes logits.

mod graph;
mod norm;
mod proto;
mod recurrent;

use crate::network::layer::{LayerSpec, Padding};
use crate::network::model::weights::Weights;
use crate::network::model::{ModelError, ModelSpec, Stage};
use crate::norms::shape::Shape;
use graph::Graph;
use prost::Message;
use proto::{AttributeProto, ModelProto, OperatorSetIdProto};
use thiserror::Error;

/// The name of the input.
pub const INPUT: &str = "images";

/// The name of the output.
pub const OUTPUT: &str = "logits";

/// The version of the operators, from 2021, which most runtimes read. `GroupNormalization` came with version 18 and
/// changed the shape of its γ with 21, so group and layer norm are written as an instance norm between two reshapes;
/// other norms are built from elementary operators.
const OPSET: i64 = 17;

/// The version of the file format that came with [`OPSET`].
const IR_VERSION: i64 = 8;

/// Why a network cannot be written.
#[derive(Clone, PartialEq, Debug, Error)]
pub enum OnnxError {
    /// See [`ModelError`].
    #[error(transparent)]
    Model(#[from] ModelError),
    /// Weights that do not belong to the network.
    #[error("there are no weights {name} of {len} values")]
    Weights {
        /// The tensor's name.
        name: String,
        /// The length that the network needs.
        len: usize,
    },
}

/// Returns the bytes of a file that holds `model` with the trained `weights`.
///
/// # Errors
/// [`OnnxError`] if the model is invalid, or the weights are those of another model.
pub fn write(model: &ModelSpec, weights: &Weights) -> Result<Vec<u8>, OnnxError> {
    let image = model.image;
    let graph = Graph::new(INPUT, [image.c, image.h, image.w].map(i64::from));
    let mut writer = Writer { graph, weights, is_table: false };
    let stages = model.stages(model.smallest_batch())?;
    for stage in &stages {
        writer.stage(stage)?;
    }
    let y = stages.last().map_or(image, |stage| stage.y);
    writer.table("flat");
    let file = ModelProto {
        ir_version: IR_VERSION,
        opset_import: vec![OperatorSetIdProto { domain: String::new(), version: OPSET }],
        producer_name: env!("CARGO_PKG_NAME").to_owned(),
        producer_version: env!("CARGO_PKG_VERSION").to_owned(),
        doc_string: format!("{}{INPUT}: pixels from 0 to 1; {OUTPUT}: before the softmax", warning(weights)),
        graph: Some(writer.graph.finish(OUTPUT, y.image_len().into())),
    };
    Ok(file.encode_to_vec())
}

fn warning(weights: &Weights) -> String {
    weights.told_not_finite().map_or_else(String::new, |told| format!("{told}; "))
}

/// A graph that is being written.
struct Writer<'a> {
    graph: Graph,
    weights: &'a Weights,
    /// Whether the value so far has two axes, not four.
    is_table: bool,
}

impl<'a> Writer<'a> {
    fn stage(&mut self, stage: &Stage) -> Result<(), OnnxError> {
        let label = &stage.label;
        match stage.spec {
            LayerSpec::Conv2d { kernel, padding, .. } => self.conv2d(stage, kernel, padding)?,
            LayerSpec::Norm(norm) => self.norm(stage, norm.norm, norm.epsilon)?,
            LayerSpec::Relu => self.graph.node("Relu", format!("{label}.y"), &[], vec![]),
            LayerSpec::MaxPool { size } => {
                self.images(label, stage.x);
                let size = [i64::from(size); 2];
                let attributes = ["kernel_shape", "strides"].map(|name| AttributeProto::ints(name, &size));
                self.graph.node("MaxPool", format!("{label}.y"), &[], attributes.to_vec());
            }
            LayerSpec::Flatten => self.table(label),
            LayerSpec::Linear { .. } => self.linear(stage)?,
            LayerSpec::RowRnn { units, norm, cell } => self.recurrent(stage, units, norm, cell)?,
            LayerSpec::Dropout { .. } => {}
        }
        Ok(())
    }

    fn conv2d(&mut self, stage: &Stage, kernel: u32, padding: Padding) -> Result<(), OnnxError> {
        let Stage { label, x, y, .. } = stage;
        self.images(label, *x);
        let weight = self.constant(label, "weight", &[y.c, x.c, kernel, kernel])?;
        let bias = self.constant(label, "bias", &[y.c])?;
        let padding = match padding {
            Padding::Valid => 0,
            Padding::Same => kernel / 2,
        };
        let attributes = vec![
            AttributeProto::ints("kernel_shape", &[kernel.into(); 2]),
            AttributeProto::ints("pads", &[padding.into(); 4]),
            AttributeProto::ints("strides", &[1; 2]),
        ];
        self.graph.node("Conv", format!("{label}.y"), &[&weight, &bias], attributes);
        Ok(())
    }

    fn linear(&mut self, stage: &Stage) -> Result<(), OnnxError> {
        let Stage { label, x, y, .. } = stage;
        self.table(label);
        let weight = self.constant(label, "weight", &[x.image_len(), y.c])?;
        let bias = self.constant(label, "bias", &[y.c])?;
        self.graph.node("Gemm", format!("{label}.y"), &[&weight, &bias], vec![]);
        Ok(())
    }

    /// Turns the value so far into N×C×H×W, for the layer `label`.
    fn images(&mut self, label: &str, shape: Shape) {
        if self.is_table {
            self.reshape(&format!("{label}.x"), &[0, shape.c.into(), shape.h.into(), shape.w.into()]);
        }
        self.is_table = false;
    }

    /// Turns the value so far into a table with one row per image, for the layer `label`.
    fn table(&mut self, label: &str) {
        if !self.is_table {
            self.graph.node("Flatten", format!("{label}.x"), &[], vec![AttributeProto::int("axis", 1)]);
        }
        self.is_table = true;
    }

    fn reshape(&mut self, name: &str, shape: &[i64]) {
        let shape_name = format!("{name}.shape");
        self.graph.integers(&shape_name, shape);
        self.graph.node("Reshape", name.to_owned(), &[&shape_name], vec![]);
    }

    /// Adds a weight to the file and returns its name.
    fn constant(&mut self, label: &str, what: &str, shape: &[u32]) -> Result<String, OnnxError> {
        let name = format!("{label}.{what}");
        let len = shape.iter().map(|&length| length as usize).product();
        let values = self.values(label, what, len)?;
        let dims: Vec<i64> = shape.iter().map(|&length| length.into()).collect();
        self.graph.floats(&name, &dims, values);
        Ok(name)
    }

    /// Returns the values of a weight.
    fn values(&self, label: &str, what: &str, len: usize) -> Result<&'a [f32], OnnxError> {
        let name = format!("{label}.{what}");
        let values = self.weights.values(&name).filter(|values| values.len() == len);
        values.ok_or(OnnxError::Weights { name, len })
    }
}
