// What batch-instance and switchable norm share. Needs moments.wgsl and planes.wgsl.
struct Blend {
    n: u32,
    c: u32,
    epsilon: f32,
    own_batch: u32,
}

// The mean less an origin near it.
fn mean_from(moments: Moments, origin: f32) -> f32 {
    return (moments.origin - origin) + moments.offset;
}

fn variance(moments: Moments) -> f32 {
    return moments.m2 / max(moments.count, 1.0);
}

// The weight, or 0 for the moments of a single value of x, which less its own mean is 0 whatever it is.
fn unless_single(weight: f32, moments: Moments, own: bool) -> f32 {
    return select(weight, 0.0, own && moments.count == 1.0);
}

// Σ dy·(x − mean), from the sum about the origin, where the mean is `offset` from it.
fn about(sums: PlaneSums, offset: f32) -> f32 {
    return sums.dy_x - offset * sums.dy;
}

fn softmax(logits: vec3<f32>) -> vec3<f32> {
    let powers = exp(logits - max(max(logits.x, logits.y), logits.z));
    return powers / (powers.x + powers.y + powers.z);
}
