//! A reader's own tensor: dropped or chosen, it shows in the cube, the sentence and the ledger; a broken file changes
//! nothing; the sample and the file come back; the dials report their effect on x̂.

use crate::session::{Page, WebGpu, with_page};
use anyhow::{Result, ensure};
use fantoccini::Locator;
use fantoccini::key::Key;
use serde_json::{Value, json};
use std::path::Path;

/// Drops files on the page, each with a name, a type and a way to get its bytes.
const DROP: &str = "
    const npy = (shape, values) => {
        const header = `{'descr': '<f4', 'fortran_order': False, 'shape': (${shape.join(', ')},), }`.padEnd(117) + '\\n';
        const start = Uint8Array.of(0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59, 1, 0, header.length, 0);
        return [start, header, Float32Array.from(values)];
    };
    const idx = (lengths) => {
        const head = lengths.flatMap((length) => [0, 0, length >> 8, length & 255]);
        const size = lengths.reduce((a, b) => a * b, 1);
        return [Uint8Array.of(0, 0, 8, lengths.length, ...head, ...Array.from({ length: size }, (_, i) => i % 256))];
    };
    const picture = async (width, height, color) => {
        const canvas = Object.assign(document.createElement('canvas'), { width, height });
        const brush = canvas.getContext('2d');
        brush.fillStyle = color;
        brush.fillRect(0, 0, width, height);
        return [await new Promise((done) => canvas.toBlob(done))];
    };
    const packed = async (parts) => [await new Response(new Blob(parts).stream().pipeThrough(new CompressionStream('gzip'))).blob()];
    const carried = (files) => {
        const all = new DataTransfer();
        for (const [name, type, parts] of files) all.items.add(new File(parts, name, { type }));
        return all;
    };
    const paste = (...files) => document.activeElement.dispatchEvent(
        new ClipboardEvent('paste', { clipboardData: carried(files), bubbles: true, cancelable: true }));
    const drop = (...files) => {
        const dataTransfer = carried(files);
        for (const type of ['dragenter', 'dragover', 'drop']) {
            document.body.dispatchEvent(new DragEvent(type, { dataTransfer, bubbles: true, cancelable: true }));
            if (type === 'dragover' && document.querySelector('.drop').hidden) throw new Error('no hint under the dragged file');
        }
    };";

const LEDGER: &str = "document.querySelector('#books').textContent";
const LINE: &str = "document.querySelector('#tensor').textContent";

#[tokio::test]
async fn a_dropped_array_is_in_cube_sentence_and_ledger() -> Result<()> {
    with_page(WebGpu::None, "#sel=1,2,0,1", async |page| {
        page.until_drawn().await?;
        page.drop("drop(['steps.npy', '', npy([2, 3, 2, 2], Array.from({ length: 24 }, (_, i) => i * 10))])").await?;
        page.until_line("steps.npy").await?;
        page.until_line("2×3×2×2").await?;
        page.until_line("Its axes are read as (N, C, H, W).").await?;
        page.until_hash("v=1&m=gn3&shape=2,3,2,2&sel=1,2,0,1&file=steps.npy").await?;
        // The value at 1, 2, 0, 1 is the 22nd; its channel has 200 to 230.
        page.until_ledger("210.0000").await?;
        page.until_ledger("215.0000").await?;
        page.until_ledger("125.0000").await?;
        let label = "document.querySelector('#sentence [data-key=images]').getAttribute('aria-label')";
        page.until("the number says whose it is", &format!("{label}.includes('from “steps.npy”')")).await
    })
    .await
}

#[tokio::test]
async fn a_broken_file_is_told_and_nothing_is_lost() -> Result<()> {
    with_page(WebGpu::None, "", async |page| {
        page.until_drawn().await?;
        page.drop("drop(['good.npy', '', npy([4], [1, 2, 3, 6])])").await?;
        page.until_line("Its axes are read as (W).").await?;
        let before = page.js(&format!("return [location.hash, {LEDGER}]"), vec![]).await?;
        page.drop("drop(['bad.npy', '', npy([2, 2, 2], [1, 2])])").await?;
        page.until_line("bad.npy: byte 136: expected 32 bytes of the values from byte 128, found the end of the file")
            .await?;
        page.drop("drop(['notes.txt', 'text/plain', ['hello']])").await?;
        page.until_line("notes.txt is text: if it holds numbers, load them in Python with np.loadtxt").await?;
        page.drop("drop(['large.npy', '', npy([1, 64, 64, 64, 128], [1])])").await?;
        page.until_line("expected at most 16777216 values, 67108864 bytes as 32-bit floats").await?;
        page.drop("drop(['page.npy', '', ['<!doctype html>']])").await?;
        page.until_line("page.npy is a web page (HTML): download the file itself, not the page about it").await?;
        page.drop("drop(['five.npy', '', npy([1, 1, 1, 1, 2], [1, 2])])").await?;
        page.until_line("five.npy has nothing to show: five.npy has 5 axes; only 1 to 4 can be shown").await?;
        page.drop("drop(['torn.png', 'image/png', ['no image']])").await?;
        page.until_line("torn.png is text").await?;
        page.drop("drop(['cut.png', 'image/png', [(await picture(9, 9, 'red'))[0].slice(0, 30)]])").await?;
        page.until_line("cut.png is a PNG image: a browser shows it, unless it is damaged").await?;
        let after = page.js(&format!("return [location.hash, {LEDGER}]"), vec![]).await?;
        ensure!(after == before, "before {before}, after {after}");
        page.until_line("good.npy").await
    })
    .await
}

#[tokio::test]
async fn images_of_one_size_are_a_batch() -> Result<()> {
    with_page(WebGpu::None, "", async |page| {
        page.until_drawn().await?;
        page.drop(
            "const [a, b, c] = [await picture(6, 4, '#ff8000'), await picture(6, 4, '#00ff00'), await picture(5, 4, 'red')];
             drop(['a.png', 'image/png', a], ['b.png', 'image/png', b], ['c.png', 'image/png', c])",
        )
        .await?;
        page.until_line("2×3×4×6").await?;
        page.until_line("Red, green, blue, 0 to 1; c.png was left out: not 6×4 as a.png is.").await?;
        page.drop("drop(['grey.png', 'image/png', await picture(2, 2, '#808080')])").await?;
        page.until_line("1×1×2×2").await?;
        // 128 of 255.
        page.until_ledger("0.5020").await
    })
    .await
}

/// What the files hold is in `tests/files/read/`.
#[tokio::test]
async fn members_that_cannot_be_read_are_in_the_menu_with_the_reason() -> Result<()> {
    with_page(WebGpu::None, "", async |page| {
        page.until_drawn().await?;
        page.drop_cases(&["npz_with_strings.npz"]).await?;
        page.until_line("npz_with_strings.npz/x 2×3×2×2").await?;
        let menu = "[...document.querySelectorAll('.pick-array option')].map(({ text, disabled }) => `${text} ${disabled}`).join('; ')";
        let want = "x, 2×3×2×2 false; names, holds text ('<U3') true";
        page.until("the menu has both", &format!("{menu} == {}", json!(want))).await?;
        page.drop_cases(&["w.safetensors"]).await?;
        page.until_line("w.safetensors/b 1×1×1×3").await?;
        page.until("the tensors are a menu", &format!("{menu} == 'b, 3 false; w, 2×3×2×2 false'")).await?;
        page.drop_cases(&["rounded_i4.npy"]).await?;
        page.until_line("3 whole numbers are rounded: 32-bit floats hold all only up to 2²⁴").await?;
        page.drop_cases(&["refused.npz"]).await?;
        page.until_line("refused.npz/x 2×3×2×2").await
    })
    .await
}

#[tokio::test]
async fn transparent_and_deep_images_are_seen_under_any_name() -> Result<()> {
    with_page(WebGpu::None, "", async |page| {
        page.until_drawn().await?;
        page.drop_cases(&["rgba_white_on_clear.png"]).await?;
        page.until_line("Grey, 0 to 1; what is transparent is black; rgba_white_on_clear.png is an image.").await?;
        page.until_ledger("0.2500").await?;
        page.drop_cases(&["grey16.png"]).await?;
        page.until_line("grey16.png 1×1×9×7").await?;
        page.until_line("Grey, 16 bits, 0 to 1.").await
    })
    .await
}

#[tokio::test]
async fn a_part_of_a_large_file_is_shown_and_another_offered() -> Result<()> {
    with_page(WebGpu::None, "", async |page| {
        page.until_drawn().await?;
        // 70 images of 1000×256 values are more than the page holds.
        let head = "Uint8Array.of(0, 0, 8, 3, 0, 0, 0, 70, 0, 0, 3, 232, 0, 0, 1, 0)";
        page.drop(&format!("drop(['many-idx3-ubyte', '', [{head}, new Uint8Array(70 * 256000)]])")).await?;
        page.until_line("many-idx3-ubyte[0:65] 65×1×1000×256").await?;
        page.until_line("items 0 to 64 of 70: more do not fit").await?;
        let from = page.client.find(Locator::Css("#tensor .part input")).await?;
        from.send_keys(&format!("{}3{}", char::from(Key::Backspace), char::from(Key::Enter))).await?;
        page.until_line("many-idx3-ubyte[3:68] 65×1×1000×256").await?;
        page.until_line("items 3 to 67 of 70").await
    })
    .await
}

#[tokio::test]
async fn idx_counts_images_first() -> Result<()> {
    with_page(WebGpu::None, "", async |page| {
        page.until_drawn().await?;
        page.drop("drop(['digits-idx3-ubyte', '', idx([5, 4, 3])])").await?;
        page.until_line("5×1×4×3").await?;
        page.until_line("Its axes are read as (N, H, W).").await
    })
    .await
}

#[tokio::test]
async fn a_packed_file_is_unpacked() -> Result<()> {
    with_page(WebGpu::None, "", async |page| {
        page.until_drawn().await?;
        page.drop("drop(['digits-idx3-ubyte.gz', 'application/gzip', await packed(idx([5, 4, 3]))])").await?;
        page.until_line("digits-idx3-ubyte.gz 5×1×4×3").await?;
        page.until_line("Its axes are read as (N, H, W).").await?;
        page.drop("drop(['torn.npy.gz', '', [(await packed(npy([4], [1, 2, 3, 6])))[0].slice(0, 40)]])").await?;
        page.until_line("torn.npy.gz: ").await?;
        page.until_line("Nothing else has changed.").await
    })
    .await
}

/// The menu of axes: a framework whose channels are last reads its own order first, tokens and tables are said, calls count
/// them so, Undo and the link have the choice.
#[tokio::test]
async fn axes_are_what_the_reader_says() -> Result<()> {
    with_page(WebGpu::None, "#v=1&m=bn&dialect=keras", async |page| {
        const SAYS: &str = "document.querySelector('#call-says').textContent";
        let says = async |words: &str| page.until(words, &format!("{SAYS}.includes({})", json!(words))).await;
        let say = async |layout: &str| {
            let pick =
                "const menu = document.querySelector('.pick-axes select'); menu.focus(); menu.value = arguments[0];
                menu.dispatchEvent(new Event('change'))";
            page.js(pick, vec![json!(layout)]).await
        };
        page.until_drawn().await?;
        page.drop_cases(&["nhwc_keras.npy"]).await?;
        page.until_line("nhwc_keras.npy 2×5×5×3 as N×H×W×C").await?;
        page.until_line("Its axes are read as (N, H, W, C).").await?;
        page.until_hash("v=1&m=bn&shape=2,3,5,5&layout=nhwc&dialect=keras&file=nhwc_keras.npy").await?;
        says("3 means of 50 values each").await?;
        page.type_call("layers.LayerNormalization()").await?;
        says("25 means of 3 values each in each of 2 images").await?;
        say("nchw").await?;
        page.until_line("nhwc_keras.npy 2×5×5×3 as N×C×H×W").await?;
        page.press_undo().await?;
        page.until_line("nhwc_keras.npy 2×5×5×3 as N×H×W×C").await?;
        page.type_call("nn.BatchNorm2d(3)").await?;
        page.drop_cases(&["bnc_transformer.npy"]).await?;
        page.until_line("bnc_transformer.npy 1×2×5×8").await?;
        say("nlc").await?;
        page.until_line("bnc_transformer.npy 2×5×8 as N×L×C").await?;
        page.type_call("nn.LayerNorm(8)").await?;
        says("5 means of 8 values each in each of 2 examples, one per position").await?;
        // The star is at row 0, column 1: the second token of the first sequence, 10 to 17.
        page.until_ledger("13.5000").await?;
        page.drop_cases(&["table_2d.npy"]).await?;
        page.until_line("table_2d.npy 1×1×8×3").await?;
        say("nc").await?;
        page.until_line("table_2d.npy 8×3 as N×C").await?;
        page.type_call("nn.BatchNorm1d(3)").await?;
        says("3 means of 8 values each").await?;
        page.type_call("nn.BatchNorm2d(3)").await?;
        says("expected 4D input (got 2D input)").await?;
        page.client.refresh().await?;
        page.until_line("the sample 8×3 as N×C").await?;
        page.until_line("Calls count the sample’s axes as (N, C).").await
    })
    .await
}

#[tokio::test]
async fn what_is_pasted_is_shown() -> Result<()> {
    with_page(WebGpu::None, "", async |page| {
        page.until_drawn().await?;
        page.drop("paste(['pasted.npy', '', npy([2, 4], [1, 2, 3, 4, 5, 6, 7, 8])])").await?;
        page.until_line("pasted.npy").await?;
        page.until_line("Its axes are read as (H, W).").await?;
        page.drop("paste(['image.png', 'image/png', await picture(3, 2, '#ff8000')])").await?;
        page.until_line("1×3×2×3").await
    })
    .await
}

#[tokio::test]
async fn the_sample_and_the_file_come_back() -> Result<()> {
    with_page(WebGpu::None, "#shape=2,6,4,4", async |page| {
        page.until_drawn().await?;
        page.drop("drop(['x.npy', '', npy([1, 3, 2, 2], Array.from({ length: 12 }, (_, i) => i))])").await?;
        page.until_line("1×3×2×2").await?;
        page.click("#tensor .back").await?;
        page.until_line("the sample 2×6×4×4").await?;
        page.press_undo().await?;
        page.until_line("x.npy 1×3×2×2").await?;
        page.js("document.querySelector('#sentence [data-key=height]').focus()", vec![]).await?;
        page.client.active_element().await?.send_keys(&char::from(Key::Up).to_string()).await?;
        page.until_line("the sample 2×6×4×4").await?;
        let told = "document.querySelector('#consequences').textContent";
        page.until("it is told", &format!("{told}.includes('“x.npy” is 1×3×2×2 and cannot have another shape')"))
            .await?;
        page.press_undo().await?;
        page.until_line("x.npy 1×3×2×2").await?;
        // A link holds no file: this is the page as another reader opens it.
        page.client.refresh().await?;
        page.until_drawn().await?;
        let told = "document.querySelector('#notice').textContent";
        page.until("it is told", &format!("{told}.includes('“x.npy” is not here: a link holds no file')")).await?;
        page.until_line("the sample 1×3×2×2").await
    })
    .await
}

#[tokio::test]
async fn the_dials_tell_what_they_do() -> Result<()> {
    with_page(WebGpu::None, "#m=in", async |page| {
        page.until_drawn().await?;
        let right = char::from(Key::Right).to_string();
        let brightness = page.client.find(Locator::Id("dial-brightness")).await?;
        brightness.send_keys(&right.repeat(4)).await?;
        page.until_line("Instance norm’s x̂ moved by at most 0.0000.").await?;
        page.choose_norm("none").await?;
        page.until_line("No norm’s x̂ moved by at most 1.0000.").await?;
        page.until_hash("v=1&m=none&bright=1").await?;
        page.client.find(Locator::Id("dial-contrast")).await?.send_keys(&right).await?;
        page.until("the link holds it", "location.hash.includes('&contrast=1.035')").await?;
        brightness.send_keys(&char::from(Key::Left).to_string().repeat(4)).await?;
        page.until_hash("v=1&m=none&contrast=1.035").await
    })
    .await
}

#[tokio::test]
async fn values_that_are_no_numbers_are_told() -> Result<()> {
    with_page(WebGpu::None, "", async |page| {
        page.until_drawn().await?;
        let odd = "[NaN, 1, 2, 3, 4, Infinity, 6, 7]";
        page.drop(&format!("drop(['odd.npy', '', npy([2, 4], {odd})])")).await?;
        page.until_line("2 values are NaN or infinite, the first at image 0, channel 0, row 0, column 0").await?;
        page.until_ledger("NaN").await
    })
    .await
}

impl Page {
    /// Runs `files`, which drops some.
    async fn drop(&self, files: &str) -> Result<Value> {
        self.promise(&format!("await (async () => {{ {DROP} {files} }})()")).await
    }

    /// Drops files of `tests/files/cases`, without types.
    async fn drop_cases(&self, files: &[&str]) -> Result<Value> {
        let list = files.iter().map(|file| {
            let bytes = std::fs::read(Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/files/cases").join(file))?;
            Ok(format!(
                "[{}, '', [Uint8Array.of({})]]",
                json!(file),
                bytes.iter().map(u8::to_string).collect::<Vec<_>>().join(",")
            ))
        });
        let list = list.collect::<Result<Vec<String>>>()?;
        self.drop(&format!("drop({})", list.join(", "))).await
    }

    async fn until_line(&self, words: &str) -> Result<()> {
        self.until(&format!("the line of the tensor says {words}"), &format!("{LINE}.includes({})", json!(words))).await
    }

    async fn until_ledger(&self, words: &str) -> Result<()> {
        self.until(&format!("the ledger says {words}"), &format!("{LEDGER}.includes({})", json!(words))).await
    }

    async fn until_hash(&self, hash: &str) -> Result<()> {
        self.until(&format!("the link is {hash}"), &format!("location.hash == {}", json!(format!("#{hash}")))).await
    }

    /// Presses Ctrl-Z where the focus is. The driver would treat keys sent to a file input as file names.
    async fn press_undo(&self) -> Result<()> {
        let press = "document.activeElement.dispatchEvent(
            new KeyboardEvent('keydown', { key: 'z', ctrlKey: true, bubbles: true, cancelable: true }))";
        self.js(press, vec![]).await?;
        Ok(())
    }
}
