//! What each layer makes of its arguments.

use super::call::{Argument, Call, Value};
use super::{Dialect, Made, Slip};
use crate::grouping::tiling::{Axes, Axis};
use crate::norm::{AffineAxes, AxesNorm, Norm};
use crate::shape::Shape;
use std::num::NonZeroU32;

/// ε and the weight of running statistics' new value that a layer has if none is given.
const TORCH: [f32; 2] = [1e-5, 0.1];
const KERAS: [f32; 2] = [1e-3, 0.01];
const FLAX: [f32; 2] = [1e-6, 0.01];
const PAPER: [f32; 2] = [1e-5, 0.1];

/// Axes of a tensor whose channels are last, in order.
const LAST: [Axis; 4] = [Axis::N, Axis::H, Axis::W, Axis::C];

/// The arguments of a call under the names that its layer gives them.
struct Given<'a> {
    call: &'a Call,
    names: &'a [&'a str],
    shape: Shape,
}

pub(super) fn make(call: &Call, shape: Shape) -> Result<Made, Slip> {
    let dialect = dialect_of(call);
    let names: &[&str] = match (dialect, call.name.as_str()) {
        (Dialect::Paper, "GroupNorm") => &["x", "gamma", "beta", "G", "eps"],
        (Dialect::Pytorch, "GroupNorm") => &["num_groups", "num_channels", "eps", "affine"],
        (Dialect::Pytorch, "group_norm") => &["x", "num_groups", "weight", "bias", "eps"],
        (Dialect::Pytorch, "BatchNorm2d" | "InstanceNorm2d" | "SyncBatchNorm") => {
            &["num_features", "eps", "momentum", "affine", "track_running_stats"]
        }
        (Dialect::Pytorch, "LayerNorm" | "RMSNorm") => &["normalized_shape", "eps", "elementwise_affine", "bias"],
        (Dialect::Pytorch, "layer_norm" | "rms_norm") => &["x", "normalized_shape", "weight", "bias", "eps"],
        (Dialect::Pytorch, "instance_norm") => &["x", "eps", "momentum"],
        (Dialect::Keras, "BatchNormalization") => {
            &["axis", "momentum", "epsilon", "center", "scale", "beta_initializer", "gamma_initializer"]
        }
        (Dialect::Keras, "LayerNormalization" | "RMSNormalization") => {
            &["axis", "epsilon", "center", "scale", "beta_initializer", "gamma_initializer"]
        }
        (Dialect::Keras | Dialect::Tfa, "GroupNormalization") => {
            &["groups", "axis", "epsilon", "center", "scale", "beta_initializer", "gamma_initializer"]
        }
        (Dialect::Tfa, "InstanceNormalization") => {
            &["axis", "epsilon", "center", "scale", "beta_initializer", "gamma_initializer"]
        }
        (Dialect::Jax, "GroupNorm") => &["num_groups", "group_size", "epsilon", "use_bias", "use_scale"],
        (Dialect::Jax, "LayerNorm" | "RMSNorm" | "InstanceNorm") => {
            &["epsilon", "reduction_axes", "feature_axes", "use_bias", "use_scale"]
        }
        (Dialect::Jax, "BatchNorm") => &["use_running_average", "axis", "momentum", "epsilon", "use_bias", "use_scale"],
        _ => {
            return Err(Slip::at(
                call.at,
                format!(
                    "{} has no layer {} that this page knows; try nn.GroupNorm(2, 6), LayerNormalization(axis=3) or BatchNormalization()",
                    dialect.name(),
                    call.name
                ),
            ));
        }
    };
    let given = Given { call, names, shape };
    given.check()?;
    let norm = given.norm(dialect)?;
    let [epsilon, momentum] = match dialect {
        Dialect::Paper => PAPER,
        Dialect::Pytorch if call.name.to_lowercase().starts_with("rms") => [f32::EPSILON, TORCH[1]],
        Dialect::Pytorch => TORCH,
        Dialect::Keras if call.name == "RMSNormalization" => [1e-6, KERAS[1]],
        Dialect::Keras | Dialect::Tfa => KERAS,
        Dialect::Jax if call.name == "BatchNorm" => [1e-5, FLAX[1]],
        Dialect::Jax => FLAX,
    };
    let epsilon = given.number("eps")?.or(given.number("epsilon")?).map_or(epsilon, |given| given as f32);
    let written = given.number("momentum")?.map(|given| given as f32);
    // PyTorch writes the weight of the new value, Keras and JAX that of the old.
    let momentum =
        written.map_or(momentum, |written| if dialect == Dialect::Pytorch { written } else { 1.0 - written });
    let momentum = norm.keeps_running().then_some(momentum);
    Ok(Made { dialect, norm, epsilon, momentum, words: words(dialect, norm, epsilon, momentum, shape) })
}

/// Whose call it is: by the path if that tells, else by the name, else by the arguments.
fn dialect_of(call: &Call) -> Dialect {
    let has = |key: &str| call.arguments.iter().any(|argument| argument.key.as_deref() == Some(key));
    let is_first_word = matches!(call.arguments.first(), Some(Argument { key: None, value: Value::Word(_), .. }));
    match (call.path.as_str(), call.name.as_str()) {
        (path, _) if path.contains("tfa") || path.contains("tensorflow_addons") => Dialect::Tfa,
        (_, "InstanceNormalization") => Dialect::Tfa,
        (_, name) if name.ends_with("Normalization") => Dialect::Keras,
        (path, _) if path.contains("torch") || path == "F" => Dialect::Pytorch,
        (path, _) if path.contains("flax") || path.contains("linen") => Dialect::Jax,
        (_, "BatchNorm" | "InstanceNorm") => Dialect::Jax,
        ("", "GroupNorm") if is_first_word => Dialect::Paper,
        (_, "GroupNorm")
            if has("num_groups") && !has("num_channels") && call.arguments.iter().all(|one| one.key.is_some()) =>
        {
            Dialect::Jax
        }
        (_, "LayerNorm" | "RMSNorm")
            if call.arguments.iter().all(|one| one.key.is_some()) && !has("normalized_shape") =>
        {
            Dialect::Jax
        }
        _ => Dialect::Pytorch,
    }
}

impl Given<'_> {
    /// Every argument must have a name that the layer knows, once.
    fn check(&self) -> Result<(), Slip> {
        for (place, argument) in self.call.arguments.iter().enumerate() {
            let key = argument.key.as_deref().or(self.names.get(place).copied());
            if !key.is_some_and(|key| self.names.contains(&key)) {
                let known = self.names.join(", ");
                let what =
                    argument.key.as_deref().map_or_else(|| "one more value".to_owned(), |key| format!("“{key}”"));
                return Err(Slip::at(
                    argument.at,
                    format!("{} takes no {what}; its arguments are {known}", self.call.name),
                ));
            }
        }
        Ok(())
    }

    fn argument(&self, name: &str) -> Option<&Argument> {
        let of = |(place, argument): &(usize, &Argument)| {
            argument.key.as_deref().or(self.names.get(*place).copied()) == Some(name)
        };
        self.call.arguments.iter().enumerate().find(of).map(|(_, argument)| argument)
    }

    fn number(&self, name: &str) -> Result<Option<f64>, Slip> {
        let Some(argument) = self.argument(name) else { return Ok(None) };
        match argument.value {
            Value::Number(number) if (0.0..=1.0).contains(&number) => Ok(Some(number)),
            Value::Number(_) => Err(Slip::at(argument.at, format!("{name} lies between 0 and 1"))),
            Value::Word(ref word) if word == "None" => Ok(None),
            Value::List(_) | Value::Word(_) => Err(Slip::at(argument.at, format!("{name} is a number"))),
        }
    }

    /// A whole number above 0; `usual` if it is not given.
    fn count(&self, name: &str, usual: Option<u32>) -> Result<u32, Slip> {
        match (self.argument(name), usual) {
            (None, Some(usual)) => Ok(usual),
            (None, None) => Err(Slip::at(self.call.at, format!("{} needs {name}", self.call.name))),
            (Some(Argument { value: Value::Number(number), .. }), _)
                if *number >= 1.0 && number.fract() == 0.0 && *number < 1e9 =>
            {
                Ok(*number as u32)
            }
            (Some(argument), _) => Err(Slip::at(argument.at, format!("{name} is a whole number above 0"))),
        }
    }

    /// The axes of `name`, channels last; `usual` if they are not given.
    fn axes(&self, name: &str, usual: &[Axis]) -> Result<Axes, Slip> {
        let Some(argument) = self.argument(name) else { return Ok(Axes::new(usual)) };
        let numbers = match &argument.value {
            Value::Number(number) => std::slice::from_ref(number),
            Value::List(numbers) if !numbers.is_empty() => numbers,
            Value::List(_) | Value::Word(_) => {
                return Err(Slip::at(argument.at, format!("{name} is a number or a list of numbers")));
            }
        };
        let axis = |number: &f64| {
            let index = if *number < 0.0 { *number + 4.0 } else { *number };
            let found = (index.fract() == 0.0 && (0.0..4.0).contains(&index)).then(|| LAST[index as usize]);
            found.ok_or_else(|| {
                Slip::at(
                    argument.at,
                    format!(
                        "axis {number} is out of range: the tensor has 4 axes, N, H, W, C, numbered 0 to 3 or −4 to −1"
                    ),
                )
            })
        };
        Ok(Axes::new(&numbers.iter().map(axis).collect::<Result<Vec<_>, _>>()?))
    }

    fn norm(&self, dialect: Dialect) -> Result<Norm, Slip> {
        match (dialect, self.call.name.as_str()) {
            (Dialect::Paper, _) => self.groups("G", None),
            (Dialect::Pytorch, "GroupNorm" | "group_norm") => {
                if self.names.contains(&"num_channels") {
                    self.channels("num_channels")?;
                }
                self.groups("num_groups", None)
            }
            (Dialect::Pytorch, "LayerNorm" | "layer_norm") => Ok(Norm::Axes(self.trailing()?)),
            (Dialect::Pytorch, "RMSNorm" | "rms_norm") => Ok(Norm::Rms(self.trailing()?)),
            (Dialect::Pytorch, "InstanceNorm2d") => self.channels("num_features").map(|()| Norm::Instance),
            (Dialect::Pytorch, "BatchNorm2d") => self.channels("num_features").map(|()| Norm::Batch),
            (Dialect::Pytorch, "SyncBatchNorm") => {
                self.channels("num_features").map(|()| Norm::SyncBatch { devices: NonZeroU32::MIN })
            }
            (Dialect::Pytorch, _) => Ok(Norm::Instance),
            (Dialect::Keras, "BatchNormalization") | (Dialect::Jax, "BatchNorm") => {
                let kept = self.axes("axis", &[Axis::C])?;
                let over: Vec<Axis> = LAST.into_iter().filter(|axis| !kept.contains(*axis)).collect();
                Ok(if kept == Axes::new(&[Axis::C]) { Norm::Batch } else { Norm::Axes(AxesNorm::over(&over)) })
            }
            (Dialect::Keras, "LayerNormalization") => Ok(Norm::Axes(over(self.axes("axis", &[Axis::C])?))),
            (Dialect::Keras, "RMSNormalization") => Ok(Norm::Rms(over(self.axes("axis", &[Axis::C])?))),
            (Dialect::Keras | Dialect::Tfa, "GroupNormalization") => {
                self.along_channels().and_then(|()| self.groups("groups", Some(32)))
            }
            (Dialect::Keras | Dialect::Tfa, _) => self.along_channels().map(|()| Norm::Instance),
            (Dialect::Jax, "GroupNorm") => match self.argument("group_size") {
                Some(argument)
                    if self.argument("num_groups").is_none_or(|one| one.value == Value::Word("None".into())) =>
                {
                    let size = self.count("group_size", None)?;
                    if !self.shape.c.is_multiple_of(size) {
                        return Err(Slip::at(
                            argument.at,
                            format!("groups of {size} channels do not divide the {} of this tensor", self.shape.c),
                        ));
                    }
                    Ok(Norm::Group { groups: NonZeroU32::new(self.shape.c / size).unwrap_or(NonZeroU32::MIN) })
                }
                _ => self.groups("num_groups", Some(32)),
            },
            (Dialect::Jax, "InstanceNorm") => Ok(Norm::Instance),
            (Dialect::Jax, "RMSNorm") => Ok(Norm::Rms(AxesNorm {
                affine: Some(AffineAxes::Channel),
                ..over(self.axes("reduction_axes", &[Axis::C])?)
            })),
            (Dialect::Jax, _) => Ok(Norm::Axes(AxesNorm {
                affine: Some(AffineAxes::Channel),
                ..over(self.axes("reduction_axes", &[Axis::C])?)
            })),
        }
    }

    fn groups(&self, name: &str, usual: Option<u32>) -> Result<Norm, Slip> {
        let (groups, channels) = (self.count(name, usual)?, self.shape.c);
        match NonZeroU32::new(groups).filter(|groups| channels.is_multiple_of(groups.get())) {
            Some(groups) => Ok(Norm::Group { groups }),
            None => {
                let at = self.argument(name).map_or(self.call.at, |argument| argument.at);
                let default = if self.argument(name).is_none() { ", the default," } else { "" };
                Err(Slip::at(
                    at,
                    format!(
                        "{name} is the number of groups, and {groups}{default} does not divide the {channels} channels of this tensor"
                    ),
                ))
            }
        }
    }

    /// PyTorch is told C, and refuses a tensor of another.
    fn channels(&self, name: &str) -> Result<(), Slip> {
        let channels = self.count(name, None)?;
        let at = self.argument(name).map_or(self.call.at, |argument| argument.at);
        if channels == self.shape.c {
            Ok(())
        } else {
            Err(Slip::at(
                at,
                format!("{name} is C: this tensor has {} channels, and PyTorch would refuse it", self.shape.c),
            ))
        }
    }

    fn along_channels(&self) -> Result<(), Slip> {
        let axes = self.axes("axis", &[Axis::C])?;
        let at = self.argument("axis").map_or(self.call.at, |argument| argument.at);
        if axes == Axes::new(&[Axis::C]) {
            Ok(())
        } else {
            Err(Slip::at(
                at,
                "here the groups would be cut along another axis than the channels (3 or −1), which this page does not show",
            ))
        }
    }

    /// PyTorch's `normalized_shape`: the last lengths of the tensor.
    fn trailing(&self) -> Result<AxesNorm, Slip> {
        let Some(argument) = self.argument("normalized_shape") else {
            return Err(Slip::at(
                self.call.at,
                format!(
                    "{} needs normalized_shape, such as [{}, {}, {}]",
                    self.call.name, self.shape.c, self.shape.h, self.shape.w
                ),
            ));
        };
        let lengths = match &argument.value {
            Value::Number(length) => std::slice::from_ref(length),
            Value::List(lengths) => lengths,
            Value::Word(_) => return Err(Slip::at(argument.at, "normalized_shape is a list of lengths")),
        };
        let Shape { n, c, h, w } = self.shape;
        let all = [n, c, h, w].map(f64::from);
        if lengths.is_empty() || !all.ends_with(lengths) {
            return Err(Slip::at(
                argument.at,
                format!(
                    "normalized_shape names the last axes of N×C×H×W: [{w}], [{h}, {w}] or [{c}, {h}, {w}]; PyTorch would refuse another"
                ),
            ));
        }
        Ok(AxesNorm::over(&[Axis::N, Axis::C, Axis::H, Axis::W][4 - lengths.len()..]))
    }
}

fn over(axes: Axes) -> AxesNorm {
    AxesNorm { axes, groups: NonZeroU32::MIN, affine: None }
}

/// "Keras makes 2704 means of 10 values each; γ and β are [10]; ε = 0.001."
fn words(dialect: Dialect, norm: Norm, epsilon: f32, momentum: Option<f32>, shape: Shape) -> String {
    let tiling = norm.tilings(shape).ok().and_then(|tilings| tilings.first().copied());
    let counted = tiling.map_or_else(
        || "no mean".to_owned(),
        |tiling| format!("{} means of {} values each", tiling.n_tiles(), tiling.tile_len()),
    );
    let kept = momentum
        .map_or_else(String::new, |momentum| format!(", and running statistics to which a new value adds {momentum}"));
    format!(
        "{} makes {counted}; γ and β are [{}], ε = {epsilon:e}{kept}.",
        dialect.name(),
        parameters(dialect, norm, shape)
    )
}

/// Lengths of γ and β as the dialect has them: of PyTorch and Keras in the shape of what a mean runs over.
fn parameters(dialect: Dialect, norm: Norm, shape: Shape) -> String {
    let length = |axis| match axis {
        Axis::N => shape.n,
        Axis::C => shape.c,
        Axis::H => shape.h,
        Axis::W => shape.w,
    };
    let axes = match norm {
        Norm::Axes(axes) | Norm::Rms(axes) if axes.affine_axes() == AffineAxes::Scalar => return "1".to_owned(),
        Norm::Axes(axes) | Norm::Rms(axes) if axes.affine_axes() == AffineAxes::Reduced => axes.axes,
        // Keras' batch normalization along another axis has its γ along that axis.
        Norm::Axes(axes) if axes.affine.is_none() => {
            Axes::new(&LAST.into_iter().filter(|axis| !axes.axes.contains(*axis)).collect::<Vec<_>>())
        }
        _ => Axes::new(&[Axis::C]),
    };
    let order = if dialect == Dialect::Pytorch { [Axis::N, Axis::C, Axis::H, Axis::W] } else { LAST };
    let lengths = order.into_iter().filter(|axis| axes.contains(*axis)).map(|axis| length(axis).to_string());
    lengths.collect::<Vec<_>>().join(", ")
}
