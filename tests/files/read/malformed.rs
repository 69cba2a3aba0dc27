//! Malformed files: each gets a message of its own that names the file, the byte, what was expected and what was found.

use super::made::{gz, idx_file, npy_file, npz_file};
use blue_cube::files::{FileError, Limits, gzip, idx, npy, npz, read};
use expect_test::expect;
use std::collections::HashSet;

const KEYS: &str = "'descr': '|u1', 'fortran_order': False, 'shape': (2, 3)";

fn sound() -> Vec<u8> {
    npy_file(1, KEYS, &[0; 6])
}

fn with(mut bytes: Vec<u8>, at: usize, new: &[u8]) -> Vec<u8> {
    bytes[at..at + new.len()].copy_from_slice(new);
    bytes
}

fn cut(bytes: Vec<u8>, len: usize) -> Vec<u8> {
    bytes[..len].to_vec()
}

fn malformed_npy() -> Vec<FileError> {
    let keys = |keys: &str| npy_file(1, keys, &[0; 6]);
    let shape = |shape: &str| keys(&format!("'descr': '|u1', 'fortran_order': False, 'shape': {shape}"));
    let descr = |descr: &str| keys(&format!("'descr': {descr}, 'fortran_order': False, 'shape': (6,)"));
    let files = vec![
        Vec::new(),
        cut(sound(), 4),
        b"<!doctype html>".to_vec(),
        with(sound(), 6, &[4, 0]),
        cut(sound(), 9),
        cut(sound(), 30),
        with(npy_file(2, KEYS, &[]), 8, &[0, 0, 0, 1]),
        keys("descr: 1"),
        keys("'descr' '|u1'"),
        keys("'descr': '|u1"),
        keys("'descr': '|u1' 'shape'"),
        keys(&KEYS.replace("False", "false")),
        keys(&format!("{KEYS}}} 'x'")),
        keys(&format!("{KEYS}, 'order': 'C'")),
        keys(&format!("{KEYS}, 'shape': (6,)")),
        keys("'fortran_order': False, 'shape': (6,)"),
        keys("'descr': '|u1', 'shape': (6,)"),
        keys("'descr': '|u1', 'fortran_order': False"),
        keys(""),
        descr("'<c8'"),
        descr("'|O'"),
        descr("[('x', '<f4')]"),
        shape("6"),
        shape("(6"),
        shape("(-6,)"),
        shape("(6,,)"),
        shape("(2 3)"),
        shape("(99999999999999999999,)"),
        shape("(67108864, 2)"),
        shape("(4294967296, 4294967296, 4294967296, 0)"),
        shape(&format!("({})", "1, ".repeat(33))),
        shape("(7,)"),
        shape("(5,)"),
    ];
    files.iter().map(|bytes| npy::read("x.npy", bytes).expect_err("every file is wrong")).collect()
}

fn malformed_archives() -> Vec<FileError> {
    let archive = |is_deflated| npz_file(&[("a.npy", sound())], is_deflated);
    let (stored, deflated) = (archive(false), archive(true));
    // The one entry of the directory is followed by the end record, 22 bytes.
    let entry = |bytes: &Vec<u8>| bytes.len() - 22 - 46 - 5;
    let in_entry = |bytes: &Vec<u8>, at: usize, new: &[u8]| with(bytes.clone(), entry(bytes) + at, new);
    let in_end = |at: usize, new: &[u8]| with(stored.clone(), stored.len() - 22 + at, new);
    let data_at = 30 + 5 + 20;
    let two = npz_file(&[("a.npy", sound()), ("b.npy", sound())], false);
    let large = with(with(two.clone(), entry(&two) + 24, &[0, 0, 0, 9]), entry(&two) - 51 + 24, &[0, 0, 0, 9]);
    let files = vec![
        cut(stored.clone(), stored.len() - 1),
        in_end(4, &[1]),
        in_end(8, &[2]),
        in_end(8, &[0xff; 4]),
        in_end(16, &[0, 0]),
        in_end(16, &[0xff, 0xff]),
        in_entry(&stored, 8, &[1]),
        in_entry(&stored, 10, &[12]),
        in_entry(&stored, 16, &[0; 4]),
        in_entry(&stored, 20, &[0xff; 4]),
        in_entry(&stored, 20, &[0, 9]),
        in_entry(&stored, 24, &[1]),
        in_entry(&stored, 24, &[0, 0, 0, 0x10]),
        in_entry(&stored, 28, &[0, 1]),
        in_entry(&stored, 42, &[1]),
        in_entry(&deflated, 24, &[1]),
        in_entry(&deflated, 24, &[200]),
        in_entry(&deflated, 20, &[3]),
        with(deflated, data_at, &[7]),
        npz_file(&[("readme.txt", b"no array".to_vec())], true),
        npz_file(&[("a.npy", sound()), ("b.npy", cut(sound(), 70))], true),
        large,
        with(stored.clone(), 0, &[0]),
    ];
    files.iter().map(|bytes| npz::read("x.npz", bytes).expect_err("every file is wrong")).collect()
}

fn malformed_gzip() -> Vec<FileError> {
    let packed = gz(&idx_file(8, &[4], &[1, 2, 3, 4]));
    let len = packed.len();
    let files = vec![
        with(packed.clone(), 0, b"PK"),
        with(packed.clone(), 2, &[0]),
        with(packed.clone(), 3, &[0x80]),
        cut(packed.clone(), 7),
        with(packed.clone(), 3, &[1 << 2]),
        with(cut(packed.clone(), 14), 3, &[1 << 3]),
        with(packed.clone(), 10, &[7]),
        cut(packed.clone(), 15),
        cut(packed.clone(), len - 6),
        cut(packed.clone(), len - 2),
        with(packed.clone(), len - 8, &[0; 4]),
        with(packed.clone(), len - 4, &[0; 4]),
        [packed.clone(), vec![0, 9, 0]].concat(),
        [packed.clone(), cut(packed, 12)].concat(),
    ];
    files.iter().map(|bytes| gzip::unpack("x.gz", bytes).expect_err("every file is wrong")).collect()
}

fn malformed_idx() -> Vec<FileError> {
    let sound = idx_file(8, &[2, 2], &[1, 2, 3, 4]);
    let files = vec![
        with(sound.clone(), 1, &[1]),
        cut(sound.clone(), 3),
        with(sound.clone(), 2, &[0x0a]),
        with(sound.clone(), 3, &[33]),
        cut(sound.clone(), 11),
        idx_file(0x0e, &[1 << 25, 2], &[]),
        idx_file(8, &[u32::MAX; 4], &[]),
        cut(sound.clone(), 14),
        [sound, vec![9]].concat(),
    ];
    files.iter().map(|bytes| idx::read("x-idx2", bytes).expect_err("every file is wrong")).collect()
}

fn malformed_kinds() -> Vec<FileError> {
    let thrice = gz(&gz(&gz(b"text")));
    let files = [("x.png", b"\x89PNG".to_vec()), ("x.gz", thrice), ("x", Vec::new()), ("x.npy", vec![1, 2, 3, 4, 5])];
    let error =
        |(file, bytes): &(&str, Vec<u8>)| read(file, bytes, Limits::default()).expect_err("every file is wrong");
    files.iter().map(error).collect()
}

fn messages(errors: &[FileError]) -> String {
    errors.iter().map(FileError::to_string).collect::<Vec<_>>().join("\n")
}

#[test]
fn no_two_messages_are_the_same() {
    let all = [malformed_npy(), malformed_archives(), malformed_gzip(), malformed_idx(), malformed_kinds()].concat();
    let mut seen = HashSet::new();
    let twice: Vec<String> = all.iter().map(FileError::to_string).filter(|text| !seen.insert(text.clone())).collect();
    assert!(twice.is_empty(), "{twice:#?}");
}

#[test]
fn npy() {
    expect![[r#"
        x.npy: byte 0: expected 6 bytes of the magic of .npy from byte 0, found the end of the file
        x.npy: byte 4: expected 6 bytes of the magic of .npy from byte 0, found the end of the file
        x.npy: byte 0: expected [93, 4e, 55, 4d, 50, 59], the magic of .npy, found bytes [3c, 21, 64, 6f, 63, 74]
        x.npy: byte 6: expected version 1.0, 2.0 or 3.0 of .npy, found 4.0
        x.npy: byte 9: expected 2 bytes of the header length from byte 8, found the end of the file
        x.npy: byte 30: expected 58 bytes of the header from byte 10, found the end of the file
        x.npy: byte 8: expected a header of at most 65536 bytes, found 16777216
        x.npy: byte 11: expected a key in quotes or '}' in the header, found 'd'
        x.npy: byte 19: expected ':' in the header, found '''
        x.npy: byte 26: expected a closing quote in the header, found the end
        x.npy: byte 26: expected ',' or '}' in the header, found '''
        x.npy: byte 44: expected True or False in the header, found 'f'
        x.npy: byte 68: expected nothing but blanks after '}' in the header, found '''
        x.npy: byte 68: expected key 'descr', 'fortran_order' or 'shape' in the header, found 'order'
        x.npy: byte 68: expected key 'shape' once in the header, found it twice
        x.npy: byte 49: expected key 'descr', found the end of the header
        x.npy: byte 41: expected key 'fortran_order', found the end of the header
        x.npy: byte 50: expected key 'shape', found the end of the header
        x.npy: byte 12: expected key 'shape', found the end of the header
        x.npy holds complex numbers ('<c8'): save .real and .imag
        x.npy holds Python objects ('|O'): save one array of numbers, with .astype(np.float32)
        x.npy holds records of several fields ([('x', '<f4')]): save each field by itself, as x['name']
        x.npy: byte 60: expected '(' in the header, found '6'
        x.npy: byte 62: expected ',' or ')' in the header, found '}'
        x.npy: byte 61: expected the length of an axis or ')' in the header, found '-'
        x.npy: byte 63: expected the length of an axis or ')' in the header, found ','
        x.npy: byte 63: expected ',' or ')' in the header, found '3'
        x.npy: byte 61: expected at most 67108864 values, found an axis too long to count
        x.npy: byte 59: expected at most 67108864 values, 268435456 bytes as 32-bit floats, found a shape of 67108864×2
        x.npy: byte 59: expected at most 67108864 values, 268435456 bytes as 32-bit floats, found a shape of 4294967296×4294967296×4294967296×0
        x.npy: byte 59: expected at most 32 axes, found 33 or more
        x.npy: byte 72: expected 7 bytes of the values from byte 66, found the end of the file
        x.npy: byte 71: expected the end of the file, found 1 byte more"#]]
    .assert_eq(&messages(&malformed_npy()));
}

#[test]
fn archives() {
    expect![[r#"
        x.npz: byte 201: expected the end record of a zip archive, found the end of the file
        x.npz: byte 180: expected a zip archive of a single part, numbered 0, found part 1
        x.npz: byte 180: expected all 1 zip members in one file, found 2
        x.npz: byte 160: expected [50, 4b, 06, 07], the locator of the zip64 end record, found bytes [00, 00, 00, 00]
        x.npz: byte 0: expected [50, 4b, 01, 02], an entry of the zip directory, found bytes [50, 4b, 03, 04]
        x.npz: byte 202: expected 4 bytes of an entry of the zip directory from byte 202, found the end of the file
        x.npz/a.npy is encrypted: unpack it with its password, and open what is in it
        x.npz/a.npy is packed with bzip2: unpack it first, and open what is in it
        x.npz: byte 145: expected checksum 00000000, found b63cbe44
        x.npz: byte 129: expected the zip64 sizes of a member, found none
        x.npz: byte 202: expected 2304 bytes of a packed member from byte 55, found the end of the file
        x.npz: byte 153: expected 1 byte after unpacking, found 74
        x.npz: byte 153: expected 268435456 bytes after unpacking, found 74
        x.npz: byte 202: expected 256 bytes of the name of a member from byte 175, found the end of the file
        x.npz: byte 1: expected [50, 4b, 03, 04], the header of a zip member, found bytes [4b, 03, 04, 2d]
        x.npz: byte 61: expected at most 1 byte of unpacked data, found more
        x.npz: byte 158: expected 200 bytes after unpacking, found 74
        x.npz: byte 58: expected the end of the deflate stream, found the end of the packed data first
        x.npz: byte 56: expected a deflate stream, found damaged data
        x.npz/readme.txt is text: if it holds numbers, load them in Python with np.loadtxt and save them with np.save
        x.npz/b.npy: byte 70: expected 6 bytes of the values from byte 68, found the end of the file
        x.npz: byte 282: expected 150994944 bytes after unpacking, found 74
        x.npz: byte 0: expected [50, 4b, 03, 04], the header of a zip member, found bytes [00, 4b, 03, 04]"#]]
    .assert_eq(&messages(&malformed_archives()));
}

#[test]
fn gzip() {
    expect![[r#"
        x.gz: byte 0: expected [1f, 8b], the magic of gzip, found bytes [50, 4b]
        x.gz: byte 2: expected packing method 8 (deflate), found 0
        x.gz: byte 3: expected flags with the reserved bits 0xe0 clear, found 0x80
        x.gz: byte 7: expected 6 bytes of the gzip header from byte 4, found the end of the file
        x.gz: byte 32: expected 24675 bytes of the extra field from byte 12, found the end of the file
        x.gz: byte 14: expected 5 bytes of the file name from byte 10, found the end of the file
        x.gz: byte 11: expected a deflate stream, found damaged data
        x.gz: byte 15: expected the end of the deflate stream, found the end of the packed data first
        x.gz: byte 26: expected 4 bytes of the checksum from byte 24, found the end of the file
        x.gz: byte 30: expected 4 bytes of the unpacked length from byte 28, found the end of the file
        x.gz: byte 24: expected checksum 00000000, found 1d8110c9
        x.gz: byte 28: expected 0 bytes after unpacking, found 12
        x.gz: byte 32: expected the end of the file, found 3 bytes more
        x.gz: byte 44: expected the end of the deflate stream, found the end of the packed data first"#]]
    .assert_eq(&messages(&malformed_gzip()));
}

#[test]
fn idx() {
    expect![[r#"
        x-idx2: byte 0: expected [00, 00], the start of IDX, found bytes [00, 01]
        x-idx2: byte 3: expected 2 bytes of the magic of IDX from byte 2, found the end of the file
        x-idx2: byte 2: expected element type 0x08, 0x09, 0x0b, 0x0c, 0x0d or 0x0e, found 0x0a
        x-idx2: byte 3: expected at most 32 axes, found 33 or more
        x-idx2: byte 11: expected 8 bytes of the lengths of the axes from byte 4, found the end of the file
        x-idx2: byte 12: expected 536870912 bytes of the values from byte 12, found the end of the file
        x-idx2: byte 4: expected at most 67108864 values, 268435456 bytes as 32-bit floats, found a shape of 4294967295×4294967295×4294967295×4294967295
        x-idx2: byte 14: expected 4 bytes of the values from byte 12, found the end of the file
        x-idx2: byte 16: expected the end of the file, found 1 byte more"#]]
    .assert_eq(&messages(&malformed_idx()));
}

#[test]
fn kinds() {
    expect![[r#"
        x.png is a PNG image: a browser shows it, unless it is damaged
        x.gz is compressed more than twice: unpack it first, and open what is in it
        x is empty: copy or download it again
        x.npy: byte 0: expected the start of a .npy, .npz, safetensors, IDX or gzip file, found bytes [01, 02, 03, 04]"#]]
    .assert_eq(&messages(&malformed_kinds()));
}
