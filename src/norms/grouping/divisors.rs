//! Divisors of a length: the numbers of equal parts that it can be split into.

use std::num::NonZeroU32;

/// The divisor of `length` that is nearest to `asked` by ratio; of two equally near, the smaller.
pub fn nearest_divisor(asked: NonZeroU32, length: u32) -> NonZeroU32 {
    let asked = f64::from(asked.get());
    let distance = |divisor: &NonZeroU32| (f64::from(divisor.get()) / asked).ln().abs();
    let nearest = divisors(length).min_by(|a, b| distance(a).total_cmp(&distance(b)));
    nearest.expect("1 divides every length")
}

/// The divisors of a length, in increasing order.
pub fn divisors(length: u32) -> impl Iterator<Item = NonZeroU32> {
    let small: Vec<u32> = (1..=length.isqrt()).filter(|divisor| length.is_multiple_of(*divisor)).collect();
    let large: Vec<u32> =
        small.iter().rev().map(|divisor| length / divisor).filter(|divisor| *divisor > length.isqrt()).collect();
    small.into_iter().chain(large).filter_map(NonZeroU32::new)
}
