//! The page has few words of its own.

use crate::session::{WebGpu, with_page};
use anyhow::{Context, Result, ensure};

const MOST_WORDS: u64 = 1200;

/// Words with a letter in them that the page shows at the start, with everything unfolded: in the text, not in tables,
/// cells, formulas and pictures, whose words are numbers and their letters. Menu options count by their names.
const COUNT: &str = "document.querySelectorAll('details').forEach(details => { details.open = true });
    const skipped = 'table, math, svg, canvas, script, style, noscript, .unseen, .cursor, .num, output';
    const isShown = element => element.checkVisibility({ visibilityProperty: true });
    const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    let words = 0;
    while (walker.nextNode()) {
        const { parentElement: parent, data } = walker.currentNode;
        const holder = parent.closest('select') ?? parent;
        if (parent.closest(skipped) || !isShown(holder)) continue;
        words += data.split(/[\\s\\/·,;:…—–]+/).filter(word => /\\p{L}{2,}/u.test(word)).length;
    }
    return words";

#[tokio::test]
async fn the_page_says_it_in_1200_words() -> Result<()> {
    with_page(WebGpu::None, "", async |page| {
        page.until_drawn().await?;
        page.js("errata.open = true; errata.scrollIntoView()", vec![]).await?;
        page.until("the errata are there", "document.querySelector('.erratum')").await?;
        let n_words = page.js(COUNT, vec![]).await?.as_u64().context("no count")?;
        println!("{n_words} words, at most {MOST_WORDS} allowed");
        ensure!(n_words <= MOST_WORDS, "the page has {n_words} words, at most {MOST_WORDS} are allowed");
        Ok(())
    })
    .await
}
