//! Calls of norm layers: what they really do to our tensor, what is wrong with them, and how the page writes them.

use crate::calls::*;
use crate::common::assert_no_failures;
use blue_cube::dialect::Dialect::{Jax, Keras, Keras2, Nnx, Paper, Pytorch, Tfa};
use blue_cube::dialect::{Call, read, write};
use blue_cube::norm::Norm;
use blue_cube::scene::{Method, Scene};
use blue_cube::shape::Shape;
use proptest::prelude::*;

fn norm_of(call: &Call) -> Norm {
    match call.method {
        Method::Norm(norm) => norm,
        Method::Own(_) => panic!("a call has a name"),
    }
}

#[test]
fn calls_make_the_norms_that_they_really_make() {
    let mut failures = Vec::new();
    for (text, dialect, norm, means, affine) in CASES {
        let call = match read(text, TUTORIAL) {
            Ok(call) => call,
            Err(slip) => {
                failures.push(format!("{text}: at {}: {slip} ({})", slip.at, slip.hint));
                continue;
            }
        };
        let tilings = norm_of(&call).tilings(TUTORIAL).unwrap();
        let found = tilings.first().map_or([0, 0], |tiling| [tiling.n_tiles(), tiling.tile_len()]);
        let json = serde_json::to_string(&norm_of(&call)).unwrap();
        let got = (call.dialect, json.as_str(), found, call.affine_shape.as_slice());
        if got != (dialect, norm, means, affine) {
            failures.push(format!("{text}: {got:?}, not {:?}", (dialect, norm, means, affine)));
        }
    }
    assert_no_failures("calls", &failures);
}

/// ε and the weight of the new value, from the frameworks' documentation.
#[test]
fn epsilon_and_momentum_are_the_frameworks() {
    let cases: [(&str, f32, Option<f32>); 14] = [
        ("nn.BatchNorm2d(10)", 1e-5, Some(0.1)),
        ("nn.BatchNorm2d(10, 1e-3, 0.25)", 1e-3, Some(0.25)),
        ("nn.GroupNorm(5, 10)", 1e-5, None),
        ("nn.RMSNorm(26)", f32::EPSILON, None),
        ("BatchNormalization()", 1e-3, Some(0.01)),
        ("BatchNormalization(momentum=0.75, epsilon=1e-5)", 1e-5, Some(0.25)),
        ("LayerNormalization()", 1e-3, None),
        ("layers.RMSNormalization()", 1e-6, None),
        ("tfa.layers.GroupNormalization(groups=5)", 1e-3, None),
        ("InstanceNormalization()", 1e-3, None),
        ("nn.BatchNorm()", 1e-5, Some(0.01)),
        ("nn.LayerNorm(reduction_axes=3)", 1e-6, None),
        ("nn.GroupNorm(num_groups=5)", 1e-6, None),
        ("batch norm", 1e-5, Some(0.01)),
    ];
    for (text, epsilon, momentum) in cases {
        let call = read(text, TUTORIAL).unwrap();
        assert_eq!((call.epsilon, call.momentum), (epsilon, momentum), "{text}");
    }
}

#[test]
fn sentences_count_and_judge() {
    let says = |text| read(text, TUTORIAL).unwrap().says;
    let cases = [
        (
            "LayerNormalization(axis=3)",
            "676 means of 10 values each in each of 4 images, one per pixel: not the figure’s layer norm.",
        ),
        (
            "LayerNormalization(axis=1)",
            "260 means of 26 values each in each of 4 images, one per column of a channel: not the figure’s layer norm.",
        ),
        (
            "layers.LayerNormalization(axis=[1,2,3])",
            "1 mean of 6760 values in each of 4 images: the means of the figure’s layer norm, but with a γ and a β for each of 6760 values.",
        ),
        (
            "nn.GroupNorm(5, 10)",
            "5 means of 1352 values each in each of 4 images, one per group of channels: the figure’s group norm.",
        ),
        (
            "nn.GroupNorm(1, 10)",
            "1 mean of 6760 values in each of 4 images: one group, which is the figure’s layer norm.",
        ),
        ("nn.BatchNorm2d(10)", "10 means of 2704 values each, one per channel: the figure’s batch norm."),
        (
            "BatchNormalization(axis=1)",
            "26 means of 1040 values each, one per row of pixels: not the figure’s batch norm (the framework keeps running statistics of this shape; the page uses the batch’s own).",
        ),
        ("nn.RMSNorm(26)", "260 roots of 26 values each in each of 4 images, one per row of a channel."),
    ];
    for (text, want) in cases {
        assert_eq!(says(text), want, "{text}");
    }
    let one = read("LayerNormalization(axis=3)", Shape { n: 1, ..TUTORIAL }).unwrap();
    assert_eq!(one.says, "676 means of 10 values each, one per pixel: not the figure’s layer norm.");
    let random = read("InstanceNormalization(gamma_initializer='random_uniform')", TUTORIAL).unwrap();
    assert_eq!(random.affine, "γ and β of shape (10), γ drawn from −0.05 to 0.05 at the start");
}

#[test]
fn two_meanings_are_told() {
    let also = |text| read(text, TUTORIAL).unwrap().also;
    assert_eq!(also("nn.GroupNorm(num_groups=5)").unwrap(), "Read as flax: in PyTorch, GroupNorm needs num_channels.");
    let both = also("nn.GroupNorm(5, 10)").unwrap();
    assert!(both.contains("flax takes num_groups or group_size, not both"), "{both}");
    assert!(also("nn.LayerNorm(26)").unwrap().starts_with("In flax this is an error"));
    assert_eq!(also("torch.nn.GroupNorm(5, 10)"), None);
    assert_eq!(also("LayerNormalization(axis=3)"), None);
}

#[test]
fn slips_are_told_where_they_are() {
    // What is typed, where the error is, and part of the message or the hint.
    let cases = [
        ("", "", "a name is expected"),
        ("nn.GroupNorm", "", "opening parenthesis"),
        ("nn.GroupNorm(5, 10", "", "the text ends"),
        ("nn.GroupNorm(5 10)", "10)", "a comma"),
        ("nn.GroupNorm(5, 10) nn", "nn", "end of the call"),
        ("nn.GruopNorm(5, 10)", "GruopNorm", "the nearest is GroupNorm"),
        ("layers.GroupNorm(5)", "GroupNorm", "PyTorch has"),
        ("np.GroupNorm(5)", "np", "not part of any framework"),
        ("nn.BatchNorm1d(10)", "BatchNorm1d", "BatchNorm2d"),
        ("torch.nn.GroupNorm(5, 10, epsilon=1)", "epsilon", "perhaps eps"),
        ("LayerNormalization(axes=3)", "axes", "perhaps axis"),
        ("LayerNormalization(axis=4)", "4)", "out of range"),
        ("LayerNormalization(axis=-5)", "-5", "out of range"),
        ("LayerNormalization(axis=0)", "0)", "the batch"),
        ("LayerNormalization(axis=[1, -4])", "-4", "the batch"),
        ("LayerNormalization(axis=[])", "[]", "is empty"),
        ("LayerNormalization(axis=\"C\")", "\"C", "whole number"),
        ("LayerNormalization(axis=\"C)", "\"C", "is not closed"),
        ("LayerNormalization(axis=3, axis=2)", "axis=2", "given twice"),
        ("LayerNormalization(axis=3, scale=2)", "2)", "True or False"),
        ("LayerNormalization(epsilon=-1)", "-1", "from 0"),
        ("BatchNormalization(momentum=2)", "2)", "from 0 to 1"),
        ("BatchNormalization(axis=0)", "0)", "the batch"),
        ("GroupNormalization(groups=3)", "3)", "1, 2, 5, 10 do"),
        ("GroupNormalization()", "GroupNormalization", "32 groups, the default,"),
        ("GroupNormalization(groups=2, axis=1)", "1)", "along H"),
        ("GroupNormalization(groups=0)", "0)", "do not divide"),
        ("nn.GroupNorm(3, 10)", "3,", "3 groups do not divide our 10"),
        ("nn.GroupNorm(2, 6)", "6)", "our tensor has 10 channels"),
        ("nn.BatchNorm2d(6)", "6)", "our tensor has 10 channels"),
        ("nn.BatchNorm2d(10, momentum=None)", "BatchNorm2d", "plain average"),
        ("nn.LayerNorm(10)", "10)", "last axes, here [W]"),
        ("nn.LayerNorm([26, 26, 10])", "10]", "[10, 26, 26]"),
        ("nn.LayerNorm([4, 10, 26, 26])", "[4", "starts at C"),
        ("F.group_norm(x)", ")", "needs num_groups"),
        ("flax nn.GroupNorm(group_size=2)", "2)", "num_groups=None"),
        ("tfa.layers.InstanceNormalization(3)", "3)", "positional argument"),
        ("group norm", "", "G is missing"),
        ("group norm, G = 3", "3", "must divide our 10"),
        ("crowd norm", "crowd", "the nearest is group norm"),
        ("batch norm, 2", "2", "takes no number"),
        ("norm over Q", "", "an axis must be one of ours: N, C, H, W"),
        ("LayerNormalization(axis=[[[[[[1]]]]]])", "[[1", "too deeply"),
    ];
    let mut failures = Vec::new();
    for (text, from, words) in cases {
        match read(text, TUTORIAL) {
            Ok(call) => failures.push(format!("{text} is {:?}", call.method)),
            Err(slip) => {
                let told = format!("{} / {}", slip.message, slip.hint);
                if !text[slip.at..].starts_with(from)
                    || !told.contains(words)
                    || (from.is_empty() && slip.at < text.len() && words != "an axis must be one of ours: N, C, H, W")
                {
                    failures.push(format!("{text}: at {:?}: {told}", &text[slip.at..]));
                }
            }
        }
    }
    assert_no_failures("slips", &failures);
}

#[test]
fn calls_are_written_in_every_dialect() {
    let scene = |norm: &str, shape| Scene {
        method: Method::Norm(serde_json::from_str(norm).unwrap()),
        shape,
        ..Scene::default()
    };
    let cases: [(&str, [&str; 5]); 8] = [
        (
            GROUP_5,
            [
                "group norm, G = 5",
                "nn.GroupNorm(5, 10)",
                "layers.GroupNormalization(groups=5, epsilon=1e-5)",
                "tfa.layers.GroupNormalization(groups=5, axis=3, epsilon=1e-5)",
                "nn.GroupNorm(num_groups=5, epsilon=1e-5)",
            ],
        ),
        (
            BATCH,
            [
                "batch norm",
                "nn.BatchNorm2d(10, momentum=0.01)",
                "layers.BatchNormalization(epsilon=1e-5)",
                "# TensorFlow Addons has no layer for batch norm",
                "nn.BatchNorm(use_running_average=False)",
            ],
        ),
        (
            LAYER,
            [
                "layer norm",
                "nn.GroupNorm(1, 10)",
                "layers.GroupNormalization(groups=1, epsilon=1e-5)",
                "tfa.layers.GroupNormalization(groups=1, axis=3, epsilon=1e-5)",
                "nn.LayerNorm(reduction_axes=(1, 2, 3), epsilon=1e-5)",
            ],
        ),
        (
            INSTANCE,
            [
                "instance norm",
                "nn.InstanceNorm2d(10, affine=True)",
                "layers.GroupNormalization(groups=-1, epsilon=1e-5)",
                "tfa.layers.InstanceNormalization(axis=3, epsilon=1e-5)",
                "nn.InstanceNorm(epsilon=1e-5)",
            ],
        ),
        (
            PIXEL,
            [
                "norm over C",
                "# PyTorch has no layer for norm over C",
                "layers.LayerNormalization(axis=3, epsilon=1e-5)",
                "# TensorFlow Addons has no layer for norm over C",
                "nn.LayerNorm(reduction_axes=3, epsilon=1e-5)",
            ],
        ),
        (
            IMAGE,
            [
                "norm over C, H, W",
                "nn.LayerNorm([10, 26, 26])",
                "layers.LayerNormalization(axis=[1, 2, 3], epsilon=1e-5)",
                "# TensorFlow Addons has no layer for norm over C, H, W",
                "nn.LayerNorm(reduction_axes=(1, 2, 3), feature_axes=(1, 2, 3), epsilon=1e-5)",
            ],
        ),
        (
            r#"{"kind":"axes","axes":["c","h","w"],"affine":"scalar"}"#,
            [
                "norm over C, H, W",
                "# PyTorch has no layer for norm over C, H, W",
                "# Keras has no layer for norm over C, H, W",
                "# TensorFlow Addons has no layer for norm over C, H, W",
                "# flax has no layer for norm over C, H, W",
            ],
        ),
        (
            r#"{"kind":"switchable"}"#,
            [
                "switchable norm",
                "# PyTorch has no layer for switchable norm",
                "# Keras has no layer for switchable norm",
                "# TensorFlow Addons has no layer for switchable norm",
                "# flax has no layer for switchable norm",
            ],
        ),
    ];
    for (norm, wants) in cases {
        for (dialect, want) in [Paper, Pytorch, Keras, Tfa, Jax].into_iter().zip(wants) {
            assert_eq!(write(&scene(norm, TUTORIAL), dialect), want, "{norm}");
        }
    }
    let more = [
        (
            GROUP_5,
            "tf_keras.layers.GroupNormalization(groups=5, epsilon=1e-5)",
            "nnx.GroupNorm(10, num_groups=5, epsilon=1e-5, rngs=rngs)",
        ),
        (BATCH, "tf_keras.layers.BatchNormalization(epsilon=1e-5)", "nnx.BatchNorm(10, rngs=rngs)"),
        (
            r#"{"kind":"ghost-batch","size":2}"#,
            "tf_keras.layers.BatchNormalization(virtual_batch_size=2, epsilon=1e-5)",
            "# flax nnx has no layer for ghost batch norm, 2 images",
        ),
    ];
    for (norm, keras_2, nnx) in more {
        assert_eq!(write(&scene(norm, TUTORIAL), Keras2), keras_2, "{norm}");
        assert_eq!(write(&scene(norm, TUTORIAL), Nnx), nnx, "{norm}");
    }
}

/// What is written reads back as a norm with the same means, ε and momentum.
#[test]
fn what_is_written_is_read_back() {
    for (text, ..) in CASES {
        let call = read(text, TUTORIAL).unwrap();
        let momentum = call.momentum.unwrap_or(0.25);
        let scene = Scene { method: call.method, shape: TUTORIAL, epsilon: 0.5, momentum, ..Scene::default() };
        for dialect in [Paper, Pytorch, Keras, Keras2, Tfa, Jax, Nnx] {
            let written = write(&scene, dialect);
            if written.starts_with('#') {
                continue;
            }
            let back = read(&written, TUTORIAL).unwrap_or_else(|slip| panic!("{text} as {written}: {slip}"));
            assert_eq!(back.dialect, dialect, "{text} as {written}");
            assert_eq!(norm_of(&back).tilings(TUTORIAL), norm_of(&call).tilings(TUTORIAL), "{text} as {written}");
            let is_plain = dialect == Paper || norm_of(&call) == Norm::None;
            assert!(is_plain || back.epsilon == 0.5, "{text} as {written}: {}", back.epsilon);
            if let (Some(back), false) = (back.momentum, dialect == Paper) {
                assert_eq!(Some(back), call.momentum, "{text} as {written}");
            }
        }
    }
}

proptest! {
    #[test]
    fn no_text_panics(text in "\\PC{0,60}") {
        let _ = read(&text, TUTORIAL);
    }

    #[test]
    fn no_near_call_panics(
        place in 0..CASES.len(),
        at in 0_usize..80,
        insert in "[-+0-9a-zA-Z_.,=()\\[\\] '\"#éγ]{0,4}",
        cut in 0_usize..4,
        shape in (0_u32..5, 0_u32..12, 0_u32..5, 0_u32..5),
    ) {
        let letters: Vec<char> = CASES[place].0.chars().collect();
        let at = at.min(letters.len());
        let rest = &letters[(at + cut).min(letters.len())..];
        let text: String = letters[..at].iter().copied().chain(insert.chars()).chain(rest.iter().copied()).collect();
        let shape = Shape::new(shape.0, shape.1, shape.2, shape.3);
        match read(&text, shape) {
            Ok(call) => prop_assert!(call.method.tilings(shape).is_ok()),
            Err(slip) => prop_assert!(text.is_char_boundary(slip.at), "{text:?} at {}", slip.at),
        }
    }
}
