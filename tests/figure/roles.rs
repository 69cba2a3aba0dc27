//! Axes as a reader says them: calls count them in that order, on 2, 3 and 4 of them.

use crate::common::assert_no_failures;
use blue_cube::dialect::{Around, Call, Dialect, read, write};
use blue_cube::grouping::tiling::Axis;
use blue_cube::norm::{AffineAxes, AxesNorm, Norm};
use blue_cube::scene::layout::{LAYOUTS, Layout};
use blue_cube::scene::{Method, Scene, hash};
use blue_cube::sentence::{Piece, sentence};
use blue_cube::shape::Shape;
use std::num::NonZeroU32;

/// Two images of 5×5 pixels with 3 channels, as Keras has them: (2, 5, 5, 3).
const IMAGES: Shape = Shape { n: 2, c: 3, h: 5, w: 5 };
/// Two sequences of 5 tokens with 8 features.
const TOKENS: Shape = Shape { n: 2, c: 8, h: 1, w: 5 };
/// Eight rows of 3 features.
const TABLE: Shape = Shape { n: 8, c: 3, h: 1, w: 1 };

fn around(shape: Shape, layout: Layout) -> Around {
    Around::of(&Scene { shape, layout, ..Scene::default() })
}

/// Numbers of means and of values per mean.
fn means(call: &Call, shape: Shape) -> [u32; 2] {
    let tilings = call.method.tilings(shape).unwrap();
    tilings.first().map_or([0, 0], |tiling| [tiling.n_tiles(), tiling.tile_len()])
}

/// The counts are those of PyTorch 2.15, Keras 3.15 and flax 0.12 on arrays of these shapes.
#[test]
fn calls_count_axes_as_they_are_said() {
    use Layout::{Cl, Nc, Nchw, Ncl, Nhwc, Nlc, Usual};
    type Case = (&'static str, Layout, Shape, [u32; 2], &'static [u32]);
    let cases: [Case; 42] = [
        ("layers.BatchNormalization()", Nhwc, IMAGES, [3, 50], &[3]),
        ("layers.BatchNormalization()", Usual, IMAGES, [3, 50], &[3]),
        ("layers.BatchNormalization(axis=1)", Nhwc, IMAGES, [5, 30], &[5]),
        ("layers.LayerNormalization()", Nhwc, IMAGES, [50, 3], &[3]),
        ("nn.LayerNorm(3)", Nhwc, IMAGES, [50, 3], &[3]),
        ("nn.LayerNorm([5, 5, 3])", Nhwc, IMAGES, [2, 75], &[5, 5, 3]),
        ("F.layer_norm(x, x.shape[1:])", Nhwc, IMAGES, [2, 75], &[]),
        ("nn.BatchNorm2d(3)", Nhwc, IMAGES, [3, 50], &[3]),
        ("nn.BatchNorm2d(3)", Nchw, IMAGES, [3, 50], &[3]),
        ("nn.LayerNorm([3, 5, 5])", Nchw, IMAGES, [2, 75], &[3, 5, 5]),
        ("layers.BatchNormalization(axis=1)", Nchw, IMAGES, [3, 50], &[3]),
        ("layers.BatchNormalization()", Nchw, IMAGES, [5, 30], &[5]),
        ("layers.LayerNormalization(axis=1)", Nchw, IMAGES, [50, 3], &[3]),
        ("layers.GroupNormalization(groups=3, axis=1)", Nchw, IMAGES, [6, 25], &[3]),
        ("flax nn.BatchNorm(use_running_average=False, axis=1)", Nchw, IMAGES, [3, 50], &[3]),
        ("layers.LayerNormalization()", Nlc, TOKENS, [10, 8], &[8]),
        ("layers.LayerNormalization(axis=2)", Nlc, TOKENS, [10, 8], &[8]),
        ("layers.LayerNormalization(axis=[1, 2])", Nlc, TOKENS, [2, 40], &[5, 8]),
        ("layers.BatchNormalization()", Nlc, TOKENS, [8, 10], &[8]),
        ("layers.GroupNormalization(groups=4)", Nlc, TOKENS, [8, 10], &[8]),
        ("layers.GroupNormalization(groups=-1)", Nlc, TOKENS, [16, 5], &[8]),
        ("layers.RMSNormalization()", Nlc, TOKENS, [10, 8], &[8]),
        ("nn.LayerNorm(8)", Nlc, TOKENS, [10, 8], &[8]),
        ("nn.LayerNorm(C)", Nlc, TOKENS, [10, 8], &[8]),
        ("nn.LayerNorm([L, C])", Nlc, TOKENS, [2, 40], &[5, 8]),
        ("nn.LayerNorm(x.size(-1))", Nlc, TOKENS, [10, 8], &[8]),
        ("nn.RMSNorm(8)", Nlc, TOKENS, [10, 8], &[8]),
        ("nn.BatchNorm1d(8)", Nlc, TOKENS, [8, 10], &[8]),
        ("nn.InstanceNorm1d(8)", Nlc, TOKENS, [16, 5], &[]),
        ("flax nn.LayerNorm()", Nlc, TOKENS, [10, 8], &[8]),
        ("nn.BatchNorm1d(8)", Ncl, TOKENS, [8, 10], &[8]),
        ("nn.InstanceNorm1d(8, affine=True)", Ncl, TOKENS, [16, 5], &[8]),
        ("nn.LayerNorm(5)", Ncl, TOKENS, [16, 5], &[5]),
        ("nn.GroupNorm(2, 8)", Ncl, TOKENS, [4, 20], &[8]),
        ("layers.LayerNormalization()", Ncl, TOKENS, [16, 5], &[5]),
        ("nn.BatchNorm1d(3)", Nc, TABLE, [3, 8], &[3]),
        ("nn.LayerNorm([3])", Nc, TABLE, [8, 3], &[3]),
        ("nn.GroupNorm(1, 3)", Nc, TABLE, [8, 3], &[3]),
        ("layers.LayerNormalization()", Nc, TABLE, [8, 3], &[3]),
        ("layers.BatchNormalization()", Nc, TABLE, [3, 8], &[3]),
        // PyTorch reads two axes as C, L.
        ("nn.InstanceNorm1d(8)", Nc, TABLE, [8, 3], &[]),
        ("nn.InstanceNorm1d(8)", Cl, Shape { n: 1, c: 8, h: 1, w: 3 }, [8, 3], &[]),
    ];
    let mut failures = vec![];
    for (text, layout, shape, counts, affine) in cases {
        match read(text, around(shape, layout)) {
            Ok(call) if means(&call, shape) == counts && call.affine_shape == affine => {}
            Ok(call) => {
                failures.push(format!("{text} on {layout:?}: {:?} {:?}", means(&call, shape), call.affine_shape));
            }
            Err(slip) => failures.push(format!("{text} on {layout:?}: {slip} ({})", slip.hint)),
        }
    }
    assert_no_failures("calls on axes as said", &failures);
}

#[test]
fn what_a_framework_refuses_is_refused_in_its_words() {
    use Layout::{C, Cl, Nc, Nchw, Ncl, Nhwc, Nlc};
    let one = Shape { n: 1, c: 3, h: 1, w: 1 };
    let cases = [
        ("nn.BatchNorm2d(3)", Nc, TABLE, "expected 4D input (got 2D input)"),
        ("nn.BatchNorm2d(8)", Ncl, TOKENS, "expected 4D input (got 3D input)"),
        ("nn.BatchNorm2d(8)", Nlc, TOKENS, "expected 4D input (got 3D input)"),
        ("nn.BatchNorm1d(3)", Nchw, IMAGES, "expected 2D or 3D input (got 4D input)"),
        ("nn.InstanceNorm1d(3)", Nhwc, IMAGES, "expected 2D or 3D input (got 4D input)"),
        ("nn.InstanceNorm2d(3)", Nc, TABLE, "expected 3D or 4D input (got 2D input)"),
        ("nn.InstanceNorm2d(8)", Ncl, TOKENS, "ours are N, C, L"),
        ("nn.InstanceNorm1d(3)", Nc, TABLE, "reads two axes as C, L: 8 channels"),
        ("nn.BatchNorm1d(5)", Nlc, TOKENS, "our tensor has 8 channels"),
        ("nn.LayerNorm(8)", Ncl, TOKENS, "here [L] of lengths [5]"),
        ("nn.LayerNorm([8, 3])", Nc, TABLE, "the batch here: axis 0 is N"),
        ("nn.BatchNorm1d(3)", C, one, "got input size torch.Size([1, 3])"),
        ("nn.InstanceNorm1d(3)", Cl, one, "got input size torch.Size([1, 3, 1])"),
        ("nn.GroupNorm(3, 3)", C, one, "got input size [1, 3]"),
        ("layers.LayerNormalization(axis=3)", Nlc, TOKENS, "axes 0 to 2, or -3 to -1"),
        ("layers.LayerNormalization(axis=2)", Nc, TABLE, "axes 0 to 1, or -2 to -1"),
        ("layers.LayerNormalization(axis=[1, -2])", Nlc, TOKENS, "it is L"),
        ("nn.LayerNorm(x.size(2))", Nc, TABLE, "axes 0 to 1, or -2 to -1"),
        ("tfa.layers.InstanceNormalization()", Nc, TABLE, "no axis is left to take a mean over"),
        ("nn.LayerNorm(H)", Nlc, TOKENS, "H is not known here"),
    ];
    let mut failures = vec![];
    for (text, layout, shape, why) in cases {
        match read(text, around(shape, layout)) {
            Err(slip) if slip.message.contains(why) => {}
            other => failures.push(format!("{text} on {layout:?}: {other:?}")),
        }
    }
    assert_no_failures("refusals on axes as said", &failures);
}

#[test]
fn sentences_speak_of_the_axes_as_said() {
    let says = |text, shape, layout| read(text, around(shape, layout)).unwrap().says;
    let tokens = says("nn.LayerNorm(8)", TOKENS, Layout::Nlc);
    assert_eq!(
        tokens,
        "5 means of 8 values each in each of 2 examples, one per position: not the figure’s layer norm."
    );
    let turned = says("nn.BatchNorm1d(8)", TOKENS, Layout::Nlc);
    assert!(turned.contains("read for x.transpose(1, 2)"), "{turned}");
    let table = says("nn.LayerNorm(3)", TABLE, Layout::Nc);
    assert_eq!(table, "1 mean of 3 values in each of 8 examples: the figure’s layer norm.");
}

/// Tokens and tables are not called images, whatever the norm is.
#[test]
fn the_sentence_calls_nothing_an_image_that_is_none() {
    for (shape, layout) in [(TOKENS, Layout::Nlc), (TABLE, Layout::Nc)] {
        for norm in norms(shape) {
            let scene = Scene { shape, layout, method: Method::Norm(norm), ..Scene::default() }.clamp().scene;
            // Save for the names of norms.
            let words = sentence(&scene).into_iter().filter(|piece| !matches!(piece, Piece::Method { .. }));
            let said: String = words.map(|piece| piece.text().to_owned()).collect();
            assert!(!said.contains("image") && !said.contains("pixel"), "{layout:?} {norm:?}: {said}");
        }
    }
}

fn norms(shape: Shape) -> Vec<Norm> {
    let two = NonZeroU32::new(shape.c).unwrap();
    let sets = [vec![Axis::C], vec![Axis::W], vec![Axis::H, Axis::W], vec![Axis::C, Axis::H, Axis::W]];
    let mut norms = vec![Norm::Batch, Norm::Layer, Norm::Instance, Norm::Group { groups: two }];
    for axes in sets.iter().map(|axes| AxesNorm::over(axes)) {
        norms.extend([Norm::Axes(axes), Norm::Rms(axes)]);
        norms.push(Norm::Axes(AxesNorm { affine: Some(AffineAxes::Channel), ..axes }));
    }
    for kept in [Axis::H, Axis::W] {
        let all: Vec<Axis> = Axis::ALL.into_iter().filter(|axis| *axis != kept).collect();
        norms.push(Norm::Axes(AxesNorm::over(&all)));
    }
    norms
}

/// What the page writes for a norm reads as the same means, whatever the axes are said to be.
#[test]
fn a_written_call_reads_as_the_same_means() {
    let (mut n_read, mut failures) = (0, vec![]);
    for (_, layout) in LAYOUTS {
        let shape = [IMAGES, TOKENS, TABLE].into_iter().find(|shape| layout.fits(*shape));
        let shape = shape.unwrap_or(Shape { n: 1, ..if layout == Layout::C { TABLE } else { TOKENS } });
        let shape = if layout.fits(shape) { shape } else { Shape { c: 1, h: 1, ..shape } };
        for norm in norms(shape) {
            for dialect in [Dialect::Pytorch, Dialect::Keras, Dialect::Keras2, Dialect::Tfa, Dialect::Jax, Dialect::Nnx]
            {
                let mut scene =
                    Scene { shape, layout, method: Method::Norm(norm), dialect, ..Scene::default() }.clamp().scene;
                if !norm.kind().centers() {
                    scene.beta_rule = "no".parse().unwrap();
                }
                assert_eq!(scene.layout, layout, "{shape}");
                let text = write(&scene, dialect);
                if text.starts_with('#') {
                    continue;
                }
                n_read += 1;
                let whole = Scene { mode: blue_cube::scene::Mode::Eval, ..scene.clone() };
                match read(&text, Around::of(&whole)) {
                    Ok(call) => {
                        let tiles = |method: Method| method.tilings(shape).unwrap().first().copied();
                        if tiles(call.method) != tiles(scene.method) {
                            failures.push(format!("{layout:?} {norm:?} {text}: {:?}", call.method));
                        }
                    }
                    // One value per plane, or per channel.
                    Err(slip) if slip.message.contains("Expected more than 1") => {}
                    Err(slip) => failures.push(format!("{layout:?} {norm:?} {text}: {slip} ({})", slip.hint)),
                }
            }
        }
    }
    assert_no_failures("written calls", &failures);
    assert!(n_read > 500, "{n_read} calls were written");
}

/// The choice is in the link; a link without it is as it was, and one that does not fit its shape says so.
#[test]
fn a_link_says_what_the_axes_are() {
    let scene = Scene { shape: TOKENS, layout: Layout::Nlc, ..Scene::default() };
    let link = hash::write(&scene);
    assert_eq!(link, "v=1&shape=2,8,1,5&layout=nlc");
    let read = hash::read(&link);
    assert_eq!((read.scene.layout, read.changes), (Layout::Nlc, vec![]));
    assert_eq!(hash::read("shape=2,8,1,5").scene.layout, Layout::Usual);
    let misfit = hash::read("shape=2,8,4,5&layout=nlc");
    assert_eq!(misfit.scene.layout, Layout::Usual);
    assert_eq!(misfit.changes, ["the axes are N, C, H, W again: a tensor of 2×8×4×5 has others than N, L, C"]);
    let unknown = hash::read("layout=nlx");
    assert_eq!(unknown.changes, ["“layout=nlx” in the link cannot be read and was left out"]);
}
