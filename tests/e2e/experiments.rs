//! A source's experiment in the page: its claims, its link, and its lanes as a table.

use crate::race::ROWS;
use crate::session::{WebGpu, with_page};
use anyhow::{Result, ensure};
use fantoccini::Locator;

/// Two lanes that are evaluated within seconds.
const JUDGED: &str = "#net=tutorial&data=mnist&bs=32&lanes=none,in~u&on=60&epochs=1&engine=cpu";

/// The claims' states, in order.
const HOLDS: &str = "[...document.querySelectorAll('#race-claims li')].map(item => item.dataset.holds).join()";

#[tokio::test]
async fn claims_are_open_until_their_lanes_are_there() -> Result<()> {
    with_page(WebGpu::None, "#p=D-bs1-quick&lseed=7", async |page| {
        page.until_drawn().await?;
        page.until("four claims are open", &format!("{HOLDS} == ',,,'")).await?;
        let first = page.text("#race-claims li").await?;
        ensure!(first.contains("GN 8 within 0.03 of the 0.793 reported, after 2 epochs: not yet"), "{first}");
        page.until(
            "what more the link says counts",
            "location.hash.includes('lseed=7') && location.hash.includes('race=D-bs1-quick')",
        )
        .await?;
        ensure!(page.text("#race-words").await?.starts_with("Six networks"), "the rest is the experiment's");
        Ok(())
    })
    .await
}

/// The tutorial trained on few images, with claims that it cannot satisfy.
#[tokio::test]
async fn a_claim_that_fails_is_told() -> Result<()> {
    with_page(WebGpu::None, "#p=A-gn5&on=30&engine=cpu", async |page| {
        page.until_drawn().await?;
        page.until("three claims are open", &format!("{HOLDS} == ',,'")).await?;
        page.click("#race-play").await?;
        page.until("they are decided", &format!("{HOLDS}.startsWith('false,false,')")).await?;
        let first = page.text("#race-claims li").await?;
        ensure!(first.contains("does not hold (0."), "{first}");
        Ok(())
    })
    .await
}

#[tokio::test]
async fn the_best_lane_comes_first_and_a_key_brings_it_out() -> Result<()> {
    with_page(WebGpu::None, JUDGED, async |page| {
        page.until_drawn().await?;
        page.click("#race-play").await?;
        page.until("both are evaluated", &format!("{ROWS}.length == 2 && {ROWS}.every(row => row.dataset.accuracy)"))
            .await?;
        page.until_done().await?;
        let names = format!("{ROWS}.map(row => row.querySelector('b').textContent)");
        let came = page.js(&format!("return {names}.join()"), vec![]).await?;
        page.click("#race-sort").await?;
        page.until(
            "the best is first",
            &format!("Number({ROWS}[0].dataset.accuracy) >= Number({ROWS}[1].dataset.accuracy)"),
        )
        .await?;
        // A focused button does not affect the digits.
        page.client.active_element().await?.send_keys("2").await?;
        page.until("the second row is out", &format!("{ROWS}[1].className.includes('lit')")).await?;
        page.client.active_element().await?.send_keys("2").await?;
        page.until("none is", &format!("!{ROWS}.some(row => row.className.includes('lit'))")).await?;
        page.client.find(Locator::Id("race-sort")).await?.click().await?;
        page.until("they are in their original order", &format!("{names}.join() == {came}")).await
    })
    .await
}

#[tokio::test]
async fn a_link_with_two_presets_says_which_one_it_follows() -> Result<()> {
    with_page(WebGpu::None, "#p=D-bs1&p=A-gn5", async |page| {
        page.until_drawn().await?;
        let said = "document.querySelector('#notice').textContent.includes('“p=D-bs1” in the link was left out')";
        page.until("it is said", said).await
    })
    .await
}
