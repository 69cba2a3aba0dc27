//! Calls as the frameworks take them: each was tried in PyTorch 2.15, Keras 3.15.1, Keras 2.15, TensorFlow Addons 0.23 or flax
//! 0.12.8, on 4×6×4×4 (N×H×W×C where the channels are last).

use crate::calls::{BATCH, GROUP_2, IMAGE, INSTANCE, NONE, assert_refused};
use crate::common::assert_no_failures;
use blue_cube::dialect::Dialect::{Jax, Keras, Keras2, Nnx, Paper, Pytorch};
use blue_cube::dialect::{Around, Dialect, read};
use blue_cube::scene::{Method, Mode, Scene};

const ROWS: &str = r#"{"kind":"axes","axes":["n","w"],"groups":1}"#;

/// The call, its framework, the norm, the shapes of γ and β together, and whether it has γ and β.
type Case = (&'static str, Dialect, &'static str, &'static [u32], [bool; 2]);

/// What the frameworks accept is read as they read it.
#[test]
fn what_a_framework_takes_is_read() {
    let cases: [Case; 33] = [
        ("nn.InstanceNorm2d(6, affine=True, bias=False)", Pytorch, INSTANCE, &[6], [true, false]),
        ("nn.LazyBatchNorm2d(eps=1e-3, momentum=0.2)", Pytorch, BATCH, &[6], [true, true]),
        // Its default is affine, unlike InstanceNorm2d's.
        ("nn.LazyInstanceNorm2d()", Pytorch, INSTANCE, &[6], [true, true]),
        ("nn.Identity(54, unused_argument=0.1)", Pytorch, NONE, &[], [false, false]),
        ("nn.LayerNorm(torch.Size([6, 4, 4]))", Pytorch, IMAGE, &[6, 4, 4], [true, true]),
        // None is false in Python.
        ("nn.BatchNorm2d(6, affine=None)", Pytorch, BATCH, &[], [false, false]),
        ("layers.BatchNormalization(center=None)", Keras, BATCH, &[6], [true, false]),
        ("flax.linen.BatchNorm(use_scale=None)", Jax, BATCH, &[6], [false, true]),
        ("nn.InstanceNorm2d(6, momentum=None)", Pytorch, INSTANCE, &[], [false, false]),
        // PyTorch only warns: nothing has that many.
        ("nn.InstanceNorm2d(5)", Pytorch, INSTANCE, &[], [false, false]),
        ("nn.GroupNorm(min(32, C // 3), C)", Pytorch, GROUP_2, &[6], [true, true]),
        ("nn.GroupNorm(max(1, C // 4, 2), C)", Pytorch, GROUP_2, &[6], [true, true]),
        ("torch.nn.modules.batchnorm.BatchNorm2d(6)", Pytorch, BATCH, &[6], [true, true]),
        ("torch.group_norm(x, 2)", Pytorch, GROUP_2, &[], [false, false]),
        // Keras 3 keeps one axis, Keras 2 a list of them.
        ("layers.BatchNormalization(axis=[3])", Keras2, BATCH, &[6], [true, true]),
        ("layers.BatchNormalization(axis=[1, 3])", Keras2, ROWS, &[4, 6], [true, true]),
        ("layers.BatchNormalization(gamma_regularizer=regularizers.l1_l2(0.1, 0.2))", Keras, BATCH, &[6], [true, true]),
        ("tf_keras.layers.BatchNormalization(gamma_regularizer=\"l1_l2\")", Keras2, BATCH, &[6], [true, true]),
        (
            "layers.BatchNormalization(gamma_initializer=tf.random_normal_initializer(1., 0.02))",
            Keras,
            BATCH,
            &[6],
            [true, true],
        ),
        // A name changes no value, however it is put together.
        ("x = BatchNormalization(axis=3, name=base + '_bn%d' % i)(x)", Keras, BATCH, &[6], [true, true]),
        ("x = BatchNormalization(name=f\"bn_{i}\")(x)", Keras, BATCH, &[6], [true, true]),
        ("x = BatchNormalization(name=\"bn_{}\".format(i) if named else None)(x)", Keras, BATCH, &[6], [true, true]),
        ("nn.BatchNorm2d(6, dtype=dtype or torch.float32)", Pytorch, BATCH, &[6], [true, true]),
        ("nn.GroupNorm(num_groups=2, reduction_axes=(1, 2, 3))", Jax, GROUP_2, &[6], [true, true]),
        ("nnx.GroupNorm(6, 2, rngs=nnx.Rngs(params=0))", Nnx, GROUP_2, &[6], [true, true]),
        // Copied with a prompt, a sign, a printed model's name, a dictionary's key.
        (">>> m = nn.BatchNorm2d(6)", Pytorch, BATCH, &[6], [true, true]),
        ("In [3]: nn.BatchNorm2d(6)", Pytorch, BATCH, &[6], [true, true]),
        ("+        self.bn = nn.BatchNorm2d(6)", Pytorch, BATCH, &[6], [true, true]),
        (
            "(bn1): BatchNorm2d(6, eps=1e-05, momentum=0.1, affine=True, track_running_stats=True)",
            Pytorch,
            BATCH,
            &[6],
            [true, true],
        ),
        ("(0): GroupNorm(2, 6, eps=1e-05, affine=True)", Pytorch, GROUP_2, &[6], [true, true]),
        ("\"norm\": nn.BatchNorm2d(6),", Pytorch, BATCH, &[6], [true, true]),
        ("batch normalisation", Paper, BATCH, &[6], [true, true]),
        ("F.group_norm(x, 2, weight=self.weight[:6], bias=None)", Pytorch, GROUP_2, &[6], [true, false]),
    ];
    let mut failures = vec![];
    for (text, dialect, norm, affine, gains) in cases {
        match read(text, Around::of(&Scene::default())) {
            Err(slip) => failures.push(format!("{text}: at {}: {slip} ({})", slip.at, slip.hint)),
            Ok(call) => {
                let json = match call.method {
                    Method::Norm(norm) => serde_json::to_string(&norm).unwrap(),
                    Method::Own(_) => "own".into(),
                };
                let has = [call.patch.gamma_rule, call.patch.beta_rule].map(|rule| rule.is_present());
                let got = (call.dialect, json.as_str(), call.affine_shape.as_slice(), has);
                if got != (dialect, norm, affine, gains) {
                    failures.push(format!("{text}: {got:?}"));
                }
            }
        }
    }
    assert_no_failures("calls that a framework takes", &failures);
}

/// What the frameworks refuse is refused, and the words say where.
#[test]
fn what_a_framework_refuses_is_refused() {
    let cases = [
        ("nn.BatchNorm2d(6, eps=None)", "None", "eps must be a number, not None"),
        ("layers.BatchNormalization(epsilon=None)", "None", "epsilon must be a number, not None"),
        ("layers.BatchNormalization(momentum=None)", "None", "momentum must be a number, not None"),
        ("layers.LayerNormalization(axis=None)", "None", "axis must be a whole number or a list of them, not None"),
        ("F.batch_norm(x, rm, rv, momentum=None)", "None", "momentum must be a number, not None"),
        ("layers.BatchNormalization(gamma_initializer=None)", "None", "glorot_uniform"),
        ("nn.BatchNorm(scale_init=None)", "None", "scale_init=None"),
        ("layers.BatchNormalization(trainable=None)", "Batch", "trainable must be True or False"),
        ("F.layer_norm(x, 4)", "4)", "normalized_shape must be tuple of ints, not int"),
        ("F.rms_norm(x, 4)", "4)", "normalized_shape must be tuple of ints, not int"),
        ("F.batch_norm(x, rm, None)", "batch_norm", "running_var must be defined in evaluation mode"),
        ("torch.batch_norm(x, w, b, rm, rv, True, 0.1, 1e-5, True)", "batch_norm", "in another order"),
        ("keras.layers.BatchNormalization(gamma_regularizer=\"l1_l2\")", "\"l1_l2", "perhaps L1L2"),
        ("layers.BatchNormalization(gamma_initializer=\"ONES\")", "\"ONES", "perhaps ones"),
        ("keras.layers.BatchNormalization(beta_constraint=\"nonneg\")", "\"nonneg", "perhaps non_neg"),
        ("nn.BatchNorm(scale_init=\"ones\")", "\"ones", "write nn.initializers.ones"),
        ("nn.BatchNorm(scale_init=nn.initializers.normal)", "nn.init", "write normal()"),
        ("nn.BatchNorm(bias_init=nn.initializers.zeros())", "nn.init", "without parentheses"),
        ("nn.BatchNorm()(x)", "BatchNorm", "use_running_average must be given"),
        ("nn.BatchNorm(True)(x, use_running_average=False)", "BatchNorm", "to the layer and where it is applied"),
        ("nnx.BatchNorm(6, rngs=None)", "None", "not None"),
        ("nn.InstanceNorm2d(5, affine=True)", "5", "num_features is 5, but our tensor has 6 channels"),
        ("nn.InstanceNorm2d(5, track_running_stats=True)", "5", "num_features is 5"),
        ("norm over C, C", "over", "C is named twice"),
        ("RMS norm", "", "RMS norm names its axes"),
        ("tf.nn.batch_normalization(x, mean, var, b, g, 1e-3)", "nn.", "tf.nn has no norm layer that is known here"),
        // What is not worked out is named where it stands.
        ("y = F.relu(nn.BatchNorm2d(6)(x))", "relu", "called relu"),
        ("nn.GroupNorm(2 if small else 3, 6)", "if", "an expression with if is not worked out here"),
        ("nn.BatchNorm2d(6, affine=bias is None)", "is", "an expression with is"),
        ("nn.GroupNorm(2, width[0])", "width", "width is not known here"),
        ("layers.BatchNormalization(gamma_initializer=lambda shape, dtype=None: 1)", "lambda", "with lambda"),
        ("layers.BatchNormalization(gamma_initializer={\"class_name\": \"Ones\"})", "{", "this expression"),
    ];
    assert_refused("calls that a framework refuses", &cases);
}

#[test]
fn train_takes_a_mode() {
    let mode = |text| read(text, Around::of(&Scene::default())).unwrap().mode;
    assert_eq!(mode("nn.BatchNorm2d(6).train(False)"), Some(Mode::Eval));
    assert_eq!(mode("nn.BatchNorm2d(6).train(mode=False)"), Some(Mode::Eval));
    assert_eq!(mode("nn.BatchNorm2d(6).eval().train()"), Some(Mode::Train));
    assert_eq!(mode("nn.BatchNorm2d(6).train(self.training)"), None);
}
