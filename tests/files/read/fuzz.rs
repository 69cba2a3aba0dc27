//! Any bytes, and valid files with some bytes changed: no panic, and no more memory than the file can fill.
//!
//! `FUZZ_FILES` is the number of changed files, 4,000 by default.

use super::made::{case, gz, idx_file, npy_file, npz_file};
use blue_cube::files::{Array, Limits, read};
use proptest::prelude::*;

/// The highest compression ratio of deflate.
const MAX_DEFLATE_RATIO: usize = 1032;

/// A file of every kind that is read, so that changes reach every part of the readers.
fn good_files() -> Vec<Vec<u8>> {
    let npy = npy_file(1, "'descr': '<f4', 'fortran_order': True, 'shape': (2, 3)", &[7; 24]);
    let ints = npy_file(2, "'descr': '<i8', 'fortran_order': False, 'shape': (4,)", &[1; 32]);
    let idx = idx_file(0x0c, &[2, 2], &[3; 16]);
    let members = [("a.npy", npy.clone()), ("b.npy", ints.clone())];
    let made = [gz(&idx), gz(&npy), npz_file(&members, false), npz_file(&members, true), npy, ints, idx];
    let cases =
        ["npz_zip64.npz", "refused.npz", "packings.zip", "x_multi.npy.gz", "x_double.npy.gz", "types.safetensors"];
    let images = ["grey16.png", "rgba16_interlaced.png"];
    made.into_iter().chain(cases.iter().chain(&images).map(|file| case(file))).collect()
}

/// Reads the file and checks the result: every array fills its shape, every refusal has its words.
fn check(bytes: &[u8], limits: Limits) -> Result<(), TestCaseError> {
    match read("file", bytes, limits) {
        Ok(members) => {
            let n_values = |array: &Array| array.shape().iter().product::<usize>();
            let arrays = || members.iter().filter_map(|member| member.array.as_ref().ok());
            prop_assert!(arrays().all(|array| array.values().len() == n_values(array)));
            prop_assert!(arrays().all(|array| array.values().len() <= limits.most_values));
            let total: usize = arrays().map(|array| array.values().len()).sum();
            // Members of an archive may share their bytes; a gzip file may be in another.
            prop_assert!(total <= members.len().max(1) * MAX_DEFLATE_RATIO * MAX_DEFLATE_RATIO * bytes.len());
            let reasons = members.iter().filter_map(|member| Some(member.array.as_ref().err()?.reason()));
            for reason in reasons {
                prop_assert!(["is ", "holds ", "byte "].iter().any(|start| reason.starts_with(start)), "{reason}");
            }
        }
        Err(error) => {
            let text = error.to_string();
            let starts = ["file is ", "file holds ", "file: byte ", "file/"];
            prop_assert!(starts.iter().any(|start| text.starts_with(start)) && text.len() > 12, "{text}");
        }
    }
    Ok(())
}

fn n_cases() -> u32 {
    std::env::var("FUZZ_FILES").map_or(4000, |count| count.parse().expect("FUZZ_FILES is a number"))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(n_cases()))]

    #[test]
    fn any_bytes(bytes in prop::collection::vec(any::<u8>(), 0..200), file in any::<prop::sample::Index>(), n_kept in 0_usize..60) {
        let good = file.get(&good_files()).clone();
        check(&bytes, Limits::default())?;
        check(&[&good[..n_kept.min(good.len())], &bytes].concat(), Limits::default())?;
    }

    #[test]
    fn good_files_with_some_bytes_changed(
        file in any::<prop::sample::Index>(),
        changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..4),
        end in prop::option::of(any::<prop::sample::Index>()),
        most_values in prop::option::of(0_usize..30),
        part_from in prop::option::of(0_usize..30),
    ) {
        let mut bytes = file.get(&good_files()).clone();
        for (at, byte) in changes {
            let at = at.index(bytes.len());
            bytes[at] = byte;
        }
        let end = end.map_or(bytes.len(), |end| end.index(bytes.len()));
        let most_values = most_values.unwrap_or(Limits::default().most_values);
        check(&bytes[..end], Limits { most_values, part_from })?;
    }
}

#[test]
fn every_cut_of_a_good_file_is_an_error() {
    for bytes in good_files() {
        for end in 0..bytes.len() {
            assert!(read("file", &bytes[..end], Limits::default()).is_err(), "{end} of {} bytes", bytes.len());
        }
        assert!(read("file", &bytes, Limits::default()).is_ok());
    }
}

/// A quarter of a GiB claimed by about a hundred bytes: refused because of what is there, not of what is claimed.
#[test]
fn memory_follows_the_file_not_its_claims() {
    let shape = "'descr': '<f4', 'fortran_order': False, 'shape': (67108864,)";
    let claims = [npy_file(1, shape, &[0; 4]), idx_file(8, &[1 << 26], &[0; 4])];
    let before = std::time::Instant::now();
    for _ in 0..10_000 {
        assert!(claims.iter().all(|bytes| read("file", bytes, Limits::default()).is_err()));
    }
    assert!(before.elapsed().as_secs() < 10, "10,000 refusals allocate memory");
}
