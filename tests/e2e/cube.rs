//! The cube's blue cells are exactly those of the chosen norm's group, with pointer and keys; a poke moves those;
//! nothing is drawn at rest.

use crate::session::{Page, WebGpu, with_page};
use anyhow::{Context, Result, ensure};
use fantoccini::Locator;
use fantoccini::actions::{InputSource, MOUSE_BUTTON_LEFT, MouseActions, PointerAction};
use fantoccini::key::Key;
use serde_json::Value;

/// A cell of the table: image, channel, row, column.
type Cell = [u32; 4];

/// Cells of a group in a 4×6×4×4 tensor; the figure's group norm has 2 groups.
const GROUP_SIZES: [(&str, u32); 4] = [("batch", 64), ("layer", 96), ("instance", 16), ("group", 48)];

/// A drag upwards by that many pixels pokes.
const DRAG_PIXELS: f64 = 60.0;

#[tokio::test]
async fn choosing_a_norm_changes_the_blue_cells() -> Result<()> {
    with_page(WebGpu::None, "", async |page| {
        page.until_drawn().await?;
        page.open_table().await?;
        for (norm, size) in GROUP_SIZES {
            page.choose_norm(norm).await?;
            page.until_blue(norm, size).await?;
            let cells = page.blue_cells().await?;
            ensure!(!cells.is_empty(), "{norm}: no cell of the group is in the table");
            for pair in cells.windows(2) {
                ensure!(shares_mean(norm, pair[0], pair[1]), "{norm}: {pair:?} are both blue");
            }
        }
        Ok(())
    })
    .await
}

/// Keys and wheel act where the mouse last worked; a magnified cube can be moved by mouse and keys.
#[tokio::test]
async fn after_the_mouse_the_keys_and_the_wheel_act_on_the_cube() -> Result<()> {
    with_page(WebGpu::None, "", async |page| {
        page.until_drawn().await?;
        page.drag_cube(0.62, 0.6, -DRAG_PIXELS).await?;
        page.until("the poke is counted", "document.querySelector('#cube-keys').textContent.includes('moved')").await?;
        page.press(&[Key::Escape]).await?;
        page.until("Esc takes it back", "!document.querySelector('#cube-keys').textContent.includes('moved')").await?;
        let star = "document.querySelector('#cube-canvas').dataset.selected";
        let before = page.js(&format!("return {star}"), vec![]).await?;
        page.press(&[Key::Left]).await?;
        page.until("an arrow moves the star", &format!("{star} != {before}")).await?;
        let wheel = "document.querySelector('#cube').dispatchEvent(
            new WheelEvent('wheel', { deltaY: -100, bubbles: true, cancelable: true }))";
        page.js(wheel, vec![]).await?;
        page.type_text("+").await?;
        page.until("the link has the zoom", "location.hash.includes('zoom=')").await?;
        page.type_text("dw").await?;
        page.until("keys move the picture", "location.hash.includes('pan=-0.125,0.125')").await?;
        // The right edge, which is background.
        page.drag_cube(0.98, 0.5, -DRAG_PIXELS).await?;
        page.until("the mouse moves it", "/pan=-0.125,0\\.(?!125)/.test(location.hash)").await?;
        page.type_text("0").await?;
        page.until("0 shows all of it", "!location.hash.includes('pan=') && !location.hash.includes('zoom=')").await
    })
    .await
}

#[tokio::test]
async fn a_click_moves_the_star_and_a_drag_pokes_its_group() -> Result<()> {
    with_page(WebGpu::None, "", async |page| {
        page.until_drawn().await?;
        page.choose_norm("batch").await?;
        page.until_blue("batch", 64).await?;
        // A quarter of the width right of the middle is the right wall: images other than the star's.
        page.drag_on_cube(0.62, 0.6, 0.0).await?;
        page.until(
            "another image is selected",
            "!document.querySelector('#cube-canvas').dataset.selected.startsWith('0,')",
        )
        .await?;
        page.drag_on_cube(0.62, 0.6, -DRAG_PIXELS).await?;
        page.until(
            "the poke is counted",
            "document.querySelector('#cube-keys').textContent.startsWith('64 moved, 320 did not')",
        )
        .await?;
        page.click("#cube-keys .restore").await?;
        page.until("the poke is gone", "!document.querySelector('#cube-keys').textContent.includes('moved')").await
    })
    .await
}

#[tokio::test]
async fn keys_do_all_that_the_pointer_does() -> Result<()> {
    with_page(WebGpu::None, "", async |page| {
        page.until_drawn().await?;
        page.keys(&[Key::Left.into()]).await?;
        page.until_selected("0,1,1,1").await?;
        page.keys(&[Key::Shift.into(), Key::Right.into(), Key::Null.into()]).await?;
        page.until_selected("1,1,1,1").await?;
        page.keys(&['g']).await?;
        page.until_selected("1,3,0,0").await?;
        page.keys(&[Key::Enter.into(), Key::Up.into(), Key::Up.into()]).await?;
        let hint = "document.querySelector('#cube-keys').textContent";
        page.until("the group moved", &format!("{hint}.startsWith('48 moved, 336 did not')")).await?;
        page.keys(&[Key::Escape.into()]).await?;
        page.until("the poke is gone", &format!("!{hint}.includes('moved')")).await?;
        let pressed = |button: &str| format!("document.querySelector('{button}').ariaPressed === 'true'");
        page.keys(&['u', ']', ']']).await?;
        page.until("it is unfolded", &pressed(".unfold")).await?;
        page.until("y is shown", &pressed(".stages button:last-child")).await?;
        page.keys(&['e']).await?;
        page.until("it is exploded", "document.querySelector('.rail input[type=range]').value === '1'").await?;
        page.keys(&['0']).await?;
        page.until("it is folded", &format!("!({})", pressed(".unfold"))).await
    })
    .await
}

#[tokio::test]
async fn nothing_is_drawn_at_rest() -> Result<()> {
    with_page(WebGpu::None, "", async |page| {
        page.until_drawn().await?;
        page.choose_norm("layer").await?;
        tokio::time::sleep(std::time::Duration::from_secs(1)).await;
        let frames = "return document.querySelector('#cube-canvas').dataset.frames";
        let before = page.js(frames, vec![]).await?;
        tokio::time::sleep(std::time::Duration::from_secs(1)).await;
        ensure!(page.js(frames, vec![]).await? == before, "frames were drawn at rest");
        Ok(())
    })
    .await
}

fn shares_mean(norm: &str, [n1, c1, ..]: Cell, [n2, c2, ..]: Cell) -> bool {
    match norm {
        "batch" => c1 == c2,
        "layer" => n1 == n2,
        "instance" => (n1, c1) == (n2, c2),
        "group" => n1 == n2 && c1 / 3 == c2 / 3,
        _ => false,
    }
}

impl Page {
    async fn open_table(&self) -> Result<()> {
        self.click("#as-table").await?;
        self.until("the table is open", "document.querySelector('.cells td')").await
    }

    async fn until_blue(&self, norm: &str, size: u32) -> Result<()> {
        let counted = format!("document.querySelector('#cube-canvas').dataset.counts.startsWith('{size} ')");
        self.until(&format!("{norm} has {size} blue cells"), &counted).await
    }

    async fn until_selected(&self, place: &str) -> Result<()> {
        self.until(
            &format!("{place} is selected"),
            &format!("document.querySelector('#cube-canvas').dataset.selected === '{place}'"),
        )
        .await
    }

    /// Types on the cube's grid.
    async fn keys(&self, keys: &[char]) -> Result<()> {
        self.js("document.querySelector('#cursor').focus()", vec![]).await?;
        let text: String = keys.iter().collect();
        Ok(self.client.active_element().await?.send_keys(&text).await?)
    }

    /// Presses at a share of the cube's width and height, and releases `dy` pixels lower.
    async fn drag_on_cube(&self, across: f64, down: f64, dy: f64) -> Result<()> {
        let scroll = "document.querySelector('#cube').scrollIntoView({ behavior: 'instant', block: 'center' })";
        self.js(scroll, vec![]).await?;
        let canvas = self.client.find(Locator::Css("#cube")).await?;
        ensure!(canvas.is_displayed().await?, "the cube is not displayed");
        let rect = "const box = document.querySelector('#cube').getBoundingClientRect();
            return [box.x, box.y, box.width, box.height]";
        let rect = self.js(rect, vec![]).await?;
        let [x, y, width, height] = [0, 1, 2, 3].map(|i| rect[i].as_f64().unwrap_or_default());
        let (x, y) = ((x + width * across).round(), (y + height * down).round());
        let drag = MouseActions::new("mouse".to_owned())
            .then(PointerAction::MoveTo { duration: None, x, y })
            .then(PointerAction::Down { button: MOUSE_BUTTON_LEFT })
            .then(PointerAction::MoveTo { duration: None, x, y: y + dy })
            .then(PointerAction::Up { button: MOUSE_BUTTON_LEFT });
        Ok(self.client.perform_actions(drag).await?)
    }

    /// The blue cells of the table.
    async fn blue_cells(&self) -> Result<Vec<Cell>> {
        let names = "return [...document.querySelectorAll('.cells td.level-all')].map(cell => cell.dataset.cell)";
        self.js(names, vec![]).await?.as_array().context("no list of cells")?.iter().map(parse_cell).collect()
    }
}

fn parse_cell(name: &Value) -> Result<Cell> {
    let name = name.as_str().context("a cell without a name")?;
    let numbers = name.split(',').map(str::parse).collect::<Result<Vec<u32>, _>>()?;
    <[u32; 4]>::try_from(numbers).ok().with_context(|| format!("{name} is not a cell"))
}
