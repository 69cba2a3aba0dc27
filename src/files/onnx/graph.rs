//! Builds the graph of an ONNX file node by node, as a chain with side branches.

use super::proto::{
    AttributeProto, DimensionProto, FLOAT, GraphProto, INT64, Length, NodeProto, TensorProto, TensorShapeProto,
    TensorTypeProto, TypeProto, ValueInfoProto,
};

/// A graph in which each node's input is the output of the node before.
pub(super) struct Graph {
    graph: GraphProto,
    value: String,
}

impl AttributeProto {
    pub(super) fn float(name: &str, value: f32) -> Self {
        Self { name: name.to_owned(), f: Some(value), kind: 1, ..Self::default() }
    }

    pub(super) fn int(name: &str, value: i64) -> Self {
        Self { name: name.to_owned(), i: Some(value), kind: 2, ..Self::default() }
    }

    pub(super) fn ints(name: &str, values: &[i64]) -> Self {
        Self { name: name.to_owned(), ints: values.to_vec(), kind: 7, ..Self::default() }
    }
}

impl Graph {
    /// A graph whose input has this name: a batch of any size of `image` \[C, H, W\].
    pub(super) fn new(input: &str, image: [i64; 3]) -> Self {
        let graph =
            GraphProto { name: "network".to_owned(), input: vec![value_info(input, &image)], ..GraphProto::default() };
        Self { graph, value: input.to_owned() }
    }

    /// Adds a node that applies `operator` to the value so far and to `others`, constants or earlier values; `name` is
    /// the name of its output.
    pub(super) fn node(&mut self, operator: &str, name: String, others: &[&str], attribute: Vec<AttributeProto>) {
        let value = std::mem::replace(&mut self.value, name.clone());
        let input = std::iter::once(value).chain(others.iter().map(|&name| name.to_owned())).collect();
        let op_type = operator.to_owned();
        self.graph.node.push(NodeProto { input, output: vec![name.clone()], name, op_type, attribute });
    }

    /// The name of the value so far.
    pub(super) fn value(&self) -> &str {
        &self.value
    }

    /// Makes an earlier value the value so far: the next node branches off there.
    pub(super) fn branch(&mut self, value: &str) {
        value.clone_into(&mut self.value);
    }

    /// A constant of floats.
    pub(super) fn floats(&mut self, name: &str, dims: &[i64], values: &[f32]) {
        let raw_data = values.iter().flat_map(|value| value.to_le_bytes()).collect();
        self.constant(name, dims, FLOAT, raw_data);
    }

    /// A constant list of integers.
    pub(super) fn integers(&mut self, name: &str, values: &[i64]) {
        let raw_data = values.iter().flat_map(|value| value.to_le_bytes()).collect();
        self.constant(name, &[values.len() as i64], INT64, raw_data);
    }

    fn constant(&mut self, name: &str, dims: &[i64], data_type: i32, raw_data: Vec<u8>) {
        self.graph.initializer.push(TensorProto { dims: dims.to_vec(), data_type, name: name.to_owned(), raw_data });
    }

    /// Returns the graph. Its output is that of the last node, a table with `n_columns`, under the name `output`.
    pub(super) fn finish(mut self, output: &str, n_columns: i64) -> GraphProto {
        if let Some(last) = self.graph.node.last_mut() {
            last.output = vec![output.to_owned()];
        }
        self.graph.output = vec![value_info(output, &[n_columns])];
        self.graph
    }
}

/// A float tensor whose first axis, N, can have any length.
fn value_info(name: &str, lengths: &[i64]) -> ValueInfoProto {
    let lengths = lengths.iter().map(|&length| Length::DimValue(length));
    let dim = std::iter::once(Length::DimParam("N".to_owned())).chain(lengths);
    let shape = TensorShapeProto { dim: dim.map(|length| DimensionProto { length: Some(length) }).collect() };
    let tensor_type = TensorTypeProto { elem_type: FLOAT, shape: Some(shape) };
    ValueInfoProto { name: name.to_owned(), r#type: Some(TypeProto { tensor_type: Some(tensor_type) }) }
}
