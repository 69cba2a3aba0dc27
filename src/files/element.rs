//! The types of the values in files, and how each becomes f32.

use std::fmt;

/// The type of the values in a file. All become f32.
///
/// Exact are all floats of at most 32 bits, booleans (0 and 1) and integers of at most 24 bits; others are rounded to
/// the nearest, and an [`Array`](super::Array) counts how many changed.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[expect(missing_docs, reason = "booleans, signed or unsigned integers, or floats, of that many bits")]
pub enum ElementType {
    Bool,
    U8,
    I8,
    U16,
    I16,
    U32,
    I32,
    U64,
    I64,
    /// 8 bits with 4 of exponent, no infinity (OCP MX).
    F8E4m3,
    /// 8 bits with 5 of exponent (OCP MX).
    F8E5m2,
    /// 8 bits with 4 of exponent, no infinity, one zero.
    F8E4m3fnuz,
    /// 8 bits with 5 of exponent, no infinity, one zero.
    F8E5m2fnuz,
    /// A power of two (OCP MX).
    F8E8m0,
    F16,
    /// The upper half of an f32.
    Bf16,
    F32,
    F64,
}

/// Which byte of a value comes first.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum ByteOrder {
    Little,
    Big,
}

/// Values as f32.
#[derive(Default)]
pub(super) struct Decoded {
    pub(super) values: Vec<f32>,
    /// How many are not the value in the file.
    pub(super) n_rounded: usize,
    /// How many of those are infinite, while the value in the file is not.
    pub(super) n_overflowed: usize,
}

impl ElementType {
    /// Its name, as in the package's types.
    pub fn name(self) -> &'static str {
        self.row().0
    }

    /// Bytes per value in a file.
    pub fn n_bytes(self) -> usize {
        self.row().1
    }

    fn row(self) -> (&'static str, usize) {
        match self {
            Self::Bool => ("bool", 1),
            Self::U8 => ("u8", 1),
            Self::I8 => ("i8", 1),
            Self::U16 => ("u16", 2),
            Self::I16 => ("i16", 2),
            Self::U32 => ("u32", 4),
            Self::I32 => ("i32", 4),
            Self::U64 => ("u64", 8),
            Self::I64 => ("i64", 8),
            Self::F8E4m3 => ("f8e4m3", 1),
            Self::F8E5m2 => ("f8e5m2", 1),
            Self::F8E4m3fnuz => ("f8e4m3fnuz", 1),
            Self::F8E5m2fnuz => ("f8e5m2fnuz", 1),
            Self::F8E8m0 => ("f8e8m0", 1),
            Self::F16 => ("f16", 2),
            Self::Bf16 => ("bf16", 2),
            Self::F32 => ("f32", 4),
            Self::F64 => ("f64", 8),
        }
    }

    /// Decodes the values in `bytes`, a whole number of them, whose bytes are in `order`.
    pub(super) fn decode(self, bytes: &[u8], order: ByteOrder) -> Decoded {
        let exactly = |of: fn(u64) -> f32| convert(bytes, self.n_bytes(), order, |bits| (of(bits), true));
        // The large arrays that people have, such as images, in a quarter of the time.
        let at_once = |values: Vec<f32>| Decoded { values, ..Decoded::default() };
        match self {
            Self::U8 => at_once(bytes.iter().map(|&byte| f32::from(byte)).collect()),
            Self::F32 if order == ByteOrder::Little => {
                at_once(bytes.as_chunks().0.iter().map(|&value| f32::from_le_bytes(value)).collect())
            }
            Self::Bool => exactly(|bits| f32::from(u8::from(bits != 0))),
            Self::U16 => exactly(|bits| bits as f32),
            Self::I8 => exactly(|bits| f32::from(bits as i8)),
            Self::I16 => exactly(|bits| f32::from(bits as i16)),
            Self::U32 | Self::U64 => convert(bytes, self.n_bytes(), order, |bits| integer(bits.into())),
            Self::I32 => convert(bytes, self.n_bytes(), order, |bits| integer((bits as i32).into())),
            Self::I64 => convert(bytes, self.n_bytes(), order, |bits| integer((bits as i64).into())),
            Self::F8E4m3 => exactly(|bits| if bits & 0x7f == 0x7f { f32::NAN } else { small_float(bits, 8, 3, 7) }),
            Self::F8E5m2 => exactly(|bits| half(bits << 8)),
            Self::F8E4m3fnuz => exactly(|bits| if bits == 0x80 { f32::NAN } else { small_float(bits, 8, 3, 8) }),
            Self::F8E5m2fnuz => exactly(|bits| if bits == 0x80 { f32::NAN } else { small_float(bits, 8, 2, 16) }),
            Self::F8E8m0 => exactly(|bits| if bits == 0xff { f32::NAN } else { power_of_two(bits as i32 - 127) }),
            Self::F16 => exactly(half),
            Self::Bf16 => exactly(|bits| f32::from_bits((bits as u32) << 16)),
            Self::F32 => exactly(|bits| f32::from_bits(bits as u32)),
            Self::F64 => convert(bytes, self.n_bytes(), order, |bits| {
                let value = f64::from_bits(bits);
                let rounded = value as f32;
                (rounded, value.is_nan() || f64::from(rounded) == value)
            }),
        }
    }
}

impl fmt::Display for ElementType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// Converts values of `n_bytes` bytes; `of` takes their bits and returns the value, and whether it is exact.
fn convert(bytes: &[u8], n_bytes: usize, order: ByteOrder, of: impl Fn(u64) -> (f32, bool)) -> Decoded {
    let mut decoded = Decoded { values: Vec::with_capacity(bytes.len() / n_bytes), ..Decoded::default() };
    for value in bytes.chunks_exact(n_bytes) {
        let add = |bits: u64, &byte: &u8| bits << 8 | u64::from(byte);
        let bits = match order {
            ByteOrder::Little => value.iter().rev().fold(0, add),
            ByteOrder::Big => value.iter().fold(0, add),
        };
        let (value, is_exact) = of(bits);
        decoded.n_rounded += usize::from(!is_exact);
        decoded.n_overflowed += usize::from(!is_exact && value.is_infinite());
        decoded.values.push(value);
    }
    decoded
}

fn integer(value: i128) -> (f32, bool) {
    let rounded = value as f32;
    (rounded, rounded as i128 == value)
}

/// A float of 16 bits as in IEEE 754: 5 of exponent, whose greatest marks infinity and NaN.
fn half(bits: u64) -> f32 {
    match (bits >> 10 & 0x1f, bits & 0x3ff) {
        (0x1f, 0) => f32::INFINITY.copysign(small_float(bits & 0x8000 | 0x3c00, 16, 10, 15)),
        (0x1f, _) => f32::NAN,
        _ => small_float(bits, 16, 10, 15),
    }
}

/// A finite float of `n_bits` bits: the sign, the exponent plus `bias`, and `n_fraction` bits of fraction. An exponent of 0 marks
/// values below the least power of two. Exact.
fn small_float(bits: u64, n_bits: u32, n_fraction: u32, bias: i32) -> f32 {
    let magnitude = bits & ((1 << (n_bits - 1)) - 1);
    let (exponent, fraction) = ((magnitude >> n_fraction) as i32, magnitude & ((1 << n_fraction) - 1));
    let significand = if exponent == 0 { fraction } else { fraction | 1 << n_fraction };
    let value = significand as f32 * power_of_two(exponent.max(1) - bias - n_fraction as i32);
    if bits >> (n_bits - 1) & 1 == 1 { -value } else { value }
}

/// 2 to a power from −149 to 127. Exact.
fn power_of_two(power: i32) -> f32 {
    f32::from_bits(if power < -126 { 1 << (power + 149) } else { ((power + 127) as u32) << 23 })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn decode(dtype: ElementType, bytes: &[u8]) -> Vec<f32> {
        dtype.decode(bytes, ByteOrder::Little).values
    }

    /// Every f16, by its definition in f64.
    #[test]
    fn halves_are_exact() {
        for bits in 0..=u16::MAX {
            let (exponent, fraction) = (i32::from(bits >> 10 & 31), f64::from(bits & 1023));
            let sign = if bits >> 15 == 1 { -1.0 } else { 1.0 };
            let want = match exponent {
                0 => fraction / 1024.0 * 2_f64.powi(-14),
                31 if fraction == 0.0 => f64::INFINITY,
                31 => f64::NAN,
                _ => (1.0 + fraction / 1024.0) * 2_f64.powi(exponent - 15),
            };
            let got = decode(ElementType::F16, &bits.to_le_bytes())[0];
            let is_same = if want.is_nan() { got.is_nan() } else { f64::from(got) == sign * want };
            assert!(is_same, "{bits:#06x}: {got}, not {want}");
            assert!(got.is_nan() || got.is_sign_negative() == (sign < 0.0), "{bits:#06x}");
        }
    }

    /// Values from the tables of the formats: ml_dtypes 0.6 agrees.
    #[test]
    fn eighths_are_exact() {
        use ElementType::*;
        let cases: [(ElementType, &[(u8, f32)]); 5] = [
            (F8E4m3, &[(0x38, 1.0), (0x7e, 448.0), (0xfe, -448.0), (0x01, 0.001_953_125), (0x08, 0.015_625)]),
            (F8E5m2, &[(0x3c, 1.0), (0x7b, 57_344.0), (0x01, 1.525_878_9e-5), (0xfc, f32::NEG_INFINITY)]),
            (F8E4m3fnuz, &[(0x40, 1.0), (0x7f, 240.0), (0xff, -240.0), (0x01, 0.000_976_562_5)]),
            (F8E5m2fnuz, &[(0x40, 1.0), (0x7f, 57_344.0), (0x01, 7.629_394_5e-6)]),
            (F8E8m0, &[(127, 1.0), (0, 5.877_472e-39), (254, 1.701_411_8e38), (126, 0.5)]),
        ];
        for (dtype, values) in cases {
            for &(byte, want) in values {
                assert_eq!(decode(dtype, &[byte]), [want], "{dtype} {byte:#04x}");
            }
        }
        for (dtype, byte) in [(F8E4m3, 0x7f), (F8E4m3, 0xff), (F8E5m2, 0x7d), (F8E4m3fnuz, 0x80), (F8E8m0, 0xff)] {
            assert!(decode(dtype, &[byte])[0].is_nan(), "{dtype} {byte:#04x}");
        }
        assert_eq!(decode(Bf16, &[0x80, 0x3f, 0x49, 0xc0]), [1.0, -3.140_625]);
    }

    #[test]
    fn what_f32_cannot_hold_is_counted() {
        let counts = |dtype: ElementType, bytes: Vec<u8>| {
            let decoded = dtype.decode(&bytes, ByteOrder::Little);
            (decoded.n_rounded, decoded.n_overflowed)
        };
        let longs = [1 << 24, (1 << 24) + 1, (1 << 24) + 2, i64::MAX, i64::MIN].map(i64::to_le_bytes).concat();
        assert_eq!(counts(ElementType::I64, longs), (2, 0));
        assert_eq!(counts(ElementType::U64, [u64::MAX, 1 << 63].map(u64::to_le_bytes).concat()), (1, 0));
        assert_eq!(counts(ElementType::U32, [u32::MAX, 5].map(u32::to_le_bytes).concat()), (1, 0));
        assert_eq!(counts(ElementType::I32, [i32::MIN, i32::MAX].map(i32::to_le_bytes).concat()), (1, 0));
        let doubles = [0.5, 0.1, 1e300, f64::NAN, f64::INFINITY, -0.0].map(f64::to_le_bytes).concat();
        assert_eq!(counts(ElementType::F64, doubles), (2, 1));
    }
}
