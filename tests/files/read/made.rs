//! Files made byte by byte, and those made by `tests/files/cases/make.py`.

use blue_cube::files::{Array, Limits, read};
use flate2::Compression;
use flate2::write::{DeflateEncoder, GzEncoder};
use std::io::Write;

/// The bytes of a file in `tests/files/cases`.
pub(crate) fn case(file: &str) -> Vec<u8> {
    let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/files/cases").join(file);
    std::fs::read(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// The only array of a file in `tests/files/cases`.
pub(crate) fn array(file: &str) -> Array {
    let members = read(file, &case(file), Limits::default()).unwrap_or_else(|error| panic!("{error}"));
    let [member] = <[_; 1]>::try_from(members).expect("one array");
    member.array.unwrap_or_else(|error| panic!("{error}"))
}

/// A `.npy` file of version `major`.0 with these keys in its header.
pub(crate) fn npy_file(major: u8, keys: &str, data: &[u8]) -> Vec<u8> {
    let header = format!("{{{keys}}}\n");
    let mut bytes = [b"\x93NUMPY".as_slice(), &[major, 0]].concat();
    match major {
        1 => bytes.extend((header.len() as u16).to_le_bytes()),
        _ => bytes.extend((header.len() as u32).to_le_bytes()),
    }
    bytes.extend(header.as_bytes());
    bytes.extend(data);
    bytes
}

/// An IDX file with values of type `code`.
pub(crate) fn idx_file(code: u8, axes: &[u32], data: &[u8]) -> Vec<u8> {
    let mut bytes = vec![0, 0, code, axes.len() as u8];
    bytes.extend(axes.iter().flat_map(|length| length.to_be_bytes()));
    bytes.extend(data);
    bytes
}

pub(crate) fn gz(bytes: &[u8]) -> Vec<u8> {
    let mut packer = GzEncoder::new(Vec::new(), Compression::default());
    packer.write_all(bytes).expect("memory takes any bytes");
    packer.finish().expect("memory takes any bytes")
}

fn deflated(bytes: &[u8]) -> Vec<u8> {
    let mut packer = DeflateEncoder::new(Vec::new(), Compression::default());
    packer.write_all(bytes).expect("memory takes any bytes");
    packer.finish().expect("memory takes any bytes")
}

/// A zip file as `numpy.savez` and `numpy.savez_compressed` write it: the sizes in the members' own headers are in a
/// field of 20 bytes.
pub(crate) fn npz_file(members: &[(&str, Vec<u8>)], is_deflated: bool) -> Vec<u8> {
    let method: u16 = if is_deflated { 8 } else { 0 };
    let (mut bytes, mut directory) = (Vec::new(), Vec::new());
    for (name, member) in members {
        let packed = if is_deflated { deflated(member) } else { member.clone() };
        let mut crc = flate2::Crc::new();
        crc.update(member);
        let local_at = bytes.len() as u32;
        let name_len = (name.len() as u16).to_le_bytes();
        bytes.extend(b"PK\x03\x04\x2d\x00\x00\x00");
        bytes.extend(method.to_le_bytes());
        bytes.extend([0; 4]);
        bytes.extend(crc.sum().to_le_bytes());
        bytes.extend([0xff; 8]);
        bytes.extend(name_len);
        bytes.extend([20, 0]);
        bytes.extend(name.as_bytes());
        bytes.extend([1, 0, 16, 0]);
        bytes.extend((member.len() as u64).to_le_bytes());
        bytes.extend((packed.len() as u64).to_le_bytes());
        bytes.extend(&packed);
        directory.extend(b"PK\x01\x02\x2d\x03\x2d\x00\x00\x00");
        directory.extend(method.to_le_bytes());
        directory.extend([0; 4]);
        directory.extend(crc.sum().to_le_bytes());
        directory.extend((packed.len() as u32).to_le_bytes());
        directory.extend((member.len() as u32).to_le_bytes());
        directory.extend(name_len);
        directory.extend([0; 12]);
        directory.extend(local_at.to_le_bytes());
        directory.extend(name.as_bytes());
    }
    let directory_at = bytes.len() as u32;
    bytes.extend(&directory);
    bytes.extend(b"PK\x05\x06\x00\x00\x00\x00");
    bytes.extend([(members.len() as u16).to_le_bytes(); 2].concat());
    bytes.extend((directory.len() as u32).to_le_bytes());
    bytes.extend(directory_at.to_le_bytes());
    bytes.extend([0; 2]);
    bytes
}
