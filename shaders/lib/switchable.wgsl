// What the kernels of switchable norm's backward pass share. Needs blend.wgsl.
// x·(x − origin) + one: what the mean and variance of one image or channel contribute to dx, for its values.
struct SetPullback {
    origin: f32,
    x: f32,
    one: f32,
}

// (dM, dV) of a plane: −γ·R·Σ dy and −½·γ·R³·Σ dy·(x − M).
fn statistics_gradient(blended: Moments, sums: PlaneSums, gamma: f32, epsilon: f32) -> vec2<f32> {
    let rstd = rstd(blended, epsilon);
    return -gamma * rstd * vec2<f32>(sums.dy, 0.5 * rstd * rstd * about(sums, blended.offset));
}

// The pullback of moments with weights w and w′, given Σ (dM, dV) over their planes.
fn set_pullback(weights: vec2<f32>, moments: Moments, own: bool, total: vec2<f32>) -> SetPullback {
    if !own {
        return SetPullback(0.0, 0.0, 0.0);
    }
    let x = 2.0 * weights.y * total.y / moments.count;
    let one = unless_single(weights.x, moments, own) * total.x / moments.count;
    return SetPullback(moments.origin, x, one - x * moments.offset);
}
