//! Moments are a commutative monoid, exact where f32 is, and correct where E[x²] − E[x]² is not.

use crate::common::{Data, F32_ROUNDOFF, assert_close, assert_no_failures, check_close};
use blue_cube::moments::Moments;
use proptest::prelude::*;

/// Count, mean and Σ (x − mean)² in f64, in two passes.
fn reference(values: &[f32]) -> [f64; 3] {
    let count = values.len() as f64;
    let mean = values.iter().map(|&x| f64::from(x)).sum::<f64>() / count.max(1.0);
    [count, mean, values.iter().map(|&x| (f64::from(x) - mean).powi(2)).sum()]
}

fn parts(moments: Moments) -> [f32; 3] {
    [moments.count, moments.mean(), moments.m2]
}

/// Two orders of merging may differ by the rounding of a few operations on numbers no greater than `scale`.
///
/// A merge rounds the mean 4 times and m2 6 times; 32 roundings are twice what three nested merges can add up to. An
/// error e of a mean changes m2 by 2·n·δ·e, hence the factor n·`scale`² for m2.
fn same_up_to_rounding(a: Moments, b: Moments, scale: f64) -> Result<(), String> {
    let slack = 32.0 * F32_ROUNDOFF;
    check_close(&[a.count], &[b.count], 0.0, 0.0, "count")?;
    check_close(&[a.mean()], &[b.mean()], slack * scale, 0.0, "mean")?;
    check_close(&[a.m2], &[b.m2], slack * scale * scale * f64::from(a.count), slack, "m2")
}

fn any_values() -> impl Strategy<Value = Vec<f32>> {
    prop::collection::vec(-100.0_f32..100.0, 0..200)
}

proptest! {
    #[test]
    fn merge_is_associative(a in any_values(), b in any_values(), c in any_values()) {
        let [a, b, c] = [a, b, c].map(|values| Moments::of(&values));
        same_up_to_rounding(a.merge(b).merge(c), a.merge(b.merge(c)), 100.0).map_err(TestCaseError::fail)?;
    }

    #[test]
    fn merge_is_commutative(a in any_values(), b in any_values()) {
        let [a, b] = [a, b].map(|values| Moments::of(&values));
        same_up_to_rounding(a.merge(b), b.merge(a), 100.0).map_err(TestCaseError::fail)?;
    }

    #[test]
    fn the_empty_set_is_the_identity_to_the_bit(values in any_values()) {
        let moments = Moments::of(&values);
        prop_assert_eq!(moments.merge(Moments::default()), moments);
        prop_assert_eq!(Moments::default().merge(moments), moments);
    }

    #[test]
    fn splitting_anywhere_and_merging_changes_nothing(values in any_values(), at in 0.0_f64..1.0) {
        let (left, right) = values.split_at((at * values.len() as f64) as usize);
        let merged = Moments::of(left).merge(Moments::of(right));
        same_up_to_rounding(merged, Moments::of(&values), 100.0).map_err(TestCaseError::fail)?;
    }

    #[test]
    fn order_and_way_of_reducing_do_not_matter(values in any_values(), seed in 0_u64..1000) {
        let shuffled: Vec<f32> = Data::new(seed).shuffled(values.len()).into_iter().map(|i| values[i]).collect();
        let pushed = values.iter().fold(Moments::default(), |moments, &x| moments.push(x));
        let single = |i: u32| Moments::default().push(values[i as usize]);
        let tree = Moments::merge_tree(u32::try_from(values.len()).expect("short"), &single);
        let want = Moments::of(&values);
        // Pushing one by one rounds the mean once per value: at most 200 roundings, against 32 in the tolerance.
        same_up_to_rounding(pushed, want, 100.0 * 200.0 / 32.0).map_err(TestCaseError::fail)?;
        same_up_to_rounding(Moments::of(&shuffled), want, 100.0).map_err(TestCaseError::fail)?;
        same_up_to_rounding(tree, want, 100.0).map_err(TestCaseError::fail)?;
    }
}

/// On 16 quarters within ±2 every mean of a power of two of them is a multiple of 1/64 below 2, every squared
/// difference one of 2⁻¹² below 16, their sum below 256: at most 20 bits, so nothing is ever rounded.
#[test]
fn balanced_merges_of_quarters_are_exact_in_any_order() {
    let mut data = Data::new(2);
    for _ in 0..200 {
        let values = data.quarters(16, 2);
        let want = reference(&values);
        let order = data.shuffled(16);
        let single = |i: u32| Moments::default().push(values[order[i as usize]]);
        assert_eq!(parts(Moments::merge_tree(16, &single)).map(f64::from), want, "tree over {values:?}");
        assert_eq!(parts(Moments::of(&values)).map(f64::from), want, "slice {values:?}");
        let [a, b] = [&values[..8], &values[8..]].map(Moments::of);
        assert_eq!(parts(a.merge(b)), parts(b.merge(a)), "{values:?}");
    }
}

#[test]
fn small_sets_by_hand() {
    let cases: [(&[f32], [f32; 3], f32, f32); 4] = [
        (&[], [0.0, 0.0, 0.0], 0.0, 0.0),
        (&[7.5], [1.0, 7.5, 0.0], 0.0, 0.0),
        (&[1.0, 3.0], [2.0, 2.0, 2.0], 1.0, 2.0),
        (&[-1.0, 0.0, 1.0, 4.0], [4.0, 1.0, 14.0], 3.5, 14.0 / 3.0),
    ];
    for (values, want, variance, sample_variance) in cases {
        let moments = Moments::of(values);
        assert_eq!(parts(moments), want, "{values:?}");
        assert_eq!(moments.variance(), variance, "variance of {values:?}");
        assert_eq!(moments.sample_variance(), sample_variance, "sample variance of {values:?}");
    }
    assert_eq!(Moments::of(&[]), Moments::default());
}

#[test]
fn merge_tree_visits_every_index_once_and_in_order() {
    for len in [0, 1, 2, 3, 63, 64, 65, 784] {
        let visited = std::cell::RefCell::new(Vec::new());
        Moments::merge_tree(len, &|i| {
            visited.borrow_mut().push(i);
            Moments { count: 1.0, ..Moments::default() }
        });
        assert_eq!(visited.into_inner(), (0..len).collect::<Vec<_>>());
    }
}

const ODD_LENGTHS: [usize; 10] = [1, 63, 64, 65, 784, 1023, 1024, 1025, 2000, 4096];

/// Batch 1024 of 28×28, the longest channel of the playground.
const LONG: usize = 802_816;

struct Case {
    what: String,
    values: Vec<f32>,
}

/// Distributions for which sums of squares go wrong, at each length.
fn hard_cases() -> Vec<Case> {
    let mut data = Data::new(3);
    let mut cases = Vec::new();
    for len in ODD_LENGTHS.into_iter().chain([LONG]) {
        let mut add = |what: &str, values| cases.push(Case { what: format!("{what}, {len} values"), values });
        add("standard normal", data.normal(len, 0.0, 1.0));
        add("mean 1e4, deviation 1", data.normal(len, 1e4, 1.0));
        add("mean -1000, variance 1/3", data.uniform(len, -1001.0, -999.0));
        add("variance 1e-8", data.normal(len, 0.0, 1e-4));
        add("mean 1, variance 1e-8", data.normal(len, 1.0, 1e-4));
        add("constant", vec![0.1; len]);
        add("constant 1e4 + 1/3", vec![10_000.333; len]);
        add("after ReLU", data.normal(len, -1.0, 1.0).iter().map(|x| x.max(0.0)).collect());
        add("rising", (0..len).map(|i| i as f32).collect());
        let mut outlier = data.normal(len, 0.0, 1.0);
        outlier[0] = 1e4;
        add("an outlier first", outlier);
    }
    cases
}

#[test]
fn variance_is_right_to_a_millionth() {
    let mut failures = Vec::new();
    for Case { what, values } in hard_cases() {
        let got = Moments::of(&values);
        let [count, mean, m2] = reference(&values);
        assert_eq!(f64::from(got.count), count, "{what}");
        // A sum in f32 is correct to a few roundings of the values' own size, which a mean near 0 does not show.
        let size = (m2 / count + mean * mean).sqrt();
        failures.extend(
            check_close(&[got.mean()], &[mean], 4.0 * F32_ROUNDOFF * size, 0.0, &format!("mean, {what}")).err(),
        );
        failures.extend(check_close(&[got.m2], &[m2], 0.0, 1e-6, &format!("m2, {what}")).err());
    }
    assert_no_failures("moments against f64", &failures);
}

/// A single draw may be lucky: merging blocks by their rounded means passes some and is off by 5e-5 on others.
#[test]
fn variance_is_right_to_a_millionth_for_every_draw_of_a_large_mean() {
    let mut failures = Vec::new();
    for (len, seed) in [1025, 2000, 2048, 4096].into_iter().flat_map(|len| (0..100).map(move |seed| (len, seed))) {
        let values = Data::new(seed).normal(len, 1e4, 1.0);
        let [_, _, m2] = reference(&values);
        let what = format!("m2 of {len} values, seed {seed}");
        failures.extend(check_close(&[Moments::of(&values).m2], &[m2], 0.0, 1e-6, &what).err());
    }
    assert_no_failures("moments against f64", &failures);
}

/// The mean has two parts, so that a merge rounds only what is small compared with the spread.
#[test]
fn merging_planes_costs_no_digits_however_large_the_mean() {
    for mean in [0.0, 10.0, 1e3, 1e4, 1e6] {
        for seed in 0..20 {
            let values = Data::new(seed).normal(784 * 9, mean, 1.0);
            let merged = Moments::merge_tree(784, &|i| Moments::of(&values[9 * i as usize..][..9]));
            let [_, _, m2] = reference(&values);
            assert_close(&[merged.m2], &[m2], 0.0, 1e-6, &format!("m2 at mean {mean}, seed {seed}"));
        }
    }
}

#[test]
fn the_textbook_formula_would_fail_this_test() {
    let values = Data::new(4).normal(1024, 1e4, 1.0);
    let [count, _, m2] = reference(&values);
    let n = values.len() as f32;
    let mean = values.iter().sum::<f32>() / n;
    let textbook = values.iter().map(|x| x * x).sum::<f32>() / n - mean * mean;
    let error = (f64::from(textbook) - m2 / count).abs() / (m2 / count);
    assert!(error > 0.5, "E[x²] − E[x]² is off by only {error}");
    assert_close(&[Moments::of(&values).variance()], &[m2 / count], 0.0, 1e-6, "ours on the same values");
}

#[test]
fn moments_of_a_shift_and_a_scale() {
    let mut data = Data::new(5);
    for len in ODD_LENGTHS {
        let values = data.quarters(len, 8);
        let moved: Vec<f32> = values.iter().map(|x| 4.0 * x + 16.0).collect();
        let (plain, moved) = (Moments::of(&values), Moments::of(&moved));
        // Both inputs are exact; the difference is rounding in the reduction, on values up to 48.
        let want = [4.0 * f64::from(plain.mean()) + 16.0];
        assert_close(&[moved.mean()], &want, 48.0 * 4.0 * F32_ROUNDOFF, 0.0, "mean");
        assert_close(&[moved.m2], &[16.0 * f64::from(plain.m2)], 0.0, 1e-6, "m2");
    }
}

#[test]
fn nothing_not_finite_is_swallowed() {
    for bad in [f32::NAN, f32::INFINITY, f32::NEG_INFINITY] {
        for len in ODD_LENGTHS {
            let mut values = Data::new(6).normal(len, 0.0, 1.0);
            values[len / 2] = bad;
            let moments = Moments::of(&values);
            assert!(!moments.mean().is_finite(), "{bad} among {len} values gives the mean {}", moments.mean());
        }
    }
}
