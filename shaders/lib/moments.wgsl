// Count, mean = origin + offset, and sum of squared deviations: a commutative monoid with the zero struct as identity.
struct Moments {
    count: f32,
    origin: f32,
    offset: f32,
    m2: f32,
}

// Source: Chan, Golub, LeVeque 1979, pairwise update. Associative up to rounding.
fn merge(a: Moments, b: Moments) -> Moments {
    if a.count == 0.0 {
        return b;
    }
    if b.count == 0.0 {
        return a;
    }
    let count = a.count + b.count;
    let delta = (b.origin - a.origin) + (b.offset - a.offset);
    let share = b.count / count;
    return Moments(count, a.origin, a.offset + delta * share, a.m2 + b.m2 + delta * delta * a.count * share);
}

// 1/√(variance + ε), with the biased variance.
fn rstd(moments: Moments, epsilon: f32) -> f32 {
    return 1.0 / sqrt(moments.m2 / max(moments.count, 1.0) + epsilon);
}
