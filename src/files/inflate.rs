//! Unpacks deflate streams within bounds and computes CRC-32: what zip and gzip have in common.

use super::error::FileFault;
use miniz_oxide::inflate::TINFLStatus;
use miniz_oxide::inflate::core::inflate_flags::TINFL_FLAG_USING_NON_WRAPPING_OUTPUT_BUF;
use miniz_oxide::inflate::core::{DecompressorOxide, decompress};

/// What a stream unpacks to.
pub(super) struct Inflated {
    pub(super) bytes: Vec<u8>,
    /// Length of the stream in bytes.
    pub(super) n_packed: usize,
}

/// Memory allocated for a stream at first, as a multiple of its packed length; more is allocated as it fills.
const FIRST_GUESS: usize = 4;

/// Unpacks the stream at the start of `packed`, to at most `max` bytes; a fault comes with its position in the stream.
pub(super) fn inflate(packed: &[u8], max: usize) -> Result<Inflated, (usize, FileFault)> {
    let mut state = Box::<DecompressorOxide>::default();
    let mut bytes = vec![0; packed.len().saturating_mul(FIRST_GUESS).min(max)];
    let (mut n_packed, mut n_bytes) = (0, 0);
    loop {
        let (input, flags) = (&packed[n_packed..], TINFL_FLAG_USING_NON_WRAPPING_OUTPUT_BUF);
        let (status, n_in, n_out) = decompress(&mut state, input, &mut bytes, n_bytes, flags);
        n_packed += n_in;
        n_bytes += n_out;
        match status {
            TINFLStatus::Done => {
                bytes.truncate(n_bytes);
                return Ok(Inflated { bytes, n_packed });
            }
            TINFLStatus::HasMoreOutput if bytes.len() < max => bytes.resize((2 * bytes.len()).clamp(1, max), 0),
            TINFLStatus::HasMoreOutput => return Err((n_packed, FileFault::Unpacked { max: max as u64 })),
            TINFLStatus::FailedCannotMakeProgress => return Err((n_packed, FileFault::DeflateEnd)),
            _ => return Err((n_packed, FileFault::Deflate)),
        }
    }
}

/// CRC-32 as in zip and gzip (polynomial 0xedb88320, bits reflected).
pub(super) fn crc32(bytes: &[u8]) -> u32 {
    !bytes.iter().fold(!0, |crc, &byte| CRC_TABLE[((crc ^ u32::from(byte)) & 0xff) as usize] ^ (crc >> 8))
}

/// The checksum of each byte alone.
const CRC_TABLE: [u32; 256] = {
    let mut table = [0; 256];
    let mut byte = 0;
    while byte < 256 {
        let mut crc = byte as u32;
        let mut bit = 0;
        while bit < 8 {
            crc = if crc & 1 == 1 { 0xedb8_8320 ^ (crc >> 1) } else { crc >> 1 };
            bit += 1;
        }
        table[byte] = crc;
        byte += 1;
    }
    table
};

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn crc32_has_the_known_check_value() {
        assert_eq!((crc32(b"123456789"), crc32(b"")), (0xcbf4_3926, 0));
    }
}
