//! The page as it is shipped: without a network, across deploys, with files that are missing, and as one file.

use crate::race::ONE;
use crate::session::{Page, WebGpu, with_page, with_page_and_log};
use anyhow::{Context, Result, ensure};
use serde_json::json;
use std::env;
use std::path::Path;
use std::time::Duration;

/// The page of a host that the tests deploy to.
const HOSTED: &str = "deploy/";

/// Long enough for a page that reloads by itself to do so.
const A_WHILE: Duration = Duration::from_secs(2);

/// All files of the build are stored, and its service worker answers for the page.
const STORED: &str = "navigator.serviceWorker.controller && globalThis.isStored";

impl Page {
    /// Changes what the host has.
    async fn deploy(&self, name: &str) -> Result<()> {
        let answer = self.promise(&format!("(await fetch('/deploy-now/{name}')).text()")).await?;
        ensure!(answer == name, "the host answered {answer}");
        Ok(())
    }

    /// Waits until the whole build is stored, and `n_data` data files.
    async fn until_stored(&self, n_data: usize) -> Result<()> {
        let watch = "setInterval(async () => {
            const keys = await caches.keys(), count = async name => (await (await caches.open(name)).keys());
            const [build] = keys.filter(key => key.endsWith(document.documentElement.dataset.build));
            const data = keys.includes('blue-cube data') ? await count('blue-cube data') : [];
            const { first, rest } = await listed;
            globalThis.isStored = build && (await count(build)).length === first + rest
                && data.filter(({ url }) => url.endsWith('whole')).length >= arguments[0];
        }, 200);
        const listed = fetch('sw.js').then(answer => answer.text()).then(text => {
            const { first, rest } = JSON.parse(/const BUILD = (.*);/.exec(text)[1]);
            return { first: Object.keys(first).length, rest: Object.keys(rest).length };
        })";
        self.js(watch, vec![json!(n_data)]).await?;
        self.until("the build is stored", STORED).await
    }

    /// Marks the document: a reload loses the mark.
    async fn mark(&self) -> Result<()> {
        self.js("globalThis.isSameDocument = true", vec![]).await?;
        Ok(())
    }

    async fn shows_the_code(&self) -> Result<()> {
        self.js("document.querySelector('#code').scrollIntoView({ behavior: 'instant' })", vec![]).await?;
        self.until("the lines are shown", "document.querySelectorAll('#lines li').length > 0").await
    }
}

#[tokio::test]
async fn without_a_network_the_page_opens_and_races() -> Result<()> {
    with_page_and_log(WebGpu::None, &format!("{HOSTED}{ONE}"), async |page| {
        page.deploy("first").await?;
        page.client.refresh().await?;
        page.until_drawn().await?;
        page.step_to(1).await?;
        page.until_stored(4).await?;
        page.deploy("down").await?;
        page.client.refresh().await?;
        page.until_drawn().await?;
        page.shows_the_code().await?;
        page.step_to(1).await?;
        page.until("the chart is drawn", "document.querySelector('#race-charts svg')").await?;
        page.deploy("first").await
    })
    .await
}

#[tokio::test]
async fn a_new_version_waits_and_says_so() -> Result<()> {
    with_page(WebGpu::None, HOSTED, async |page| {
        page.deploy("first").await?;
        page.client.refresh().await?;
        page.until_drawn().await?;
        page.until_stored(0).await?;
        page.deploy("second").await?;
        page.mark().await?;
        page.js("navigator.serviceWorker.ready.then(registration => registration.update())", vec![]).await?;
        page.until("it is offered", "document.querySelector('#notice [data-key=version] button')").await?;
        tokio::time::sleep(A_WHILE).await;
        page.until("nothing reloaded", "isSameDocument && !globalThis.isSecondBuild").await?;
        // A part of the first version still loads.
        page.shows_the_code().await?;
        page.js("document.querySelector('#notice [data-key=version] button').click()", vec![]).await?;
        page.until("the second version is there", "isSecondBuild && 'ready' in document.documentElement.dataset")
            .await?;
        let offered = "!document.querySelector('#notice [data-key=version]')";
        page.until("it is no longer offered", offered).await?;
        page.deploy("first").await
    })
    .await
}

#[tokio::test]
async fn a_stored_page_whose_files_are_gone_gives_way_to_the_new_one() -> Result<()> {
    with_page_and_log(WebGpu::None, HOSTED, async |page| {
        page.deploy("first").await?;
        page.client.refresh().await?;
        page.until_drawn().await?;
        page.until_stored(0).await?;
        page.deploy("second-alone").await?;
        let evict = "(async () => { for (const key of await caches.keys()) { const cache = await caches.open(key);
            for (const { url } of await cache.keys()) if (url.includes('sentence')) await cache.delete(url) } })()";
        page.promise(evict).await?;
        page.client.refresh().await?;
        page.until("the second version starts", "isSecondBuild && 'ready' in document.documentElement.dataset").await?;
        page.deploy("first").await
    })
    .await
}

#[tokio::test]
async fn a_module_that_fails_once_costs_one_reload() -> Result<()> {
    with_page_and_log(WebGpu::None, "fault/once-module/", async |page| {
        page.until_drawn().await?;
        let told = "document.querySelector('#toast').textContent.includes('sentence.js did not load')";
        page.until("the reload is told", told).await
    })
    .await
}

#[tokio::test]
async fn a_module_that_is_missing_is_told_and_not_reloaded_for_ever() -> Result<()> {
    with_page_and_log(WebGpu::None, "fault/no-module/", async |page| {
        let told =
            "document.querySelector('#failure [data-key=start]').textContent.includes('sentence.js did not load')";
        page.until("the failure is told", told).await?;
        page.mark().await?;
        tokio::time::sleep(A_WHILE).await;
        page.until("it stays", &format!("isSameDocument && {told}")).await?;
        let button = page.text("#failure [data-key=start] button").await?;
        ensure!(button == "Reload", "the button says {button}");
        ensure!(page.text("#sentence").await?.contains("Group norm"), "the page is blank");
        Ok(())
    })
    .await
}

#[tokio::test]
async fn a_part_that_fails_once_loads_at_another_try() -> Result<()> {
    with_page_and_log(WebGpu::None, "fault/once-code/", async |page| {
        page.until_drawn().await?;
        page.mark().await?;
        page.js("document.querySelector('#code').scrollIntoView({ behavior: 'instant' })", vec![]).await?;
        page.until("the failure is told", "document.querySelector('#code-failure button')").await?;
        page.js("document.querySelector('#code-failure button').click()", vec![]).await?;
        page.shows_the_code().await?;
        page.until("nothing is told any more", "document.querySelector('#code-failure').hidden").await?;
        page.until("the page stayed", "isSameDocument").await
    })
    .await
}

#[tokio::test]
async fn one_file_has_all_of_the_page() -> Result<()> {
    let file = env::var("BLUE_CUBE_FILE").context("BLUE_CUBE_FILE: run `cargo xtask test-e2e`")?;
    with_page(WebGpu::None, &format!("file://{file}{ONE}"), async |page| {
        page.until_drawn().await?;
        page.choose_norm("layer").await?;
        page.until("the ledger is shown", "document.querySelector('#books').textContent.includes('μ')").await?;
        page.shows_the_code().await?;
        page.step_to(1).await?;
        page.until("the chart is drawn", "document.querySelector('#race-charts svg')").await?;
        for (export, said) in [("share-svg", ".svg is saved"), ("share-png", ".png is saved")] {
            page.js("document.getElementById(arguments[0]).click()", vec![json!(export)]).await?;
            let saved = format!("document.querySelector('#toast').textContent.includes('{said}')");
            page.until(&format!("{export} saves a file"), &saved).await?;
        }
        let foreign = page
            .js("return performance.getEntriesByType('resource').map(({ name }) => name).filter(name => !/^(blob|data):/.test(name))", vec![])
            .await?;
        ensure!(foreign.as_array().is_some_and(Vec::is_empty), "it requests {foreign}");
        Ok(())
    })
    .await
}

#[tokio::test]
async fn a_page_opened_as_a_file_says_what_to_do() -> Result<()> {
    let www = Path::new(env!("CARGO_MANIFEST_DIR")).join("www/index.html");
    with_page_and_log(WebGpu::None, &format!("file://{}", www.display()), async |page| {
        let told = "document.querySelector('#failure').textContent.includes('opened as a file')";
        page.until("the remedy is told", told).await
    })
    .await
}
