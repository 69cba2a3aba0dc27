//! Compares the gzip size of each artefact of the page with a budget.
//!
//! Measures what a browser loads after the bindings generator has run: cargo's raw output is nine times larger.

use crate::one_file;
use crate::ship::shipped;
use crate::site::{PAGE, Site, linked, scripts_of};
use crate::workspace::{files_under, www_dir};
use anyhow::{Context, Result, ensure};
use flate2::Compression;
use flate2::write::GzEncoder;
use std::fs;
use std::io::Write;
use std::path::Path;
use xshell::Shell;

/// Budgets in KB (1000 bytes) of gzip, level 9, set on 2026-11-28 a little above what is there; design/page.md §4 wants 250 of
/// wasm in all and 220 of everything before the first interaction. The data sets are not weighed: they are shipped as
/// they were published.
const BUDGETS: [Budget; 11] = [
    Budget {
        what: "wasm of the page",
        kilobytes: 338,
        holds: |file| is_wasm(file) && file.starts_with("pkg/blue_cube_bg.wasm"),
    },
    Budget { what: "wasm of the code", kilobytes: 72, holds: |file| is_wasm(file) && file.starts_with("pkg/code") },
    Budget {
        what: "wasm of the charts",
        kilobytes: 102,
        holds: |file| is_wasm(file) && file.starts_with("pkg/charts"),
    },
    Budget {
        what: "wasm of the worker",
        kilobytes: 281,
        holds: |file| is_wasm(file) && file.starts_with("pkg/worker"),
    },
    Budget {
        what: "wasm's glue",
        kilobytes: 24,
        holds: |file| file.starts_with("pkg") && has_extension(file, "js") && !is_apart(file),
    },
    Budget { what: "HTML", kilobytes: 30, holds: |file| has_extension(file, "html") },
    Budget { what: "CSS", kilobytes: 18, holds: |file| has_extension(file, "css") },
    Budget {
        what: "scripts",
        kilobytes: 158,
        holds: |file| {
            let is_script = !file.starts_with("pkg") && has_extension(file, "js");
            is_script && !is_for_other_pages(file) && !is_for_measuring(file)
        },
    },
    Budget { what: "scripts that measure, on no reader's page", kilobytes: 6, holds: is_for_measuring },
    Budget { what: "the element for other pages", kilobytes: 6, holds: is_for_other_pages },
    Budget { what: "before the first interaction, where the design wants 220 KB", kilobytes: 441, holds: is_first },
];

/// Scripts that load with a part of the page, on first use, or in a worker.
const LATE: [&str; 15] = [
    "ui/code/",
    "ui/race/",
    "ui/cube/figure_file",
    "ui/lib/png",
    "ui/lib/pulse",
    "ui/lib/transfer",
    "ui/lib/workers",
    "ui/tensor/file_worker",
    "ui/tensor/files",
    "ui/tensor/images",
    "ui/tensor/pictures",
    "data/files",
    "fetch_data",
    "sw.js",
    "worker",
];

struct Budget {
    what: &'static str,
    kilobytes: usize,
    holds: fn(&Path) -> bool,
}

/// Prints the table; fails if a kind of artefact is over its budget or missing.
pub fn check(sh: &Shell) -> Result<()> {
    let www = www_dir(sh);
    let files = files_under(&www)?;
    let mut over = Vec::new();
    println!("{:>9} {:>9}  gzip bytes, of the budget", "size", "budget");
    for budget in &BUDGETS {
        let mut total = 0;
        for file in files.iter().filter(|file| (budget.holds)(file)) {
            let size = gzip_size(&www.join(file))?;
            println!("{size:9} {:9}  {}", "", file.display());
            total += size;
        }
        ensure!(total > 0, "the page has no {}", budget.what);
        println!("{total:9} {:9}  {}, all", budget.kilobytes * 1000, budget.what);
        if total > budget.kilobytes * 1000 {
            over.push(format!("{} has {total} bytes gzipped, but {} KB are allowed", budget.what, budget.kilobytes));
        }
    }
    for file in
        files.iter().filter(|file| is_apart(file) && ["js", "wasm"].iter().any(|kind| has_extension(file, kind)))
    {
        println!("{:9} {:>9}  {}", gzip_size(&www.join(file))?, "-", file.display());
    }
    over.extend(first_paint(&www)?);
    let one_file = one_file::page(&www)?.len();
    println!("{one_file:9} {:9}  blue-cube.html, not compressed", one_file::MOST_BYTES);
    if one_file > one_file::MOST_BYTES {
        over.push(format!("blue-cube.html has {one_file} bytes, but {} are allowed", one_file::MOST_BYTES));
    }
    ensure!(over.is_empty(), "over budget: {}", over.join("; "));
    Ok(())
}

/// Weighs what a host sends before the first paint: the page with its import map, its styles and its classic scripts.
fn first_paint(www: &Path) -> Result<Option<String>> {
    const MOST_BYTES: usize = 40_000;
    let (site, _) = Site::read(www)?.fingerprinted()?;
    let page = site.text(PAGE)?;
    let modules = scripts_of(page, true);
    let scripts = scripts_of(page, false).into_iter().filter(|script| !modules.contains(script));
    let files = [PAGE.to_owned()].into_iter().chain(linked(page)).chain(scripts);
    let total = files.map(|file| gzipped(&site.files[&file])).sum::<Result<usize>>()?;
    println!("{total:9} {MOST_BYTES:9}  dist/, until the first paint");
    Ok((total > MOST_BYTES)
        .then(|| format!("dist/ has {total} bytes until the first paint, but {MOST_BYTES} are allowed")))
}

fn gzip_size(path: &Path) -> Result<usize> {
    gzipped(&shipped(path, fs::read(path).with_context(|| format!("read {}", path.display()))?)?)
}

fn gzipped(bytes: &[u8]) -> Result<usize> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(bytes)?;
    Ok(encoder.finish()?.len())
}

/// Whether it arrives before a reader can do anything: the page, its styles, the scripts that it starts with and its
/// own wasm. Parts loaded when they scroll into view do not count, nor does anything that the workers load alongside
/// the page.
fn is_first(file: &Path) -> bool {
    let name = file.to_string_lossy();
    let starts_with = |names: &[&str]| names.iter().any(|start| name.starts_with(start));
    // The style sheets beside late scripts are the page's from its start.
    let is_aside = starts_with(&["bench", "embed", "norm-cube"])
        || is_for_measuring(file)
        || (has_extension(file, "js") && starts_with(&LATE));
    let is_in_a_folder_of_pkg = file.starts_with("pkg") && file.components().count() > 2;
    let kinds = ["html", "css", "js", "wasm"];
    kinds.iter().any(|kind| has_extension(file, kind)) && !is_aside && !is_in_a_folder_of_pkg
}

/// Whether other pages load it, or the page that shows how.
fn is_for_other_pages(file: &Path) -> bool {
    ["norm-cube.js", "embed.js"].iter().any(|name| file == Path::new(name))
}

/// Whether it is a script of the bench page, or of a program that drives the browser.
fn is_for_measuring(file: &Path) -> bool {
    const NAMES: [&str; 3] = ["bench", "plain_js", "headless"];
    let name = file.to_string_lossy();
    has_extension(file, "js") && NAMES.iter().any(|of| name.starts_with(of))
}

/// Whether no reader of the page waits for it: the package's readers are loaded when a file is opened.
fn is_apart(file: &Path) -> bool {
    ["pkg/bench", "pkg/package"].iter().any(|folder| file.starts_with(folder))
}

fn is_wasm(file: &Path) -> bool {
    has_extension(file, "wasm")
}

fn has_extension(file: &Path, extension: &str) -> bool {
    file.extension().is_some_and(|found| found == extension)
}
