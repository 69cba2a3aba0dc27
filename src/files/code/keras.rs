//! Layers in Keras, whose tensors are N×H×W×C where ours are N×C×H×W.

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

const ALL: &str = "NHWC";

const NOTES: &str = "    python FILE FOLDER [--steps N]

FOLDER holds train-images-idx3-ubyte.gz and the three other files. Needs keras, one of its
backends such as tensorflow-cpu, and numpy.

Axes are N, H, W, C; in Blue Cube they are N, C, H, W. Flatten returns the same values in a different order, and the
layer after it has its rows in that order.
";

const RUNNING: &str =
    "momentum is Keras', the weight of the old value in the running statistics: 0.99 here is 0.01 in \
     PyTorch and Blue Cube.\nKeras' own layers store the biased variance, the others the unbiased one.
";

const SYNC: &str = "The batch is shared by all GPUs that TensorFlow sees.\n";

pub(super) fn parts(program: &mut Program, stages: &[Stage], training: &Training) -> Parts {
    let image = stages.first().map_or([0; 3], |stage| [stage.x.h, stage.x.w, stage.x.c]);
    program.layer("keras.Input(IMAGE)".to_owned());
    for stage in stages {
        layer(program, stage);
    }
    program.table("layers.Flatten()");
    let (mut notes, mut imports) = (NOTES.to_owned(), include_str!("keras/imports.py").to_owned());
    let has = |wanted: fn(Norm) -> bool| norms(stages).any(|norm| wanted(norm.norm));
    if has(Norm::keeps_running) {
        notes += RUNNING;
    }
    let is_held = norms(stages).any(|norm| norm.affine != AffineSpec::default()) || penalizes_kernels(stages);
    let mut train = train(training, is_held);
    if has(|norm| norm.kind().number() == Number::Devices) {
        notes += SYNC;
        imports = imports.replace("import numpy as np\n", "import numpy as np\nimport tensorflow as tf\n");
        let main = "    main()\n";
        train = train.replace(main, "    with tf.distribute.MirroredStrategy().scope():\n        main()\n");
    }
    let (framework, sequential) = ("Keras", ("keras.Sequential([", "])"));
    Parts { framework, notes, imports, image, load: include_str!("keras/load.py"), sequential, train }
}

/// The training code. Where parameters have penalties, the loss on the data is a metric of its own, since Keras' loss
/// includes them.
fn train(training: &Training, is_held: bool) -> String {
    let (data_loss, outcome) = match is_held {
        true => (", keras.metrics.SparseCategoricalCrossentropy(from_logits=True)", "_, accuracy, loss"),
        false => ("", "loss, accuracy"),
    };
    let (mut schedule, mut after_epoch) = (String::new(), "");
    if let Some(ReduceOnPlateau { factor, patience, min_delta, cooldown, min_lr, rule }) = training.plateau {
        // Keras 2.1 lowers the rate one epoch later, and counts the epoch in which it does.
        let patience = patience + u32::from(rule == PlateauRule::Keras21);
        schedule = format!(
            "    plateau = keras.callbacks.ReduceLROnPlateau(\n        \
             \"val_loss\", factor={factor}, patience={patience}, min_delta={min_delta:e}, cooldown={cooldown}, min_lr={min_lr:e}\n    )\n    \
             plateau.set_model(model)\n    plateau.on_train_begin()\n"
        );
        after_epoch = match rule {
            PlateauRule::Keras => "\n        plateau.on_epoch_end(epoch, {\"val_loss\": loss})",
            PlateauRule::Keras21 => {
                "
        rate = float(model.optimizer.learning_rate)
        plateau.on_epoch_end(epoch, {\"val_loss\": loss})
        # Keras 2.1 lowers the rate one epoch later than its patience says, and counts the epoch in which it does.
        if float(model.optimizer.learning_rate) < rate:
            plateau.wait = 1"
            }
        };
    }
    include_str!("keras/train.py")
        .replace("{optimizer}", &optimizer(training.optimizer, training.clip_norm))
        .replace("{images}", &images(training.images))
        .replace("{data_loss}", data_loss)
        .replace("{outcome}", outcome)
        .replace("{schedule}", &schedule)
        .replace("{after_epoch}", after_epoch)
}

fn optimizer(optimizer: OptimizerSpec, clip_norm: Option<f32>) -> String {
    let Adam { beta1, beta2, epsilon } = Adam::KERAS;
    let clip = clip_norm.map_or_else(String::new, |norm| format!(", global_clipnorm={norm:?}"));
    let adam = |flag| {
        let constants = format!("beta_1={beta1}, beta_2={beta2}, epsilon={epsilon:e}{flag}{clip}");
        format!("keras.optimizers.Adam(LEARNING_RATE, {constants})")
    };
    match optimizer {
        OptimizerSpec::Adam => adam(""),
        OptimizerSpec::AmsGrad => adam(", amsgrad=True"),
        OptimizerSpec::Sgd { momentum, rule } => {
            let other = "# The same weights as with PyTorch's momentum, which Blue Cube used, while the learning rate stays the same;\n        \
                         # after a change the old velocity keeps the old rate here.\n        ";
            let note = if rule == MomentumRule::Pytorch && momentum > 0.0 { other } else { "" };
            format!("{note}keras.optimizers.SGD(LEARNING_RATE, momentum={momentum:?}{clip})")
        }
    }
}

/// The images and labels to train on.
fn images(images: TrainOn) -> String {
    match images {
        TrainOn::Train => "load(arguments.folder, \"train\")".to_owned(),
        TrainOn::Test => "load(arguments.folder, \"t10k\")  # The test images, as Blue Cube did.".to_owned(),
        TrainOn::FirstOfEachClass(n) => format!(
            "load(arguments.folder, \"train\")\n    \
             first = np.sort(np.concatenate([np.flatnonzero(labels == label)[:{n}] for label in range(10)]))\n    \
             images, labels = images[first], labels[first]"
        ),
    }
}

fn layer(program: &mut Program, stage: &Stage) {
    let (x, y) = (stage.x, stage.y);
    let images = || format!("layers.Reshape(({}, {}, {}))", x.h, x.w, x.c);
    match stage.spec {
        LayerSpec::Conv2d { kernel, padding, init, regularizer, .. } => {
            program.images(images);
            let padding = match padding {
                Padding::Valid => "valid",
                Padding::Same => "same",
            };
            let sizes = [y.c.to_string(), kernel.to_string(), format!("padding=\"{padding}\"")];
            program.layer(weighted("layers.Conv2D", sizes.to_vec(), init, regularizer));
        }
        LayerSpec::Norm(NormSpec { norm: Norm::None, .. }) => {}
        LayerSpec::Norm(spec) => {
            program.images(images);
            let norm = norm(program, stage, spec);
            program.layer(with_affine(norm, spec.affine));
        }
        LayerSpec::Relu => program.layer("layers.ReLU()".to_owned()),
        LayerSpec::MaxPool { size } => {
            program.images(images);
            program.layer(format!("layers.MaxPooling2D({size})"));
        }
        LayerSpec::Flatten => program.table("layers.Flatten()"),
        LayerSpec::Linear { features, init, regularizer } => {
            program.table("layers.Flatten()");
            program.layer(weighted("layers.Dense", vec![features.to_string()], init, regularizer));
        }
        LayerSpec::RowRnn { units, norm, cell } => {
            program.images(images);
            row_rnn(program, stage, units, norm, cell);
        }
        LayerSpec::Dropout { rate } => program.layer(format!("layers.Dropout({rate})")),
    }
}

fn row_rnn(program: &mut Program, stage: &Stage, units: u32, spec: NormSpec, cell: Cell) {
    let (n_rows, inputs) = (stage.x.c * stage.x.h, stage.x.w);
    if stage.x.c > 1 {
        program.layer("layers.Permute((3, 1, 2))".to_owned());
    }
    program.layer(format!("layers.Reshape(({n_rows}, {inputs}))"));
    program.is_table = true;
    let (own, class, code) = match cell {
        Cell::Simple => ("SimpleRNN", "RowRnn", include_str!("keras/row_rnn.py")),
        Cell::Gru => ("GRU", "RowGru", include_str!("keras/row_gru.py")),
    };
    if spec.norm == Norm::None {
        return program.layer(format!("layers.{own}({units})"));
    }
    for code in [AFFINE, include_str!("keras/steps.py"), code] {
        program.define(code);
    }
    let width = cell.width(units);
    let norm = norm(program, &step_norm(stage, spec, width), spec);
    let norm = format!("lambda: {}, **FIXED)", norm.trim_end_matches(')'));
    let affine = with_affine(format!("Affine([{width}])"), spec.affine);
    program.layer(multiline(class, &[n_rows.to_string(), units.to_string(), norm, format!("lambda: {affine}")]));
}

/// A layer with a kernel; `arguments` set its size.
fn weighted(class: &str, mut arguments: Vec<String>, init: WeightInit, regularizer: Regularizer) -> String {
    let init = match init {
        WeightInit::GlorotUniform => "glorot_uniform",
        WeightInit::HeNormal => "he_normal",
    };
    arguments.push(format!("kernel_initializer=\"{init}\""));
    if regularizer == Regularizer::default() {
        return format!("{class}({})", arguments.join(", "));
    }
    let Regularizer { l1, l2 } = regularizer;
    arguments.push(format!("kernel_regularizer=keras.regularizers.L1L2({l1:?}, {l2:?})"));
    multiline(class, &arguments)
}

/// The expression of a norm whose γ and β follow `spec`.
fn with_affine(norm: String, spec: AffineSpec) -> String {
    if spec == AffineSpec::default() {
        return norm;
    }
    let (class, arguments) = norm.trim_end_matches(')').split_once('(').unwrap_or((&norm, ""));
    let mut arguments = vec![arguments.to_owned()];
    for (half, is_there, flag, tuning) in
        [("gamma", spec.scale, "scale", spec.gamma), ("beta", spec.center, "center", spec.beta)]
    {
        match is_there {
            true => arguments.extend(rules(half, tuning)),
            false => arguments.push(format!("{flag}=False")),
        }
    }
    multiline(class, &arguments)
}

/// The arguments for γ or β.
fn rules(half: &str, tuning: Tuning) -> Vec<String> {
    let initializer = match tuning.init {
        Init::Constant(value) => format!("Constant({value})"),
        Init::Uniform { low, high } => format!("RandomUniform({low}, {high})"),
        Init::Normal { mean, deviation } => format!("RandomNormal({mean}, {deviation})"),
        Init::GlorotUniform { fan_in, fan_out } => {
            let limit = (6.0 / (fan_in + fan_out) as f32).sqrt();
            format!("RandomUniform({}, {limit})", -limit)
        }
        Init::HeNormal { fan_in } => format!("RandomNormal(0, {})", (2.0 / fan_in as f32).sqrt()),
        Init::Orthogonal { .. } => "Orthogonal()".to_owned(),
    };
    let mut arguments = vec![format!("{half}_initializer=keras.initializers.{initializer}")];
    // Without axes the norm is over all values.
    let constraint = tuning.constraint.map(|constraint| match constraint {
        Constraint::MaxNorm { max } => format!("keras.constraints.MaxNorm({max}, axis=None)"),
        Constraint::UnitNorm => "keras.constraints.UnitNorm(axis=None)".to_owned(),
        Constraint::MinMaxNorm { min, max, rate } => {
            format!("keras.constraints.MinMaxNorm({min}, {max}, {rate}, axis=None)")
        }
        Constraint::NonNegative => "keras.constraints.NonNeg()".to_owned(),
        Constraint::Clip { min, max } => format!("lambda w: ops.clip(w, {min}, {max})"),
    });
    arguments.extend(constraint.map(|constraint| format!("{half}_constraint={constraint}")));
    let Regularizer { l1, l2 } = tuning.regularizer;
    if tuning.regularizer != Regularizer::default() {
        arguments.push(format!("{half}_regularizer=keras.regularizers.L1L2({l1}, {l2})"));
    }
    arguments
}

/// The expression of a norm other than [`Norm::None`].
fn norm(program: &mut Program, stage: &Stage, spec: NormSpec) -> String {
    let c = stage.x.c;
    let epsilon = format!("epsilon={:e}", spec.epsilon);
    let running = format!("{epsilon}, momentum={}", 1.0 - spec.momentum);
    let rho_unit =
        if program.is_sgd { include_str!("keras/rho_of_sgd.py") } else { include_str!("keras/rho_of_adam.py") };
    if let Some(axes) = spec.norm.boxes() {
        return axes_norm(program, stage, axes, spec, &epsilon);
    }
    let mut own = |code, expression| {
        program.define(code);
        expression
    };
    if let Some(groups) = spec.norm.groups_per_image(c) {
        // LayerNormalization has a γ and a β for every value of an image.
        return format!("layers.GroupNormalization(groups={groups}, {epsilon})");
    }
    match (spec.norm.kind().mixes(), spec.norm.kind().number(), spec.norm.count()) {
        (Mixes::Results, ..) => {
            own(rho_unit, String::new());
            own(AFFINE, String::new());
            own(include_str!("keras/batch_instance.py"), format!("BatchInstanceNormalization({c}, {running})"))
        }
        (Mixes::Moments, ..) => {
            own(AFFINE, String::new());
            own(include_str!("keras/switchable.py"), format!("SwitchableNormalization({c}, {running})"))
        }
        (Mixes::Nothing, Number::Part, Some(size)) => {
            own(include_str!("keras/ghost_batch.py"), format!("GhostBatchNormalization({size}, {running})"))
        }
        (Mixes::Nothing, Number::Devices, _) => format!("layers.BatchNormalization({running}, synchronized=True)"),
        (Mixes::Nothing, ..) => format!("layers.BatchNormalization({running})"),
    }
}

const AFFINE: &str = include_str!("keras/affine.py");

fn axes_norm(program: &mut Program, stage: &Stage, norm: AxesNorm, spec: NormSpec, epsilon: &str) -> String {
    let axes = letters(norm.axes, ALL);
    let centers = spec.norm.kind().centers();
    // RMSNormalization's γ has the shape of the last axes only and has no initializers, constraints or regularizers.
    let is_plain = is_trailing(norm.axes, ALL) && spec.affine == AffineSpec::default();
    if is_layer_norm(norm) && (centers || is_plain) {
        let numbers: Vec<_> = axes.chars().filter_map(|letter| ALL.find(letter)).collect();
        if centers {
            return format!("layers.LayerNormalization(axis={numbers:?}, {epsilon})");
        }
        program.define(include_str!("keras/rms_trailing.py"));
        return format!("ShiftedRMSNormalization(axis={numbers:?}, {epsilon})");
    }
    program.define(AFFINE);
    program.define(include_str!("keras/axes.py"));
    if !centers {
        program.define(include_str!("keras/rms.py"));
    }
    let class = if centers { "AxesNormalization" } else { "RmsAxesNormalization" };
    format!("{class}(\"{axes}\", {:?}, groups={}, {epsilon})", affine_lengths(stage, ALL), norm.groups)
}
