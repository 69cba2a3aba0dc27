//! Calls of five dialects: what each really makes of N×C×H×W, what a wrong one is told, and the way back.

#![cfg(not(target_arch = "wasm32"))]
#![expect(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]

use blue_cube::dialect::{Dialect, read, write};
use blue_cube::grouping::tiling::Axis::{self, C, H, N, W};
use blue_cube::norm::{AxesNorm, Norm};
use blue_cube::scene::{Method, Scene};
use blue_cube::shape::Shape;
use proptest::prelude::*;
use std::num::NonZeroU32;

const SHAPE: Shape = Shape { n: 4, c: 10, h: 26, w: 26 };

fn group(groups: u32) -> Norm {
    Norm::Group { groups: NonZeroU32::new(groups).unwrap() }
}

fn over(axes: &[Axis]) -> Norm {
    Norm::Axes(AxesNorm::over(axes))
}

#[test]
fn calls_make_what_they_really_make() {
    use Dialect::{Jax, Keras, Paper, Pytorch, Tfa};
    let table = [
        ("nn.GroupNorm(5, 10)", Pytorch, group(5), 1e-5, "20 means of 1352 values each; γ and β are [10]"),
        ("torch.nn.GroupNorm(num_groups=2, num_channels=10, eps=1e-3)", Pytorch, group(2), 1e-3, "8 means of 3380"),
        ("F.group_norm(x, 5)", Pytorch, group(5), 1e-5, "20 means of 1352"),
        (
            "nn.BatchNorm2d(10)",
            Pytorch,
            Norm::Batch,
            1e-5,
            "10 means of 2704 values each; γ and β are [10], ε = 1e-5, and running statistics to which a new value adds 0.1",
        ),
        ("nn.InstanceNorm2d(10)", Pytorch, Norm::Instance, 1e-5, "40 means of 676"),
        (
            "nn.LayerNorm([10, 26, 26])",
            Pytorch,
            over(&[C, H, W]),
            1e-5,
            "4 means of 6760 values each; γ and β are [10, 26, 26]",
        ),
        ("nn.LayerNorm(26)", Pytorch, over(&[W]), 1e-5, "1040 means of 26 values each; γ and β are [26]"),
        ("LayerNormalization(axis=3)", Keras, over(&[C]), 1e-3, "2704 means of 10 values each; γ and β are [10]"),
        ("layers.LayerNormalization()", Keras, over(&[C]), 1e-3, "2704 means of 10"),
        (
            "layers.LayerNormalization(axis=[1,2,3])",
            Keras,
            over(&[C, H, W]),
            1e-3,
            "4 means of 6760 values each; γ and β are [26, 26, 10]",
        ),
        ("LayerNormalization(axis=1)", Keras, over(&[H]), 1e-3, "1040 means of 26 values each; γ and β are [26]"),
        ("tf.keras.layers.LayerNormalization(axis=-1, epsilon=1e-5)", Keras, over(&[C]), 1e-5, "2704 means"),
        ("BatchNormalization()", Keras, Norm::Batch, 1e-3, "a new value adds 0.0"),
        ("BatchNormalization(axis=1)", Keras, over(&[N, C, W]), 1e-3, "26 means of 1040 values each; γ and β are [26]"),
        ("tfa.layers.GroupNormalization(groups=5, axis=3)", Tfa, group(5), 1e-3, "20 means of 1352"),
        (
            "tfa.layers.InstanceNormalization(axis=3, center=True, scale=True, beta_initializer=\"random_uniform\", gamma_initializer=\"random_uniform\")",
            Tfa,
            Norm::Instance,
            1e-3,
            "40 means of 676",
        ),
        (
            "nn.LayerNorm(reduction_axes=(1, 2, 3))",
            Jax,
            Norm::Axes(AxesNorm { affine: Some(blue_cube::norm::AffineAxes::Channel), ..AxesNorm::over(&[C, H, W]) }),
            1e-6,
            "4 means of 6760 values each; γ and β are [10]",
        ),
        ("nn.GroupNorm(num_groups=2)", Jax, group(2), 1e-6, "8 means of 3380"),
        ("nn.GroupNorm(num_groups=None, group_size=2)", Jax, group(5), 1e-6, "20 means"),
        ("nn.BatchNorm(use_running_average=False)", Jax, Norm::Batch, 1e-5, "10 means of 2704"),
        ("nn.RMSNorm([10, 26, 26])", Pytorch, Norm::Rms(AxesNorm::over(&[C, H, W])), f32::EPSILON, "4 means"),
        ("GroupNorm(x, gamma, beta, G=5)", Paper, group(5), 1e-5, "20 means of 1352"),
    ];
    let mut wrong = vec![];
    for (text, dialect, norm, epsilon, words) in table {
        match read(text, SHAPE) {
            Ok(made)
                if (made.dialect, made.norm, made.epsilon) == (dialect, norm, epsilon)
                    && made.words.contains(words) => {}
            other => wrong.push(format!("{text}: {other:?}")),
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn wrong_calls_are_told_what_and_where() {
    let table = [
        ("nn.GroupNorm(4, 10)", "4", "does not divide the 10 channels"),
        ("nn.GroupNorm(3, 6)", "6", "this tensor has 10 channels"),
        ("nn.BatchNorm2d(64)", "64", "num_features is C"),
        ("LayerNormalization(axis=4)", "axis=4", "axis 4 is out of range"),
        ("LayerNormalization(axis=-5)", "axis=-5", "out of range"),
        ("GroupNormalization()", "GroupNormalization", "32, the default, does not divide"),
        ("nn.LayerNorm([10, 26])", "[10, 26]", "names the last axes"),
        ("nn.LayerNorm(axis=3)", "axis=3", "takes no “axis”"),
        ("nn.GroupNorm(5)", "GroupNorm", "needs num_channels"),
        ("nn.GruopNorm(5, 10)", "GruopNorm", "has no layer GruopNorm"),
        ("nn.GroupNorm(5, 10", "", "missing"),
        ("nn.GroupNorm(5 10)", "1", "a comma"),
        ("nn.GroupNorm(5, 10) + x", "+ x", "nothing may follow"),
        ("", "", "a layer’s name"),
        ("GroupNormalization(groups=5, axis=1)", "axis=1", "another axis than the channels"),
        ("BatchNormalization(momentum=3)", "momentum=3", "between 0 and 1"),
    ];
    let mut wrong = vec![];
    for (text, place, words) in table {
        let slip = read(text, SHAPE).expect_err(text);
        let letters: Vec<char> = text.chars().collect();
        let shown: String = letters.iter().take(slip.at[1]).skip(slip.at[0]).collect();
        if shown != place || !slip.message.contains(words) {
            wrong.push(format!("{text}: at “{shown}”, “{}”", slip.message));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn what_is_written_reads_as_the_same_means() {
    let axes = [over(&[C]), over(&[H]), over(&[C, H, W]), over(&[W]), over(&[N, H])];
    let rms = [Norm::Rms(AxesNorm::over(&[C])), Norm::Rms(AxesNorm::over(&[C, H, W]))];
    let plain = [
        Norm::Batch,
        Norm::Layer,
        Norm::Instance,
        group(5),
        group(1),
        Norm::None,
        Norm::Switchable,
        Norm::BatchInstance,
    ];
    let mut n_written = 0;
    for norm in plain.into_iter().chain(axes).chain(rms) {
        for (dialect, epsilon) in
            Dialect::ALL.into_iter().flat_map(|dialect| [1e-5, 1e-3, 1e-6].map(|eps| (dialect, eps)))
        {
            let scene = Scene { method: Method::Norm(norm), shape: SHAPE, epsilon, ..Scene::default() };
            let Some(text) = write(&scene, dialect) else { continue };
            let made = read(&text, SHAPE).unwrap_or_else(|slip| panic!("{text}: {slip:?}"));
            assert_eq!(made.epsilon, epsilon, "{text}");
            assert_eq!(made.norm.tilings(SHAPE).unwrap(), norm.tilings(SHAPE).unwrap(), "{text} for {norm:?}");
            n_written += 1;
        }
    }
    assert!(n_written > 70, "only {n_written} were written");
    assert_eq!(write(&Scene::default(), Dialect::Pytorch).unwrap(), "nn.GroupNorm(2, 6)");
    let keras = write(&Scene::default(), Dialect::Keras).unwrap();
    assert_eq!(keras, "layers.GroupNormalization(groups=2, epsilon=1e-5)");
}

proptest! {
    #[test]
    fn no_text_breaks_the_reader(text in "(nn\\.|layers\\.|tfa\\.layers\\.)?(GroupNorm|LayerNormalization|BatchNorm2d|.{0,5})\\(?[0-9axis=,\\[\\] .e\"-]{0,16}\\)?.{0,3}") {
        if let Err(slip) = read(&text, SHAPE) {
            prop_assert!(slip.at[0] < slip.at[1] && !slip.message.is_empty(), "{text}: {slip:?}");
        }
    }
}
