// @ts-check
// Images as tensors: transparency, 16 bits and grey. `node --test tests/pictures.test.mjs`.

import assert from "node:assert/strict";
import { test } from "node:test";
import { channelsOf, tensorOf } from "../www/ui/tensor/pictures.js";

/** @typedef {import("../www/ui/tensor/pictures.js").Picture} Picture */

/** A picture as browsers give them: red, green, blue and alpha of each pixel. @param {...number[]} pixels @returns {Picture} */
const rgba = (...pixels) => ({
  pixels: pixels.length,
  channels: 4,
  values: pixels.flat(),
  white: 255,
  ofPixel: 4,
  ofChannel: 1,
});

/** A picture of 16 bits: channel after channel. @param {...number[]} planes @returns {Picture} */
const deep = (...planes) => ({
  pixels: planes[0].length,
  channels: planes.length,
  values: planes.flat(),
  white: 65535,
  ofPixel: 1,
  ofChannel: planes[0].length,
});

const clear = [0, 0, 0, 0],
  white = [255, 255, 255, 255],
  black = [0, 0, 0, 255];

test("a drawing in the alpha channel is seen, whatever its colour, and what lies behind it is told", () => {
  assert.deepEqual(tensorOf([rgba(clear, white, clear)]), {
    channels: 1,
    data: Float32Array.of(0, 1, 0),
    words: "grey, 0 to 1; what is transparent is black",
  });
  assert.deepEqual(tensorOf([rgba(clear, black, clear)]), {
    channels: 1,
    data: Float32Array.of(1, 0, 1),
    words: "grey, 0 to 1; what is transparent is white",
  });
  const half = tensorOf([rgba(clear, [255, 255, 255, 51], white)]);
  assert.deepEqual(
    [...half.data].map(value => value.toFixed(3)),
    ["0.000", "0.200", "1.000"],
  );
});

test("all pictures of a batch lie on the same ground", () => {
  const { data, words } = tensorOf([rgba(clear, white), rgba(white, black)]);
  assert.deepEqual([...data], [0, 1, 1, 0]);
  assert.match(words, /black$/);
});

test("opaque pictures keep their values, with no word of transparency", () => {
  assert.deepEqual(tensorOf([rgba(black, [51, 51, 51, 255], white)]), {
    channels: 1,
    data: Float32Array.of(0, 0.2, 1),
    words: "grey, 0 to 1",
  });
  const color = rgba([255, 0, 51, 255], black);
  assert.equal(channelsOf([rgba(black, white), color]), 3);
  assert.deepEqual(tensorOf([color]), {
    channels: 3,
    data: Float32Array.of(1, 0, 0, 0, 0.2, 0),
    words: "red, green, blue, 0 to 1",
  });
});

test("sixteen bits are kept, in grey and in colour, with alpha and without, and beside eight", () => {
  const low = [0, 1, 2, 65535];
  const { data, words } = tensorOf([deep(low)]);
  assert.deepEqual(
    data,
    Float32Array.from(low, value => value / 65535),
  );
  assert.equal(words, "grey, 16 bits, 0 to 1");
  assert.deepEqual([...tensorOf([deep([0, 65535], [0, 65535], [65535, 0])]).data], [0, 1, 0, 1, 1, 0]);
  const alpha = tensorOf([deep([65535, 65535], [0, 65535])]);
  assert.deepEqual([...alpha.data], [0, 1]);
  assert.deepEqual(
    [...tensorOf([deep([0, 65535]), rgba([255, 0, 0, 255], white)]).data],
    [0, 1, 0, 1, 0, 1, 1, 1, 0, 1, 0, 1],
  );
});
