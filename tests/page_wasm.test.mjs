// @ts-check
// The page's WebAssembly, in Node: every shape is drawn with every method at every width, and its sums are computed, as
// natively in tests/figure/shapes.rs; and the largest shapes fit in memory. `cargo xtask build` first.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { Cube, Ledger, initSync, means, readHash, sentenceOf } from "../www/pkg/blue_cube.js";

const wasm = initSync({ module: readFileSync(new URL("../www/pkg/blue_cube_bg.wasm", import.meta.url)) });

/** What is tried natively too, by `tests/figure/shapes.rs`, which says what each is. @type {{ lengths: number[], mostValues: number, fewValues: number, widths: number[], methods: string[], poses: string[] }} */
const { lengths, mostValues, fewValues, widths, methods, poses } = JSON.parse(
  readFileSync(new URL("shapes.json", import.meta.url), "utf8"),
);

/** The largest shapes of each kind. */
const LARGEST = [
  "4,262144,4,4",
  "4096,4096,1,1",
  "1,1,4096,4096",
  "1,16777216,1,1",
  "16777216,1,1,1",
  "1,1,1,16777216",
  "64,16,112,112",
];

/** Draws a link at all widths and computes its sums. @param {string} link */
function show(link) {
  const { scene } = readHash(link),
    cube = new Cube(scene),
    ledger = new Ledger();
  try {
    for (const width of widths) {
      const { height, marks } = cube.draw(width, 1);
      assert.ok(height > 0 && height < 2000 && marks.length > 0, `${link} at ${width}: ${height}`);
      assert.ok(
        cube.list().every(number => !Number.isNaN(number)),
        `${link} at ${width}: NaN`,
      );
    }
    const { n, c, h, w } = scene.shape,
      far = { n: n - 1, c: c - 1, h: h - 1, w: w - 1 };
    cube.hover(far);
    cube.draw(686, 1);
    ledger.update(scene);
    for (const at of [scene.selected, far]) {
      assert.ok(ledger.sums(at).lines.length > 0, link);
      assert.equal(ledger.histograms(at).rows.length, 3, link);
      ledger.lens(at, 1000);
      ledger.within(at, "x-hat", 0, 1, 9);
    }
    ledger.backward();
    assert.ok(sentenceOf(scene).length > 0 && means(scene), link);
  } finally {
    cube.free();
    ledger.free();
  }
}

test("every shape is drawn with every method at every width", () => {
  let links = 0;
  for (const n of lengths)
    for (const c of lengths)
      for (const h of lengths)
        for (const w of lengths) {
          const length = n * c * h * w;
          if (length > mostValues) continue;
          methods.forEach((method, at) => {
            if (length > fewValues && (links + at) % methods.length) return;
            links++;
            show(`v=1&${method}&shape=${n},${c},${h},${w}${poses[links % poses.length]}`);
          });
        }
  assert.ok(links > 500, `${links} links`);
});

test("the largest shapes fit in memory with every method", { timeout: 300_000 }, () => {
  LARGEST.forEach((shape, at) =>
    methods.forEach((method, other) => {
      // Each is built anew for a method, which takes a second: shapes take turns.
      if ((at + other) % 4 === 0) show(`v=1&${method}&shape=${shape}${poses[(at + other) % poses.length]}`);
    }),
  );
  // The tensor, another one while it changes, and tables of less than both.
  const megabytes = wasm.memory.buffer.byteLength / 2 ** 20;
  assert.ok(megabytes < 512, `${megabytes} MB`);
});
