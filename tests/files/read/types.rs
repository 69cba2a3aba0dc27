//! Every real type of NumPy and safetensors, images of 16 bits, and what f32 cannot hold. The files are made by
//! `tests/files/cases/make.py`.

use super::made::{array, case, npy_file};
use blue_cube::files::{ElementType, FileError, Format, Limits, Member, Part, read};

/// The values in `make.py`: of floats x, of integers 4·x, and of those without a sign 4·x + 8.
fn wanted(code: &str) -> Vec<f32> {
    let x = (-8_i8..16).map(f32::from);
    match code.as_bytes()[0] {
        b'b' => x.map(|x| f32::from(u8::from(x > 0.0))).collect(),
        b'u' => x.map(|x| x + 8.0).collect(),
        b'i' => x.collect(),
        _ => x.map(|x| x / 4.0).collect(),
    }
}

#[test]
fn every_type_of_numpy_is_read_in_either_order() -> Result<(), FileError> {
    let members = read("types.npz", &case("types.npz"), Limits::default())?;
    assert_eq!(members.len(), 1 + 11 * 3);
    for member in &members {
        let array = member.array.as_ref().unwrap_or_else(|error| panic!("{error}"));
        assert_eq!(array.shape(), [2, 3, 2, 2], "{}", member.name);
        assert_eq!(array.values(), wanted(&member.name), "{}", member.name);
        assert_eq!((array.n_rounded(), array.n_overflowed()), (0, 0), "{}", member.name);
        // NumPy says bytes, the name bits.
        let code = member.name.split(' ').next().unwrap_or_default();
        let bits = code[1..].parse::<usize>().map(|n_bytes| format!("{}{}", &code[..1], 8 * n_bytes));
        assert_eq!(array.dtype().name(), bits.unwrap_or("bool".to_owned()), "{}", member.name);
    }
    Ok(())
}

#[test]
fn single_files_of_every_kind_are_read() {
    let x = wanted("f");
    for (file, dtype, want) in [
        ("dtype_b1.npy", ElementType::Bool, wanted("b")),
        ("dtype_f2.npy", ElementType::F16, x.clone()),
        ("dtype_i4.npy", ElementType::I32, wanted("i")),
        ("dtype_f4be.npy", ElementType::F32, x.clone()),
        ("x_multi.npy.gz", ElementType::F32, x.clone()),
        ("x_double.npy.gz", ElementType::F32, x),
    ] {
        let array = array(file);
        assert_eq!((array.shape(), array.values()), ([2, 3, 2, 2].as_slice(), want.as_slice()), "{file}");
        assert_eq!(array.dtype(), dtype, "{file}");
    }
    assert_eq!(array("labels_1d.npy").shape(), [10]);
    // A boolean is what Python takes for true.
    let bools = npy_file(1, "'descr': '|b1', 'fortran_order': False, 'shape': (3,)", &[0, 1, 255]);
    assert_eq!(blue_cube::files::npy::read("x.npy", &bools).unwrap().values(), [0.0, 1.0, 1.0]);
}

#[test]
fn every_type_of_safetensors_is_read() -> Result<(), FileError> {
    let members = read("types.safetensors", &case("types.safetensors"), Limits::default())?;
    assert_eq!(members.len(), 19);
    let mut names = Vec::new();
    for Member { name, format, array } in members {
        assert_eq!(format, Format::Safetensors);
        if name == "complex64" {
            let error = array.unwrap_err().to_string();
            assert!(error.ends_with(" holds complex numbers (C64): save its real and imaginary parts"), "{error}");
            continue;
        }
        let values = match name.as_str() {
            "float8_e8m0fnu" => vec![0.25, 1.0, 4.0],
            "bool" => vec![0.0, 1.0, 1.0, 1.0, 1.0, 1.0],
            unsigned if unsigned.starts_with('u') => vec![0.0, 1.0, 1.0, 2.0, 0.0, 4.0],
            signed if signed.starts_with('i') => vec![0.0, 1.0, 1.0, -2.0, 0.0, 4.0],
            _ => vec![0.0, 1.0, 1.5, -2.0, 0.25, 4.0],
        };
        assert_eq!(array?.values(), values, "{name}");
        names.push(name);
    }
    assert_eq!(names.len(), 18);
    let members = read("w.safetensors", &case("w.safetensors"), Limits::default())?;
    let shapes: Vec<_> =
        members.iter().map(|member| (member.name.as_str(), member.array.as_ref().unwrap().shape())).collect();
    assert_eq!(shapes, [("b", [3].as_slice()), ("w", &[2, 3, 2, 2])]);
    Ok(())
}

#[test]
fn all_sixteen_bits_of_an_image_are_kept() -> Result<(), FileError> {
    for (file, n_channels) in [("grey16.png", 1), ("rgb16_filters.png", 3), ("rgba16_interlaced.png", 4)] {
        let array = array(file);
        assert_eq!(array.shape(), [n_channels, 9, 7], "{file}");
        let value = |at: usize| (6000 * (at / 63) + 300 * (at / 7 % 9) + 7 * (at % 7)) as f32;
        assert_eq!(array.values(), (0..63 * n_channels).map(value).collect::<Vec<f32>>(), "{file}");
    }
    assert_eq!(array("grey16_low.png").values(), (0_u8..16).map(f32::from).collect::<Vec<f32>>());
    Ok(())
}

#[test]
fn damaged_images_are_refused() {
    let sound = case("rgba16_interlaced.png");
    for end in 0..sound.len() {
        assert!(read("x.png", &sound[..end], Limits::default()).is_err(), "{end} bytes");
    }
    for at in 8..sound.len() {
        let mut bytes = sound.clone();
        bytes[at] ^= 1;
        // Every chunk has a checksum, and the last four bytes are that of the end, which holds nothing.
        let is_of_end = at >= sound.len() - 12;
        assert!(is_of_end || read("x.png", &bytes, Limits::default()).is_err(), "byte {at}");
    }
}

#[test]
fn what_f32_cannot_hold_is_counted() -> Result<(), FileError> {
    let members = read("rounded.npz", &case("rounded.npz"), Limits::default())?;
    let [longs, doubles] = [0, 1].map(|at| members[at].array.as_ref().unwrap());
    assert_eq!(longs.values(), [16_777_216.0, 16_777_216.0, -9.007_199e15, 9.223_372e18]);
    assert_eq!((longs.n_rounded(), longs.n_overflowed()), (3, 0));
    assert_eq!((doubles.n_rounded(), doubles.n_overflowed()), (3, 2));
    Ok(())
}

/// 10 items of 2×3 values, of which 4 fit.
#[test]
fn part_of_a_large_array_is_read() -> Result<(), FileError> {
    let data: Vec<u8> = (0..60).collect();
    let of_rows = npy_file(1, "'descr': '|u1', 'fortran_order': False, 'shape': (10, 2, 3)", &data);
    // Column by column: the value at (i, j, k) lies at i + 10·j + 20·k.
    let columns: Vec<u8> = (0..60).map(|at: u8| at % 10 * 6 + at / 10 % 2 * 3 + at / 20).collect();
    let of_columns = npy_file(1, "'descr': '|u1', 'fortran_order': True, 'shape': (10, 2, 3)", &columns);
    for bytes in [of_rows, of_columns] {
        let part = |from| {
            let limits = Limits { most_values: 29, part_from: Some(from) };
            read("x.npy", &bytes, limits).map(|members| members[0].array.clone().unwrap())
        };
        for (from, start) in [(0, 0), (3, 3), (6, 6), (7, 6), (usize::MAX, 6)] {
            let array = part(from)?;
            assert_eq!((array.shape(), array.part()), ([4, 2, 3].as_slice(), Some(Part { from: start, of: 10 })));
            assert_eq!(array.values(), (6 * start..6 * start + 24).map(|i| i as f32).collect::<Vec<f32>>());
        }
        let whole = Limits { most_values: 60, part_from: Some(3) };
        let array = read("x.npy", &bytes, whole)?[0].array.clone().unwrap();
        assert_eq!((array.part(), array.values().len()), (None, 60));
        let refused = |limits| read("x.npy", &bytes, limits).unwrap_err().to_string();
        let words = "expected at most 59 values, 236 bytes as 32-bit floats, found a shape of 10×2×3";
        assert!(refused(Limits { most_values: 59, part_from: None }).ends_with(words));
        let words = "expected at most 5 values, 20 bytes as 32-bit floats, found a shape of 10×2×3";
        assert!(refused(Limits { most_values: 5, part_from: Some(0) }).ends_with(words), "no item fits");
    }
    Ok(())
}

#[test]
fn the_shipped_images_are_read_in_part() -> Result<(), FileError> {
    let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("www/data/mnist/train-images-idx3-ubyte.gz");
    let limits = Limits { most_values: 1 << 24, part_from: Some(50_000) };
    let members = read("train-images-idx3-ubyte.gz", &std::fs::read(path).unwrap(), limits)?;
    let array = members[0].array.as_ref().unwrap();
    assert_eq!((members[0].name.as_str(), members[0].format), ("train-images-idx3-ubyte", Format::Idx));
    assert_eq!(array.shape(), [21_399, 28, 28]);
    assert_eq!(array.part(), Some(Part { from: 60_000 - 21_399, of: 60_000 }));
    Ok(())
}
