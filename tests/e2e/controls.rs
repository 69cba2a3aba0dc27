//! Each control of the race does what it says: the words and numbers of its sentence, lanes, forks, menus, buttons.

use crate::race::{ROWS, TWO};
use crate::race_show::saved;
use crate::session::{WebGpu, with_page};
use anyhow::{Context, Result, ensure};
use fantoccini::key::Key;
use serde_json::{Value, json};

/// The same on a network with two norm layers.
const DEEPER: &str = "#net=source-d&data=mnist&bs=2&lanes=bn,gn8&on=30&epochs=1&engine=cpu";

#[tokio::test]
async fn every_word_and_number_of_the_sentence_is_a_setting() -> Result<()> {
    with_page(WebGpu::None, "#lanes=bn", async |page| {
        page.until_drawn().await?;
        let words = [
            ("images", "100"), ("data", "fashion-mnist"), ("optimizer", "ams-grad"), ("net", "tutorial"), ("plateau", "plateau"), ("clip", "5"), ("device", "cpu"),
        ];
        for (key, value) in words {
            page.choose_word(key, value).await?;
        }
        let numbers = [
            ("batch", "5"), ("rate", "0.02"), ("seeds", "3"), ("epochs", "4"), ("epsilon", "0.001"), ("momentum", "0.5"), ("seed", "70"),
        ];
        for (number, typed) in numbers {
            page.type_race(number, typed).await?;
        }
        page.until("three seeds", &format!("{ROWS}.length == 3")).await?;
        page.step_to(1).await?;
        let file: Value = serde_json::from_str(&saved(page, "#race-json", ".json").await?)?;
        ensure!(file["course"]["data"] == "fashion-mnist" && file["course"]["trainOn"] == json!({ "first-of-each-class": 100 }), "{}", file["course"]);
        ensure!(file["goalImages"] == 4000, "goal {}", file["goalImages"]);
        for (lane, seed) in file["lanes"].as_array().context("no lanes")?.iter().zip(70..) {
            let spec = &lane["spec"];
            let expected = json!({ "model": "tutorial", "optimizer": "ams-grad", "batch": 5, "learningRate": 0.02, "epsilon": 0.001, "momentum": 0.5, "clipNorm": 5, "seed": seed, "device": "cpu" });
            for (name, value) in expected.as_object().context("no object")? {
                ensure!(is_near(&spec[name], value), "{name}: {} in {spec}", spec[name]);
            }
            ensure!(!spec["plateau"].is_null(), "{spec}");
        }
        Ok(())
    })
    .await
}

/// Settings are f32; the file has their nine digits.
fn is_near(a: &Value, b: &Value) -> bool {
    match (a.as_f64(), b.as_f64()) {
        (Some(a), Some(b)) => (a - b).abs() <= 1e-6 * b.abs(),
        _ => a == b,
    }
}

#[tokio::test]
async fn a_norm_of_every_kind_joins_until_there_are_eight() -> Result<()> {
    with_page(WebGpu::None, TWO, async |page| {
        page.until_drawn().await?;
        for norm in ["no norm", "GN 2", "ghost, parts of 4", "sync, 2 devices", "RMS over C", "over N, W"] {
            page.pick("#race-add", norm).await?;
        }
        let kinds = "batch,group,none,group,ghost-batch,sync-batch,rms,axes";
        page.until("all are rows", &format!("{ROWS}.map(row => row.dataset.kind).join() == '{kinds}'")).await?;
        page.until("there is no room for more", "document.querySelector('#race-add').disabled").await?;
        page.step_to(1).await?;
        let faults = page
            .js("return [...document.querySelectorAll('.lane-fault')].map(fault => fault.textContent).join('')", vec![])
            .await?;
        ensure!(faults == "", "{faults}");
        page.click("#race-lanes .row:last-child .remove").await?;
        page.until(
            "there is room again",
            &format!("{ROWS}.length == 7 && !document.querySelector('#race-add').disabled"),
        )
        .await
    })
    .await
}

#[tokio::test]
async fn a_fork_changes_what_it_says_and_nothing_else() -> Result<()> {
    with_page(WebGpu::None, TWO, async |page| {
        page.until_drawn().await?;
        page.step_to(1).await?;
        let forks = [
            ("rate", "0.02", "learningRate", "GN 5 → rate 0.02"),
            ("batch", "16", "batch", "GN 5 → batch 16"),
            ("ε", "0.5", "epsilon", "GN 5 → ε 0.5"),
            ("momentum", "0.25", "momentum", "GN 5 → momentum 0.25"),
        ];
        for (at, (kind, value, _, name)) in forks.iter().enumerate() {
            page.until("the lane can be forked", "!document.querySelector('#race-fork').hidden").await?;
            page.pick("#fork-lane", "GN 5").await?;
            page.pick("#fork-kind", kind).await?;
            page.fill("fork-value", value).await?;
            page.click("#fork").await?;
            let shown = format!(
                "{ROWS}[{}]?.querySelector('b').textContent == '{name}' && {ROWS}.at(-1).dataset.engine",
                at + 2
            );
            page.until(&format!("{name} is a row"), &shown).await?;
        }
        let file: Value = serde_json::from_str(&saved(page, "#race-json", ".json").await?)?;
        for (at, (_, value, name, _)) in forks.iter().enumerate() {
            let [mut spec, from] = [at + 2, 1].map(|at| file["lanes"][at]["spec"].clone());
            ensure!(is_near(&spec[name], &json!(value.parse::<f64>()?)), "{name}: {spec}");
            spec[name] = from[name].clone();
            ensure!(spec == from, "more than {name} changed: {spec}, {from}");
        }
        Ok(())
    })
    .await
}

#[tokio::test]
async fn a_row_and_its_layers_go_into_the_cube_and_a_drawing_as_well() -> Result<()> {
    with_page(WebGpu::None, DEEPER, async |page| {
        page.until_drawn().await?;
        page.step_to(1).await?;
        page.click("#race-lanes .row:last-child .name").await?;
        let link = "decodeURIComponent(location.hash)";
        page.until("its first layer", &format!("{link}.includes('GN 8, conv 1 at step 1')")).await?;
        let pressed = format!("{ROWS}.map(row => row.querySelector('.name').getAttribute('aria-pressed')).join()");
        page.until("its row is pressed", &format!("{pressed} == 'false,true'")).await?;
        page.pick("#look-layer", "1").await?;
        page.until("its second layer", &format!("{link}.includes('GN 8, conv 2 at step 1')")).await?;
        page.click(".look-line a").await?;
        page.until("the cube is in view", "Math.abs(document.querySelector('#cube-canvas').getBoundingClientRect().top) < innerHeight").await?;
        page.until("the link still has the race", "location.hash.includes('lanes=bn')").await?;
        page.js("document.querySelector('#pad').scrollIntoView({ behavior: 'instant', block: 'center' }); document.querySelector('#pad').focus()", vec![]).await?;
        page.press(&[Key::Right]).await?;
        page.type_text(" ").await?;
        page.until("the maps are there", "!document.querySelector('.digit-maps').hidden").await?;
        ensure!(page.text("#race-play").await? == "Resume", "Space on the pad started the race");
        page.pick("#digit-lane", "GN 8").await?;
        page.until("the maps of that lane", "!document.querySelector('.digit-maps').hidden").await?;
        page.click("#digit-send").await?;
        page.until("the drawing in its first layer", &format!("{link}.includes('your drawing in GN 8, conv 1')")).await?;
        page.pick("#digit-layer", "1").await?;
        let layer = "document.querySelector('.digit-maps canvas').getAttribute('aria-label')?.startsWith('32 maps')";
        page.until("the maps of that layer", &format!("!document.querySelector('.digit-maps').hidden && {layer}")).await?;
        page.click("#digit-send").await?;
        page.until("the drawing", &format!("{link}.includes('your drawing in GN 8, conv 2')")).await
    })
    .await
}

#[tokio::test]
async fn the_pad_is_drawn_on_cleared_inverted_dialed_and_filled_from_an_image() -> Result<()> {
    /// The summed difference between the pad's pixels and bare paper, of every hundredth pixel.
    const INK: &str = "(() => {
        const pad = document.querySelector('#pad'), [paper] = getComputedStyle(pad).backgroundColor.match(/\\d+/g);
        const { data } = pad.getContext('2d').getImageData(0, 0, pad.width, pad.height);
        let ink = 0;
        for (let at = 0; at < data.length; at += 400) ink += Math.abs(data[at] - paper);
        return ink;
    })()";
    with_page(WebGpu::None, TWO, async |page| {
        page.until_drawn().await?;
        let ink = async || page.js(&format!("return {INK}"), vec![]).await?.as_u64().context("no ink");
        page.drag_sideways("#pad", 80.0).await?;
        let drawn = ink().await?;
        ensure!(drawn > 0, "the pen draws nothing");
        page.dial("#pad-brightness", "-1").await?;
        page.until("dark as can be, it is bare", &format!("{INK} == 0")).await?;
        page.dial("#pad-brightness", "0").await?;
        page.until("as it was drawn", &format!("{INK} == {drawn}")).await?;
        page.dial("#pad-contrast", "-2").await?;
        page.until("it is paler", &format!("{INK} > 0 && {INK} < {drawn} / 2")).await?;
        page.dial("#pad-contrast", "0").await?;
        page.click(".pad-acts button:nth-of-type(2)").await?;
        page.until("it is inverted", &format!("{INK} > {drawn}")).await?;
        page.click(".pad-acts button:nth-of-type(1)").await?;
        page.until("it is cleared", &format!("{INK} == 0")).await?;
        page.promise(
            "await (async () => {
                const canvas = new OffscreenCanvas(28, 28), brush = canvas.getContext('2d');
                brush.fillRect(0, 0, 28, 28);
                brush.fillStyle = 'white';
                brush.fillRect(8, 4, 6, 20);
                const files = new DataTransfer(), input = document.querySelector('.pad-acts input');
                files.items.add(new File([await canvas.convertToBlob()], 'one.png', { type: 'image/png' }));
                input.files = files.files;
                input.dispatchEvent(new Event('change', { bubbles: true }));
            })()",
        )
        .await?;
        page.until("the image is on the pad", &format!("{INK} > 0")).await
    })
    .await
}
