//! A data file that is missing or spoiled gives a message that names it; the page stays usable.

use crate::race::ONE;
use crate::session::{WebGpu, with_page_and_log};
use anyhow::{Result, ensure};

/// The file that the server spoils under `/fault/NAME/`; past the unpacking its name has no `.gz`.
const SPOILED: &str = "train-images-idx3-ubyte";

#[tokio::test]
async fn a_spoiled_data_file_is_named() -> Result<()> {
    for fault in ["missing", "truncated", "garbage"] {
        with_page_and_log(WebGpu::None, &format!("fault/{fault}/{ONE}"), async |page| {
            page.until_drawn().await?;
            page.click("#race-play").await?;
            page.until("a failure is shown", "!failure.hidden").await?;
            let message = page.text("#failure").await?;
            ensure!(message.contains(SPOILED), "the message does not name the file: {message}");
            ensure!(!message.contains("panicked"), "a panic came through: {message}");
            println!("{fault}: {message}");
            // The other data set is whole: the way on.
            page.choose_word("data", "fashion-mnist").await?;
            page.click("#race-start-anew").await?;
            page.step_to(1).await
        })
        .await?;
    }
    Ok(())
}
