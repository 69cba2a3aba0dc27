//! What a race shows: a lane's layer in the cube, a drawing and what lanes take it for, charts, table and files.

use crate::session::{Page, WebGpu, with_page};
use anyhow::{Context, Result, ensure};
use fantoccini::Locator;
use fantoccini::key::Key;
use serde_json::{Value, json};

/// A race of two lanes on a small network, so that a step is quick.
const TWO_LANES: &str = "#net=tutorial&data=mnist&bs=8&lanes=bn,gn5&on=600";

/// Files that the page saves are kept in `window.saved` by their names, as text.
pub(crate) const CATCH_FILES: &str = "
    window.saved = {};
    const blobs = {};
    URL.createObjectURL = (original => blob => {
        const url = original.call(URL, blob);
        blobs[url] = blob;
        return url;
    })(URL.createObjectURL);
    HTMLAnchorElement.prototype.click = function () {
        blobs[this.href].text().then(text => { window.saved[this.download] = text; });
    };";

/// Puts a text file into an input, as if it had been chosen.
pub(crate) const CHOOSE_FILE: &str = "
    const [id, name, text] = arguments, input = document.getElementById(id), files = new DataTransfer();
    files.items.add(new File([text], name));
    input.files = files.files;
    input.dispatchEvent(new Event('change', { bubbles: true }));";

/// Trains every lane for that many steps, from the start.
pub(crate) async fn train(page: &Page, n_steps: u32) -> Result<()> {
    page.until_drawn().await?;
    for step in 1..=n_steps {
        page.step_to(u64::from(step)).await?;
    }
    Ok(())
}

/// Saves the race in a form of the menu, and returns the file's text.
pub(crate) async fn saved(page: &Page, button: &str, ending: &str) -> Result<String> {
    page.js(CATCH_FILES, vec![]).await?;
    page.click(".race-save summary").await?;
    page.click(button).await?;
    let find = format!("Object.entries(window.saved ?? {{}}).find(([name]) => name.endsWith('{ending}'))?.[1]");
    page.until("the file is written", &find).await?;
    let text = page.js(&format!("return {find}"), vec![]).await?;
    Ok(text.as_str().context("no text")?.to_owned())
}

/// The least and the greatest value of the tensor that the page's link names.
async fn shown_range(page: &Page) -> Result<Value> {
    page.promise(
        "await (async () => {
            const { readHash, shownTensor } = await import('./pkg/blue_cube.js');
            return [...shownTensor(readHash(location.hash).scene).range];
        })()",
    )
    .await
}

#[tokio::test]
async fn a_lane_puts_what_its_norm_layer_sees_into_the_cube() -> Result<()> {
    with_page(WebGpu::None, TWO_LANES, async |page| {
        train(page, 1).await?;
        let lanes = "[...document.querySelector('#look-lane').options]";
        page.js(&format!("const menu = document.querySelector('#look-lane'); menu.value = {lanes}.at(-1).value; menu.dispatchEvent(new Event('change'))"), vec![])
            .await?;
        page.until("the link names the layer", "decodeURIComponent(location.hash).includes('conv 1 at step 1')").await?;
        let file: Value = serde_json::from_str(&saved(page, "#race-json", ".json").await?)?;
        let lane = file["lanes"].as_array().and_then(|lanes| lanes.last()).context("no lane")?;
        // The same lane in a race of its own sees the same.
        let look = format!(
            "await (async () => {{
                const {{ Race }} = await import('./ui/race/model/race.js');
                const race = new Race(failure => {{ throw new Error(failure.message); }});
                race.open({});
                const lane = race.add('again', {});
                await new Promise(resolve => race.on(() => {{ if (lane.device) resolve(); }}));
                race.step();
                await new Promise(resolve => race.on(() => {{ if (lane.history.step == 1) resolve(); }}));
                const {{ shape, x }} = await race.look(lane, 0, {{ test: {{ nImages: 4 }} }});
                return {{ shape, least: Math.min(...x), most: Math.max(...x) }};
            }})()",
            file["course"], lane["spec"]
        );
        let seen = page.promise(&look).await?;
        ensure!(shown_range(page).await? == json!([seen["least"], seen["most"]]), "the cube shows a tensor other than {seen}");
        let shape = seen["shape"].as_array().context("no shape")?.iter().map(Value::to_string).collect::<Vec<_>>().join("×");
        page.until("its shape", &format!("document.querySelector('#tensor').textContent.includes('{shape}')")).await?;
        let kind = lane["spec"]["norm"]["kind"].as_str().context("no norm")?;
        page.until(
            "the method is the lane's",
            &format!("(document.querySelector('#sentence select[data-key=method]')?.value ?? '') == '{kind}'"),
        )
        .await?;
        let sample = "const menu = document.querySelector('#look-lane'); menu.value = ''; menu.dispatchEvent(new Event('change'))";
        page.js(sample, vec![]).await?;
        page.until("the sample is back", "!location.hash.includes('file=')").await
    })
    .await
}

#[tokio::test]
async fn a_moment_that_has_passed_is_looked_at_by_keys() -> Result<()> {
    with_page(WebGpu::None, TWO_LANES, async |page| {
        train(page, 3).await?;
        page.js("const menu = document.querySelector('#look-lane'); menu.selectedIndex = 1; menu.dispatchEvent(new Event('change'))", vec![]).await?;
        page.until("now", "decodeURIComponent(location.hash).includes('at step 3')").await?;
        let now = shown_range(page).await?;
        let time = page.client.find(Locator::Id("race-time")).await?;
        time.send_keys(&char::from(Key::Home).to_string()).await?;
        // The cube follows while it is seen.
        page.js("document.querySelector('#cube-canvas').scrollIntoView({ behavior: 'instant', block: 'center' })", vec![]).await?;
        page.until("the start", "decodeURIComponent(location.hash).includes('at step 0')").await?;
        ensure!(shown_range(page).await? != now, "the cube still shows step 3");
        page.click("#race-scrub button").await?;
        page.js("document.querySelector('#cube-canvas').scrollIntoView({ behavior: 'instant', block: 'center' })", vec![]).await?;
        page.until("now again", "decodeURIComponent(location.hash).includes('at step 3')").await?;
        ensure!(shown_range(page).await? == now, "step 3 has changed");
        Ok(())
    })
    .await
}

#[tokio::test]
async fn a_digit_drawn_by_keys_is_taken_for_something_by_every_lane() -> Result<()> {
    with_page(WebGpu::None, TWO_LANES, async |page| {
        train(page, 1).await?;
        page.js("document.querySelector('#pad').scrollIntoView({ behavior: 'instant', block: 'center' }); document.querySelector('#pad').focus()", vec![]).await?;
        let stroke = format!("{}{}{}", char::from(Key::Shift), char::from(Key::Down).to_string().repeat(8), char::from(Key::Null));
        page.client.active_element().await?.send_keys(&stroke).await?;
        let sums = "[...document.querySelectorAll('.taken')].map(({ dataset }) => Number(dataset.sum || NaN))";
        page.until("every lane has said something", &format!("{sums}.length > 0 && {sums}.every(sum => sum > 0)")).await?;
        let sums = page.js(&format!("return {sums}"), vec![]).await?;
        let sums: Vec<f64> = serde_json::from_value(sums)?;
        ensure!(sums.iter().all(|sum| (sum - 1.0).abs() < 1e-5), "shares sum to {sums:?}");
        page.until("trained lanes say nothing of it", "!document.querySelector('.verdicts').textContent.includes('untrained')").await?;
        page.until("maps before and after the norm", "!document.querySelector('.digit-maps').hidden").await?;
        page.click("#digit-send").await?;
        page.until("the drawing is in the cube", "decodeURIComponent(location.hash).includes('your drawing in')").await?;
        // An image that cannot be read erases nothing.
        page.js(CHOOSE_FILE.replace("document.getElementById(id)", "document.querySelector('.digit-pad input[type=file]')").as_str(), vec![json!(""), json!("notes.png"), json!("no image")]).await?;
        page.until("the slip is told", "document.querySelector('.pad-note').textContent.includes('Your drawing is still here')").await?;
        page.until("it is still taken for something", "[...document.querySelectorAll('.taken')].every(({ dataset }) => dataset.sum)").await?;
        // It survives a reload, and so does "clear".
        let pad = "document.querySelector('#pad').toDataURL()";
        page.js("document.querySelector('#pad').blur()", vec![]).await?;
        let drawn = page.js(&format!("return {pad}"), vec![]).await?;
        page.client.refresh().await?;
        page.until("the drawing is there again", &format!("document.querySelector('#pad') && {pad} == {drawn}")).await?;
        page.click(".pad-acts button").await?;
        let blank = page.js(&format!("return {pad}"), vec![]).await?;
        ensure!(blank != drawn, "nothing was cleared");
        page.client.refresh().await?;
        page.until("the pad is clear", &format!("document.querySelector('#pad') && {pad} == {blank}")).await
    })
    .await
}

#[tokio::test]
async fn the_table_and_the_files_hold_the_race_and_it_opens_again() -> Result<()> {
    with_page(WebGpu::None, TWO_LANES, async |page| {
        train(page, 2).await?;
        page.click("#race-as-table").await?;
        let rows = "return [...document.querySelectorAll('.race-rows tbody tr')].map(row => [...row.cells].map(cell => cell.textContent))";
        let table = page.js(rows, vec![]).await?;
        let n_lanes = table.as_array().map_or(0, Vec::len);
        ensure!(n_lanes > 0, "an empty table");
        let csv = saved(page, "#race-csv", "-steps.csv").await?;
        ensure!(csv.split_terminator("\r\n").count() == 1 + 2 * n_lanes, "CSV: {csv}");
        let written = saved(page, "#race-json", ".json").await?;
        let chart = r#"document.querySelector('.sheet-of svg')?.outerHTML.replaceAll(/ data-lane="\d+"/g, '')"#;
        page.click("#race-four").await?;
        page.until("four charts", "document.querySelectorAll('.sheet-of svg').length == 4").await?;
        let drawn = page.js(&format!("return {chart}"), vec![]).await?;
        page.js(CHOOSE_FILE, vec![json!("race-open"), json!("race.json"), json!(written)]).await?;
        page.until("it is asked first", "document.querySelector('.race-said button')").await?;
        page.click(".race-said button").await?;
        page.until("the lanes are there", "document.querySelector('.race-said').textContent.includes('as saved')").await?;
        page.js("document.querySelector('.sheets').scrollIntoView({ behavior: 'instant', block: 'center' })", vec![]).await?;
        page.until("the chart is as it was", &format!("{chart} == {drawn}")).await?;
        page.until("so is the table", &format!("JSON.stringify((() => {{ {rows} }})()) == {}", json!(table.to_string()))).await?;
        let bad = written.replacen("\"losses\":[", "\"losses\":[true,", 1);
        page.js(CHOOSE_FILE, vec![json!("race-open"), json!("bad.json"), json!(bad)]).await?;
        page.until("a bad file is told precisely", "document.querySelector('.race-said').textContent.includes('lanes[0].losses[0] is true')").await?;
        page.until("and changes nothing", &format!("{chart} == {drawn}")).await
    })
    .await
}

/// The thick and thin lines of the test's charts are explained, whichever chart comes first.
#[tokio::test]
async fn four_charts_explain_all_their_lines() -> Result<()> {
    with_page(WebGpu::None, crate::race::TWO, async |page| {
        page.until_drawn().await?;
        page.click("#race-play").await?;
        page.until("it is done", "document.querySelector('#race-clock').textContent.includes('done')").await?;
        let said = "document.querySelector('#race').textContent.includes('Thick: evaluated with running averages')";
        page.js("document.querySelector('.sheets').scrollIntoView({ behavior: 'instant', block: 'center' })", vec![])
            .await?;
        page.until("one chart explains them", said).await?;
        page.click("#race-four").await?;
        page.until("four charts", "document.querySelectorAll('.sheet-of svg').length == 4").await?;
        page.js("document.querySelector('.sheets').scrollIntoView({ behavior: 'instant', block: 'center' })", vec![])
            .await?;
        page.until(
            "the last is drawn",
            "document.querySelectorAll('.sheet-of svg')[3].querySelector('path, polyline')",
        )
        .await?;
        page.until("four explain them", said).await
    })
    .await
}

#[tokio::test]
async fn the_crosshair_tells_values_by_arrow_keys() -> Result<()> {
    with_page(WebGpu::None, TWO_LANES, async |page| {
        train(page, 2).await?;
        page.js("document.querySelector('.sheets').scrollIntoView({ behavior: 'instant', block: 'center' })", vec![])
            .await?;
        page.until("the chart is drawn", "document.querySelector('.sheet-of svg')").await?;
        let crosshair = page.client.find(Locator::Id("race-crosshair")).await?;
        crosshair.send_keys(&char::from(Key::Left).to_string()).await?;
        page.until("a line is on the chart", "document.querySelector('.sheet-of .crosshair')").await?;
        page.until("values next to it", "document.querySelectorAll('.readout tbody tr').length > 0").await?;
        page.until(
            "they are said",
            "/images: .*\\d\\.\\d{3}/.test(document.querySelector('#race-crosshair').getAttribute('aria-valuetext'))",
        )
        .await?;
        crosshair.send_keys(&format!("{}{}", char::from(Key::Home), char::from(Key::Enter))).await?;
        page.until("Enter looks at that moment", "document.querySelector('.sheet-of .moment')").await?;
        crosshair.send_keys(&char::from(Key::Escape).to_string()).await?;
        page.until("Esc takes the line away", "!document.querySelector('.sheet-of .crosshair')").await
    })
    .await
}

/// What the ledger shows about the cube's star in evaluation, and what the same lane's weights hold for that channel,
/// from a file of them.
const LEDGER_AND_WEIGHTS: &str = "await (async () => {
    const { Ledger, readHash } = await import('./pkg/blue_cube.js');
    const { Race } = await import('./ui/race/model/race.js');
    const { scene } = readHash(location.hash), { course, lane: { spec, step } } = arguments_;
    const ledger = new Ledger();
    ledger.update({ ...scene, mode: 'eval' });
    const { learned, kept, sets } = ledger.sums(scene.selected);
    const race = new Race(failure => { throw new Error(failure.message); });
    race.open(course);
    const lane = race.add('again', spec);
    await new Promise(resolve => race.on(() => { if (lane.device) resolve(); }));
    for (let at = 1; at <= step; at++) {
        race.step();
        await new Promise(resolve => race.on(() => { if (lane.history.step === at) resolve(); }));
    }
    const { default: init, writeNetwork } = await import('./pkg/package/blue_cube.js');
    await init();
    const bytes = await writeNetwork(await race.save(lane), 'safetensors'), view = new DataView(bytes.buffer, bytes.byteOffset);
    const length = Number(view.getBigUint64(0, true)), header = JSON.parse(new TextDecoder().decode(bytes.subarray(8, 8 + length)));
    const of = part => view.getFloat32(8 + length + header[`norm_0.${part}`].data_offsets[0] + 4 * scene.selected.c, true);
    const text = value => value.toFixed(4).replace('-', '−');
    return {
        shown: [learned?.gamma, learned?.beta, kept.mean[0], kept.variance[0], sets[0].isKept, scene.momentum],
        held: [of('gamma'), of('beta'), text(of('running_mean')), text(of('running_variance')), true, spec.momentum],
    };
})()";

#[tokio::test]
async fn a_batch_norm_lane_brings_its_parameters_and_statistics_into_the_cube() -> Result<()> {
    with_page(WebGpu::None, "#net=tutorial&data=mnist&bs=8&lanes=bn&on=600&engine=cpu", async |page| {
        const N_STEPS: u32 = 6;
        train(page, N_STEPS).await?;
        page.click("#race-lanes .row .name").await?;
        page.until("the layer is shown", "decodeURIComponent(location.hash).includes('conv 1 at step 6')").await?;
        let file: Value = serde_json::from_str(&saved(page, "#race-json", ".json").await?)?;
        let arguments =
            json!({ "course": file["course"], "lane": { "spec": file["lanes"][0]["spec"], "step": N_STEPS } });
        let found = page.promise(&LEDGER_AND_WEIGHTS.replace("arguments_", &arguments.to_string())).await?;
        ensure!(found["shown"] == found["held"], "the ledger and the weights differ: {found}");
        let knob = "document.querySelector('.knob input[type=range]')";
        page.until("γ is shown and cannot be turned", &format!("{knob}.disabled")).await
    })
    .await
}

#[tokio::test]
async fn a_recurrent_net_shows_its_rows_and_takes_a_drawing_for_something() -> Result<()> {
    for (net, layer) in [("rnn", "row 15"), ("gru", "row 15, input")] {
        with_page(WebGpu::None, &format!("#net={net}&data=mnist&bs=8&lanes=none,bn,ln&on=600&engine=cpu"), async |page| {
            train(page, 1).await?;
            // The first child is the head.
            for (at, lane) in (2..).zip(["none", "BN", "LN"]) {
                page.click(&format!("#race-lanes > :nth-child({at}) .name")).await?;
                page.until("a row is shown", &format!("decodeURIComponent(location.hash).includes('{lane}, {layer} at step 1')")).await?;
            }
            let stroke = format!("{}{}{}", char::from(Key::Shift), char::from(Key::Down).to_string().repeat(8), char::from(Key::Null));
            page.js("document.querySelector('#pad').scrollIntoView({ behavior: 'instant', block: 'center' }); document.querySelector('#pad').focus()", vec![]).await?;
            page.client.active_element().await?.send_keys(&stroke).await?;
            let sums = "[...document.querySelectorAll('.taken')].map(({ dataset }) => Number(dataset.sum || NaN))";
            page.until("every lane has said something", &format!("{sums}.length === 3 && {sums}.every(sum => sum > 0)")).await?;
            page.until("maps before and after the norm", "!document.querySelector('.digit-maps').hidden").await
        })
        .await?;
    }
    Ok(())
}
