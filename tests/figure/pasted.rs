//! Lines as people paste them: what they mean in each framework, and which word is not known.

use crate::calls::{BATCH, GROUP_2, IMAGE, INSTANCE, PIXEL, assert_refused};
use crate::common::assert_no_failures;
use blue_cube::dialect::Dialect::{Jax, Keras, Keras2, Nnx, Paper, Pytorch};
use blue_cube::dialect::{Around, Call, Dialect, layers, read, write};
use blue_cube::norm::Norm;
use blue_cube::scene::layout::Layout;
use blue_cube::scene::{FIRST_SHAPE, Method, Mode, Scene};
use blue_cube::shape::Shape;

fn json(call: &Call) -> String {
    match call.method {
        Method::Norm(norm) => serde_json::to_string(&norm).unwrap(),
        Method::Own(_) => panic!("a call has a name"),
    }
}

const GHOST_2: &str = r#"{"kind":"ghost-batch","size":2}"#;
const ROWS: &str = r#"{"kind":"axes","axes":["w"],"groups":1,"affine":"channel"}"#;

/// The page's first scene: 4×6×4×4, group norm with 2 groups.
#[test]
fn pasted_lines_are_read() {
    // The line, its framework, the norm, and the shape of γ and β.
    let cases: [(&str, Dialect, &str, &[u32]); 35] = [
        ("x = nn.GroupNorm(C//2, C)(x)", Pytorch, r#"{"kind":"group","groups":3}"#, &[6]),
        ("        self.bn = nn.BatchNorm2d(6),", Pytorch, BATCH, &[6]),
        ("nn.BatchNorm2d(6),", Pytorch, BATCH, &[6]),
        ("return nn.BatchNorm2d(6)(x)", Pytorch, BATCH, &[6]),
        ("self.norm: nn.Module = nn.GroupNorm(2, 6)", Pytorch, GROUP_2, &[6]),
        ("y = x = nn.GroupNorm(2, 6)(x);", Pytorch, GROUP_2, &[6]),
        ("self.bn = nn.BatchNorm2d(6).to(device)", Pytorch, BATCH, &[6]),
        ("model.add(GroupNormalization(groups=G))", Keras, GROUP_2, &[6]),
        ("model.add(layers.BatchNormalization())", Keras, BATCH, &[6]),
        ("blocks.append(nn.BatchNorm2d(6))", Pytorch, BATCH, &[6]),
        ("nn.GroupNorm(num_groups=G, num_channels=C)", Pytorch, GROUP_2, &[6]),
        ("nn.GroupNorm(2, 3*2)", Pytorch, GROUP_2, &[6]),
        ("nn.GroupNorm(C // 3, C)", Pytorch, GROUP_2, &[6]),
        ("nn.GroupNorm(max_groups if False else 2, 6)", Pytorch, "", &[]),
        ("nn.GroupNorm(int(C / 3), C)", Pytorch, GROUP_2, &[6]),
        ("nn.GroupNorm((C - 2) // 2, x.shape[1])", Pytorch, GROUP_2, &[6]),
        ("nn.GroupNorm(2, x.size(1))", Pytorch, GROUP_2, &[6]),
        ("F.layer_norm(x, x.shape[1:])", Pytorch, r#"{"kind":"layer"}"#, &[]),
        ("F.layer_norm(x, x.size()[-1:])", Pytorch, ROWS, &[]),
        ("nn.LayerNorm(x.shape[1:])", Pytorch, IMAGE, &[6, 4, 4]),
        ("nn.LayerNorm([*x.shape[1:]])", Pytorch, IMAGE, &[6, 4, 4]),
        ("nn.LayerNorm((C, H, W))(x)", Pytorch, IMAGE, &[6, 4, 4]),
        ("nn.BatchNorm2d(6, eps=10**-5)", Pytorch, BATCH, &[6]),
        ("nn.BatchNorm(use_running_average=not train, momentum=0.9)", Jax, BATCH, &[6]),
        ("nn.BatchNorm(use_running_average=not self.training)(x)", Jax, BATCH, &[6]),
        ("nn.BatchNorm()(x, use_running_average=not train)", Jax, BATCH, &[6]),
        ("nnx.BatchNorm(6, rngs=rngs)", Nnx, BATCH, &[6]),
        ("nnx.GroupNorm(6, num_groups=2, rngs=nnx.Rngs(0))", Nnx, GROUP_2, &[6]),
        ("flax.nnx.LayerNorm(6, rngs=rngs)", Nnx, PIXEL, &[6]),
        ("tf_keras.layers.BatchNormalization()", Keras2, BATCH, &[6]),
        ("BN", Paper, BATCH, &[6]),
        ("InstanceNorm", Paper, INSTANCE, &[6]),
        ("batch norm,", Paper, BATCH, &[6]),
        ("norm over C, H, W", Paper, IMAGE, &[6, 4, 4]),
        ("layers.BatchNormalization(virtual_batch_size=2)", Keras2, GHOST_2, &[6]),
    ];
    let mut failures = vec![];
    for (text, dialect, norm, affine) in cases {
        match read(text, Around::of(&Scene::default())) {
            Err(_) if norm.is_empty() => {}
            Err(slip) => failures.push(format!("{text}: at {}: {slip} ({})", slip.at, slip.hint)),
            Ok(call) => {
                let got = (call.dialect, json(&call), call.affine_shape.as_slice());
                if got != (dialect, norm.to_owned(), affine) {
                    failures.push(format!("{text}: {got:?}"));
                }
            }
        }
    }
    assert_no_failures("pasted lines", &failures);
}

/// What a framework, or this page, does not take is named where it stands.
#[test]
fn the_word_that_is_not_known_is_named() {
    // The text, where the error is, and part of the message or the hint.
    let cases = [
        ("layers.BatchNormalization(renorm=True)", "renorm", "renorm is refused: batch renormalization"),
        ("tf_keras.layers.BatchNormalization(renorm=True)", "renorm", "renorm is refused: batch renormalization"),
        ("tf_keras.layers.BatchNormalization(virtual_batch_size=3)", "3)", "parts of 3 images do not divide our 4"),
        ("tf_keras.layers.BatchNormalization(fused=False)", "fused", "divided by n"),
        ("LayerNormalization(axis=[1,1])", "1])", "axis 1 is named twice: it is H"),
        ("LayerNormalization(axis=[-3,1])", "1])", "named twice"),
        ("flax nn.LayerNorm(reduction_axes=(1, 1))", "1))", "named twice"),
        ("LayerNormalization(gamma_initializer=\"banana\")", "\"banana", "banana is not an initializer"),
        ("LayerNormalization(gamma_initializer=\"random_unifrom\")", "\"random", "perhaps random_uniform"),
        (
            "LayerNormalization(gamma_initializer=\"truncated_normal\")",
            "\"trunc",
            "is not an initializer that is shown",
        ),
        ("LayerNormalization(gamma_constraint=\"positive\")", "\"positive", "is not a constraint of γ or β"),
        ("LayerNormalization(gamma_regularizer=\"l3\")", "\"l3", "is not a regularizer"),
        ("LayerNormalization(axis=[1,2,3], gamma_constraint=\"max_norm\")", "\"max", "for a vector only"),
        ("LayerNormalization(gamma_constraint=MaxNorm(3, axis=1))", "MaxNorm", "along axis 0"),
        ("LayerNormalization(gamma_initializer=Constant(2, seed=1))", "seed", "Constant has no seed"),
        ("BatchNormalization(moving_mean_initializer=\"ones\")", "moving", "start at mean 0"),
        ("BatchNormalization(activity_regularizer=\"l2\")", "activity", "a penalty on y"),
        ("GroupNormalization(group=2)", "group=", "perhaps groups"),
        ("model.add(GroupNormalization(group=G))", "group=", "perhaps groups"),
        ("GroupNormalization(groups=2, 3)", "3)", "cannot come after"),
        ("nn.GroupNorm(2, out_channels)", "out_channels", "out_channels is not known here"),
        ("nn.GroupNorm(2, self.dim)", "self.dim", "dim is not known here"),
        ("nn.GroupNorm(groups // 2, 6)", "groups", "groups is not known here"),
        ("nn.BatchNorm2d(6, affine=use_affine)", "use_affine", "use_affine is not known here"),
        ("flax nn.BatchNorm(use_running_average=not busy)", "busy", "busy is not known here"),
        ("flax nn.BatchNorm(use_running_average=train)", "train", "perhaps not train"),
        ("nnx.BatchNorm(6)", ")", "needs rngs"),
        ("nnx.BatchNorm(5, rngs=rngs)", "5", "has 6 channels"),
        ("nn.GroupNorm(2, 6, bias=0)", "0)", "True or False"),
        ("nn.BatchNorm2d(6).half()", "half", ".half() is not known here"),
        ("layers.BatchNormalization()(x, banana=1)", "banana", "banana is not shown here"),
        ("nn.GroupNorm(6 // 0, 6)", "0,", "division by 0"),
        ("nn.LayerNorm(x.shape[7])", "7]", "the index must be from -4 to 3"),
        ("F.batch_norm(x, None, None)", "batch_norm", "running_mean must be defined in evaluation mode"),
        ("F.instance_norm(x, use_input_stats=False)", "False", "Expected running_mean"),
    ];
    assert_refused("words", &cases);
}

#[test]
fn evaluation_is_read_from_every_form_of_it() {
    let cases = [
        ("F.batch_norm(x, running_mean, running_var)", Some(Mode::Eval)),
        ("F.batch_norm(x, rm, rv, training=True)", Some(Mode::Train)),
        ("F.batch_norm(x, rm, rv, training=self.training)", None),
        ("F.batch_norm(x, None, None, training=True)", Some(Mode::Train)),
        ("F.instance_norm(x, rm, rv, use_input_stats=False)", Some(Mode::Eval)),
        ("flax nn.BatchNorm(use_running_average=True)", Some(Mode::Eval)),
        ("flax nn.BatchNorm(use_running_average=False)", Some(Mode::Train)),
        ("flax nn.BatchNorm(use_running_average=not train)", None),
        ("flax nn.BatchNorm()(x, use_running_average=True)", Some(Mode::Eval)),
        ("layers.BatchNormalization(trainable=False)", Some(Mode::Eval)),
        ("layers.BatchNormalization()(x, training=False)", Some(Mode::Eval)),
        ("layers.BatchNormalization()(x, training=True)", Some(Mode::Train)),
        ("nn.BatchNorm2d(6).eval()", Some(Mode::Eval)),
        ("nn.BatchNorm2d(6).eval()(x)", Some(Mode::Eval)),
        ("nn.BatchNorm2d(6)", None),
        // Keras' layer norm is the same, whether it is trained or not.
        ("layers.LayerNormalization(trainable=False)", None),
    ];
    for (text, mode) in cases {
        let call = read(text, FIRST_SHAPE).unwrap_or_else(|slip| panic!("{text}: {slip}"));
        assert_eq!(call.mode, mode, "{text}");
        if mode == Some(Mode::Eval) {
            let says = "6 running means, one per channel, and no mean of this tensor: batch norm in evaluation";
            assert!(call.says.starts_with(says), "{text}: {}", call.says);
        }
    }
}

/// PyTorch refuses to take a mean of one value, and an ε of 0 in training.
#[test]
fn pytorch_refuses_by_shape() {
    let shape = |n, h, w| Shape { n, c: 6, h, w };
    let (ones, one) = (shape(4, 1, 1), shape(1, 1, 1));
    let per_channel = "Expected more than 1 value per channel when training, got input size ";
    let refused = [
        (
            "nn.InstanceNorm2d(6)",
            ones,
            "Expected more than 1 spatial element when training, got input size torch.Size([4, 6, 1, 1])".to_owned(),
        ),
        ("nn.GroupNorm(6, 6)", one, format!("{per_channel}[1, 6, 1, 1]")),
        ("nn.BatchNorm2d(6)", one, format!("{per_channel}torch.Size([1, 6, 1, 1])")),
        ("nn.BatchNorm2d(6, track_running_stats=False).eval()", one, format!("{per_channel}torch.Size([1, 6, 1, 1])")),
        ("nn.InstanceNorm2d(6).eval()", ones, "Expected more than 1 spatial element".to_owned()),
        ("F.batch_norm(x, rm, rv, training=True)", one, format!("{per_channel}torch.Size([1, 6, 1, 1])")),
        ("F.group_norm(x, 6)", one, format!("{per_channel}[1, 6, 1, 1]")),
        ("F.instance_norm(x)", ones, "Expected more than 1 spatial element".to_owned()),
        ("nn.BatchNorm2d(6, eps=0)", FIRST_SHAPE, "batch_norm eps must be positive during training".to_owned()),
    ];
    for (text, shape, why) in refused {
        let slip = read(text, shape).expect_err(text);
        assert!(slip.message.starts_with("PyTorch refuses this: ") && slip.message.contains(&why), "{text}: {slip}");
    }
    let taken = [
        ("nn.GroupNorm(6, 6)", ones),
        ("nn.GroupNorm(3, 6)", one),
        ("nn.BatchNorm2d(6)", ones),
        ("nn.BatchNorm2d(6, eps=0).eval()", FIRST_SHAPE),
        ("nn.BatchNorm2d(6).eval()", one),
        ("nn.LayerNorm(1, eps=0)", one),
        ("F.batch_norm(x, rm, rv)", one),
        ("nn.InstanceNorm2d(6, track_running_stats=True).eval()", ones),
        ("layers.BatchNormalization(epsilon=0)", one),
        ("tfa.layers.InstanceNormalization()", ones),
    ];
    for (text, shape) in taken {
        assert!(read(text, shape).is_ok(), "{text}: {:?}", read(text, shape));
    }
    // The page in evaluation shows the layer in evaluation.
    let scene = Scene { mode: Mode::Eval, shape: one, ..Scene::default() };
    assert!(read("nn.BatchNorm2d(6)", Around::of(&scene)).is_ok());
}

/// Every name that a signature accepts is read, changes no value, or is refused by name.
#[test]
fn every_argument_acts_or_is_named() {
    // Arguments of which the values say nothing: names, types, devices, and what only rounds differently.
    const IDLE: [&str; 26] = [
        "name",
        "dtype",
        "device",
        "process_group",
        "autocast",
        "input_shape",
        "input_dim",
        "batch_input_shape",
        "batch_size",
        "implementation",
        "dynamic",
        "trainable",
        "param_dtype",
        "use_fast_variance",
        "force_float32_reductions",
        "parent",
        "promote_dtype",
        "bias_metadata",
        "scale_metadata",
        "rngs",
        "input",
        "x",
        // Of TensorFlow Addons' instance norm, which sets it itself; and of F.instance_norm, which only updates it.
        "gamma",
        "beta",
        "groups",
        "running_var",
    ];
    /// Values that differ from every default.
    const VALUES: [&str; 12] = [
        "6",
        "2",
        "3",
        "0.25",
        "True",
        "False",
        "None",
        "\"random_uniform\"",
        "\"l2\"",
        "\"non_neg\"",
        "not_known",
        "[1, 2]",
    ];
    let prefix = |dialect: Dialect| match dialect {
        Dialect::Pytorch => "torch.nn.",
        Dialect::Keras => "keras.layers.",
        Dialect::Keras2 => "tf_keras.layers.",
        Dialect::Tfa => "tfa.layers.",
        Dialect::Jax => "flax.linen.",
        Dialect::Nnx => "nnx.",
        Dialect::Paper => "",
    };
    let needed = |name: &str| match name {
        "num_groups" | "groups" | "G" => Some("2"),
        "num_features" | "num_channels" => Some("6"),
        "normalized_shape" => Some("[4]"),
        "rngs" | "input" | "running_mean" | "running_var" | "x" | "gamma" | "beta" => Some("w"),
        _ => None,
    };
    let mut failures = vec![];
    for (dialect, layer, arguments) in layers() {
        let given: Vec<&str> = arguments.iter().copied().filter(|name| needed(name).is_some()).collect();
        let call = |more: Option<(&str, &str)>| {
            let plain = given.iter().filter(|name| more.is_none_or(|(more, _)| more != **name));
            let args = plain.map(|name| format!("{name}={}", needed(name).unwrap()));
            let args: Vec<String> = args.chain(more.map(|(name, value)| format!("{name}={value}"))).collect();
            format!("{}{layer}({})", prefix(dialect), args.join(", "))
        };
        // PyTorch's layers of sequences are for three axes.
        let around = if layer.ends_with("1d") {
            let shape = Shape { h: 1, ..FIRST_SHAPE };
            Around::of(&Scene { shape, layout: Layout::Ncl, ..Scene::default() })
        } else {
            Around::from(FIRST_SHAPE)
        };
        let Ok(plain) = read(&call(None), around) else {
            failures.push(format!("{} is not read", call(None)));
            continue;
        };
        for argument in &arguments {
            let texts = VALUES.map(|value| call(Some((argument, value))));
            let acts = texts.iter().any(|text| match read(text, around) {
                Ok(other) => other != plain,
                // Refused at the argument, or by its name.
                Err(slip) => slip.message.contains(argument) || text[slip.at..].starts_with(argument),
            });
            if !acts && !IDLE.contains(argument) {
                failures.push(format!("{dialect:?}’s {layer} drops {argument}"));
            }
        }
        let unknown = read(&call(Some(("no_such_argument", "1"))), around);
        let is_named = unknown.is_err_and(|slip| slip.message.contains("has no argument no_such_argument"));
        // PyTorch's Identity takes anything.
        assert_eq!(is_named, (dialect, layer) != (Dialect::Pytorch, "Identity"), "{layer}");
    }
    assert_no_failures("arguments", &failures);
}

/// What is said of γ and β is in the scene, and is written back.
#[test]
fn gains_of_a_call_are_the_scenes_and_are_written_back() {
    // The call, γ's rule, β's rule, and what is said.
    let cases = [
        ("layers.LayerNormalization(axis=3, center=False)", "", "no", "γ of shape (6), no β"),
        ("layers.LayerNormalization(axis=3, scale=False)", "no", "", "β of shape (6), no γ"),
        (
            "layers.LayerNormalization(axis=3, center=False, gamma_constraint=\"non_neg\")",
            "nonneg",
            "no",
            "γ of shape (6), no β, γ kept at 0 or above",
        ),
        (
            "layers.BatchNormalization(gamma_initializer=\"random_uniform\", beta_regularizer=L2(0.01))",
            "uniform,-0.05,0.05",
            "l2,0.01",
            "γ and β of shape (6), γ drawn from −0.05 to 0.05 at the start, β training adds 0.01·Σw² to the loss",
        ),
        (
            "layers.GroupNormalization(groups=2, gamma_regularizer=L1L2(l1=0.5, l2=0.25), gamma_constraint=MaxNorm(2))",
            "max,2~l1,0.5~l2,0.25",
            "",
            "scaled to a norm of at most 2, training adds 0.5·Σ|w| + 0.25·Σw² to the loss",
        ),
        ("nn.GroupNorm(2, 6, bias=False)", "", "no", "γ of shape (6), no β"),
        ("nn.BatchNorm2d(6, bias=False)", "", "no", "γ of shape (6), no β"),
        ("nn.GroupNorm(2, 6, affine=False)", "no", "no", "no γ and no β"),
        ("nn.RMSNorm([6, 4, 4])", "", "no", "γ of shape (6, 4, 4), no β"),
        ("nn.InstanceNorm2d(6)", "no", "no", "no γ and no β"),
        ("nn.LayerNorm([6, 4, 4], bias=False)", "", "no", "γ of shape (6, 4, 4), no β"),
        ("nn.InstanceNorm(scale_init=nn.initializers.normal(0.02))", "normal,0,0.02", "", "drawn from a normal"),
        ("nn.InstanceNorm(use_bias=False)", "", "no", "γ of shape (6), no β"),
        ("layers.LayerNormalization(axis=3, rms_scaling=True)", "", "no", "γ of shape (6), no β"),
        ("layers.RMSNormalization(axis=3)", "", "no", "γ of shape (6), no β"),
    ];
    let mut failures = vec![];
    for (text, gamma, beta, words) in cases {
        let call = match read(text, FIRST_SHAPE) {
            Ok(call) => call,
            Err(slip) => {
                failures.push(format!("{text}: {slip} ({})", slip.hint));
                continue;
            }
        };
        let rules = [call.patch.gamma_rule.to_string(), call.patch.beta_rule.to_string()];
        if rules != [gamma, beta] || !call.affine.contains(words) {
            failures.push(format!("{text}: {rules:?}, “{}”", call.affine));
        }
        let scene = Scene {
            method: call.method,
            epsilon: call.epsilon,
            momentum: call.momentum.unwrap_or(0.01),
            gamma_rule: call.patch.gamma_rule,
            beta_rule: call.patch.beta_rule,
            uncentred: call.patch.uncentred,
            dialect: call.dialect,
            ..Scene::default()
        };
        let written = write(&scene, call.dialect);
        match read(&written, FIRST_SHAPE) {
            Ok(back) if back.patch == call.patch && back.method == call.method => {}
            other => failures.push(format!("{text} is written as {written}, which is {other:?}")),
        }
    }
    assert_no_failures("gains", &failures);
    let constant = read("LayerNormalization(gamma_initializer=Constant(0.5), beta_initializer='ones')", FIRST_SHAPE);
    let patch = constant.unwrap().patch;
    assert_eq!((patch.gamma, patch.beta), (Some(0.5), Some(1.0)));
    let idle = read("LayerNormalization(axis=3, center=False, beta_regularizer=\"l2\")", FIRST_SHAPE).unwrap();
    assert!(idle.says.contains("there is no β for beta_regularizer to act on"), "{}", idle.says);
}

#[test]
fn a_sync_norm_has_as_many_devices_as_are_shown() {
    let four = std::num::NonZeroU32::new(4).unwrap();
    let scene = Scene { method: Method::Norm(Norm::SyncBatch { devices: four }), ..Scene::default() };
    for dialect in [Dialect::Pytorch, Dialect::Keras, Dialect::Keras2, Dialect::Jax, Dialect::Nnx] {
        let call = read(&write(&scene, dialect), Around::of(&scene)).unwrap();
        assert_eq!(call.method, scene.method, "{dialect:?}");
        assert!(call.says.contains("how many devices there are: here 4"), "{}", call.says);
    }
}
