//! A data file that is missing or spoiled gives a message that names it; the page stays usable. A link that cannot be shown,
//! and a browser that cannot run the page, are named as well.

use crate::race::ONE;
use crate::session::{WebGpu, with_page_and_log};
use anyhow::{Result, ensure};
use serde_json::json;

/// The file that the server spoils under `/fault/NAME/`; past the unpacking its name has no `.gz`.
const SPOILED: &str = "train-images-idx3-ubyte";

#[tokio::test]
async fn a_spoiled_data_file_is_named() -> Result<()> {
    for fault in ["missing", "truncated", "garbage"] {
        with_page_and_log(WebGpu::None, &format!("fault/{fault}/{ONE}"), async |page| {
            page.until_drawn().await?;
            page.click("#race-play").await?;
            page.until("a failure is shown", "!failure.hidden").await?;
            let message = page.text("#failure").await?;
            ensure!(message.contains(SPOILED), "the message does not name the file: {message}");
            ensure!(!message.contains("panicked"), "a panic came through: {message}");
            println!("{fault}: {message}");
            // The other data set is whole: the way on.
            page.choose_word("data", "fashion-mnist").await?;
            page.click("#race-start-anew").await?;
            page.step_to(1).await
        })
        .await?;
    }
    Ok(())
}

/// Runs before the page: a link that asks for layer norm cannot be shown, as by a panic of the wasm.
const POISON: &str = "if (location.hash.includes('m=ln')) window.ResizeObserver = class { constructor() { throw new WebAssembly.RuntimeError('unreachable') } }";

#[tokio::test]
async fn a_link_that_cannot_be_shown_is_set_aside() -> Result<()> {
    with_page_and_log(WebGpu::None, "", async |page| {
        page.browser("Page.addScriptToEvaluateOnNewDocument", json!({ "source": POISON })).await?;
        for form in ["", "&ui=cube&theme=dark"] {
            page.js("location.hash = `v=1&m=ln&shape=4,6,1,10${arguments[0]}`; location.reload()", vec![json!(form)])
                .await?;
            page.until("it is said", "document.querySelector('#failure #start-afresh')?.checkVisibility()").await?;
            let message = page.text("#failure").await?;
            ensure!(message.contains("#v=1&m=ln&shape=4,6,1,10") && !message.contains("SIMD"), "{message}");
            page.until("the address is without it", &format!("location.hash == '{}'", form.replacen('&', "#", 1)))
                .await?;
            page.click("#start-afresh").await?;
            page.until("the page starts", "'ready' in document.documentElement.dataset && failure.hidden").await?;
            ensure!(page.js("return location.hash.includes('m=ln')", vec![]).await? == false, "the link is back");
        }
        Ok(())
    })
    .await
}

#[tokio::test]
async fn a_browser_without_simd_is_told_so_and_no_other() -> Result<()> {
    let refuse = "WebAssembly.instantiateStreaming = WebAssembly.instantiate = async () => { throw new WebAssembly.CompileError('made by a test') }";
    let without_simd = format!("{refuse}; WebAssembly.validate = () => false");
    for (script, is_of_simd) in [(refuse, false), (&without_simd, true)] {
        with_page_and_log(WebGpu::None, "", async |page| {
            page.browser("Page.addScriptToEvaluateOnNewDocument", json!({ "source": script })).await?;
            page.js("location.reload()", vec![]).await?;
            page.until("it is said", "!document.querySelector('#failure').hidden").await?;
            let message = page.text("#failure").await?;
            ensure!(message.contains("SIMD") == is_of_simd, "{message}");
            Ok(())
        })
        .await?;
    }
    Ok(())
}
