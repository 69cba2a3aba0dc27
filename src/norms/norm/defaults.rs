//! The numbers of a norm that are used when nobody chooses them.

/// ε of the papers, of PyTorch's layers and of flax's batch norm.
pub const TORCH_EPSILON: f64 = 1e-5;

/// ε of layers in Keras and TensorFlow Addons.
pub const KERAS_EPSILON: f64 = 1e-3;

/// Added to the variance before the root, unless something else is asked for.
pub const DEFAULT_EPSILON: f32 = TORCH_EPSILON as f32;

/// Weight of the new value in batch norm's running statistics: 0.01, which Keras writes as momentum 0.99 and PyTorch
/// as momentum 0.01.
pub const DEFAULT_MOMENTUM: f32 = 0.01;
