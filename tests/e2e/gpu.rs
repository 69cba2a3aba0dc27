//! A GPU that computes nonsense, does not answer, refuses or is lost: the race says so where it is, and goes on on the
//! CPU.

use crate::race::ONE;
use crate::session::{Page, WebGpu, with_page_and_log};
use anyhow::{Context, Result, ensure};

/// The faults that xtask's server gives a worker's GPU (`GPU_FAULTS` there): its name, the code of the message, and a
/// part of it.
const FAULTS: [(&str, &str, &str); 8] = [
    ("gpu-idle", "gpu-wrong", "where the CPU computes"),
    ("gpu-flips", "gpu-wrong", "where the CPU computes"),
    ("gpu-other-one", "gpu-wrong", "where the CPU computes"),
    ("gpu-no-adapter", "gpu-silent", "asked for an adapter and did not answer for 10 s"),
    ("gpu-no-device", "gpu-silent", "asked for a device and did not answer for 10 s"),
    ("gpu-no-read", "gpu-silent", "asked for its results and did not answer for 10 s"),
    ("gpu-refuses-reads", "gpu-failed", "the GPU refused to be read"),
    ("gpu-no-buffer", "gpu-failed", "refused createBuffer: no room"),
];

#[tokio::test]
async fn a_gpu_that_fails_is_named_and_left() -> Result<()> {
    for engine in ["gpu", "auto"] {
        for (fault, code, part) in FAULTS {
            let link = format!("fault/{fault}/{ONE}&engine={engine}");
            with_page_and_log(WebGpu::Software, &link, async |page| {
                page.until_drawn().await?;
                page.click("#race-play").await?;
                goes_on_without_it(page, code, part).await?;
                page.until_step(20).await
            })
            .await
            .with_context(|| format!("{fault}, engine {engine}"))?;
        }
    }
    Ok(())
}

#[tokio::test]
async fn a_gpu_that_is_lost_costs_no_race() -> Result<()> {
    with_page_and_log(WebGpu::Software, &format!("fault/gpu-lost/{ONE}&engine=gpu"), async |page| {
        page.until_drawn().await?;
        page.click("#race-play").await?;
        page.until_step(3).await?;
        page.until("it is on the GPU", "chip.textContent.includes('GPU')").await?;
        let before = page.step().await?;
        page.js("new BroadcastChannel('gpu').postMessage(1)", vec![]).await?;
        goes_on_without_it(page, "gpu-lost", "the GPU was lost").await?;
        page.until_step(before + 20).await
    })
    .await
}

#[tokio::test]
async fn a_gpu_that_answers_late_is_offered_again() -> Result<()> {
    for engine in ["gpu", "auto"] {
        with_page_and_log(WebGpu::Software, &format!("fault/gpu-late-adapter/{ONE}&engine={engine}"), async |page| {
            page.until_drawn().await?;
            page.click("#race-play").await?;
            goes_on_without_it(page, "gpu-silent", "asked for an adapter and did not answer for 10 s").await?;
            let offer = "[...document.querySelectorAll('#race-notice .message')]
                .find(({ innerText }) => innerText.includes('answered after all'))";
            page.until("it is offered", offer).await?;
            let told = page.text("#race-notice").await?;
            println!("{engine}: {told}");
            ensure!(!told.contains("did not answer") && told.contains("Nothing is lost"), "told: {told}");
            let before = page.step().await?;
            ensure!(before > 0, "no step was done meanwhile");
            page.js(&format!("{offer}.querySelector('button').click()"), vec![]).await?;
            page.until("the offer is gone", "document.querySelector('#race-notice').hidden").await?;
            if engine == "gpu" {
                page.until("it is on the GPU", "chip.textContent.includes('GPU')").await?;
            }
            page.until_step(before + 3).await
        })
        .await
        .with_context(|| engine)?;
    }
    Ok(())
}

/// Waits for the message in the race, and for the CPU.
async fn goes_on_without_it(page: &Page, code: &str, part: &str) -> Result<()> {
    let message = format!("#race-notice .message[data-code={code}]");
    page.until("the race says so", &format!("document.querySelector('{message}')")).await?;
    let told = page.text(&message).await?;
    println!("{told}");
    ensure!(told.to_lowercase().contains(&part.to_lowercase()), "told: {told}");
    ensure!(told.contains("Nothing is lost") && told.contains("CPU"), "told: {told}");
    page.until("the chip names the CPU", "chip.textContent.includes('CPU SIMD')").await?;
    let failure = page.text("#race-failure").await?;
    ensure!(failure.is_empty(), "nothing is to be done, but: {failure}");
    Ok(())
}
