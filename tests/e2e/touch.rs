//! Fingers: numbers that can be dragged sideways, targets large enough to hit, sheets that stay on the screen.

use crate::hand::Hand;
use crate::race::ROWS;
use crate::session::{Page, WebGpu, with_page, with_phone};
use anyhow::{Result, ensure};
use fantoccini::key::Key;
use serde_json::json;

/// Widths of phones, and of half a tablet, in CSS pixels.
const WIDTHS: [u32; 6] = [320, 360, 390, 412, 560, 640];

#[tokio::test]
async fn a_finger_draws_a_number() -> Result<()> {
    with_phone("#shape=8,6,4,4&bs=32", async |page| {
        page.until_drawn().await?;
        page.js("window.cancels = 0; addEventListener('pointercancel', () => window.cancels++)", vec![]).await?;
        for (number, before, after) in [("images", "8", "4"), ("batch", "32", "28")] {
            let css = format!(".scrub[data-key={number}]");
            let text = format!("document.querySelector('{css}').textContent");
            page.until("the number before", &format!("{text} == '{before}'")).await?;
            // Four steps of 18 px and a little.
            page.swipe(&css, -80.0, 0.0).await?;
            page.until(&format!("{number} is drawn"), &format!("{text} == '{after}'")).await?;
            ensure!(page.js("return window.cancels", vec![]).await? == 0, "the browser took the finger for itself");
        }
        // Vertical moves still belong to the browser.
        let top = "return Math.round(scrollY)";
        page.point_in(".scrub[data-key=batch]", 0.5, 0.5).await?;
        let before = page.js(top, vec![]).await?;
        page.swipe(".scrub[data-key=batch]", 0.0, -160.0).await?;
        page.until("the page scrolls", &format!("Math.abs(scrollY - {before}) > 40")).await?;
        page.until("the number is what it was", "document.querySelector('.scrub[data-key=batch]').textContent == '28'")
            .await
    })
    .await
}

/// Numbers, letters and words of a sentence, and buttons of messages, whose target does not respond 12 pixels around its middle.
const MISSED: &str = "
    const missed = [];
    for (const one of document.querySelectorAll('.scrub, .axis, .word select, .message button')) {
        if (!one.checkVisibility()) continue;
        one.scrollIntoView({ behavior: 'instant', block: 'center' });
        const { x, y, width, height } = one.getBoundingClientRect();
        for (const [dx, dy] of [[-11.5, 0], [11.5, 0], [0, -11.5], [0, 11.5]]) {
            const met = document.elementFromPoint(x + width / 2 + dx, y + height / 2 + dy);
            if (met?.closest('.scrub, .axis, .word select, .message button') !== one) missed.push(`${one.outerHTML.slice(0, 80)} at ${dx}, ${dy}: ${met?.outerHTML.slice(0, 80)}`);
        }
    }
    return missed";

#[tokio::test]
async fn numbers_and_words_are_24_pixels_wide_and_high_at_least() -> Result<()> {
    for path in ["#shape=4,6,4,4&m=axes&axes=chw&g=2", "#m=own&tile=2,2", "#nonsense=1"] {
        with_page(WebGpu::None, path, async |page| {
            page.until_drawn().await?;
            if path.contains("nonsense") {
                page.until("it is said", "document.querySelector('.message button')").await?;
            }
            let missed = page.js(MISSED, vec![]).await?;
            ensure!(missed == json!([]), "{missed:#}");
            Ok(())
        })
        .await?;
    }
    Ok(())
}

/// Finger-sized targets overlap where words and lines are closer: the nearest number or letter responds.
#[tokio::test]
async fn a_finger_meets_the_nearest_number() -> Result<()> {
    const OFFSETS: [(f64, f64); 5] = [(0.0, 0.0), (-11.0, 0.0), (11.0, 0.0), (0.0, -6.0), (0.0, 6.0)];
    with_phone("#shape=4,6,4,4&m=axes&axes=chw&g=2", async |page| {
        page.until_drawn().await?;
        let letters =
            "return [...document.querySelectorAll('.axis')].map(one => `${one.textContent} ${one.ariaPressed}`)";
        for (css, number) in ["images", "channels", "groups", "height", "width"]
            .map(|key| (format!("#sentence .scrub[data-key={key}]"), key))
        {
            for (dx, dy) in OFFSETS {
                page.tap(&css, dx, dy).await?;
                page.until(
                    &format!("{number} opens at {dx}, {dy}"),
                    &format!("document.querySelector('{css} > input') === document.activeElement"),
                )
                .await?;
                page.press(&[Key::Escape]).await?;
                page.until("it is closed", "!document.querySelector('#sentence input')").await?;
            }
        }
        for (dx, dy) in OFFSETS {
            let before = page.js(letters, vec![]).await?;
            page.tap("#sentence .axis[data-topic=h]", dx, dy).await?;
            page.until(
                "the letter answers",
                "document.querySelector('#sentence .axis[data-topic=h]').ariaPressed == 'false'",
            )
            .await?;
            page.tap("#sentence .axis[data-topic=h]", dx, dy).await?;
            page.until("and again", "document.querySelector('#sentence .axis[data-topic=h]').ariaPressed == 'true'")
                .await?;
            let after = page.js(letters, vec![]).await?;
            ensure!(before == after, "another letter changed: {before}, {after}");
        }
        Ok(())
    })
    .await
}

/// Sheets, and anything in them that is off the screen sideways; and the page, where it is wider.
const BEYOND: &str = "
    const beyond = [];
    for (const menu of document.querySelectorAll('details.menu')) {
        menu.open = true;
        for (const one of menu.querySelectorAll('.sheet, .sheet *')) {
            const { left, right } = one.getBoundingClientRect();
            if (left < 0 || right > document.documentElement.clientWidth || one.scrollWidth > one.clientWidth + 1 && one.clientWidth) beyond.push(`${one.outerHTML.slice(0, 60)}: ${left} to ${right}`);
        }
        menu.open = false;
    }
    if (document.documentElement.scrollWidth > document.documentElement.clientWidth) beyond.push(`the page: ${document.documentElement.scrollWidth}`);
    return beyond";

#[tokio::test]
async fn no_sheet_leaves_the_screen() -> Result<()> {
    with_phone("", async |page| {
        page.until_drawn().await?;
        page.until("the page is ready", "'ready' in document.documentElement.dataset").await?;
        for width in WIDTHS {
            page.resize(width, 640).await?;
            page.until("the page is as wide", &format!("innerWidth == {width}")).await?;
            let beyond = page.js(BEYOND, vec![]).await?;
            ensure!(beyond == json!([]), "at {width}: {beyond:#}");
        }
        Ok(())
    })
    .await
}

/// Chooses an option of the menu that has the focus, by its letters.
async fn choose_by_keys(page: &Page, css: &str, letters: &str, value: &str) -> Result<()> {
    page.tab_to(css).await?;
    page.type_text(letters).await?;
    page.until(&format!("{css} is {value}"), &format!("document.querySelector('{css}').value == '{value}'")).await
}

#[tokio::test]
async fn a_lanes_gamma_and_beta_are_set_by_keys_on_a_phone() -> Result<()> {
    with_phone("#net=tutorial&data=mnist&bs=32&lanes=none,bn,gn5&on=30&engine=cpu", async |page| {
        page.until_drawn().await?;
        page.until("the race is ready", "document.querySelector('#race').dataset.ready == ''").await?;
        let lanes = |text: &str| format!("decodeURIComponent(location.hash).endsWith('lanes=none,{text}')");
        // A choice before the menu has told that it is open stays.
        let early = "const menu = document.querySelector('#race-gains'), pick = document.querySelector('#gains-γ-start');
            menu.open = true;
            pick.focus();
            pick.value = 'no';
            pick.dispatchEvent(new Event('change', { bubbles: true }))";
        page.js(early, vec![]).await?;
        page.promise("await new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))").await?;
        ensure!(page.js("return document.querySelector('#gains-γ-start').value", vec![]).await? == "no", "it is undone");
        page.js("const menu = document.querySelector('#race-gains'); menu.open = false; document.querySelector('#gains-γ-start').value = ''", vec![]).await?;
        page.activate(Hand::Keys, "#race-gains summary").await?;
        choose_by_keys(page, "#gains-γ-start", "l", "no").await?;
        choose_by_keys(page, "#gains-β-bounds", "kept", "nonneg").await?;
        page.tab_to("#gains-β-l2").await?;
        page.press_with(Key::Control, 'a').await?;
        page.type_text("0.01").await?;
        page.press(&[Key::Enter]).await?;
        page.until("the link has it", &lanes("bn~gno~snonneg~sl2:0.01,gn5")).await?;
        page.until("its name says it", &format!("{ROWS}[1].innerText.includes('BN, no γ, β ≥ 0, β L2 0.01')")).await?;
        // What is wrong is said there, and nothing is lost.
        page.tab_to("#gains-β-l2").await?;
        page.press_with(Key::Control, 'a').await?;
        page.type_text("-1").await?;
        page.press(&[Key::Enter]).await?;
        let said = "document.querySelector('#race-gains .error').textContent";
        let words = "β: the regularizer's l2 is -1, not a finite number not below 0.";
        page.until("it is refused by name", &format!("{said} == `{words}`")).await?;
        page.press(&[Key::Escape]).await?;
        page.until("Esc puts it back", "document.querySelector('#gains-β-l2').value == '0.01'").await?;
        // A lane that has trained stays; another is added beside it.
        page.step_to(1).await?;
        choose_by_keys(page, "#gains-β-start", "s", "const").await?;
        page.activate(Hand::Keys, "#gains-set").await?;
        page.until("it is another lane", &lanes("bn~gno~snonneg~sl2:0.01,gn5,bn~gno~sconst:1~snonneg~sl2:0.01"))
            .await?;
        page.until("the first has its step", &format!("{ROWS}.length == 4 && {ROWS}[1].dataset.step == '1'")).await?;
        page.until("what is open fits the phone", "document.documentElement.scrollWidth <= innerWidth").await
    })
    .await
}

#[tokio::test]
async fn the_cubes_layer_becomes_a_lane() -> Result<()> {
    with_phone("#m=bn&gammarule=nonneg&betarule=no&net=tutorial&lanes=none&momentum=0.5", async |page| {
        page.until_drawn().await?;
        page.until("the race is ready", "document.querySelector('#race').dataset.ready == ''").await?;
        page.pick("#race-add", "as in the cube").await?;
        page.until("the link has it", "decodeURIComponent(location.hash).includes('lanes=none,bn~gnonneg~sno')")
            .await?;
        let said = "document.querySelector('#race-add-said').textContent";
        page.until(
            "what it lacks is said",
            &format!("{said} == 'Not taken along: its momentum, 0.5: all lanes share 0.01.'"),
        )
        .await
    })
    .await
}

/// What is wrong with the race on a narrow phone: choices that make the page wider than it is, a name in two lines, a title under
/// a button.
const CRUSHED: &str = "
    const wrong = [], root = document.documentElement;
    for (const menu of document.querySelectorAll('#race .word select')) {
        const before = menu.value;
        for (const { value, text } of [...menu.options].filter(({ value }) => value !== before).concat(menu.selectedOptions[0])) {
            menu.value = value;
            menu.dispatchEvent(new Event('change', { bubbles: true }));
            if (root.scrollWidth > root.clientWidth) wrong.push(`${text}: ${root.scrollWidth}`);
        }
    }
    for (const name of document.querySelectorAll('#race-lanes .name b'))
        if (name.getBoundingClientRect().height > 24) wrong.push(`${name.textContent} is in two lines`);
    const four = document.querySelector('#race-four').getBoundingClientRect();
    for (const text of document.querySelectorAll('.sheet-of svg text')) {
        const { left, right, top, bottom } = text.getBoundingClientRect();
        if (left < four.right && right > four.left && top < four.bottom - 12 && bottom > four.top + 12) wrong.push(`${text.textContent} is under the button`);
    }
    return wrong";

#[tokio::test]
async fn the_race_fits_a_narrow_phone() -> Result<()> {
    with_phone("#lanes=none,bn,ln,in,gn2,gn16,bin,sn", async |page| {
        page.until_drawn().await?;
        page.resize(320, 640).await?;
        page.js("document.querySelector('#race').scrollIntoView({ behavior: 'instant' })", vec![]).await?;
        page.until("the chart is drawn", "document.querySelector('.sheet-of svg text')").await?;
        page.until(
            "as wide as the phone",
            "document.querySelector('.sheet-of svg').getBoundingClientRect().right <= 320",
        )
        .await?;
        let wrong = page.js(CRUSHED, vec![]).await?;
        ensure!(wrong == json!([]), "{wrong:#}");
        Ok(())
    })
    .await
}
