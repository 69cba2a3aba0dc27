//! Layers in PyTorch, whose tensors are N×C×H×W like ours.

use super::{
    Parts, Program, Training, affine_lengths, is_layer_norm, is_trailing, letters, multiline, norms, penalizes_kernels,
    step_norm,
};
use crate::engine::plan::parameter::{Constraint, Regularizer, Tuning};
use crate::engine::random::Init;
use crate::network::layer::norm::NormSpec;
use crate::network::layer::norm::affine::AffineSpec;
use crate::network::layer::{Cell, LayerSpec, Padding, WeightInit};
use crate::network::model::Stage;
use crate::network::optimizer::plateau::{PlateauRule, ReduceOnPlateau};
use crate::network::optimizer::{Adam, MomentumRule, OptimizerSpec};
use crate::norms::norm::catalog::{Mixes, Number};
use crate::norms::norm::{AxesNorm, Norm};
use crate::training::data::TrainOn;
use std::fmt::Write;

const ALL: &str = "NCHW";

const NOTES: &str = "    python FILE FOLDER [--steps N]
    torchrun --nproc-per-node 2 FILE FOLDER [--steps N]     processes that share each batch

FOLDER holds train-images-idx3-ubyte.gz and the three other files. Needs torch and numpy.

Axes are N, C, H, W, as in Blue Cube.
";

const RUNNING: &str =
    "momentum is PyTorch's, the weight of the new value in the running statistics: 0.01 here is 0.99 in \
     Keras. The running\nvariance is the unbiased one.
";

const OF_A_SHARE: &str = "Under torchrun every process computes the mean and variance of its own share of the batch.\n";

const SYNC_IMPORT: &str = "from torch.distributed.nn.functional import all_reduce\n";

pub(super) fn parts(program: &mut Program, stages: &[Stage], training: &Training) -> Parts {
    for stage in stages {
        layer(program, stage);
    }
    program.table("nn.Flatten()");
    let (mut notes, mut imports) = (NOTES.to_owned(), include_str!("pytorch/imports.py").to_owned());
    if norms(stages).any(|norm| norm.norm.keeps_running()) {
        notes += RUNNING;
    }
    let has = |wanted: fn(Norm) -> bool| norms(stages).any(|norm| wanted(norm.norm));
    if has(|norm| norm.keeps_running() && norm.kind().number() != Number::Devices) {
        notes += OF_A_SHARE;
    }
    if has(|norm| norm.kind().number() == Number::Devices) {
        imports = imports.replace("from torch.nn import", &format!("{SYNC_IMPORT}from torch.nn import"));
    }
    let mixes = has(|norm| norm.kind().mixes() == Mixes::Results);
    let parameters = if mixes { "parameter_groups(network)" } else { "network.parameters()" };
    let is_held = norms(stages).any(|norm| norm.affine != AffineSpec::default());
    let mut after_step = String::new();
    for (is_asked_for, call) in [(mixes, "clip_rho"), (is_held, "constrain")] {
        if is_asked_for {
            let _ = write!(after_step, "\n        {call}(network)");
        }
    }
    let train = include_str!("pytorch/train.py")
        .replace("{optimizer}", &optimizer(training, parameters))
        .replace("{images}", &images(training.images))
        .replace("{loss}", if is_held || penalizes_kernels(stages) { "(loss + penalty(network))" } else { "loss" })
        .replace("{clip}", &training.clip_norm.map_or_else(String::new, clip))
        .replace("{after_epoch}", training.plateau.map_or(JUDGE, |_| JUDGE_AND_LOWER))
        .replace("{lower}", training.plateau.map_or("", lower))
        .replace("{after_step}", &after_step);
    let image = stages.first().map_or([0; 3], |stage| [stage.x.c, stage.x.h, stage.x.w]);
    let (framework, sequential) = ("PyTorch", ("nn.Sequential(", ")"));
    Parts { framework, notes, imports, image, load: include_str!("pytorch/load.py"), sequential, train }
}

/// Scales the gradients of all parameters down to a common norm.
fn clip(norm: f32) -> String {
    format!("\n        nn.utils.clip_grad_norm_(network.parameters(), {norm:?})")
}

/// Evaluates a run after an epoch.
const JUDGE: &str = r#"if process == 0 and (step * BATCH % len(labels) < BATCH or step == n_steps):
            print("test loss {:.4f}, accuracy {:.4f}".format(*evaluate(network, *test)), flush=True)"#;

/// Lowers the rate by a rule.
fn lower(plateau: ReduceOnPlateau) -> &'static str {
    match plateau.rule {
        PlateauRule::Keras => "schedule.step(test_loss)",
        PlateauRule::Keras21 => {
            "rate = optimizer.param_groups[0][\"lr\"]
            schedule.step(test_loss)
            # Keras 2.1 counts the epoch in which it lowers the rate.
            if optimizer.param_groups[0][\"lr\"] < rate:
                schedule.num_bad_epochs = 1"
        }
    }
}

/// The same where the learning rate follows the loss.
const JUDGE_AND_LOWER: &str = r#"if step * BATCH % len(labels) < BATCH or step == n_steps:
            # Every process judges, by the first one's running statistics, so that all lower their rates at once.
            if n_processes > 1:
                for kept in network.buffers():
                    distributed.broadcast(kept, 0)
            test_loss, accuracy = evaluate(network, *test)
            {lower}
            if process == 0:
                print(f"test loss {test_loss:.4f}, accuracy {accuracy:.4f}", flush=True)"#;

/// The optimizer, and the schedule if there is one.
fn optimizer(training: &Training, parameters: &str) -> String {
    let adam = |flag| {
        let Adam { beta1, beta2, epsilon } = Adam::KERAS;
        format!(
            "# PyTorch adds ε after the bias correction, Keras and Blue Cube before it: too small a difference to matter.\n    \
             optimizer = torch.optim.Adam({parameters}, LEARNING_RATE, betas=({beta1}, {beta2}), eps={epsilon:e}{flag})"
        )
    };
    let mut text = match training.optimizer {
        OptimizerSpec::Adam => adam(""),
        OptimizerSpec::AmsGrad => adam(", amsgrad=True"),
        OptimizerSpec::Sgd { momentum, rule } => {
            let other = "# The same weights as with Keras' momentum, which Blue Cube used, while the learning rate stays the same;\n    \
                         # after a change Keras' old velocity keeps the old rate.\n    ";
            let note = if rule == MomentumRule::Keras && momentum > 0.0 { other } else { "" };
            format!("{note}optimizer = torch.optim.SGD({parameters}, LEARNING_RATE, momentum={momentum:?})")
        }
    };
    if let Some(ReduceOnPlateau { factor, patience: wanted, min_delta, cooldown, min_lr, rule }) = training.plateau {
        // PyTorch lowers the rate one epoch later than its patience says, as Keras 2.1 does, and its cooldown begins one
        // epoch later.
        let (patience, of, cooldown) = match rule {
            PlateauRule::Keras => (wanted.max(1) - 1, "Keras'", cooldown.max(1) - 1),
            PlateauRule::Keras21 => (wanted, "Keras 2.1's", cooldown.max(1) - 1),
        };
        let _ = write!(
            text,
            "\n    # As {of} ReduceLROnPlateau with patience={wanted} and min_delta={min_delta:e}.\n    \
             schedule = torch.optim.lr_scheduler.ReduceLROnPlateau(\n        \
             optimizer, factor={factor}, patience={patience}, threshold={min_delta:e}, threshold_mode=\"abs\", cooldown={cooldown},\n        \
             min_lr=[{min_lr:e} * group[\"lr\"] / LEARNING_RATE for group in optimizer.param_groups], eps=0\n    )"
        );
    }
    text
}

/// The images and labels to train on.
fn images(images: TrainOn) -> String {
    match images {
        TrainOn::Train => "load(arguments.folder, \"train\", device)".to_owned(),
        TrainOn::Test => "load(arguments.folder, \"t10k\", device)  # The test images, as Blue Cube did.".to_owned(),
        TrainOn::FirstOfEachClass(n) => format!(
            "load(arguments.folder, \"train\", device)\n    \
             first = torch.cat([(labels == label).nonzero()[:{n}, 0] for label in range(10)])\n    \
             images, labels = images[first], labels[first]"
        ),
    }
}

fn layer(program: &mut Program, stage: &Stage) {
    let (x, y) = (stage.x, stage.y);
    let images = || format!("nn.Unflatten(1, ({}, {}, {}))", x.c, x.h, x.w);
    match stage.spec {
        LayerSpec::Conv2d { kernel, padding, init, regularizer, .. } => {
            program.images(images);
            let padding = match padding {
                Padding::Valid => String::new(),
                Padding::Same => format!(", padding={}", kernel / 2),
            };
            weighted(program, init, regularizer, &format!("nn.Conv2d({}, {}, {kernel}{padding})", x.c, y.c));
        }
        LayerSpec::Norm(NormSpec { norm: Norm::None, .. }) => {}
        LayerSpec::Norm(spec) => {
            program.images(images);
            let norm = norm(program, stage, spec);
            let norm = affine(program, norm, spec.affine);
            program.layer(norm);
        }
        LayerSpec::Relu => program.layer("nn.ReLU()".to_owned()),
        LayerSpec::MaxPool { size } => {
            program.images(images);
            program.layer(format!("nn.MaxPool2d({size})"));
        }
        LayerSpec::Flatten => program.table("nn.Flatten()"),
        LayerSpec::Linear { features, init, regularizer } => {
            program.table("nn.Flatten()");
            weighted(program, init, regularizer, &format!("nn.Linear({}, {features})", x.image_len()));
        }
        LayerSpec::RowRnn { units, norm, cell } => {
            program.images(images);
            row_rnn(program, stage, units, norm, cell);
        }
        LayerSpec::Dropout { rate } => program.layer(format!("nn.Dropout({rate})")),
    }
}

fn weighted(program: &mut Program, init: WeightInit, regularizer: Regularizer, layer: &str) {
    let (start, code) = match init {
        WeightInit::GlorotUniform => ("glorot_uniform", include_str!("pytorch/glorot_uniform.py")),
        WeightInit::HeNormal => ("he_normal", include_str!("pytorch/he_normal.py")),
    };
    program.define(code);
    let started = format!("{start}({layer})");
    if regularizer == Regularizer::default() {
        return program.layer(started);
    }
    program.define(include_str!("pytorch/penalized.py"));
    program.define(PENALTY);
    let Regularizer { l1, l2 } = regularizer;
    program.layer(format!("penalized({started}, l1={l1:?}, l2={l2:?})"));
}

const PENALTY: &str = include_str!("pytorch/penalty.py");

fn row_rnn(program: &mut Program, stage: &Stage, units: u32, spec: NormSpec, cell: Cell) {
    let x = stage.x;
    program.define(include_str!("pytorch/glorot_uniform.py"));
    program.define(include_str!("pytorch/steps.py"));
    let (class, code) = match cell {
        Cell::Simple => ("RowRnn", include_str!("pytorch/row_rnn.py")),
        Cell::Gru => ("RowGru", include_str!("pytorch/row_gru.py")),
    };
    program.define(code);
    let norm = if spec.norm == Norm::None {
        String::new()
    } else {
        let norm = norm(program, &step_norm(stage, spec, cell.width(units)), spec);
        format!(", lambda: {}", affine(program, norm, spec.affine))
    };
    program.layer(format!("{class}({}, {}, {units}{norm})", x.c * x.h, x.w));
    program.is_table = true;
}

/// The expression of a norm whose γ and β follow `spec`.
fn affine(program: &mut Program, norm: String, spec: AffineSpec) -> String {
    if spec == AffineSpec::default() {
        return norm;
    }
    for code in [include_str!("pytorch/affine.py"), PENALTY, include_str!("pytorch/constrain.py")] {
        program.define(code);
    }
    let half = |is_there: bool, tuning| if is_there { rules(tuning) } else { "None".to_owned() };
    let (gamma, beta) = (half(spec.scale, spec.gamma), half(spec.center, spec.beta));
    multiline("affine", &[norm, format!("gamma={gamma}"), format!("beta={beta}")])
}

/// Initializer, constraint, L1 and L2.
fn rules(tuning: Tuning) -> String {
    let start = match tuning.init {
        Init::Constant(value) => format!("constant_(w, {value})"),
        Init::Uniform { low, high } => format!("uniform_(w, {low}, {high})"),
        Init::Normal { mean, deviation } => format!("normal_(w, {mean}, {deviation})"),
        Init::GlorotUniform { fan_in, fan_out } => {
            let limit = (6.0 / (fan_in + fan_out) as f32).sqrt();
            format!("uniform_(w, {}, {limit})", -limit)
        }
        Init::HeNormal { fan_in } => format!("normal_(w, 0, {})", (2.0 / fan_in as f32).sqrt()),
        Init::Orthogonal { .. } => "orthogonal_(w)".to_owned(),
    };
    let constraint = tuning.constraint.map(|constraint| match constraint {
        Constraint::MaxNorm { max } => format!("scaled(w, w.norm().clamp(max={max}))"),
        Constraint::UnitNorm => "scaled(w, 1)".to_owned(),
        Constraint::MinMaxNorm { min, max, rate } => {
            format!("scaled(w, {rate} * w.norm().clamp({min}, {max}) + (1 - {rate}) * w.norm())")
        }
        Constraint::NonNegative => "w.clamp(min=0)".to_owned(),
        Constraint::Clip { min, max } => format!("w.clamp({min}, {max})"),
    });
    let constraint = constraint.map_or("None".to_owned(), |constraint| format!("lambda w: {constraint}"));
    format!("(lambda w: nn.init.{start}, {constraint}, {}, {})", tuning.regularizer.l1, tuning.regularizer.l2)
}

/// The expression of a norm other than [`Norm::None`].
fn norm(program: &mut Program, stage: &Stage, spec: NormSpec) -> String {
    let c = stage.x.c;
    let eps = format!("eps={:e}", spec.epsilon);
    let running = format!("{eps}, momentum={}", spec.momentum);
    if let Some(axes) = spec.norm.boxes() {
        return axes_norm(program, stage, axes, spec.norm.kind().centers(), &eps);
    }
    let mut own = |code, expression| {
        program.define(code);
        expression
    };
    if let Some(groups) = spec.norm.groups_per_image(c) {
        // PyTorch's instance norm refuses planes of one value, its layer norm has a γ and β for every value of an image.
        let is_instance = spec.norm == Norm::Instance && stage.x.plane_len() > 1;
        let instance = || format!("nn.InstanceNorm2d({c}, {eps}, affine=True)");
        return if is_instance { instance() } else { format!("nn.GroupNorm({groups}, {c}, {eps})") };
    }
    match (spec.norm.kind().mixes(), spec.norm.kind().number(), spec.norm.count()) {
        (Mixes::Results, ..) => {
            own(include_str!("pytorch/batch_instance.py"), format!("BatchInstanceNorm({c}, {running})"))
        }
        (Mixes::Moments, ..) => own(include_str!("pytorch/switchable.py"), format!("SwitchableNorm({c}, {running})")),
        (Mixes::Nothing, Number::Part, Some(size)) => {
            own(include_str!("pytorch/ghost_batch.py"), format!("GhostBatchNorm({c}, {size}, {running})"))
        }
        (Mixes::Nothing, Number::Devices, _) => {
            own(include_str!("pytorch/sync_batch.py"), format!("sync_batch_norm({c}, {running})"))
        }
        (Mixes::Nothing, ..) => format!("nn.BatchNorm2d({c}, {running})"),
    }
}

fn axes_norm(program: &mut Program, stage: &Stage, norm: AxesNorm, centers: bool, eps: &str) -> String {
    let lengths = affine_lengths(stage, ALL);
    if is_layer_norm(norm) && is_trailing(norm.axes, ALL) {
        let shape = &lengths[3 - norm.axes.iter().count()..];
        if centers {
            return format!("nn.LayerNorm({shape:?}, {eps})");
        }
        program.define(include_str!("pytorch/rms_trailing.py"));
        return format!("ShiftedRMSNorm({shape:?}, {eps})");
    }
    program.define(include_str!("pytorch/axes.py"));
    if !centers {
        program.define(include_str!("pytorch/rms.py"));
    }
    let class = if centers { "AxesNorm" } else { "RmsAxesNorm" };
    let axes = letters(norm.axes, ALL);
    format!("{class}(\"{axes}\", {lengths:?}, groups={}, {eps})", norm.groups)
}
