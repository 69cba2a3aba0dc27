//! Writes the page as one file that opens by a double click, without a server: scripts, wasm and some of the images are in it,
//! packed, and a small loader (`one_file.js`) gives the browser each under an address of its own.
//!
//! Workers see neither import maps nor relative addresses from there, so the loader writes the addresses into the scripts.

use crate::data_files;
use crate::ship::{Reference, shipped};
use crate::site::{PAGE, Site, digest, extension, linked, scripts_of};
use anyhow::{Context, Result, ensure};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use flate2::Compression;
use flate2::read::GzDecoder;
use flate2::write::GzEncoder;
use serde_json::json;
use std::fs;
use std::io::{Read, Write};
use std::path::Path;

/// Largest size in bytes: it is sent by mail.
pub const MOST_BYTES: usize = 3_000_000;

/// Images of each data set that the file holds: to train on, and to test on.
const N_IMAGES: [(&str, u32); 2] = [("train-", 1000), ("t10k-", 300)];

/// The module that starts the page.
const MAIN: &str = "main.js";

const LOADER: &str = include_str!("one_file.js");

/// The menu's entry that needs an address which other pages can load.
const EMBED: &str = "<li><button type=\"button\" id=\"share-embed\">";

/// What the page says at its foot, and what this file says instead.
const FOOT: [&str; 2] = [
    "Everything runs in your browser: this page sends no requests to other hosts.",
    "Everything is in this file, with the first 1 000 training images and 300 test images of each data set.",
];

/// Writes the file.
pub fn write(www: &Path, out: &Path) -> Result<()> {
    let text = page(www)?;
    ensure!(
        text.len() <= MOST_BYTES,
        "{} would have {} bytes, at most {MOST_BYTES} are allowed",
        out.display(),
        text.len()
    );
    fs::write(out, &text).with_context(|| format!("write {}", out.display()))?;
    println!("{}: {} bytes", out.display(), text.len());
    Ok(())
}

/// The text of the file.
pub fn page(www: &Path) -> Result<String> {
    let mut site = Site::read(www)?;
    take_few_images(&mut site)?;
    let mut page = site.text(PAGE)?.to_owned();
    let mut allowed = vec!["blob:".to_owned(), "data:".to_owned(), "'wasm-unsafe-eval'".to_owned()];
    let modules = scripts_of(&page, true);
    for script in scripts_of(&page, false).into_iter().filter(|script| !modules.contains(script)) {
        let text = site.text(&script)?;
        allowed.push(format!("'{}'", digest(text.as_bytes())));
        page = replaced(&page, &format!("<script src=\"{script}\"></script>"), &format!("<script>{text}</script>"))?;
    }
    let styles = linked(&page).iter().map(|sheet| site.text(sheet)).collect::<Result<Vec<_>>>()?.join("\n");
    for (at, sheet) in linked(&page).iter().enumerate() {
        let style = if at == 0 { format!("<style>{styles}</style>\n") } else { String::new() };
        page = replaced(&page, &format!("<link rel=\"stylesheet\" href=\"{sheet}\">\n"), &style)?;
    }
    let loader = String::from_utf8(shipped(Path::new("one_file.js"), LOADER.into())?)?;
    allowed.push(format!("'{}'", digest(loader.as_bytes())));
    page = replaced(&page, "<link rel=\"modulepreload\" href=\"pkg/blue_cube.js\">\n", "")?;
    page = replaced(&page, &format!("<script type=\"module\" src=\"{MAIN}\"></script>\n"), "")?;
    page = replaced(&page, EMBED, &EMBED.replacen("<li>", "<li hidden>", 1))?;
    page = replaced(&page, FOOT[0], FOOT[1])?;
    page = replaced(&page, "<html lang=\"en\"", &format!("<html lang=\"en\" data-images=\"{}\"", N_IMAGES[0].1))?;
    let policy = page.split("http-equiv=\"Content-Security-Policy\" content=\"").nth(1);
    let policy = policy.and_then(|rest| rest.split('"').next()).context("the page has no policy")?.to_owned();
    page = replaced(&page, &policy, &policy_of(&allowed, &styles))?;
    let files = format!("<script type=\"application/octet-stream\" id=\"files\">{}</script>", packed(&site)?);
    replaced(&page, "</body>", &format!("{files}\n<script>{loader}</script>\n</body>"))
}

fn policy_of(scripts: &[String], styles: &str) -> String {
    format!(
        "default-src 'none'; script-src {}; style-src '{}'; img-src data: blob:; connect-src blob: data:; worker-src blob:; base-uri 'none'; form-action 'none'",
        scripts.join(" "),
        digest(styles.as_bytes())
    )
}

/// Replaces the one place of a text.
fn replaced(text: &str, from: &str, to: &str) -> Result<String> {
    ensure!(text.matches(from).count() == 1, "the page should have one {from}");
    Ok(text.replacen(from, to, 1))
}

/// What the loader unpacks: a line with the paths, types and lengths of the files, and the files.
fn packed(site: &Site) -> Result<String> {
    let mut order = vec![];
    visit(site, MAIN, &mut order, &mut vec![])?;
    let mut list = vec![];
    let mut contents = vec![];
    for path in &order {
        let bytes = match extension(path) {
            "js" => addressed(site, path)?.into_bytes(),
            _ => site.files[path].clone(),
        };
        let media = match extension(path) {
            "js" => "text/javascript",
            "wasm" => "application/wasm",
            _ => "application/octet-stream",
        };
        list.push(json!([path, media, bytes.len()]));
        contents.extend(bytes);
    }
    let mut encoder = GzEncoder::new(vec![], Compression::best());
    writeln!(encoder, "{}", json!(list))?;
    encoder.write_all(&contents)?;
    Ok(STANDARD.encode(encoder.finish()?))
}

/// Whether a script names the file at all: what the element says about itself is an address for other pages.
fn is_inner(path: &str, reference: &Reference) -> bool {
    reference.target != path
}

/// Puts a file behind all that it names, which must not lead back to it.
fn visit(site: &Site, path: &str, order: &mut Vec<String>, above: &mut Vec<String>) -> Result<()> {
    if order.iter().any(|done| done == path) {
        return Ok(());
    }
    ensure!(!above.iter().any(|open| open == path), "{} → {path} is a circle", above.join(" → "));
    above.push(path.to_owned());
    for reference in site.references(path)?.into_iter().filter(|reference| is_inner(path, reference)) {
        visit(site, &reference.target, order, above)?;
    }
    above.pop();
    order.push(path.to_owned());
    Ok(())
}

/// A script with marks in place of the names of files, for the loader.
fn addressed(site: &Site, path: &str) -> Result<String> {
    let mut text = site.text(path)?.to_owned();
    for reference in site.references(path)?.into_iter().rev().filter(|reference| is_inner(path, reference)) {
        let Reference { place, target, .. } = reference;
        text.replace_range(place, &format!("\"blue-cube:{target}\""));
    }
    Ok(text)
}

/// Leaves the first images of each data set, and describes the files anew.
fn take_few_images(site: &mut Site) -> Result<()> {
    let paths: Vec<String> = site.files.keys().filter(|path| path.ends_with(data_files::PACKED)).cloned().collect();
    let mut small = vec![];
    for path in &paths {
        let few = first_of(path, &site.files[path]).with_context(|| path.clone())?;
        let below = path.strip_prefix("data/").with_context(|| format!("{path} is not in data/"))?;
        small.push((below.to_owned(), few.clone()));
        site.files.insert(path.clone(), few);
    }
    let script = data_files::script(small.iter().map(|(path, bytes)| (path.as_str(), bytes.as_slice())))?;
    let script = shipped(Path::new(data_files::SCRIPT), script.into_bytes())?;
    ensure!(site.files.insert(data_files::SCRIPT.to_owned(), script).is_some(), "there is no {}", data_files::SCRIPT);
    Ok(())
}

/// The first items of a packed IDX file: its header has the type, the number of axes, and their lengths, items first.
fn first_of(path: &str, packed: &[u8]) -> Result<Vec<u8>> {
    let mut plain = vec![];
    GzDecoder::new(packed).read_to_end(&mut plain)?;
    let name = path.rsplit('/').next().unwrap_or(path);
    let (_, count) = N_IMAGES.into_iter().find(|(start, _)| name.starts_with(start)).context("an unknown name")?;
    let length = |axis: usize| -> Result<usize> {
        let bytes = plain.get(4 + 4 * axis..8 + 4 * axis).context("no header")?;
        Ok(u32::from_be_bytes(bytes.try_into()?) as usize)
    };
    let n_axes = usize::from(*plain.get(3).context("no header")?);
    let item_len = (1..n_axes).map(length).product::<Result<usize>>()?;
    let end = 4 + 4 * n_axes + count as usize * item_len;
    ensure!(end <= plain.len(), "it has {} bytes, {end} expected", plain.len());
    plain.truncate(end);
    plain[4..8].copy_from_slice(&count.to_be_bytes());
    let mut encoder = GzEncoder::new(vec![], Compression::best());
    encoder.write_all(&plain)?;
    Ok(encoder.finish()?)
}
