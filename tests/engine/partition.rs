//! Every grouping is an exact partition of the planes, and every tiling one of the values; both are those that the
//! papers define.

use crate::boxes::{axis_sets, every_axes_norm, oracle, recipe};
use crate::common::Data;
use crate::oracle::norm::{Method, key};
use blue_cube::grouping::tiling::{Axes, Axis, Tiling};
use blue_cube::grouping::{Grouping, GroupingError};
use blue_cube::shape::Shape;
use proptest::prelude::*;
use std::collections::BTreeMap;
use std::num::NonZeroU32;

fn nonzero(n: u32) -> NonZeroU32 {
    NonZeroU32::new(n).expect("not zero")
}

fn divisors(n: u32) -> Vec<u32> {
    (1..=n).filter(|&d| n.is_multiple_of(d)).collect()
}

/// Every grouping that `shape` allows, with the oracle's method that it must equal.
fn all_groupings(shape: Shape) -> Vec<(Method, Grouping)> {
    let mut all = vec![
        (Method::Batch, Grouping::batch(shape).expect("fits the shape")),
        (Method::Layer, Grouping::layer(shape).expect("fits the shape")),
        (Method::Instance, Grouping::instance(shape).expect("fits the shape")),
    ];
    for g in divisors(shape.c) {
        all.push((Method::Group(g as usize), Grouping::group(shape, nonzero(g)).expect("fits the shape")));
        for k in divisors(shape.n) {
            let tile = Grouping::tile(shape, nonzero(k), nonzero(g)).expect("fits the shape");
            all.push((Method::Tile(k as usize, g as usize), tile));
        }
    }
    all
}

/// The group of every plane by the definition: sets numbered in the order of image, then channel.
fn reference_group_ids(method: Method, shape: Shape) -> Vec<u32> {
    let c = shape.c as usize;
    let keys: Vec<_> = (0..shape.n_planes() as usize).map(|p| key(method, c, (p / c, p % c))).collect();
    let mut ids: BTreeMap<_, u32> = keys.iter().map(|&key| (key, 0)).collect();
    for (id, number) in ids.values_mut().zip(0..) {
        *id = number;
    }
    keys.iter().map(|key| ids[key]).collect()
}

#[test]
fn groups_are_those_of_the_papers_on_500_random_shapes() {
    let mut data = Data::new(1);
    for _ in 0..500 {
        let shape = Shape::new(data.below(9) + 1, data.below(16) + 1, data.below(4) + 1, data.below(4) + 1);
        for (method, grouping) in all_groupings(shape) {
            let got: Vec<u32> = (0..shape.n_planes()).map(|plane_idx| grouping.group_of(plane_idx)).collect();
            assert_eq!(got, reference_group_ids(method, shape), "{method:?} on {shape}");
        }
    }
}

#[test]
fn group_norm_numbers_its_groups_image_by_image() {
    let shape = Shape::new(2, 6, 3, 3);
    let grouping = Grouping::group(shape, nonzero(3)).unwrap();
    let got: Vec<u32> = (0..12).map(|plane_idx| grouping.group_of(plane_idx)).collect();
    assert_eq!(got, [0, 0, 1, 1, 2, 2, 3, 3, 4, 4, 5, 5]);
    assert_eq!(grouping.members(4).collect::<Vec<_>>(), [8, 9]);
}

#[test]
fn counts_of_groups_are_those_of_the_norms() {
    let shape = Shape::new(3, 8, 5, 7);
    let count = |grouping: Result<Grouping, GroupingError>| grouping.unwrap().n_groups();
    assert_eq!(count(Grouping::batch(shape)), 8);
    assert_eq!(count(Grouping::layer(shape)), 3);
    assert_eq!(count(Grouping::instance(shape)), 24);
    assert_eq!(count(Grouping::group(shape, nonzero(4))), 12);
    assert_eq!(count(Grouping::tile(shape, nonzero(3), nonzero(8))), 1);
}

proptest! {
    #[test]
    fn every_plane_is_a_member_of_its_group_and_of_no_other(n in 1_u32..9, c in 1_u32..17) {
        let shape = Shape::new(n, c, 1, 1);
        for (method, grouping) in all_groupings(shape) {
            let mut n_seen = vec![0; shape.n_planes() as usize];
            for group_idx in 0..grouping.n_groups() {
                let members: Vec<u32> = grouping.members(group_idx).collect();
                prop_assert_eq!(members.len(), grouping.group_len() as usize);
                prop_assert_eq!(grouping.members(group_idx).len(), members.len());
                prop_assert!(members.is_sorted(), "{:?} on {}: {:?}", method, shape, &members);
                for (&plane_idx, member_idx) in members.iter().zip(0..) {
                    prop_assert_eq!(grouping.member(group_idx, member_idx), plane_idx);
                    prop_assert_eq!(grouping.group_of(plane_idx), group_idx, "{:?} on {}", method, shape);
                    n_seen[plane_idx as usize] += 1;
                }
            }
            prop_assert!(n_seen.iter().all(|&n| n == 1), "{:?} on {}: planes seen {:?}", method, shape, n_seen);
            prop_assert_eq!(grouping.n_groups() * grouping.group_len(), shape.n_planes());
            prop_assert_eq!(grouping.group_len(), grouping.batch_span() * grouping.channel_span());
        }
    }

    #[test]
    fn a_tile_that_does_not_divide_the_table_is_refused(n in 1_u32..20, c in 1_u32..20, a in 1_u32..24, b in 1_u32..24) {
        let shape = Shape::new(n, c, 2, 2);
        let tile = Grouping::tile(shape, nonzero(a), nonzero(b));
        prop_assert_eq!(tile.is_ok(), n % a == 0 && c % b == 0);
        prop_assert_eq!(Grouping::group(shape, nonzero(b)).is_ok(), c % b == 0);
    }
}

#[test]
fn errors_say_the_numbers() {
    let shape = Shape::new(4, 8, 5, 5);
    let cases = [
        (Grouping::group(shape, nonzero(3)), "group count 3 does not divide 8 channels"),
        (Grouping::group(shape, nonzero(9)), "group count 9 does not divide 8 channels"),
        (Grouping::tile(shape, nonzero(3), nonzero(2)), "batch span 3 does not divide 4 images"),
        (Grouping::tile(shape, nonzero(2), nonzero(5)), "channel span 5 does not divide 8 channels"),
        (Grouping::tile(shape, nonzero(8), nonzero(8)), "batch span 8 does not divide 4 images"),
    ];
    for (result, want) in cases {
        assert_eq!(result.unwrap_err().to_string(), want);
    }
}

#[test]
fn an_empty_shape_has_no_grouping() {
    for shape in [Shape::new(0, 8, 5, 5), Shape::new(4, 0, 5, 5), Shape::new(4, 8, 0, 5), Shape::new(4, 8, 5, 0)] {
        let results = [
            Grouping::batch(shape),
            Grouping::layer(shape),
            Grouping::instance(shape),
            Grouping::group(shape, nonzero(1)),
            Grouping::group(shape, nonzero(8)),
            Grouping::tile(shape, nonzero(1), nonzero(1)),
        ];
        for result in results {
            assert_eq!(result, Err(GroupingError::Empty { shape }), "{shape}");
        }
    }
}

/// The box of every value by the definition.
fn numbers(sets: &[Vec<usize>], len: usize) -> Vec<u32> {
    let mut numbers = vec![u32::MAX; len];
    for (number, set) in (0..).zip(sets) {
        set.iter().for_each(|&i| numbers[i] = number);
    }
    numbers
}

/// Where a tiling is not the partition into `sets`, each in ascending order.
fn check_tiling(tiling: Tiling, sets: &[Vec<usize>], what: &str) {
    let len: u32 = tiling.lengths().iter().product();
    let got: Vec<u32> = (0..len).map(|index| tiling.tile_of(index)).collect();
    assert_eq!(got, numbers(sets, len as usize), "{what}");
    assert_eq!((tiling.n_tiles() as usize, tiling.tile_len() as usize), (sets.len(), sets[0].len()), "{what}");
    for (tile_idx, set) in (0..).zip(sets) {
        let members: Vec<usize> = tiling.members(tile_idx).map(|index| index as usize).collect();
        assert_eq!(&members, set, "{what}, box {tile_idx}");
    }
}

#[test]
fn boxes_are_those_of_the_definition_for_every_set_of_axes() {
    for (n, c, h, w) in [(2, 6, 3, 5), (3, 4, 1, 7), (1, 8, 2, 1), (5, 1, 1, 1), (1, 1, 4, 3), (1, 1, 1, 1)] {
        let shape = Shape::new(n, c, h, w);
        for norm in every_axes_norm(shape) {
            let what = format!("{norm:?} on {shape}");
            let (recipe, oracle) = (recipe(norm, true, shape), oracle(norm, true, shape));
            check_tiling(recipe.tiling, &oracle.sets(), &what);
            check_tiling(recipe.affine, &oracle.affine_sets(), &format!("affine of {what}"));
            let [tiling, affine] = Tiling::joined([recipe.tiling, recipe.affine]);
            assert_eq!(tiling.lengths(), affine.lengths(), "{what}");
            check_tiling(tiling, &oracle.sets(), &format!("{what}, joined"));
            check_tiling(affine, &oracle.affine_sets(), &format!("affine of {what}, joined"));
        }
    }
}

#[test]
fn tilings_of_planes_are_the_groupings() {
    let shape = Shape::new(4, 6, 3, 2);
    for (method, grouping) in all_groupings(shape) {
        let axes = [shape.n, shape.c, shape.h, shape.w].map(|axis| axis as usize);
        check_tiling(
            Tiling::of_planes(shape, grouping),
            &crate::oracle::norm::sets(method, axes),
            &format!("{method:?}"),
        );
    }
}

proptest! {
    #[test]
    fn every_value_is_a_member_of_its_box_and_of_no_other(n in 1_u32..6, c in 1_u32..9, h in 1_u32..5, w in 1_u32..5) {
        let shape = Shape::new(n, c, h, w);
        for norm in every_axes_norm(shape) {
            let recipe = recipe(norm, true, shape);
            for tiling in [recipe.tiling, recipe.affine] {
                prop_assert_eq!(tiling.n_tiles() * tiling.tile_len(), shape.len());
                let mut n_seen = vec![0; shape.len() as usize];
                for tile_idx in 0..tiling.n_tiles() {
                    let members: Vec<u32> = tiling.members(tile_idx).collect();
                    prop_assert!(members.is_sorted(), "{:?} on {}: {:?}", norm, shape, &members);
                    for &index in &members {
                        prop_assert_eq!(tiling.tile_of(index), tile_idx, "{:?} on {}", norm, shape);
                        n_seen[index as usize] += 1;
                    }
                }
                prop_assert!(n_seen.iter().all(|&n| n == 1), "{:?} on {}: {:?}", norm, shape, n_seen);
            }
        }
    }
}

#[test]
fn axes_that_do_not_fit_are_named() {
    let shape = Shape::new(4, 8, 5, 5);
    let over = |axes: &[Axis], groups| Tiling::over(shape, Axes::new(axes), nonzero(groups)).unwrap_err().to_string();
    assert_eq!(over(&[Axis::C], 3), "group count 3 does not divide 8 channels");
    assert_eq!(over(&[Axis::H, Axis::W], 2), "2 groups of channels need c among the axes");
    assert_eq!(over(&[], 1), "no axis is named: name one or more of n, c, h, w");
    let empty = Shape::new(4, 8, 0, 5);
    for axes in axis_sets() {
        assert_eq!(Tiling::over(empty, Axes::new(&axes), nonzero(1)), Err(GroupingError::Empty { shape: empty }));
    }
}
