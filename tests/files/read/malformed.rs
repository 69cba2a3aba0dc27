//! Files that are not what they should be: each gets a message of its own that names file, byte, find and expectation.

use super::made::{gz, idx_file, npy_file, npz_file};
use blue_cube::files::{FileError, gzip, idx, npy, npz, read};
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
        descr("'>f4'"),
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
        [packed, vec![0; 3]].concat(),
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
    let files = [("x.png", b"\x89PNG".to_vec()), ("x.gz", gz(&gz(b"twice"))), ("x", Vec::new())];
    files.iter().map(|(file, bytes)| read(file, bytes).expect_err("every file is wrong")).collect()
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
        x.npy: byte 0: end of file found, 6 bytes of the magic of .npy from byte 0 on expected
        x.npy: byte 4: end of file found, 6 bytes of the magic of .npy from byte 0 on expected
        x.npy: byte 0: bytes [3c, 21, 64, 6f, 63, 74] found, [93, 4e, 55, 4d, 50, 59], the magic of .npy, expected
        x.npy: byte 6: version 4.0 of .npy found, 1.0, 2.0 or 3.0 expected
        x.npy: byte 9: end of file found, 2 bytes of the header length from byte 8 on expected
        x.npy: byte 30: end of file found, 58 bytes of the header from byte 10 on expected
        x.npy: byte 8: a header of 16777216 bytes found, at most 65536 expected
        x.npy: byte 11: 'd' found in the header, a key in quotes or '}' expected
        x.npy: byte 19: ''' found in the header, ':' expected
        x.npy: byte 26: the end found in the header, a closing quote expected
        x.npy: byte 26: ''' found in the header, ',' or '}' expected
        x.npy: byte 44: 'f' found in the header, True or False expected
        x.npy: byte 68: ''' found in the header, only blanks after '}' expected
        x.npy: byte 68: key 'order' found in the header, 'descr', 'fortran_order' or 'shape' expected
        x.npy: byte 68: key 'shape' found twice in the header, once expected
        x.npy: byte 49: end of the header found, key 'descr' expected
        x.npy: byte 41: end of the header found, key 'fortran_order' expected
        x.npy: byte 50: end of the header found, key 'shape' expected
        x.npy: byte 12: end of the header found, key 'shape' expected
        x.npy: byte 20: element type '>f4' found, '<f4', '<f8', '|u1' or '<i8' expected
        x.npy: byte 20: element type '|O' found, '<f4', '<f8', '|u1' or '<i8' expected
        x.npy: byte 20: an element type of many parts found, '<f4', '<f8', '|u1' or '<i8' expected
        x.npy: byte 60: '6' found in the header, '(' expected
        x.npy: byte 62: '}' found in the header, ',' or ')' expected
        x.npy: byte 61: '-' found in the header, the length of an axis or ')' expected
        x.npy: byte 63: ',' found in the header, the length of an axis or ')' expected
        x.npy: byte 63: '3' found in the header, ',' or ')' expected
        x.npy: byte 61: an axis too long to count found, at most 67108864 values expected
        x.npy: byte 59: a shape of 67108864×2 found, at most 67108864 values, 268435456 bytes as 32-bit floats, expected
        x.npy: byte 59: a shape of 4294967296×4294967296×4294967296×0 found, at most 67108864 values, 268435456 bytes as 32-bit floats, expected
        x.npy: byte 59: 33 axes or more found, at most 32 expected
        x.npy: byte 72: end of file found, 7 bytes of the values from byte 66 on expected
        x.npy: byte 71: 1 bytes more found, the end of the file expected"#]]
    .assert_eq(&messages(&malformed_npy()));
}

#[test]
fn archives() {
    expect![[r#"
        x.npz: byte 201: end of file found, the end record of a zip archive before it expected
        x.npz: byte 184: part 1 of a zip archive found, one of a single part, numbered 0, expected
        x.npz: byte 188: 2 of 1 zip members found, all in one file expected
        x.npz: byte 190: a directory of the zip64 format found, one of plain zip expected
        x.npz: byte 0: bytes [50, 4b, 03, 04] found, [50, 4b, 01, 02], an entry of the zip directory, expected
        x.npz: byte 202: end of file found, 4 bytes of an entry of the zip directory from byte 202 on expected
        x.npz: byte 137: an encrypted member found, a plain one expected
        x.npz: byte 139: packing method 12 found, 0 (stored) or 8 (deflate) expected
        x.npz: byte 145: checksum b63cbe44 found, 00000000 expected
        x.npz: byte 129: a member of the zip64 format found, one of plain zip expected
        x.npz: byte 202: end of file found, 2304 bytes of a packed member from byte 55 on expected
        x.npz: byte 153: 74 bytes found after unpacking, 1 expected
        x.npz: byte 153: 74 bytes found after unpacking, 268435456 expected
        x.npz: byte 202: end of file found, 256 bytes of the name of a member from byte 175 on expected
        x.npz: byte 1: bytes [4b, 03, 04, 2d] found, [50, 4b, 03, 04], the header of a zip member, expected
        x.npz: byte 61: unpacked data of more than 1 bytes found, at most that expected
        x.npz: byte 158: 74 bytes found after unpacking, 200 expected
        x.npz: byte 58: end of the packed data found, the end of its deflate stream before it expected
        x.npz: byte 56: damaged data found, a deflate stream expected
        x.npz/readme.txt: byte 0: bytes [6e, 6f, 20, 61, 72, 72] found, [93, 4e, 55, 4d, 50, 59], the magic of .npy, expected
        x.npz/b.npy: byte 70: end of file found, 6 bytes of the values from byte 68 on expected
        x.npz: byte 333: members of 301989888 bytes unpacked found up to here, at most 268435456 expected
        x.npz: byte 0: bytes [00, 4b, 03, 04] found, [50, 4b, 03, 04], the header of a zip member, expected"#]].assert_eq(&messages(&malformed_archives()));
}

#[test]
fn gzip() {
    expect![[r#"
        x.gz: byte 0: bytes [50, 4b] found, [1f, 8b], the magic of gzip, expected
        x.gz: byte 2: packing method 0 found, 8 (deflate) expected
        x.gz: byte 3: flags 0x80 found, reserved bits 0xe0 clear expected
        x.gz: byte 7: end of file found, 6 bytes of the gzip header from byte 4 on expected
        x.gz: byte 32: end of file found, 24675 bytes of the extra field from byte 12 on expected
        x.gz: byte 14: end of file found, 5 bytes of the file name from byte 10 on expected
        x.gz: byte 11: damaged data found, a deflate stream expected
        x.gz: byte 15: end of the packed data found, the end of its deflate stream before it expected
        x.gz: byte 26: end of file found, 4 bytes of the checksum from byte 24 on expected
        x.gz: byte 30: end of file found, 4 bytes of the unpacked length from byte 28 on expected
        x.gz: byte 24: checksum 1d8110c9 found, 00000000 expected
        x.gz: byte 28: 12 bytes found after unpacking, 0 expected
        x.gz: byte 32: 3 bytes more found, the end of the file expected"#]]
    .assert_eq(&messages(&malformed_gzip()));
}

#[test]
fn idx() {
    expect![[r#"
        x-idx2: byte 0: bytes [00, 01] found, [00, 00], the start of IDX, expected
        x-idx2: byte 3: end of file found, 2 bytes of the magic of IDX from byte 2 on expected
        x-idx2: byte 2: element type 0x0a found, 0x08, 0x09, 0x0b, 0x0c, 0x0d or 0x0e expected
        x-idx2: byte 3: 33 axes or more found, at most 32 expected
        x-idx2: byte 11: end of file found, 8 bytes of the lengths of the axes from byte 4 on expected
        x-idx2: byte 4: a shape of 33554432×2 found, at most 33554432 values, 134217728 bytes as 32-bit floats, expected
        x-idx2: byte 4: a shape of 4294967295×4294967295×4294967295×4294967295 found, at most 67108864 values, 268435456 bytes as 32-bit floats, expected
        x-idx2: byte 14: end of file found, 4 bytes of the values from byte 12 on expected
        x-idx2: byte 16: 1 bytes more found, the end of the file expected"#]]
    .assert_eq(&messages(&malformed_idx()));
}

#[test]
fn kinds() {
    expect![[r#"
        x.png: byte 0: bytes [89, 50, 4e, 47] found, the start of a .npy, .npz, IDX or gzip file expected
        x: byte 0: bytes [1f, 8b, 08, 00] found, the start of a .npy, .npz, IDX or gzip file expected
        x: byte 0: bytes [] found, the start of a .npy, .npz, IDX or gzip file expected"#]]
    .assert_eq(&messages(&malformed_kinds()));
}
