//! Archives: each member is read by itself, and one that cannot be read hides no other. The files are made by
//! `tests/files/cases/make.py`.

use super::made::{case, npy_file, npz_file};
use blue_cube::files::{Limits, Member, read};
use expect_test::expect;

/// One line per member: its shape, or why it cannot be read.
fn listed(file: &str, bytes: &[u8]) -> String {
    let line = |Member { name, array, .. }: Member| match array {
        Ok(array) => format!("{name}: {:?}", array.shape()),
        Err(error) => format!("{name} {}", error.reason()),
    };
    match read(file, bytes, Limits::default()) {
        Ok(members) => members.into_iter().map(line).collect::<Vec<_>>().join("\n"),
        Err(error) => error.to_string(),
    }
}

#[test]
fn one_bad_member_hides_no_other() {
    let lists: Vec<String> = [
        "npz_with_strings.npz",
        "npz_with_bool.npz",
        "npz_macos.npz",
        "npz_folder_entry.npz",
        "refused.npz",
        "packings.zip",
    ]
    .iter()
    .map(|file| format!("{file}\n{}\n", listed(file, &case(file))))
    .collect();
    expect![[r#"
        npz_with_strings.npz
        x: [2, 3, 2, 2]
        names holds text ('<U3')

        npz_with_bool.npz
        x: [2, 3, 2, 2]
        mask: [2, 3, 2, 2]

        npz_macos.npz
        x: [2, 3, 2, 2]
        __MACOSX/._x is a macOS resource fork

        npz_folder_entry.npz
        layer/ is a folder
        layer/w: [2, 3, 2, 2]

        refused.npz
        x: [2, 3, 2, 2]
        text holds text ('<U3')
        bytes holds text ('|S3')
        objects holds Python objects ('|O')
        complex holds complex numbers ('<c8')
        long doubles holds floats of more than 64 bits ('<f16')
        dates holds dates or times ('<M8[D]')
        spans holds dates or times ('<m8[s]')
        void holds bytes without a type, as NumPy saves bfloat16 ('|V2')
        records holds records of several fields ([('x', '<f4'), ('y', '<i8')])

        packings.zip
        stored: [2, 3, 2, 2]
        deflate: [2, 3, 2, 2]
        bzip2 is packed with bzip2
        lzma is packed with LZMA
        labels-idx1-ubyte: [3]
        notes.txt is text
        inner.npz is a zip archive
        page is a web page (HTML)
        w.safetensors/b: [3]
        w.safetensors/w: [2, 3, 2, 2]
    "#]]
    .assert_eq(&lists.join("\n"));
}

#[test]
fn archives_of_zip64_are_read() {
    for file in ["npz_zip64_central.npz", "npz_zip64.npz"] {
        assert_eq!(listed(file, &case(file)), "x: [2, 3, 2, 2]", "{file}");
    }
    let bytes = case("npz_zip64.npz");
    for end in 0..bytes.len() {
        assert!(read("x.npz", &bytes[..end], Limits::default()).is_err(), "{end} bytes");
    }
}

#[test]
fn an_encrypted_or_damaged_member_is_listed() {
    let member = |value| npy_file(1, "'descr': '|u1', 'fortran_order': False, 'shape': (2,)", &[value; 2]);
    let sound = npz_file(&[("a.npy", member(1)), ("b.npy", member(2))], false);
    // The directory's last entry, whose name has 5 bytes, is followed by the end record.
    let entry = sound.len() - 22 - 46 - 5;
    let with = |at: usize, byte: u8| {
        let mut bytes = sound.clone();
        bytes[entry + at] = byte;
        listed("x.npz", &bytes)
    };
    expect![[r#"
        a: [2]
        b is encrypted

        a: [2]
        b is packed with AES encryption

        a: [2]
        b byte 313: expected checksum 9d11fe00, found 9d11fe4c

        a: [2]
        b byte 313: expected checksum 9d11fe4c, found 2f35fc35"#]]
    .assert_eq(&[with(8, 1), with(10, 99), with(16, 0), with(42, 0)].join("\n\n"));
}

#[test]
fn an_archive_without_arrays_is_named() {
    let texts = |names: &[&str]| {
        let members: Vec<(&str, Vec<u8>)> = names.iter().map(|&name| (name, b"some text".to_vec())).collect();
        listed("x.zip", &npz_file(&members, true))
    };
    expect![[r#"
        model.pt is a PyTorch file (.pt): load it in Python and save its tensors with safetensors.torch.save_file
        x.zip is a Keras model (.keras): in Python, save each of its weights with np.save
        x.zip is an Office document: save its table as CSV, load that in Python, and save it with np.save
        x.zip holds no array that can be read: a.txt: is text
        x.zip holds no array that can be read: a.txt: is text; b.txt: is text; c.txt: is text; and 2 more"#]]
    .assert_eq(
        &[
            listed("model.pt", &case("model.pt")),
            texts(&["config.json", "metadata.json", "model.weights.h5"]),
            texts(&["[Content_Types].xml", "xl/workbook.xml"]),
            texts(&["a.txt"]),
            texts(&["a.txt", "b.txt", "c.txt", "d.txt", "e.txt"]),
        ]
        .join("\n"),
    );
}

/// Members that unpack to too much, each small: the rest is listed and costs nothing.
#[test]
fn what_is_read_of_an_archive_is_limited() {
    let zeros = npy_file(1, "'descr': '|u1', 'fortran_order': False, 'shape': (30000000,)", &[0; 30_000_000]);
    let members: Vec<(String, Vec<u8>)> = (0..3).map(|at| (format!("{at}.npy"), zeros.clone())).collect();
    let members: Vec<(&str, Vec<u8>)> = members.iter().map(|(name, bytes)| (name.as_str(), bytes.clone())).collect();
    let list = listed("x.npz", &npz_file(&members, true));
    // Three that claim a third of the limit and one byte each, of which the last is not even looked at.
    let member = npy_file(1, "'descr': '|u1', 'fortran_order': False, 'shape': (2,)", &[1; 2]);
    let mut claims = npz_file(&[("0", member.clone()), ("1", member.clone()), ("2", member)], false);
    let entries: Vec<usize> = (0..claims.len()).filter(|&at| claims[at..].starts_with(b"PK\x01\x02")).collect();
    for entry in entries {
        claims[entry + 24..][..4].copy_from_slice(&((256_u32 << 20) / 3 + 1).to_le_bytes());
    }
    let list = format!("{list}\n{}", listed("x.npz", &claims));
    expect![[r#"
        0: [30000000]
        1: [30000000]
        2 is left out: with those before it, it has more than 67108864 values
        x.npz holds no array that can be read: 0: byte 381: expected 89478486 bytes after unpacking, found 68; 1: byte 428: expected 89478486 bytes after unpacking, found 68; 2: is left out: with those before it, it has more than 268435456 bytes"#]]
    .assert_eq(&list);
}
