//! The known layers: their names, frameworks, and arguments in order, with their defaults and what becomes of them.

use super::parse::Named;
use super::{CallError, Dialect};
use Dialect::{Jax, Keras, Keras2, Nnx, Paper, Pytorch, Tfa};

/// The kind of a layer, whatever its arguments are.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Kind {
    Identity,
    Batch,
    Sync,
    Layer,
    Instance,
    Group,
    Rms,
    Layer2d,
}

impl Kind {
    /// Whether its axis of channels is the one that PyTorch numbers 1, rather than axes that the call names.
    pub(super) fn has_channels(self) -> bool {
        matches!(self, Self::Batch | Self::Sync | Self::Instance | Self::Group | Self::Layer2d)
    }
}

/// A layer of a framework.
pub(super) struct Signature {
    pub(super) dialect: Dialect,
    pub(super) name: &'static str,
    pub(super) kind: Kind,
    /// Its arguments in order, in words: see [`Param`].
    params: [&'static str; 4],
}

/// An argument of a layer. Its word is `[*]name[!][~|^][=default]`.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Param {
    pub(super) name: &'static str,
    /// "!": it must be given.
    pub(super) is_required: bool,
    /// "*": it must be given by name.
    pub(super) by_name: bool,
    pub(super) effect: Effect,
    /// As Python writes it; `None` where there is none.
    pub(super) default: &'static str,
}

/// What an argument does here.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Effect {
    /// It is read.
    Acts,
    /// "~": it changes no value: names, types, devices, masks.
    Nothing,
    /// "^": any value but its default is refused, for the reason that [`reason`] gives.
    Refused,
}

/// The layers that a dotted name means.
pub(super) enum Names {
    /// One layer, or those of the same name, PyTorch's first.
    Known(Vec<&'static Signature>),
    /// No layer.
    Unknown { at: usize, message: String, hint: String },
}

const fn layer(dialect: Dialect, name: &'static str, kind: Kind, params: [&'static str; 4]) -> Signature {
    Signature { dialect, name, kind, params }
}

const TORCH_BATCH: &str =
    "num_features! eps=1e-5 momentum=0.1 affine=True track_running_stats=True device~ dtype~ *bias=True";
const TORCH_SYNC: &str =
    "num_features! eps=1e-5 momentum=0.1 affine=True track_running_stats=True process_group~ device~ dtype~ *bias=True";
const TORCH_INSTANCE: &str =
    "num_features! eps=1e-5 momentum=0.1 affine=False track_running_stats=False device~ dtype~ *bias=True";
/// Of the layers that count the channels when they first see x: `Lazy…`.
const TORCH_LAZY: &str = "eps=1e-5 momentum=0.1 affine=True track_running_stats=True device~ dtype~ *bias=True";
const TORCH_GROUP: &str = "num_groups! num_channels! eps=1e-5 affine=True device~ dtype~ *bias=True";

/// γ and β in Keras, up to their constraints.
const KERAS_GAINS: &str = "center=True scale=True beta_initializer gamma_initializer beta_regularizer \
    gamma_regularizer beta_constraint gamma_constraint";
/// The same with the start of the running statistics, as batch norm has it.
const KERAS_BATCH: &str = "axis=-1 momentum=0.99 epsilon=1e-3 center=True scale=True beta_initializer gamma_initializer \
    moving_mean_initializer^=zeros moving_variance_initializer^=ones beta_regularizer gamma_regularizer \
    beta_constraint gamma_constraint";
const KERAS_RENORM: &str = "renorm^=False renorm_clipping^ renorm_momentum^=0.99 synchronized=False *trainable=True";
const KERAS_2_BATCH: &str = "synchronized=False *renorm^=False *renorm_clipping^ *renorm_momentum^=0.99 *fused \
    *virtual_batch_size *adjustment^ *trainable=True";
const KERAS_AXIS: &str = "axis=-1 epsilon=1e-3";
const KERAS_GROUPS: &str = "groups=32 axis=-1 epsilon=1e-3";
/// What every layer of Keras 3 takes. `trainable` matters to batch norm only, which reads it itself.
const KERAS_BASE: &str = "*name~ *dtype~ *autocast~ *activity_regularizer^ *input_shape~ *input_dim~ *trainable~=True";
const KERAS_2_BASE: &str = "*name~ *dtype~ *dynamic~ *autocast~ *activity_regularizer^ *input_shape~ *input_dim~ \
    *batch_input_shape~ *batch_size~ *implementation~ *weights^ *trainable~=True";
const TFA_INSTANCE: &str = "*groups~ *axis=-1 *epsilon=1e-3 *center=True *scale=True *beta_initializer \
    *gamma_initializer *beta_regularizer *gamma_regularizer *beta_constraint *gamma_constraint";

const LINEN_BATCH: &str = "use_running_average axis=-1 momentum=0.99 epsilon=1e-5";
const LINEN_GAINS: &str = "dtype~ param_dtype~ use_bias=True use_scale=True bias_init scale_init";
const LINEN_SCALE: &str = "dtype~ param_dtype~ use_scale=True scale_init";
const LINEN_TAIL: &str = "axis_name^ axis_index_groups^ use_fast_variance~ force_float32_reductions~ *name~ *parent~";
const NNX_GAINS: &str = "*use_bias=True *use_scale=True *bias_init *scale_init";
const NNX_TAIL: &str = "*axis_name^ *dtype~ *param_dtype~ *axis_index_groups^ *use_fast_variance~ *promote_dtype~ \
    *rngs!~ *bias_metadata~ *scale_metadata~";

/// PyTorch 2.15, Keras 3.15, Keras 2.15 (tf_keras), TensorFlow Addons 0.23, flax 0.12.
const SIGNATURES: [Signature; 42] = [
    layer(Pytorch, "Identity", Kind::Identity, ["", "", "", ""]),
    layer(Pytorch, "BatchNorm2d", Kind::Batch, [TORCH_BATCH, "", "", ""]),
    layer(Pytorch, "BatchNorm1d", Kind::Batch, [TORCH_BATCH, "", "", ""]),
    layer(Pytorch, "LazyBatchNorm2d", Kind::Batch, [TORCH_LAZY, "", "", ""]),
    layer(Pytorch, "LazyBatchNorm1d", Kind::Batch, [TORCH_LAZY, "", "", ""]),
    layer(Pytorch, "LazyInstanceNorm2d", Kind::Instance, [TORCH_LAZY, "", "", ""]),
    layer(Pytorch, "LazyInstanceNorm1d", Kind::Instance, [TORCH_LAZY, "", "", ""]),
    layer(Pytorch, "SyncBatchNorm", Kind::Sync, [TORCH_SYNC, "", "", ""]),
    layer(
        Pytorch,
        "LayerNorm",
        Kind::Layer,
        ["normalized_shape! eps=1e-5 elementwise_affine=True bias=True device~ dtype~", "", "", ""],
    ),
    layer(Pytorch, "InstanceNorm2d", Kind::Instance, [TORCH_INSTANCE, "", "", ""]),
    layer(Pytorch, "InstanceNorm1d", Kind::Instance, [TORCH_INSTANCE, "", "", ""]),
    layer(Pytorch, "GroupNorm", Kind::Group, [TORCH_GROUP, "", "", ""]),
    // Of ConvNeXt and its kin, which programs define themselves.
    layer(Pytorch, "LayerNorm2d", Kind::Layer2d, ["num_channels! eps=1e-6 affine=True", "", "", ""]),
    layer(Pytorch, "RMSNorm", Kind::Rms, ["normalized_shape! eps elementwise_affine=True device~ dtype~", "", "", ""]),
    layer(
        Pytorch,
        "batch_norm",
        Kind::Batch,
        ["input!~ running_mean! running_var! weight bias training=False momentum=0.1 eps=1e-5", "", "", ""],
    ),
    layer(Pytorch, "layer_norm", Kind::Layer, ["input!~ normalized_shape! weight bias eps=1e-5", "", "", ""]),
    layer(
        Pytorch,
        "instance_norm",
        Kind::Instance,
        ["input!~ running_mean running_var weight bias use_input_stats=True momentum=0.1 eps=1e-5", "", "", ""],
    ),
    layer(Pytorch, "group_norm", Kind::Group, ["input!~ num_groups! weight bias eps=1e-5", "", "", ""]),
    layer(Pytorch, "rms_norm", Kind::Rms, ["input!~ normalized_shape! weight eps", "", "", ""]),
    layer(Keras, "Identity", Kind::Identity, ["", "", "", KERAS_BASE]),
    layer(Keras, "BatchNormalization", Kind::Batch, [KERAS_BATCH, KERAS_RENORM, "", KERAS_BASE]),
    layer(Keras, "LayerNormalization", Kind::Layer, [KERAS_AXIS, KERAS_GAINS, "*rms_scaling=False", KERAS_BASE]),
    layer(Keras, "GroupNormalization", Kind::Group, [KERAS_GROUPS, KERAS_GAINS, "", KERAS_BASE]),
    layer(Keras, "RMSNormalization", Kind::Rms, ["axis=-1 epsilon=1e-6", "", "", KERAS_BASE]),
    layer(Keras2, "Identity", Kind::Identity, ["", "", "", KERAS_2_BASE]),
    layer(Keras2, "BatchNormalization", Kind::Batch, [KERAS_BATCH, KERAS_2_BATCH, "", KERAS_2_BASE]),
    layer(Keras2, "SyncBatchNormalization", Kind::Sync, [KERAS_BATCH, "*trainable=True", "", KERAS_2_BASE]),
    layer(Keras2, "LayerNormalization", Kind::Layer, [KERAS_AXIS, KERAS_GAINS, "", KERAS_2_BASE]),
    layer(Keras2, "GroupNormalization", Kind::Group, [KERAS_GROUPS, KERAS_GAINS, "", KERAS_2_BASE]),
    layer(Tfa, "GroupNormalization", Kind::Group, [KERAS_GROUPS, KERAS_GAINS, "", KERAS_2_BASE]),
    layer(Tfa, "InstanceNormalization", Kind::Instance, [TFA_INSTANCE, "", "", KERAS_2_BASE]),
    layer(Jax, "BatchNorm", Kind::Batch, [LINEN_BATCH, LINEN_GAINS, "axis_name", LINEN_TAIL]),
    layer(
        Jax,
        "LayerNorm",
        Kind::Layer,
        ["epsilon=1e-6", LINEN_GAINS, "reduction_axes=-1 feature_axes=-1", LINEN_TAIL],
    ),
    layer(Jax, "InstanceNorm", Kind::Instance, ["epsilon=1e-6", LINEN_GAINS, "feature_axes=-1", LINEN_TAIL]),
    layer(
        Jax,
        "GroupNorm",
        Kind::Group,
        ["num_groups=32 group_size epsilon=1e-6", LINEN_GAINS, "reduction_axes", LINEN_TAIL],
    ),
    layer(Jax, "RMSNorm", Kind::Rms, ["epsilon=1e-6", LINEN_SCALE, "reduction_axes=-1 feature_axes=-1", LINEN_TAIL]),
    layer(
        Nnx,
        "BatchNorm",
        Kind::Batch,
        [
            "num_features! *use_running_average=False *axis=-1 *momentum=0.99 *epsilon=1e-5",
            NNX_GAINS,
            "*axis_name",
            NNX_TAIL,
        ],
    ),
    layer(
        Nnx,
        "LayerNorm",
        Kind::Layer,
        ["num_features! *epsilon=1e-6 *reduction_axes=-1 *feature_axes=-1", NNX_GAINS, "", NNX_TAIL],
    ),
    layer(
        Nnx,
        "InstanceNorm",
        Kind::Instance,
        ["num_features! *epsilon=1e-6 *feature_axes=-1", NNX_GAINS, "", NNX_TAIL],
    ),
    layer(
        Nnx,
        "GroupNorm",
        Kind::Group,
        ["num_features! num_groups=32 group_size *epsilon=1e-6 *reduction_axes", NNX_GAINS, "", NNX_TAIL],
    ),
    layer(
        Nnx,
        "RMSNorm",
        Kind::Rms,
        [
            "num_features! *epsilon=1e-6 *reduction_axes=-1 *feature_axes=-1",
            "*use_scale=True *scale_init",
            "",
            NNX_TAIL,
        ],
    ),
    // The function that the Group Normalization paper prints.
    layer(Paper, "GroupNorm", Kind::Group, ["x!~ gamma!~ beta!~ G! eps=1e-5", "", "", ""]),
];

impl Signature {
    /// Its arguments, in order; the first of a name counts.
    pub(super) fn params(&self) -> Vec<Param> {
        let mut params: Vec<Param> = vec![];
        for word in self.params.iter().flat_map(|words| words.split_whitespace()) {
            let param = Param::of(word);
            if params.iter().all(|other| other.name != param.name) {
                params.push(param);
            }
        }
        params
    }

    /// Whether it is a function of a tensor, such as `F.batch_norm`.
    pub(super) fn is_function(&self) -> bool {
        self.dialect == Pytorch && self.name.contains('_')
    }
}

impl Param {
    fn of(word: &'static str) -> Self {
        let (marked, default) = word.split_once('=').unwrap_or((word, "None"));
        let effect = match (marked.contains('~'), marked.contains('^')) {
            (true, _) => Effect::Nothing,
            (_, true) => Effect::Refused,
            _ => Effect::Acts,
        };
        let name = marked.trim_matches(['*', '!', '~', '^']);
        Self { name, is_required: marked.contains('!'), by_name: marked.starts_with('*'), effect, default }
    }
}

/// Why an argument is refused.
pub(super) fn reason(name: &str) -> &'static str {
    match name {
        "renorm" => "batch renormalization is not shown here: its y is not plain batch norm’s",
        "renorm_clipping" | "renorm_momentum" => "it belongs to renorm, which is not shown here",
        "moving_mean_initializer" | "moving_variance_initializer" => {
            "running statistics start at mean 0 and variance 1 here"
        }
        "adjustment" => "it scales and shifts every batch at random, which is not shown here",
        "activity_regularizer" => "a penalty on y is not shown here",
        "weights" => "the sliders of γ and β set the weights here",
        "axis_name" | "axis_index_groups" => "means over devices are shown for batch norm over all of them only",
        _ => "it is not shown here",
    }
}

/// All layers.
pub(super) fn all() -> &'static [Signature] {
    &SIGNATURES
}

/// Names of layers for tensors of other ranks.
const OTHER_RANKS: [&str; 2] = ["BatchNorm3d", "InstanceNorm3d"];

/// Finds the layers with a dotted name.
///
/// # Errors
/// [`CallError`] for a prefix that belongs to none of the frameworks.
pub(super) fn find(path: &[Named]) -> Result<Names, CallError> {
    let Some(((at, name), prefixes)) = path.split_last() else {
        return Err(CallError::new(0, "no layer is named", ""));
    };
    let mut allowed = vec![Pytorch, Keras, Keras2, Tfa, Jax, Nnx, Paper];
    if let ([(_, torch)], "batch_norm" | "instance_norm") = (prefixes, name.as_str())
        && torch == "torch"
    {
        let message = format!("torch.{name} takes its arguments in another order than torch.nn.functional.{name}");
        return Err(CallError::new(*at, message, format!("write F.{name}")));
    }
    for (place, (prefix_at, prefix)) in prefixes.iter().enumerate() {
        let of_prefix: &[Dialect] = match prefix.as_str() {
            "nn" => &[Pytorch, Jax],
            "torch" | "pytorch" | "F" | "functional" => &[Pytorch],
            "flax" | "jax" => &[Jax, Nnx],
            "modules" | "batchnorm" | "instancenorm" => &[Pytorch],
            "normalization" => &[Pytorch, Keras, Keras2, Jax, Nnx],
            "linen" => &[Jax],
            "nnx" => &[Nnx],
            "tfa" | "tensorflow_addons" => &[Tfa],
            "keras" | "tf" | "tensorflow" => &[Keras, Keras2],
            "tf_keras" => &[Keras2],
            "layers" => &[Keras, Keras2, Tfa],
            "experimental" => &[Keras2],
            _ => &[],
        };
        allowed.retain(|dialect| of_prefix.contains(dialect));
        if allowed.is_empty() && !of_prefix.is_empty() {
            let dotted: Vec<&str> = prefixes[..=place].iter().map(|(_, prefix)| prefix.as_str()).collect();
            let message = format!("{} has no norm layer that is known here", short(&dotted.join(".")));
            return Err(CallError::new(*prefix_at, message, "write a layer, for example layers.BatchNormalization()"));
        }
        if allowed.is_empty() {
            let message = format!("{} is not part of any framework known here", short(prefix));
            let hint =
                "the known prefixes are nn, F, layers, tf.keras.layers, tf_keras.layers, tfa.layers, nnx and flax nn";
            return Err(CallError::new(*prefix_at, message, hint));
        }
    }
    let is_called = |signature: &&Signature| allowed.contains(&signature.dialect) && signature.name == name;
    let mut known: Vec<&Signature> = SIGNATURES.iter().filter(is_called).collect();
    // TensorFlow Addons' layers have Keras' arguments: one reading is enough, as of a layer that does nothing.
    if known.first().is_some_and(|first| first.kind == Kind::Identity) {
        known.truncate(1);
    }
    if known.first().is_some_and(|first| first.dialect == Keras) {
        known.retain(|signature| signature.dialect != Tfa);
    }
    Ok(if known.is_empty() { unknown(*at, name, &allowed) } else { Names::Known(known) })
}

fn unknown(at: usize, name: &str, allowed: &[Dialect]) -> Names {
    if OTHER_RANKS.contains(&name) {
        let message = format!("{name} is for tensors of a different rank");
        return Names::Unknown { at, message, hint: format!("ours has 4 axes: {}2d", &name[..name.len() - 2]) };
    }
    let owner = SIGNATURES.iter().find(|signature| signature.name == name);
    if let Some(owner) = owner {
        let message = format!("{} has no {name}", allowed[0].name());
        return Names::Unknown { at, message, hint: format!("{} has it", owner.dialect.name()) };
    }
    let near = SIGNATURES.iter().filter(|signature| allowed.contains(&signature.dialect));
    let nearest = near.min_by_key(|signature| distance(signature.name, name));
    let hint = nearest.map_or(String::new(), |signature| format!("the nearest is {}", signature.name));
    Names::Unknown { at, message: format!("no norm layer known here is called {}", short(name)), hint }
}

/// A name, shortened to what a line can show.
pub(super) fn short(name: &str) -> String {
    const LONGEST: usize = 40;
    if name.chars().count() <= LONGEST { name.to_owned() } else { name.chars().take(LONGEST).chain(['…']).collect() }
}

/// Number of letters to change, add or remove to turn one name into the other, ignoring case.
pub(super) fn distance(known: &str, typed: &str) -> usize {
    let known: Vec<char> = known.to_ascii_lowercase().chars().collect();
    let mut row: Vec<usize> = (0..=known.len()).collect();
    for (line, letter) in typed.to_ascii_lowercase().chars().enumerate() {
        let mut diagonal = row[0];
        row[0] = line + 1;
        for column in 1..row.len() {
            let changed = diagonal + usize::from(known[column - 1] != letter);
            diagonal = row[column];
            row[column] = changed.min(row[column] + 1).min(row[column - 1] + 1);
        }
    }
    row[known.len()]
}
