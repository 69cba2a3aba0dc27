//! gzip (RFC 1952): unpacks a file, whose members are joined.

use super::MAX_BYTES;
use super::bytes::Bytes;
use super::error::{FileError, FileFault};
use super::inflate::{Inflated, crc32, inflate};

/// The first bytes of every member.
const MAGIC: &[u8] = &[0x1f, 0x8b];

/// Flags of the header: a checksum of the header, an extra field, a file name, a comment, and the bits that must be
/// clear.
const HAS_CHECKSUM: u8 = 1 << 1;
const HAS_FIELD: u8 = 1 << 2;
const HAS_NAME: u8 = 1 << 3;
const HAS_COMMENT: u8 = 1 << 4;
const RESERVED: u8 = 0xe0;

/// The method number of deflate, the only one.
const DEFLATE: u8 = 8;

/// Whether these are the first bytes of a gzip file.
pub fn is_packed(bytes: &[u8]) -> bool {
    bytes.starts_with(MAGIC)
}

/// Returns what a file unpacks to, at most [`MAX_BYTES`]: all its members, one after the other, as `gzip` does. Zero bytes
/// behind the last are padding.
///
/// # Errors
/// [`FileError`] if the file is not gzip, or is cut off, damaged, followed by other bytes, or too large.
pub fn unpack(file: &str, bytes: &[u8]) -> Result<Vec<u8>, FileError> {
    let mut bytes = Bytes::new(file, bytes);
    bytes.signature(MAGIC, "the magic of gzip")?;
    let mut unpacked = unpack_member(&mut bytes, MAX_BYTES)?;
    while bytes.rest().starts_with(MAGIC) {
        bytes.take(MAGIC.len(), "the magic of gzip")?;
        let member = unpack_member(&mut bytes, MAX_BYTES - unpacked.len())?;
        unpacked.extend(member);
    }
    if bytes.rest().iter().any(|&byte| byte != 0) {
        bytes.end()?;
    }
    Ok(unpacked)
}

/// Unpacks the member whose header, without the magic, is next.
fn unpack_member(bytes: &mut Bytes<'_>, max: usize) -> Result<Vec<u8>, FileError> {
    skip_header(bytes)?;
    let start = bytes.at();
    let Inflated { bytes: unpacked, n_packed } =
        inflate(bytes.rest(), max).map_err(|(at, fault)| bytes.fault(start + at, fault))?;
    bytes.seek(start + n_packed);
    let expected = u32::from_le_bytes(bytes.word("the checksum")?);
    let n_expected = u32::from_le_bytes(bytes.word("the unpacked length")?);
    let found = crc32(&unpacked);
    if found != expected {
        return Err(bytes.fault(start + n_packed, FileFault::Checksum { found, expected }));
    }
    if unpacked.len() as u64 != u64::from(n_expected) {
        let fault = FileFault::UnpackedLength { found: unpacked.len() as u64, expected: n_expected.into() };
        return Err(bytes.fault(start + n_packed + 4, fault));
    }
    Ok(unpacked)
}

fn skip_header(bytes: &mut Bytes<'_>) -> Result<(), FileError> {
    let start = bytes.at();
    let [method, flags] = bytes.word("the gzip header")?;
    if method != DEFLATE {
        return Err(bytes.fault(start, FileFault::Method { found: method }));
    }
    if flags & RESERVED != 0 {
        return Err(bytes.fault(start + 1, FileFault::Flags { found: flags }));
    }
    // The time, and two bytes about the packer.
    bytes.take(6, "the gzip header")?;
    if flags & HAS_FIELD != 0 {
        let len = u16::from_le_bytes(bytes.word("the extra field")?);
        bytes.take(len.into(), "the extra field")?;
    }
    for (flag, what) in [(HAS_NAME, "the file name"), (HAS_COMMENT, "the comment")] {
        if flags & flag != 0 {
            // Without its final zero, one more byte is missing than there are.
            let rest = bytes.rest();
            let len = rest.iter().position(|&byte| byte == 0).unwrap_or(rest.len());
            bytes.take(len + 1, what)?;
        }
    }
    if flags & HAS_CHECKSUM != 0 {
        bytes.take(2, "the header checksum")?;
    }
    Ok(())
}
