//! Any bytes, and valid files with some bytes changed: no panic, and no more memory than the file can fill.

use super::made::{gz, idx_file, npy_file, npz_file};
use blue_cube::files::{Array, read};
use proptest::prelude::*;

/// The highest compression ratio of deflate.
const MAX_DEFLATE_RATIO: usize = 1032;

fn good_files() -> [Vec<u8>; 7] {
    let npy = npy_file(1, "'descr': '<f4', 'fortran_order': True, 'shape': (2, 3)", &[7; 24]);
    let ints = npy_file(2, "'descr': '<i8', 'fortran_order': False, 'shape': (4,)", &[1; 32]);
    let idx = idx_file(0x0c, &[2, 2], &[3; 16]);
    let members = [("a.npy", npy.clone()), ("b.npy", ints.clone())];
    [gz(&idx), gz(&npy), npz_file(&members, false), npz_file(&members, true), npy, ints, idx]
}

/// Reads the file and checks the result.
fn check(bytes: &[u8]) -> Result<(), TestCaseError> {
    match read("file", bytes) {
        Ok(arrays) => {
            let n_values = |array: &Array| array.shape().iter().product::<usize>();
            prop_assert!(arrays.iter().all(|(_, array)| array.values().len() == n_values(array)));
            let total: usize = arrays.iter().map(|(_, array)| array.values().len()).sum();
            // Members of an archive may share their bytes.
            prop_assert!(total <= arrays.len().max(1) * MAX_DEFLATE_RATIO * bytes.len());
        }
        Err(error) => {
            prop_assert!(error.to_string().starts_with("file"), "{error}");
            prop_assert!(error.byte <= (MAX_DEFLATE_RATIO * bytes.len()) as u64, "{error}");
        }
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]

    #[test]
    fn any_bytes(bytes in prop::collection::vec(any::<u8>(), 0..200), file_idx in 0_usize..7, n_kept in 0_usize..60) {
        let good = &good_files()[file_idx];
        check(&bytes)?;
        check(&[&good[..n_kept.min(good.len())], &bytes].concat())?;
    }

    #[test]
    fn good_files_with_some_bytes_changed(
        file_idx in 0_usize..7,
        changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..4),
        end in prop::option::of(any::<prop::sample::Index>()),
    ) {
        let mut bytes = good_files()[file_idx].clone();
        for (at, byte) in changes {
            let at = at.index(bytes.len());
            bytes[at] = byte;
        }
        let end = end.map_or(bytes.len(), |end| end.index(bytes.len()));
        check(&bytes[..end])?;
    }
}

#[test]
fn every_cut_of_a_good_file_is_an_error() {
    for bytes in good_files() {
        for end in 0..bytes.len() {
            assert!(read("file", &bytes[..end]).is_err(), "{end} of {} bytes", bytes.len());
        }
        assert!(read("file", &bytes).is_ok());
    }
}

/// A quarter of a GiB claimed by about a hundred bytes: refused because of what is there, not of what is claimed.
#[test]
fn memory_follows_the_file_not_its_claims() {
    let shape = "'descr': '<f4', 'fortran_order': False, 'shape': (67108864,)";
    let claims = [npy_file(1, shape, &[0; 4]), idx_file(8, &[1 << 26], &[0; 4])];
    let before = std::time::Instant::now();
    for _ in 0..10_000 {
        assert!(claims.iter().all(|bytes| read("file", bytes).is_err()));
    }
    assert!(before.elapsed().as_secs() < 10, "10,000 refusals allocate memory");
}
