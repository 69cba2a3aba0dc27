//! What a file is that holds no arrays we read, by its first bytes: the name of the thing, and what to do with it.

/// Something that people open by mistake or under a wrong name.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Kind {
    /// What it is, as the object of "is".
    pub thing: &'static str,
    /// What to do.
    pub advice: &'static str,
}

/// Most bytes that decide whether a file is text.
const MAX_TEXT_BYTES: usize = 1024;

const DOWNLOAD: &str = "download the file itself, not the page about it";
const UNPACK: &str = "unpack it first";
const SAVE_NUMPY: &str = "load it in Python and save each array with np.save";
const SAVE_TENSORS: &str = "load it in Python and save its tensors with safetensors.torch.save_file";
const SAVE_PNG: &str = "save it as PNG";
const SAVE_TABLE: &str = "if it holds numbers, load them in Python with np.loadtxt and save them with np.save";
const AGAIN: &str = "copy or download it again";
const SHOW: &str = "a browser shows it, unless it is damaged";

/// Things by the bytes at a place in them.
const MAGIC: [(usize, &[u8], Kind); 46] = [
    (0, b"\x89PNG", kind("a PNG image", SHOW)),
    (0, b"\xff\xd8\xff", kind("a JPEG image", SHOW)),
    (0, b"GIF8", kind("a GIF image", SHOW)),
    (8, b"WEBP", kind("a WebP image", SHOW)),
    (4, b"ftypavif", kind("an AVIF image", SHOW)),
    (0, b"\x00\x00\x01\x00", kind("an icon (ICO)", SHOW)),
    (4, b"ftyphei", kind("a HEIC image", SAVE_PNG)),
    (4, b"ftyp", kind("a video (MP4)", "save its frames as PNG")),
    (8, b"WAVE", kind("a sound (WAV)", SAVE_NUMPY)),
    (0, b"II*\x00", kind("a TIFF image", SAVE_PNG)),
    (0, b"MM\x00*", kind("a TIFF image", SAVE_PNG)),
    (0, b"8BPS", kind("a Photoshop image", SAVE_PNG)),
    (0, b"P5\n", kind("a PGM image", SAVE_PNG)),
    (0, b"P6\n", kind("a PPM image", SAVE_PNG)),
    (128, b"DICM", kind("a DICOM image", SAVE_NUMPY)),
    (0, b"%PDF", kind("a PDF document", "save its figures as PNG")),
    (0, b"\x89HDF\r\n\x1a\n", kind("an HDF5 file (.h5)", SAVE_NUMPY)),
    (512, b"\x89HDF\r\n\x1a\n", kind("an HDF5 file (.h5, .mat)", SAVE_NUMPY)),
    (0, b"MATLAB ", kind("a MATLAB file (.mat)", SAVE_NUMPY)),
    (0, b"CDF\x01", kind("a NetCDF file", SAVE_NUMPY)),
    (0, b"SIMPLE  =", kind("a FITS file", SAVE_NUMPY)),
    (0, b"\x80\x02\x8a\x0al\xfc\x9c", kind("a PyTorch file (.pt)", SAVE_TENSORS)),
    (0, b"\x80\x02", PICKLE),
    (0, b"\x80\x03", PICKLE),
    (0, b"\x80\x04", PICKLE),
    (0, b"\x80\x05", PICKLE),
    (0, b"cnumpy.", PICKLE),
    (0, b"ccopy_reg\n", PICKLE),
    (0, b"(dp0\n", PICKLE),
    (0, b"(lp0\n", PICKLE),
    (0, b"PAR1", kind("a Parquet table", SAVE_NUMPY)),
    (0, b"ARROW1", kind("an Arrow table", SAVE_NUMPY)),
    (0, b"GGUF", kind("a GGUF model", SAVE_NUMPY)),
    (4, b"TFL3", kind("a TensorFlow Lite model", SAVE_NUMPY)),
    (0, b"SQLite format 3", kind("an SQLite database", SAVE_NUMPY)),
    (0, b"\x00asm", kind("a WebAssembly module", "it holds a program")),
    (0, b"\x00\x05\x16\x07", kind("a macOS resource fork", "it holds notes of macOS about the file of the same name")),
    (0, b"\x00\x05\x16\x00", kind("a macOS resource fork", "it holds notes of macOS about the file of the same name")),
    (0, b"PK\x03\x04", kind("a zip archive", UNPACK)),
    (0, b"\x1f\x8b", kind("a gzip file", UNPACK)),
    (0, b"BZh", kind("packed with bzip2", UNPACK)),
    (0, b"\xfd7zXZ", kind("packed with xz", UNPACK)),
    (0, b"\x28\xb5\x2f\xfd", kind("packed with Zstandard", UNPACK)),
    (0, b"7z\xbc\xaf", kind("a 7-Zip archive", UNPACK)),
    (0, b"Rar!", kind("a RAR archive", UNPACK)),
    (257, b"ustar", kind("a tar archive", UNPACK)),
];

const PICKLE: Kind =
    kind("a Python pickle", "load it in Python, if you trust its author, and save each array with np.save");

/// Texts by how they start, in lower case.
const TEXTS: [(&str, Kind); 10] = [
    ("<!doctype html", PAGE),
    ("<html", PAGE),
    ("<head", PAGE),
    ("<body", PAGE),
    ("<script", PAGE),
    (
        "version https://git-lfs",
        kind("a Git LFS pointer, which only says where the file is", "run “git lfs pull”, or download the file itself"),
    ),
    ("/annex/objects/", kind("a git-annex pointer, which only says where the file is", "run “git annex get”")),
    ("<svg", kind("an SVG drawing", SAVE_PNG)),
    ("<?xml", kind("XML, perhaps an SVG drawing or a web server’s error", DOWNLOAD)),
    ("%!ps", kind("a PostScript document", SAVE_PNG)),
];

const PAGE: Kind = kind("a web page (HTML)", DOWNLOAD);

/// What archives are by the names of their members, or the ends of these.
const ARCHIVES: [(&str, Kind); 6] = [
    ("/data.pkl", kind("a PyTorch file (.pt)", SAVE_TENSORS)),
    ("model.weights.h5", kind("a Keras model (.keras)", "in Python, save each of its weights with np.save")),
    (
        "[Content_Types].xml",
        kind("an Office document", "save its table as CSV, load that in Python, and save it with np.save"),
    ),
    (
        "mimetype",
        kind("an OpenDocument or EPUB file", "save its table as CSV, load that in Python, and save it with np.save"),
    ),
    ("META-INF/MANIFEST.MF", kind("a Java archive", "it holds a program")),
    ("AndroidManifest.xml", kind("an Android app", "it holds a program")),
];

const fn kind(thing: &'static str, advice: &'static str) -> Kind {
    Kind { thing, advice }
}

impl Kind {
    /// What the file with these bytes is; `None` if nothing is known that starts like it.
    pub fn of(bytes: &[u8]) -> Option<Self> {
        let starts =
            |&&(at, magic, _): &&(usize, &[u8], Self)| bytes.get(at..).is_some_and(|rest| rest.starts_with(magic));
        let by_magic = MAGIC.iter().find(starts).map(|&(.., kind)| kind);
        by_magic.or_else(|| Self::of_text(bytes)).or_else(|| match bytes {
            [] => Some(kind("empty", AGAIN)),
            // What is left where a copy or a download was cut off.
            _ if bytes.len() > 8 && bytes.iter().all(|byte| *byte == 0) => Some(kind("nothing but zeros", AGAIN)),
            [b'B', b'M', ..] => Some(kind("a BMP image", SHOW)),
            // A small version number, then the name of the program that wrote it.
            [8, 1..=32, 0x12, ..] => Some(kind("an ONNX model", SAVE_NUMPY)),
            _ => None,
        })
    }

    /// What the archive with members of these names is, if it is none of arrays.
    pub(super) fn of_archive<'a>(mut names: impl Iterator<Item = &'a str>) -> Option<Self> {
        names.find_map(|name| ARCHIVES.iter().find(|(end, _)| name.ends_with(end)).map(|&(_, kind)| kind))
    }

    fn of_text(bytes: &[u8]) -> Option<Self> {
        let bytes = &bytes[..bytes.len().min(MAX_TEXT_BYTES)];
        if bytes.starts_with(b"\xff\xfe") || bytes.starts_with(b"\xfe\xff") {
            return Some(kind("text in UTF-16", SAVE_TABLE));
        }
        let is_text = |&byte: &u8| byte >= b' ' && byte != 0x7f || matches!(byte, b'\t' | b'\n' | b'\r' | 0x0c);
        let is_utf8 = || match std::str::from_utf8(bytes) {
            Ok(_) => true,
            // The last letter may be cut.
            Err(error) => error.error_len().is_none() && bytes.len() == MAX_TEXT_BYTES,
        };
        if bytes.is_empty() || !bytes.iter().all(is_text) || !is_utf8() {
            return None;
        }
        let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes).trim_ascii_start();
        let starts =
            |start: &str| bytes.get(..start.len()).is_some_and(|head| head.eq_ignore_ascii_case(start.as_bytes()));
        if let Some(&(_, kind)) = TEXTS.iter().find(|(start, _)| starts(start)) {
            return Some(kind);
        }
        let line = bytes.split(|&byte| byte == b'\n').next().unwrap_or_default();
        Some(match bytes.first() {
            None => kind("blank", AGAIN),
            Some(b'{' | b'[') => kind("JSON", "load it in Python, and save np.array of it with np.save"),
            Some(_) if line.iter().any(|byte| b",;\t".contains(byte)) => kind("a table in text (CSV)", SAVE_TABLE),
            Some(_) => kind("text", SAVE_TABLE),
        })
    }
}
