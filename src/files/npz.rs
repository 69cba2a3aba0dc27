//! Archives of arrays: `.npz` as NumPy writes it, and any zip file with arrays in it.
//!
//! Each member is read by itself: one that cannot be read is reported and hides no other.

use super::bytes::Bytes;
use super::error::{FileError, FileFault};
use super::kind::Kind;
use super::zip;
use super::{Array, Budget, Format, Limits, MAX_BYTES, Member, read_plain};

pub(super) use zip::is_archive;

/// Reads the arrays of an archive in order, each with its name without `.npy`.
///
/// # Errors
/// [`FileError`] of the first member that cannot be read; [`read`](super::read) reads the others nevertheless.
pub fn read(file: &str, bytes: &[u8]) -> Result<Vec<(String, Array)>, FileError> {
    let members = all_members(file, bytes, Limits::default())?;
    members.into_iter().map(|Member { name, array, .. }| Ok((name, array?))).collect()
}

/// As [`read`], but within `limits` and with those that cannot be read.
///
/// # Errors
/// [`FileError`] if the archive is damaged, or is known to be something else.
pub(super) fn read_members(file: &str, bytes: &[u8], limits: Limits) -> Result<Vec<Member>, FileError> {
    let members = all_members(file, bytes, limits)?;
    let kind = if members.iter().any(|member| member.array.is_ok()) {
        None
    } else {
        Kind::of_archive(members.iter().map(|member| member.name.as_str()))
    };
    kind.map_or(Ok(members), |kind| Err(Bytes::new(file, bytes).fault(0, FileFault::Kind(kind))))
}

fn all_members(file: &str, bytes: &[u8], limits: Limits) -> Result<Vec<Member>, FileError> {
    let (mut members, mut budget, mut n_unpacked) = (Vec::new(), Budget::default(), 0);
    for entry in zip::entries(file, bytes)? {
        n_unpacked += entry.n_unpacked.min(MAX_BYTES as u64);
        let name = entry.name.strip_suffix(".npy").unwrap_or(&entry.name);
        let path = format!("{file}/{}", entry.name);
        let fault = |fault| FileError { file: path.clone(), byte: 0, fault };
        let found = if entry.is_folder() {
            Err(fault(FileFault::Folder))
        } else if n_unpacked > MAX_BYTES as u64 {
            Err(fault(FileFault::Members { most: MAX_BYTES, what: "bytes" }))
        } else {
            entry.unpack(&path, file, bytes).and_then(|unpacked| read_plain(&path, &unpacked, limits))
        };
        match found {
            Ok(arrays) => members.extend(arrays.into_iter().map(|Member { name: inner, format, array }| {
                let array = array.and_then(|array| budget.take(&path, array));
                let name = if format == Format::Safetensors { format!("{name}/{inner}") } else { name.to_owned() };
                Member { name, format, array }
            })),
            Err(error) => members.push(Member { name: name.to_owned(), format: Format::Npy, array: Err(error) }),
        }
    }
    Ok(members)
}
