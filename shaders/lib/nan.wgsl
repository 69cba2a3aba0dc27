// Whether x is NaN, by its bits: compilers may take comparisons for granted, and `clamp`, `max` and a driver's `tanh`
// need not keep NaN, without which a run that has diverged would not show it.
fn is_nan(x: f32) -> bool {
    return (bitcast<u32>(x) & 0x7fffffffu) > 0x7f800000u;
}
