//! Files of arrays: reading, writing, and malformed files.

mod archives;
mod fuzz;
mod made;
mod malformed;
mod things;
mod types;

use blue_cube::files::{Array, ElementType, FileError, Limits, gzip, idx, npy, npz, read};
use made::{gz, idx_file, npy_file, npz_file};

#[test]
fn npy_of_every_type_and_version_is_read() -> Result<(), FileError> {
    let floats = [1.5_f32, -0.0, f32::INFINITY, 1e-40, 3.0, -7.25];
    let f32s: Vec<u8> = floats.iter().flat_map(|value| value.to_le_bytes()).collect();
    let f64s: Vec<u8> = [1.5, 0.1, -1e300, 3.0, 4.0, 5.0_f64].iter().flat_map(|value| value.to_le_bytes()).collect();
    let i64s: Vec<u8> = [1, -2, 3, 1 << 24, (1 << 24) + 1, i64::MIN].iter().flat_map(|i| i.to_le_bytes()).collect();
    let cases = [
        ("<f4", ElementType::F32, f32s, floats.to_vec()),
        ("<f8", ElementType::F64, f64s, vec![1.5, 0.1, f32::NEG_INFINITY, 3.0, 4.0, 5.0]),
        ("<i8", ElementType::I64, i64s, vec![1.0, -2.0, 3.0, 16_777_216.0, 16_777_216.0, -9.223_372e18]),
        ("|u1", ElementType::U8, vec![0, 1, 127, 128, 254, 255], vec![0.0, 1.0, 127.0, 128.0, 254.0, 255.0]),
    ];
    for (descr, dtype, data, want) in cases {
        for version in 1..=3 {
            let bytes =
                npy_file(version, &format!("'descr': '{descr}', 'fortran_order': False, 'shape': (2, 3)"), &data);
            let array = npy::read("x.npy", &bytes)?;
            assert_eq!((array.dtype(), array.shape()), (dtype, [2, 3].as_slice()), "{descr}, version {version}");
            assert_eq!(array.values(), want, "{descr}, version {version}");
        }
    }
    Ok(())
}

#[test]
fn fortran_order_is_brought_into_c_order() -> Result<(), FileError> {
    let file = |shape: &str, data: &[u8]| {
        npy_file(1, &format!("'descr': '|u1', 'fortran_order': True, 'shape': {shape}"), data)
    };
    // The value shows its position: row, column and so on as decimal digits.
    let array = npy::read("x.npy", &file("(2, 3)", &[0, 10, 1, 11, 2, 12]))?;
    assert_eq!(array.values(), [0.0, 1.0, 2.0, 10.0, 11.0, 12.0]);
    let array = npy::read("x.npy", &file("(2, 2, 2)", &[0, 100, 10, 110, 1, 101, 11, 111]))?;
    assert_eq!(array.values(), [0.0, 1.0, 10.0, 11.0, 100.0, 101.0, 110.0, 111.0]);
    for (shape, want) in [("()", vec![]), ("(1,)", vec![1]), ("(1, 1)", vec![1, 1])] {
        let array = npy::read("x.npy", &file(shape, &[7]))?;
        assert_eq!((array.shape(), array.values()), (want.as_slice(), [7.0].as_slice()), "{shape}");
    }
    assert_eq!(npy::read("x.npy", &file("(3, 0)", &[]))?.values(), [0.0; 0]);
    Ok(())
}

#[test]
fn headers_may_be_written_freely() -> Result<(), FileError> {
    for keys in [
        "'shape': (2,), 'descr': '<u1', 'fortran_order': False",
        "\"fortran_order\":False,\"shape\":( 2 , ),\"descr\":\"|u1\",",
        "'descr': '|u1', 'fortran_order': False, 'shape': (2L,), ",
    ] {
        assert_eq!(npy::read("x.npy", &npy_file(1, keys, &[3, 4]))?.values(), [3.0, 4.0], "{keys}");
    }
    Ok(())
}

#[test]
fn what_is_written_is_read_again() -> Result<(), FileError> {
    for shape in [vec![], vec![0], vec![5], vec![2, 3], vec![1, 2, 3, 4], vec![1; 32]] {
        let n_values: usize = shape.iter().product();
        let array = Array::new(shape, (0..n_values).map(|i| i as f32 / 3.0 - 1.0).collect()).unwrap();
        let bytes = npy::write(&array);
        assert_eq!((bytes.len() - 4 * n_values) % 64, 0, "the data is aligned");
        assert_eq!(npy::read("x.npy", &bytes)?, array);
    }
    Ok(())
}

/// The bytes that NumPy 2.4.6 writes for `np.save(f, np.float32([[1, 2, 3]]))`.
#[test]
fn npy_is_written_as_numpy_does() {
    let array = Array::new(vec![1, 3], vec![1.0, 2.0, 3.0]).unwrap();
    let mut want = b"\x93NUMPY\x01\x00v\x00{'descr': '<f4', 'fortran_order': False, 'shape': (1, 3), }".to_vec();
    want.resize(127, b' ');
    want.extend(b"\n\x00\x00\x80\x3f\x00\x00\x00\x40\x00\x00\x40\x40");
    assert_eq!(npy::write(&array), want);
}

#[test]
fn arrays_fill_their_shape() {
    let error = Array::new(vec![2, 3], vec![0.0; 5]).unwrap_err();
    assert_eq!(error.to_string(), "expected the values of shape 2×3, found 5");
    assert!(Array::new(vec![usize::MAX, 2], vec![]).is_err());
}

#[test]
fn npz_members_are_read_stored_and_deflated() -> Result<(), FileError> {
    let member = |value: u8| npy_file(1, "'descr': '|u1', 'fortran_order': False, 'shape': (300,)", &[value; 300]);
    let members = [("images.npy", member(3)), ("labels.npy", member(9))];
    for is_deflated in [false, true] {
        let arrays = npz::read("x.npz", &npz_file(&members, is_deflated))?;
        let names: Vec<&str> = arrays.iter().map(|(name, _)| name.as_str()).collect();
        assert_eq!(names, ["images", "labels"]);
        assert_eq!((arrays[0].1.values(), arrays[1].1.values()), ([3.0; 300].as_slice(), [9.0; 300].as_slice()));
    }
    assert_eq!(npz::read("x.npz", &npz_file(&[], false))?, []);
    Ok(())
}

#[test]
fn idx_of_every_type_is_read() -> Result<(), FileError> {
    let cases: [(u8, ElementType, Vec<u8>, [f32; 2]); 6] = [
        (0x08, ElementType::U8, vec![1, 255], [1.0, 255.0]),
        (0x09, ElementType::I8, vec![1, 255], [1.0, -1.0]),
        (0x0b, ElementType::I16, vec![1, 2, 255, 254], [258.0, -2.0]),
        (0x0c, ElementType::I32, vec![0, 1, 0, 0, 255, 255, 255, 253], [65_536.0, -3.0]),
        (0x0d, ElementType::F32, [1.5_f32, -2.0].iter().flat_map(|value| value.to_be_bytes()).collect(), [1.5, -2.0]),
        (0x0e, ElementType::F64, [0.5_f64, 9.0].iter().flat_map(|value| value.to_be_bytes()).collect(), [0.5, 9.0]),
    ];
    for (code, dtype, data, want) in cases {
        let array = idx::read("x", &idx_file(code, &[1, 2], &data))?;
        assert_eq!((array.dtype(), array.shape(), array.values()), (dtype, [1, 2].as_slice(), want.as_slice()));
    }
    Ok(())
}

#[test]
fn the_kind_of_a_file_shows_in_its_first_bytes() -> Result<(), FileError> {
    let npy = npy_file(1, "'descr': '|u1', 'fortran_order': False, 'shape': (2,)", &[1, 2]);
    let idx = idx_file(8, &[2], &[1, 2]);
    let npz = npz_file(&[("a.npy", npy.clone())], true);
    for (file, bytes, name) in [
        ("x.npy", npy.clone(), "x.npy"),
        ("x-idx1", idx.clone(), "x-idx1"),
        ("x.npy.gz", gz(&npy), "x.npy"),
        ("x-idx1.gz", gz(&idx), "x-idx1"),
        ("x.npz", npz, "a"),
    ] {
        let members = read(file, &bytes, Limits::default())?;
        let array = members[0].array.as_ref().unwrap();
        assert_eq!((members[0].name.as_str(), array.values()), (name, [1.0, 2.0].as_slice()), "{file}");
    }
    Ok(())
}

#[test]
fn gzip_headers_may_have_every_field() -> Result<(), FileError> {
    let mut packed = flate2::GzBuilder::new()
        .filename("train-images")
        .comment("of MNIST")
        .extra(vec![1, 2, 3])
        .read(&b"abc"[..], flate2::Compression::best());
    let mut bytes = Vec::new();
    std::io::Read::read_to_end(&mut packed, &mut bytes).unwrap();
    assert_eq!(gzip::unpack("x.gz", &bytes)?, b"abc");
    // The same with a checksum of the header, which nobody writes.
    let header_bytes = 10 + 5 + "train-images".len() + 1 + "of MNIST".len() + 1;
    bytes[3] |= 2;
    bytes.splice(header_bytes..header_bytes, [0, 0]);
    assert_eq!(gzip::unpack("x.gz", &bytes)?, b"abc");
    Ok(())
}

#[test]
fn shipped_idx_files_are_read() -> Result<(), FileError> {
    let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("www/data/mnist/t10k-labels-idx1-ubyte.gz");
    let members = read("t10k-labels-idx1-ubyte.gz", &std::fs::read(path).unwrap(), Limits::default())?;
    let array = members[0].array.as_ref().unwrap();
    assert_eq!((array.shape(), &array.values()[..3]), ([10_000].as_slice(), [7.0, 2.0, 1.0].as_slice()));
    Ok(())
}
