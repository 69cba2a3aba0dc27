//! The known layers: their names, frameworks, and arguments in order.

use super::parse::Named;
use super::{CallError, Dialect};
use Dialect::{Jax, Keras, Paper, Pytorch, Tfa};

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

/// A layer of a framework.
pub(super) struct Signature {
    pub(super) dialect: Dialect,
    pub(super) name: &'static str,
    pub(super) kind: Kind,
    /// Its arguments in order; "!" marks those that must be given, "*" those that must be given by name.
    pub(super) params: &'static str,
}

/// The layers that a dotted name means.
pub(super) enum Names {
    /// One layer, or those of the same name, PyTorch's first.
    Known(Vec<&'static Signature>),
    /// No layer.
    Unknown { at: usize, message: String, hint: String },
}

const fn layer(dialect: Dialect, name: &'static str, kind: Kind, params: &'static str) -> Signature {
    Signature { dialect, name, kind, params }
}

const TORCH_BATCH: &str = "num_features! eps momentum affine track_running_stats device dtype";
const TORCH_SYNC: &str = "num_features! eps momentum affine track_running_stats process_group device dtype";
const KERAS_TAIL: &str = "axis epsilon center scale beta_initializer gamma_initializer beta_regularizer \
    gamma_regularizer beta_constraint gamma_constraint *name *dtype *trainable *input_shape *rms_scaling";
const KERAS_BATCH: &str = "axis momentum epsilon center scale beta_initializer gamma_initializer \
    moving_mean_initializer moving_variance_initializer beta_regularizer gamma_regularizer beta_constraint \
    gamma_constraint synchronized *name *dtype *trainable *input_shape *renorm *fused *virtual_batch_size";
const KERAS_GROUP: &str = "groups axis epsilon center scale beta_initializer gamma_initializer beta_regularizer \
    gamma_regularizer beta_constraint gamma_constraint *name *dtype *trainable *input_shape";
const TFA_INSTANCE: &str = "*axis *epsilon *center *scale *beta_initializer *gamma_initializer *beta_regularizer \
    *gamma_regularizer *beta_constraint *gamma_constraint *name *dtype *trainable *input_shape *groups";
const FLAX_BATCH: &str = "use_running_average axis momentum epsilon dtype param_dtype use_bias use_scale bias_init \
    scale_init axis_name axis_index_groups use_fast_variance *name";
const FLAX_LAYER: &str = "epsilon dtype param_dtype use_bias use_scale bias_init scale_init reduction_axes \
    feature_axes axis_name axis_index_groups use_fast_variance *name";
const FLAX_RMS: &str = "epsilon dtype param_dtype use_scale scale_init reduction_axes feature_axes axis_name \
    axis_index_groups use_fast_variance *name";
const FLAX_GROUP: &str = "num_groups group_size epsilon dtype param_dtype use_bias use_scale bias_init scale_init \
    reduction_axes axis_name axis_index_groups use_fast_variance *name";
const FLAX_INSTANCE: &str = "epsilon dtype param_dtype use_bias use_scale bias_init scale_init feature_axes axis_name \
    axis_index_groups use_fast_variance *name";

/// PyTorch 2, Keras 3, TensorFlow Addons 0.23, flax.linen 0.10.
const SIGNATURES: [Signature; 27] = [
    layer(Pytorch, "Identity", Kind::Identity, ""),
    layer(Pytorch, "BatchNorm2d", Kind::Batch, TORCH_BATCH),
    layer(Pytorch, "SyncBatchNorm", Kind::Sync, TORCH_SYNC),
    layer(Pytorch, "LayerNorm", Kind::Layer, "normalized_shape! eps elementwise_affine bias device dtype"),
    layer(Pytorch, "InstanceNorm2d", Kind::Instance, TORCH_BATCH),
    layer(Pytorch, "GroupNorm", Kind::Group, "num_groups! num_channels! eps affine device dtype"),
    // Of ConvNeXt and its kin, which programs define themselves.
    layer(Pytorch, "LayerNorm2d", Kind::Layer2d, "num_channels! eps affine"),
    layer(Pytorch, "RMSNorm", Kind::Rms, "normalized_shape! eps elementwise_affine device dtype"),
    layer(Pytorch, "batch_norm", Kind::Batch, "input! running_mean running_var weight bias training momentum eps"),
    layer(Pytorch, "layer_norm", Kind::Layer, "input! normalized_shape! weight bias eps"),
    layer(
        Pytorch,
        "instance_norm",
        Kind::Instance,
        "input! running_mean running_var weight bias use_input_stats momentum eps",
    ),
    layer(Pytorch, "group_norm", Kind::Group, "input! num_groups! weight bias eps"),
    layer(Pytorch, "rms_norm", Kind::Rms, "input! normalized_shape! weight eps"),
    layer(Keras, "Identity", Kind::Identity, "*name *dtype"),
    layer(Keras, "BatchNormalization", Kind::Batch, KERAS_BATCH),
    layer(Keras, "SyncBatchNormalization", Kind::Sync, KERAS_BATCH),
    layer(Keras, "LayerNormalization", Kind::Layer, KERAS_TAIL),
    layer(Keras, "GroupNormalization", Kind::Group, KERAS_GROUP),
    layer(Keras, "RMSNormalization", Kind::Rms, "axis epsilon *name *dtype"),
    layer(Tfa, "GroupNormalization", Kind::Group, KERAS_GROUP),
    layer(Tfa, "InstanceNormalization", Kind::Instance, TFA_INSTANCE),
    layer(Jax, "BatchNorm", Kind::Batch, FLAX_BATCH),
    layer(Jax, "LayerNorm", Kind::Layer, FLAX_LAYER),
    layer(Jax, "InstanceNorm", Kind::Instance, FLAX_INSTANCE),
    layer(Jax, "GroupNorm", Kind::Group, FLAX_GROUP),
    layer(Jax, "RMSNorm", Kind::Rms, FLAX_RMS),
    // The function that the Group Normalization paper prints.
    layer(Paper, "GroupNorm", Kind::Group, "x! gamma! beta! G! eps"),
];

/// Names of layers for tensors of other ranks.
const OTHER_RANKS: [&str; 4] = ["BatchNorm1d", "BatchNorm3d", "InstanceNorm1d", "InstanceNorm3d"];

/// Finds the layers with a dotted name.
///
/// # Errors
/// [`CallError`] for a prefix that belongs to none of the frameworks.
pub(super) fn find(path: &[Named]) -> Result<Names, CallError> {
    let Some(((at, name), prefixes)) = path.split_last() else {
        return Err(CallError::new(0, "no layer is named", ""));
    };
    let mut allowed = vec![Pytorch, Keras, Tfa, Jax, Paper];
    for (prefix_at, prefix) in prefixes {
        let of_prefix: &[Dialect] = match prefix.as_str() {
            "nn" => &[Pytorch, Jax],
            "torch" | "pytorch" | "F" | "functional" => &[Pytorch],
            "flax" | "jax" | "linen" => &[Jax],
            "tfa" | "tensorflow_addons" => &[Tfa],
            "keras" | "tf" | "tensorflow" => &[Keras],
            "layers" => &[Keras, Tfa],
            "experimental" => continue,
            _ => &[],
        };
        allowed.retain(|dialect| of_prefix.contains(dialect));
        if allowed.is_empty() {
            let message = format!("{} is not part of any framework known here", short(prefix));
            let hint = "the known prefixes are nn., F., layers., tf.keras.layers., tfa.layers. and flax nn.";
            return Err(CallError::new(*prefix_at, message, hint));
        }
    }
    let is_called = |signature: &&Signature| allowed.contains(&signature.dialect) && signature.name == name;
    let mut known: Vec<&Signature> = SIGNATURES.iter().filter(is_called).collect();
    // Keras and TensorFlow Addons have the same arguments: one reading is enough.
    let has_twin = known.first().is_some_and(|first| first.dialect == Keras || first.kind == Kind::Identity);
    known.truncate(if has_twin { 1 } else { known.len() });
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
