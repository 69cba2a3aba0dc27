//! The page starts, with and without WebGPU, at any path, and contacts no other host.

use crate::race::ONE;
use crate::session::{WebGpu, with_page, with_page_and_log};
use anyhow::{Result, ensure};

#[tokio::test]
async fn browser_has_an_adapter_exactly_when_asked() -> Result<()> {
    for webgpu in WebGpu::ALL {
        with_page_and_log(webgpu, "", async |page| {
            let adapter = page.promise("Boolean(await navigator.gpu?.requestAdapter())").await?;
            ensure!(adapter == (webgpu == WebGpu::Software), "adapter: {adapter}");
            Ok(())
        })
        .await?;
    }
    Ok(())
}

#[tokio::test]
async fn page_loads_without_an_error() -> Result<()> {
    for webgpu in WebGpu::ALL {
        for path in ["", "sub/path/"] {
            with_page(webgpu, path, async |page| {
                page.until_drawn().await?;
                page.js("document.querySelector('#race').scrollIntoView({ behavior: 'instant' })", vec![]).await?;
                page.until("the chart is drawn", "document.querySelector('#race-charts svg')").await
            })
            .await?;
        }
    }
    Ok(())
}

#[tokio::test]
async fn no_request_goes_to_another_host() -> Result<()> {
    with_page(WebGpu::None, ONE, async |page| {
        page.until_drawn().await?;
        page.step_to(1).await?;
        let foreign = "performance.getEntriesByType('resource').map((entry) => entry.name)
            .filter((name) => !name.startsWith(location.origin) && !name.startsWith('data:'))";
        let foreign = page.js(&format!("return {foreign}"), vec![]).await?;
        ensure!(foreign.as_array().is_some_and(Vec::is_empty), "requests to other hosts: {foreign}");
        // The worker's requests are not in the page's list, but are under the page's policy.
        let refused = page.promise("await fetch('http://127.0.0.2:9/').then(() => false, () => true)").await?;
        ensure!(refused == true, "the policy lets requests to other hosts through");
        // That refusal is the one error expected in the log.
        let errors = page.errors().await?;
        ensure!(errors.iter().all(|error| error.contains("Content Security Policy") || error.contains("127.0.0.2")));
        ensure!(errors.iter().any(|error| error.contains("Content Security Policy")), "no refusal logged: {errors:?}");
        Ok(())
    })
    .await
}
