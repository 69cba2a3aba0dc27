//! What a reader said and opened: texts speak of the axes as they are said, and the link says which parts are open.

use crate::session::{WebGpu, with_page};
use anyhow::{Context, Result, ensure};

/// Every text about the tensor that a script composes, with everything open.
const TEXTS: &str = "return ['#sentence', '#legend', '.rail', '.showing', '#books', '#cursor-cell', '.cells', '#tensor', '#call', '.own-more']
        .flatMap((css) => [...document.querySelectorAll(css)])
        .flatMap((root) => [root.innerText, ...[root, ...root.querySelectorAll('[aria-label], [title]')].flatMap((one) => [one.getAttribute('aria-label'), one.getAttribute('title')])])
        .filter(Boolean)";

/// Words for axes that an array of tokens lacks.
const OTHERS: [&str; 6] = ["image", "picture", "pixel", "column ", "row ", "H × W"];

#[tokio::test]
async fn the_figure_and_the_ledger_speak_of_tokens() -> Result<()> {
    for method in ["ln", "bn", "own", "axes-c"] {
        let link = format!("#v=1&m={method}&shape=2,8,1,5&layout=nlc&dialect=paper&open=cells,counts,gradient,lens");
        with_page(WebGpu::None, &link, async |page| {
            page.until_drawn().await?;
            page.js("document.querySelector('#books')?.scrollIntoView({ behavior: 'instant' })", vec![]).await?;
            page.until("the ledger is there", "document.querySelector('.said-cell')").await?;
            ensure!(
                page.text(".said-cell").await?.contains("example 0, channel 0, position 1"),
                "{}",
                page.text(".said-cell").await?
            );
            // Where a number came from.
            page.js("document.querySelectorAll('[data-opens]')[1]?.click()", vec![]).await?;
            page.until("the table is shown", "document.querySelector('.cells caption').textContent.startsWith('Example 0: rows are l, columns are channels')").await?;
            let texts: Vec<String> = serde_json::from_value(page.js(TEXTS, vec![]).await?)?;
            ensure!(texts.len() > 20, "{texts:?}");
            for text in &texts {
                // The name of a norm stays what it is.
                let text = text.replace("Per-pixel layer", "");
                let other = OTHERS.iter().find(|word| text.contains(**word));
                ensure!(other.is_none(), "{other:?} in {text}");
            }
            Ok(())
        })
        .await
        .context(method)?;
    }
    Ok(())
}

/// Each part that can be opened: its name, what opens it, and whether it is open.
const PARTS: [(&str, &str, &str); 8] = [
    (
        "cells",
        "#as-table",
        "document.querySelector('#as-table').getAttribute('aria-expanded') == 'true' && document.querySelector('.cells table')",
    ),
    ("counts", ".histograms summary", "document.querySelector('.histograms details').open"),
    ("gradient", ".fold:has(.backward) > summary", "document.querySelector('.fold:has(.backward)').open"),
    ("lens", ".fold:has(.lens) > summary", "document.querySelector('.fold:has(.lens)').open"),
    (
        "errata",
        "#errata > summary",
        "document.querySelector('#errata').open && document.querySelector('#errata-list').children.length",
    ),
    ("charts", "#race-four", "document.querySelector('#race-four').getAttribute('aria-pressed') == 'true'"),
    ("rows", "#race-as-table", "document.querySelector('#race-as-table').getAttribute('aria-expanded') == 'true'"),
    ("sorted", "#race-sort", "document.querySelector('#race-sort').getAttribute('aria-pressed') == 'true'"),
];

#[tokio::test]
async fn what_is_opened_is_in_the_link_and_opens_from_it() -> Result<()> {
    with_page(WebGpu::None, "#v=1&m=ln", async |page| {
        page.until_drawn().await?;
        for (name, opener, is_open) in PARTS {
            page.js("document.querySelector(arguments[0])?.scrollIntoView({ behavior: 'instant', block: 'center' })", vec![opener.into()]).await?;
            page.until("it can be opened", &format!("document.querySelector({opener:?})")).await?;
            if name == "errata" {
                page.until("the code is there", "document.querySelector('#lines').children.length").await?;
            }
            page.click(opener).await?;
            page.until(&format!("{name} is open"), is_open).await?;
            page.until(&format!("{name} is in the link"), &format!("/[=,]{name}\\b/.test(new URLSearchParams(location.hash).get('open') ? '=' + new URLSearchParams(location.hash).get('open') : '')")).await?;
        }
        let link = page.js("return location.hash", vec![]).await?;
        page.client.refresh().await?;
        page.until_drawn().await?;
        for (name, opener, is_open) in PARTS {
            page.js("document.querySelector(arguments[0])?.scrollIntoView({ behavior: 'instant', block: 'center' })", vec![opener.into()]).await?;
            page.until(&format!("{name} is open again"), is_open).await?;
        }
        ensure!(page.js("return location.hash", vec![]).await? == link, "the link changed");
        page.click("#as-table").await?;
        page.until("it is closed, and so says the link", "!/cells/.test(location.hash) && document.querySelector('.cells').hidden").await
    })
    .await
}
