//! zip archives: the central directory, and one member's bytes. Plain zip and zip64; one part, no passwords; stored or deflated.
//!
//! Our own reader, since every fault here names its byte, what was found there and what was expected: the errors of the crates
//! do not. Measured in wasm, gzipped, with this reader and `.npy` alone: `rawzip` 0.5 adds 0.7 kB, `zip` 9 adds 79 kB, and
//! `crc32fast` 1.5 adds 16 kB, which are its tables.

use super::MAX_BYTES;
use super::bytes::Bytes;
use super::error::{FileError, FileFault};
use super::inflate::{crc32, inflate};

/// Signatures of the parts of a zip file.
const LOCAL_HEADER: &[u8] = b"PK\x03\x04";
const DIRECTORY_ENTRY: &[u8] = b"PK\x01\x02";
const END_RECORD: &[u8] = b"PK\x05\x06";
const END_RECORD_64: &[u8] = b"PK\x06\x06";
const END_LOCATOR_64: &[u8] = b"PK\x06\x07";

/// Bytes of the end record before its comment, and of the record before it that says where zip64's is.
const END_RECORD_BYTES: usize = 22;
const END_LOCATOR_64_BYTES: usize = 20;

/// The number of the extra field that holds what 32 bits cannot.
const FIELD_64: u16 = 1;

/// In 16 or 32 bits: look in zip64's record or field.
const IN_64: u64 = u32::MAX as u64;
const IN_64_SHORT: u64 = u16::MAX as u64;

/// Whether these are the first bytes of an archive.
pub(super) fn is_archive(bytes: &[u8]) -> bool {
    bytes.starts_with(LOCAL_HEADER) || bytes.starts_with(END_RECORD)
}

/// What the central directory says of a member.
pub(super) struct Entry {
    pub(super) name: String,
    pub(super) n_unpacked: u64,
    /// Where the entry is.
    pub(super) at: usize,
    flags: u16,
    method: u16,
    checksum: u32,
    n_packed: u64,
    local_at: u64,
}

/// Reads the central directory.
pub(super) fn entries(file: &str, bytes: &[u8]) -> Result<Vec<Entry>, FileError> {
    let end_at = find_end(bytes).ok_or_else(|| Bytes::new(file, bytes).fault(bytes.len(), FileFault::EndRecord))?;
    let mut directory = Bytes::new(file, bytes);
    let n_entries = seek_directory(&mut directory, end_at)?;
    // A directory that claims more entries than there are ends in an error at the first that is missing.
    (0..n_entries).map(|_| Entry::read(&mut directory)).collect()
}

/// Finds the end record: the last position from which it and its comment reach the end of the file.
fn find_end(bytes: &[u8]) -> Option<usize> {
    let last = bytes.len().checked_sub(END_RECORD_BYTES)?;
    let reaches_end = |&at: &usize| {
        let comment = u16::from_le_bytes([bytes[at + END_RECORD_BYTES - 2], bytes[at + END_RECORD_BYTES - 1]]);
        bytes[at..].starts_with(END_RECORD) && at + END_RECORD_BYTES + usize::from(comment) == bytes.len()
    };
    (last.saturating_sub(usize::from(u16::MAX))..=last).rev().find(reaches_end)
}

/// Moves to the first entry of the directory; returns the number of entries.
fn seek_directory(bytes: &mut Bytes<'_>, end_at: usize) -> Result<u64, FileError> {
    const WHAT: &str = "the end record";
    bytes.seek(end_at);
    bytes.signature(END_RECORD, WHAT)?;
    let short = |bytes: &mut Bytes<'_>| bytes.word(WHAT).map(|word| u64::from(u16::from_le_bytes(word)));
    let long = |bytes: &mut Bytes<'_>| bytes.word(WHAT).map(|word| u64::from(u32::from_le_bytes(word)));
    let part = short(bytes)?.max(short(bytes)?);
    let (n_here, n_entries) = (short(bytes)?, short(bytes)?);
    let (_n_bytes, start) = (long(bytes)?, long(bytes)?);
    if n_entries == IN_64_SHORT || start == IN_64 {
        return seek_directory_64(bytes, end_at);
    }
    check_parts(bytes, end_at, part as u32, n_here, n_entries)?;
    bytes.seek_long(start);
    Ok(n_entries)
}

/// The same in zip64, whose end record is found by a locator before the plain one.
fn seek_directory_64(bytes: &mut Bytes<'_>, end_at: usize) -> Result<u64, FileError> {
    const WHAT: &str = "the zip64 end record";
    let missing = bytes.fault(end_at, FileFault::Zip64 { what: "the directory" });
    bytes.seek(end_at.checked_sub(END_LOCATOR_64_BYTES).ok_or(missing)?);
    bytes.signature(END_LOCATOR_64, "the locator of the zip64 end record")?;
    bytes.take(4, WHAT)?;
    let at = u64::from_le_bytes(bytes.word(WHAT)?);
    bytes.seek_long(at);
    let at = bytes.at();
    bytes.signature(END_RECORD_64, WHAT)?;
    // The size of the record and two versions.
    bytes.take(12, WHAT)?;
    let [part, directory_part] = [(); 2].map(|()| bytes.word(WHAT).map(u32::from_le_bytes));
    let [n_here, n_entries, _n_bytes, start] = [(); 4].map(|()| bytes.word(WHAT).map(u64::from_le_bytes));
    let (n_entries, start) = (n_entries?, start?);
    check_parts(bytes, at, part?.max(directory_part?), n_here?, n_entries)?;
    bytes.seek_long(start);
    Ok(n_entries)
}

/// Checks that the archive is one file.
fn check_parts(bytes: &Bytes<'_>, at: usize, part: u32, found: u64, n_members: u64) -> Result<(), FileError> {
    match (part, found) {
        (0, found) if found == n_members => Ok(()),
        (0, found) => Err(bytes.fault(at, FileFault::Elsewhere { found, n_members })),
        (part, _) => Err(bytes.fault(at, FileFault::Part { part })),
    }
}

impl Entry {
    fn read(bytes: &mut Bytes<'_>) -> Result<Self, FileError> {
        const WHAT: &str = "an entry of the zip directory";
        let at = bytes.at();
        bytes.signature(DIRECTORY_ENTRY, WHAT)?;
        let head: [u8; 42] = bytes.word(WHAT)?;
        let short = |at: usize| u16::from_le_bytes([head[at], head[at + 1]]);
        let long = |at: usize| u32::from(short(at)) | u32::from(short(at + 2)) << 16;
        let name = String::from_utf8_lossy(bytes.take(short(24).into(), "the name of a member")?).into_owned();
        let fields = bytes.take(short(26).into(), "the extra fields of a member")?;
        bytes.take(short(28).into(), "the comment of a member")?;
        // What does not fit into 32 bits is in the field, in this order.
        let mut sizes = [long(20), long(16), long(38)].map(u64::from);
        let mut in_field = field_64(fields).unwrap_or_default().as_chunks().0.iter();
        for size in sizes.iter_mut().filter(|size| **size == IN_64) {
            let missing = || bytes.fault(at, FileFault::Zip64 { what: "a member" });
            *size = u64::from_le_bytes(*in_field.next().ok_or_else(missing)?);
        }
        let [n_unpacked, n_packed, local_at] = sizes;
        let (flags, method, checksum) = (short(4), short(6), long(12));
        Ok(Self { name, n_unpacked, at, flags, method, checksum, n_packed, local_at })
    }

    pub(super) fn is_folder(&self) -> bool {
        self.name.ends_with('/')
    }

    /// The member's bytes, from those of the archive `file`; faults of the whole member name it by `path`.
    pub(super) fn unpack(&self, path: &str, file: &str, bytes: &[u8]) -> Result<Vec<u8>, FileError> {
        let of_all = |fault| FileError { file: path.to_owned(), byte: self.at as u64, fault };
        let mut bytes = Bytes::new(file, bytes);
        let Self { at, n_packed, n_unpacked, checksum: expected, method, .. } = *self;
        if self.flags & 1 != 0 {
            return Err(of_all(FileFault::Encrypted));
        }
        if n_unpacked > MAX_BYTES as u64 {
            return Err(bytes.fault(at + 24, FileFault::Unpacked { max: MAX_BYTES as u64 }));
        }
        self.seek_data(&mut bytes)?;
        let start = bytes.at();
        let packed = bytes.take(usize::try_from(n_packed).unwrap_or(usize::MAX), "a packed member")?;
        let unpacked = match method {
            0 => packed.to_vec(),
            8 => {
                let inflated = inflate(packed, n_unpacked as usize);
                inflated.map_err(|(at, fault)| bytes.fault(start + at, fault))?.bytes
            }
            _ => return Err(of_all(FileFault::Packing { name: method_name(method) })),
        };
        if unpacked.len() as u64 != n_unpacked {
            let fault = FileFault::UnpackedLength { found: unpacked.len() as u64, expected: n_unpacked };
            return Err(bytes.fault(at + 24, fault));
        }
        let found = crc32(&unpacked);
        if found != expected {
            return Err(bytes.fault(at + 16, FileFault::Checksum { found, expected }));
        }
        Ok(unpacked)
    }

    /// Skips the member's own header. Only its length matters: its sizes may be blank.
    fn seek_data(&self, bytes: &mut Bytes<'_>) -> Result<(), FileError> {
        const WHAT: &str = "the header of a zip member";
        bytes.seek_long(self.local_at);
        bytes.signature(LOCAL_HEADER, WHAT)?;
        let head: [u8; 26] = bytes.word(WHAT)?;
        let [name, field] = [22, 24].map(|at| usize::from(u16::from_le_bytes([head[at], head[at + 1]])));
        bytes.take(name + field, WHAT)?;
        Ok(())
    }
}

/// Finds zip64's field among a member's extra fields.
fn field_64(mut fields: &[u8]) -> Option<&[u8]> {
    while let [id_0, id_1, n_0, n_1, rest @ ..] = fields {
        let (field, others) = rest.split_at_checked(u16::from_le_bytes([*n_0, *n_1]).into())?;
        if u16::from_le_bytes([*id_0, *id_1]) == FIELD_64 {
            return Some(field);
        }
        fields = others;
    }
    None
}

/// The name of a packing method, by the list in the format's specification (APPNOTE 4.4.5).
fn method_name(method: u16) -> String {
    match method {
        1 => "shrink".to_owned(),
        6 => "implode".to_owned(),
        9 => "Deflate64".to_owned(),
        12 => "bzip2".to_owned(),
        14 => "LZMA".to_owned(),
        93 => "Zstandard".to_owned(),
        95 => "xz".to_owned(),
        98 => "PPMd".to_owned(),
        99 => "AES encryption".to_owned(),
        _ => format!("method {method}"),
    }
}
