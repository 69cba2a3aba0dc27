//! Norms as ONNX operators, in evaluation mode: batch norms use their running statistics.

use super::proto::AttributeProto;
use super::{OnnxError, Writer};
use crate::network::model::Stage;
use crate::norms::grouping::tiling::{Axes, Axis};
use crate::norms::norm::catalog::Mixes;
use crate::norms::norm::{AxesNorm, Norm};

impl Writer<'_> {
    pub(super) fn norm(&mut self, stage: &Stage, norm: Norm, epsilon: f32) -> Result<(), OnnxError> {
        if norm == Norm::None {
            return Ok(());
        }
        if let Some(axes) = norm.boxes() {
            return self.axes_norm(stage, axes, norm.kind().centers(), epsilon);
        }
        if let Some(groups) = norm.groups_per_image(stage.x.c) {
            return self.group_norm(stage, groups, epsilon);
        }
        match norm.kind().mixes() {
            Mixes::Nothing => self.batch_norm(stage, epsilon),
            Mixes::Results => self.batch_instance_norm(stage, epsilon),
            Mixes::Moments => self.switchable_norm(stage, epsilon),
        }
    }

    fn batch_norm(&mut self, stage: &Stage, epsilon: f32) -> Result<(), OnnxError> {
        let label = &stage.label;
        let mut table = |what| self.constant(label, what, &[stage.x.c]);
        let tables = [table("gamma")?, table("beta")?, table("running_mean")?, table("running_variance")?];
        let attributes = vec![AttributeProto::float("epsilon", epsilon)];
        self.graph.node("BatchNormalization", format!("{label}.y"), &tables.each_ref().map(String::as_str), attributes);
        Ok(())
    }

    /// As an instance norm of images whose channels are the groups, then γ and β per channel.
    fn group_norm(&mut self, stage: &Stage, n_groups: u32, epsilon: f32) -> Result<(), OnnxError> {
        let Stage { label, x, .. } = stage;
        let name = |what: &str| format!("{label}.{what}");
        let (ones, zeros) = (name("ones"), name("zeros"));
        for (name, value) in [(&ones, 1.0), (&zeros, 0.0)] {
            self.graph.floats(name, &[n_groups.into()], &vec![value; n_groups as usize]);
        }
        // In a Reshape, 0 keeps the length, and −1 is the length that is left.
        self.reshape(&name("grouped"), &[0, n_groups.into(), -1]);
        let attributes = vec![AttributeProto::float("epsilon", epsilon)];
        self.graph.node("InstanceNormalization", name("normalized"), &[&ones, &zeros], attributes);
        let images = [0, x.c.into(), x.h.into(), x.w.into()];
        self.reshape(&name("x_hat"), if self.is_table { &images[..2] } else { &images });
        let by_channel: &[u32] = if self.is_table { &[x.c] } else { &[x.c, 1, 1] };
        self.affine(label, by_channel)
    }

    /// ρ·x̂_batch + (1 − ρ)·x̂_instance, with ρ and 1 − ρ as the operators' own scales.
    fn batch_instance_norm(&mut self, stage: &Stage, epsilon: f32) -> Result<(), OnnxError> {
        let Stage { label, x, .. } = stage;
        self.images(label, *x);
        let name = |what: &str| format!("{label}.{what}");
        let channels = i64::from(x.c);
        let others: Vec<f32> = self.values(label, "rho", x.c as usize)?.iter().map(|rho| 1.0 - rho).collect();
        let (one_minus_rho, zeros) = (name("one_minus_rho"), name("zeros"));
        self.graph.floats(&one_minus_rho, &[channels], &others);
        self.graph.floats(&zeros, &[channels], &vec![0.0; x.c as usize]);
        let mut table = |what| self.constant(label, what, &[x.c]);
        let (rho, mean, variance) = (table("rho")?, table("running_mean")?, table("running_variance")?);
        let input = self.graph.value().to_owned();
        let epsilon = || vec![AttributeProto::float("epsilon", epsilon)];
        self.graph.node("BatchNormalization", name("of_batch"), &[&rho, &zeros, &mean, &variance], epsilon());
        self.graph.branch(&input);
        self.graph.node("InstanceNormalization", name("of_instance"), &[&one_minus_rho, &zeros], epsilon());
        self.graph.node("Add", name("x_hat"), &[&name("of_batch")], vec![]);
        self.affine(label, &[x.c, 1, 1])
    }

    /// The weighted running statistics are a constant, which includes ε.
    fn switchable_norm(&mut self, stage: &Stage, epsilon: f32) -> Result<(), OnnxError> {
        let Stage { label, x, .. } = stage;
        self.images(label, *x);
        let name = |what: &str| format!("{label}.{what}");
        let logits = self.values(label, "logits", 6)?;
        let input = self.graph.value().to_owned();
        for (set, axes) in [("instance", [2, 3].as_slice()), ("layer", &[1, 2, 3])] {
            self.graph.branch(&input);
            self.moments(&name(set), axes);
        }
        for (what, running, logits, epsilon) in
            [("mean", "running_mean", &logits[..3], 0.0), ("variance", "running_variance", &logits[3..], epsilon)]
        {
            let [of_instance, of_layer, of_batch] = softmax(logits);
            let of_batch: Vec<f32> =
                self.values(label, running, x.c as usize)?.iter().map(|value| of_batch * value + epsilon).collect();
            self.graph.floats(&name(&format!("batch.{what}")), &[x.c.into(), 1, 1], &of_batch);
            for (set, weight) in [("layer", of_layer), ("instance", of_instance)] {
                self.graph.floats(&name(&format!("{set}.{what}.weight")), &[], &[weight]);
                self.graph.branch(&name(&format!("{set}.{what}")));
                let weight = name(&format!("{set}.{what}.weight"));
                self.graph.node("Mul", name(&format!("{set}.{what}.part")), &[&weight], vec![]);
            }
            self.graph.node("Add", name(&format!("own.{what}")), &[&name(&format!("layer.{what}.part"))], vec![]);
            self.graph.node("Add", name(what), &[&name(&format!("batch.{what}"))], vec![]);
        }
        self.graph.node("Sqrt", name("deviation"), &[], vec![]);
        self.graph.branch(&input);
        self.graph.node("Sub", name("centered"), &[&name("mean")], vec![]);
        self.graph.node("Div", name("x_hat"), &[&name("deviation")], vec![]);
        self.affine(label, &[x.c, 1, 1])
    }

    /// Where channels are split into groups, on five axes: N, G, C/G, H, W.
    fn axes_norm(&mut self, stage: &Stage, norm: AxesNorm, centers: bool, epsilon: f32) -> Result<(), OnnxError> {
        let Stage { label, x, .. } = stage;
        self.images(label, *x);
        let name = |what: &str| format!("{label}.{what}");
        let groups = i64::from(norm.groups.get());
        if groups > 1 {
            self.reshape(&name("grouped"), &[0, groups, i64::from(x.c) / groups, x.h.into(), x.w.into()]);
        }
        let axes = numbers(norm.axes, groups > 1);
        if centers {
            let input = self.graph.value().to_owned();
            self.reduce_mean(name("mean"), &axes);
            self.graph.branch(&input);
            self.graph.node("Sub", name("centered"), &[&name("mean")], vec![]);
        }
        let values = self.graph.value().to_owned();
        self.graph.node("Mul", name("squares"), &[&values], vec![]);
        self.reduce_mean(name("variance"), &axes);
        self.graph.floats(&name("epsilon"), &[], &[epsilon]);
        self.graph.node("Add", name("variance_and_epsilon"), &[&name("epsilon")], vec![]);
        self.graph.node("Sqrt", name("deviation"), &[], vec![]);
        self.graph.branch(&values);
        self.graph.node("Div", name("normalized"), &[&name("deviation")], vec![]);
        if groups > 1 {
            self.reshape(&name("x_hat"), &[0, x.c.into(), x.h.into(), x.w.into()]);
        }
        let lengths = stage.affine_lengths().unwrap_or([1; 4]);
        self.affine(label, if lengths[0] == 1 { &lengths[1..] } else { &lengths })
    }

    /// The mean and variance of the value so far, named `{set}.mean` and `{set}.variance`.
    fn moments(&mut self, set: &str, axes: &[i64]) {
        let name = |what: &str| format!("{set}.{what}");
        let input = self.graph.value().to_owned();
        self.reduce_mean(name("mean"), axes);
        self.graph.branch(&input);
        self.graph.node("Sub", name("centered"), &[&name("mean")], vec![]);
        self.graph.node("Mul", name("squares"), &[&name("centered")], vec![]);
        self.reduce_mean(name("variance"), axes);
    }

    fn reduce_mean(&mut self, name: String, axes: &[i64]) {
        let attributes = vec![AttributeProto::ints("axes", axes), AttributeProto::int("keepdims", 1)];
        self.graph.node("ReduceMean", name, &[], attributes);
    }

    /// γ and β, with these lengths along the last axes.
    fn affine(&mut self, label: &str, lengths: &[u32]) -> Result<(), OnnxError> {
        let (gamma, beta) = (self.constant(label, "gamma", lengths)?, self.constant(label, "beta", lengths)?);
        self.graph.node("Mul", format!("{label}.scaled"), &[&gamma], vec![]);
        self.graph.node("Add", format!("{label}.y"), &[&beta], vec![]);
        Ok(())
    }
}

/// The numbers of `axes`; those after the batch axis are one higher where the channels have been split into two axes.
fn numbers(axes: Axes, are_split: bool) -> Vec<i64> {
    let number = |axis| match axis {
        Axis::N => 0,
        Axis::C | Axis::H | Axis::W => axis as i64 + i64::from(are_split),
    };
    axes.iter().map(number).collect()
}

/// exp(logit)/Σ exp(logits), for three logits.
fn softmax(logits: &[f32]) -> [f32; 3] {
    let largest = logits.iter().copied().fold(f32::NEG_INFINITY, f32::max);
    let powers = [0, 1, 2].map(|k| (logits[k] - largest).exp());
    powers.map(|power| power / powers.iter().sum::<f32>())
}
