// Count, mean and sum of squared deviations: a commutative monoid with the zero struct as identity.
struct Moments {
    count: f32,
    mean: f32,
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
    let delta = b.mean - a.mean;
    let share = b.count / count;
    return Moments(count, a.mean + delta * share, a.m2 + b.m2 + delta * delta * a.count * share);
}

// 1/√(variance + ε), with the biased variance.
fn rstd(moments: Moments, epsilon: f32) -> f32 {
    return 1.0 / sqrt(moments.m2 / max(moments.count, 1.0) + epsilon);
}
