//! What a reader does in the first ten seconds and the first minute, as one script: with the mouse, and with keys
//! alone.

use crate::hand::Hand;
use crate::session::{Page, WebGpu, with_page};
use anyhow::{Context, Result, ensure};
use fantoccini::key::Key;
use serde_json::json;

const SENTENCE: &str = "document.querySelector('#cube').getAttribute('aria-label')";

#[tokio::test]
async fn the_first_minute_by_mouse() -> Result<()> {
    with_page(WebGpu::None, "", async |page| first_minute(page, Hand::Mouse).await).await
}

#[tokio::test]
async fn the_first_minute_by_keys_alone() -> Result<()> {
    with_page(WebGpu::None, "", async |page| first_minute(page, Hand::Keys).await).await
}

#[tokio::test]
async fn a_held_key_is_one_step_of_the_history() -> Result<()> {
    with_page(WebGpu::None, "", async |page| {
        page.until_drawn().await?;
        page.tab_to("#sentence [data-key=images]").await?;
        let before = page.js("return history.length", vec![]).await?.as_u64().context("no history")?;
        // The driver cannot repeat a key.
        let hold = "const press = (type, repeat) => document.activeElement.dispatchEvent(
                new KeyboardEvent(type, { key: 'ArrowUp', repeat, bubbles: true, cancelable: true }));
            for (let i = 0; i < 8; i++) press('keydown', i > 0);
            press('keyup', false)";
        page.js(hold, vec![]).await?;
        page.until("the link holds the last", "location.hash == '#v=1&shape=12,6,4,4'").await?;
        let after = page.js("return history.length", vec![]).await?.as_u64().context("no history")?;
        ensure!(after == before + 1, "a held key made {} steps", after - before);
        page.press(&[Key::Up]).await?;
        page.until("a new press is a new step", &format!("history.length == {}", after + 1)).await?;
        page.client.back().await?;
        page.until("Back takes the press", "location.hash == '#v=1&shape=12,6,4,4'").await?;
        page.client.back().await?;
        page.until("Back takes all that the held key did", "location.hash == ''").await
    })
    .await
}

/// Numbers change with whatever is under the pointer, or with a lane that trains; one that is pressed waits for its click.
#[tokio::test]
async fn a_number_that_is_pressed_stays_until_its_click() -> Result<()> {
    with_page(WebGpu::None, "", async |page| {
        page.until_drawn().await?;
        let press = "window.number = document.querySelector('#books .opens[data-opens=\"mean 0\"]');
            const send = (target, type) => target.dispatchEvent(new PointerEvent(type, { bubbles: true }));
            send(number, 'pointerdown');
            document.querySelector('#cursor').dispatchEvent(new KeyboardEvent('keydown', { key: 'ArrowLeft' }));
            window.release = () => { send(number, 'pointerup'); number.dispatchEvent(new MouseEvent('click', { bubbles: true })); }";
        page.js(press, vec![]).await?;
        page.until("the star moved", "document.querySelector('#cube-canvas').dataset.selected == '0,1,1,1'").await?;
        page.promise("await new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))").await?;
        ensure!(
            page.js("return number.isConnected", vec![]).await? == true,
            "the number was replaced while it was pressed"
        );
        page.js("release()", vec![]).await?;
        page.until("the click opens it", "document.querySelector('#books .opened').innerText.includes('Σx = ')")
            .await?;
        page.until("then the numbers are the star's", "!number.isConnected").await
    })
    .await
}

pub(crate) async fn first_minute(page: &Page, hand: Hand) -> Result<()> {
    page.until_drawn().await?;
    light_a_group(page, hand).await.context("light a group")?;
    poke(page, hand, "48 moved, 336 did not").await?;
    page.choose_batch(hand).await.context("choose batch norm")?;
    // Four images of 16 values: those of the star's neighbours move too.
    poke(page, hand, "64 moved, 320 did not").await?;
    one_image(page, hand).await.context("a batch of one image")?;
    type_a_call(page, hand).await.context("type a call")?;
    open_an_origin(page, hand).await.context("open a number")?;
    walk_the_code(page, hand).await.context("walk the code")?;
    switch_an_erratum(page, hand).await.context("switch an erratum")?;
    choose_a_preset(page, hand).await.context("choose a preset")?;
    copy_the_link(page, hand).await.context("copy the link")?;
    back_and_undo(page).await.context("Back and Undo")?;
    page.activate(hand, "#theme").await?;
    page.until("the theme is the other", "document.documentElement.dataset.theme").await
}

/// Pointing at a cell, or the arrows, highlight another group; the ledger's numbers are that cell's.
async fn light_a_group(page: &Page, hand: Hand) -> Result<()> {
    let lit = "return document.querySelector('#cube').toDataURL()";
    let (picture, numbers) = (page.js(lit, vec![]).await?, page.text("#books .books").await?);
    match hand {
        Hand::Mouse => page.hover_cube(0.62, 0.6).await?,
        Hand::Keys => {
            page.tab_to("#cursor").await?;
            page.press_with(Key::Shift, Key::Right).await?;
        }
    }
    page.until("the ledger is another cell's", &differs("document.querySelector('#books .books').innerText", &numbers))
        .await?;
    ensure!(page.js(lit, vec![]).await? != picture, "the cube has not changed");
    Ok(())
}

async fn poke(page: &Page, hand: Hand, expected: &str) -> Result<()> {
    match hand {
        Hand::Mouse => page.drag_cube(0.62, 0.6, -60.0).await?,
        Hand::Keys => {
            page.tab_to("#cursor").await?;
            page.press(&[Key::Enter, Key::Up, Key::Up, Key::Up, Key::Enter]).await?;
        }
    }
    let counted = format!("document.querySelector('#cube-keys').textContent.startsWith({})", json!(expected));
    page.until(&format!("poke: {expected}"), &counted).await?;
    match hand {
        Hand::Mouse => page.point_and_click("#cube-keys .restore").await?,
        Hand::Keys => page.press(&[Key::Escape]).await?,
    }
    page.until("the poke is gone", "!document.querySelector('#cube-keys').textContent.includes('moved')").await
}

/// From 4 images to 1 by typing, back to 4, and to 1 by dragging the number or with its keys.
async fn one_image(page: &Page, hand: Hand) -> Result<()> {
    let number = "#sentence [data-key=images]";
    page.type_into_number(hand, number, "1").await?;
    said(page, "here it is instance norm, largest difference 0").await?;
    page.type_into_number(hand, number, "4").await?;
    said(page, "the batch of 4 images").await?;
    match hand {
        Hand::Mouse => page.drag_sideways(number, -60.0).await?,
        Hand::Keys => page.press(&[Key::PageDown, Key::Down]).await?,
    }
    said(page, "here it is instance norm, largest difference 0").await
}

async fn type_a_call(page: &Page, hand: Hand) -> Result<()> {
    page.reach(hand, "#call-text").await?;
    page.press_with(Key::Control, 'a').await?;
    page.type_text("nn.GroupNorm(3, 6)").await?;
    page.press(&[Key::Enter]).await?;
    said(page, "into 3 groups").await
}

async fn open_an_origin(page: &Page, hand: Hand) -> Result<()> {
    let mean = match hand {
        Hand::Mouse => "#books .opens[data-opens='mean 0']",
        Hand::Keys => "#books button[data-opens='mean 0']",
    };
    let opened = "document.querySelector('#books .opened')";
    page.activate(hand, mean).await?;
    page.until("the sum is told", &format!("{opened}.innerText.includes('Σx = ')")).await?;
    page.activate(hand, mean).await?;
    page.until("it is closed", &format!("!{opened}.innerText")).await
}

async fn walk_the_code(page: &Page, hand: Hand) -> Result<()> {
    // The Code is loaded when it scrolls into view.
    match hand {
        Hand::Mouse => {
            drop(page.js("document.querySelector('#code').scrollIntoView({ behavior: 'instant' })", vec![]).await?);
        }
        Hand::Keys => page.tab_to("#code-version input:checked").await?,
    }
    page.until("the lines are there", "document.querySelector('#lines .now')").await?;
    match hand {
        Hand::Mouse => page.point_and_click("#lines li:nth-child(6) button").await?,
        Hand::Keys => {
            page.tab_to("#lines .now button").await?;
            page.press(&[Key::Down; 5]).await?;
        }
    }
    page.until("the caret is at line 6", "document.querySelector('#lines .now').dataset.line == '6'").await?;
    for (version, key, std) in [("corrected", Key::Right, "0.9999"), ("written", Key::Left, "3.46")] {
        match hand {
            Hand::Mouse => page.point_and_click(&format!("#code-version label:has(#code-{version})")).await?,
            Hand::Keys => {
                page.tab_to("#code-version input:checked").await?;
                page.press(&[key]).await?;
            }
        }
        let printed = format!("document.querySelector('#printout').innerText.includes('{std}')");
        page.until(&format!("as {version} line 6 prints {std}"), &printed).await?;
    }
    Ok(())
}

async fn switch_an_erratum(page: &Page, hand: Hand) -> Result<()> {
    page.activate(hand, "#errata summary").await?;
    let number = "document.querySelector('.erratum output').textContent";
    page.until("the list is there", "document.querySelector('.erratum output')").await?;
    let state = format!("[document.querySelector('.erratum .flip').ariaChecked, {number}].join()");
    let first = page.js(&format!("return {state}"), vec![]).await?;
    for wanted in ["every(has => !has)", "every(has => has)"] {
        page.activate(hand, ".erratum:first-child .flip").await?;
        // Switch and number change, and then change back.
        let switched = format!("{state}.split(',').map((part, i) => part == {first}.split(',')[i]).{wanted}");
        page.until("the switch is the other way", &switched).await?;
    }
    page.activate(hand, "#errata summary").await
}

async fn choose_a_preset(page: &Page, hand: Hand) -> Result<()> {
    page.activate(hand, "#presets summary").await?;
    page.until("the menu is open", "document.querySelector('#presets').open").await?;
    match hand {
        Hand::Mouse => page.point_and_click("[data-preset=A-gn5]").await?,
        Hand::Keys => page.press(&[Key::Down, Key::Down, Key::Enter]).await?,
    }
    said(page, "into 5 groups").await?;
    page.until("the preset is told", "document.querySelector('#preset').innerText.includes('A-gn5')").await
}

async fn copy_the_link(page: &Page, hand: Hand) -> Result<()> {
    // Headless browsers have no clipboard that a test can read.
    let listen = "navigator.clipboard.writeText = async text => { document.body.dataset.copied = text }";
    page.js(listen, vec![]).await?;
    page.activate(hand, "#share summary").await?;
    match hand {
        Hand::Mouse => page.point_and_click("#share-link").await?,
        Hand::Keys => page.press(&[Key::Down, Key::Enter]).await?,
    }
    page.until("the link is copied", "document.body.dataset.copied == location.href").await?;
    page.until("the page says so", "document.querySelector('#toast.show').innerText.includes('copied')").await
}

/// Back in the browser, Undo and Redo with keys: one history.
async fn back_and_undo(page: &Page) -> Result<()> {
    page.client.back().await?;
    said(page, "into 3 groups").await?;
    page.client.forward().await?;
    said(page, "into 5 groups").await?;
    page.press_with(Key::Control, 'z').await?;
    said(page, "into 3 groups").await?;
    page.press_with(Key::Control, 'y').await?;
    said(page, "into 5 groups").await
}

async fn said(page: &Page, words: &str) -> Result<()> {
    page.until(&format!("the sentence says “{words}”"), &format!("{SENTENCE}.includes({})", json!(words))).await
}

fn differs(expression: &str, from: &str) -> String {
    format!("{expression} != {}", json!(from))
}
