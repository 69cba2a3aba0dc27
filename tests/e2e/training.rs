//! The networks train: on the CPU, on a software GPU, stoppable, step by step, and without blocking the page.

use crate::race::{ONE, ROWS, SEVEN};
use crate::session::{Page, WebGpu, with_page};
use anyhow::{Context, Result, ensure};
use std::time::Duration;

/// A main-thread task longer than this is noticeable; browsers call it a long task.
const LONG_TASK_MILLIS: u32 = 50;

/// Frames per second below which motion visibly stutters.
const LEAST_FRAMES: u64 = 20;

#[tokio::test]
async fn loss_falls_on_the_cpu_without_webgpu() -> Result<()> {
    with_page(WebGpu::None, ONE, async |page| learns(page, "CPU SIMD", 100).await).await
}

#[tokio::test]
async fn loss_falls_on_the_gpu() -> Result<()> {
    // SwiftShader takes about half a second per step.
    let link = format!("{ONE}&engine=gpu");
    with_page(WebGpu::Software, &link, async |page| learns(page, "GPU (software)", 15).await).await
}

#[tokio::test]
async fn a_software_gpu_is_not_chosen_where_the_cpu_is_faster() -> Result<()> {
    with_page(WebGpu::Software, ONE, async |page| learns(page, "CPU SIMD", 50).await).await
}

#[tokio::test]
async fn without_webgpu_asking_for_the_gpu_is_answered_with_a_way_on() -> Result<()> {
    with_page(WebGpu::None, &format!("{ONE}&engine=gpu"), async |page| {
        page.until_drawn().await?;
        page.step_to(1).await?;
        page.until(
            "a notice names the GPU",
            "document.querySelector('#race-notice').innerText.includes('no WebGPU adapter')",
        )
        .await?;
        page.until("the chip names the CPU", "chip.textContent.includes('CPU SIMD')").await
    })
    .await
}

#[tokio::test]
async fn pause_step_and_reset_do_what_they_say() -> Result<()> {
    with_page(WebGpu::None, SEVEN, async |page| {
        page.until_drawn().await?;
        for wanted in [1, 2] {
            page.step_to(wanted).await?;
            page.stays_at(wanted).await?;
        }
        page.click("#race-play").await?;
        page.until_step(10).await?;
        page.click("#race-play").await?;
        // The current slice may still finish.
        tokio::time::sleep(Duration::from_millis(500)).await;
        let paused_at = page.step().await?;
        page.stays_at(paused_at).await?;
        page.step_to(paused_at + 1).await?;
        page.stays_at(paused_at + 1).await?;
        page.click("#race-reset").await?;
        page.until("the count is 0", &format!("{ROWS}.every(row => row.dataset.step == '0')")).await?;
        page.stays_at(0).await
    })
    .await
}

#[tokio::test]
async fn keys_start_stop_and_step() -> Result<()> {
    with_page(WebGpu::None, ONE, async |page| {
        page.until_drawn().await?;
        let press = |key: &str| {
            format!("document.querySelector('#race [data-key=rate]').dispatchEvent(new KeyboardEvent('keydown', {{ key: '{key}', bubbles: true }}))")
        };
        page.js(&press("."), vec![]).await?;
        page.until_step(1).await?;
        page.stays_at(1).await?;
        page.js(&press(" "), vec![]).await?;
        page.until_step(5).await?;
        page.js(&press(" "), vec![]).await?;
        page.until("it is paused", "document.querySelector('#race-play').dataset.running == 'false'").await
    })
    .await
}

#[tokio::test]
async fn one_seed_gives_one_curve() -> Result<()> {
    with_page(WebGpu::None, ONE, async |page| {
        page.until_drawn().await?;
        let mut losses = vec![];
        // The first round fetches the data set, which changes nothing.
        for _ in 0..2 {
            page.step_to(1).await?;
            page.step_to(2).await?;
            losses.push(page.of_rows("loss").await?);
            page.click("#race-reset").await?;
            page.until("the count is 0", &format!("{ROWS}.every(row => row.dataset.step == '0')")).await?;
        }
        ensure!(losses[0] == losses[1], "losses of the same seed: {losses:?}");
        Ok(())
    })
    .await
}

#[tokio::test]
async fn the_other_data_set_trains_too() -> Result<()> {
    let link = ONE.replace("data=mnist", "data=fashion-mnist");
    with_page(WebGpu::None, &link, async |page| learns(page, "CPU SIMD", 50).await).await
}

#[tokio::test]
async fn training_leaves_the_main_thread_free() -> Result<()> {
    with_page(WebGpu::None, SEVEN, async |page| {
        page.until_drawn().await?;
        page.click("#race-play").await?;
        page.until_step(20).await?;
        page.js(
            "window.__tasks = []; window.__frames = 0;
             const frame = () => { window.__frames += 1; requestAnimationFrame(frame); };
             requestAnimationFrame(frame);
             new PerformanceObserver((list) => {
                 for (const { duration } of list.getEntries()) window.__tasks.push(Math.round(duration));
             }).observe({ type: 'longtask' });",
            vec![],
        )
        .await?;
        let mut windows = vec![];
        // A task's time is wall time: another process may have had the processor. One quiet window is proof enough.
        for _ in 0..6 {
            page.js("window.__tasks.splice(0); window.__frames = 0", vec![]).await?;
            tokio::time::sleep(Duration::from_secs(4)).await;
            let seen = page.js("return [window.__tasks.splice(0), window.__frames / 4]", vec![]).await?;
            let frames = seen[1].as_f64().context("no count of frames")?;
            if seen[0].as_array().is_some_and(Vec::is_empty) && frames >= LEAST_FRAMES as f64 {
                println!("{frames} frames a second with seven lanes");
                return Ok(());
            }
            windows.push(seen);
        }
        anyhow::bail!("tasks over {LONG_TASK_MILLIS} ms, or fewer than {LEAST_FRAMES} frames a second, in every window of 4 s: {windows:?}")
    })
    .await
}

/// Presses Start and waits until the loss has fallen, on the named engine.
async fn learns(page: &Page, engine: &str, n_steps: u64) -> Result<()> {
    page.until_drawn().await?;
    page.click("#race-play").await?;
    page.until_step(1).await?;
    page.until("the chip names the engine", &format!("chip.textContent.trim() == '{engine}'")).await?;
    page.until_step(n_steps).await?;
    // An untrained classifier with ten classes has a loss of ln 10 = 2.3.
    page.until("the loss has fallen", &format!("{ROWS}.every(row => Number(row.dataset.loss) < 1.5)")).await?;
    page.click("#race-play").await
}
