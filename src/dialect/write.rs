//! A scene's norm as a call.

use super::Dialect;
use crate::grouping::tiling::{Axes, Axis};
use crate::norm::{AxesNorm, Norm};
use crate::scene::{Method, Scene};

/// The scene's norm as a call of a dialect, with its ε; none if the dialect has no layer for it.
pub fn write(scene: &Scene, dialect: Dialect) -> Option<String> {
    let norm = match scene.method {
        Method::Norm(norm) => norm,
        Method::Own(own) => own.norm(scene.shape)?,
    };
    let c = scene.shape.c;
    // Numbers are written as f32 are shortest: 1e-5 is 1e-5, not 0.000009999999747378752.
    let eps = |name: &str, usual: f32| {
        if scene.epsilon == usual { String::new() } else { format!("{name}={:e}", scene.epsilon) }
    };
    let call = |name: &str, arguments: &[String]| {
        let given: Vec<&str> = arguments.iter().map(String::as_str).filter(|argument| !argument.is_empty()).collect();
        Some(format!("{name}({})", given.join(", ")))
    };
    match dialect {
        Dialect::Paper => match norm {
            Norm::Group { groups } => {
                call("GroupNorm", &["x".into(), "gamma".into(), "beta".into(), format!("G={groups}"), eps("eps", 1e-5)])
            }
            _ => None,
        },
        Dialect::Pytorch => {
            let eps = |usual| eps("eps", usual);
            match norm {
                Norm::Batch => call("nn.BatchNorm2d", &[c.to_string(), eps(1e-5)]),
                Norm::SyncBatch { .. } => call("nn.SyncBatchNorm", &[c.to_string(), eps(1e-5)]),
                Norm::Instance => call("nn.InstanceNorm2d", &[c.to_string(), eps(1e-5)]),
                Norm::Group { groups } => call("nn.GroupNorm", &[groups.to_string(), c.to_string(), eps(1e-5)]),
                Norm::Layer => call("nn.GroupNorm", &["1".into(), c.to_string(), eps(1e-5)]),
                Norm::Axes(axes) => call("nn.LayerNorm", &[trailing(axes, scene)?, eps(1e-5)]),
                Norm::Rms(axes) => call("nn.RMSNorm", &[trailing(axes, scene)?, eps(f32::EPSILON)]),
                Norm::None | Norm::BatchInstance | Norm::Switchable | Norm::GhostBatch { .. } => None,
            }
        }
        Dialect::Keras | Dialect::Tfa => {
            let path = if dialect == Dialect::Tfa { "tfa.layers" } else { "layers" };
            let epsilon = eps("epsilon", 1e-3);
            match (norm, dialect) {
                (Norm::Group { groups }, _) => {
                    call(&format!("{path}.GroupNormalization"), &[format!("groups={groups}"), epsilon])
                }
                (Norm::Layer, _) => call(&format!("{path}.GroupNormalization"), &["groups=1".into(), epsilon]),
                (Norm::Instance, Dialect::Tfa) => call("tfa.layers.InstanceNormalization", &[epsilon]),
                (Norm::Instance, Dialect::Keras) => {
                    call("layers.GroupNormalization", &[format!("groups={c}"), epsilon])
                }
                (Norm::Batch, Dialect::Keras) => call("layers.BatchNormalization", &[epsilon]),
                (Norm::Axes(axes), Dialect::Keras) => {
                    call("layers.LayerNormalization", &[last(axes, "axis")?, epsilon])
                }
                (Norm::Rms(axes), Dialect::Keras) => {
                    call("layers.RMSNormalization", &[last(axes, "axis")?, eps("epsilon", 1e-6)])
                }
                _ => None,
            }
        }
        Dialect::Jax => match norm {
            Norm::Batch => call("nn.BatchNorm", &["use_running_average=False".into(), eps("epsilon", 1e-5)]),
            Norm::Instance => call("nn.InstanceNorm", &[eps("epsilon", 1e-6)]),
            Norm::Group { groups } => call("nn.GroupNorm", &[format!("num_groups={groups}"), eps("epsilon", 1e-6)]),
            Norm::Layer => call("nn.LayerNorm", &["reduction_axes=[1, 2, 3]".into(), eps("epsilon", 1e-6)]),
            Norm::Axes(axes) => call("nn.LayerNorm", &[last(axes, "reduction_axes")?, eps("epsilon", 1e-6)]),
            Norm::Rms(axes) => call("nn.RMSNorm", &[last(axes, "reduction_axes")?, eps("epsilon", 1e-6)]),
            Norm::None | Norm::BatchInstance | Norm::Switchable | Norm::GhostBatch { .. } | Norm::SyncBatch { .. } => {
                None
            }
        },
    }
}

/// PyTorch's `normalized_shape`; none if the axes are not the last ones.
fn trailing(norm: AxesNorm, scene: &Scene) -> Option<String> {
    let all = [(Axis::C, scene.shape.c), (Axis::H, scene.shape.h), (Axis::W, scene.shape.w)];
    let count = norm.axes.iter().count();
    let named = all.get(3_usize.checked_sub(count)?..)?;
    let is_last =
        norm.groups.get() == 1 && norm.axes == Axes::new(&named.iter().map(|(axis, _)| *axis).collect::<Vec<_>>());
    let lengths: Vec<String> = named.iter().map(|(_, length)| length.to_string()).collect();
    is_last.then(|| format!("[{}]", lengths.join(", ")))
}

/// The axes by their numbers where the channels are last; none if the channels fall into groups.
fn last(norm: AxesNorm, name: &str) -> Option<String> {
    let numbered = [(Axis::N, "0"), (Axis::H, "1"), (Axis::W, "2"), (Axis::C, "3")];
    let named: Vec<&str> =
        numbered.iter().filter(|(axis, _)| norm.axes.contains(*axis)).map(|(_, number)| *number).collect();
    (norm.groups.get() == 1).then(|| match named.as_slice() {
        [one] => format!("{name}={one}"),
        all => format!("{name}=[{}]", all.join(", ")),
    })
}
