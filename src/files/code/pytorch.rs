//! Layers as PyTorch has them; tensors are N×C×H×W, as ours.

use super::{Parts, Program, affine_lengths, is_layer_norm, is_trailing, letters, norms};
use crate::layer::norm::NormSpec;
use crate::layer::{LayerSpec, Padding, WeightInit};
use crate::model::Stage;
use crate::norm::{AxesNorm, Norm};
use crate::optimizer::Adam;

const ALL: &str = "NCHW";

const NOTES: &str = "    python FILE FOLDER [--steps N]
    torchrun --nproc-per-node 2 FILE FOLDER [--steps N]     processes that share each batch

FOLDER holds train-images-idx3-ubyte.gz and its three fellows. Needs torch and numpy.

Axes are N, C, H, W, as in Blue Cube.
";

const RUNNING: &str =
    "momentum is PyTorch's, the weight of the new value in the running statistics: 0.01 here is 0.99 in \
     Keras. The running\nvariance is the unbiased one.
";

const OF_A_SHARE: &str = "Under torchrun every process has the mean and variance of its own share of the batch.\n";

const SYNC_IMPORT: &str = "from torch.distributed.nn.functional import all_reduce\n";

pub(super) fn parts(program: &mut Program, stages: &[Stage]) -> Parts {
    for stage in stages {
        layer(program, stage);
    }
    program.table("nn.Flatten()");
    let (mut notes, mut imports) = (NOTES.to_owned(), include_str!("pytorch/imports.py").to_owned());
    if norms(stages).any(|norm| norm.norm.keeps_running()) {
        notes += RUNNING;
    }
    let has = |wanted: fn(Norm) -> bool| norms(stages).any(|norm| wanted(norm.norm));
    if has(|norm| norm.keeps_running() && !matches!(norm, Norm::SyncBatch { .. })) {
        notes += OF_A_SHARE;
    }
    if has(|norm| matches!(norm, Norm::SyncBatch { .. })) {
        imports = imports.replace("from torch.nn import", &format!("{SYNC_IMPORT}from torch.nn import"));
    }
    let mixes = has(|norm| norm == Norm::BatchInstance);
    let parameters = if mixes { "parameter_groups(network)" } else { "network.parameters()" };
    let Adam { beta1, beta2, epsilon } = Adam::KERAS;
    let train = include_str!("pytorch/train.py")
        .replace("{parameters}", parameters)
        .replace("{after_step}", if mixes { "\n        clip_rho(network)" } else { "" })
        .replace("{beta1}", &beta1.to_string())
        .replace("{beta2}", &beta2.to_string())
        .replace("{epsilon}", &format!("{epsilon:e}"));
    let image = stages.first().map_or([0; 3], |stage| [stage.x.c, stage.x.h, stage.x.w]);
    let (framework, sequential) = ("PyTorch", ("nn.Sequential(", ")"));
    Parts { framework, notes, imports, image, load: include_str!("pytorch/load.py"), sequential, train }
}

fn layer(program: &mut Program, stage: &Stage) {
    let (x, y) = (stage.x, stage.y);
    let images = || format!("nn.Unflatten(1, ({}, {}, {}))", x.c, x.h, x.w);
    match stage.spec {
        LayerSpec::Conv2d { kernel, padding, init, .. } => {
            program.images(images);
            let padding = match padding {
                Padding::Valid => String::new(),
                Padding::Same => format!(", padding={}", kernel / 2),
            };
            weighted(program, init, &format!("nn.Conv2d({}, {}, {kernel}{padding})", x.c, y.c));
        }
        LayerSpec::Norm(NormSpec { norm: Norm::None, .. }) => {}
        LayerSpec::Norm(spec) => {
            program.images(images);
            let norm = norm(program, stage, spec);
            program.layer(norm);
        }
        LayerSpec::Relu => program.layer("nn.ReLU()".to_owned()),
        LayerSpec::MaxPool { size } => {
            program.images(images);
            program.layer(format!("nn.MaxPool2d({size})"));
        }
        LayerSpec::Flatten => program.table("nn.Flatten()"),
        LayerSpec::Linear { features, init } => {
            program.table("nn.Flatten()");
            weighted(program, init, &format!("nn.Linear({}, {features})", x.image_len()));
        }
        LayerSpec::Dropout { rate } => program.layer(format!("nn.Dropout({rate})")),
    }
}

fn weighted(program: &mut Program, init: WeightInit, layer: &str) {
    let (start, code) = match init {
        WeightInit::GlorotUniform => ("glorot_uniform", include_str!("pytorch/glorot_uniform.py")),
        WeightInit::HeNormal => ("he_normal", include_str!("pytorch/he_normal.py")),
    };
    program.define(code);
    program.layer(format!("{start}({layer})"));
}

/// The expression of a norm other than [`Norm::None`].
fn norm(program: &mut Program, stage: &Stage, spec: NormSpec) -> String {
    let c = stage.x.c;
    let eps = format!("eps={:e}", spec.epsilon);
    let running = format!("{eps}, momentum={}", spec.momentum);
    let mut own = |code, expression| {
        program.define(code);
        expression
    };
    match spec.norm {
        Norm::None => unreachable!("the caller leaves it out"),
        Norm::Batch => format!("nn.BatchNorm2d({c}, {running})"),
        // nn.LayerNorm has a γ and β for every value of an image.
        Norm::Layer => format!("nn.GroupNorm(1, {c}, {eps})"),
        // PyTorch's refuses planes of one value.
        Norm::Instance if stage.x.plane_len() == 1 => format!("nn.GroupNorm({c}, {c}, {eps})"),
        Norm::Instance => format!("nn.InstanceNorm2d({c}, {eps}, affine=True)"),
        Norm::Group { groups } => format!("nn.GroupNorm({groups}, {c}, {eps})"),
        Norm::BatchInstance => {
            own(include_str!("pytorch/batch_instance.py"), format!("BatchInstanceNorm({c}, {running})"))
        }
        Norm::Switchable => own(include_str!("pytorch/switchable.py"), format!("SwitchableNorm({c}, {running})")),
        Norm::GhostBatch { size } => {
            own(include_str!("pytorch/ghost_batch.py"), format!("GhostBatchNorm({c}, {size}, {running})"))
        }
        Norm::SyncBatch { .. } => own(include_str!("pytorch/sync_batch.py"), format!("SyncBatchNorm({c}, {running})")),
        Norm::Axes(axes) | Norm::Rms(axes) => axes_norm(program, stage, axes, matches!(spec.norm, Norm::Axes(_)), &eps),
    }
}

fn axes_norm(program: &mut Program, stage: &Stage, norm: AxesNorm, centers: bool, eps: &str) -> String {
    let lengths = affine_lengths(norm, stage.x, ALL);
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
