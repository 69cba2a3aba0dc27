// @ts-check
// Axes of arrays as a reader says them: which readings are offered, and where each value goes. The files are made by
// `tests/files/cases/make.py`. `cargo xtask build`, then `node --test tests/axes.test.mjs`.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { initSync, readArrays } from "../www/pkg/package/blue_cube.js";
import { lettersOf } from "../www/ui/lib/axis_words.js";
import { inOrder, lengthsOf, readingsOf } from "../www/ui/tensor/axes.js";

initSync({ module: readFileSync(new URL("../www/pkg/package/blue_cube_bg.wasm", import.meta.url)) });

/** @typedef {import("../www/pkg/blue_cube.js").Layout} Layout */

/** The array of a file, and its values as N×C×H×W with these axes. @param {string} file @param {Layout} layout */
async function shown(file, layout) {
  const bytes = new Uint8Array(readFileSync(new URL(`files/cases/${file}`, import.meta.url))),
    [{ shape, format, data }] = readArrays(bytes, file);
  const reading = readingsOf({ shape, format }).find(reading => reading.layout === layout);
  assert.ok(reading, `${file} can be ${layout}`);
  const lengths = lengthsOf(shape, reading.axes),
    values = await inOrder(data, shape, reading.axes);
  assert.equal(values.length, data.length);
  const [, c, h, w] = lengths;
  return {
    lengths,
    data,
    values,
    at: (/** @type {number[]} */ ...[n, ci, hi, wi]) => values[((n * c + ci) * h + hi) * w + wi],
  };
}

test("images with channels last", async () => {
  const { lengths, at } = await shown("nhwc_keras.npy", "nhwc");
  assert.deepEqual(lengths, [2, 3, 5, 5]);
  for (const [n, c, h, w] of [
    [0, 0, 0, 0],
    [0, 2, 0, 0],
    [0, 1, 3, 4],
    [1, 0, 4, 2],
    [1, 2, 4, 4],
  ])
    assert.equal(at(n, c, h, w), 100 * n + 3 * (5 * h + w) + c, `${[n, c, h, w]}`);
});

for (const file of ["bnc_transformer.npy", "bnc_fortran.npy"])
  test(`tokens, ${file}`, async () => {
    const { lengths, at } = await shown(file, "nlc");
    assert.deepEqual(lengths, [2, 8, 1, 5]);
    for (let n = 0; n < 2; n++)
      for (let l = 0; l < 5; l++)
        for (let c = 0; c < 8; c++) assert.equal(at(n, c, 0, l), 100 * n + 10 * l + c, `${[n, l, c]}`);
    // The other order has the same values for other axes.
    const turned = await shown(file, "ncl");
    assert.deepEqual(turned.lengths, [2, 5, 1, 8]);
    assert.equal(turned.values, turned.data, "nothing moves");
    assert.equal(turned.at(1, 3, 0, 7), 137);
  });

test("an image with channels last, and a table", async () => {
  const image = await shown("bnc_transformer.npy", "hwc");
  assert.deepEqual(image.lengths, [1, 8, 2, 5]);
  assert.equal(image.at(0, 7, 1, 4), 147);
  const table = await shown("table_2d.npy", "nc");
  assert.deepEqual(table.lengths, [8, 3, 1, 1]);
  assert.equal(table.at(5, 2, 0, 0), 17);
  assert.deepEqual((await shown("table_2d.npy", "usual")).lengths, [1, 1, 8, 3]);
  assert.deepEqual((await shown("table_2d.npy", "cl")).lengths, [1, 8, 1, 3]);
  assert.deepEqual((await shown("labels_1d.npy", "c")).lengths, [1, 10, 1, 1]);
});

test("a framework whose channels are last is offered its own order first", () => {
  const offered = (/** @type {number[]} */ shape, /** @type {any} */ dialect, format = "npy") =>
    readingsOf({ shape, format }, dialect).map(({ layout }) => layout);
  assert.deepEqual(offered([2, 5, 5, 3], "pytorch"), ["usual", "nchw", "nhwc"]);
  for (const dialect of ["keras", "keras2", "tfa", "jax", "nnx"]) {
    assert.deepEqual(offered([2, 5, 5, 3], dialect), ["nhwc", "usual", "nchw"]);
    assert.equal(offered([5, 5, 3], dialect)[0], "hwc");
    assert.equal(offered([9, 28, 28], dialect, "idx")[0], "usual", "MNIST counts images first");
  }
  assert.deepEqual(offered([2, 5, 8], "pytorch"), ["usual", "hwc", "nhw", "nlc", "ncl"]);
  assert.deepEqual(offered([2, 5, 8], "pytorch", "idx"), ["usual", "chw", "hwc", "nlc", "ncl"]);
  assert.deepEqual(offered([8, 3], "paper"), ["usual", "nc", "cl", "nw"]);
  assert.deepEqual(offered([8], "paper"), ["usual", "c"]);
  assert.deepEqual(lettersOf("nlc"), ["N", "L", "C"]);
});

test("a large array is turned in parts, between which the page goes on", async () => {
  const [n, p, c] = [3, 400, 700];
  const data = Float32Array.from({ length: n * p * c }, (_, i) => i);
  let turns = 0;
  const timer = setInterval(() => turns++, 0);
  const values = await inOrder(data, [n, p, c], ["N", "L", "C"]);
  clearInterval(timer);
  assert.ok(turns > 0);
  assert.equal(values[(2 * c + 699) * p + 399], n * p * c - 1);
  assert.equal(values[(1 * c + 5) * p + 17], (1 * p + 17) * c + 5);
});
