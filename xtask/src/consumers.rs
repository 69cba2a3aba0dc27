//! Programs that use the packed package as others would: each is built with its tool, and runs in headless Chromium or
//! in Node.

use crate::browser::{Driver, SoftwareGpu};
use crate::serve::{Faults, Server};
use crate::steps::Count;
use crate::tools;
use crate::workspace::{files_under, target_dir};
use anyhow::{Context, Result, bail, ensure};
use fantoccini::Client;
use serde_json::Value;
use std::fs;
use std::path::Path;
use std::time::{Duration, Instant};
use tokio::runtime::Runtime;
use xshell::{Shell, cmd};

/// Pages under `tests/consumers`, and whether a tool builds them before they are opened.
const PAGES: [(&str, Option<&str>); 4] =
    [("vite/dist/", Some("vite")), ("webpack5/", Some("webpack5")), ("esbuild/", Some("esbuild")), ("script/", None)];

/// How long a page may take to load the package and run its program.
const PAGE_LIMIT: Duration = Duration::from_secs(60);

/// Every file that the page loaded, with its status.
const LOADED: &str =
    "return performance.getEntriesByType('resource').map(({ name, responseStatus }) => [name, responseStatus]);";

/// Installs the tarball into copies of the programs, checks their types, builds and runs them.
pub fn run(sh: &Shell, tarball: &Path, count: &mut Count) -> Result<()> {
    let tsc = tools::typescript(sh)?;
    let folder = target_dir(sh).join("consumers");
    sh.remove_path(&folder)?;
    let programs = sh.current_dir().join("tests/consumers");
    for file in files_under(&programs)? {
        let to = folder.join(&file);
        fs::create_dir_all(to.parent().context("every file has a folder")?)?;
        fs::copy(programs.join(&file), to)?;
    }
    fs::copy(tarball, folder.join("blue-cube.tgz"))?;
    let here = sh.push_dir(&folder);
    cmd!(sh, "npm install --no-package-lock --prefer-offline --no-audit --no-fund").run()?;
    cmd!(sh, "{tsc} --project tsconfig.json").run().context("the types as installed")?;
    for name in PAGES.iter().filter_map(|(_, builds)| *builds) {
        cmd!(sh, "npm run build --silent --workspace consumer-{name}").run().with_context(|| name.to_owned())?;
    }
    cmd!(sh, "npm test --silent --workspace consumer-node").run().context("node")?;
    count.passed += 1;
    drop(here);
    in_chromium(sh, &folder, count)
}

fn in_chromium(sh: &Shell, folder: &Path, count: &mut Count) -> Result<()> {
    let server = Server::start(folder, 0, Faults::None)?;
    let driver = Driver::start(sh)?;
    Runtime::new()?.block_on(async {
        let client = driver.session(sh, SoftwareGpu::No, PAGE_LIMIT).await?;
        for (page, _) in PAGES {
            let outcome = open(&client, &format!("{}{page}", server.url())).await;
            println!("{page}: {}", outcome.with_context(|| page.to_owned())?);
            count.passed += 1;
        }
        Ok(client.close().await?)
    })
}

/// Opens a page and returns the outcome of its program.
async fn open(client: &Client, url: &str) -> Result<String> {
    client.goto(url).await?;
    let started = Instant::now();
    let title = loop {
        let title = client.title().await?;
        if title != "running" {
            break title;
        }
        ensure!(started.elapsed() < PAGE_LIMIT, "still running after {PAGE_LIMIT:?}");
        tokio::time::sleep(Duration::from_millis(50)).await;
    };
    let loaded = client.execute(LOADED, vec![]).await?;
    let loaded = loaded.as_array().context("the page did not list what it loaded")?;
    if let Some(missing) = loaded.iter().find(|file| file[1] != 200) {
        bail!("{} answered with {}; the page says \"{title}\"", missing[0], missing[1]);
    }
    let is_wasm = |file: &Value| file[0].as_str().is_some_and(|name| name.ends_with(".wasm"));
    ensure!(title.starts_with("done: "), "the page says \"{title}\"");
    ensure!(loaded.iter().any(is_wasm), "no .wasm among {loaded:?}");
    Ok(title)
}
