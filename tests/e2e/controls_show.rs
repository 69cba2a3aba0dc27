//! Each control of what the race shows does what it says: crosshair, files, experiments, what was kept.

use crate::race::{ROWS, TWO};
use crate::race_show::{CATCH_FILES, CHOOSE_FILE, saved, train};
use crate::session::{Page, WebGpu, with_page};
use anyhow::{Context, Result, ensure};
use serde_json::json;

/// Each form of a network, the end of its file's name, and the file's contents.
const FORMATS: [(&str, &str, &str); 5] = [
    ("safetensors", "bn.safetensors", "\"dtype\":\"F32\""),
    ("onnx", "bn.onnx", "BatchNormalization"),
    ("onnx-folded", "bn.folded.onnx", "Conv"),
    ("pytorch", "bn.torch.py", "import torch"),
    ("keras", "bn.keras.py", "import keras"),
];

#[tokio::test]
async fn a_network_is_saved_in_every_form() -> Result<()> {
    with_page(WebGpu::None, TWO, async |page| {
        train(page, 1).await?;
        page.js(CATCH_FILES, vec![]).await?;
        page.pick("#export-lane", "BN").await?;
        for (format, name, holds) in FORMATS {
            page.pick("#export-format", format).await?;
            page.click("#export-lane-save").await?;
            page.until(&format!("{name} holds {holds}"), &format!("window.saved['{name}'].includes('{holds}')"))
                .await?;
        }
        let still = page.js("return window.saved['bn.folded.onnx'].includes('BatchNormalization')", vec![]).await?;
        ensure!(still == false, "the batch norm is not folded");
        Ok(())
    })
    .await
}

#[tokio::test]
async fn the_chart_and_the_epochs_are_saved() -> Result<()> {
    with_page(WebGpu::None, TWO, async |page| {
        train(page, 2).await?;
        let epochs = saved(page, "#race-csv-epochs", "-epochs.csv").await?;
        ensure!(epochs.starts_with("lane,seed,epoch,") && epochs.split_terminator("\r\n").count() == 3, "{epochs}");
        let svg = saved(page, "#race-svg", ".svg").await?;
        ensure!(svg.starts_with("<?xml") && svg.contains("<metadata>") && svg.contains("lanes=bn,gn5"), "{svg}");
        let png = saved(page, "#race-png", ".png").await?;
        ensure!(png.get(..8).is_some_and(|head| head.contains("PNG")) && png.contains("Blue Cube"), "no PNG");
        Ok(())
    })
    .await
}

#[tokio::test]
async fn a_race_of_a_file_stands_beside_or_is_left() -> Result<()> {
    with_page(WebGpu::None, TWO, async |page| {
        train(page, 1).await?;
        let file = saved(page, "#race-json", ".json").await?;
        let open = async || page.js(CHOOSE_FILE, vec![json!("race-open"), json!("race.json"), json!(file)]).await;
        open().await?;
        page.until("it is asked", "document.querySelectorAll('.race-said button').length == 3").await?;
        page.click(".race-said button:nth-of-type(3)").await?;
        page.until("it is left", &format!("!document.querySelector('.race-said').textContent && {ROWS}.length == 2"))
            .await?;
        open().await?;
        page.until("it is asked again", "document.querySelectorAll('.race-said button').length == 3").await?;
        page.click(".race-said button:nth-of-type(2)").await?;
        page.until("the lanes are added", &format!("{ROWS}.length == 4")).await?;
        page.click("#race-step").await?;
        page.until(
            "a learning lane changes, a paused one does not",
            &format!("{ROWS}.map(row => row.dataset.step).join() == '2,2,1,1'"),
        )
        .await
    })
    .await
}

#[tokio::test]
async fn the_pointer_tells_values_and_a_click_looks_at_that_moment() -> Result<()> {
    with_page(WebGpu::None, TWO, async |page| {
        page.until_drawn().await?;
        page.click("#race-play").await?;
        page.until_done().await?;
        page.js("document.querySelector('.sheets').scrollIntoView({ behavior: 'instant', block: 'center' })", vec![])
            .await?;
        page.until(
            "the evaluated lanes are drawn",
            &format!("{ROWS}.every(row => row.dataset.accuracy) && document.querySelector('.sheet-of svg')"),
        )
        .await?;
        page.point_and_click(".sheet-of svg").await?;
        page.until(
            "values are next to a line",
            "document.querySelectorAll('table.readout:not([hidden]) tbody tr').length == 2",
        )
        .await?;
        page.until("the moment is marked", "document.querySelector('.sheet-of .moment')").await?;
        page.drag_sideways("#race-h", 2.0).await?;
        page.until(
            "the line follows the pointer",
            "document.querySelector('table.readout').hidden && !document.querySelector('.sheet-of .crosshair')",
        )
        .await
    })
    .await
}

#[tokio::test]
async fn what_the_norms_learned_is_shown_of_the_lane_that_is_chosen() -> Result<()> {
    with_page(WebGpu::None, TWO, async |page| {
        page.until_drawn().await?;
        page.click("#race-play").await?;
        page.until_done().await?;
        page.click("#race-learnt summary").await?;
        // A lane is offered once it was judged, which may be after its last step; the first that is offered is chosen.
        page.until("both were judged", "document.querySelectorAll('#learnt-lane option').length == 2").await?;
        page.pick("#learnt-lane", "BN").await?;
        page.until("what batch norm learned", "document.querySelector('.figures title')?.textContent.startsWith('BN')")
            .await?;
        page.until("γ and β of it", "document.querySelectorAll('.figures svg').length == 2").await?;
        let first = page.js("return document.querySelector('.figures svg').outerHTML", vec![]).await?;
        // A redraw for another reason must not count for the menu.
        for (lane, is) in [("GN 5", "!="), ("BN", "==")] {
            page.pick("#learnt-lane", lane).await?;
            page.until(
                &format!("{lane}’s is drawn"),
                &format!("document.querySelector('.figures svg').outerHTML {is} {first}"),
            )
            .await?;
        }
        Ok(())
    })
    .await
}

#[tokio::test]
async fn an_experiment_has_a_quick_form_and_asks_before_it_takes_long() -> Result<()> {
    with_page(WebGpu::None, "#p=D-bs1-quick&engine=cpu", async |page| {
        page.until_drawn().await?;
        page.until("it is told", "!document.querySelector('#race-experiment').hidden").await?;
        let link = "new URLSearchParams(location.hash.slice(1)).get('race')";
        page.click("#race-experiment > button").await?;
        page.until("the whole one", &format!("{link} == 'D-bs1' && document.querySelector('#race-experiment > button').textContent.includes('quick')")).await?;
        let is_open = page.js("return document.querySelector('.reports').open", vec![]).await?;
        page.click(".reports summary").await?;
        page.until("its figures fold", &format!("document.querySelector('.reports').open != {is_open}")).await?;
        page.click("#race-play").await?;
        page.until("it asks", "!document.querySelector('#race-ask').hidden && document.querySelector('#race-play').dataset.running == 'false'").await?;
        ensure!(page.text("#race-ask").await?.starts_with("This takes about"), "{}", page.text("#race-ask").await?);
        let before = page.step().await?;
        page.click("#race-run-it").await?;
        page.until_step(before + 2).await?;
        page.click("#race-reset").await?;
        page.click("#race-experiment > button").await?;
        page.until("the quick one", &format!("{link} == 'D-bs1-quick'")).await
    })
    .await
}

#[tokio::test]
async fn a_kept_race_is_forgotten_when_asked() -> Result<()> {
    with_page(WebGpu::None, TWO, async |page| {
        train(page, 1).await?;
        page.until("it is kept", "document.documentElement.dataset.kept == '8'").await?;
        page.client.refresh().await?;
        page.until("it is offered", "document.querySelector('#race-offer').checkVisibility()").await?;
        page.click("#race-forget").await?;
        let deleted = "document.querySelector('#race-offer').innerText.includes('Deleted')";
        page.until("it is deleted", deleted).await?;
        page.until("it is in no list", "document.querySelector('#race-kept').hidden").await?;
        // For a while that can be undone.
        page.click("#race-offer button").await?;
        page.until("it is offered again", "document.querySelector('#race-go-on')?.checkVisibility()").await?;
        page.click("#race-forget").await?;
        page.until("it is deleted again", deleted).await?;
        page.client.refresh().await?;
        page.until("the page is ready", "document.querySelector('#race').dataset.ready == ''").await?;
        page.until("nothing is offered", "document.querySelector('#race-offer').hidden").await?;
        ensure!(n_kept(page).await? == 2, "another lane is stored");
        Ok(())
    })
    .await
}

#[tokio::test]
async fn a_race_is_kept_while_it_runs_and_goes_on_by_an_epoch_when_it_is_done() -> Result<()> {
    with_page(WebGpu::None, TWO, async |page| {
        page.until_drawn().await?;
        page.click("#race-play").await?;
        page.until(
            "it is kept while it runs",
            "document.documentElement.dataset.kept && document.querySelector('#race-play').dataset.running == 'true'",
        )
        .await?;
        page.until_done().await?;
        let done = page.step().await?;
        page.until(
            "one more epoch is offered",
            "document.querySelector('#race-play').textContent.includes('1 more epoch')",
        )
        .await?;
        page.click("#race-play").await?;
        page.until_step(done + 1).await?;
        page.until("the goal moved", "document.querySelector('#race-clock').textContent.includes('of 2')").await?;
        ensure!(n_kept(page).await? <= 5, "earlier records were not removed");
        Ok(())
    })
    .await
}

/// Lanes in the browser's storage.
async fn n_kept(page: &Page) -> Result<u64> {
    let count = "await new Promise((resolve, reject) => {
        const request = indexedDB.open('blue-cube', 2);
        request.onerror = () => reject(request.error);
        request.onsuccess = () => {
            const count = request.result.transaction('lanes').objectStore('lanes').count();
            count.onsuccess = () => resolve(count.result);
        };
    })";
    page.promise(count).await?.as_u64().context("no count")
}
