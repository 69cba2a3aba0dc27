// A norm over boxes of values: the boxes that share a mean, and the boxes that share γ and β.
struct AxesParams {
    tiling: Tiling,
    affine_spans: vec4<u32>,
    epsilon: f32,
    centers: u32,
}

fn affine_tiling(params: AxesParams) -> Tiling {
    return Tiling(params.tiling.shape, params.affine_spans);
}

// Σ g and Σ g·x̂ of a box, with g = γ·dy
struct AxisSums {
    g: f32,
    g_xhat: f32,
}

// x̂
fn normalized(x: f32, group: Moments, epsilon: f32) -> f32 {
    return rstd(group, epsilon) * ((x - group.origin) - group.offset);
}
