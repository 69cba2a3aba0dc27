//! Recurrent layers unrolled into ONNX' elementary operators: its own RNN and GRU cannot hold the norms of steps, and
//! its GRU orders the gates differently.

use super::proto::AttributeProto;
use super::{OnnxError, Writer};
use crate::network::layer::Cell;
use crate::network::layer::norm::NormSpec;
use crate::network::model::Stage;
use crate::norms::norm::Norm;

/// The norm of a layer's steps.
struct StepNorm {
    /// Such as `row_gru_0.norm_input`: the names of γ and β start with it; those of running statistics, with it and the
    /// step.
    label: String,
    spec: NormSpec,
    width: u32,
}

impl Writer<'_> {
    /// The last state, of `units` values, of a layer that runs over the rows of images. Formulas:
    /// [`crate::network::layer::row_rnn`] and [`crate::network::layer::row_gru`].
    pub(super) fn recurrent(&mut self, stage: &Stage, units: u32, spec: NormSpec, cell: Cell) -> Result<(), OnnxError> {
        let Stage { label, x, .. } = stage;
        let name = |what: &str| format!("{label}.{what}");
        let width = cell.width(units);
        let norms: &[&str] = match cell {
            Cell::Simple => &["norm"],
            Cell::Gru => &["norm_input", "norm_state"],
        };
        let norms: Vec<StepNorm> = norms.iter().map(|norm| StepNorm { label: name(norm), spec, width }).collect();
        norms.iter().try_for_each(|norm| self.norm_constants(norm))?;
        let n_rows = x.c * x.h;
        self.images(label, *x);
        self.reshape(&name("rows"), &[0, n_rows.into(), x.w.into()]);
        let (weight, bias) = (self.constant(label, "weight", &[x.w, width])?, self.constant(label, "bias", &[width])?);
        let recurrent = self.constant(label, "recurrent", &[units, width])?;
        self.graph.node("MatMul", name("products"), &[&weight], vec![]);
        self.graph.node("Add", name("inputs"), &[&bias], vec![]);
        if cell == Cell::Gru {
            self.constant(label, "recurrent_bias", &[width])?;
        }
        let mut h = self.zeros(label, units);
        for step in 0..n_rows {
            let row = name(&format!("{step}.row"));
            self.graph.branch(&name("inputs"));
            self.pick(&row, step);
            self.graph.branch(&h);
            self.graph.node("MatMul", name(&format!("{step}.product")), &[&recurrent], vec![]);
            match cell {
                Cell::Simple => {
                    self.graph.node("Add", name(&format!("{step}.sum")), &[&row], vec![]);
                    self.step_norm(&norms[0], step)?;
                    self.graph.node("Tanh", name(&format!("{step}.h")), &[], vec![]);
                }
                Cell::Gru => self.gates(label, step, &norms, &h)?,
            }
            h = self.graph.value().to_owned();
        }
        self.is_table = true;
        Ok(())
    }

    /// The state before the first step, and the columns where a table of gates is cut.
    fn zeros(&mut self, label: &str, units: u32) -> String {
        let name = |what: &str| format!("{label}.{what}");
        for gate in 0..=3 {
            self.graph.integers(&name(&format!("at_{gate}")), &[i64::from(gate * units)]);
        }
        self.graph.integers(&name("columns"), &[1]);
        self.graph.floats(&name("zero"), &[], &[0.0]);
        self.pick(&name("first"), 0);
        self.graph.node("Mul", name("zeros"), &[&name("zero")], vec![]);
        self.cut(label, &name("h"), [0, 1]);
        self.graph.value().to_owned()
    }

    /// One row of the value so far, N×rows×width, as a table.
    fn pick(&mut self, name: &str, row: u32) {
        let index = format!("{name}.index");
        self.graph.integers(&index, &[row.into()]);
        self.graph.node("Gather", format!("{name}.alone"), &[&index], vec![AttributeProto::int("axis", 1)]);
        self.graph.node("Flatten", name.to_owned(), &[], vec![AttributeProto::int("axis", 1)]);
    }

    /// The columns of the value so far from one gate to another.
    fn cut(&mut self, label: &str, name: &str, [from, to]: [u32; 2]) {
        let (from, to, columns) =
            (format!("{label}.at_{from}"), format!("{label}.at_{to}"), format!("{label}.columns"));
        self.graph.node("Slice", name.to_owned(), &[&from, &to, &columns], vec![]);
    }

    /// z·h + (1 − z)·c as c + z·(h − c), from the product h·U.
    fn gates(&mut self, label: &str, step: u32, norms: &[StepNorm], h: &str) -> Result<(), OnnxError> {
        let name = |what: &str| format!("{label}.{step}.{what}");
        self.graph.node("Add", name("state"), &[&format!("{label}.recurrent_bias")], vec![]);
        self.step_norm(&norms[1], step)?;
        let u = self.graph.value().to_owned();
        self.graph.branch(&name("row"));
        self.step_norm(&norms[0], step)?;
        let a = self.graph.value().to_owned();
        self.graph.node("Add", name("sum"), &[&u], vec![]);
        self.graph.node("Sigmoid", name("gates"), &[], vec![]);
        for (gate, place) in [("z", [0, 1]), ("r", [1, 2])] {
            self.graph.branch(&name("gates"));
            self.cut(label, &name(gate), place);
        }
        self.graph.branch(&a);
        self.cut(label, &name("a_c"), [2, 3]);
        self.graph.branch(&u);
        self.cut(label, &name("u_c"), [2, 3]);
        self.graph.node("Mul", name("u_c_let_through"), &[&name("r")], vec![]);
        self.graph.node("Add", name("before_tanh"), &[&name("a_c")], vec![]);
        self.graph.node("Tanh", name("c"), &[], vec![]);
        self.graph.branch(h);
        self.graph.node("Sub", name("way"), &[&name("c")], vec![]);
        self.graph.node("Mul", name("way_kept"), &[&name("z")], vec![]);
        self.graph.node("Add", name("h"), &[&name("c")], vec![]);
        Ok(())
    }

    /// The constants that all steps of a norm share.
    fn norm_constants(&mut self, norm: &StepNorm) -> Result<(), OnnxError> {
        let StepNorm { label, spec, width } = norm;
        if spec.norm == Norm::None {
            return Ok(());
        }
        self.constant(label, "gamma", &[*width])?;
        self.constant(label, "beta", &[*width])?;
        if let Some(n_groups) = spec.norm.groups_per_image(*width) {
            for (what, value) in [("ones", 1.0), ("zeros", 0.0)] {
                self.graph.floats(&format!("{label}.{what}"), &[n_groups.into()], &vec![value; n_groups as usize]);
            }
        }
        Ok(())
    }

    /// Applies the norm of a step to the value so far, a table.
    fn step_norm(&mut self, norm: &StepNorm, step: u32) -> Result<(), OnnxError> {
        let StepNorm { label, spec, width } = norm;
        let shared = |what: &str| format!("{label}.{what}");
        let (gamma, beta, at_step) = (shared("gamma"), shared("beta"), format!("{label}_{step}"));
        let epsilon = vec![AttributeProto::float("epsilon", spec.epsilon)];
        if spec.norm == Norm::None {
            return Ok(());
        }
        let Some(n_groups) = spec.norm.groups_per_image(*width) else {
            let mean = self.constant(&at_step, "running_mean", &[*width])?;
            let variance = self.constant(&at_step, "running_variance", &[*width])?;
            let tables = [gamma.as_str(), &beta, &mean, &variance];
            self.graph.node("BatchNormalization", format!("{at_step}.y"), &tables, epsilon);
            return Ok(());
        };
        self.reshape(&format!("{at_step}.grouped"), &[0, n_groups.into(), -1]);
        let tables = [shared("ones"), shared("zeros")];
        let tables = tables.each_ref().map(String::as_str);
        self.graph.node("InstanceNormalization", format!("{at_step}.normalized"), &tables, epsilon);
        self.reshape(&format!("{at_step}.x_hat"), &[0, (*width).into()]);
        self.graph.node("Mul", format!("{at_step}.scaled"), &[&gamma], vec![]);
        self.graph.node("Add", format!("{at_step}.y"), &[&beta], vec![]);
        Ok(())
    }
}
