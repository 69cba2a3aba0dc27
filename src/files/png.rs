//! PNG images of 16 bits per channel, which browsers reduce to 8: reads all of their values, as channels, rows, columns.
//!
//! Images of fewer bits are left to the browser, as are colour profiles: values are returned as stored, from 0 to 65,535.

use super::bytes::Bytes;
use super::element::{ByteOrder, ElementType};
use super::error::{FileError, FileFault};
use super::inflate::{crc32, inflate};
use super::layout::Layout;
use super::{Array, Limits};

/// The first bytes of every PNG image, and the start of its first chunk.
const MAGIC: &[u8] = b"\x89PNG\r\n\x1a\n\x00\x00\x00\x0dIHDR";

/// Where the header starts with its name, and its length with that.
const HEADER_AT: usize = 12;
const HEADER_BYTES: usize = 17;

/// Where the header says the bits per channel.
const DEPTH_AT: usize = 24;

/// Bytes per channel and pixel.
const SAMPLE_BYTES: usize = 2;

/// The passes of an interlaced image (Adam7): first column and row, and the steps between them.
const PASSES: [[usize; 4]; 7] =
    [[0, 0, 8, 8], [4, 0, 8, 8], [0, 4, 4, 8], [2, 0, 4, 4], [0, 2, 2, 4], [1, 0, 2, 2], [0, 1, 1, 2]];

/// Whether these are the first bytes of a PNG image of 16 bits per channel.
pub(super) fn is_deep(bytes: &[u8]) -> bool {
    bytes.starts_with(MAGIC) && bytes.get(DEPTH_AT) == Some(&16)
}

/// Reads an image of 16 bits: grey, grey and alpha, RGB or RGBA.
pub(super) fn read_within(file: &str, bytes: &[u8], limits: Limits) -> Result<Array, FileError> {
    let header = bytes.get(HEADER_AT..HEADER_AT + HEADER_BYTES).unwrap_or_default();
    let mut bytes = Bytes::new(file, bytes);
    bytes.take(MAGIC.len(), "the start of a PNG image")?;
    let [width, height] = [(); 2].map(|()| bytes.word("the header").map(u32::from_be_bytes));
    let (width, height) = (width? as usize, height? as usize);
    let [_depth, color, _packing, _filter, interlace] = bytes.word("the header")?;
    if width == 0 || height == 0 {
        return Err(bytes.fault(MAGIC.len(), FileFault::Png { expected: "a width and a height" }));
    }
    let n_channels = match color {
        0 => 1,
        2 => 3,
        4 => 2,
        6 => 4,
        _ => return Err(bytes.fault(DEPTH_AT + 1, FileFault::Png { expected: "a colour type for 16 bits" })),
    };
    let shape = vec![n_channels, height, width];
    let layout =
        Layout { shape, shape_at: MAGIC.len(), dtype: ElementType::U16, order: ByteOrder::Big, is_fortran: false };
    // Some rows of one channel would not be the image.
    let (part, n_items) =
        layout.part(Limits { part_from: None, ..limits }).map_err(|fault| bytes.fault(MAGIC.len(), fault))?;
    let (expected, found) = (u32::from_be_bytes(bytes.word("the header")?), crc32(header));
    if found != expected {
        return Err(bytes.fault(HEADER_AT, FileFault::Checksum { found, expected }));
    }
    let packed = image_data(&mut bytes)?;
    let size = Size { width, height, n_channels };
    let planes = planes(&packed, size, interlace != 0).map_err(|fault| bytes.fault(bytes.at(), fault))?;
    Ok(layout.decode(&planes, part, n_items))
}

/// The size of an image.
#[derive(Clone, Copy)]
struct Size {
    width: usize,
    height: usize,
    n_channels: usize,
}

/// Unpacks the pixels and puts them in order: channels, rows, columns.
fn planes(packed: &[u8], size: Size, is_interlaced: bool) -> Result<Vec<u8>, FileFault> {
    let Size { width, height, n_channels } = size;
    let pass =
        |&[x, y, dx, dy]: &[usize; 4]| Pass { x, y, dx, dy, width: count(width, x, dx), height: count(height, y, dy) };
    let passes: Vec<Pass> = if is_interlaced { PASSES.iter().map(pass).collect() } else { vec![pass(&[0, 0, 1, 1])] };
    let pixel_bytes = n_channels * SAMPLE_BYTES;
    let n_bytes = passes.iter().map(|pass| pass.n_bytes(pixel_bytes)).sum();
    let too_few = FileFault::Png { expected: "the pixels" };
    // Two bytes say how zlib packed it.
    let Some(stream) = packed.get(2..) else { return Err(too_few) };
    let mut rows = inflate(stream, n_bytes).map_err(|(_, fault)| fault)?.bytes;
    if rows.len() != n_bytes {
        return Err(too_few);
    }
    let mut planes = vec![0; n_channels * height * width * SAMPLE_BYTES];
    let mut rest = rows.as_mut_slice();
    for pass in passes {
        let (here, others) = rest.split_at_mut(pass.n_bytes(pixel_bytes));
        let is_known = undo_filters(here, pass.row_bytes(pixel_bytes), pixel_bytes);
        is_known.ok_or(FileFault::Png { expected: "a filter from 0 to 4" })?;
        pass.place(here, pixel_bytes, size, &mut planes);
        rest = others;
    }
    Ok(planes)
}

/// How many of the positions `first`, `first` + `step`, … are below `length`.
fn count(length: usize, first: usize, step: usize) -> usize {
    length.saturating_sub(first).div_ceil(step)
}

/// Joins the chunks of packed pixels, up to the end of the image.
fn image_data(bytes: &mut Bytes<'_>) -> Result<Vec<u8>, FileError> {
    const WHAT: &str = "a chunk of a PNG image";
    let mut packed = Vec::new();
    loop {
        let n_bytes = u32::from_be_bytes(bytes.word(WHAT)?) as usize;
        let start = bytes.at();
        let chunk = bytes.take(n_bytes.saturating_add(4), WHAT)?;
        let (expected, found) = (u32::from_be_bytes(bytes.word(WHAT)?), crc32(chunk));
        if found != expected {
            return Err(bytes.fault(start, FileFault::Checksum { found, expected }));
        }
        match chunk {
            [b'I', b'D', b'A', b'T', data @ ..] => packed.extend(data),
            [b'I', b'E', b'N', b'D', ..] => return Ok(packed),
            [b't', b'R', b'N', b'S', ..] => {
                return Err(bytes.fault(start, FileFault::Png { expected: "no transparent colour" }));
            }
            _ => {}
        }
    }
}

/// Some of an image's pixels, in rows: all of them, or those of one pass.
struct Pass {
    x: usize,
    y: usize,
    dx: usize,
    dy: usize,
    width: usize,
    height: usize,
}

impl Pass {
    /// Bytes of a row with its filter, none if it has no pixels.
    fn row_bytes(&self, pixel_bytes: usize) -> usize {
        if self.width == 0 { 0 } else { 1 + self.width * pixel_bytes }
    }

    fn n_bytes(&self, pixel_bytes: usize) -> usize {
        self.height * self.row_bytes(pixel_bytes)
    }

    /// Copies pixels to their places in the planes of the image.
    fn place(&self, rows: &[u8], pixel_bytes: usize, Size { width, height, .. }: Size, planes: &mut [u8]) {
        for (row, bytes) in rows.chunks_exact(self.row_bytes(pixel_bytes).max(1)).enumerate() {
            for (column, pixel) in bytes[1..].chunks_exact(pixel_bytes).enumerate() {
                for (channel, sample) in pixel.chunks_exact(SAMPLE_BYTES).enumerate() {
                    let at = (channel * height + self.y + row * self.dy) * width + self.x + column * self.dx;
                    planes[at * SAMPLE_BYTES..][..SAMPLE_BYTES].copy_from_slice(sample);
                }
            }
        }
    }
}

/// Undoes the filter of each row, which predicts a byte from those to the left (a), above (b), and above that (c): `None`
/// if a row names another filter than the five of the format.
fn undo_filters(rows: &mut [u8], row_bytes: usize, pixel_bytes: usize) -> Option<()> {
    let mut above = vec![0; row_bytes];
    for row in rows.chunks_exact_mut(row_bytes.max(1)) {
        for at in 1..row_bytes {
            let before = |row: &[u8]| if at > pixel_bytes { row[at - pixel_bytes] } else { 0 };
            let (a, b, c) = (before(row), above[at], before(&above));
            let predicted = match row[0] {
                0 => 0,
                1 => a,
                2 => b,
                3 => ((u16::from(a) + u16::from(b)) / 2) as u8,
                4 => paeth(a, b, c),
                _ => return None,
            };
            row[at] = row[at].wrapping_add(predicted);
        }
        above.copy_from_slice(row);
    }
    Some(())
}

/// The one of three neighbours that is nearest to a + b − c; of equals the first.
fn paeth(a: u8, b: u8, c: u8) -> u8 {
    let guess = i16::from(a) + i16::from(b) - i16::from(c);
    let distance = |of: u8| (guess - i16::from(of)).abs();
    // The first of the least.
    [a, b, c].into_iter().min_by_key(|&of| distance(of)).unwrap_or(a)
}
