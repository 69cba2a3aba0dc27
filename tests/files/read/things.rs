//! Files that hold no arrays: each is named for what it is, with what to do.

use super::made::{case, gz};
use blue_cube::files::{Limits, read};
use expect_test::expect;

fn refusal(file: &str, bytes: &[u8]) -> String {
    read(file, bytes, Limits::default()).expect_err("it holds no arrays").to_string()
}

#[test]
fn pages_pointers_and_packings_are_named() {
    let at = |at: usize, magic: &[u8]| [vec![1; at], magic.to_vec()].concat();
    let files: Vec<(&str, Vec<u8>)> = vec![
        ("page.html.npy", case("page.html.npy")),
        ("late.npy", b"\xef\xbb\xbf\n  <HTML lang=en>".to_vec()),
        ("lfs_pointer.npy", case("lfs_pointer.npy")),
        ("annex.npy", b"/annex/objects/SHA256E-s1--00.npy".to_vec()),
        ("page.npy.gz", gz(b"<html>")),
        ("empty.npy", Vec::new()),
        ("blank.csv", b"\n \n".to_vec()),
        ("notes.txt", b"hello".to_vec()),
        ("German.txt", "Übergröße".as_bytes().to_vec()),
        ("table.csv", b"1,2,3\n4,5,6\n".to_vec()),
        ("Excel.txt", b"\xff\xfe1\0;\0".to_vec()),
        ("BMW.csv", b"BMW;PKW\n".to_vec()),
        ("x.json", b" {\"a\": [1]}".to_vec()),
        ("x.pkl", b"\x80\x04\x95\x03".to_vec()),
        ("old.pkl", b"cnumpy.core.multiarray\n_reconstruct".to_vec()),
        ("old.pt", b"\x80\x02\x8a\x0al\xfc\x9cF\xf9".to_vec()),
        ("x.h5", b"\x89HDF\r\n\x1a\n\0".to_vec()),
        ("x.mat", b"MATLAB 5.0 MAT-file\0".to_vec()),
        ("x.onnx", b"\x08\x07\x12\x07pytorch".to_vec()),
        ("x.tflite", at(4, b"TFL3")),
        ("x.parquet", b"PAR1\0".to_vec()),
        ("x.png", b"\x89PNG\r\n\x1a\n\0\0\0\x0dIHDR\0\0\0\x01\0\0\0\x01\x08".to_vec()),
        ("x.jpg", b"\xff\xd8\xff\xe0".to_vec()),
        ("x.webp", b"RIFF\0\0\0\0WEBP".to_vec()),
        ("x.bmp", b"BM\x36\0".to_vec()),
        ("x.heic", at(4, b"ftypheic")),
        ("x.mp4", at(4, b"ftypisom")),
        ("x.wav", b"RIFF\x24\0\0\0WAVEfmt ".to_vec()),
        ("cut.npy", vec![0; 512]),
        ("x.tif", b"II*\0".to_vec()),
        ("x.svg", b"<svg xmlns".to_vec()),
        ("x.pdf", b"%PDF-1.7".to_vec()),
        ("x.tar", at(257, b"ustar")),
        ("x.tar.gz", gz(&at(257, b"ustar"))),
        ("x.npy.bz2", b"BZh9".to_vec()),
        ("x.npy.xz", b"\xfd7zXZ\0".to_vec()),
        ("x.npy.zst", b"\x28\xb5\x2f\xfd".to_vec()),
        ("._x.npy", b"\0\x05\x16\x07\0\x02".to_vec()),
    ];
    let refusals: Vec<String> = files.iter().map(|(file, bytes)| refusal(file, bytes)).collect();
    expect![[r#"
        page.html.npy is a web page (HTML): download the file itself, not the page about it
        late.npy is a web page (HTML): download the file itself, not the page about it
        lfs_pointer.npy is a Git LFS pointer, which only says where the file is: run “git lfs pull”, or download the file itself
        annex.npy is a git-annex pointer, which only says where the file is: run “git annex get”
        page.npy is a web page (HTML): download the file itself, not the page about it
        empty.npy is empty: copy or download it again
        blank.csv is blank: copy or download it again
        notes.txt is text: if it holds numbers, load them in Python with np.loadtxt and save them with np.save
        German.txt is text: if it holds numbers, load them in Python with np.loadtxt and save them with np.save
        table.csv is a table in text (CSV): if it holds numbers, load them in Python with np.loadtxt and save them with np.save
        Excel.txt is text in UTF-16: if it holds numbers, load them in Python with np.loadtxt and save them with np.save
        BMW.csv is a table in text (CSV): if it holds numbers, load them in Python with np.loadtxt and save them with np.save
        x.json is JSON: load it in Python, and save np.array of it with np.save
        x.pkl is a Python pickle: load it in Python, if you trust its author, and save each array with np.save
        old.pkl is a Python pickle: load it in Python, if you trust its author, and save each array with np.save
        old.pt is a PyTorch file (.pt): load it in Python and save its tensors with safetensors.torch.save_file
        x.h5 is an HDF5 file (.h5): load it in Python and save each array with np.save
        x.mat is a MATLAB file (.mat): load it in Python and save each array with np.save
        x.onnx is an ONNX model: load it in Python and save each array with np.save
        x.tflite is a TensorFlow Lite model: load it in Python and save each array with np.save
        x.parquet is a Parquet table: load it in Python and save each array with np.save
        x.png is a PNG image: a browser shows it, unless it is damaged
        x.jpg is a JPEG image: a browser shows it, unless it is damaged
        x.webp is a WebP image: a browser shows it, unless it is damaged
        x.bmp is a BMP image: a browser shows it, unless it is damaged
        x.heic is a HEIC image: save it as PNG
        x.mp4 is a video (MP4): save its frames as PNG
        x.wav is a sound (WAV): load it in Python and save each array with np.save
        cut.npy is nothing but zeros: copy or download it again
        x.tif is a TIFF image: save it as PNG
        x.svg is an SVG drawing: save it as PNG
        x.pdf is a PDF document: save its figures as PNG
        x.tar is a tar archive: unpack it first
        x.tar is a tar archive: unpack it first
        x.npy.bz2 is packed with bzip2: unpack it first
        x.npy.xz is packed with xz: unpack it first
        x.npy.zst is packed with Zstandard: unpack it first
        ._x.npy is a macOS resource fork: it holds notes of macOS about the file of the same name"#]].assert_eq(&refusals.join("\n"));
}

/// A letter at the end of what is looked at may be cut.
#[test]
fn long_text_is_text() {
    for n_letters in 1020..1026 {
        let text = format!("{}é and more", "a".repeat(n_letters));
        assert!(refusal("x", text.as_bytes()).starts_with("x is text"), "{n_letters}");
    }
}
