//! The order of training images: permutations, growing pools, and one order per seed.

use blue_cube::data::{Batches, BatchesState, Pass};
use proptest::prelude::*;

/// The next `n` batches of `batch` images from a whole set, one after the other.
fn draw(batches: &mut Batches, n_images: u32, batch: usize, n: usize) -> Vec<u32> {
    let mut drawn = vec![0; batch * n];
    for out in drawn.chunks_mut(batch) {
        batches.next_batch(n_images, Some(n_images), out);
    }
    drawn
}

fn sorted(indices: &[u32]) -> Vec<u32> {
    let mut sorted = indices.to_vec();
    sorted.sort_unstable();
    sorted
}

#[test]
fn the_order_of_a_seed_never_changes() {
    // Saved runs name a seed: a new version of the random numbers must not change what they draw.
    assert_eq!(draw(&mut Batches::new(1), 60_000, 8, 1), [910, 18500, 4829, 10041, 51785, 24190, 35155, 6679]);
    assert_eq!(draw(&mut Batches::new(2), 60_000, 8, 1), [57966, 5482, 50978, 53472, 59878, 32445, 55782, 38369]);
}

#[test]
fn epochs_count_whole_passes_only() {
    let mut batches = Batches::new(5);
    let mut out = [0; 4];
    for _ in 0..10 {
        batches.next_batch(6, Some(12), &mut out);
    }
    assert_eq!((batches.epoch(), batches.pool()), (0, 6));
    batches.next_batch(12, Some(12), &mut out);
    assert_eq!((batches.epoch(), batches.epoch_images(), batches.pool()), (0, 4, 12));
    batches.next_batch(12, Some(12), &mut out);
    assert_eq!((batches.epoch(), batches.epoch_images()), (0, 8));
    batches.next_batch(12, Some(12), &mut out);
    assert_eq!((batches.epoch(), batches.epoch_images()), (1, 0));
}

#[test]
fn a_set_of_unknown_size_is_never_an_epoch() {
    let mut batches = Batches::new(5);
    let mut out = [0; 64];
    batches.next_batch(10, None, &mut out);
    assert_eq!(batches.epoch(), 0);
    assert!(matches!(batches.state().pass, Pass::Loading(_)));
}

#[test]
fn loading_passes_differ_from_one_another_and_from_epochs() {
    let mut loading = Batches::new(3);
    let mut out = [0; 200];
    loading.next_batch(100, None, &mut out);
    let epoch = draw(&mut Batches::new(3), 100, 100, 1);
    assert_ne!(out[..100], out[100..]);
    assert_ne!(out[..100], epoch);
}

#[test]
fn first_places_are_even() {
    // 10 images, 10,000 seeds: each comes first 1000 times, with a standard deviation of 30; five of them are allowed.
    let mut leads = [0_u32; 10];
    for seed in 0..10_000 {
        leads[draw(&mut Batches::new(seed), 10, 1, 1)[0] as usize] += 1;
    }
    assert!(leads.iter().all(|lead| lead.abs_diff(1000) < 150), "{leads:?}");
}

proptest! {
    #[test]
    fn each_epoch_is_a_permutation(seed: u32, n_images in 1_u32..200, batch in 1_usize..300) {
        let n = (3 * n_images as usize).div_ceil(batch);
        let mut batches = Batches::new(seed);
        let drawn = draw(&mut batches, n_images, batch, n);
        let all: Vec<u32> = (0..n_images).collect();
        for epoch in drawn.chunks_exact(n_images as usize) {
            prop_assert_eq!(&sorted(epoch), &all);
        }
        prop_assert_eq!(batches.epoch() as usize, drawn.len() / n_images as usize);
        prop_assert_eq!(batches.epoch_images() as usize, drawn.len() % n_images as usize);
    }

    #[test]
    fn the_batch_does_not_change_the_order(seed: u32, n_images in 1_u32..200, batch in 1_usize..300) {
        let n = 600_usize.div_ceil(batch);
        let drawn = draw(&mut Batches::new(seed), n_images, batch, n);
        let singly = draw(&mut Batches::new(seed), n_images, 1, drawn.len());
        prop_assert_eq!(drawn, singly);
    }

    #[test]
    fn other_seeds_have_other_orders(seed: u32, other: u32) {
        prop_assume!(seed != other);
        let first = draw(&mut Batches::new(seed), 100, 100, 1);
        prop_assert_ne!(first, draw(&mut Batches::new(other), 100, 100, 1));
    }

    #[test]
    fn a_growing_pool_is_drawn_from_what_is_here(
        seed: u32,
        arrivals in prop::collection::vec(0_u32..80, 1..20),
        batch in 1_usize..100,
    ) {
        let n_total = 1 + arrivals.iter().sum::<u32>();
        let mut batches = Batches::new(seed);
        let mut out = vec![0; batch];
        let mut n_ready = 1;
        for arrived in arrivals {
            n_ready += arrived;
            batches.next_batch(n_ready, Some(n_total), &mut out);
            prop_assert!(out.iter().all(|&image| image < n_ready));
            prop_assert!(batches.pool() <= n_ready);
        }
        // The batch after the last arrival begins the first epoch, if an earlier one did not.
        let mut whole = Batches::new(seed);
        let (mut want, mut got) = (vec![0; batch], out);
        while whole.state() != batches.state() {
            whole.next_batch(n_total, Some(n_total), &mut want);
            prop_assert!(whole.epoch() <= batches.epoch());
        }
        batches.next_batch(n_total, Some(n_total), &mut got);
        whole.next_batch(n_total, Some(n_total), &mut want);
        prop_assert_eq!(got, want);
    }

    #[test]
    fn each_loading_pass_is_a_permutation(seed: u32, n_ready in 1_u32..100) {
        let mut batches = Batches::new(seed);
        let mut pass = vec![0; n_ready as usize];
        for _ in 0..3 {
            batches.next_batch(n_ready, Some(1000), &mut pass);
            prop_assert_eq!(sorted(&pass), (0..n_ready).collect::<Vec<_>>());
        }
    }

    #[test]
    fn a_snapshot_goes_on_alike(
        seed: u32,
        n_images in 1_u32..100,
        batch in 1_usize..150,
        n in 0_usize..8,
        loading: bool,
    ) {
        let n_total = if loading { None } else { Some(n_images) };
        let mut batches = Batches::new(seed);
        let (mut got, mut want) = (vec![0; batch], vec![0; batch]);
        for _ in 0..n {
            batches.next_batch(n_images, n_total, &mut got);
        }
        let json = serde_json::to_string(&batches.state()).expect("plain numbers");
        let state: BatchesState = serde_json::from_str(&json).expect("as written");
        let mut restored = Batches::from(state);
        for _ in 0..4 {
            batches.next_batch(n_images, n_total, &mut want);
            restored.next_batch(n_images, n_total, &mut got);
            prop_assert_eq!(&got, &want);
            prop_assert_eq!(batches.state(), restored.state());
        }
    }

    #[test]
    fn no_snapshot_breaks_the_order(seed: u32, pool: u32, drawn: u32, number: u32, loading: bool) {
        let number = number >> 2;
        let pass = if loading { Pass::Loading(number) } else { Pass::Epoch(number) };
        let mut batches = Batches::from(BatchesState { seed, pass, pool, drawn });
        let mut out = [0; 90];
        batches.next_batch(30, None, &mut out);
        prop_assert!(out.iter().all(|&image| image < 30));
    }
}
