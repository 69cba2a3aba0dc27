//! axe-core finds no accessibility barriers: in light, dark and on a phone, under each method, with everything that
//! opens open.

use crate::session::{Page, WebGpu, with_page};
use anyhow::{Context, Result, ensure};
use blue_cube::norm::catalog::NormKind;
use serde_json::{Value, json};
use std::{env, fs};

/// Rules of WCAG 2.2, A and AA, and axe's best practices.
const RUN: &str = "const done = arguments[arguments.length - 1];
    axe.run(document, { resultTypes: ['violations'] }).then(
        ({ violations }) => done(violations.map(({ id, help, nodes }) => ({
            id, help, nodes: nodes.slice(0, 4).map(({ target, failureSummary }) => `${target}: ${failureSummary}`)
        }))),
        error => done([String(error)]))";

#[tokio::test]
async fn no_violation_in_light() -> Result<()> {
    with_page(WebGpu::None, "", async |page| everywhere(page, "light").await).await
}

#[tokio::test]
async fn no_violation_in_dark() -> Result<()> {
    with_page(WebGpu::None, "", async |page| everywhere(page, "dark").await).await
}

#[tokio::test]
async fn no_violation_on_a_phone() -> Result<()> {
    with_page(WebGpu::None, "", async |page| {
        page.until_drawn().await?;
        // Headless windows have a minimum width; a frame does not.
        page.js(
            "const frame = document.createElement('iframe');
             Object.assign(frame, { id: 'phone', src: location.href, width: 360, height: 640 });
             Object.assign(frame.style, { position: 'fixed', inset: 0, zIndex: 99 });
             document.body.append(frame)",
            vec![],
        )
        .await?;
        let ready = "'ready' in (document.querySelector('#phone').contentDocument?.documentElement?.dataset ?? {})";
        page.until("the framed page is ready", ready).await?;
        page.client.clone().enter_frame(0).await?;
        everywhere(page, "light").await
    })
    .await
}

/// Checks the page as it starts, under each method, and with everything that opens open.
async fn everywhere(page: &Page, theme: &str) -> Result<()> {
    page.until_drawn().await?;
    page.js("document.documentElement.dataset.theme = arguments[0]", vec![json!(theme)]).await?;
    let script = env::var("AXE_JS").context("AXE_JS: run `cargo xtask test-e2e`")?;
    page.js(&fs::read_to_string(&script).with_context(|| script)?, vec![]).await?;
    // Every norm of the catalogue, and the reader's own tile; batch norm last, whose running statistics the rest looks at.
    let kinds = NormKind::ALL.into_iter().filter(|&kind| kind != NormKind::Batch).map(NormKind::json);
    for method in kinds.chain(["own", "batch"]) {
        page.choose_norm(method).await?;
        page.expect_clean(&format!("{theme}, {method}")).await?;
    }
    // The Code is loaded when it scrolls into view.
    page.js("errata.open = true; errata.scrollIntoView()", vec![]).await?;
    page.until("the list is there", "document.querySelector('.erratum')").await?;
    page.js(
        "document.querySelector('#books [data-opens^=mean]').dispatchEvent(new MouseEvent('click', { bubbles: true }))",
        vec![],
    )
    .await?;
    page.click("#as-table").await?;
    page.until("the table is there", "document.querySelector('.cells td')").await?;
    page.expect_clean(&format!("{theme}, details open")).await?;
    for menu in ["presets", "share"] {
        page.js(
            "document.querySelectorAll('.menu').forEach(menu => { menu.open = menu.id == arguments[0] })",
            vec![json!(menu)],
        )
        .await?;
        page.expect_clean(&format!("{theme}, {menu} open")).await?;
    }
    Ok(())
}

impl Page {
    async fn expect_clean(&self, what: &str) -> Result<()> {
        let found = self.client.execute_async(RUN, vec![]).await?;
        let n_found = found.as_array().map(Vec::len).context("axe returned no list")?;
        ensure!(n_found == 0, "{what}: axe finds {}", serde_json::to_string_pretty::<Value>(&found)?);
        Ok(())
    }
}
