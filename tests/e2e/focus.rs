//! The focus is never lost: when a control goes, the focus goes on to one that is there.

use crate::race::{ROWS, TWO};
use crate::session::{Page, WebGpu, with_page};
use anyhow::{Result, ensure};
use fantoccini::key::Key;
use serde_json::{Value, json};

/// What has the focus: its id, or its words; nothing if it is lost.
const FOCUSED: &str = "(({ activeElement: one }) => one === document.body ? '' : one.id || one.getAttribute('aria-label') || one.textContent)(document)";

#[tokio::test]
async fn what_goes_hands_the_focus_on() -> Result<()> {
    with_page(WebGpu::None, TWO, async |page| {
        page.until_drawn().await?;
        page.until("the page is ready", "'ready' in document.documentElement.dataset").await?;
        // A sheet that closes, over a preset of the cube.
        page.enter("#presets > summary").await?;
        page.enter("#presets [data-preset=A-gn5]").await?;
        page.until_focused("'Presets'").await?;
        // What the preset says, dismissed.
        page.enter("#preset button").await?;
        page.until_focused("'cursor'").await?;
        // A preset of the race is read on in the race.
        page.enter("#presets > summary").await?;
        page.enter("#presets [data-preset=B-rate-quick]").await?;
        page.until_focused("'race-h'").await?;
        // Removed lanes: the next one's button, of the last the one before.
        page.until("its lanes", &format!("{ROWS}.length == 5")).await?;
        page.enter("#race-lanes .row:nth-child(2) .remove").await?;
        page.until("one less", &format!("{ROWS}.length == 4")).await?;
        page.until_focused(
            "document.querySelector('#race-lanes .row:nth-child(2) .remove').getAttribute('aria-label')",
        )
        .await?;
        page.enter("#race-lanes .row:nth-child(5) .remove").await?;
        page.until("two less", &format!("{ROWS}.length == 3")).await?;
        page.until_focused("document.querySelector('#race-lanes .row:nth-child(4) .remove').getAttribute('aria-label')")
            .await
    })
    .await
}

/// Whatever a number may start with replaces it; Esc gives it back, while it is dragged too.
#[tokio::test]
async fn a_number_is_typed_over_with_its_first_letter() -> Result<()> {
    with_page(WebGpu::None, TWO, async |page| {
        page.until_drawn().await?;
        for (number, typed) in [("epsilon", ".5"), ("momentum", ",25"), ("rate", "-3"), ("rate", "−3"), ("batch", "16")]
        {
            let css = format!("#race .scrub[data-key={number}]");
            page.focus(&css).await?;
            page.type_text(typed).await?;
            let found = page.js("return document.activeElement.value ?? null", vec![]).await?;
            ensure!(found == typed, "{number}: {found} for {typed}");
            page.press(&[Key::Escape]).await?;
            page.until_focused(&format!("document.querySelector('{css}').getAttribute('aria-label')")).await?;
        }
        let dragged = page.js(DRAG_AND_ESCAPE, vec![]).await?;
        ensure!(dragged == json!(["6", "8", "6", "6"]), "{dragged}");
        Ok(())
    })
    .await
}

/// Drags the channels by two steps, with another finger that comes and goes, presses Esc, and lets go.
const DRAG_AND_ESCAPE: &str = "
    const number = () => document.querySelector('#sentence .scrub[data-key=channels]'),
        { x, y } = number().getBoundingClientRect(),
        point = (type, pointerId, dx) => number().dispatchEvent(new PointerEvent(type, { bubbles: true, pointerId, clientX: x + 5 + dx, clientY: y + 5 })),
        seen = [number().textContent],
        capture = Element.prototype.setPointerCapture;
    // Pointers that a script makes cannot be captured.
    Element.prototype.setPointerCapture = () => {};
    point('pointerdown', 7, 0); point('pointermove', 7, 40);
    point('pointermove', 8, 200); point('pointerup', 8, 200);
    seen.push(number().textContent);
    number().dispatchEvent(new KeyboardEvent('keydown', { key: 'Escape', bubbles: true }));
    seen.push(number().textContent);
    point('pointermove', 7, 80); point('pointerup', 7, 80);
    seen.push(number().textContent);
    Element.prototype.setPointerCapture = capture;
    return seen";

impl Page {
    /// Gives an element the focus.
    async fn focus(&self, css: &str) -> Result<()> {
        self.js("document.querySelector(arguments[0]).focus()", vec![json!(css)]).await?;
        Ok(())
    }

    /// Presses Enter on an element.
    async fn enter(&self, css: &str) -> Result<()> {
        self.until(css, &format!("document.querySelector('{css}')")).await?;
        self.focus(css).await?;
        self.press(&[Key::Enter]).await
    }

    /// Waits until what has the focus has that id or those words.
    async fn until_focused(&self, expected: &str) -> Result<()> {
        let found: Value = self.js(&format!("return {FOCUSED}"), vec![]).await?;
        self.until(&format!("{expected} has the focus, first {found}"), &format!("{FOCUSED} === {expected}")).await
    }
}
