//! The Code: the caret goes both ways with mouse and keys, the numbers are the engine's, the errata switch.

use crate::session::{Page, WebGpu, with_page};
use anyhow::{Context, Result, ensure};
use fantoccini::key::Key;

/// The caret's line.
const LINE: &str = "document.querySelector('#lines .now').dataset.line";

#[tokio::test]
async fn the_walkthrough_prints_what_its_formula_makes() -> Result<()> {
    with_page(WebGpu::None, "", async |page| {
        page.until_measured().await?;
        let std = page.std_of(1).await?;
        ensure!((std - 3.464).abs() <= 1e-3, "as written the std is {std}, not 3.464 ± 0.001");
        let std = page.std_of(2).await?;
        ensure!((std - 1.0).abs() <= 1e-3, "corrected the std is {std}, not 1.000 ± 0.001");
        page.click("#lines li:nth-child(6) button").await?;
        page.until("line 6 is at the caret", &format!("{LINE} == '6'")).await?;
        let warning = page.text("#lines .warning").await?;
        ensure!(warning.contains("no square root"), "the wrong token says {warning:?}");
        page.until("the table prints it", "printout.innerText.includes('3.46')").await?;
        page.click("#code-version label:has(#code-corrected)").await?;
        page.until("the table prints the other", "printout.innerText.includes('0.9999')").await?;
        page.until("the root is there", "document.querySelector('#lines .corrected').innerText.includes('sqrt')").await
    })
    .await
}

/// Numbers under a picture that run into the next, or out of the page.
const TOUCHING: &str = "
    const wrong = [];
    for (const list of document.querySelectorAll('#prints dl')) {
        const numbers = [...list.querySelectorAll('dd')].map(one => {
            const range = document.createRange();
            range.selectNodeContents(one);
            return range.getBoundingClientRect();
        });
        numbers.forEach(({ right }, at) => {
            const end = numbers[at + 1]?.left ?? document.documentElement.clientWidth + 4;
            if (right + 4 > end) wrong.push(`${list.innerText}: ${right} and ${end}`);
        });
    }
    return wrong";

#[tokio::test]
async fn the_numbers_of_a_picture_are_apart_at_every_width() -> Result<()> {
    with_page(WebGpu::None, "", async |page| {
        page.until_measured().await?;
        for width in [320, 390, 561, 640, 768, 860, 961, 1280] {
            page.resize(width, 900).await?;
            page.until("the page is as wide", &format!("innerWidth == {width}")).await?;
            let wrong = page.js(TOUCHING, vec![]).await?;
            ensure!(wrong == serde_json::json!([]), "at {width}: {wrong:#}");
        }
        Ok(())
    })
    .await
}

#[tokio::test]
async fn arrows_take_the_caret_on_and_back() -> Result<()> {
    with_page(WebGpu::None, "", async |page| {
        page.until_measured().await?;
        let picture = "return document.querySelector('#line-picture').innerHTML";
        let still = "await new Promise(done => setTimeout(done, 600))";
        let first = page.js(picture, vec![]).await?;
        page.js("document.querySelector('#lines .now button').focus()", vec![]).await?;
        for line in 2..=8 {
            page.press(&[Key::Right]).await?;
            page.until("the caret moves forward", &format!("{LINE} == '{line}'")).await?;
        }
        page.press(&[Key::Right]).await?;
        for line in (1..=7).rev() {
            page.press(&[Key::Left]).await?;
            page.until("the caret moves back", &format!("{LINE} == '{line}'")).await?;
        }
        page.promise(&format!("(async () => {{ {still} }})()")).await?;
        ensure!(page.js(picture, vec![]).await? == first, "back at line 1 the picture is different");
        page.press(&[Key::End]).await?;
        page.until("End goes to the last line", &format!("{LINE} == '8'")).await
    })
    .await
}

#[tokio::test]
async fn play_runs_to_the_last_line_and_stops() -> Result<()> {
    with_page(WebGpu::None, "", async |page| {
        page.until_measured().await?;
        page.js("document.querySelector('#play-speed').value = '4'", vec![]).await?;
        page.click("#play").await?;
        page.until("it is at line 8", &format!("{LINE} == '8'")).await?;
        page.until("it has stopped", "!document.querySelector('#play.playing')").await
    })
    .await
}

#[tokio::test]
async fn a_token_lights_what_names_the_same() -> Result<()> {
    with_page(WebGpu::None, "", async |page| {
        page.until_measured().await?;
        page.js("document.querySelector('#lines [data-topic=c]').focus()", vec![]).await?;
        page.until("the axis of the picture is lit", "document.querySelector('#line-picture .lit[data-topic~=c]')")
            .await?;
        page.until("no other axis is", "!document.querySelector('#line-picture .lit[data-topic=n]')").await
    })
    .await
}

#[tokio::test]
async fn errata_opened_before_their_part_is_there_are_filled() -> Result<()> {
    with_page(WebGpu::None, "", async |page| {
        page.until_drawn().await?;
        page.js("errata.open = true; errata.scrollIntoView()", vec![]).await?;
        page.until("the list is there", "document.querySelectorAll('.erratum').length >= 10").await
    })
    .await
}

#[tokio::test]
async fn every_erratum_switches_between_two_numbers() -> Result<()> {
    with_page(WebGpu::None, "", async |page| {
        page.until_measured().await?;
        page.click("#errata summary").await?;
        page.until("the list is there", "document.querySelectorAll('#errata-list .erratum').length >= 10").await?;
        let flip_all = "return [...document.querySelectorAll('.erratum')].map((row) => {
            const number = () => row.querySelector('output').textContent, flip = row.querySelector('button');
            if (flip.getAttribute('aria-checked') == 'true') flip.click();
            const corrected = number();
            flip.click();
            const written = number(), on = flip.getAttribute('aria-checked');
            flip.click();
            return [row.dataset.id, corrected, written, on, number(), flip.getAttribute('aria-checked')];
        })";
        let rows = page.js(flip_all, vec![]).await?;
        for row in rows.as_array().context("no rows")? {
            let id = &row[0];
            ensure!(row[1] != row[2] && row[1] == row[4], "{id}: {row}");
            ensure!(row[3] == "true" && row[5] == "false", "{id}: the switch says {row}");
        }
        Ok(())
    })
    .await
}

impl Page {
    /// Waits until the walkthrough's tensor is measured, which begins when the part scrolls into view.
    async fn until_measured(&self) -> Result<()> {
        self.until_drawn().await?;
        self.js("document.querySelector('#code').scrollIntoView({ behavior: 'instant' })", vec![]).await?;
        self.until("the printouts have numbers", "(document.querySelector('#prints dd')?.textContent ?? '·') != '·'")
            .await
    }

    /// The std of a printout: 0 input, 1 output as written, 2 output corrected.
    async fn std_of(&self, print: usize) -> Result<f64> {
        let script = format!("return Number(document.querySelectorAll('#prints .key')[{print}].textContent)");
        self.js(&script, vec![]).await?.as_f64().context("the printout has no number")
    }
}
