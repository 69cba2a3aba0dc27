//! The cube's blue cells are exactly those of the chosen norm's group.

use crate::session::{Page, WebGpu, with_page};
use anyhow::{Context, Result, ensure};
use fantoccini::actions::{InputSource, MOUSE_BUTTON_LEFT, MouseActions, PointerAction};
use serde_json::Value;

/// A visible cell: image, channel, place in the plane.
type Cell = [u32; 3];

/// Cells of a group in a 4×6×4×4 tensor; the figure's group norm has 2 groups.
const GROUP_SIZES: [(&str, u32); 5] = [("batch", 64), ("layer", 96), ("instance", 16), ("group", 48), ("none", 0)];

#[tokio::test]
async fn choosing_a_norm_changes_the_blue_cells() -> Result<()> {
    with_page(WebGpu::None, "", async |page| {
        page.until_drawn().await?;
        for (norm, size) in GROUP_SIZES {
            page.choose_norm(norm).await?;
            let count = format!("document.querySelector('#count-in').textContent == '{size}'");
            page.until(&format!("{norm} has {size} blue cells"), &count).await?;
            let cells = page.blue_cells().await?;
            ensure!(cells.is_empty() == (norm == "none"), "{norm}: {} cells of the group in sight", cells.len());
            for pair in cells.windows(2) {
                ensure!(shares_mean(norm, pair[0], pair[1]), "{norm}: {pair:?} are both blue");
            }
        }
        Ok(())
    })
    .await
}

#[tokio::test]
async fn clicking_a_cell_moves_the_group() -> Result<()> {
    with_page(WebGpu::None, "", async |page| {
        page.until_drawn().await?;
        page.choose_norm("instance").await?;
        page.until("one plane is blue", "document.querySelector('#count-in').textContent == '16'").await?;
        let before = page.blue_cells().await?;
        let place = page.click_outside_the_group().await?;
        let clicked = parse_cell(&Value::from(place.clone()))?;
        let is_blue = format!("document.querySelector(`#cube .cell[data-cell='{place}']`).matches('.in-group')");
        page.until("the clicked cell is blue", &is_blue).await?;
        let after = page.blue_cells().await?;
        ensure!(before != after, "the same cells are blue after a click on {place}");
        ensure!(after.iter().all(|cell| shares_mean("instance", *cell, clicked)), "{place}: {after:?}");
        Ok(())
    })
    .await
}

#[tokio::test]
async fn arrow_keys_move_the_selected_cell() -> Result<()> {
    with_page(WebGpu::None, "", async |page| {
        page.until_drawn().await?;
        page.js(
            "document.querySelector('#cube').focus(); window.__said = document.querySelector('#books').innerText",
            vec![],
        )
        .await?;
        let left = char::from(fantoccini::key::Key::Left).to_string();
        page.client.find(fantoccini::Locator::Css("#cube")).await?.send_keys(&left).await?;
        page.until("the ledger tells of another cell", "document.querySelector('#books').innerText != window.__said")
            .await
    })
    .await
}

fn shares_mean(norm: &str, [n1, c1, _]: Cell, [n2, c2, _]: Cell) -> bool {
    match norm {
        "batch" => c1 == c2,
        "layer" => n1 == n2,
        "instance" => (n1, c1) == (n2, c2),
        "group" => n1 == n2 && c1 / 3 == c2 / 3,
        _ => false,
    }
}

impl Page {
    /// Clicks on a cell that is not blue, where nothing covers it; its name.
    async fn click_outside_the_group(&self) -> Result<String> {
        let find = "for (const cell of document.querySelectorAll('#cube .cell:not(.in-group)[data-cell]')) {
                const box = cell.getBoundingClientRect();
                const x = Math.round(box.x + box.width / 2), y = Math.round(box.y + box.height / 2);
                if (document.elementFromPoint(x, y) === cell) return { name: cell.dataset.cell, x, y };
            }";
        let found = self.js(find, vec![]).await?;
        let name = found["name"].as_str().context("no cell outside the group in sight")?;
        let [x, y] = [&found["x"], &found["y"]].map(|number| number.as_f64().unwrap_or_default());
        let click = MouseActions::new("mouse".to_owned())
            .then(PointerAction::MoveTo { duration: None, x, y })
            .then(PointerAction::Down { button: MOUSE_BUTTON_LEFT })
            .then(PointerAction::Up { button: MOUSE_BUTTON_LEFT });
        self.client.perform_actions(click).await?;
        Ok(name.to_owned())
    }

    /// The blue cells in sight, each once.
    async fn blue_cells(&self) -> Result<Vec<Cell>> {
        let names = "return [...new Set([...document.querySelectorAll('#cube .cell.in-group[data-cell]')]
            .map((cell) => cell.dataset.cell))]";
        self.js(names, vec![]).await?.as_array().context("no list of cells")?.iter().map(parse_cell).collect()
    }
}

fn parse_cell(name: &Value) -> Result<Cell> {
    let name = name.as_str().context("a cell without a name")?;
    let numbers = name.split(',').map(str::parse).collect::<Result<Vec<u32>, _>>()?;
    <[u32; 3]>::try_from(numbers).ok().with_context(|| format!("{name} is no cell"))
}
