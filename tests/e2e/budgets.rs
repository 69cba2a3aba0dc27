//! The page's weight and times, with the script of `cargo xtask budgets`: bytes and frames exactly; times only loosely,
//! so that a busy machine never fails, because the command has the real gates.

use crate::session::{Page, WebGpu, with_page};
use anyhow::{Context, Result, ensure};
use fantoccini::wd::TimeoutConfiguration;
use serde_json::Value;
use std::time::Duration;

const SCRIPT: &str = include_str!("../../xtask/src/budgets.js");

/// Most bytes of gzip before the first paint.
const FIRST_PAINT_BYTES: f64 = 40_000.0;

/// Milliseconds that even a busy machine does not take.
const SLOWEST: [(&str, f64); 4] =
    [("firstPaintMillis", 10_000.0), ("readyMillis", 30_000.0), ("hoverMillis", 500.0), ("pokeMillis", 500.0)];

#[tokio::test]
async fn the_page_is_light_quick_and_at_rest() -> Result<()> {
    with_page(WebGpu::None, "", async |page| check(page).await).await
}

#[tokio::test]
async fn a_large_tensor_is_quick_too() -> Result<()> {
    with_page(WebGpu::None, "#v=1&shape=16,24,16,16&explode=1", async |page| check(page).await).await
}

/// Milliseconds of a task that even a busy machine does not take; before they were done in slices, turning a dial took 7 s.
const LONGEST_TASK: f64 = 500.0;

#[tokio::test]
async fn files_and_gestures_of_16_million_values_leave_the_page_time_to_answer() -> Result<()> {
    with_page(WebGpu::None, "", async |page| {
        let found = measured(page, include_str!("../../xtask/src/budgets_large.js")).await?;
        for (what, millis) in found.as_object().context("no table")? {
            let millis = millis.as_f64().with_context(|| format!("no {what}"))?;
            ensure!(millis <= LONGEST_TASK, "{what} is {millis}, at most {LONGEST_TASK} allowed");
        }
        Ok(())
    })
    .await
}

async fn measured(page: &Page, script: &str) -> Result<Value> {
    let limit = TimeoutConfiguration::new(Some(Duration::from_secs(180)), None, None);
    page.client.update_timeouts(limit).await?;
    let mut answer = page.client.execute_async(script, vec![]).await?;
    ensure!(answer["error"].is_null(), "{}", answer["error"]);
    println!("{}", answer["ok"]);
    Ok(answer["ok"].take())
}

async fn check(page: &Page) -> Result<()> {
    let found = measured(page, SCRIPT).await?;
    let number = |key: &str| found[key].as_f64().with_context(|| format!("no {key}"));
    ensure!(
        number("firstPaintBytes")? <= FIRST_PAINT_BYTES,
        "the first paint weighs {} bytes",
        number("firstPaintBytes")?
    );
    ensure!(found["framesAtRest"] == 0, "{} frames at rest", found["framesAtRest"]);
    for (key, most) in SLOWEST {
        ensure!(number(key)? <= most, "{key} is {}, at most {most} allowed", number(key)?);
    }
    Ok(())
}
