//! Lanes that cannot run or that diverge: the reader is told where they are, and the others go on.

use crate::race::ROWS;
use crate::race_show::{CATCH_FILES, saved};
use crate::session::{WebGpu, with_page};
use anyhow::{Result, ensure};

/// A lane whose rate is far too high for SGD, beside one that learns.
const WILD: &str = "#net=tutorial&data=mnist&opt=sgd&lr=0.01&bs=8&lanes=gn5,none~r1&on=30&epochs=1&engine=cpu";

/// Norms that a recurrent net has, and norms that it refuses.
const BY_ROWS: &str = "#net=rnn&data=mnist&bs=16&lanes=in,ln,bin,gn8&on=30&epochs=1&engine=cpu";

#[tokio::test]
async fn a_lane_that_diverges_is_told_in_its_row_and_files_and_the_other_arrives() -> Result<()> {
    with_page(WebGpu::None, WILD, async |page| {
        page.until_drawn().await?;
        page.click("#race-play").await?;
        page.until("the other lane arrives", &format!("{ROWS}[0].dataset.step == '38'")).await?;
        page.until("it is told", &format!("/has diverged\\. Only this lane has stopped/.test({ROWS}[1].textContent)"))
            .await?;
        page.until_done().await?;
        page.pick("#export-lane", "none").await?;
        page.js(CATCH_FILES, vec![]).await?;
        page.click("#export-lane-save").await?;
        page.until(
            "it asks first",
            "/diverged at step \\d+: its weights are NaN/.test(document.querySelector('.race-said').textContent)",
        )
        .await?;
        page.click(".race-said button").await?;
        page.until(
            "the file is named for it",
            "Object.keys(window.saved ?? {}).some(name => name == 'none-diverged.safetensors')",
        )
        .await?;
        let text = page.js("return Object.values(window.saved)[0].slice(0, 4000)", vec![]).await?;
        ensure!(text.as_str().is_some_and(|text| text.contains("weights are NaN or infinite")), "{text}");
        let csv = saved(page, "#race-csv", "-steps.csv").await?;
        ensure!(csv.contains("none,1,diverged: not a number from this step on,"), "{csv}");
        let json = saved(page, "#race-json", ".json").await?;
        ensure!(json.contains("\"code\":\"diverged\""), "{json}");
        Ok(())
    })
    .await
}

#[tokio::test]
async fn norms_that_a_recurrent_net_refuses_say_why_before_the_start() -> Result<()> {
    with_page(WebGpu::None, BY_ROWS, async |page| {
        page.until_drawn().await?;
        let faults = format!("{ROWS}.map(row => Number(/cannot be normalized by/.test(row.textContent))).join('')");
        page.until("two rows say why", &format!("{faults} == '1010'")).await?;
        page.until("two networks", "document.querySelector('#race-words').textContent.startsWith('Two networks')")
            .await?;
        let disabled = "[...document.querySelectorAll('#race-add optgroup:disabled')].map(group => group.label).join()";
        page.until("the menu says why", &format!("/cannot be normalized by switchable norm/.test({disabled})")).await?;
        page.click("#race-play").await?;
        let steps = format!("{ROWS}.map(row => row.dataset.step).join()");
        page.until("the others arrive", &format!("{steps} == '0,19,0,19'")).await?;
        page.until("the rows still say why", &format!("{faults} == '1010'")).await?;
        page.click("#race-lanes .row:nth-child(2) .remove").await?;
        page.until("it can be removed", &format!("{ROWS}.length == 3")).await
    })
    .await
}

#[tokio::test]
async fn sgd_on_a_recurrent_net_is_advised_to_clip() -> Result<()> {
    with_page(WebGpu::None, "#net=rnn&data=mnist&opt=sgd&bs=16&lanes=ln", async |page| {
        page.until_drawn().await?;
        page.until(
            "advice",
            "document.querySelector('#race-advice').textContent.includes('only if its gradients are clipped')",
        )
        .await?;
        page.choose_word("clip", "1").await?;
        page.until(
            "it is followed",
            "document.querySelector('#race-advice').hidden && location.hash.includes('clip=1')",
        )
        .await
    })
    .await
}
