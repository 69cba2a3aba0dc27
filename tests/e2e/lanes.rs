//! Lanes side by side: equal at the start, changed while they run, forked, resumed after a reload, and as a source had
//! them.

use crate::browser::Browser;
use crate::race::{ONE, ROWS, SEVEN};
use crate::session::{WebGpu, with_page};
use anyhow::{Result, ensure};
use fantoccini::Locator;
use fantoccini::key::Key;

#[tokio::test]
async fn seven_lanes_start_alike_and_see_the_same() -> Result<()> {
    with_page(WebGpu::None, SEVEN, async |page| {
        page.until_drawn().await?;
        page.step_to(1).await?;
        page.step_to(2).await?;
        for hash in ["start", "order"] {
            let all = page.of_rows(hash).await?;
            ensure!(all.len() == 7 && all[0].len() == 16 && all.iter().all(|own| *own == all[0]), "{hash}: {all:?}");
        }
        let losses = page.of_rows("loss").await?;
        ensure!(losses[0] != losses[1], "the norms make no difference: {losses:?}");
        let words = page.text("#race-hashes").await?;
        ensure!(words.matches("equal in 7 lanes").count() == 2, "{words}");
        Ok(())
    })
    .await
}

#[tokio::test]
async fn a_change_on_the_way_leaves_a_mark_and_no_reset() -> Result<()> {
    with_page(WebGpu::None, SEVEN, async |page| {
        page.until_drawn().await?;
        page.click("#race-play").await?;
        page.until_step(5).await?;
        let before = page.step().await?;
        for (number, marks) in [("rate", 1), ("batch", 2), ("epsilon", 3), ("momentum", 4)] {
            page.js(&format!("document.querySelector('#race [data-key={number}]').focus()"), vec![]).await?;
            page.client.active_element().await?.send_keys(&char::from(Key::Up).to_string()).await?;
            let marked = format!("{ROWS}.every(row => Number(row.dataset.marks) == {marks})");
            page.until(&format!("{number} is marked on every lane"), &marked).await?;
        }
        page.until_step(before + 10).await?;
        page.until("the link holds it", "location.hash.includes('lr=0.002') && location.hash.includes('bs=33')").await?;
        page.choose_word("net", "source-d").await?;
        page.until("the page says what cannot change", "document.querySelector('#race-anew').innerText.includes('network')").await?;
        ensure!(page.step().await? > before, "the race was reset");
        page.click("#race-keep").await?;
        page.until("the network is put back", "location.hash.includes('net=tutorial')").await?;
        page.click("#race-lanes .remove").await?;
        page.until("a lane is out", &format!("{ROWS}.length == 6")).await?;
        page.js("const add = document.querySelector('#race-add'); add.value = [...add.options].find(o => o.text == 'over C, H').value;
            add.dispatchEvent(new Event('change', { bubbles: true }))", vec![]).await?;
        page.until("a lane of one's own catches up", &format!("{ROWS}.length == 7 && Number({ROWS}[6].dataset.step) > 5")).await
    })
    .await
}

#[tokio::test]
async fn a_lane_forks_from_a_step_that_was_kept() -> Result<()> {
    with_page(WebGpu::None, ONE, async |page| {
        page.until_drawn().await?;
        page.click("#race-play").await?;
        page.until_step(20).await?;
        page.click("#race-play").await?;
        page.fill("fork-value", "nine").await?;
        page.click("#fork").await?;
        page.until("the slip is explained", "document.querySelector('#race-fork').innerText.includes('not a number')")
            .await?;
        page.fill("fork-value", "0.01").await?;
        page.click("#fork").await?;
        page.until("the fork is at a later step", &format!("{ROWS}.length == 2 && Number({ROWS}[1].dataset.fork) > 0"))
            .await?;
        let forked: u64 = page.of_rows("fork").await?[1].parse()?;
        let kept = "document.documentElement.dataset";
        page.until("the fork is stored before it continues", &format!("{kept}.keptLanes == 2")).await?;
        page.click("#race-step").await?;
        page.until("the fork continues", &format!("Number({ROWS}[1].dataset.step) == {}", forked + 1)).await?;
        let name = format!("{ROWS}[1].querySelector('b').textContent");
        let named = page.js(&format!("return {name}"), vec![]).await?;
        ensure!(named.as_str().is_some_and(|name| name.contains("→ rate 0.01")), "{named}");
        page.until("both are kept", &format!("{kept}.kept == {}", 32 * (forked + 1))).await?;
        page.client.refresh().await?;
        page.until(
            "two lanes are offered",
            "document.querySelector('#race-offer').innerText.includes('A race of 2 lanes was saved')",
        )
        .await?;
        page.click("#race-go-on").await?;
        page.until(
            "the fork is one again, by its name",
            &format!("{ROWS}.length == 2 && {name} == {named} && {ROWS}[1].dataset.fork == {forked}"),
        )
        .await?;
        page.until("it is where it was", &format!("Number({ROWS}[1].dataset.step) == {}", forked + 1)).await
    })
    .await
}

#[tokio::test]
async fn a_reload_loses_nothing_to_the_last_bit() -> Result<()> {
    reload_loses_nothing(WebGpu::None.into()).await
}

/// Trains, reloads and goes on; the losses are those of a race without the reload.
pub(crate) async fn reload_loses_nothing(browser: Browser) -> Result<()> {
    let link = format!("{}&engine=cpu", SEVEN.replace("none,bn,ln,in,gn5,bin,sn", "bn,gn5"));
    with_page(browser, &link, async |page| {
        page.until_drawn().await?;
        let mut unbroken = vec![];
        for step in 1..=4 {
            page.step_to(step).await?;
            unbroken.push(page.of_rows("loss").await?);
        }
        page.click("#race-reset").await?;
        page.until("the count is 0", &format!("{ROWS}.every(row => row.dataset.step == '0')")).await?;
        page.step_to(1).await?;
        page.step_to(2).await?;
        page.until("the race is kept", "document.documentElement.dataset.kept == '64'").await?;
        page.client.refresh().await?;
        page.until(
            "the race is offered",
            "document.querySelector('#race-offer').innerText.includes('A race of 2 lanes was saved')",
        )
        .await?;
        page.click("#race-go-on").await?;
        page.until_step(2).await?;
        page.until("the lanes are ready", &format!("{ROWS}.every(row => row.dataset.engine == 'cpu')")).await?;
        for step in 3..=4 {
            page.step_to(step).await?;
            let now = page.of_rows("loss").await?;
            ensure!(now == unbroken[step as usize - 1], "step {step}: {now:?}, unbroken {unbroken:?}");
        }
        Ok(())
    })
    .await
}

#[tokio::test]
async fn an_experiment_of_a_source_opens_with_its_lanes() -> Result<()> {
    with_page(WebGpu::None, "#p=D-bs1-quick", async |page| {
        page.until_drawn().await?;
        page.until(
            "its lanes are there",
            &format!("{ROWS}.map(row => row.dataset.kind).join() == 'none,batch,group,axes,layer,instance'"),
        )
        .await?;
        let told = "document.querySelector('#race-experiment').textContent";
        page.until("the page says what it reproduces", &format!("{told}.includes('re-run in Keras 2.15')")).await?;
        page.until("the reported value is there", &format!("{told}.includes('0.746')")).await?;
        ensure!(page.step().await? == 0, "it started without being asked");
        page.click("#presets summary").await?;
        page.click("[data-preset=B-rate-quick]").await?;
        page.until(
            "another is opened",
            "location.hash.includes('race=B-rate-quick') && location.hash.includes('lr=0.01')",
        )
        .await?;
        page.js("history.back()", vec![]).await?;
        page.until("Back brings the first", &format!("{told}.includes('Keras 2.15')")).await
    })
    .await
}

#[tokio::test]
async fn a_link_brings_the_race_ready_and_not_running() -> Result<()> {
    with_page(WebGpu::None, "#data=mnist&net=deep&bs=8&seeds=3&lanes=bn,ghost4~r0.01&lr=0.005", async |page| {
        page.until_drawn().await?;
        page.until("three seeds a lane", &format!("{ROWS}.length == 6")).await?;
        let names = page.client.find_all(Locator::Css("#race-lanes .row b")).await?;
        ensure!(names[4].text().await? == "ghost 4, seed 2", "{}", names[4].text().await?);
        let words = page.text("#race-words").await?;
        ensure!(words.starts_with("Six networks") && words.contains("a net with eight convolutions"), "{words}");
        page.stays_at(0).await
    })
    .await
}

#[tokio::test]
async fn what_a_link_cannot_have_is_listed_where_it_lands() -> Result<()> {
    let link = "#lr=-1&bs=1000000&lanes=bn,bn,gn7&p=nope&colour=blue";
    with_page(WebGpu::None, link, async |page| {
        page.until_drawn().await?;
        let told = "document.querySelector('#race-notice .message[data-key=link]')";
        page.until("the changes are listed", &format!("{told}?.querySelectorAll('li').length == 6")).await?;
        let words = page.text("#race-notice").await?;
        for part in [
            "6 changes were made to this link:",
            "“lr=-1” in the link became 0.0000001: the learning rate must be from 0.0000001 to 1.",
            "“bs=1000000” in the link became 512: the batch size must be from 1 to 512.",
            "The lane bn was left out: there is another like it.",
            "7 does not divide 32 channels.",
            "“p=nope” in the link names nothing",
            "“colour=blue” in the link means nothing here",
        ] {
            ensure!(words.contains(part), "not told: {part}\n{words}");
        }
        let landed = "document.activeElement.id == 'race-h' && Math.abs(document.activeElement.getBoundingClientRect().top) < 200";
        page.until("the race is in view, with the focus", landed).await?;
        // A reload stays where the reader is.
        page.js("scrollTo({ top: 0, behavior: 'instant' })", vec![]).await?;
        page.client.refresh().await?;
        page.until_drawn().await?;
        page.until("it stays at the top", "scrollY == 0 && document.querySelector('#race').dataset.ready == ''").await?;
        // Another link in the same tab.
        page.js("location.hash = '#step=99'", vec![]).await?;
        let told = "document.querySelector('#code-failure').textContent";
        page.until("the code says what changed", &format!("{told}.includes('“step=99” in the link became 8')")).await?;
        page.until("the code has the focus", "document.activeElement.id == 'code-h' && scrollY > 0").await
    })
    .await
}

#[tokio::test]
async fn a_race_that_gives_way_can_be_brought_back() -> Result<()> {
    with_page(WebGpu::None, &format!("{ONE}&engine=cpu"), async |page| {
        page.until_drawn().await?;
        for step in 1..=3 {
            page.step_to(step).await?;
        }
        page.until("it is kept", "document.documentElement.dataset.kept == '96'").await?;
        let losses = page.of_rows("loss").await?;
        let undo = "#race-notice .message[data-key=aside] button";
        page.click("#race-reset").await?;
        page.until("the count is 0", &format!("{ROWS}.every(row => row.dataset.step == '0')")).await?;
        page.until("it can be undone", &format!("document.querySelector('{undo}')?.innerText == 'Undo'")).await?;
        page.until("it is in the list", "document.querySelectorAll('#race-kept li').length == 1").await?;
        page.click(undo).await?;
        page.until_step(3).await?;
        ensure!(page.of_rows("loss").await? == losses, "other losses");
        page.step_to(4).await?;
        // An experiment does not mix with the race that runs.
        page.click("#presets summary").await?;
        page.click("[data-preset=D-bs1-quick]").await?;
        page.until(
            "its lanes are there",
            &format!("{ROWS}.length == 6 && {ROWS}.every(row => row.dataset.step == '0')"),
        )
        .await?;
        page.until("the race before is in the list", "document.querySelectorAll('#race-kept li').length == 1").await?;
        page.click("#race-kept summary").await?;
        page.click("#race-kept li button").await?;
        page.until_step(4).await?;
        page.until("its setup is back", &format!("{ROWS}.length == 1 && !location.hash.includes('D-bs1')")).await
    })
    .await
}
