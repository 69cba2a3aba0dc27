//! Writes `data/files.js`: the address, size and digest of every data file, by which the training worker checks what it
//! fetches.

use crate::site::digest_hex;
use anyhow::{Context, Result};
use flate2::read::GzDecoder;
use std::fmt::Write as _;
use std::io::Read;

/// The script, from the root of the site.
pub const SCRIPT: &str = "data/files.js";

/// The ending of a data file's name.
pub const PACKED: &str = ".gz";

/// The text of the script for data files: their paths below `data/`, and their bytes as they are served.
pub fn script<'a>(files: impl IntoIterator<Item = (&'a str, &'a [u8])>) -> Result<String> {
    let mut text = "// @ts-check\n// Written by xtask/src/data_files.rs: `UPDATE_DATA=1 cargo test --package xtask data_files::`.\n\n".to_owned();
    text += "/** The data files by name: where each is, and what it must be, packed and unpacked. @type {Record<string, { url: string, bytes: number, sha256: string, plainBytes: number, plainSha256: string }>} */\n";
    text += "export const DATA_FILES = {\n";
    for (path, packed) in files {
        let mut plain = vec![];
        GzDecoder::new(packed).read_to_end(&mut plain).with_context(|| path.to_owned())?;
        let name = path.trim_end_matches(PACKED);
        writeln!(text, "  \"{name}\": {{")?;
        writeln!(text, "    url: new URL(\"{path}\", import.meta.url).href,")?;
        writeln!(text, "    bytes: {},", packed.len())?;
        writeln!(text, "    sha256: \"{}\",", digest_hex(packed))?;
        writeln!(text, "    plainBytes: {},", plain.len())?;
        writeln!(text, "    plainSha256: \"{}\",", digest_hex(&plain))?;
        writeln!(text, "  }},")?;
    }
    Ok(text + "};\n")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::workspace::{files_under, shell, www_dir};
    use std::fs;

    #[test]
    fn the_script_describes_the_shipped_files() {
        let data = www_dir(&shell().expect("a workspace")).join("data");
        let files = files_under(&data).expect("the data are there");
        let files: Vec<_> = files.iter().map(|file| file.to_string_lossy().replace('\\', "/")).collect();
        let packed: Vec<_> = files.iter().filter(|file| file.ends_with(PACKED)).collect();
        let bytes: Vec<_> = packed.iter().map(|file| fs::read(data.join(file)).expect("readable")).collect();
        let pairs = packed.iter().map(|file| file.as_str()).zip(bytes.iter().map(Vec::as_slice));
        let want = script(pairs).expect("the files are gzip");
        let path = data.join("files.js");
        if std::env::var_os("UPDATE_DATA").is_some() {
            fs::write(&path, &want).expect("writable");
        }
        let found = fs::read_to_string(&path).unwrap_or_default();
        assert!(found == want, "www/{SCRIPT} is outdated: run with UPDATE_DATA=1");
    }
}
