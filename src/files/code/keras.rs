//! Layers as Keras has them; tensors are N×H×W×C, where ours are N×C×H×W.

use super::{Parts, Program, affine_lengths, is_layer_norm, is_trailing, letters, norms};
use crate::layer::norm::NormSpec;
use crate::layer::{LayerSpec, Padding, WeightInit};
use crate::model::Stage;
use crate::norm::{AxesNorm, Norm};
use crate::optimizer::Adam;

const ALL: &str = "NHWC";

const NOTES: &str = "    python FILE FOLDER [--steps N]

FOLDER holds train-images-idx3-ubyte.gz and its three fellows. Needs keras, a backend of it such as tensorflow-cpu, and
numpy.

Axes are N, H, W, C; in Blue Cube they are N, C, H, W. Flatten gives the same values in another order, and the layer
after it has its rows in that order.
";

const RUNNING: &str =
    "momentum is Keras', the weight of the old value in the running statistics: 0.99 here is 0.01 in \
     PyTorch and Blue Cube.\nKeras' own layers keep the biased variance, the others the unbiased one.
";

const SYNC: &str = "The batch is shared by all GPUs that TensorFlow sees.\n";

pub(super) fn parts(program: &mut Program, stages: &[Stage]) -> Parts {
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
    let Adam { beta1, beta2, epsilon } = Adam::KERAS;
    let mut train = include_str!("keras/train.py")
        .replace("{beta1}", &beta1.to_string())
        .replace("{beta2}", &beta2.to_string())
        .replace("{epsilon}", &format!("{epsilon:e}"));
    if has(|norm| matches!(norm, Norm::SyncBatch { .. })) {
        notes += SYNC;
        imports = imports.replace("import numpy as np\n", "import numpy as np\nimport tensorflow as tf\n");
        let main = "    main()\n";
        train = train.replace(main, "    with tf.distribute.MirroredStrategy().scope():\n        main()\n");
    }
    let (framework, sequential) = ("Keras", ("keras.Sequential([", "])"));
    Parts { framework, notes, imports, image, load: include_str!("keras/load.py"), sequential, train }
}

fn layer(program: &mut Program, stage: &Stage) {
    let (x, y) = (stage.x, stage.y);
    let images = || format!("layers.Reshape(({}, {}, {}))", x.h, x.w, x.c);
    match stage.spec {
        LayerSpec::Conv2d { kernel, padding, init, .. } => {
            program.images(images);
            let padding = match padding {
                Padding::Valid => "valid",
                Padding::Same => "same",
            };
            program.layer(format!("layers.Conv2D({}, {kernel}, padding=\"{padding}\", {})", y.c, weighted(init)));
        }
        LayerSpec::Norm(NormSpec { norm: Norm::None, .. }) => {}
        LayerSpec::Norm(spec) => {
            program.images(images);
            let norm = norm(program, stage, spec);
            program.layer(norm);
        }
        LayerSpec::Relu => program.layer("layers.ReLU()".to_owned()),
        LayerSpec::MaxPool { size } => {
            program.images(images);
            program.layer(format!("layers.MaxPooling2D({size})"));
        }
        LayerSpec::Flatten => program.table("layers.Flatten()"),
        LayerSpec::Linear { features, init } => {
            program.table("layers.Flatten()");
            program.layer(format!("layers.Dense({features}, {})", weighted(init)));
        }
        LayerSpec::Dropout { rate } => program.layer(format!("layers.Dropout({rate})")),
    }
}

fn weighted(init: WeightInit) -> &'static str {
    match init {
        WeightInit::GlorotUniform => "kernel_initializer=\"glorot_uniform\"",
        WeightInit::HeNormal => "kernel_initializer=\"he_normal\"",
    }
}

/// The expression of a norm other than [`Norm::None`].
fn norm(program: &mut Program, stage: &Stage, spec: NormSpec) -> String {
    let c = stage.x.c;
    let epsilon = format!("epsilon={:e}", spec.epsilon);
    let running = format!("{epsilon}, momentum={}", 1.0 - spec.momentum);
    let mut own = |code, expression| {
        program.define(code);
        expression
    };
    match spec.norm {
        Norm::None => unreachable!("the caller leaves it out"),
        Norm::Batch => format!("layers.BatchNormalization({running})"),
        // LayerNormalization has a γ and β for every value of an image.
        Norm::Layer => format!("layers.GroupNormalization(groups=1, {epsilon})"),
        Norm::Instance => format!("layers.GroupNormalization(groups={c}, {epsilon})"),
        Norm::Group { groups } => format!("layers.GroupNormalization(groups={groups}, {epsilon})"),
        Norm::BatchInstance => {
            own(AFFINE, String::new());
            own(include_str!("keras/batch_instance.py"), format!("BatchInstanceNormalization({c}, {running})"))
        }
        Norm::Switchable => {
            own(AFFINE, String::new());
            own(include_str!("keras/switchable.py"), format!("SwitchableNormalization({c}, {running})"))
        }
        Norm::GhostBatch { size } => {
            own(include_str!("keras/ghost_batch.py"), format!("GhostBatchNormalization({size}, {running})"))
        }
        Norm::SyncBatch { .. } => format!("layers.BatchNormalization({running}, synchronized=True)"),
        Norm::Axes(axes) | Norm::Rms(axes) => {
            axes_norm(program, stage, axes, matches!(spec.norm, Norm::Axes(_)), &epsilon)
        }
    }
}

const AFFINE: &str = include_str!("keras/affine.py");

fn axes_norm(program: &mut Program, stage: &Stage, norm: AxesNorm, centers: bool, epsilon: &str) -> String {
    let axes = letters(norm.axes, ALL);
    if is_layer_norm(norm) && (centers || is_trailing(norm.axes, ALL)) {
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
    format!("{class}(\"{axes}\", {:?}, groups={}, {epsilon})", affine_lengths(norm, stage.x, ALL), norm.groups)
}
