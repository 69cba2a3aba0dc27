// Two sums of squares over a part of the gradients: `usual` is Σ g² with |g| held at 2⁵⁰, `large` is Σ (g·2⁻⁹⁶)². Where no
// |g| reaches 2⁵⁰ the first is exact; where one does, the second is, and neither exceeds f32.
struct GradientNorm {
    usual: f32,
    large: f32,
}

const MOST_USUAL: f32 = 0x1p50;
const DOWN: f32 = 0x1p-96;
