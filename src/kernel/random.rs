//! The kernels' random numbers: a hash of counters, the twin of `shaders/lib/random.wgsl`.

/// Three independent random words from three counters, the same on CPU and GPU.
///
/// Source: Jarzynski, Olano, Hash Functions for GPU Rendering, JCGT 2020, listing `pcg3d`.
pub fn pcg3d(counters: [u32; 3]) -> [u32; 3] {
    let [mut x, mut y, mut z] = counters.map(|v| v.wrapping_mul(1_664_525).wrapping_add(1_013_904_223));
    let mix = |x: &mut u32, y: &mut u32, z: &mut u32| {
        *x = x.wrapping_add(y.wrapping_mul(*z));
        *y = y.wrapping_add(z.wrapping_mul(*x));
        *z = z.wrapping_add(x.wrapping_mul(*y));
    };
    mix(&mut x, &mut y, &mut z);
    for v in [&mut x, &mut y, &mut z] {
        *v ^= *v >> 16;
    }
    mix(&mut x, &mut y, &mut z);
    [x, y, z]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_hash_spreads_evenly_over_its_range() {
        let kept = (0..100_000).filter(|&i| pcg3d([i, 3, 1])[0] >= u32::MAX / 5).count();
        assert!((kept as f64 / 1e5 - 0.8).abs() < 5e-3, "kept {kept} of 100,000, want about 80,000");
    }
}
