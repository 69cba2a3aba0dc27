// Gradients whose squares are finite. What is NaN stays NaN, which `clamp` need not do, so that a run that has diverged
// shows it.
fn held(gradients: vec4<f32>) -> vec4<f32> {
    let is_nan = (bitcast<vec4<u32>>(gradients) & vec4<u32>(0x7fffffffu)) > vec4<u32>(0x7f800000u);
    return select(clamp(gradients, vec4<f32>(-0x1p63), vec4<f32>(0x1p63)), gradients, is_nan);
}
