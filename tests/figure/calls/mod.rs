//! Calls of norm layers, with what they mean.

use crate::common::assert_no_failures;
use blue_cube::dialect::Dialect::{Jax, Keras, Keras2, Paper, Pytorch, Tfa};
use blue_cube::dialect::{Around, Dialect, read};
use blue_cube::scene::Scene;
use blue_cube::shape::Shape;

/// The output of the tutorial's convolution for four images.
pub(crate) const TUTORIAL: Shape = Shape { n: 4, c: 10, h: 26, w: 26 };

/// A call, its framework, the norm's JSON, the number of means and of values per mean, and the shape of γ and β.
pub(crate) type Case = (&'static str, Dialect, &'static str, [u32; 2], &'static [u32]);

pub(crate) const BATCH: &str = r#"{"kind":"batch"}"#;
pub(crate) const LAYER: &str = r#"{"kind":"layer"}"#;
pub(crate) const INSTANCE: &str = r#"{"kind":"instance"}"#;
pub(crate) const GROUP_5: &str = r#"{"kind":"group","groups":5}"#;
pub(crate) const GROUP_2: &str = r#"{"kind":"group","groups":2}"#;
pub(crate) const PIXEL: &str = r#"{"kind":"axes","axes":["c"],"groups":1}"#;
pub(crate) const COLUMN: &str = r#"{"kind":"axes","axes":["h"],"groups":1}"#;
pub(crate) const ROW: &str = r#"{"kind":"axes","axes":["w"],"groups":1}"#;
pub(crate) const IMAGE: &str = r#"{"kind":"axes","axes":["c","h","w"],"groups":1}"#;
pub(crate) const PLANE: &str = r#"{"kind":"axes","axes":["h","w"],"groups":1}"#;
pub(crate) const SYNC: &str = r#"{"kind":"sync-batch","devices":2}"#;
pub(crate) const NO_RUNNING: &str = r#"{"kind":"axes","axes":["n","h","w"],"groups":1}"#;
pub(crate) const BATCH_ROWS: &str = r#"{"kind":"axes","axes":["n","c","w"],"groups":1}"#;
pub(crate) const RMS_IMAGE: &str = r#"{"kind":"rms","axes":["c","h","w"],"groups":1}"#;
pub(crate) const RMS_PIXEL: &str = r#"{"kind":"rms","axes":["c"],"groups":1}"#;
pub(crate) const LAYER_2D: &str = r#"{"kind":"layer2d"}"#;
pub(crate) const NONE: &str = r#"{"kind":"none"}"#;

pub(crate) const CASES: [Case; 70] = [
    // The tutorial (source A) and its older translation (source C).
    ("tfa.layers.GroupNormalization(groups=5, axis=3)", Tfa, GROUP_5, [20, 1352], &[10]),
    ("tf.keras.layers.LayerNormalization(axis=3 , center=True , scale=True)", Keras, PIXEL, [2704, 10], &[10]),
    ("tf.keras.layers.LayerNormalization(axis=1 , center=True , scale=True)", Keras, COLUMN, [1040, 26], &[26]),
    (
        "tfa.layers.InstanceNormalization(axis=3, center=True, scale=True, beta_initializer=\"random_uniform\", \
         gamma_initializer=\"random_uniform\")",
        Tfa,
        INSTANCE,
        [40, 676],
        &[10],
    ),
    ("LayerNormalization(axis=3)", Keras, PIXEL, [2704, 10], &[10]),
    ("LayerNormalization()", Keras, PIXEL, [2704, 10], &[10]),
    ("LayerNormalization(axis=-1)", Keras, PIXEL, [2704, 10], &[10]),
    ("LayerNormalization(axis=2)", Keras, ROW, [1040, 26], &[26]),
    ("LayerNormalization(axis=-3)", Keras, COLUMN, [1040, 26], &[26]),
    ("layers.LayerNormalization(axis=[1,2,3])", Keras, IMAGE, [4, 6760], &[26, 26, 10]),
    ("layers.LayerNormalization(axis=(-1, -2, -3,),)", Keras, IMAGE, [4, 6760], &[26, 26, 10]),
    ("layers.LayerNormalization([1, 2])", Keras, PLANE, [40, 676], &[26, 26]),
    ("layers.LayerNormalization([1, 2, 3], center=False, scale=False)", Keras, LAYER, [4, 6760], &[]),
    ("LayerNormalization(rms_scaling=True)", Keras, PIXEL, [2704, 10], &[10]),
    ("layers.RMSNormalization()", Keras, RMS_PIXEL, [2704, 10], &[10]),
    ("keras.layers.BatchNormalization(axis=-1)", Keras, BATCH, [10, 2704], &[10]),
    ("BatchNormalization()", Keras, BATCH, [10, 2704], &[10]),
    ("BatchNormalization(axis=1)", Keras, BATCH_ROWS, [26, 1040], &[26]),
    ("BatchNormalization(axis=[3], momentum=0.9)(x)", Keras2, BATCH, [10, 2704], &[10]),
    ("BatchNormalization(synchronized=True)", Keras, SYNC, [10, 2704], &[10]),
    ("tf.keras.layers.experimental.SyncBatchNormalization()", Keras2, SYNC, [10, 2704], &[10]),
    ("GroupNormalization(groups=5)", Keras, GROUP_5, [20, 1352], &[10]),
    ("GroupNormalization(5, -1, 1e-5)", Keras, GROUP_5, [20, 1352], &[10]),
    ("GroupNormalization(groups=-1)", Keras, r#"{"kind":"group","groups":10}"#, [40, 676], &[10]),
    ("GroupNormalization(groups=1, axis=1)", Keras, LAYER, [4, 6760], &[26]),
    ("tfa.layers.GroupNormalization(groups=2)", Tfa, GROUP_2, [8, 3380], &[10]),
    ("InstanceNormalization()", Tfa, INSTANCE, [40, 676], &[10]),
    (
        "tfa.layers.InstanceNormalization(axis=1)",
        Tfa,
        r#"{"kind":"axes","axes":["c","w"],"groups":1,"affine":"channel"}"#,
        [104, 260],
        &[26],
    ),
    ("layers.Identity()", Keras, NONE, [0, 0], &[]),
    ("nn.GroupNorm(5, 10)", Pytorch, GROUP_5, [20, 1352], &[10]),
    ("nn.GroupNorm(num_channels=10, num_groups=2)", Pytorch, GROUP_2, [8, 3380], &[10]),
    ("torch.nn.GroupNorm(2, 10, eps=1e-3, affine=False)", Pytorch, GROUP_2, [8, 3380], &[]),
    ("self.norm = nn.GroupNorm(2, C)", Pytorch, GROUP_2, [8, 3380], &[10]),
    ("F.group_norm(x, 5)", Pytorch, GROUP_5, [20, 1352], &[]),
    ("torch.nn.functional.group_norm(x, num_groups=5, weight=w, bias=b)", Pytorch, GROUP_5, [20, 1352], &[10]),
    ("nn.BatchNorm2d(10)", Pytorch, BATCH, [10, 2704], &[10]),
    ("nn.BatchNorm2d(10, momentum=0.01)", Pytorch, BATCH, [10, 2704], &[10]),
    ("nn.BatchNorm2d(10, track_running_stats=False)", Pytorch, NO_RUNNING, [10, 2704], &[10]),
    ("F.batch_norm(x, None, None, training=True)", Pytorch, BATCH, [10, 2704], &[]),
    ("LayerNorm2d(10)", Pytorch, LAYER_2D, [2704, 10], &[10]),
    ("nn.SyncBatchNorm(10)", Pytorch, SYNC, [10, 2704], &[10]),
    ("nn.LayerNorm([10, 26, 26])", Pytorch, IMAGE, [4, 6760], &[10, 26, 26]),
    ("nn.LayerNorm((C, H, W))", Pytorch, IMAGE, [4, 6760], &[10, 26, 26]),
    ("nn.LayerNorm([10, 26, 26], elementwise_affine=False)", Pytorch, LAYER, [4, 6760], &[]),
    ("nn.LayerNorm(26)", Pytorch, ROW, [1040, 26], &[26]),
    ("nn.LayerNorm([26, 26])", Pytorch, PLANE, [40, 676], &[26, 26]),
    ("F.layer_norm(x, [10, 26, 26])", Pytorch, LAYER, [4, 6760], &[]),
    ("nn.InstanceNorm2d(10)", Pytorch, INSTANCE, [40, 676], &[]),
    ("nn.InstanceNorm2d(10, affine=True)", Pytorch, INSTANCE, [40, 676], &[10]),
    ("F.instance_norm(x)", Pytorch, INSTANCE, [40, 676], &[]),
    ("nn.RMSNorm([10,26,26])", Pytorch, RMS_IMAGE, [4, 6760], &[10, 26, 26]),
    ("nn.Identity()", Pytorch, NONE, [0, 0], &[]),
    ("flax nn.LayerNorm(reduction_axes=(-1,-2,-3))", Jax, LAYER, [4, 6760], &[10]),
    ("nn.LayerNorm()", Jax, PIXEL, [2704, 10], &[10]),
    ("nn.LayerNorm(reduction_axes=(1, 2, 3), feature_axes=(1, 2, 3))", Jax, IMAGE, [4, 6760], &[26, 26, 10]),
    ("nn.GroupNorm(num_groups=5)", Jax, GROUP_5, [20, 1352], &[10]),
    ("nn.GroupNorm(num_groups=None, group_size=5)", Jax, GROUP_2, [8, 3380], &[10]),
    ("nn.BatchNorm(use_running_average=False)", Jax, BATCH, [10, 2704], &[10]),
    ("nn.BatchNorm(axis_name='devices', dtype=jnp.float32)", Jax, SYNC, [10, 2704], &[10]),
    ("nn.InstanceNorm(use_scale=False)", Jax, INSTANCE, [40, 676], &[10]),
    ("linen.RMSNorm()", Jax, RMS_PIXEL, [2704, 10], &[10]),
    ("group norm, G = 5", Paper, GROUP_5, [20, 1352], &[10]),
    ("GroupNorm(x, gamma, beta, G=5)", Paper, GROUP_5, [20, 1352], &[10]),
    ("GN(2)", Paper, GROUP_2, [8, 3380], &[10]),
    ("Group Normalization with 5 groups", Paper, GROUP_5, [20, 1352], &[10]),
    ("BN", Paper, BATCH, [10, 2704], &[10]),
    ("layer norm", Paper, LAYER, [4, 6760], &[10]),
    ("norm over C", Paper, PIXEL, [2704, 10], &[10]),
    ("ghost batch norm, 2 images", Paper, r#"{"kind":"ghost-batch","size":2}"#, [20, 1352], &[10]),
    ("no norm # none at all", Paper, NONE, [0, 0], &[]),
];

/// Checks that each text is refused, with what the message points to and some words of it.
pub(crate) fn assert_refused(what: &str, cases: &[(&str, &str, &str)]) {
    let mut failures = vec![];
    for &(text, from, words) in cases {
        match read(text, Around::of(&Scene::default())) {
            Ok(call) => failures.push(format!("{text} is {:?}", call.method)),
            Err(slip) => {
                let told = format!("{} / {}", slip.message, slip.hint);
                if !text[slip.at..].starts_with(from) || !told.contains(words) {
                    failures.push(format!("{text}: at {:?}: {told}", &text[slip.at..]));
                }
            }
        }
    }
    assert_no_failures(what, &failures);
}
