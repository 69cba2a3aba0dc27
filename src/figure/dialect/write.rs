//! Writes the method of a scene as a call, or as a comment if the framework has none.

use super::meaning::{FLAX_EPSILON, KEPT_MOMENTUM, LAYER_2D_EPSILON, TORCH_MOMENTUM};
use super::write_gains::{self as gains, Args};
use super::{Dialect, paper};
use crate::figure::scene::{Method, Mode, Scene};
use crate::norms::grouping::tiling::{Axes, Axis};
use crate::norms::norm::{AffineAxes, AxesNorm, KERAS_EPSILON, Norm, TORCH_EPSILON};
use crate::norms::shape::Shape;

/// Writes the scene's method in `dialect`, with ε and momentum where they differ from the framework's defaults, and what is
/// said of γ and β.
pub fn write(scene: &Scene, dialect: Dialect) -> String {
    let norm = match scene.method {
        Method::Norm(norm) => Some(norm),
        Method::Own(own) => own.norm(scene.shape),
    };
    let Some(norm) = norm else {
        return format!("# {} has no name for this tile", dialect.name());
    };
    let call = match dialect {
        Dialect::Paper => return paper::written(norm, scene.layout),
        Dialect::Pytorch => pytorch(norm, scene),
        Dialect::Keras => keras(norm, scene, "layers."),
        Dialect::Keras2 => keras_2(norm, scene),
        Dialect::Tfa => tfa(norm, scene),
        Dialect::Jax => flax(norm, scene),
        Dialect::Nnx => nnx(norm, scene),
    };
    let Some(call) = call else {
        return format!("# {} has no layer for {}", dialect.name(), paper::written(norm, scene.layout));
    };
    if norm == Norm::None {
        return call.close(vec![]);
    }
    match gains::written(scene, norm, dialect, &call) {
        Some(args) => call.close(args),
        None => format!("# {} has no {} with these γ and β", dialect.name(), paper::written(norm, scene.layout)),
    }
}

/// A layer with the arguments that say what it normalizes.
fn call(name: &str, args: impl IntoIterator<Item = String>) -> Args {
    Args { name: name.to_owned(), args: args.into_iter().filter(|arg| !arg.is_empty()).collect() }
}

fn pytorch(norm: Norm, scene: &Scene) -> Option<Args> {
    let Shape { c, .. } = scene.shape;
    let n_axes = scene.layout.order(false).len();
    // Batch and instance norm are called by the number of axes that are neither N nor C.
    let of_rank = |name: &str| format!("nn.{name}{}", if n_axes == 4 { "2d" } else { "1d" });
    let eps = number("eps", scene.epsilon, TORCH_EPSILON);
    let momentum = number("momentum", scene.momentum, TORCH_MOMENTUM);
    let trailing = |axes: AxesNorm| {
        let is_whole = axes.groups.get() == 1 && is_of_values(axes);
        is_whole.then(|| normalized_shape(axes.axes, scene)).flatten()
    };
    Some(match norm {
        Norm::None => call("nn.Identity", []),
        Norm::Batch => call(&of_rank("BatchNorm"), [c.to_string(), eps, momentum]),
        Norm::SyncBatch { .. } => call("nn.SyncBatchNorm", [c.to_string(), eps, momentum]),
        Norm::Layer if n_axes == 2 => call("nn.LayerNorm", [c.to_string(), eps]),
        // PyTorch's own LayerNorm has a γ for every value; with one group it is one for every channel.
        Norm::Layer => call("nn.GroupNorm", ["1".into(), c.to_string(), eps]),
        Norm::Instance if n_axes == 2 => return None,
        Norm::Instance => call(&of_rank("InstanceNorm"), [c.to_string(), eps]),
        Norm::Group { groups } => call("nn.GroupNorm", [groups.to_string(), c.to_string(), eps]),
        Norm::Axes(axes) if is_batch_without_running(axes) => {
            call(&of_rank("BatchNorm"), [c.to_string(), "track_running_stats=False".into(), eps])
        }
        Norm::Axes(axes) => call("nn.LayerNorm", [trailing(axes)?, eps]),
        Norm::Layer2d if n_axes < 4 => {
            let channels = normalized_shape(Axes::new(&[Axis::C]), scene)?;
            call("nn.LayerNorm", [channels, eps])
        }
        Norm::Layer2d => call("LayerNorm2d", [c.to_string(), number("eps", scene.epsilon, LAYER_2D_EPSILON)]),
        Norm::Rms(axes) => call("nn.RMSNorm", [trailing(axes)?, number("eps", scene.epsilon, f64::from(f32::EPSILON))]),
        Norm::BatchInstance | Norm::Switchable | Norm::GhostBatch { .. } | Norm::GroupRms { .. } => return None,
    })
}

fn is_batch_without_running(axes: AxesNorm) -> bool {
    axes.axes == Axes::new(&[Axis::N, Axis::H, Axis::W]) && axes.affine_axes() == AffineAxes::Channel
}

/// Lengths of the last axes of the tensor, if the mean is over those.
fn normalized_shape(axes: Axes, scene: &Scene) -> Option<String> {
    let order = scene.layout.order(false);
    let list = seen(axes, order)?;
    let lengths: Vec<String> = list.iter().map(|axis| axis.length(scene.shape).to_string()).collect();
    match list.len() {
        n if !order.ends_with(&list) || n == 0 => None,
        1 => Some(lengths.concat()),
        _ => Some(format!("[{}]", lengths.join(", "))),
    }
}

/// The axes in the order of a call, without N; `None` if N is one of them or none is left.
fn seen(axes: Axes, order: &[Axis]) -> Option<Vec<Axis>> {
    let list: Vec<Axis> = order.iter().copied().filter(|axis| axes.contains(*axis)).collect();
    (!axes.contains(Axis::N) && !list.is_empty()).then_some(list)
}

/// Whether γ has the shape of what the mean is over.
fn is_of_values(axes: AxesNorm) -> bool {
    match axes.affine_axes() {
        AffineAxes::Reduced => true,
        AffineAxes::Channel => axes.axes == Axes::new(&[Axis::C]),
        AffineAxes::Scalar => false,
    }
}

fn keras(norm: Norm, scene: &Scene, prefix: &str) -> Option<Args> {
    let epsilon = number("epsilon", scene.epsilon, KERAS_EPSILON);
    let momentum = kept("momentum", scene.momentum);
    let call = |name: &str, args: Vec<String>| call(&format!("{prefix}{name}"), args);
    let order = scene.layout.order(true);
    let axis = axis_of_channels(order, "axis");
    let group =
        |groups: &str| call("GroupNormalization", vec![format!("groups={groups}"), axis.clone(), epsilon.clone()]);
    Some(match norm {
        Norm::None => call("Identity", vec![]),
        Norm::Batch => call("BatchNormalization", vec![axis, epsilon, momentum]),
        Norm::SyncBatch { .. } => call("BatchNormalization", vec![axis, "synchronized=True".into(), epsilon, momentum]),
        Norm::Layer => group("1"),
        Norm::Instance => group("-1"),
        Norm::Group { groups } => group(&groups.to_string()),
        Norm::Axes(axes) => match batch_axis(axes, order) {
            Some(kept) => call("BatchNormalization", vec![format!("axis={kept}"), epsilon]),
            None => call("LayerNormalization", vec![format!("axis={}", last_axes(axes, order)?), epsilon]),
        },
        Norm::Layer2d => call("LayerNormalization", vec![format!("axis={}", place(Axis::C, order)), epsilon]),
        Norm::Rms(axes) => call(
            "RMSNormalization",
            vec![format!("axis={}", last_axes(axes, order)?), number("epsilon", scene.epsilon, FLAX_EPSILON)],
        ),
        Norm::BatchInstance | Norm::Switchable | Norm::GhostBatch { .. } | Norm::GroupRms { .. } => return None,
    })
}

/// As Keras 3, but with ghost batch norm and without RMS norm.
fn keras_2(norm: Norm, scene: &Scene) -> Option<Args> {
    const PREFIX: &str = "tf_keras.layers.";
    match norm {
        Norm::Rms(_) => None,
        Norm::GhostBatch { size } => {
            let mut batch = keras(Norm::Batch, scene, PREFIX)?;
            batch.args.insert(0, format!("virtual_batch_size={size}"));
            Some(batch)
        }
        _ => keras(norm, scene, PREFIX),
    }
}

/// The axis that a batch norm over all others keeps, if that is not C.
fn batch_axis(axes: AxesNorm, order: &[Axis]) -> Option<usize> {
    let keeps = |axis| axes.affine != Some(AffineAxes::Scalar) && axes.axes == Axes::new(&[Axis::N, Axis::C, axis]);
    let kept = [(Axis::W, Axis::H), (Axis::H, Axis::W)].into_iter().find(|(other, _)| keeps(*other));
    kept.and_then(|(_, kept)| order.iter().position(|axis| *axis == kept))
}

/// The number of an axis in the order of a call.
fn place(axis: Axis, order: &[Axis]) -> usize {
    order.iter().position(|other| *other == axis).unwrap_or(1)
}

/// "axis=1", or nothing where the channels are the last axis, the default.
fn axis_of_channels(order: &[Axis], name: &str) -> String {
    if order.ends_with(&[Axis::C]) { String::new() } else { format!("{name}={}", place(Axis::C, order)) }
}

/// The axes in the numbering of Keras and flax, for a norm whose γ runs over them.
fn last_axes(axes: AxesNorm, order: &[Axis]) -> Option<String> {
    let is_whole = is_of_values(axes) && axes.groups.get() == 1;
    is_whole.then(|| numbered(axes.axes, order, ["[", "]"])).flatten()
}

fn numbered(axes: Axes, order: &[Axis], [open, close]: [&str; 2]) -> Option<String> {
    let places: Vec<String> = seen(axes, order)?.into_iter().map(|axis| place(axis, order).to_string()).collect();
    Some(if places.len() == 1 { places.concat() } else { format!("{open}{}{close}", places.join(", ")) })
}

fn tfa(norm: Norm, scene: &Scene) -> Option<Args> {
    let epsilon = number("epsilon", scene.epsilon, KERAS_EPSILON);
    let order = scene.layout.order(true);
    let axis = format!("axis={}", place(Axis::C, order));
    let group = |groups: u32, epsilon| {
        call("tfa.layers.GroupNormalization", [format!("groups={groups}"), axis.clone(), epsilon])
    };
    match norm {
        Norm::Layer => Some(group(1, epsilon)),
        Norm::Instance if order.len() == 2 => None,
        Norm::Instance => Some(call("tfa.layers.InstanceNormalization", [axis, epsilon])),
        Norm::Group { groups } => Some(group(groups.get(), epsilon)),
        Norm::None
        | Norm::Batch
        | Norm::BatchInstance
        | Norm::Switchable
        | Norm::Axes(_)
        | Norm::Rms(_)
        | Norm::GhostBatch { .. }
        | Norm::SyncBatch { .. }
        | Norm::Layer2d
        | Norm::GroupRms { .. } => None,
    }
}

fn flax(norm: Norm, scene: &Scene) -> Option<Args> {
    let live = format!("use_running_average={}", if scene.mode == Mode::Eval { "True" } else { "False" });
    Some(match norm {
        Norm::Batch | Norm::SyncBatch { .. } => {
            let mut batch = flax_layer("nn.", norm, scene)?;
            batch.args.insert(0, live);
            batch
        }
        _ => flax_layer("nn.", norm, scene)?,
    })
}

/// As linen, with the number of features first and the random generators last.
fn nnx(norm: Norm, scene: &Scene) -> Option<Args> {
    let mut layer = flax_layer("nnx.", norm, scene)?;
    let features = match norm {
        Norm::Axes(axes) | Norm::Rms(axes) if axes.affine_axes() == AffineAxes::Reduced => {
            axes.axes.iter().map(|axis| axis.length(scene.shape)).product()
        }
        _ => scene.shape.c,
    };
    layer.args.insert(0, features.to_string());
    if scene.mode == Mode::Eval && matches!(norm, Norm::Batch | Norm::SyncBatch { .. }) {
        layer.args.push("use_running_average=True".into());
    }
    layer.args.push("rngs=rngs".into());
    Some(layer)
}

fn flax_layer(prefix: &str, norm: Norm, scene: &Scene) -> Option<Args> {
    let epsilon = number("epsilon", scene.epsilon, FLAX_EPSILON);
    let of_batch = number("epsilon", scene.epsilon, TORCH_EPSILON);
    let momentum = kept("momentum", scene.momentum);
    let call = |name: &str, args: Vec<String>| call(&format!("{prefix}{name}"), args);
    let order = scene.layout.order(true);
    let features = axis_of_channels(order, "feature_axes");
    let over = |name: &str, axes: AxesNorm| {
        let has_layer = axes.groups.get() == 1 && axes.affine_axes() != AffineAxes::Scalar;
        let list = numbered(axes.axes, order, ["(", ")"]).filter(|_| has_layer)?;
        let is_per_channel = axes.affine_axes() == AffineAxes::Channel || axes.axes == Axes::new(&[Axis::C]);
        let features = if is_per_channel { features.clone() } else { format!("feature_axes={list}") };
        Some(call(name, vec![format!("reduction_axes={list}"), features, epsilon.clone()]))
    };
    Some(match norm {
        Norm::Batch => call("BatchNorm", vec![axis_of_channels(order, "axis"), momentum, of_batch]),
        Norm::SyncBatch { .. } => {
            call("BatchNorm", vec![axis_of_channels(order, "axis"), momentum, of_batch, "axis_name=\"devices\"".into()])
        }
        Norm::Layer => {
            let all = numbered(Axes::new(&[Axis::C, Axis::H, Axis::W]), order, ["(", ")"])?;
            call("LayerNorm", vec![format!("reduction_axes={all}"), features, epsilon])
        }
        Norm::Instance if order.len() == 2 => return None,
        Norm::Instance => call("InstanceNorm", vec![features, epsilon]),
        // It splits the last axis.
        Norm::Group { .. } if !features.is_empty() => return None,
        Norm::Group { groups } => call("GroupNorm", vec![format!("num_groups={groups}"), epsilon]),
        Norm::Axes(axes) => return over("LayerNorm", axes),
        Norm::Layer2d => {
            let place = format!("reduction_axes={}", place(Axis::C, order));
            call("LayerNorm", vec![place, features, epsilon])
        }
        Norm::Rms(axes) => return over("RMSNorm", axes),
        Norm::None | Norm::BatchInstance | Norm::Switchable | Norm::GhostBatch { .. } | Norm::GroupRms { .. } => {
            return None;
        }
    })
}

/// Returns "name=value", or nothing if it is the default.
fn number(name: &str, value: f32, default: f64) -> String {
    if value == default as f32 { String::new() } else { format!("{name}={}", shown(value)) }
}

/// Returns "momentum=0.99", the weight of the old value, or nothing if it is the default.
fn kept(name: &str, new_weight: f32) -> String {
    /// Rounds to the digits that an f32 next to 1 has.
    const ROUND: f64 = 1e6;
    let old_weight = ((1.0 - f64::from(new_weight)) * ROUND).round() / ROUND;
    if old_weight == KEPT_MOMENTUM { String::new() } else { format!("{name}={old_weight}") }
}

pub(super) fn shown(value: f32) -> String {
    const SMALL: f32 = 1e-3;
    if value != 0.0 && value.abs() < SMALL { format!("{value:e}") } else { value.to_string() }
}
