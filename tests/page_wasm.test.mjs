// @ts-check
// The page's WebAssembly, in Node: every shape is drawn with every method at every width, and its sums are computed, as
// natively in tests/figure/shapes.rs; and the largest shapes fit in memory. `cargo xtask build` first.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { Cube, Ledger, initSync, means, readHash, sentenceOf } from "../www/pkg/blue_cube.js";

const wasm = initSync({ module: readFileSync(new URL("../www/pkg/blue_cube_bg.wasm", import.meta.url)) });

const LENGTHS = [1, 2, 3, 10, 16, 100];

/** Most values of a shape, to keep the test quick; above `FEW_VALUES` shapes take turns with the methods. */
const MOST_VALUES = 50_000,
  FEW_VALUES = 100;

const WIDTHS = [320, 360, 686, 1280];

const METHODS = [
  "m=none",
  "m=bn",
  "m=bn&mode=eval",
  "m=ln",
  "m=in",
  "m=gn&g=2",
  "m=bin",
  "m=sn",
  "m=axes&axes=c",
  "m=axes&axes=nhw&affine=reduced",
  "m=axes&axes=w&affine=scalar",
  "m=rms&axes=chw&g=2",
  "m=ghost&part=2",
  "m=sync&devices=2",
  "m=own&tile=2,2",
  "m=own&tile=1,3&pixel=1",
];

const POSES = [
  "",
  "&fold=1",
  "&explode=1&turn=25",
  "&all=1&turn=-25",
  "&sel=99,99,99,99&zoom=8",
  "&sel=1,1,0,1&poke=5&show=gradient",
];

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
    for (const width of WIDTHS) {
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
  for (const n of LENGTHS)
    for (const c of LENGTHS)
      for (const h of LENGTHS)
        for (const w of LENGTHS) {
          const length = n * c * h * w;
          if (length > MOST_VALUES) continue;
          METHODS.forEach((method, at) => {
            if (length > FEW_VALUES && (links + at) % METHODS.length) return;
            links++;
            show(`v=1&${method}&shape=${n},${c},${h},${w}${POSES[links % POSES.length]}`);
          });
        }
  assert.ok(links > 500, `${links} links`);
});

test("the largest shapes fit in memory with every method", { timeout: 300_000 }, () => {
  LARGEST.forEach((shape, at) =>
    METHODS.forEach((method, other) => {
      // Each is built anew for a method, which takes a second: shapes take turns.
      if ((at + other) % 4 === 0) show(`v=1&${method}&shape=${shape}${POSES[(at + other) % POSES.length]}`);
    }),
  );
  // The tensor, another one while it changes, and tables of less than both.
  const megabytes = wasm.memory.buffer.byteLength / 2 ** 20;
  assert.ok(megabytes < 512, `${megabytes} MB`);
});
