//! The page in a headless Chromium, through WebDriver. `cargo xtask test-e2e` builds the page, serves it, starts
//! chromedriver and runs this.
#![cfg(not(target_arch = "wasm32"))]

#[path = "e2e/session.rs"]
mod session;

use anyhow::{Result, ensure};
use session::{WebGpu, with_page, with_page_and_log};

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
                page.until("the page is complete", "document.readyState == 'complete'").await
            })
            .await?;
        }
    }
    Ok(())
}
